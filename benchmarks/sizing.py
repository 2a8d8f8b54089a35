"""How large a machine should be: what cores, processes and threads of `yuebao serve` bring, and take."""

import os
import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks import server
from benchmarks.load import Answered, Work, months, sent, single_items
from benchmarks.results import BenchmarkError, Result
from benchmarks.watching import family_mib

ALONE_S = 30.0
BUSY_S = 60.0
# Enough that every process always has something to do.
MONTH_CLIENTS = 4
ITEM_CLIENTS = 32
# None is refused: what is asked is how much comes through.
_NO_LINE = {"YUEBAO_MAX_WAITING_CHARS": "10000000"}


@dataclass(frozen=True, slots=True)
class Size:
    """A server on `cores` with `workers` processes of `threads` threads each."""

    cores: Collection[int]
    workers: int
    threads: int

    def __str__(self) -> str:
        return f"{len(self.cores)} cores, {self.workers} processes, {self.threads} threads each"


def measure(bundle: Path | None) -> list[Result]:
    """Months and items a second, seconds a month and memory, of each way to use the cores. Raises BenchmarkError."""
    return [result for size in _sizes(sorted(os.sched_getaffinity(0))) for result in _measured(size, bundle)]


def _sizes(cores: list[int]) -> list[Size]:
    """One core; all of them for one process, and for a process each."""
    many = len(cores)
    sizes = [Size(cores[:1], 1, 1), Size(cores, 1, many), Size(cores, many, 1)]
    return sizes if many > 1 else sizes[:1]


def _measured(size: Size, bundle: Path | None) -> list[Result]:
    with tempfile.TemporaryDirectory() as home:
        settings = {"YUEBAO_HOME": home, "YUEBAO_WORKERS": str(size.workers)} | _NO_LINE
        settings |= {} if bundle is None else {"YUEBAO_BUNDLE": str(bundle)}
        with server.launched(settings, size.threads, size.cores) as (process, address):
            alone = _answered(Work(address, "/v1/digests", months(), 1, ALONE_S))
            idle = family_mib(process.pid)
            digests = _answered(Work(address, "/v1/digests", months(), MONTH_CLIENTS, BUSY_S))
            items = _answered(Work(address, "/v1/classifications", single_items(), ITEM_CLIENTS, BUSY_S))
            busy = family_mib(process.pid)
    took = [one.took_s for one in digests]
    p95 = f"p95 {np.quantile(took, 0.95):.2f} s"
    return [
        _result(
            size, "one client, a month", "s", float(np.median([one.took_s for one in alone])), better=False
        ),
        _result(size, f"{MONTH_CLIENTS} clients, months a minute", "1/min", 60 * len(digests) / BUSY_S, p95),
        _result(size, f"{ITEM_CLIENTS} clients, items a second", "1/s", len(items) / BUSY_S),
        _result(size, "memory after one client", "MiB", idle, better=False),
        _result(size, "memory after many", "MiB", busy, better=False),
    ]


def _answered(work: Work) -> list[Answered]:
    answers = sent(work)
    if others := [one.status for one in answers if one.status != 200]:
        raise BenchmarkError(
            f"of {len(answers)} requests to {work.path} {len(others)} were refused: {set(others)}"
        )
    return answers


def _result(size: Size, name: str, unit: str, value: float, note: str = "", *, better: bool = True) -> Result:
    return Result(f"{size}: {name}", unit, (value,), higher_is_better=better, note=note)
