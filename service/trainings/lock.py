"""Who trains in a data folder: at most one process, and whether it still runs."""

import fcntl
import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that trains, and the id of its training."""

    training: int
    pid: int


class TrainingLock:
    """A lock on the file at `path`.

    It belongs to the open file: a process that inherits that holds it until it ends, however it ends and whoever
    started it. So a training that runs is told from one that died without a look at process ids, which come again.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def held(self) -> Iterator[IO[str] | None]:
        """The locked file, for a child to inherit; None if another process holds the lock. Leaving it lets go."""
        with self._path.open("a+", encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield None
                return
            file.truncate(0)
            yield file

    def holder(self) -> Holder | None:
        """Who was noted as holding the lock; None if nobody, or if that process does not have the file open."""
        try:
            holder = Holder(**json.loads(self._path.read_text(encoding="utf-8")))
            opened = Path(f"/proc/{holder.pid}/fd").iterdir()
            return holder if any(_same(one, self._path) for one in opened) else None
        except (OSError, ValueError, TypeError):
            return None


def note(lock: IO[str], holder: Holder) -> None:
    """Write down in the locked file who holds it."""
    lock.write(json.dumps(asdict(holder)))
    lock.flush()


def end(holder: Holder) -> None:
    """Ask the holder, which leads a process group, to end."""
    with suppress(ProcessLookupError):
        os.killpg(holder.pid, signal.SIGTERM)


def _same(one: Path, other: Path) -> bool:
    # Not every open file has a name.
    with suppress(OSError):
        return one.samefile(other)
    return False
