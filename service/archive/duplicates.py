"""The same month from two sites: which bulletins are others again, and which of them is kept."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from service.archive import schema
from service.archive.edition import Edition
from service.archive.parts import packed
from service.files import write_whole

# Jaccard similarity of the shingles of all items, by MinHash: copies of a month lie above, other months far below
# (docs/archive.md has the figures).
SAME: Final = 0.75

_COLUMNS: Final = [
    "bulletin",
    "source",
    "month",
    "provinces",
    "items",
    "printed_abstract",
    "unplaced",
    "minhash",
]


def write(edition: Edition) -> None:
    """Write `duplicates.parquet`: a row for every bulletin that another of the same month, or of none, stands for.

    Of copies the one that tells its month is kept, then the one with the most provinces, then items, then a printed
    abstract, then the least text that found no place. What is kept is no duplicate, and each duplicate is like it.
    """
    tables = [_read(path.path, path.without) for path in edition.parts("bulletins")]
    rows = pa.concat_tables(tables) if tables else schema.TABLES["bulletins"].empty_table()
    found = pa.Table.from_pylist(list(_duplicates(rows)), schema.DUPLICATES)
    write_whole(edition.path / "duplicates.parquet", packed({"duplicates": found}).tables["duplicates"])


def _read(path: object, without: frozenset[str]) -> pa.Table:
    rows = pq.read_table(path, columns=_COLUMNS)
    return rows.filter([source not in without for source in rows["source"].to_pylist()]) if without else rows


def _duplicates(rows: pa.Table) -> Iterator[dict[str, object]]:
    if not rows.num_rows:
        return
    signatures = rows["minhash"].combine_chunks().flatten().to_numpy().reshape(rows.num_rows, -1)
    like: dict[int, list[int]] = defaultdict(list)
    for one, other in _pairs(signatures, rows["month"].to_pylist()):
        like[one].append(other)
        like[other].append(one)
    names = rows["bulletin"].to_pylist()
    ranks: dict[int, int] = {}
    for row in _best_first(rows):
        # Only what is kept stands for others: what is like a copy of it need not be like it.
        near = [
            (float((signatures[row] == signatures[other]).mean()), -ranks[other], other)
            for other in like[row]
            if other in ranks
        ]
        if near:
            similarity, _, nearest = max(near)
            yield {"bulletin": names[row], "kept": names[nearest], "similarity": similarity}
        else:
            ranks[row] = len(ranks)


def _best_first(rows: pa.Table) -> list[int]:
    """The rows' numbers, the better text before the worse."""
    keys = [
        (
            row["month"] is None,
            -row["provinces"],
            -row["items"],
            row["printed_abstract"] is None,
            row["unplaced"],
            row["bulletin"],
        )
        for row in rows.drop_columns(["minhash"]).to_pylist()
    ]
    return sorted(range(len(keys)), key=keys.__getitem__)


def _pairs(signatures: NDArray[np.uint32], months: list[str | None]) -> Iterator[tuple[int, int]]:
    """Rows whose signatures agree in SAME of their places, and whose months do not differ."""
    by_month: dict[str | None, list[int]] = {}
    for row, month in enumerate(months):
        by_month.setdefault(month, []).append(row)
    unknown = by_month.pop(None, [])
    for row in unknown:
        yield from _like(signatures, row, np.arange(row))
    for own in by_month.values():
        for place, row in enumerate(own):
            yield from _like(signatures, row, np.array([*own[:place], *unknown], np.intp))


def _like(signatures: NDArray[np.uint32], row: int, others: NDArray[np.intp]) -> Iterator[tuple[int, int]]:
    shared = (signatures[others] == signatures[row]).mean(axis=1)
    for other in others[shared >= SAME]:
        yield row, int(other)
