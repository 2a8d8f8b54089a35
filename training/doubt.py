"""Which labels are likely wrong: where a model that has not seen an item's month disagrees, ranked.

Confident learning (Northcutt, Jiang, Chuang, "Confident Learning: Estimating Uncertainty in Dataset Labels", 2021) by
cleanlab, theme by theme, on out-of-fold probabilities of character TF-IDF: the fine-tuned classifier fits what it is
told too well to be asked, and folds of it take hours. docs/label-errors.md says what it finds of planted errors.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from cleanlab.multilabel_classification.filter import find_multilabel_issues_per_class
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier

from training.corpus import LabelledItem, LabelledMonth
from training.lexical import ngram_counts, tfidf_of
from training.splits import folds

# Of 1, 3, 10 and 30 the strength at which most planted errors were found, with seeds other than those reported.
LONGEST_NGRAM, STRENGTH = 3, 10.0

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Doubt:
    """An item whose label of `theme` is doubted. `probabilities` are the model's, by theme; `flagged` is cleanlab's."""

    month: str
    item: LabelledItem
    theme: str
    probabilities: dict[str, float]
    flagged: bool


def doubts(months: Sequence[LabelledMonth], labels: Sequence[str]) -> list[Doubt]:
    """Every item of the dated months, the most doubtful first; flagged ones before all others.

    Undated hard items are learnt from and not looked through. A theme that somebody has not been asked about is not
    doubted yet.
    """
    labels = [label for label in labels if all(item.knows(label) for month in months for item in month.items)]
    rows = [(month.name, item) for split in folds(months) for month in split.held_out for item in month.items]
    probabilities = out_of_fold(months, labels)
    scores = label_scores(targets([item for _, item in rows], labels), probabilities)
    return [
        Doubt(
            month=rows[row][0],
            item=rows[row][1],
            theme=labels[int(scores[row].argmin())],
            probabilities=dict(zip(labels, map(float, probabilities[row]), strict=True)),
            flagged=bool(scores[row].min() < 1),
        )
        for row in np.argsort(scores.min(axis=1), kind="stable")
    ]


def out_of_fold(months: Sequence[LabelledMonth], labels: Sequence[str]) -> Array:
    """(items, themes): probabilities of every dated item by a model of the other folds' months, fold after fold."""
    items = [item for month in months for item in month.items]
    names = np.array([month.name for month in months for _ in month.items])
    counts, due = ngram_counts([item.text for item in items], LONGEST_NGRAM), targets(items, labels)
    found = []
    for split in folds(months):
        asked = np.concatenate([np.flatnonzero(names == month.name) for month in split.held_out])
        learnt = np.flatnonzero(np.isin(names, [month.name for month in split.train]))
        words, own = tfidf_of(counts, learnt, asked)
        model = OneVsRestClassifier(LogisticRegression(C=STRENGTH, max_iter=300)).fit(words, due[learnt])
        found.append(np.asarray(model.predict_proba(own), np.float64))
    return np.concatenate(found)


def label_scores(due: NDArray[np.floating], probabilities: Array) -> Array:
    """(rows, themes) of labels `due`: the lower, the likelier wrong. Below 1 are those that confident learning flags.

    A flagged label scores the probability of what was given, any other 1 more.
    """
    given = [list(np.flatnonzero(row)) for row in due]
    flagged = find_multilabel_issues_per_class(given, probabilities, filter_by="confident_learning", n_jobs=1)
    confidence = self_confidence(due, probabilities)
    return np.where(flagged, confidence, confidence + 1)


def self_confidence(due: NDArray[np.floating], probabilities: Array) -> Array:
    """(rows, themes): the probability of the label that was given."""
    return np.where(due > 0, probabilities, 1 - probabilities)


def targets(items: Sequence[LabelledItem], labels: Sequence[str]) -> Array:
    """(items, themes) of 0 and 1."""
    return np.array([[label in item.themes for label in labels] for item in items], np.float64)
