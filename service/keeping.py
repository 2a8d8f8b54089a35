"""The store on its way: opened beside the running server, and never in the way of an answer."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING

from bulletin.digest import Digest
from service.errors import StoreError

if TYPE_CHECKING:
    from service.store.store import Store


class Keeping:
    """A store that may be there, not yet or not at all. Its methods block and may be called from any thread.

    `open_store` raises StoreError with the reason when it cannot. With `digests` false no digest is kept.
    """

    def __init__(self, open_store: Callable[[], "Store"], *, digests: bool) -> None:
        self._open = open_store
        self._digests = digests
        self._opening = Lock()
        self._store: Store | None = None
        self._closed: StoreError | None = None
        self._not_kept: StoreError | None = None

    def refresh(self) -> None:
        """Open the store, or see whether the open one still answers. What is wrong is told by `warning` and `store`."""
        with self._opening:
            try:
                if self._store is None:
                    self._store = self._open()
                else:
                    self._store.check()
                if self._closed is not None:
                    _log("数据库又能用了", logging.WARNING)
                self._closed = None
            # Whatever is wrong with a database, digests are answered.
            except Exception as error:
                if self._closed is None:
                    _log(f"什么都不能保存:{error}")
                self._closed = StoreError(str(error))

    def close(self) -> None:
        """Let go of the database."""
        with self._opening:
            if self._store is not None:
                self._store.close()

    @property
    def store(self) -> "Store":
        """The open store; the first to ask may be the one who opens it. Raises StoreError while it cannot be opened."""
        if self._store is None and self._closed is None:
            self.refresh()
        if self._store is None:
            raise StoreError(str(self._closed))
        return self._store

    @property
    def closed(self) -> StoreError | None:
        """Why nothing is kept and no key is known; None while the store is there."""
        return self._closed

    @property
    def warning(self) -> str | None:
        """Why nothing is kept, or why the last digest was not; None when all is well."""
        if self._closed is not None:
            return f"什么都不能保存:{self._closed}。"
        return None if self._not_kept is None else f"最近一份分类结果没有保存:{self._not_kept}。"

    def keep(self, id: str, text: str, digest: Digest) -> bool:
        """Keep a digest if digests are kept: whether it is there now.

        A store that fails is told by `warning` and in the log, never raised.
        """
        if not self._digests:
            return False
        try:
            self.store.keep_digest(id, text, digest, datetime.now(UTC))
            self._not_kept = None
        except StoreError as error:
            if self._closed is None:
                self._not_kept = error
                _log(f"分类结果 {id} 没有保存:{error}")
            return False
        return True


def _log(message: str, level: int = logging.ERROR) -> None:
    # The server's own logger: it is the one that YUEBAO_LOG_LEVEL sets.
    logging.getLogger("uvicorn.error").log(level, message)
