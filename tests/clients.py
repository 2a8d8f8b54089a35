"""Both clients as one: what is asked of the awaited one is waited for, so that a test holds for either."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal

from yuebao.client import AsyncClient, Client
from yuebao.jobs import JobLine


@dataclass
class Waits:
    """Takes the place of time: how long it was asked to wait, and no wait."""

    seconds: list[float] = field(default_factory=list)

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)

    async def awaited(self, seconds: float) -> None:
        self.seconds.append(seconds)


class Awaited:
    """An AsyncClient with the methods of a Client."""

    def __init__(self, client: AsyncClient, portal: BlockingPortal) -> None:
        self._client = client
        self._portal = portal

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._client, name)
        return lambda *given, **named: self._portal.call(partial(method, *given, **named))

    def job_lines(self, id: str) -> Iterator[JobLine]:
        async def collected(lines: AsyncIterator[JobLine]) -> list[JobLine]:
            return [line async for line in lines]

        yield from self._portal.call(collected, self._client.job_lines(id))


@contextmanager
def connected(
    kind: type[Client] | type[AsyncClient],
    base_url: str,
    *,
    transport: httpx.MockTransport | None = None,
    waits: Waits | None = None,
    **options: Any,
) -> Iterator[Any]:
    """A client of that kind, which never waits between repetitions where `waits` is given."""
    if kind is Client:
        sleeping = {} if waits is None else {"sleep": waits}
        with Client(base_url, transport=transport, **sleeping, **options) as client:
            yield client
        return
    sleeping = {} if waits is None else {"sleep": waits.awaited}
    with start_blocking_portal() as portal:
        client = portal.call(partial(AsyncClient, base_url, transport=transport, **sleeping, **options))
        yield Awaited(client, portal)
        portal.call(client.close)
