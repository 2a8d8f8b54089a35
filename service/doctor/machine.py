"""The machine, as the checks see it: a narrow seam, through which a test may be on another one."""

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from pathlib import Path
from typing import Self

_CPU = Path("/proc/cpuinfo")
_MEMORY = Path("/proc/meminfo")
_CGROUP = Path("/sys/fs/cgroup")


@dataclass(frozen=True, slots=True)
class Machine:
    """What the checks ask of a machine. `free_bytes` is of the disk that holds a folder, `font` as
    `fonts.chinese`.

    `available_bytes` of memory and `cpu_flags` are None where the system does not tell.
    """

    cores: int
    cpu_flags: frozenset[str] | None
    available_bytes: int | None
    now: datetime
    free_bytes: Callable[[Path], int] = field(default=lambda folder: shutil.disk_usage(folder).free)
    font: Callable[[Sequence[str]], str | None] = field(default=lambda texts: _font(texts))

    @classmethod
    def here(cls) -> Self:
        """The machine that this runs on."""
        return cls(
            cores=_cores(_CGROUP),
            cpu_flags=_cpu_flags(_CPU),
            available_bytes=_available(_MEMORY, _CGROUP),
            now=datetime.now().astimezone(),
        )


def _font(texts: Sequence[str]) -> str | None:
    """A font with the characters of `texts`. Raises ModuleNotFoundError without the archive's libraries."""
    from service.archive.report import fonts

    return fonts.chinese(texts)


def _cores(cgroup: Path) -> int:
    """The cores that this process may use, or where that is less as many as its container gets time of."""
    cores = len(os.sched_getaffinity(0))
    quota, _, period = "".join(_lines(cgroup / "cpu.max")).partition(" ")
    return min(cores, ceil(int(quota) / int(period))) if quota.isdigit() and period.isdigit() else cores


def _cpu_flags(path: Path) -> frozenset[str] | None:
    lines = _lines(path)
    return next((frozenset(line.split()[2:]) for line in lines if line.startswith("flags")), None)


def _available(memory: Path, cgroup: Path) -> int | None:
    """Bytes that a process may still take, of the machine's and, where it is less, of the container's memory."""
    rows = [line.split() for line in _lines(memory)]
    free = next((int(row[1]) * 1024 for row in rows if row[0] == "MemAvailable:"), None)
    limit, used = ("".join(_lines(cgroup / name)) for name in ("memory.max", "memory.current"))
    if free is None or not (limit.isdigit() and used.isdigit()):
        return free
    return min(free, max(0, int(limit) - int(used)))


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
