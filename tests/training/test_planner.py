from collections.abc import Sequence

import pytest

from bulletin import themes as taxonomy
from models.planning import Plan, PlannerWeights, head, plan
from training import planner
from training.corpus import LabelledMonth


@pytest.fixture(scope="module")
def weights(months: Sequence[LabelledMonth]) -> PlannerWeights:
    chosen = months[:3]
    return planner.fit(chosen, planner.gold_probabilities(chosen, taxonomy.load().ids))


@pytest.fixture(scope="module", params=[3, 9])
def month(request: pytest.FixtureRequest, months: Sequence[LabelledMonth]) -> LabelledMonth:
    """A month that the planner has not seen."""
    return months[request.param]


def planned(month: LabelledMonth, weights: PlannerWeights) -> Plan:
    return plan(planner.plan_items(month, planner.gold_probabilities([month], taxonomy.load().ids)), weights)


def test_national_sentences_come_before_provincial_ones(
    month: LabelledMonth, weights: PlannerWeights
) -> None:
    kinds = [sentence.kind for sentence in planned(month, weights).sentences]
    assert set(kinds) == {"national", "provincial"}
    assert kinds == sorted(kinds)


def test_a_sentence_has_one_item_a_province_and_names_those(
    month: LabelledMonth, weights: PlannerWeights
) -> None:
    items = month.by_id()
    for sentence in planned(month, weights).sentences:
        provinces = [items[source].province for source in sentence.sources]
        assert len(set(provinces)) == len(provinces)
        assert sentence.head == ("" if sentence.kind == "national" else head([p for p in provinces if p]))


def test_no_item_is_planned_twice(month: LabelledMonth, weights: PlannerWeights) -> None:
    sources = [source for sentence in planned(month, weights).sentences for source in sentence.sources]
    assert len(set(sources)) == len(sources)


def test_salience_is_a_probability(month: LabelledMonth, weights: PlannerWeights) -> None:
    assert all(0 <= sentence.salience <= 1 for sentence in planned(month, weights).sentences)


def test_weights_survive_their_json(weights: PlannerWeights) -> None:
    assert PlannerWeights.model_validate_json(weights.model_dump_json()) == weights


def test_hard_files_teach_the_planner_nothing(
    months: Sequence[LabelledMonth], weights: PlannerWeights
) -> None:
    chosen = [*months[:3], months[-1]]
    assert planner.fit(chosen, planner.gold_probabilities(chosen, taxonomy.load().ids)) == weights
