"""How jobs come in: uploads to the disk, then a row in the store, and only then is the job accepted."""

import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Final

from anyio import CancelScope, current_time, fail_after, to_thread
from fastapi import Request

from service.errors import BodyTooSlowError, JobKeyError, JobsFullError, StoreError, UploadTooLargeError
from service.jobs.folder import Incoming, JobFolder
from service.jobs.form import FormReader, Sent
from service.jobs.zips import is_zip, members, too_many
from service.keeping import Keeping
from service.schemas import Job
from service.settings import Settings
from service.store.records import JobFile, NewJob

# A job takes minutes: earlier than this there is hardly room for another.
_COME_AGAIN_S: Final = 30
# How many times what may be uploaded a zip may come to when it is unpacked.
_UNPACKED_TIMES: Final = 8
_PIECE_BYTES: Final = 512 * 1024
_OTHER_CONTENT: Final = "这个 Idempotency-Key 已经用于另一个任务(内容不同):换了内容请换一个 Key"


class Intake:
    """Takes in the uploads of jobs, within the limits of `settings`."""

    def __init__(self, settings: Settings, keeping: Keeping, folder: JobFolder) -> None:
        self._settings = settings
        self._keeping = keeping
        self._folder = folder
        self._coming: Counter[str] = Counter()

    @asynccontextmanager
    async def upload(self, caller: str, key: str | None) -> AsyncIterator[Incoming]:
        """A folder for the uploads of a job, which is left to the job if there is one at the end, and else removed.

        Raises JobsFullError for a caller of too many jobs, StorageFullError and StoreError.
        """
        # Counted before it is asked for room: of many at once each sees the others.
        self._coming[caller] += 1
        try:
            await to_thread.run_sync(self._refuse_full, caller, key)
            with CancelScope(shield=True):
                incoming = await to_thread.run_sync(self._folder.incoming)
            try:
                yield incoming
            finally:
                with CancelScope(shield=True):
                    await to_thread.run_sync(self._leave, incoming)
        finally:
            self._coming[caller] -= 1

    async def receive(self, request: Request, incoming: Incoming) -> FormReader:
        """The form of a request, its files on the disk.

        A body is refused that is over `max_job_bytes`, or comes more slowly than `max_body_bytes` in `body_timeout_s`.
        Raises UploadTooLargeError, BodyTooSlowError, FormError, FormLimitError, StorageFullError or StoreError.
        """
        declared = request.headers.get("content-length", "")
        if declared.isdigit() and int(declared) > self._settings.max_job_bytes:
            raise self._too_large(int(declared))
        form = FormReader(request.headers["content-type"], incoming, self._settings.max_job_files)
        try:
            await self._stream(request, form)
        finally:
            form.close()
        form.finish()
        return form

    def accept(
        self, incoming: Incoming, sent: Sequence[Sent], *, abstract: bool, caller: str, key: str | None
    ) -> Job:
        """The job of these uploads, on the disk and in the store when this returns. Blocks.

        With a key that the caller has used for the same content it is the job of then. Raises JobKeyError for another
        content, JobsFullError, UnreadableFileError for a zip that is none, UploadTooLargeError, StorageFullError and
        StoreError.
        """
        content = _content_name(sent, abstract=abstract)
        if (known := self._promised(caller, key, content)) is not None:
            return known
        files = list(self._files(incoming, sent))
        incoming.settle()
        asked = NewJob(incoming.id, self._folder.place(), caller, key, content, abstract, files)
        try:
            added = self._keeping.store.jobs.add(asked, self._settings.max_open_jobs, datetime.now(UTC))
        except StoreError:
            # The same may have been asked for twice at once.
            if (known := self._promised(caller, key, content)) is not None:
                return known
            raise
        if added is None:
            raise self._full()
        return added

    async def _stream(self, request: Request, form: FormReader) -> None:
        seconds, began, came, piece = self._settings.body_timeout_s, current_time(), 0, bytearray()
        try:
            with fail_after(seconds) as patience:
                async for chunk in request.stream():
                    came += len(chunk)
                    if came > self._settings.max_job_bytes:
                        raise self._too_large(None)
                    patience.deadline = began + seconds * (1 + came / self._settings.max_body_bytes)
                    piece += chunk
                    if len(piece) >= _PIECE_BYTES:
                        await to_thread.run_sync(form.write, bytes(piece))
                        piece.clear()
                await to_thread.run_sync(form.write, bytes(piece))
        except TimeoutError as error:
            raise BodyTooSlowError(
                f"上传太慢:每 {self._settings.max_body_bytes} 字节至多 {seconds:g} 秒,请检查网络,或分成几个任务提交",
                limit=seconds,
            ) from error

    def _files(self, incoming: Incoming, sent: Sequence[Sent]) -> Iterator[JobFile]:
        """Every file of the uploads, those of zips one by one."""
        left = self._settings.max_job_files
        for number, one in enumerate(sent):
            found = [JobFile(one.name, number, None)]
            if is_zip(one.name):
                most_bytes = _UNPACKED_TIMES * self._settings.max_job_bytes
                found = members(
                    incoming.upload(number), one.name, number, self._settings.max_job_files, most_bytes
                )
            left -= len(found)
            if left < 0:
                raise too_many(one.name, self._settings.max_job_files)
            yield from found

    def _promised(self, caller: str, key: str | None, content: str) -> Job | None:
        found = None if key is None else self._keeping.store.jobs.promised(caller, key)
        if found is None:
            return None
        job, known = found
        if known != content:
            raise JobKeyError(_OTHER_CONTENT)
        return job

    def _refuse_full(self, caller: str, key: str | None) -> None:
        jobs, coming, most = self._keeping.store.jobs, self._coming[caller], self._settings.max_open_jobs
        if coming > most:
            raise self._full()
        if key is not None and jobs.promised(caller, key) is not None:
            return
        if jobs.open_of(caller) + coming > most:
            raise self._full()

    def _leave(self, incoming: Incoming) -> None:
        # Without the store nobody can tell whose the folder is: whoever tidies up later can.
        try:
            with suppress(StoreError):
                if self._keeping.store.jobs.get(incoming.id, None) is None:
                    self._folder.remove(incoming.id)
        finally:
            incoming.release()

    def _full(self) -> JobsFullError:
        most = self._settings.max_open_jobs
        return JobsFullError(
            f"已有 {most} 个任务没有结束:请等它们做完,或取消不要的(DELETE /v1/jobs/编号)",
            retry_after_s=_COME_AGAIN_S,
        )

    def _too_large(self, declared: int | None) -> UploadTooLargeError:
        most = self._settings.max_job_bytes
        message = f"上传的内容超过 {most} 字节:请分成几个任务提交"
        return UploadTooLargeError(message, limit=most, given=declared)


def _content_name(sent: Sequence[Sent], *, abstract: bool) -> str:
    """A name that the same files, in the same order and asked for in the same way, always get."""
    parts = [str(abstract), *(part for one in sent for part in (one.name, one.sha256))]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
