"""Fit what the planner weighs: which national items, which items share a sentence, which groups lead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from bulletin.errors import CorpusError
from models.lexical import LexicalModel
from models.planning import Linear, PlannerWeights, candidate_groups, pairwise
from models.salience import (
    MonthView,
    Neighbourhood,
    PlanItem,
    Vector,
    group_features,
    joint_features,
    national_features,
    pair_features,
)
from models.wording import Wording, words_of
from training import lexical
from training.corpus import LabelledItem, LabelledMonth

Probabilities = Mapping[tuple[str, str], Sequence[float]]

# The wording of a training month is judged by models of the others, dealt into this many parts.
WORDING_FOLDS = 5
WORDING_LONGEST, WORDING_STRENGTH = 3, 1.0
# A candidate group counts as printed from this Jaccard index of its items with a printed sentence's. Provincial items
# found over six folds by month: 0.64 with 0.4, 0.61 with 0.5, 0.59 with 0.6, at the same precision.
LIKE_PRINTED = 0.4


@dataclass(frozen=True, slots=True)
class FittedPlanner:
    """What the planner has learnt: the weights, and the models of an item's words."""

    weights: PlannerWeights
    wording: Wording

    def items(self, month: LabelledMonth, probabilities: Probabilities) -> list[PlanItem]:
        """The items of `month`, rated."""
        return self.wording.rated(plan_items(month, probabilities))


def plan_items(month: LabelledMonth, probabilities: Probabilities) -> list[PlanItem]:
    """The items of `month` as the planner reads them, unrated; `probabilities` by (file name, item id)."""
    sections = list(dict.fromkeys(item.section for item in month.items))
    return [
        PlanItem(
            item.id,
            item.province,
            item.heading,
            item.text,
            tuple(probabilities[month.name, item.id]),
            sections.index(item.section),
        )
        for item in month.items
    ]


def gold_probabilities(
    months: Sequence[LabelledMonth], labels: Sequence[str]
) -> dict[tuple[str, str], list[float]]:
    """The labels themselves, softened: what a sure classifier would say."""

    def soft(item: LabelledItem) -> list[float]:
        return [0.97 if label in item.themes else 0.02 for label in labels]

    return {(month.name, item.id): soft(item) for month in months for item in month.items}


def fit(months: Sequence[LabelledMonth], probabilities: Probabilities) -> FittedPlanner:
    """A planner learnt from the abstracts and 合写 sentences of `months`.

    Raises CorpusError where they do not show what is to be learnt: items cited and left out, sentences on one item
    and on several.
    """
    dated = [month for month in months if month.month]
    if len(dated) < 2:
        raise CorpusError(f"{len(dated)} dated months: a planner needs two or more with abstracts")
    plain = {month.name: plan_items(month, probabilities) for month in dated}
    views = [(month, MonthView.of(own)) for month, own in zip(dated, _rated(dated, plain), strict=True)]
    pair = _logistic(*_pair_rows(views), strength=1.0)
    weights = PlannerWeights(
        national=_logistic(*_national_rows(views), strength=0.02),
        joint=_logistic(*_joint_rows(views), strength=1.0),
        pair=pair,
        group=_logistic(*_group_rows(views, pair), strength=1.0),
    )
    return FittedPlanner(weights, _wording(dated, plain))


Items = Mapping[str, Sequence[PlanItem]]
Views = Sequence[tuple[LabelledMonth, MonthView]]


def _rated(months: Sequence[LabelledMonth], plain: Items) -> list[list[PlanItem]]:
    """Every month's items, their wording judged by models that have not seen the month."""
    count = min(WORDING_FOLDS, len(months))
    parts = [[m for k, m in enumerate(months) if k % count != part] for part in range(count)]
    models = [_wording(part, plain) for part in parts]
    return [models[k % count].rated(plain[month.name]) for k, month in enumerate(months)]


