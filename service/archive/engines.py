"""Engines: they spread the making of parts over processes, and give the parts back as they are done."""

import gc
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from service.archive.parts import MadePart

# What a part is made of, in an order that counts: source files, or parts of another edition.
Unit = tuple[Any, ...]


class Maker(Protocol):
    """Makes parts of units; opened once a process."""

    def make(self, unit: Unit) -> MadePart:
        """The part of `unit`: the same for the same unit."""
        ...


# A unit with its part; None where making it ended its process, and it is a unit of one.
Done = tuple[Unit, MadePart | None]


class Engine(Protocol):
    """Runs makers in processes of its own."""

    def run(
        self, open_maker: Callable[[], Maker], units: Sequence[Unit], stopping: Callable[[], bool]
    ) -> Iterator[Done]:
        """Each unit with its part, in any order.

        A longer unit that ends its process is made again in units of one. When `stopping` turns true no more units are
        begun, and those that are under way are given back still. `open_maker` and the units go between processes.
        """
        ...


@dataclass(frozen=True, slots=True)
class LocalEngine:
    """A process a core on this machine."""

    workers: int

    def run(
        self, open_maker: Callable[[], Maker], units: Sequence[Unit], stopping: Callable[[], bool]
    ) -> Iterator[Done]:
        """See `Engine`."""
        waiting = deque(units)
        while waiting and not stopping():
            with _pool(open_maker, min(self.workers, len(waiting))) as pool:
                lost = yield from self._until_broken(pool, waiting, stopping)
            # Which of them ended the process nobody knows: each is made in a process of its own.
            for unit in lost:
                yield from _alone(open_maker, unit, stopping)

    def _until_broken(
        self, pool: ProcessPoolExecutor, waiting: deque[Unit], stopping: Callable[[], bool]
    ) -> Generator[Done, None, list[Unit]]:
        """Make what is `waiting` until nothing is; the units that were under way when a process ended."""
        pending: dict[Future[MadePart], Unit] = {}
        try:
            while True:
                # One more than there are workers: none waits for the next.
                while waiting and not stopping() and len(pending) <= self.workers:
                    # Still waiting should the pool be found broken just now.
                    pending[_submitted(pool, waiting[0])] = waiting[0]
                    waiting.popleft()
                if stopping():
                    pending = {future: unit for future, unit in pending.items() if not future.cancel()}
                if not pending:
                    return []
                for future in wait(pending, return_when=FIRST_COMPLETED).done:
                    made = future.result()
                    yield pending.pop(future), made
        except BrokenProcessPool:
            return list(pending.values())


def _alone(open_maker: Callable[[], Maker], unit: Unit, stopping: Callable[[], bool]) -> Iterator[Done]:
    """Make `unit` in a process of its own, or if that ends, its members one by one."""
    if stopping():
        return
    made = None
    with _pool(open_maker, 1) as pool, suppress(BrokenProcessPool):
        made = _submitted(pool, unit).result()
    if made is not None or len(unit) == 1:
        yield unit, made
        return
    for one in unit:
        yield from _alone(open_maker, (one,), stopping)


def _submitted(pool: ProcessPoolExecutor, unit: Unit) -> Future[MadePart]:
    """The future part of `unit`. Processes that this starts never hear of Ctrl-C, which their terminal sends to all.

    The first process, which hears of it when this is done, says what becomes of it.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        return pool.submit(_make, unit)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _pool(open_maker: Callable[[], Maker], workers: int) -> ProcessPoolExecutor:
    # A fork of a process that runs engine threads may hang.
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_open, initargs=(open_maker,))


_opened: Maker | Exception | None = None


def _open(open_maker: Callable[[], Maker]) -> None:
    """Open this process's maker. What goes wrong is told by the first unit: a pool whose start fails tells nothing."""
    global _opened
    threading.Thread(target=_end_with_parent, name="end-with-parent", daemon=True).start()
    try:
        _opened = open_maker()
        # The model and its libraries live as long as the process: no need to look through them for garbage.
        gc.freeze()
    except Exception as error:
        _opened = error


def _end_with_parent() -> None:
    """A process whose parent was killed would wait for work for ever."""
    if (parent := multiprocessing.parent_process()) is not None:
        parent.join()
    os._exit(1)


def _make(unit: Unit) -> MadePart:
    if isinstance(_opened, Exception):
        raise _opened
    assert _opened is not None
    return _opened.make(unit)
