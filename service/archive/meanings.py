"""The index of meanings: the classifier's states of the items, whitened, in a flat faiss index of eight bits a number.

The states of a fine-tuned classifier lie close together in few directions; divided by their spread in every principal
direction they tell items apart (PCA whitening; Su et al., 2021). A flat index compares all of them: the ranking is
exact and so is every filter, and a million take a tenth of a second.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

import faiss
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from service.archive.filters import Filters

DIMENSIONS: Final = 256
# States that the whitening and the quantiser's ranges are learnt from, evenly from all.
SAMPLE: Final = 20_000
FILTER_COLUMNS: Final = ["bulletin", "month", "level", "province", "themes", "review"]

# Of the mean spread, added to each direction's: keeps directions apart that a small archive has not seen.
_FLOOR: Final = 1e-4
# A single item has no spread at all.
_SMALLEST: Final = 1e-12
_INDEX, _WHITENING, _ROWS = "meanings.faiss", "whitening.npz", "rows.arrow"

States = NDArray[np.float32]


def build(
    folder: Path, states: Callable[[], Iterable[States]], rows: Iterable[pa.RecordBatch], total: int
) -> None:
    """Write the index of `total` items into `folder`: their states, which are read twice, and their FILTER_COLUMNS."""
    sample = _sampled(states(), total)
    mean, matrix = _whitening(sample)
    np.savez(folder / _WHITENING, mean=mean, matrix=matrix)
    index = faiss.IndexScalarQuantizer(
        matrix.shape[1], faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
    )
    index.train(_directions(sample, mean, matrix))
    # Room for all of them at once: codes that grow are copied, and then there are two of them.
    index.codes.resize(total * index.code_size)
    index.codes.resize(0)
    for batch in states():
        index.add(_directions(batch, mean, matrix))
    faiss.write_index(index, str(folder / _INDEX))
    _write_rows(folder / _ROWS, rows)


class Meanings:
    """An opened index, mapped into memory. Answers may be asked for from any thread."""

    def __init__(self, folder: Path) -> None:
        """Raises an OSError, ValueError or RuntimeError for what is no index."""
        self._index = faiss.read_index(str(folder / _INDEX), faiss.IO_FLAG_MMAP_IFC)
        with np.load(folder / _WHITENING, allow_pickle=False) as arrays:
            self._mean, self._matrix = arrays["mean"], arrays["matrix"]
        with pa.memory_map(str(folder / _ROWS)) as source:
            self._rows = pa.ipc.open_file(source).read_all()

    def nearest(self, state: States, filters: Filters, limit: int) -> tuple[int, ...]:
        """The numbers of the items nearest to `state` (hidden,) among those of `filters`, the nearest first."""
        selected = None
        if filters != Filters():
            bits = np.packbits(_mask(self._rows, filters), bitorder="little")
            # faiss gives its classes other constructors in Python than its stub says.
            selected = faiss.SearchParameters(sel=faiss.IDSelectorBitmap(bits))  # type: ignore[call-arg, arg-type]
        _, found = self._index.search(self._direction(state), limit, params=selected)
        return tuple(int(number) for number in found[0] if number >= 0)

    def cosines(self, state: States, numbers: Iterable[int]) -> list[float]:
        """How near the items of those numbers are to `state` (hidden,), -1 to 1."""
        directions = self._index.reconstruct_batch(np.fromiter(numbers, np.int64))
        return [float(cosine) for cosine in directions @ self._direction(state)[0]]

    def _direction(self, state: States) -> States:
        return _directions(state[np.newaxis], self._mean, self._matrix)


def _sampled(states: Iterable[States], total: int) -> States:
    """Every n-th of `total` states, so that there are about SAMPLE of them; all where there are fewer."""
    step = max(1, total // SAMPLE)
    count, sample = 0, []
    for batch in states:
        # A copy: a slice would keep its whole batch in memory.
        sample.append(batch[-count % step :: step].copy())
        count += len(batch)
    return np.concatenate(sample)


def _whitening(sample: States) -> tuple[States, States]:
    """The mean (hidden,) of `sample` and the matrix (hidden, dimensions) that whitens it."""
    exact = sample.astype(np.float64)
    mean = exact.mean(axis=0)
    spreads, axes = np.linalg.eigh((exact - mean).T @ (exact - mean) / len(exact))
    largest = np.argsort(-spreads)[:DIMENSIONS]
    floor = _FLOOR * float(spreads.mean()) + _SMALLEST
    matrix = axes[:, largest] / np.sqrt(np.maximum(spreads[largest], 0) + floor)
    return mean.astype(np.float32), matrix.astype(np.float32)


def _directions(states: States, mean: States, matrix: States) -> States:
    """(states, dimensions): whitened, of length 1."""
    whitened = (states - mean) @ matrix
    lengths = np.linalg.norm(whitened, axis=1, keepdims=True)
    return np.asarray(whitened / np.maximum(lengths, np.finfo(np.float32).tiny), np.float32)


def _write_rows(path: Path, rows: Iterable[pa.RecordBatch]) -> None:
    """The filter columns of every item as an Arrow file: mapped into memory, nothing of it is read twice."""
    batches: Iterator[pa.RecordBatch] = (batch.select(FILTER_COLUMNS) for batch in rows)
    first = next(batches)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, first.schema) as writer:
        writer.write_batch(first)
        for batch in batches:
            writer.write_batch(batch)


def _mask(rows: pa.Table, filters: Filters) -> NDArray[np.bool_]:
    """True for the rows of which all of `filters` holds."""
    exact = {
        "bulletin": filters.bulletin,
        "level": filters.level,
        "province": filters.province,
        "review": filters.review,
    }
    conditions = [pc.equal(rows[name], value) for name, value in exact.items() if value is not None]
    if filters.first:
        conditions.append(pc.greater_equal(rows["month"], filters.first))
    if filters.last:
        conditions.append(pc.less_equal(rows["month"], filters.last))
    mask = np.ones(len(rows), np.bool_)
    for condition in conditions:
        mask &= pc.fill_null(condition, False).to_numpy()
    if filters.theme is not None:
        themes = rows["themes"].combine_chunks()
        having = pc.list_parent_indices(themes).filter(pc.equal(pc.list_flatten(themes), filters.theme))
        themed = np.zeros(len(rows), np.bool_)
        themed[having.to_numpy()] = True
        mask &= themed
    return mask
