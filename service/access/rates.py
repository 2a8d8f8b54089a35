"""How often each client may ask: token buckets.

Our own, for the library that there is for it, limits, counts in windows, has no token bucket, and without a Redis
counts in each process by itself just the same.
"""

import time
from collections.abc import Callable
from typing import Final, Protocol

# Above it the bucket that was not asked for longest is forgotten, and its owner may start anew.
MOST_BUCKETS: Final = 10_000


# Its tokens, and when they were counted.
Bucket = tuple[float, float]


class Buckets(Protocol):
    """A bucket of tokens for each name."""

    def wait_s(self, name: str, per_minute: int) -> float:
        """Take a token: 0 where there was one, or else the seconds until there is.

        The bucket of `name` holds `per_minute` tokens and fills at that pace; 0 lets everything pass. With another
        number than before, what is in it stays, as far as there is room.
        """
        ...


class Rates:
    """Buckets of one process. Not for several threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: dict[str, Bucket] = {}

    def wait_s(self, name: str, per_minute: int) -> float:
        """Take a token: 0 where there was one, or else the seconds until there is."""
        if not per_minute:
            return 0
        left, wait_s = taken(per_minute, self._buckets.pop(name, None), self._clock())
        self._buckets[name] = left
        if len(self._buckets) > MOST_BUCKETS:
            del self._buckets[next(iter(self._buckets))]
        return wait_s


def taken(per_minute: int, bucket: Bucket | None, now: float) -> tuple[Bucket, float]:
    """The bucket after a token was asked of it at `now` (None: a full one), and the seconds until there is one."""
    pace = per_minute / 60
    tokens, since = bucket or (per_minute, now)
    tokens = min(per_minute, tokens + (now - since) * pace)
    if tokens >= 1:
        return (tokens - 1, now), 0
    return (tokens, now), (1 - tokens) / pace
