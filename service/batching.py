"""Dynamic batches: what all clients ask of the classifier runs together, in the order it came."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from anyio import CapacityLimiter, Event, current_time, sleep, to_thread
from numpy.typing import NDArray

from bulletin.digest import Classification
from models.types import ClassifyRequest
from service.metrics import Metrics

# Characters of a batch, which in Chinese are about as many tokens: four of the engine's own batches, two a thread,
# and a tenth of a second of two cores, for which a small request has to wait behind a large one.
BATCH_CHARS: Final = 2048

Found = tuple[list[Classification], NDArray[np.float32]]
Classify = Callable[[Sequence[ClassifyRequest]], Found]


@dataclass(slots=True, eq=False)
class _Ticket:
    """What one client asks, and how far it is."""

    classify: Classify
    asked: Sequence[ClassifyRequest]
    since: float
    found: list[Classification] = field(default_factory=list)
    states: list[NDArray[np.float32]] = field(default_factory=list)
    taken: int = 0
    error: Exception | None = None
    ended: Event = field(default_factory=Event)

    def take(self, chars: int) -> list[ClassifyRequest]:
        """The next items: at least one, and no more than come to so many characters."""
        first = self.taken
        while self.taken < len(self.asked):
            chars -= cost(self.asked[self.taken])
            if chars < 0 and self.taken > first:
                break
            self.taken += 1
        return list(self.asked[first : self.taken])

    def add(self, found: Sequence[Classification], states: NDArray[np.float32]) -> None:
        self.found += found
        self.states.append(states)
        if len(self.found) == len(self.asked):
            self.ended.set()

    def fail(self, error: Exception) -> None:
        self.error = error
        self.ended.set()


_Batch = list[tuple[_Ticket, list[ClassifyRequest]]]


def cost(request: ClassifyRequest) -> int:
    """Characters that the classifier reads for an item."""
    return len(request.text) + len(request.heading) + len(request.previous) + 1


def portions(asked: Sequence[tuple[str, ClassifyRequest]]) -> Iterator[list[tuple[str, ClassifyRequest]]]:
    """`asked`, in pieces that are a batch each."""
    piece: list[tuple[str, ClassifyRequest]] = []
    chars = 0
    for id, request in asked:
        chars += cost(request)
        if piece and chars > BATCH_CHARS:
            yield piece
            piece, chars = [], cost(request)
        piece.append((id, request))
    if piece:
        yield piece


class Batches:
    """One worker that classifies what clients ask, in the order they came.

    A batch is begun once it is full or `wait_s` after its first item came to an idle worker. Made inside
    the event loop that uses it.
    """

    def __init__(self, wait_s: float, metrics: Metrics) -> None:
        self._wait_s = wait_s
        self._metrics = metrics
        self._waiting: deque[_Ticket] = deque()
        self._came = Event()
        self._engine = CapacityLimiter(1)

    async def classify(self, classify: Classify, asked: Sequence[ClassifyRequest]) -> Found:
        """What `classify` gives for `asked`, or raises for one of them. Cancelled, what has not begun never runs."""
        if not asked:
            return classify([])
        ticket = _Ticket(classify, asked, current_time())
        self._waiting.append(ticket)
        self._came.set()
        try:
            await ticket.ended.wait()
        finally:
            if ticket in self._waiting:
                self._waiting.remove(ticket)
        if ticket.error is not None:
            raise ticket.error
        return ticket.found, np.concatenate(ticket.states)

    async def run(self) -> None:
        """Classify until cancelled."""
        while True:
            if not self._waiting:
                self._came = Event()
                await self._came.wait()
                await self._gather()
            if batch := self._next():
                await self._classify(batch)

    async def _gather(self) -> None:
        """Wait for more to come, unless there is a batch's fill already."""
        if sum(cost(one) for ticket in self._waiting for one in ticket.asked[ticket.taken :]) < BATCH_CHARS:
            await sleep(self._wait_s)

    def _next(self) -> _Batch:
        """The first items that wait, of one bundle. Those of a request stay in line until they have all been taken."""
        batch: _Batch = []
        left = BATCH_CHARS
        while self._waiting and left > 0:
            ticket = self._waiting[0]
            if batch and ticket.classify != batch[0][0].classify:
                break
            own = ticket.take(left) if not batch or cost(ticket.asked[ticket.taken]) <= left else []
            if not own:
                break
            if len(own) == ticket.taken:
                self._metrics.waited(current_time() - ticket.since)
            left -= sum(map(cost, own))
            batch.append((ticket, own))
            if ticket.taken == len(ticket.asked):
                self._waiting.popleft()
        return batch

    async def _classify(self, batch: _Batch) -> None:
        classify = batch[0][0].classify
        asked = [one for _, own in batch for one in own]
        self._metrics.batch(len(asked), sum(map(cost, asked)))
        try:
            found, states = await to_thread.run_sync(classify, asked, limiter=self._engine)
        except Exception as error:
            if len(batch) == 1:
                self._fail(batch[0][0], error)
                return
            # Whose item it was shows when each is asked alone; the others get their answers.
            for one in batch:
                await self._classify([one])
            return
        start = 0
        for ticket, own in batch:
            end = start + len(own)
            ticket.add(found[start:end], states[start:end])
            start = end

    def _fail(self, ticket: _Ticket, error: Exception) -> None:
        ticket.fail(error)
        if ticket in self._waiting:
            self._waiting.remove(ticket)
