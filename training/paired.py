"""How sure is a difference between two versions? Paired bootstraps over what both were judged on.

Both versions' decisions on the same resampled items, or their drafts of the same resampled months (Koehn, "Statistical
Significance Tests for Machine Translation Evaluation", 2004; here 95% percentile intervals).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.judgement import Judgement

SAMPLES, SEED = 2000, 1
# The percentile interval of a handful of months is too narrow to be told.
LEAST_MONTHS = 5


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95% interval of a difference."""

    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.low:+.3f} 至 {self.high:+.3f}"


def difference(new: Judgement, live: Judgement, rows: NDArray[np.intp] | None = None) -> Interval:
    """How much higher the macro F1 of `new` is than that of `live`, over resampled items. Both on the same items.

    `rows` are the items that count, at least one; all of them by default.
    """
    chosen = np.arange(new.items) if rows is None else rows
    draws = _draws(len(chosen))
    return _interval(_macro_f1(new, chosen, draws) - _macro_f1(live, chosen, draws))


def macro_f1(judged: Judgement, rows: NDArray[np.intp]) -> float:
    """The plain mean of F1 over the themes that an item of `rows` has; 0 if there is none."""
    return float(_macro_f1(judged, rows, np.ones((1, len(rows)), np.int64))[0])


def rouge_difference(new: Judgement, live: Judgement) -> Interval | None:
    """How much higher the ROUGE-L of `new` is, over resampled months; None with fewer than LEAST_MONTHS printed."""
    gains = np.array(new.rouge_l) - np.array(live.rouge_l)
    if len(gains) < LEAST_MONTHS:
        return None
    return _interval(_draws(len(gains)) @ gains / len(gains))


def _draws(size: int) -> NDArray[np.int64]:
    """(samples, size): how often each of `size` is drawn."""
    return np.random.default_rng(SEED).multinomial(size, np.full(size, 1 / size), SAMPLES)


def _interval(differences: NDArray[np.float64]) -> Interval:
    low, high = np.quantile(differences, [0.025, 0.975])
    return Interval(float(low), float(high))


def _macro_f1(judged: Judgement, rows: NDArray[np.intp], draws: NDArray[np.int64]) -> NDArray[np.float64]:
    """(samples,): macro F1 of the items at `rows`, each counted as often as it was drawn."""
    given, due = judged.given[rows].astype(np.int64), judged.due[rows].astype(np.int64)
    hits, wanted = draws @ (given * due), draws @ due
    f1 = 2 * hits / np.maximum(draws @ given + wanted, 1)
    there = wanted > 0
    return np.asarray((f1 * there).sum(1) / np.maximum(there.sum(1), 1))
