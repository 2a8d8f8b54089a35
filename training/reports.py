"""The figures of a model card, from out-of-fold scores."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from pydantic import JsonValue

from models.classifier import nearness
from training.corpus import LabelledMonth
from training.crossval import held_out_items
from training.decisions import FoldScores, Judged, cross_fitted, decide, log_odds
from training.metrics import ThemeReport, macro_f1_spread, report, spread
from training.scorecard import joined
from training.splits import PLAIN, folds


def classifier_figures(
    months: Sequence[LabelledMonth],
    scores: Sequence[FoldScores],
    labels: Sequence[str],
    tfidf: Sequence[np.ndarray],
    others: Mapping[str, Sequence[np.ndarray]],
) -> dict[str, JsonValue]:
    """Held-out figures of the classifier and of baselines, thresholds of each fold from the other folds.

    `tfidf` holds the out-of-fold probabilities of character TF-IDF with logistic regressions. That baseline is judged
    twice: as it comes, at 0.5, and calibrated and cut like the classifier. `others` holds further baselines' by name;
    they are judged at 0.5.
    """
    alone = [replace(fold, lexical=log_odds(own)) for fold, own in zip(scores, tfidf, strict=True)]
    found = {
        "classifier": cross_fitted(scores),
        "encoder alone": cross_fitted(scores, 0.0),
        "character TF-IDF, calibrated": cross_fitted(alone, 1.0),
        "character TF-IDF": _at_half(scores, tfidf),
    }
    found |= {name: _at_half(scores, rows) for name, rows in others.items()}
    figures: dict[str, JsonValue] = {name: _figures(judged, months, labels) for name, judged in found.items()}
    figures["lexical_weight"] = decide(scores).lexical_weight
    return figures


def _at_half(scores: Sequence[FoldScores], rows: Sequence[np.ndarray]) -> list[Judged]:
    return [
        Judged(fold.targets, own, np.full(own.shape, 0.5)) for fold, own in zip(scores, rows, strict=True)
    ]


def _figures(
    judged: Sequence[Judged], months: Sequence[LabelledMonth], labels: Sequence[str]
) -> dict[str, JsonValue]:
    names = [m.name for split in folds(months) for m in split.held_out for _ in m.items]
    whole = joined(judged)
    rows = np.array(names)
    newest = max(names)
    by_fold = spread([_report(one).macro_f1 for one in judged])
    by_month = macro_f1_spread(whole.targets, whole.probabilities, whole.thresholds, names)
    overall = _report(whole)
    return {
        "macro_f1": round(overall.macro_f1, 4),
        "over_folds": [round(by_fold.mean, 4), round(by_fold.deviation, 4)],
        "bootstrap_deviation": round(by_month.deviation, 4),
        "expected_calibration_error": round(overall.expected_calibration_error, 4),
        "plain_months": _of(whole, np.isin(rows, list(PLAIN))),
        "other_months": _of(whole, ~np.isin(rows, list(PLAIN))),
        "newest_month": _of(whole, rows == newest),
        "themes": {
            label: [round(value, 4) for value in (theme.precision, theme.recall, theme.f1)]
            for label, theme in zip(labels, overall.themes, strict=True)
        },
    }


def _report(judged: Judged) -> ThemeReport:
    return report(judged.targets, judged.probabilities, judged.thresholds)


def _of(judged: Judged, rows: np.ndarray) -> float:
    part = Judged(judged.targets[rows], judged.probabilities[rows], judged.thresholds[rows])
    return round(_report(part).macro_f1, 4)


def review_figures(judged: Sequence[Judged], margin: float) -> dict[str, JsonValue]:
    """Share of items under review at `margin`, and the share of wrong items that are among them."""
    whole = joined(judged)
    near = nearness(whole.probabilities, whole.thresholds) < margin
    wrong = ((whole.probabilities >= whole.thresholds) != (whole.targets > 0)).any(axis=1)
    return {
        "review_share": round(float(near.mean()), 4),
        "wrong_share": round(float(wrong.mean()), 4),
        "wrong_under_review": round(float((near & wrong).sum() / max(1, wrong.sum())), 4),
    }


def wrong_items(
    months: Sequence[LabelledMonth], judged: Sequence[Judged], labels: Sequence[str]
) -> list[str]:
    """One line for every held-out item with a wrong theme: what it is, what was given, what was due."""
    lines = []
    for split, fold in zip(folds(months), judged, strict=True):
        names = [month.name for month in split.held_out for _ in month.items]
        given = fold.probabilities >= fold.thresholds
        for row, (name, item) in enumerate(zip(names, held_out_items(split), strict=True)):
            if (given[row] != (fold.targets[row] > 0)).any():
                themes = [label for label, on in zip(labels, given[row], strict=True) if on]
                lines.append(f"{name} {item.id}: {themes} for {list(item.themes)}: {item.text}")
    return lines
