"""A classifier that is fitted in a second: what studies of labels use in the place of the fine-tuned one.

Logistic regressions over TF-IDF of character n-grams and over the frozen encoder's mean states, their logits averaged:
the served classifier's two halves, the encoder as it is. Classes are balanced, so that 0.5 is a fair threshold
however few items a theme has.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from models.encoding import classifier_pair
from training.backbone import load
from training.baselines import mean_pooled
from training.corpus import LabelledItem
from training.crossval import save_array
from training.lexical import THEME_STRENGTH, Rows, ngram_counts, tfidf_of
from training.steps import targets

LONGEST_NGRAM, STATE_STRENGTH = 3, 0.1
# The log-odds of a theme that no learnt item has, or that all have.
CERTAIN = 8.0

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class QuickLearner:
    """Items with what is learnt from: counts (items, n-grams), states (items, hidden) and targets (items, themes)."""

    counts: csr_matrix
    states: NDArray[np.float32]
    targets: NDArray[np.float32]

    @classmethod
    def of(
        cls, items: Sequence[LabelledItem], states: NDArray[np.float32], labels: Sequence[str]
    ) -> "QuickLearner":
        """Over `items`, whose n-grams are counted once."""
        counts = ngram_counts([item.text for item in items], LONGEST_NGRAM)
        return cls(counts, states, targets(items, labels))

    def probabilities(self, learnt: Rows, asked: Rows) -> Array:
        """(asked, themes) of a model that has seen the rows `learnt` alone."""
        words = tfidf_of(self.counts, learnt, asked)
        scaler = StandardScaler().fit(self.states[learnt])
        states = [scaler.transform(self.states[rows]) for rows in (learnt, asked)]
        due = self.targets[learnt]
        logits = (_logits(words, due, THEME_STRENGTH) + _logits(states, due, STATE_STRENGTH)) / 2
        return np.asarray(1 / (1 + np.exp(-logits)))


def _logits(features: Sequence[csr_matrix | Array], due: NDArray[np.float32], strength: float) -> Array:
    """(asked, themes) from the features of the learnt and of the asked rows."""
    learnt, asked = features
    columns = []
    for theme in due.T:
        if theme.min() == theme.max():
            columns.append(np.full(asked.shape[0], CERTAIN if theme[0] else -CERTAIN))
        else:
            model = LogisticRegression(C=strength, max_iter=300, class_weight="balanced")
            columns.append(model.fit(learnt, theme).decision_function(asked))
    return np.stack(columns, axis=1)


def frozen_states(items: Sequence[LabelledItem], work: Path) -> NDArray[np.float32]:
    """(items, hidden): the untouched encoder's mean states, kept in `work` by what they were made of."""
    pairs = [classifier_pair(item.text, item.heading, "") for item in items]
    name = hashlib.sha256(json.dumps(pairs).encode()).hexdigest()[:8]
    path = work / f"states-{name}.npy"
    if not path.exists():
        work.mkdir(parents=True, exist_ok=True)
        save_array(path, mean_pooled(load(None, work / "cache"), pairs))
    return np.asarray(np.load(path), np.float32)
