"""Fit the linear models over character n-grams that a bundle holds (models/lexical.py)."""

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.base import clone
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import Pipeline, make_pipeline

from models.lexical import LexicalModel
from training.corpus import LabelledItem
from training.rewording import reworded

# scikit-learn's C for the themes of items.
THEME_STRENGTH = 30.0
# Beside the encoder n-grams of four characters serve better than of three: macro F1 over the folds 0.978 for 0.975.
LONGEST_NGRAM = 4
COPIES, REWORD_RATE, SEED = 2, 0.7, 1
# N-grams of fewer texts are left out.
LEAST_TEXTS = 2

Rows = NDArray[np.intp]


def tfidf_pipeline(longest: int, strength: float) -> Pipeline:
    """TF-IDF of character n-grams of one to `longest` and a logistic regression per column of the targets, unfitted.

    `strength` is the inverse of the regularisation (scikit-learn's C).
    """
    vectoriser = TfidfVectorizer(
        analyzer="char", ngram_range=(1, longest), sublinear_tf=True, min_df=LEAST_TEXTS
    )
    return make_pipeline(vectoriser, OneVsRestClassifier(LogisticRegression(C=strength, max_iter=300)))


def ngram_counts(texts: Sequence[str], longest: int) -> csr_matrix:
    """(texts, n-grams) of one to `longest` characters: counting takes longer than fitting, and many folds share it."""
    counts = CountVectorizer(analyzer="char", ngram_range=(1, longest), dtype=np.float32)
    return counts.fit_transform(texts).tocsr()


def tfidf_of(counts: csr_matrix, learnt: Rows, asked: Rows) -> tuple[csr_matrix, csr_matrix]:
    """The features that `tfidf_pipeline` makes of the rows `learnt` and `asked` when it is fitted on `learnt`."""
    seen = counts[learnt]
    columns = np.flatnonzero(np.asarray((seen > 0).sum(axis=0)).ravel() >= LEAST_TEXTS)
    tfidf = TfidfTransformer(sublinear_tf=True).fit(seen[:, columns])
    return tfidf.transform(seen[:, columns]), tfidf.transform(counts[asked][:, columns])


def fit(texts: Sequence[str], targets: np.ndarray, longest: int, strength: float) -> LexicalModel:
    """The model of `texts` and their `targets` (texts, outputs) of 0 and 1, NaN where not known."""
    vectoriser, one_a_column = tfidf_pipeline(longest, strength)
    features = vectoriser.fit_transform(texts)
    regressions = [
        clone(one_a_column.estimator).fit(features[known], truth[known] > 0)
        for truth, known in zip(targets.T, ~np.isnan(targets).T, strict=True)
    ]
    grams = vectoriser.get_feature_names_out()
    return LexicalModel(
        column={gram: index for index, gram in enumerate(grams)},
        idf=vectoriser.idf_.astype(np.float32),
        weights=np.stack([one.coef_[0] for one in regressions], axis=1).astype(np.float32),
        bias=np.array([one.intercept_[0] for one in regressions], np.float32),
        longest=longest,
    )


def fit_themes(items: Sequence[LabelledItem], targets: np.ndarray) -> LexicalModel:
    """The themes' model of `items` and of COPIES reworded copies of those that rewording changes."""
    rng = random.Random(SEED)
    texts, rows = [item.text for item in items], list(range(len(items)))
    for _ in range(COPIES):
        for row, item in enumerate(items):
            (changed,) = reworded([item.text], rng, rate=REWORD_RATE)
            if changed != item.text:
                texts.append(changed)
                rows.append(row)
    return fit(texts, targets[rows], LONGEST_NGRAM, THEME_STRENGTH)


def save(model: LexicalModel, path: Path) -> None:
    """Write the model's arrays for `LexicalModel.load`; weights are kept in half precision."""
    np.savez_compressed(
        path,
        grams=np.frombuffer("\n".join(model.column).encode("utf-8"), np.uint8),
        idf=model.idf,
        weights=model.weights.astype(np.float16),
        bias=model.bias,
    )
