"""A process with its children, watched from outside: how long it takes, how much memory, and who of them is killed."""

import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import psutil

from benchmarks.results import BenchmarkError

MIB = 1 << 20
# Counting proportional memory walks every page of a process: five times a second it took a fifth of the machine.
SAMPLE_S = 3.0


@dataclass(slots=True)
class Run:
    """What a command took, its children included: seconds, and the most memory (proportional set size, MiB)."""

    seconds: float = 0.0
    most_mib: float = 0.0
    killed: int = 0


def watched(command: Sequence[str], kill: str | None = None, when: Callable[[], bool] = lambda: True) -> Run:
    """Run `command` to its end; `kill` names a child to kill once, as soon as `when` holds.

    Raises BenchmarkError when the command fails.
    """
    run = Run()
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        thread = threading.Thread(target=_watch, args=(process.pid, run, kill, when))
        thread.start()
        _, complained = process.communicate()
        run.seconds = time.perf_counter() - started
        thread.join()
    if process.returncode:
        raise BenchmarkError(f"{command[-6:]} ended with code {process.returncode}: {complained}")
    return run


def _watch(pid: int, run: Run, kill: str | None, when: Callable[[], bool]) -> None:
    try:
        parent = psutil.Process(pid)
        while parent.is_running() and parent.status() != psutil.STATUS_ZOMBIE:
            family = [parent, *parent.children(recursive=True)]
            run.most_mib = max(run.most_mib, sum(map(_resident, family)) / MIB)
            if kill is not None and not run.killed and when():
                run.killed = sum(_killed(one) for one in [one for one in family if _named(one, kill)][:1])
            time.sleep(SAMPLE_S)
    except psutil.NoSuchProcess:
        return


def family_mib(pid: int) -> float:
    """The memory of a process and its children now (proportional set size, MiB)."""
    parent = psutil.Process(pid)
    return sum(map(_resident, [parent, *parent.children(recursive=True)])) / MIB


def _resident(process: psutil.Process) -> int:
    """The process's memory; what it shares with others counts in part."""
    try:
        return int(process.memory_full_info().pss)
    except psutil.Error:
        return 0


def _named(process: psutil.Process, name: str) -> bool:
    try:
        return any(name in part for part in process.cmdline())
    except psutil.Error:
        return False


def _killed(process: psutil.Process) -> int:
    process.kill()
    return 1
