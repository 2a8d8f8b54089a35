"""The items of an edition that are kept, read batch by batch: memory does not grow with the archive."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from service.archive.edition import VECTORS, Edition, Part
from service.errors import ArchiveError

BATCH_ROWS = 8192

_KEYS = ["bulletin", "item"]


def items(edition: Edition, columns: list[str]) -> Iterator[pa.RecordBatch]:
    """`columns` of the items that are kept, in the order of the commits; with them `source` and `bulletin`."""
    dropped = _duplicates(edition)
    asked = list(dict.fromkeys(["source", "bulletin", *columns]))
    for part in edition.parts("items"):
        for batch in pq.ParquetFile(part.path).iter_batches(BATCH_ROWS, columns=asked):
            yield batch.filter(_mask(batch, part, dropped))


def states(edition: Edition) -> Iterator[NDArray[np.float32]]:
    """The (items, hidden) states of the items that `items` gives, in the same order, in batches of its own.

    Every part has vectors. Raises ArchiveError when they are not those of its items, in their order.
    """
    dropped = _duplicates(edition)
    for part, vectors in zip(edition.parts("items"), edition.parts(VECTORS), strict=True):
        keys = pq.read_table(part.path, columns=["source", *_KEYS])
        start = 0
        for batch in pq.ParquetFile(vectors.path).iter_batches(BATCH_ROWS):
            own = keys.slice(start, len(batch)).combine_chunks()
            start += len(batch)
            if own.select(_KEYS) != pa.Table.from_batches([batch]).select(_KEYS):
                raise ArchiveError(_apart(vectors.path, part.path))
            flat = batch["state"].flatten().to_numpy(zero_copy_only=False)
            yield flat.reshape(len(batch), -1)[_mask(own, part, dropped).to_numpy()].astype(np.float32)
        if start != len(keys):
            raise ArchiveError(_apart(vectors.path, part.path))


def _apart(vectors: Path, items: Path) -> str:
    return f"{vectors} 与 {items} 里的事项对不上;档案可能已损坏,请另建一个档案"


def _duplicates(edition: Edition) -> pa.Array:
    path = edition.path / "duplicates.parquet"
    if not path.exists():
        return pa.array([], pa.string())
    return pq.read_table(path, columns=["bulletin"])["bulletin"].combine_chunks()


def _mask(rows: pa.RecordBatch | pa.Table, part: Part, dropped: pa.Array) -> pa.Array:
    """True for the rows that count: not replaced by a newer part, and not of a bulletin that is another one again."""
    replaced = pc.is_in(rows["source"], pa.array(sorted(part.without), pa.string()))
    return pc.invert(pc.or_(replaced, pc.is_in(rows["bulletin"], dropped)))
