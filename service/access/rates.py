"""How often each client may ask: token buckets.

Our own, for the library that there is for it, limits, counts in windows, has no token bucket, and without a Redis
counts in each process by itself just the same.
"""

import time
from collections.abc import Callable
from typing import Final

# Above it the bucket that was not asked for longest is forgotten, and its owner may start anew.
MOST_BUCKETS: Final = 10_000


class Rates:
    """A bucket of `per_minute` tokens for each name, filled at that pace; 0 lets everything pass.

    Not for several threads.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def wait_s(self, name: str) -> float:
        """Take a token: 0 where there was one, or else the seconds until there is."""
        if not self._per_minute:
            return 0
        now, pace = self._clock(), self._per_minute / 60
        tokens, since = self._buckets.pop(name, (float(self._per_minute), now))
        tokens = min(self._per_minute, tokens + (now - since) * pace)
        taken = tokens >= 1
        self._buckets[name] = (tokens - taken, now)
        if len(self._buckets) > MOST_BUCKETS:
            del self._buckets[next(iter(self._buckets))]
        return 0 if taken else (1 - tokens) / pace
