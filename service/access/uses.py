"""The note of the first use of each key on a day, which keeps no request from being answered."""

import logging
from typing import Final

from anyio import CapacityLimiter, fail_after, to_thread

from service.errors import StoreError
from service.keeping import Keeping
from service.store.records import Action, Event, Key

# As long as a writer waits for another one.
_PATIENCE_S: Final = 10


class Uses:
    """Notes one use at a time, so that those behind a slow writer take one connection of the store and no more.

    A use that waits longer than `patience_s` for those before it is not noted.
    """

    def __init__(self, patience_s: float = _PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._place = CapacityLimiter(1)
        self._under_way: set[str] = set()

    async def note(self, key: Key, request: Event, keeping: Keeping) -> None:
        """Note that `key` let `request` in, unless one of that day is noted, or just being noted.

        What cannot be noted is told in the log; the next request with that key tries again.
        """
        if key.used == request.at.date() or key.id in self._under_way:
            return
        self._under_way.add(key.id)
        try:
            # A note that has begun is not broken off.
            with fail_after(self._patience_s):
                await to_thread.run_sync(
                    lambda: keeping.store.keys.note_use(key, request), limiter=self._place
                )
        except TimeoutError:
            _tell(key, request, "在它前面要记的等得太久")
        except StoreError as error:
            _tell(key, request, str(error))
        finally:
            self._under_way.discard(key.id)


def _tell(key: Key, request: Event, reason: str) -> None:
    told = f"没有记入审计({Action.KEY_USED} {request.subject},{key.name}),下一个请求再记:{reason}"
    logging.getLogger("uvicorn.error").error(told)
