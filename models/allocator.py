"""The C library's allocator, set for engines: what a batch frees is kept for the next one."""

import ctypes
import os
import platform
from typing import Final

# Numbers of mallopt(3), which has no other interface.
_M_TRIM_THRESHOLD: Final = -1
_M_MMAP_THRESHOLD: Final = -3
_M_ARENA_MAX: Final = -8
# The most that glibc takes; a layer's largest buffer is 6 MiB.
_MMAP_THRESHOLD: Final = 32 << 20
# Above what a batch of the classifier or the writer takes and frees.
_TRIM_THRESHOLD: Final = 128 << 20
# One for an engine's thread, one for the rest.
_ARENAS_A_CORE: Final = 2


def keep_freed_memory() -> None:
    """Have glibc keep up to 128 MiB of freed memory, in two places a core; any other C library stays as it is.

    By default glibc gives a layer's buffers back to the system when the layer is done, and every page of the next
    layer's is a fault: about 1,000 an item, which cost a fifth of the classifier's throughput.
    And by default it has eight places a core, so that each of a server's threads keeps what its largest answer took.
    """
    if platform.libc_ver()[0] != "glibc":
        return
    libc = ctypes.CDLL(None)
    libc.mallopt(_M_MMAP_THRESHOLD, _MMAP_THRESHOLD)
    libc.mallopt(_M_TRIM_THRESHOLD, _TRIM_THRESHOLD)
    libc.mallopt(_M_ARENA_MAX, _ARENAS_A_CORE * (os.cpu_count() or 1))
