"""Plan an abstract: which national items, which groups of provincial items, in which order.

A plan is a value that a person can read and edit; what it weighs is learnt (training/planner.py).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from bulletin.provinces import OFFICIAL_ORDER
from models.salience import (
    PlanItem,
    Similarity,
    Vector,
    group_features,
    national_features,
    pair_features,
)

# As printed abstracts list provinces: up to five by name, of more the first four and 等多地.
LISTED, NAMED = 5, 4
# A new member must hold, on average, this probability of sharing a sentence with those already in.
LINKS = (0.35, 0.5, 0.65)


class Linear(BaseModel):
    """A fitted logistic model over standardised features."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mean: tuple[float, ...]
    scale: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float

    def probability(self, features: Vector) -> Vector:
        """(rows,) probabilities of (rows, features)."""
        standard = (features - np.array(self.mean)) / np.array(self.scale)
        return np.asarray(1 / (1 + np.exp(-(standard @ np.array(self.weights) + self.bias))))


class PlannerWeights(BaseModel):
    """What the planner has learnt, and how many sentences it plans."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    national: Linear
    pair: Linear
    group: Linear
    national_items: int = 5
    national_sentences: int = 5
    provincial_sentences: int = 5
    repeat_penalty: float = 0.8


@dataclass(frozen=True, slots=True)
class PlannedSentence:
    """A sentence to be: its sources in order, the province list it opens with, and how salient it is (0 to 1)."""

    kind: Literal["national", "provincial"]
    sources: tuple[str, ...]
    head: str
    salience: float


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
    similarity = Similarity(items).cosine
    above = [i for i, item in enumerate(items) if item.province is None]
    below = [i for i, item in enumerate(items) if item.province is not None]
    national = _national([items[i] for i in above], similarity[np.ix_(above, below)], weights)
    local = _provincial([items[i] for i in below], similarity[np.ix_(below, below)], weights)
    return Plan((*national, *local))


def _national(
    items: Sequence[PlanItem], to_provinces: Vector, weights: PlannerWeights
) -> list[PlannedSentence]:
    if not items:
        return []
    salience = weights.national.probability(national_features(items, to_provinces))
    themes = [theme_of(item) for item in items]
    chosen = _diverse(salience, themes, weights.national_items, weights.repeat_penalty)
    units = _paired(sorted(chosen), themes, weights.national_sentences)
    units = sorted(units, key=lambda unit: -max(salience[unit]))[: weights.national_sentences]
    return [
        PlannedSentence("national", tuple(items[i].id for i in unit), "", float(max(salience[unit])))
        for unit in sorted(units)
    ]


def _paired(chosen: Sequence[int], themes: Sequence[int], most: int) -> list[list[int]]:
    """`chosen` as units of one; two of a theme share a unit, nearest first, until no more than `most` are left."""
    units = [[i] for i in chosen]
    pairs = sorted(
        ((a, b) for a in chosen for b in chosen if a < b and themes[a] == themes[b]),
        key=lambda pair: pair[1] - pair[0],
    )
    for a, b in pairs:
        if len(units) > most and [a] in units and [b] in units:
            units.remove([b])
            units[units.index([a])] = [a, b]
    return units


def theme_of(item: PlanItem) -> int:
    """The column of the likeliest theme, or -1 where none is likelier than not."""
    return int(np.argmax(item.probabilities)) if max(item.probabilities) >= 0.5 else -1


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


def _provincial(items: Sequence[PlanItem], cosine: Vector, weights: PlannerWeights) -> list[PlannedSentence]:
    if not items:
        return []
    same = pairwise(items, cosine, weights.pair)
    candidates = candidate_groups(items, same)
    salience = weights.group.probability(
        np.array([group_features(g, items, same, cosine) for g in candidates])
    )
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


def pairwise(items: Sequence[PlanItem], cosine: Vector, model: Linear) -> Vector:
    """(items, items) probabilities of sharing a sentence; 0 within a province and on the diagonal."""
    features = pair_features(items, cosine)
    same = model.probability(features.reshape(-1, features.shape[-1])).reshape(cosine.shape)
    provinces = np.array([item.province for item in items])
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
