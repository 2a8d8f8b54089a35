"""`AsyncClient`: every operation of the service, to be awaited."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractContextManager, AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Self

import httpx
from anyio import fail_after, sleep, to_thread
from tenacity import AsyncRetrying

from bulletin.correction import Correction
from bulletin.digest import Digest
from service.schemas import (
    ClassificationsAnswer,
    CorrectionsAnswer,
    DigestAnswer,
    ItemRequest,
    Job,
    JobsAnswer,
    ModelsAnswer,
    Readiness,
    ThemesAnswer,
)
from service.schemas_archive import ArchiveItemsAnswer, ArchiveSearchAnswer, ArchiveStats
from yuebao import calls
from yuebao.answers import Lines, refusal
from yuebao.calls import EVERYWHERE, Call, T, Upload, Where
from yuebao.jobs import JobLine
from yuebao.retries import AsyncSleep, Retries, polling_async, repeating_async
from yuebao.sending import Deadline, options, request, unanswered

if TYPE_CHECKING:
    from bulletin.render import Format
    from bulletin.render_labels import Language


class AsyncClient:
    """A client of the service at `base_url`, for any number of tasks of one event loop. Its methods raise ClientError.

    A call takes at most `timeout_s` with all its repetitions, and the service is told so. `transport` is for proxies,
    certificates and tests.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str | None = None,
        *,
        timeout_s: float = 60.0,
        retries: Retries = Retries(),  # noqa: B008  # frozen
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: AsyncSleep = sleep,
    ) -> None:
        self._http = httpx.AsyncClient(**options(base_url, api_key), transport=transport)
        self._timeout_s = timeout_s
        self._retries = retries
        self._sleep = sleep

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def digest(self, text: str, *, abstract: bool = True) -> DigestAnswer:
        """Read, classify and abstract one bulletin."""
        return await self._ask(calls.digest(text, abstract=abstract))

    async def digest_file(self, file: Path | str | Upload, *, abstract: bool = True) -> DigestAnswer:
        """The same of a file. Raises OSError where it cannot be opened."""
        return await self._ask(await to_thread.run_sync(lambda: calls.digest_file(file, abstract=abstract)))

    async def read_digest(self, id: str) -> DigestAnswer:
        """A digest as it was answered."""
        return await self._ask(calls.read_digest(id))

    async def classify(self, items: Sequence[str | ItemRequest]) -> ClassificationsAnswer:
        """Classify items on their own, in the order given."""
        return await self._ask(calls.classify(items))

    async def correct_item(self, digest: str, item: str, themes: Sequence[str], author: str) -> Correction:
        """Say which themes an item has; none: empty."""
        return await self._ask(calls.correct_item(digest, item, themes, author))

    async def correct_sentence(self, digest: str, sentence: int, text: str, author: str) -> Correction:
        """Say how a sentence of the abstract, counted from 0, should read."""
        return await self._ask(calls.correct_sentence(digest, sentence, text, author))

    async def corrections(
        self, digest: str | None = None, *, after: int = 0, limit: int = 100
    ) -> CorrectionsAnswer:
        """A page of corrections, oldest first."""
        return await self._ask(calls.corrections(digest, after, limit))

    async def render(self, digest: Digest, format: "Format" = "docx", lang: "Language" = "zh") -> bytes:
        """A digest, edited or not, as a document."""
        return await self._ask(calls.render(digest, format, lang))

    async def themes(self) -> ThemesAnswer:
        """The taxonomy."""
        return await self._ask(calls.themes())

    async def models(self) -> ModelsAnswer:
        """The bundle that answers."""
        return await self._ask(calls.models())

    async def archive_items(
        self, where: Where = EVERYWHERE, *, limit: int = 50, offset: int = 0
    ) -> ArchiveItemsAnswer:
        """A page of the archive's items, newest first."""
        return await self._ask(calls.archive_items(where, limit, offset))

    async def archive_search(
        self, q: str, where: Where = EVERYWHERE, *, semantic: bool = False, limit: int = 20, offset: int = 0
    ) -> ArchiveSearchAnswer:
        """A page of what the archive has for `q`, best first."""
        return await self._ask(calls.archive_search(q, where, semantic=semantic, limit=limit, offset=offset))

    async def archive_stats(self) -> ArchiveStats:
        """The archive's counts."""
        return await self._ask(calls.archive_stats())

    async def create_job(
        self, files: Sequence[Path | str | Upload], *, abstract: bool = True, key: str | None = None
    ) -> Job:
        """Have files digested one after the other. The same `key` and files again: the same job."""
        call = await to_thread.run_sync(lambda: calls.create_job(files, abstract=abstract, key=key))
        return await self._ask(call)

    async def job(self, id: str) -> Job:
        """How far a job is."""
        return await self._ask(calls.job(id))

    async def jobs(self, after: str | None = None, *, limit: int = 100) -> JobsAnswer:
        """A page of jobs, oldest first."""
        return await self._ask(calls.jobs(after, limit))

    async def cancel_job(self, id: str) -> Job:
        """End a job; what is done stays."""
        return await self._ask(calls.cancel_job(id))

    async def wait_job(self, id: str, *, poll_s: float = 2.0, timeout_s: float | None = None) -> Job:
        """Ask every `poll_s` until the job has ended. Raises OutOfTimeError after `timeout_s`, None: never."""
        return await polling_async(poll_s, timeout_s, self._sleep)(self.job, id)

    async def job_lines(self, id: str) -> AsyncIterator[JobLine]:
        """What became of each file, as it comes. Asks when the first is wanted; a connection is held till the last."""
        call = calls.job_lines(id)
        lines = Lines()
        with self._unanswered():
            async with AsyncExitStack() as stack:
                deadline = Deadline(self._timeout_s)
                response: httpx.Response = await self._retrying(call)(self._opened, call, deadline, stack)
                async for chunk in response.aiter_bytes():
                    for line in lines.feed(chunk):
                        yield call.read(line)
                for line in lines.rest():
                    yield call.read(line)

    async def job_xlsx(self, id: str) -> bytes:
        """What became of each file, as a sheet."""
        return await self._ask(calls.job_xlsx(id))

    async def ready(self) -> Readiness:
        """Whether the models are loaded. Raises UnavailableError where they are not."""
        return await self._ask(calls.ready())

    async def _ask(self, call: Call[T]) -> T:
        answer: T = await self._retrying(call)(self._once, call, Deadline(self._timeout_s))
        return answer

    def _retrying(self, call: Call[T]) -> AsyncRetrying:
        return repeating_async(call.repeat, self._retries, self._timeout_s, self._sleep)

    async def _once(self, call: Call[T], deadline: Deadline) -> T:
        with self._unanswered(), fail_after(deadline.left_s()):
            async with AsyncExitStack() as stack:
                response = await self._opened(call, deadline, stack)
                return call.read(await response.aread())

    async def _opened(self, call: Call[T], deadline: Deadline, stack: AsyncExitStack) -> httpx.Response:
        """A good answer, its body still to come. Raises ClientError."""
        with self._unanswered(), fail_after(deadline.left_s()):
            asked = self._http.stream(**request(call, deadline.left_s()))
            response = await stack.enter_async_context(asked)
            if response.is_success:
                return response
            raise refusal(response.status_code, response.headers, await response.aread())

    def _unanswered(self) -> AbstractContextManager[None]:
        return unanswered(str(self._http.base_url), self._timeout_s)
