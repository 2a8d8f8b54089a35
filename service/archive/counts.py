"""What an edition holds, in numbers."""

from dataclasses import dataclass

from service.archive import views
from service.archive.edition import Edition


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers of kept rows, of bulletins that are others again, and of files.

    `failed` are the files that could not be read, whole or in part, with the reason, by path.
    """

    bulletins: int
    entries: int
    items: int
    review: int
    duplicates: int
    files: int
    failed: tuple[tuple[str, str], ...]


_NAMES = ("bulletins", "entries", "items", "review", "duplicates", "files")
_NUMBERS = """SELECT (SELECT count(*) FROM bulletins), (SELECT count(*) FROM entries), (SELECT count(*) FROM items),
(SELECT count(*) FROM items WHERE review), (SELECT count(*) FROM duplicates),
(SELECT count(*) FROM files)"""

# The reason names the file that was read; copies of it failed by their content.
_FAILED = """SELECT path, string_agg(reason, ' ' ORDER BY number) FROM errors JOIN files USING (source) GROUP BY path
UNION ALL SELECT path, error FROM files WHERE error IS NOT NULL ORDER BY path"""


def of(edition: Edition) -> Counts:
    """The counts of `edition`."""
    with views.connect(edition) as connection:
        (row,) = connection.execute(_NUMBERS).fetchall()
        numbers = dict(zip(_NAMES, row, strict=True))
        return Counts(**numbers, failed=tuple(connection.execute(_FAILED).fetchall()))
