"""Other ways to choose what to label next, which docs/active-learning.md sets beside training/choice.py.

Every one takes probabilities (rows, themes), judged at 0.5, vectors (rows, hidden), how many rows are wanted and a
random generator, and returns rows.
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from models.classifier import nearness
from training.choice import choose, directions_of

Array = NDArray[np.floating]
Rows = NDArray[np.intp]
Strategy = Callable[[Array, Array, int, np.random.Generator], Rows]

THRESHOLD = 0.5


def chosen(probabilities: Array, vectors: Array, count: int, rng: np.random.Generator) -> Rows:  # noqa: ARG001
    """What `yuebao labels next` does: doubtful rows, spread by weighted k-means (training/choice.py)."""
    picks = choose(probabilities, np.full(probabilities.shape[1], THRESHOLD), vectors, count)
    return np.array([pick.row for pick in picks])


def at_random(probabilities: Array, vectors: Array, count: int, rng: np.random.Generator) -> Rows:  # noqa: ARG001
    """Any rows."""
    return rng.permutation(len(probabilities))[:count]


def uncertainty(probabilities: Array, vectors: Array, count: int, rng: np.random.Generator) -> Rows:  # noqa: ARG001
    """The rows nearest to a threshold: uncertainty sampling (Lewis and Gale, 1994)."""
    near = nearness(probabilities, np.full(probabilities.shape[1], THRESHOLD))
    return np.argsort(near, kind="stable")[:count]


def density(probabilities: Array, vectors: Array, count: int, rng: np.random.Generator) -> Rows:  # noqa: ARG001
    """Entropy times mean cosine to all rows: information density (Settles and Craven, 2008, section 3.4)."""
    p = np.clip(probabilities, 1e-9, 1 - 1e-9)
    entropy = -(p * np.log(p) + (1 - p) * np.log(1 - p)).sum(axis=1)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.argsort(-entropy * (unit @ unit.mean(axis=0)), kind="stable")[:count]


def k_center(probabilities: Array, vectors: Array, count: int, rng: np.random.Generator) -> Rows:
    """Greedy k-center (Sener and Savarese, 2018) among the 3 x `count` rows nearest to a threshold."""
    pool = uncertainty(probabilities, vectors, 3 * count, rng)
    directions = directions_of(vectors)[pool]
    taken = [0]
    farthest = 1 - directions @ directions[0]
    while len(taken) < min(count, len(pool)):
        taken.append(int(farthest.argmax()))
        farthest = np.minimum(farthest, 1 - directions @ directions[taken[-1]])
    return pool[taken]


def badge(probabilities: Array, vectors: Array, count: int, rng: np.random.Generator) -> Rows:
    """k-means++ over the gradients of the last layer (BADGE: Ash and others, 2020), themes side by side."""
    slopes = probabilities - (probabilities >= THRESHOLD)
    gradients = (slopes[:, :, None] * directions_of(vectors)[:, None, :]).reshape(len(slopes), -1)
    squares = (gradients**2).sum(axis=1)
    taken = [int(squares.argmax())]
    apart = np.full(len(squares), np.inf)
    while len(taken) < min(count, len(squares)):
        last = taken[-1]
        apart = np.minimum(apart, squares + squares[last] - 2 * gradients @ gradients[last])
        apart = np.maximum(apart, 0)
        apart[taken] = 0
        taken.append(int(rng.choice(len(apart), p=apart / apart.sum())))
    return np.array(taken)


STRATEGIES: Mapping[str, Strategy] = {
    "随机": at_random,
    "拿不准(Lewis 1994)": uncertainty,
    "拿不准 × 密度(Settles 2008)": density,
    "拿不准 + k-center(Sener 2018)": k_center,
    "BADGE(Ash 2020)": badge,
    "拿不准 + 加权 k-means(Zhdanov 2019),本项目所用": chosen,
}
