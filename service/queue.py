"""The way of a request through the engines: a place in a bounded line, then batches shared with others.

Each engine has one worker, for it uses every core by itself: the classifier's runs batches, the writer's drafts one
abstract after another. Work runs in threads, so that the event loop stays free to answer.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from typing import Final

from anyio import CapacityLimiter, Event, current_time, move_on_after, to_thread

from bulletin.digest import Classification, Digest
from bulletin.parse import parse
from models.assembly import plain_request, requests_of
from models.types import ClassifyRequest
from service.batching import Batches, Found, cost, portions
from service.digester import Digester
from service.errors import BusyError
from service.metrics import Metrics

# How many times as long as to classify a month it takes to draft its abstract too.
DRAFT_WEIGHT: Final = 3
# How long what can wait gives way at each step: under requests without end it still comes on.
GIVE_WAY_S: Final = 10.0
# How much the newest request counts in the pace; and the pace before any was served, in seconds a character.
_NEWEST: Final = 0.2
_FIRST_PACE_S: Final = 1e-4


@dataclass(slots=True, eq=False)
class Place:
    """A request's place in the line: how many characters it brings, and how many there were with it."""

    chars: int
    ahead: int
    since: float


class InferenceQueue:
    """Serves requests in the order they come; at most `max_waiting` wait, and at most `max_chars` are in hand.

    A request that is alone is served however long it is. Made inside the event loop that uses it, as are
    `batches`.
    """

    def __init__(
        self,
        max_waiting: int,
        max_chars: int,
        batches: Batches,
        metrics: Metrics,
        give_way_s: float = GIVE_WAY_S,
    ) -> None:
        self._batches = batches
        self._metrics = metrics
        self._max_waiting = max_waiting
        self._max_chars = max_chars
        self._give_way_s = give_way_s
        self._places: list[Place] = []
        self._pace_s = _FIRST_PACE_S
        self._emptied = Event()
        self._parser = CapacityLimiter(1)
        self._writer = CapacityLimiter(1)
        self._tell()

    @property
    def waiting(self) -> int:
        """Requests in hand."""
        return len(self._places)

    @property
    def chars(self) -> int:
        """Characters in hand; a month whose abstract is drafted counts them more than once."""
        return sum(place.chars for place in self._places)

    async def classify(self, digester: Digester, requests: Sequence[ClassifyRequest]) -> Found:
        """Classifications of items that no bulletin holds, and their states. Raises BusyError when the line is full."""
        with self._place() as place:
            read = await to_thread.run_sync(lambda: list(map(plain_request, requests)), limiter=self._parser)
            self._bring(place, sum(map(cost, read)))
            with self._metrics.stage("classify"):
                found, states = await self._batches.classify(digester.classify_items, read)
        given = [one.model_copy(update={"text": r.text}) for r, one in zip(requests, found, strict=True)]
        return given, states

    async def digest(
        self, digester: Digester, text_of: Callable[[], Awaitable[str]], *, abstract: bool
    ) -> tuple[str, Digest]:
        """What `text_of` reads, and its digest. Raises BusyError when the line is full, and what reading raises."""
        with self._place() as place:
            with self._metrics.stage("read"):
                text = await text_of()
                self._bring(place, len(text) * (DRAFT_WEIGHT if abstract else 1))
                bulletin = await to_thread.run_sync(parse, text, limiter=self._parser)
            asked = requests_of(bulletin)
            with self._metrics.stage("classify"):
                found, _ = await self._batches.classify(digester.classify_items, list(asked.values()))
            by_id = dict(zip(asked, found, strict=True))
            digest = await self._drafted(lambda: digester.assemble(bulletin, by_id, abstract=abstract))
        return text, digest

    async def digest_aside(self, digester: Digester, text: str, *, abstract: bool) -> Digest:
        """The digest of `text` for somebody who can wait: takes no place in the line, and at every step lets those by
        who have one. Raises what reading raises.
        """
        await self.give_way()
        bulletin = await to_thread.run_sync(parse, text, limiter=self._parser)
        asked = requests_of(bulletin)
        found: dict[str, Classification] = {}
        for own in portions(list(asked.items())):
            await self.give_way()
            got, _ = await self._batches.classify(digester.classify_items, [one for _, one in own])
            found |= zip((id for id, _ in own), got, strict=True)
        await self.give_way()
        async with self._writer:
            return await to_thread.run_sync(lambda: digester.assemble(bulletin, found, abstract=abstract))

    async def give_way(self) -> None:
        """Wait until no request is in hand, but not for ever."""
        with move_on_after(self._give_way_s):
            while self._places:
                await self._emptied.wait()

    async def _drafted(self, assemble: Callable[[], Digest]) -> Digest:
        """What `assemble` makes when it is its turn at the writer."""
        since = current_time()
        async with self._writer:
            self._metrics.waited(current_time() - since)
            with self._metrics.stage("draft"):
                return await to_thread.run_sync(assemble)

    @contextmanager
    def _place(self) -> Iterator[Place]:
        if len(self._places) > self._max_waiting:
            raise self._busy(f"已有 {self._max_waiting} 个请求在排队")
        if self.chars >= self._max_chars:
            raise self._full()
        place = Place(0, 0, current_time())
        self._places.append(place)
        self._tell()
        try:
            yield place
            self._served(place)
        finally:
            self._places.remove(place)
            self._tell()
            if not self._places:
                self._emptied.set()
                self._emptied = Event()

    def _bring(self, place: Place, chars: int) -> None:
        """Say how much a request brings. Raises BusyError when it is too much beside the others."""
        others = self.chars
        if others and others + chars > self._max_chars:
            raise self._full()
        place.chars, place.ahead = chars, others + chars
        self._tell()

    def _tell(self) -> None:
        self._metrics.queue(self.waiting, self.chars)

    def _served(self, place: Place) -> None:
        if place.ahead:
            pace = (current_time() - place.since) / place.ahead
            self._pace_s += _NEWEST * (pace - self._pace_s)

    def _full(self) -> BusyError:
        return self._busy(f"正在处理 {self.chars} 字,上限是 {self._max_chars} 字")

    def _busy(self, what: str) -> BusyError:
        """Busy until what is in hand now should be served."""
        return BusyError(f"{what}:请稍后再试", retry_after_s=max(1, ceil(self.chars * self._pace_s)))
