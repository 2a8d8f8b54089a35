"""Where training runs: a GPU if there is one, else the CPU, in bfloat16 where the hardware has it."""

import contextlib

import torch


def pick_device() -> torch.device:
    """The first CUDA device, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def autocast(device: torch.device) -> contextlib.AbstractContextManager[None]:
    """bfloat16 for matrix products; float32 on a CPU without bfloat16 instructions, where it would be slower."""
    fast = (
        device.type == "cuda" or torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    )
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=fast)
