"""Fit what the planner weighs: which national items, which provincial items share a sentence, which groups lead."""

from collections.abc import Mapping, Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from models.planning import Linear, PlannerWeights, candidate_groups, pairwise
from models.salience import PlanItem, Similarity, Vector, group_features, national_features, pair_features
from training.corpus import LabelledItem, LabelledMonth

Probabilities = Mapping[tuple[str, str], Sequence[float]]


def plan_items(month: LabelledMonth, probabilities: Probabilities) -> list[PlanItem]:
    """The items of `month` as the planner reads them; `probabilities` by (file name, item id)."""
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


def fit(months: Sequence[LabelledMonth], probabilities: Probabilities) -> PlannerWeights:
    """Planner weights learnt from the abstracts and 合写 sentences of `months`."""
    dated = [month for month in months if month.month]
    items = [plan_items(month, probabilities) for month in dated]
    national = _logistic(*_national_rows(dated, items), strength=0.02)
    pair = _logistic(*_pair_rows(dated, items), strength=1.0)
    group = _logistic(*_group_rows(dated, items, pair), strength=0.3)
    return PlannerWeights(national=national, pair=pair, group=group)


def _logistic(features: Vector, labels: Vector, strength: float) -> Linear:
    scaler = StandardScaler().fit(features)
    model = LogisticRegression(C=strength, max_iter=2000).fit(scaler.transform(features), labels)
    return Linear(
        mean=tuple(scaler.mean_),
        scale=tuple(scaler.scale_),
        weights=tuple(model.coef_[0]),
        bias=float(model.intercept_[0]),
    )


def _national_rows(
    months: Sequence[LabelledMonth], items: Sequence[Sequence[PlanItem]]
) -> tuple[Vector, Vector]:
    rows, labels = [], []
    for month, own in zip(months, items, strict=True):
        cosine = Similarity(own).cosine
        national = [i for i, item in enumerate(own) if item.province is None]
        local = [i for i, item in enumerate(own) if item.province is not None]
        cited = {source for sentence in month.abstract for source in sentence.sources}
        rows.append(national_features([own[i] for i in national], cosine[np.ix_(national, local)]))
        labels += [float(own[i].id in cited) for i in national]
    return np.concatenate(rows), np.array(labels)


def _local(own: Sequence[PlanItem]) -> tuple[list[PlanItem], Vector]:
    rows = [i for i, item in enumerate(own) if item.province is not None]
    return [own[i] for i in rows], Similarity(own).cosine[np.ix_(rows, rows)]


def _sentences(month: LabelledMonth) -> list[set[str]]:
    """The provincial items of every sentence that has several."""
    cited = [{s for s in x.sources if not s.startswith("N")} for x in (*month.abstract, *month.groups)]
    return [sources for sources in cited if len(sources) > 1]


def _pair_rows(months: Sequence[LabelledMonth], items: Sequence[Sequence[PlanItem]]) -> tuple[Vector, Vector]:
    """Pairs of cited items of different provinces: 1 where some sentence holds both."""
    rows, labels = [], []
    for month, own in zip(months, items, strict=True):
        local, cosine = _local(own)
        groups = _sentences(month)
        features = pair_features(local, cosine)
        cited = [i for i, item in enumerate(local) if any(item.id in group for group in groups)]
        for i in cited:
            for j in cited:
                if i < j and local[i].province != local[j].province:
                    rows.append(features[i, j])
                    labels.append(float(any({local[i].id, local[j].id} <= group for group in groups)))
    return np.array(rows), np.array(labels)


def _group_rows(
    months: Sequence[LabelledMonth], items: Sequence[Sequence[PlanItem]], pair: Linear
) -> tuple[Vector, Vector]:
    """Candidate groups: 1 where the group is, by Jaccard, at least half a provincial sentence of the abstract."""
    rows, labels = [], []
    for month, own in zip(months, items, strict=True):
        local, cosine = _local(own)
        same = pairwise(local, cosine, pair)
        printed = [set(s.sources) for s in month.abstract if not s.sources[0].startswith("N")]
        for group in candidate_groups(local, same):
            ids = {local[i].id for i in group}
            rows.append(group_features(group, local, same, cosine))
            labels.append(float(max((len(ids & x) / len(ids | x) for x in printed), default=0) >= 0.5))
    return np.array(rows), np.array(labels)
