"""How often each client may ask, counted by several server processes together."""

import logging
import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from service.access.rates import Rates, taken

# The library of the metrics takes every *.db there for its own.
_FILE: Final = "rates.sqlite"
# The event loop waits so long at most; a transaction takes far less.
_BUSY_S: Final = 0.1
# A bucket that nobody asks for is full again after a minute, and a full one need not be kept.
_FULL_S: Final = 60
_SCHEMA: Final = (
    "CREATE TABLE IF NOT EXISTS buckets (name TEXT PRIMARY KEY, tokens REAL, since REAL) WITHOUT ROWID"
)
_FIND: Final = "SELECT tokens, since FROM buckets WHERE name = ?"
_KEEP: Final = "INSERT OR REPLACE INTO buckets VALUES (?, ?, ?)"
_FORGET: Final = "DELETE FROM buckets WHERE since < ?"


class SharedRates:
    """As `Rates`, in a database in `folder` that lives as long as the server.

    The monotonic clock is the same for all processes of a machine. Where the database fails, this process counts by
    itself. Not for several threads.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._alone = Rates(clock)
        self._forgotten = clock()
        self._failed = False
        self._database = sqlite3.connect(
            folder / _FILE, isolation_level=None, timeout=_BUSY_S, check_same_thread=False
        )
        # Nothing of it is to outlive the machine.
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute("PRAGMA journal_mode = MEMORY")
        self._database.execute(_SCHEMA)

    def wait_s(self, name: str, per_minute: int) -> float:
        """Take a token: 0 where there was one, or else the seconds until there is."""
        if not per_minute:
            return 0
        try:
            return self._wait_s(name, per_minute)
        except sqlite3.Error as error:
            if not self._failed:
                told = f"各进程的速率不能合在一起算({error}):现在各算各的"
                logging.getLogger("uvicorn.error").error(told)
            self._failed = True
            with suppress(sqlite3.Error):
                self._database.execute("ROLLBACK")
            return self._alone.wait_s(name, per_minute)

    def _wait_s(self, name: str, per_minute: int) -> float:
        self._database.execute("BEGIN IMMEDIATE")
        now = self._clock()
        found = self._database.execute(_FIND, (name,)).fetchone()
        left, wait_s = taken(per_minute, found, now)
        self._database.execute(_KEEP, (name, *left))
        if now - self._forgotten > _FULL_S:
            self._database.execute(_FORGET, (now - _FULL_S,))
            self._forgotten = now
        self._database.execute("COMMIT")
        return wait_s
