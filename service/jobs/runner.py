"""The jobs of a data folder: taken in, run one file after another beside the requests, shown and cancelled."""

import errno
import json
import logging
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Final

from anyio import CancelScope, CapacityLimiter, Event, move_on_after, to_thread

from bulletin import reasons
from bulletin.errors import FileLimitError, InputError, YuebaoError
from service import problems
from service.digester import Loading
from service.digests import check_length, digest_id
from service.errors import JobBrokenError, JobOpenError, LimitError, NotKeptError, NotReadyError, StoreError
from service.jobs.folder import JobFolder
from service.jobs.intake import Intake
from service.jobs.zips import unpacked
from service.keeping import Keeping
from service.metrics import Metrics
from service.queue import InferenceQueue
from service.reading import FileReader
from service.schemas import DigestAnswer, Job
from service.settings import Settings
from service.store.records import JobAnswer, Turn

if TYPE_CHECKING:
    from service.store.jobs import Ended, JobRows

OPEN: Final = ("queued", "running")
# A file at which the server died so often is what it dies of; fewer may be chance, as when a machine is restarted.
_MOST_BEGUN: Final = 10
# How often what is over is cleared away while there is always something to do.
_TIDY_S: Final = 60.0
# What is wrong with a file, not with the server.
_REFUSALS: Final = (InputError, LimitError, JobBrokenError)
# What the system is short of for the moment, whichever file is opened.
_PASSING: Final = (errno.EMFILE, errno.ENFILE, errno.ENOMEM)


class _UploadLostError(Exception):
    pass


