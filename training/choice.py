"""Which items to label next: those that the model doubts, spread over what they are about.

Diverse mini-batch active learning (Zhdanov, "Diverse mini-batch Active Learning", 2019, arXiv:1901.05954): of the
most doubtful items, BREADTH times as many as are wanted, k-means weighted by doubt makes as many clusters as are
wanted, and the item nearest to each centre is taken. Doubt is nearness to a threshold in log-odds, so that a theme's
own threshold counts. docs/active-learning.md sets it beside random choice and beside other strategies.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.cluster import KMeans

from models.classifier import nearness

# On the folds that chose the strategy 3 did as well as 5 and 10, and more of what is taken is doubtful.
BREADTH = 3
_SEED = 1


@dataclass(frozen=True, slots=True)
class Pick:
    """A chosen row, its nearness to a threshold in log-odds, and how many doubtful rows it stands for besides."""

    row: int
    nearness: float
    alike: int


def choose(probabilities: ArrayLike, thresholds: ArrayLike, vectors: ArrayLike, count: int) -> list[Pick]:
    """At most `count` rows to label, the most doubtful first; the same input gives the same rows.

    `probabilities` (rows, themes), `thresholds` (themes,), `vectors` (rows, hidden): what the rows are about.
    """
    near = nearness(probabilities, thresholds)
    doubtful = np.argsort(near, kind="stable")[: BREADTH * count]
    if len(doubtful) <= count:
        return [Pick(int(row), float(near[row]), 0) for row in doubtful]
    directions = directions_of(vectors)[doubtful]
    clusters = KMeans(count, n_init=1, random_state=_SEED).fit(
        directions, sample_weight=np.exp(-near[doubtful])
    )
    nearest = _nearest_to_centres(clusters.transform(directions), clusters.labels_)
    sizes = np.bincount(clusters.labels_, minlength=count)
    alike = {at: int(sizes[clusters.labels_[at]]) - 1 for at in nearest}
    # Rows that are alike to the last digit make fewer clusters than were wanted: doubt alone fills up.
    rest = [at for at in range(len(doubtful)) if at not in alike]
    chosen = sorted([*nearest, *rest[: count - len(nearest)]])
    return [Pick(int(doubtful[at]), float(near[doubtful[at]]), alike.get(at, 0)) for at in chosen]


def directions_of(vectors: ArrayLike) -> NDArray[np.float64]:
    """`vectors` (rows, hidden) from their mean, each of length 1: an encoder's states all share one large part."""
    rows = np.asarray(vectors, np.float64)
    centred = rows - rows.mean(axis=0)
    return np.asarray(centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-12))


def _nearest_to_centres(distances: NDArray[np.float64], labels: NDArray[np.int32]) -> list[int]:
    """Of every cluster that has rows, the row nearest to its centre."""
    own = distances[np.arange(len(labels)), labels]
    return [
        int(members[own[members].argmin()])
        for cluster in np.unique(labels)
        for members in [np.flatnonzero(labels == cluster)]
    ]
