"""What it is worth to leave the items under review to a person: errors inside and outside, and risk over coverage.

An item is wrong when any of its themes is. Risk is the share of wrong items among those that the model keeps; it keeps
those farthest from every threshold first (El-Yaniv, Wiener, "On the Foundations of Noise-free Selective
Classification", JMLR 2010).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import f1_score

COVERAGES = (1.0, 0.95, 0.9, 0.8, 0.5)

Decisions = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Abstention:
    """`error_inside` and `error_outside`: shares of wrong items under review and not, None where there are no items.

    `selective_f1` is the macro F1 of the items that are not under review, over the themes that one of them has; None
    where all are under review. `risks` has the share of wrong items among the surest COVERAGES of the items.
    """

    error_inside: float | None
    error_outside: float | None
    selective_f1: float | None
    risks: tuple[float, ...]


def abstention(due: Decisions, given: Decisions, nearness: NDArray[np.float64], margin: float) -> Abstention:
    """Figures of the decisions `given` for `due` (items, themes); an item nearer than `margin` is under review."""
    wrong, near = (due != given).any(axis=1), nearness < margin
    risk = risk_by_coverage(wrong, nearness)
    kept = [max(1, round(share * len(wrong))) for share in COVERAGES]
    return Abstention(
        error_inside=float(wrong[near].mean()) if near.any() else None,
        error_outside=float(wrong[~near].mean()) if not near.all() else None,
        selective_f1=None if near.all() else _macro_f1(due[~near], given[~near]),
        risks=tuple(float(risk[count - 1]) for count in kept),
    )


def risk_by_coverage(wrong: NDArray[np.bool_], nearness: NDArray[np.float64]) -> NDArray[np.float64]:
    """(items,): the share of wrong items among the surest one, two, … of the items."""
    surest_first = np.argsort(-nearness, kind="stable")
    return np.asarray(wrong[surest_first].cumsum() / np.arange(1, len(wrong) + 1))


def _macro_f1(due: Decisions, given: Decisions) -> float:
    there = due.any(axis=0)
    scores = f1_score(due[:, there], given[:, there], average=None, zero_division=0) if there.any() else [0.0]
    return float(np.mean(scores))
