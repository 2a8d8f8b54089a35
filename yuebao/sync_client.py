"""`Client`: every operation of the service, and the thread waits for it."""

import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Self

import httpx
from tenacity import Retrying

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
from yuebao.retries import Retries, Sleep, polling, repeating
from yuebao.sending import Deadline, options, request, unanswered

if TYPE_CHECKING:
    from bulletin.render import Format
    from bulletin.render_labels import Language


class Client:
    """A client of the service at `base_url`, for any number of threads. Its methods raise ClientError.

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
        transport: httpx.BaseTransport | None = None,
        sleep: Sleep = time.sleep,
    ) -> None:
        self._http = httpx.Client(**options(base_url, api_key), transport=transport)
        self._timeout_s = timeout_s
        self._retries = retries
        self._sleep = sleep

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def digest(self, text: str, *, abstract: bool = True) -> DigestAnswer:
        """Read, classify and abstract one bulletin."""
        return self._ask(calls.digest(text, abstract=abstract))

    def digest_file(self, file: Path | str | Upload, *, abstract: bool = True) -> DigestAnswer:
        """The same of a file. Raises OSError where it cannot be opened."""
        return self._ask(calls.digest_file(file, abstract=abstract))

    def read_digest(self, id: str) -> DigestAnswer:
        """A digest as it was answered."""
        return self._ask(calls.read_digest(id))

    def classify(self, items: Sequence[str | ItemRequest]) -> ClassificationsAnswer:
        """Classify items on their own, in the order given."""
        return self._ask(calls.classify(items))

    def correct_item(self, digest: str, item: str, themes: Sequence[str], author: str) -> Correction:
        """Say which themes an item has; none: empty."""
        return self._ask(calls.correct_item(digest, item, themes, author))

    def correct_sentence(self, digest: str, sentence: int, text: str, author: str) -> Correction:
        """Say how a sentence of the abstract, counted from 0, should read."""
        return self._ask(calls.correct_sentence(digest, sentence, text, author))

    def corrections(
        self, digest: str | None = None, *, after: int = 0, limit: int = 100
    ) -> CorrectionsAnswer:
        """A page of corrections, oldest first."""
        return self._ask(calls.corrections(digest, after, limit))

    def render(self, digest: Digest, format: "Format" = "docx", lang: "Language" = "zh") -> bytes:
        """A digest, edited or not, as a document."""
        return self._ask(calls.render(digest, format, lang))

    def themes(self) -> ThemesAnswer:
        """The taxonomy."""
        return self._ask(calls.themes())

    def models(self) -> ModelsAnswer:
        """The bundle that answers."""
        return self._ask(calls.models())

    def archive_items(
        self, where: Where = EVERYWHERE, *, limit: int = 50, offset: int = 0
    ) -> ArchiveItemsAnswer:
        """A page of the archive's items, newest first."""
        return self._ask(calls.archive_items(where, limit, offset))

    def archive_search(
        self, q: str, where: Where = EVERYWHERE, *, semantic: bool = False, limit: int = 20, offset: int = 0
    ) -> ArchiveSearchAnswer:
        """A page of what the archive has for `q`, best first."""
        return self._ask(calls.archive_search(q, where, semantic=semantic, limit=limit, offset=offset))

    def archive_stats(self) -> ArchiveStats:
        """The archive's counts."""
        return self._ask(calls.archive_stats())

    def create_job(
        self, files: Sequence[Path | str | Upload], *, abstract: bool = True, key: str | None = None
    ) -> Job:
        """Have files digested one after the other. The same `key` and files again: the same job."""
        return self._ask(calls.create_job(files, abstract=abstract, key=key))

    def job(self, id: str) -> Job:
        """How far a job is."""
        return self._ask(calls.job(id))

    def jobs(self, after: str | None = None, *, limit: int = 100) -> JobsAnswer:
        """A page of jobs, oldest first."""
        return self._ask(calls.jobs(after, limit))

    def cancel_job(self, id: str) -> Job:
        """End a job; what is done stays."""
        return self._ask(calls.cancel_job(id))

    def wait_job(self, id: str, *, poll_s: float = 2.0, timeout_s: float | None = None) -> Job:
        """Ask every `poll_s` until the job has ended. Raises OutOfTimeError after `timeout_s`, None: never."""
        return polling(poll_s, timeout_s, self._sleep)(self.job, id)

    def job_lines(self, id: str) -> Iterator[JobLine]:
        """What became of each file, as it comes. Asks when the first is wanted; a connection is held till the last."""
        call = calls.job_lines(id)
        lines = Lines()
        with ExitStack() as stack, self._unanswered():
            response = self._retrying(call)(self._opened, call, Deadline(self._timeout_s), stack)
            for chunk in response.iter_bytes():
                yield from map(call.read, lines.feed(chunk))
            yield from map(call.read, lines.rest())

    def job_xlsx(self, id: str) -> bytes:
        """What became of each file, as a sheet."""
        return self._ask(calls.job_xlsx(id))

    def ready(self) -> Readiness:
        """Whether the models are loaded. Raises UnavailableError where they are not."""
        return self._ask(calls.ready())

    def _ask(self, call: Call[T]) -> T:
        answer: T = self._retrying(call)(self._once, call, Deadline(self._timeout_s))
        return answer

    def _retrying(self, call: Call[T]) -> Retrying:
        return repeating(call.repeat, self._retries, self._timeout_s, self._sleep)

    def _once(self, call: Call[T], deadline: Deadline) -> T:
        with ExitStack() as stack, self._unanswered():
            response = self._opened(call, deadline, stack)
            return call.read(b"".join(deadline.within(response.iter_bytes())))

    def _opened(self, call: Call[T], deadline: Deadline, stack: ExitStack) -> httpx.Response:
        """A good answer, its body still to come. Raises ClientError."""
        with self._unanswered():
            response = stack.enter_context(self._http.stream(**request(call, deadline.left_s())))
            if response.is_success:
                return response
            body = b"".join(deadline.within(response.iter_bytes()))
            raise refusal(response.status_code, response.headers, body)

    def _unanswered(self) -> AbstractContextManager[None]:
        return unanswered(str(self._http.base_url), self._timeout_s)