class Jobs:
    """The jobs of the data folder of `settings`. Made inside the event loop that uses it; all but `run` may block.

    Several servers may share the folder: all take jobs in, and one, as long as it lives, runs them. A `caller` is the
    id of a key, None for who sees the jobs of all.
    """

    def __init__(
        self, settings: Settings, loading: Loading, queue: InferenceQueue, keeping: Keeping, metrics: Metrics
    ) -> None:
        self._settings = settings
        self._loading = loading
        self._queue = queue
        self._keeping = keeping
        self._metrics = metrics
        self._folder = JobFolder(settings.data / "jobs")
        # Requests do not wait until a file of a job is read, however long that takes.
        self._reader = FileReader(settings.read_limits, settings.read_timeout_s, settings.read_memory_bytes)
        self._asked = Event()
        self._served = ""
        self._complaint: str | None = None
        self._tidy_at = 0.0
        # Each takes a core for seconds.
        self.workbooks = CapacityLimiter(1)
        self.intake = Intake(settings, keeping, self._folder)

    def wake(self) -> None:
        """There is something to do. Only for the event loop; without it that is noticed a little later."""
        self._asked.set()

    def get(self, id: str, caller: str | None) -> Job:
        """A job. Raises NotKeptError."""
        found = self._rows.get(id, caller)
        if found is None:
            raise NotKeptError(
                f"没有编号是 {id} 的任务,或者它不是这把密钥的,或者已经过了保留期:编号见 GET /v1/jobs"
            )
        return found

    def listed(self, caller: str | None, after: str | None, limit: int) -> list[Job]:
        """At most `limit` jobs that came after the job `after`, oldest first. Raises NotKeptError without that one."""
        found = self._rows.listed(caller, after, limit)
        if found is None:
            raise NotKeptError(f"没有编号是 {after} 的任务:after 请用上一页的 next,或从头列起")
        return found

    def cancel(self, id: str, caller: str | None) -> Job:
        """Let a job rest; one that has ended stays as it is. Raises NotKeptError."""
        self.get(id, caller)
        self._end(id, "cancelled", None)
        return self.get(id, caller)

    def answers(self, id: str, caller: str | None) -> Iterator[JobAnswer]:
        """What came of the files of a job that has ended, in their order. Raises NotKeptError or JobOpenError."""
        job = self.get(id, caller)
        if job.state in OPEN:
            state = "还在排队" if job.state == "queued" else "还没有结束"
            raise JobOpenError(
                f"任务{state}({job.done}/{job.files}):请等 state 不再是 {'、'.join(OPEN)},"
                "或先取消,再取已经做好的"
            )
        return self._rows.answers(id)

    async def run(self) -> None:
        """Run jobs until cancelled, whenever there are any and this process is the one to run them."""
        while True:
            if not await self._step():
                with move_on_after(self._settings.watch_s):
                    await self._asked.wait()
                self._asked = Event()

    def close(self) -> None:
        """Let another process run the jobs."""
        self._reader.close()
        self._folder.close()

    @property
    def _rows(self) -> "JobRows":
        return self._keeping.store.jobs

    async def _step(self) -> bool:
        """Do the next file; False if there is none, or none can be done now."""
        try:
            # Before the models are there, neither is the store.
            self._loading.digester  # noqa: B018
            turn = await to_thread.run_sync(self._next)
            if turn is not None:
                await self._queue.give_way()
                await self._do(turn)
            self._complaint = None
        except NotReadyError:
            return False
        except (StoreError, OSError) as error:
            self._complain(f"任务停着:{reasons.told(error)}。")
            return False
        # Whatever is wrong with the jobs, requests are answered.
        except Exception as error:
            self._complain(f"任务停着:程序的错误({type(error).__name__})。", error)
            return False
        return turn is not None

    def _next(self) -> Turn | None:
        """The next file, if it is for this process to do; without one, what is over is cleared away."""
        if not self._folder.exists():
            return None
        place = self._folder.place()
        states = self._rows.open_in(place)
        self._metrics.jobs_queued(sum(state == "queued" for state in states.values()))
        if not self._folder.lead():
            return None
        turn = self._rows.next_turn(place, self._served) if states else None
        if turn is not None:
            self._served = turn.caller
        else:
            self._reader.close()
        if turn is None or monotonic() >= self._tidy_at:
            self._tidy(place)
        return turn

    def _tidy(self, place: str) -> None:
        self._folder.tidy(lambda: self._rows.open_in(place))
        self._tidy_at = monotonic() + _TIDY_S
        days = timedelta(days=self._settings.job_keep_days)
        self._rows.remove_ended(place, datetime.now(UTC) - days)

    async def _do(self, turn: Turn) -> None:
        if not await to_thread.run_sync(self._rows.begin, turn, datetime.now(UTC)):
            return
        settled = False
        try:
            answer = await self._answer(turn)
            if answer is not None:
                await to_thread.run_sync(self._keep, turn, answer)
            settled = True
        finally:
            if not settled:
                with CancelScope(shield=True):
                    await to_thread.run_sync(self._put_back, turn)

    async def _answer(self, turn: Turn) -> JobAnswer | None:
        """What comes of a file; None if its job cannot go on, and has ended for that."""
        name = turn.file.name
        try:
            digest = await self._digest(turn)
        except _REFUSALS as error:
            return JobAnswer(name, None, _line(problems.told(error)))
        except _UploadLostError as error:
            await to_thread.run_sync(self._end, turn.job, "failed", str(error))
            return None
        # These pass: the file is tried again.
        except (NotReadyError, StoreError, OSError):
            raise
        # Whatever a file does to the program, the others are answered.
        except Exception as error:
            logging.getLogger("uvicorn.error").exception(
                "任务 %s 的第 %s 个文件出错", turn.job, turn.number + 1
            )
            defect = YuebaoError(f"这是程序的错误({type(error).__name__}),日志里有详情")
            return JobAnswer(name, None, _line(problems.told(defect)))
        return JobAnswer(name, digest.model_dump_json(), None)

    async def _digest(self, turn: Turn) -> DigestAnswer:
        if turn.begun >= _MOST_BEGUN:
            raise JobBrokenError(
                f"处理“{turn.file.name}”时服务 {turn.begun} 次中断,不再试:请另存为 txt 后再提交"
            )
        data = await to_thread.run_sync(self._read, turn)
        text = await self._reader.read_in_turn(data, turn.file.name)
        check_length(text, self._settings.max_text_chars)
        digest = await self._queue.digest_aside(self._loading.digester, text, abstract=turn.abstract)
        id = digest_id(text, digest)
        self._metrics.digest(digest)
        await to_thread.run_sync(self._keeping.keep, id, text, digest)
        return DigestAnswer(**dict(digest), id=id)

    def _read(self, turn: Turn) -> bytes:
        path, most = self._folder.upload(turn.job, turn.file.upload), self._settings.max_file_bytes
        try:
            if turn.file.member is not None:
                return unpacked(path, turn.file, most)
            size = path.stat().st_size
            if size <= most:
                return path.read_bytes()
        except OSError as error:
            if error.errno in _PASSING:
                raise
            reason = f"上传的文件读不出来({reasons.reason(error)}):请检查服务器的磁盘,再提交一次"
            raise _UploadLostError(reason) from error
        raise FileLimitError(
            f"“{turn.file.name}”有 {size} 字节,上限是 {most} 字节:请只传一期月报", limit=most, given=size
        )

    def _keep(self, turn: Turn, answer: JobAnswer) -> None:
        job = self._rows.answer(turn, answer, datetime.now(UTC))
        if job is None:  # cancelled in between
            return
        self._metrics.job_file(refused=answer.problem is not None)
        if job.state not in OPEN:
            self._metrics.job(job.state)
            self._folder.remove(job.id)

    def _end(self, id: str, state: "Ended", reason: str | None) -> None:
        if self._rows.end(id, state, reason, datetime.now(UTC)):
            self._metrics.job(state)
            self._folder.remove(id)

    def _put_back(self, turn: Turn) -> None:
        # Without the store the file counts as begun once more.
        with suppress(StoreError):
            self._rows.put_back(turn, datetime.now(UTC))

    def _complain(self, told: str, defect: Exception | None = None) -> None:
        if told != self._complaint:
            logging.getLogger("uvicorn.error").error(told, exc_info=defect)
        self._complaint = told


def _line(members: dict[str, object]) -> str:
    return json.dumps(members, ensure_ascii=False)