def _wording(months: Sequence[LabelledMonth], plain: Items) -> Wording:
    rows = [(item, item.id in _cited(month)) for month in months for item in plain[month.name]]
    above = [row for row in rows if row[0].province is None]
    below = [row for row in rows if row[0].province is not None]
    return Wording(*(_words(part) for part in (above, below)))


def _words(rows: Sequence[tuple[PlanItem, bool]]) -> LexicalModel:
    texts, labels = [words_of(item) for item, _ in rows], [float(cited) for _, cited in rows]
    if len(set(labels)) < 2:
        raise CorpusError("the abstracts cite every item of a kind or none: add months with other abstracts")
    return lexical.fit(texts, np.array(labels)[:, None], WORDING_LONGEST, WORDING_STRENGTH)


def _cited(month: LabelledMonth) -> set[str]:
    return {source for sentence in month.abstract for source in sentence.sources}


def _logistic(features: Vector, labels: Vector, strength: float) -> Linear:
    if len(set(labels.tolist())) < 2:
        raise CorpusError("the abstracts cite every item of a kind or none: add months with other abstracts")
    scaler = StandardScaler().fit(features)
    model = LogisticRegression(C=strength, max_iter=2000).fit(scaler.transform(features), labels)
    return Linear(
        mean=tuple(scaler.mean_),
        scale=tuple(scaler.scale_),
        weights=tuple(model.coef_[0]),
        bias=float(model.intercept_[0]),
    )


def _national_rows(views: Views) -> tuple[Vector, Vector]:
    """National items: 1 where the abstract cites them."""
    rows = [national_features(view) for _, view in views]
    labels = [float(item.id in _cited(month)) for month, view in views for item in view.above]
    return np.concatenate(rows), np.array(labels)


def _joint_rows(views: Views) -> tuple[Vector, Vector]:
    """Pairs of national items that the abstract cites: 1 where one sentence holds both."""
    rows, labels = [], []
    for month, view in views:
        told = [set(sentence.sources) for sentence in month.abstract]
        cited = [i for i, item in enumerate(view.above) if item.id in _cited(month)]
        features = joint_features(view, cited)
        for i, j in combinations(range(len(cited)), 2):
            both = {view.above[cited[i]].id, view.above[cited[j]].id}
            rows.append(features[i, j])
            labels.append(float(any(both <= ids for ids in told)))
    return np.array(rows), np.array(labels)


def _sentences(month: LabelledMonth) -> list[set[str]]:
    """The provincial items of every sentence that has several."""
    cited = [{s for s in x.sources if not s.startswith("N")} for x in (*month.abstract, *month.groups)]
    return [sources for sources in cited if len(sources) > 1]


def _pair_rows(views: Views) -> tuple[Vector, Vector]:
    """Pairs of cited items of different provinces: 1 where some sentence holds both."""
    rows, labels = [], []
    for month, view in views:
        groups, local = _sentences(month), view.below
        features = pair_features(view)
        cited = [i for i, item in enumerate(local) if any(item.id in group for group in groups)]
        for i, j in combinations(cited, 2):
            if local[i].province != local[j].province:
                rows.append(features[i, j])
                labels.append(float(any({local[i].id, local[j].id} <= group for group in groups)))
    return np.array(rows), np.array(labels)


def _group_rows(views: Views, pair: Linear) -> tuple[Vector, Vector]:
    """Candidate groups: 1 where the group is like a provincial sentence of the abstract (LIKE_PRINTED)."""
    rows, labels = [], []
    for month, view in views:
        same = pairwise(view, pair)
        around = Neighbourhood.of(view, same)
        printed = [set(s.sources) for s in month.abstract if not s.sources[0].startswith("N")]
        for group in candidate_groups(view.below, same):
            ids = {view.below[i].id for i in group}
            rows.append(group_features(group, around))
            likest = max((len(ids & x) / len(ids | x) for x in printed), default=0.0)
            labels.append(float(likest >= LIKE_PRINTED))
    return np.array(rows), np.array(labels)
