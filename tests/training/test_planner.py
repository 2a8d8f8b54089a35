from collections.abc import Sequence
from dataclasses import replace

import pytest

from bulletin import themes as taxonomy
from bulletin.errors import CorpusError
from models.planning import Plan, PlannerWeights, head, plan
from training import planner
from training.corpus import LabelledMonth


@pytest.fixture(scope="module")
def fitted(months: Sequence[LabelledMonth]) -> planner.FittedPlanner:
    chosen = months[:3]
    return planner.fit(chosen, planner.gold_probabilities(chosen, taxonomy.load().ids))


@pytest.fixture(scope="module", params=[3, 9])
def month(request: pytest.FixtureRequest, months: Sequence[LabelledMonth]) -> LabelledMonth:
    """A month that the planner has not seen."""
    return months[request.param]


def planned(month: LabelledMonth, fitted: planner.FittedPlanner) -> Plan:
    probabilities = planner.gold_probabilities([month], taxonomy.load().ids)
    return plan(fitted.items(month, probabilities), fitted.weights)


def test_national_sentences_come_before_provincial_ones(
    month: LabelledMonth, fitted: planner.FittedPlanner
) -> None:
    kinds = [sentence.kind for sentence in planned(month, fitted).sentences]
    assert set(kinds) == {"national", "provincial"}
    assert kinds == sorted(kinds)


def test_a_provincial_sentence_has_one_item_a_province_and_names_those(
    month: LabelledMonth, fitted: planner.FittedPlanner
) -> None:
    items = month.by_id()
    for sentence in planned(month, fitted).sentences:
        provinces = [items[source].province or "" for source in sentence.sources]
        if sentence.kind == "national":
            assert (set(provinces), sentence.head) == ({""}, "")
        else:
            assert len(set(provinces)) == len(provinces)
            assert sentence.head == head(provinces)


def test_no_item_is_planned_twice(month: LabelledMonth, fitted: planner.FittedPlanner) -> None:
    sources = [source for sentence in planned(month, fitted).sentences for source in sentence.sources]
    assert len(set(sources)) == len(sources)


def test_salience_is_a_probability(month: LabelledMonth, fitted: planner.FittedPlanner) -> None:
    assert all(0 <= sentence.salience <= 1 for sentence in planned(month, fitted).sentences)


def test_weights_survive_their_json(fitted: planner.FittedPlanner) -> None:
    assert PlannerWeights.model_validate_json(fitted.weights.model_dump_json()) == fitted.weights


def test_hard_files_teach_the_planner_nothing(
    months: Sequence[LabelledMonth], fitted: planner.FittedPlanner
) -> None:
    chosen = [*months[:3], months[-1]]
    probabilities = planner.gold_probabilities(chosen, taxonomy.load().ids)
    again = planner.fit(chosen, probabilities)
    assert again.weights == fitted.weights
    assert again.items(months[0], probabilities) == fitted.items(months[0], probabilities)


def test_months_that_show_too_little_are_refused(months: Sequence[LabelledMonth]) -> None:
    def refused(*chosen: LabelledMonth) -> str:
        with pytest.raises(CorpusError) as error:
            planner.fit(chosen, planner.gold_probabilities(chosen, taxonomy.load().ids))
        return str(error.value)

    assert refused(months[0]) == "1 dated months: a planner needs two or more with abstracts"
    silent = [replace(month, abstract=(), groups=()) for month in months[:3]]
    assert refused(*silent) == (
        "the abstracts cite every item of a kind or none: add months with other abstracts"
    )


def test_what_abstracts_cite_is_worded_likelier_than_what_they_leave_out(
    months: Sequence[LabelledMonth], month: LabelledMonth
) -> None:
    """In months that the wording was not learnt from, national and provincial items alike."""
    chosen = [other for other in months if other.month and other != month]
    fitted = planner.fit(chosen, planner.gold_probabilities(chosen, taxonomy.load().ids))
    items = fitted.items(month, planner.gold_probabilities([month], taxonomy.load().ids))
    cited = {source for sentence in month.abstract for source in sentence.sources}
    for national in (True, False):
        own = [item for item in items if (item.province is None) == national]
        told = [item.wording for item in own if item.id in cited]
        left = [item.wording for item in own if item.id not in cited]
        assert sum(told) / len(told) > sum(left) / len(left)


def test_an_item_is_rated_by_the_model_of_its_kind(fitted: planner.FittedPlanner) -> None:
    wording = fitted.wording
    above = planner.PlanItem("N1", None, "网络安全", "教育部印发通知。", (0.9,))
    below = planner.PlanItem("北京.1", "北京", "北京", "市教委举办培训。", (0.9,))
    assert [item.wording for item in wording.rated([above, below])] == [
        wording.national.logits(["网络安全 教育部印发通知。"])[0, 0],
        wording.provincial.logits(["市教委举办培训。"])[0, 0],
    ]
