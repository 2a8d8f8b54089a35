"""Batches of similar length, bounded by tokens rather than rows."""

import random
from collections.abc import Sequence
from itertools import accumulate
from math import ceil
from typing import Final

# Times the budget: what rows of a batch may come to when all are as long as the longest.
_MOST_PADDED: Final = 2


def by_tokens(lengths: Sequence[int], budget: int, rng: random.Random | None = None) -> list[list[int]]:
    """Group indices so that rows x longest row stays within `budget` tokens a batch.

    Rows are sorted by length; with `rng`, ties and near-ties are shuffled first and the batches afterwards, so
    that every epoch sees other company. A row longer than `budget` is a batch of its own.
    """
    jitter = [0.0 if rng is None else rng.uniform(-2, 2) for _ in lengths]
    order = sorted(range(len(lengths)), key=lambda index: lengths[index] + jitter[index])
    batches: list[list[int]] = []
    longest = 0
    for index in order:
        longest = max(longest, lengths[index])
        if not batches or longest * (len(batches[-1]) + 1) > budget:
            batches.append([])
            longest = lengths[index]
        batches[-1].append(index)
    if rng is not None:
        rng.shuffle(batches)
    return batches


def for_workers(lengths: Sequence[int], budget: int, workers: int) -> list[list[int]]:
    """Group indices into about as many tokens a batch, `budget` or a row more, and as many batches for each worker.

    Rows are sorted by length. Workers who take the batches in turn end together; of a few rows each gets a share.
    """
    total = sum(lengths)
    count = workers * ceil(total / (workers * budget))
    order = sorted(range(len(lengths)), key=lambda index: lengths[index])
    batches: list[list[int]] = [[] for _ in range(count)]
    ends = accumulate(lengths[index] for index in order)
    for index, end in zip(order, ends, strict=True):
        # A row belongs where its middle falls.
        batches[int((end - lengths[index] / 2) * count / total)].append(index)
    return [part for batch in batches for part in _padded(batch, lengths, budget)]


def _padded(batch: list[int], lengths: Sequence[int], budget: int) -> list[list[int]]:
    """`batch`, or pieces of it where its longest row would make much padding of the others."""
    if not batch or len(batch) * lengths[batch[-1]] <= _MOST_PADDED * budget:
        return [batch] if batch else []
    return [[batch[row] for row in rows] for rows in by_tokens([lengths[index] for index in batch], budget)]
