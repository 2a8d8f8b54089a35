"""An archive's current edition, opened for questions, and opened again when a build has changed it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TypeVar

import duckdb
import numpy as np
from numpy.typing import NDArray

from bulletin import reasons
from service.archive import browse, views
from service.archive.edition import Archive
from service.archive.filters import Filters, checked
from service.archive.search import Found, SearchIndex
from service.errors import ArchiveError
from service.schemas_archive import ArchiveItem, ArchiveStats

T = TypeVar("T")

# DuckDB looks for a file that is gone as a folder, which it may not read.
_UNREADABLE = (OSError, duckdb.OperationalError, duckdb.PermissionException)


class Opened:
    """The current edition as it was when it was opened. Answers may be asked for from any thread.

    Once a build has replaced files, any question may raise an ArchiveError, an OSError or a duckdb.Error.
    """

    def __init__(self, folder: Path) -> None:
        """Raises ArchiveError when it cannot be opened."""
        self._folder = folder
        self._stamp = _stamp(folder)
        self.edition = Archive(folder).current()
        self._connection = views.connect(self.edition)
        self._opening = Lock()

    def current(self) -> bool:
        """Is this still what a question should be put to?"""
        return self._stamp == _stamp(self._folder)

    @cached_property
    def stats(self) -> ArchiveStats:
        """What the edition holds."""
        with self._asking() as connection:
            return browse.stats(connection, self.edition)

    def items(self, filters: Filters, limit: int, offset: int) -> tuple[int, list[ArchiveItem]]:
        """How many items `filters` holds of, and a page of them. Raises AskError."""
        chosen = checked(filters, self.edition.record)
        with self._asking() as connection:
            return browse.page(connection, chosen, limit, offset)

    def by_words(self, query: str, filters: Filters, limit: int, offset: int) -> Found:
        """As `SearchIndex.by_words`."""
        return self._index.by_words(query, checked(filters, self.edition.record), limit, offset)

    def by_meaning(
        self, query: str, state: NDArray[np.float32], filters: Filters, limit: int, offset: int
    ) -> Found:
        """As `SearchIndex.by_meaning`."""
        return self._index.by_meaning(query, state, checked(filters, self.edition.record), limit, offset)

    @property
    def note(self) -> str | None:
        """What searches do not show of the edition. Raises NotIndexedError when there is no index."""
        return self._index.note

    @cached_property
    def _index(self) -> SearchIndex:
        return SearchIndex(self.edition)

    @contextmanager
    def _asking(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection for one thread."""
        with self._opening:
            cursor = self._connection.cursor()
        with cursor:
            yield cursor


class Reopened:
    """An archive whose current edition is opened with the first question, and again when a build has changed it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._opening = Lock()
        self._opened: Opened | None = None

    def ask(self, question: Callable[[Opened], T]) -> T:
        """What `question` makes of the opened archive; asked once more if a build may have taken files away meanwhile.

        Raises ArchiveError when there is no archive, or it cannot be read.
        """
        try:
            return question(self._current())
        except (ArchiveError, *_UNREADABLE):
            self._opened = None
        try:
            return question(self._current())
        except _UNREADABLE as error:
            raise ArchiveError(f"档案 {self._folder} 读不了({reasons.told(error)});请稍候再试") from error

    def _current(self) -> Opened:
        with self._opening:
            opened = self._opened
            if opened is None or not opened.current():
                opened = self._opened = Opened(self._folder)
            return opened


def _stamp(folder: Path) -> tuple[tuple[str, int], ...]:
    """What changes whenever a build writes: the current edition, its commits, its derived tables and its indexes."""
    watched = [folder / "archive.json", *folder.glob("editions/*/*.parquet")]
    watched += [*folder.glob("editions/*/commits/*.json"), *folder.glob("editions/*/search/*/index.json")]
    found = []
    for path in sorted(watched):
        try:
            found.append((str(path), path.stat().st_mtime_ns))
        except FileNotFoundError:
            continue
    return tuple(found)
