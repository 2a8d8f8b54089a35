"""The queue of trainings, and the process that runs the first of it."""

import logging
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import IO, TYPE_CHECKING

from bulletin import reasons
from models.registry import Registry
from service.errors import CannotTrainError, NotKeptError, StoreError, VersionTakenError
from service.keeping import Keeping
from service.place import place_of
from service.schemas import Training, TrainingAnswer, TrainingRequest
from service.settings import child_environment
from service.trainings.files import TrainingFiles
from service.trainings.lock import Holder, TrainingLock, end, note

if TYPE_CHECKING:
    from service.store.trainings import TrainingJobs

# How long a training that is asked to end may take.
_END_S = 10


@dataclass(frozen=True, slots=True)
class Trainer:
    """How to train: `command` is given the part, the version and options; `needs` are the libraries it imports.

    It answers requests on the same cores, so it gives way to them.
    """

    command: tuple[str, ...] = (
        *("nice", "-n", "10"),
        *(sys.executable, "-P", "-X", "utf8", "-m", "service.cli", "train"),
    )
    needs: tuple[str, ...] = ("torch", "transformers", "safetensors", "sklearn", "matplotlib")

    def missing(self) -> list[str]:
        """The needed libraries that are not installed."""
        return [name for name in self.needs if find_spec(name) is None]


class Trainings:
    """The trainings of the data folder `home`. Its methods block and may be called from any thread.

    Several servers may share a folder: whichever comes first starts the next training, and all see to its end. A
    server that stops takes its training with it and leaves it in the queue; one that died leaves it running.
    """

    def __init__(self, keeping: Keeping, home: Path, trainer: Trainer) -> None:
        self._keeping = keeping
        self._home = home
        self._folder = home / "trainings"
        self._lock = TrainingLock(self._folder / "lock")
        self._trainer = trainer
        self._ticking = Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._stopped = False
        self.warning: str | None = None

    def ask(self, asked: TrainingRequest) -> TrainingAnswer:
        """Queue a training. Raises CannotTrainError, VersionTakenError or StoreError."""
        if missing := self._trainer.missing():
            raise CannotTrainError(f"训练要用的库没有装(缺 {'、'.join(missing)}):请运行 make install-train")
        version = asked.version
        if version in Registry(self._home).versions():
            raise VersionTakenError(f"模型版本 {version} 已经有了:请换一个版本名")
        added = self._jobs.add(asked, self._place(), datetime.now(UTC))
        if added is None:
            raise VersionTakenError(f"版本 {version} 已经在训练或排队:见 GET /v1/trainings")
        self.tick()
        return self.get(added.id)

    def get(self, id: int) -> TrainingAnswer:
        """A training with its progress and log. Raises NotKeptError."""
        found = self._jobs.get(id)
        if found is None:
            raise NotKeptError(f"没有编号是 {id} 的训练:编号见 GET /v1/trainings")
        files = self._files(id)
        return TrainingAnswer(**dict(found), progress=files.progress(), log=files.log())

    def listed(self, after: int, limit: int) -> list[Training]:
        """At most `limit` trainings whose ids are above `after`, oldest first."""
        return self._jobs.listed(after, limit)

    def cancel(self, id: int) -> TrainingAnswer:
        """Take a training out of the queue or end it; one that has ended stays as it is. Raises NotKeptError."""
        self._jobs.end(id, "cancelled", None, datetime.now(UTC))
        self.tick()
        return self.get(id)

    def tick(self) -> None:
        """Note what has ended, end what was cancelled, start what waits; what fails is told by `warning`."""
        with self._ticking:
            try:
                if self._folder.is_dir() and not self._stopped:
                    self._tick()
                self.warning = None
            except (StoreError, OSError) as error:
                told = f"训练的队列停着:{reasons.told(error)}。"
                if told != self.warning:
                    logging.getLogger("uvicorn.error").error(told)
                self.warning = told

    def stop(self) -> None:
        """End the training that this server started, and put it back into the queue for the next start."""
        with self._ticking:
            self._stopped = True
            if self._child is None or self._child.poll() is not None:
                return
            holder = self._lock.holder()
            # Without the store the next start finds a training that is gone, and says so.
            with suppress(StoreError):
                if holder is not None:
                    self._jobs.requeue(holder.training)
            self._child.terminate()
            try:
                self._child.wait(_END_S)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()
            with suppress(StoreError):
                if holder is not None and self._files(holder.training).done():
                    self._jobs.end(holder.training, "done", None, datetime.now(UTC))

    @property
    def _jobs(self) -> "TrainingJobs":
        return self._keeping.store.trainings

    def _files(self, id: int) -> TrainingFiles:
        return TrainingFiles(self._folder / str(id))

    def _tick(self) -> None:
        if self._child is not None:
            self._child.poll()  # a child that ended stays in the system's table until it is asked for
        with self._lock.held() as lock:
            if lock is None:
                self._end_if_cancelled()
                return
            for ended in self._jobs.running(self._place()):
                files = self._files(ended.id)
                if files.done():
                    self._jobs.end(ended.id, "done", None, datetime.now(UTC))
                else:
                    self._jobs.end(ended.id, "failed", files.failure(), datetime.now(UTC))
            waiting = self._jobs.start_next(self._place(), datetime.now(UTC))
            if waiting is not None:
                self._start(waiting, lock)

    def _end_if_cancelled(self) -> None:
        holder = self._lock.holder()
        training = None if holder is None else self._jobs.get(holder.training)
        if holder is not None and training is not None and training.state == "cancelled":
            end(holder)

    def _start(self, training: Training, lock: IO[str]) -> None:
        files = self._files(training.id)
        try:
            files.clear()
            with files.log_file.open("wb") as log:
                self._child = subprocess.Popen(
                    [*self._trainer.command, *_arguments(training, files.progress_file)],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env=child_environment(self._home),
                    pass_fds=[lock.fileno()],
                    start_new_session=True,
                )
        except OSError as error:
            reason = f"训练开不了头({reasons.told(error)}):请检查磁盘空间和权限,再 POST 一次"
            self._jobs.end(training.id, "failed", reason, datetime.now(UTC))
        else:
            note(lock, Holder(training.id, self._child.pid))

    def _place(self) -> str:
        """The name of this data folder, whose trainings are told from those of others in the same database."""
        return place_of(self._folder)


def _arguments(training: Training, progress: Path) -> list[str]:
    """What `yuebao train` is told."""
    fast = ["--fast"] if training.fast else []
    return [training.part, training.version, *fast, "--progress", str(progress)]
