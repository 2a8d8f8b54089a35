"""From out-of-fold logits to decisions: blend, calibration, thresholds and what a person should look at."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.bundle import Calibration
from models.classifier import nearness
from training.metrics import best_thresholds, calibrated, fit_platt

Array = NDArray[np.floating]

# Shares of the lexical model's logits that are tried; the choice is made on out-of-fold log-loss.
LEXICAL_WEIGHTS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
# A person should be asked about this share of items: those nearest to a threshold.
REVIEW_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class FoldScores:
    """A fold's held-out items: logits of the encoder and of the lexical model, and the labels, all (items, themes).

    A label is NaN where it is not known.
    """

    encoder: Array
    lexical: Array
    targets: Array


@dataclass(frozen=True, slots=True)
class Decisions:
    """How two logits become a probability and a probability a label."""

    lexical_weight: float
    calibrations: tuple[Calibration, ...]
    thresholds: tuple[float, ...]
    review_margin: float

    def probabilities(self, encoder: Array, lexical: Array) -> NDArray[np.float64]:
        """(items, themes) calibrated probabilities."""
        return calibrated(blended(encoder, lexical, self.lexical_weight), self.calibrations)


def log_odds(probabilities: Array) -> NDArray[np.float64]:
    """The logits of probabilities, elementwise."""
    return np.asarray(np.log(probabilities) - np.log1p(-probabilities))


def blended(encoder: Array, lexical: Array, weight: float) -> NDArray[np.float64]:
    """The weighted mean of both logits."""
    return np.asarray((1 - weight) * encoder + weight * lexical, np.float64)


def decide(folds: Sequence[FoldScores], lexical_weight: float | None = None) -> Decisions:
    """Decisions fitted on the held-out scores of `folds`; `lexical_weight` fixes the blend instead of choosing it."""
    encoder = np.concatenate([fold.encoder for fold in folds])
    lexical = np.concatenate([fold.lexical for fold in folds])
    targets = np.concatenate([fold.targets for fold in folds])
    tried = LEXICAL_WEIGHTS if lexical_weight is None else (lexical_weight,)
    weight = min(tried, key=lambda w: _calibrated_loss(blended(encoder, lexical, w), targets))
    logits = blended(encoder, lexical, weight)
    calibrations = fit_platt(logits, targets)
    probabilities = calibrated(logits, calibrations)
    thresholds = best_thresholds(targets, probabilities)
    margin = round(float(np.quantile(nearness(probabilities, thresholds), REVIEW_SHARE)), 4)
    return Decisions(weight, calibrations, tuple(float(t) for t in thresholds), margin)


def _calibrated_loss(logits: Array, targets: Array) -> float:
    """Mean log-loss after calibration."""
    p = np.clip(calibrated(logits, fit_platt(logits, targets)), 1e-9, 1 - 1e-9)
    return float(np.nanmean(-(targets * np.log(p) + (1 - targets) * np.log(1 - p))))


@dataclass(frozen=True, slots=True)
class Judged:
    """Held-out probabilities with the thresholds they are judged by, all (items, themes)."""

    targets: Array
    probabilities: Array
    thresholds: Array


def cross_fitted(folds: Sequence[FoldScores], lexical_weight: float | None = None) -> list[Judged]:
    """Every fold judged by decisions fitted on the other folds: nothing of a fold chooses its own threshold."""
    judged = []
    for index, fold in enumerate(folds):
        others = [other for number, other in enumerate(folds) if number != index]
        decisions = decide(others, lexical_weight)
        probabilities = decisions.probabilities(fold.encoder, fold.lexical)
        thresholds = np.broadcast_to(np.array(decisions.thresholds), probabilities.shape)
        judged.append(Judged(fold.targets, probabilities, thresholds))
    return judged
