"""Where a training run stands, in one file: a run that was killed goes on and ends as it would have ended.

Everything that decides the next step is kept: weights, their moving average, the optimizer's moments, the schedule,
PyTorch's random states, and what else the run gives as a module. The file is a safetensors file, written under another
name and renamed.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

_RANDOM, _CUDA = "random", "random-cuda"


class Checkpoint:
    """The file at `path` of the run that `fingerprint` tells from every other (data, recipe, base)."""

    def __init__(
        self, path: Path, fingerprint: str, model: nn.Module, averaged: nn.Module, optimizer: Optimizer,
        schedule: LRScheduler, others: Mapping[str, nn.Module] | None = None,
    ) -> None:  # fmt: skip
        self._path = path
        self._fingerprint = fingerprint
        self._parts = {"model": model, "averaged": averaged, **(others or {})}
        self._optimizer = optimizer
        self._schedule = schedule

    def save(self, step: int) -> None:
        """Keep the state after `step` steps, in place of what was kept before."""
        tensors = {
            f"{part}.{name}": value.detach().contiguous().cpu().clone()
            for part, module in self._parts.items()
            for name, value in module.state_dict().items()
        }
        kept = self._optimizer.state_dict()
        for index, moments in kept["state"].items():
            tensors |= {f"optimizer.{index}.{name}": value.cpu().clone() for name, value in moments.items()}
        tensors[_RANDOM] = torch.get_rng_state()
        if torch.cuda.is_available():
            tensors[_CUDA] = torch.cuda.get_rng_state()
        told = {"groups": kept["param_groups"], "schedule": self._schedule.state_dict()}
        metadata = {"step": str(step), "fingerprint": self._fingerprint, "told": json.dumps(told)}
        part = self._path.with_suffix(".tmp")
        self._path.parent.mkdir(parents=True, exist_ok=True)
        save_file(tensors, part, metadata)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(self._path)

    def resume(self) -> int:
        """Take up the state that was kept; the steps that it holds, 0 if there is none of this run."""
        found = self._read()
        if found is None:
            return 0
        step, tensors, told = found
        for part, module in self._parts.items():
            prefix = f"{part}."
            module.load_state_dict(
                {
                    name.removeprefix(prefix): value
                    for name, value in tensors.items()
                    if name.startswith(prefix)
                }
            )
        state: dict[int, dict[str, Tensor]] = {}
        for name, value in tensors.items():
            if name.startswith("optimizer."):
                _, index, moment = name.split(".", 2)
                state.setdefault(int(index), {})[moment] = value
        self._optimizer.load_state_dict({"state": state, "param_groups": told["groups"]})
        self._schedule.load_state_dict(told["schedule"])
        torch.set_rng_state(tensors[_RANDOM])
        if _CUDA in tensors and torch.cuda.is_available():
            torch.cuda.set_rng_state(tensors[_CUDA])
        return step

    def remove(self) -> None:
        """Forget the state: the run is done."""
        self._path.unlink(missing_ok=True)

    def _read(self) -> tuple[int, dict[str, Tensor], dict[str, dict[str, object]]] | None:
        try:
            with safe_open(self._path, "pt") as file:
                metadata = file.metadata() or {}
                if metadata.get("fingerprint") != self._fingerprint:
                    return None
                names = file.keys()
                tensors = {name: file.get_tensor(name) for name in names}
        # A file that is not there or not whole: the run begins at its beginning.
        except (OSError, SafetensorError):
            return None
        return int(metadata["step"]), tensors, json.loads(metadata["told"])


def kept_run(path: Path) -> str | None:
    """The fingerprint of the run whose state is kept at `path`, if there is one."""
    try:
        with safe_open(path, "pt") as file:
            return (file.metadata() or {}).get("fingerprint")
    except (OSError, SafetensorError):
        return None
