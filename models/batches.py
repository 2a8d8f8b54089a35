"""Batches of similar length, bounded by tokens rather than rows."""

import random
from collections.abc import Sequence


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
