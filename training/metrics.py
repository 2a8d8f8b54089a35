"""How good are probabilities of themes: F1, calibration, thresholds and their spread. NumPy in, frozen values out.

Shapes throughout: `targets` (items, themes) of 0 and 1, `probabilities` (items, themes) in 0..1, `thresholds`
(themes,) or (items, themes). A theme is given where its probability is at least its threshold. A target may be NaN
where nobody has said whether the item has the theme: such cells count for nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import precision_recall_fscore_support

from models.bundle import Calibration

Array = NDArray[np.floating]

BINS = 15
LOWEST, HIGHEST, STEP = 0.2, 0.8, 0.005
# F1 differences below this are one or two items of some hundreds: no reason to prefer a threshold.
SLACK = 0.001


@dataclass(frozen=True, slots=True)
class ThemeScores:
    """One theme. `support` is the number of items that have it."""

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, slots=True)
class ThemeReport:
    """`themes` in column order; `macro_f1` is the plain mean of their F1."""

    macro_f1: float
    themes: tuple[ThemeScores, ...]
    expected_calibration_error: float


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean and standard deviation of a figure."""

    mean: float
    deviation: float


def report(targets: Array, probabilities: Array, thresholds: Array) -> ThemeReport:
    """Figures of `probabilities`, themes given by `thresholds`. A theme that nobody has and nobody gives scores 0.

    One that nobody was asked about scores 0 too, and is left out of `macro_f1`.
    """
    known = np.any(~np.isnan(targets), axis=0)
    themes = tuple(
        _scores(truth, given) for truth, given in zip(targets.T, (probabilities >= thresholds).T, strict=True)
    )
    return ThemeReport(
        macro_f1=float(np.mean(np.array([theme.f1 for theme in themes])[known])),
        themes=themes,
        expected_calibration_error=expected_calibration_error(targets, probabilities),
    )


def _scores(truth: Array, given: NDArray[np.bool_]) -> ThemeScores:
    known = ~np.isnan(truth)
    if not known.any():
        return ThemeScores(0.0, 0.0, 0.0, 0)
    due, given = truth[known] > 0, given[known]
    precision, recall, f1, _ = precision_recall_fscore_support(due, given, average="binary", zero_division=0)
    return ThemeScores(float(precision), float(recall), float(f1), int(due.sum()))


def expected_calibration_error(targets: Array, probabilities: Array, bins: int = BINS) -> float:
    """Mean gap between probability and frequency over `bins` equal-width bins, weighted by their size.

    Every (item, theme) decision is one binary prediction: sum over bins of |B|/n * |mean target - mean probability|.
    Source: Guo, Pleiss, Sun, Weinberger, "On Calibration of Modern Neural Networks", ICML 2017, equations 2, 3, 5.
    """
    known = ~np.isnan(targets)
    truth, scores = targets[known], probabilities[known]
    # Bins are (lower, upper] as in the paper; a probability of 0 belongs to the first.
    bin_of = np.clip(np.ceil(scores * bins).astype(int) - 1, 0, bins - 1)
    gaps = np.bincount(bin_of, weights=truth - scores, minlength=bins)
    return float(np.abs(gaps).sum() / len(scores))


def best_thresholds(targets: Array, probabilities: Array) -> NDArray[np.float64]:
    """(themes,) thresholds of the best F1 on out-of-fold scores, between LOWEST and HIGHEST.

    Of the thresholds whose F1 is within SLACK of the best, the middle of the longest unbroken run: a few items more
    or less do not move it far.
    """
    return np.array(
        [_threshold(truth, scores) for truth, scores in zip(targets.T, probabilities.T, strict=True)]
    )


def _threshold(truth: Array, scores: Array) -> float:
    known = ~np.isnan(truth)
    truth, scores = truth[known], scores[known]
    grid = np.arange(LOWEST, HIGHEST + STEP / 2, STEP).round(4)
    given = scores[:, None] >= grid
    hits = (given & (truth[:, None] > 0)).sum(0)
    f1 = 2 * hits / np.maximum(given.sum(0) + truth.sum(), 1)
    good = f1 >= f1.max() - SLACK
    runs = [list(run) for is_good, run in groupby(range(len(grid)), key=lambda i: bool(good[i])) if is_good]
    longest = max(runs, key=len)
    return round(float((grid[longest[0]] + grid[longest[-1]]) / 2), 4)


def fit_platt(logits: Array, targets: Array) -> tuple[Calibration, ...]:
    """Every theme's scale and shift, by unpenalised logistic regression on out-of-fold logits (items, themes).

    Source: Platt, "Probabilistic Outputs for Support Vector Machines", 1999. Every theme needs items with and without.
    """
    fits = [
        LogisticRegression(C=np.inf, max_iter=1000).fit(
            np.asarray(scores, np.float64)[known, None], truth[known] > 0
        )
        for scores, truth, known in zip(logits.T, targets.T, ~np.isnan(targets).T, strict=True)
    ]
    return tuple(Calibration(scale=float(fit.coef_[0, 0]), shift=float(fit.intercept_[0])) for fit in fits)


def calibrated(logits: Array, calibrations: Sequence[Calibration]) -> NDArray[np.float64]:
    """(items, themes) probabilities of (items, themes) logits."""
    scale = np.array([calibration.scale for calibration in calibrations])
    shift = np.array([calibration.shift for calibration in calibrations])
    return np.asarray(1 / (1 + np.exp(-(np.asarray(logits, np.float64) * scale + shift))))


def spread(values: Sequence[float]) -> Spread:
    """Mean and sample standard deviation, as over folds; one value deviates by 0."""
    return Spread(float(np.mean(values)), float(np.std(values, ddof=1)) if len(values) > 1 else 0.0)


def macro_f1_spread(
    targets: Array,
    probabilities: Array,
    thresholds: Array,
    months: Sequence[str],
    samples: int = 1000,
    seed: int = 1,
) -> Spread:
    """Macro F1 over `samples` bootstrap draws of whole months; `months` names the month of every item.

    Items of a month resemble one another, so months are drawn, not items.
    """
    counts = _counts_by_month(targets, (probabilities >= thresholds) & ~np.isnan(targets), months)
    draws = np.random.default_rng(seed).integers(len(counts), size=(samples, len(counts)))
    hits, given, wanted = np.moveaxis(counts[draws].sum(1), 1, 0)
    f1 = 2 * hits / np.maximum(given + wanted, 1)
    return spread([float(value) for value in f1.mean(1)])


def _counts_by_month(targets: Array, given: NDArray[np.bool_], months: Sequence[str]) -> NDArray[np.int64]:
    """(months, 3, themes): how many items have the theme rightly given, given, and due."""
    names = np.array(months)
    due = targets > 0
    return np.array(
        [[(part[names == name]).sum(0) for part in (due & given, given, due)] for name in sorted(set(months))]
    )
