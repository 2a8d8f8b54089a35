"""Where the uploads of jobs lie: `jobs/<id>/<number>` in the data folder, all names made here.

A folder is a job's once the store has a row for it. Until then it is locked by who fills it, so that what a server
that died has left is told from what is still on its way.
"""

import errno
import fcntl
import os
import shutil
import uuid
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bulletin import reasons
from service.errors import StorageFullError, StoreError
from service.place import place_of

_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def stored() -> Iterator[None]:
    """What the disk refuses is a StorageFullError or a StoreError with the mend."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StorageFullError("磁盘空间不足,上传的内容没有收下:请在服务器上腾出空间后再提交") from error
        raise StoreError(f"数据文件夹里的 jobs 用不了({reasons.reason(error)}):请检查权限和磁盘") from error


@dataclass(frozen=True, slots=True)
class Incoming:
    """A new folder under a lock, for the uploads of one job."""

    id: str
    path: Path
    lock: int

    def upload(self, number: int) -> Path:
        """Where an upload lies."""
        return self.path / str(number)

    def settle(self) -> None:
        """Make what is in the folder outlast a loss of power."""
        with stored():
            for path in (*self.path.iterdir(), self.path, self.path.parent):
                _sync(path)

    def release(self) -> None:
        """Leave the folder to whom it belongs."""
        os.close(self.lock)


class JobFolder:
    """The folder `path` of jobs, which need not be there. Its methods block."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._leading: int | None = None

    def exists(self) -> bool:
        """Whether there ever was a job."""
        return self._path.is_dir()

    def place(self) -> str:
        """The name of the data folder, whose jobs are told from those of others in the same database."""
        return place_of(self._path)

    def upload(self, job: str, number: int) -> Path:
        """Where an upload of a job lies."""
        return self._path / job / str(number)

    def incoming(self) -> Incoming:
        """A new folder. Raises StorageFullError or StoreError."""
        with stored():
            while True:
                id = uuid.uuid4().hex
                path = self._path / id
                path.mkdir(parents=True)
                lock = _locked(path)
                if lock is not None and path.exists():
                    return Incoming(id, path, lock)
                # Somebody who cleans up was there before the lock.
                if lock is not None:
                    os.close(lock)

    def remove(self, id: str) -> None:
        """Remove the folder of a job, which need not be there."""
        shutil.rmtree(self._path / id, ignore_errors=True)

    def tidy(self, open_jobs: Callable[[], Collection[str]]) -> None:
        """Remove the folders that no open job needs, and that nobody fills any more."""
        for path in [one for one in self._path.iterdir() if one.is_dir()]:
            lock = _locked(path)
            if lock is None:
                continue
            try:
                # Asked under the lock: whoever filled it has had its row by now, or never will.
                if path.name not in open_jobs():
                    self.remove(path.name)
            finally:
                os.close(lock)

    def lead(self) -> bool:
        """Whether this process is the one that runs the jobs of the folder; it is until `close` or its end."""
        if self._leading is None:
            descriptor = os.open(self._path / "lock", os.O_RDWR | os.O_CREAT, 0o666)
            if _taken(descriptor):
                self._leading = descriptor
            else:
                os.close(descriptor)
        return self._leading is not None

    def close(self) -> None:
        """Let another process lead."""
        if self._leading is not None:
            os.close(self._leading)
            self._leading = None


def _locked(folder: Path) -> int | None:
    """The folder, opened and locked; None if it is gone or another has the lock."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        return None
    if _taken(descriptor):
        return descriptor
    os.close(descriptor)
    return None


def _taken(descriptor: int) -> bool:
    """Whether the lock on an open file could be taken; it belongs to the open file and ends with the process."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
