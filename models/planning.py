"""Plan an abstract: which national items, which groups of provincial items, in which order.

A plan is a value that a person can read and edit; what it weighs is learnt (training/planner.py).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from bulletin.provinces import OFFICIAL_ORDER
from models.salience import (
    MonthView,
    Neighbourhood,
    PlanItem,
    Vector,
    group_features,
    joint_features,
    national_features,
    pair_features,
    theme_of,
)

# As printed abstracts list provinces: up to five by name, of more the first four and 等多地.
LISTED, NAMED = 5, 4
# A new member must hold, on average, this probability of sharing a sentence with those already in.
LINKS = (0.35, 0.5, 0.65)
# Two national items share a sentence from LIKELY; from PASSABLE (one in ten of the pairs that printed abstracts cite
# does) where there are too many for a sentence each.
LIKELY, PASSABLE = 0.5, 0.1


class Linear(BaseModel):
    """A fitted logistic model over standardised features."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mean: tuple[float, ...]
    scale: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float

    def probability(self, features: Vector) -> Vector:
        """(...,) probabilities of (..., features)."""
        standard = (features - np.array(self.mean)) / np.array(self.scale)
        return np.asarray(1 / (1 + np.exp(-(standard @ np.array(self.weights) + self.bias))))


class PlannerWeights(BaseModel):
    """What the planner has learnt, and how many sentences it plans.

    The numbers and the penalty are those of the highest ROUGE-1/2/L over the synthetic months, planned fold by fold:
    0.68/0.53/0.49 with 7 items and 0.7, 0.66/0.51/0.48 with 5 items and 0.8.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    national: Linear
    joint: Linear
    pair: Linear
    group: Linear
    national_items: int = 7
    national_sentences: int = 5
    provincial_sentences: int = 5
    repeat_penalty: float = 0.7


@dataclass(frozen=True, slots=True)
class PlannedSentence:
    """A sentence to be: its sources in order, the province list it opens with, and how salient it is (0 to 1).

    `each` is how salient every source of a national sentence is by itself.
    """

    kind: Literal["national", "provincial"]
    sources: tuple[str, ...]
    head: str
    salience: float
    each: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """The sentences of an abstract, in order, national before provincial."""

    sentences: tuple[PlannedSentence, ...]


def head(provinces: Sequence[str]) -> str:
    """The province list of a sentence: 安徽、广西、重庆 or 浙江、福建、四川、贵州等多地."""
    if len(provinces) <= LISTED:
        return "、".join(provinces)
    return "、".join(provinces[:NAMED]) + "等多地"


def plan(items: Sequence[PlanItem], weights: PlannerWeights) -> Plan:
    """The plan of a month's abstract."""
    month = MonthView.of(items)
    return Plan((*_national(month, weights), *_provincial(month, weights)))


def _national(month: MonthView, weights: PlannerWeights) -> list[PlannedSentence]:
    items = month.above
    if not items:
        return []
    salience = weights.national.probability(national_features(month))
    themes = [theme_of(item) for item in items]
    chosen = _diverse(salience, themes, weights.national_items, weights.repeat_penalty)
    together = weights.joint.probability(joint_features(month, sorted(chosen)))
    units = _paired(sorted(chosen), together, weights.national_sentences)
    units = sorted(units, key=lambda unit: -max(salience[unit]))[: weights.national_sentences]
    return [_national_sentence([items[i] for i in unit], salience[unit].tolist()) for unit in sorted(units)]


def _national_sentence(unit: Sequence[PlanItem], each: Sequence[float]) -> PlannedSentence:
    return PlannedSentence("national", tuple(item.id for item in unit), "", max(each), tuple(each))


def _paired(chosen: Sequence[int], together: Vector, most: int) -> list[list[int]]:
    """`chosen` as units of one or two: who likelier than not share a sentence do, and while there are more than `most`
    the likeliest that share one often enough.

    `together` (chosen, chosen) holds the probabilities.
    """
    units = [[i] for i in chosen]
    pairs = sorted(combinations(range(len(chosen)), 2), key=lambda pair: -together[pair])
    for i, j in pairs:
        a, b = chosen[i], chosen[j]
        joined = together[i, j] >= LIKELY or (len(units) > most and together[i, j] >= PASSABLE)
        if joined and [a] in units and [b] in units:
            units.remove([b])
            units[units.index([a])] = [a, b]
    return units


def _diverse(salience: Vector, themes: Sequence[int], count: int, penalty: float) -> list[int]:
    """Up to `count` indices, most salient first; every one chosen lowers the others of its theme by `penalty`."""
    left = list(range(len(salience)))
    taken: Counter[int] = Counter()
    chosen: list[int] = []
    while left and len(chosen) < count:
        best = max(left, key=lambda i: salience[i] * penalty ** taken[themes[i]])
        left.remove(best)
        chosen.append(best)
        taken[themes[best]] += 1
    return chosen


def _provincial(month: MonthView, weights: PlannerWeights) -> list[PlannedSentence]:
    items = month.below
    if not items:
        return []
    same = pairwise(month, weights.pair)
    candidates = candidate_groups(items, same)
    around = Neighbourhood.of(month, same)
    salience = weights.group.probability(np.array([group_features(group, around) for group in candidates]))
    sentences: list[PlannedSentence] = []
    used: set[int] = set()
    taken: Counter[int] = Counter()
    themes = [group_theme(group, items) for group in candidates]
    while len(sentences) < weights.provincial_sentences:
        free = [i for i, group in enumerate(candidates) if not used & set(group)]
        if not free:
            break
        best = max(free, key=lambda i: salience[i] * weights.repeat_penalty ** taken[themes[i]])
        used |= set(candidates[best])
        taken[themes[best]] += 1
        sentences.append(_group_sentence([items[i] for i in candidates[best]], float(salience[best])))
    return sentences


def _group_sentence(group: Sequence[PlanItem], salience: float) -> PlannedSentence:
    by_province = {item.province: item for item in group}
    provinces = [name for name in OFFICIAL_ORDER if name in by_province]
    sources = tuple(by_province[name].id for name in provinces)
    return PlannedSentence("provincial", sources, head(provinces), salience)


def group_theme(group: Sequence[int], items: Sequence[PlanItem]) -> int:
    """The theme most members share, or -1."""
    return Counter(theme_of(items[i]) for i in group).most_common(1)[0][0]


def pairwise(month: MonthView, model: Linear) -> Vector:
    """(items, items) probabilities of two provincial items sharing a sentence; 0 within a province."""
    same = model.probability(pair_features(month))
    provinces = np.array([item.province for item in month.below])
    return np.where(provinces[:, None] == provinces[None, :], 0.0, same)


def candidate_groups(items: Sequence[PlanItem], same: Vector) -> list[tuple[int, ...]]:
    """Groups grown from every item at several tightnesses, one item a province, each group once, members in order."""
    groups = {_grown(seed, items, same, link) for link in LINKS for seed in range(len(items))}
    return sorted(groups)


def _grown(seed: int, items: Sequence[PlanItem], same: Vector, link: float) -> tuple[int, ...]:
    group = [seed]
    provinces = {items[seed].province}
    total = same[seed].copy()
    while True:
        open_to = [i for i in range(len(items)) if i not in group and items[i].province not in provinces]
        best = max(open_to, key=lambda i: total[i], default=None)
        if best is None or total[best] / len(group) < link:
            return tuple(sorted(group))
        group.append(best)
        provinces.add(items[best].province)
        total += same[best]
