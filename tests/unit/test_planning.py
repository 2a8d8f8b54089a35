"""Which items an abstract is to tell, in which sentences and order."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulletin.provinces import OFFICIAL_ORDER
from models.planning import LISTED, Plan, PlannerWeights, head, plan
from models.salience import PlanItem, theme_of
from tests.unit.plans import WEIGHTS, likely, national, provincial

EVENTS = (
    "召开网络安全工作会议",
    "举办校长信息化培训班",
    "公布智慧校园标杆校",
    "开展教育应用备案",
    "评选精品微课",
)


@st.composite
def months(draw: st.DrawFn) -> list[PlanItem]:
    """Items of a month: some national ones, then those of provinces in the official order."""
    texts = st.builds(
        lambda event, count: f"{event},共{count}个。", st.sampled_from(EVENTS), st.integers(1, 99)
    )
    themes = st.integers(-1, 1)
    above = draw(st.lists(st.tuples(texts, themes), max_size=9))
    provinces = draw(st.sets(st.sampled_from(OFFICIAL_ORDER)))
    items = [national(k, text, theme) for k, (text, theme) in enumerate(above, 1)]
    for name in (name for name in OFFICIAL_ORDER if name in provinces):
        own = draw(st.lists(st.tuples(texts, themes), min_size=1, max_size=3))
        items += [provincial(name, text, theme, k) for k, (text, theme) in enumerate(own, 1)]
    return items


@pytest.mark.parametrize(
    ("provinces", "text"),
    [
        (OFFICIAL_ORDER[:1], "北京"),
        (OFFICIAL_ORDER[:2], "北京、天津"),
        (OFFICIAL_ORDER[:5], "北京、天津、河北、山西、内蒙古"),
        (OFFICIAL_ORDER[:6], "北京、天津、河北、山西等多地"),
        (OFFICIAL_ORDER, "北京、天津、河北、山西等多地"),
        ((), ""),
    ],
)
def test_five_provinces_are_listed_and_of_more_the_first_four(provinces: tuple[str, ...], text: str) -> None:
    assert head(provinces) == text


@given(months())
def test_national_sentences_come_first(items: list[PlanItem]) -> None:
    kinds = [sentence.kind for sentence in plan(items, WEIGHTS).sentences]
    assert kinds == sorted(kinds)


@given(months())
def test_no_item_is_cited_twice_and_every_source_exists(items: list[PlanItem]) -> None:
    sources = [source for sentence in plan(items, WEIGHTS).sentences for source in sentence.sources]
    assert len(set(sources)) == len(sources)
    assert set(sources) <= {item.id for item in items}


@given(months(), st.randoms(use_true_random=False))
def test_a_sentence_has_one_item_a_province_in_the_official_order(
    items: list[PlanItem], rng: random.Random
) -> None:
    rng.shuffle(items)
    by_id = {item.id: item for item in items}
    for sentence in plan(items, WEIGHTS).sentences:
        provinces = [by_id[source].province for source in sentence.sources]
        if sentence.kind == "national":
            assert set(provinces) == {None}
            assert sentence.head == ""
        else:
            assert provinces == [name for name in OFFICIAL_ORDER if name in provinces]
            assert sentence.head == head(provinces)


@given(months(), st.integers(0, 4), st.integers(0, 4))
def test_no_more_sentences_than_asked(items: list[PlanItem], above: int, below: int) -> None:
    weights = WEIGHTS.model_copy(update={"national_sentences": above, "provincial_sentences": below})
    kinds = [sentence.kind for sentence in plan(items, weights).sentences]
    assert kinds.count("national") <= above
    assert kinds.count("provincial") <= below


@given(months())
def test_the_same_month_gives_the_same_plan_and_salience_is_a_probability(items: list[PlanItem]) -> None:
    planned = plan(items, WEIGHTS)
    assert planned == plan(list(items), WEIGHTS)
    assert all(0 <= sentence.salience <= 1 for sentence in planned.sentences)


def test_an_empty_month_has_an_empty_plan() -> None:
    assert plan([], WEIGHTS) == Plan(())


def test_one_province_only() -> None:
    (sentence,) = plan([provincial("青海", "召开会议。")], WEIGHTS).sentences
    assert (sentence.kind, sentence.sources, sentence.head) == ("provincial", ("青海.1",), "青海")


def test_items_of_one_province_are_sentences_of_their_own() -> None:
    items = [provincial("青海", "举办培训班。", number=number) for number in (1, 2, 3)]
    sentences = plan(items, WEIGHTS).sentences
    assert sorted(sentence.sources for sentence in sentences) == [("青海.1",), ("青海.2",), ("青海.3",)]


def test_no_national_items() -> None:
    items = [provincial(name, f"{EVENTS[0]}。") for name in ("北京", "上海")]
    assert [sentence.sources for sentence in plan(items, WEIGHTS).sentences] == [("北京.1", "上海.1")]


def test_no_provincial_items() -> None:
    sentences = plan([national(1, "召开会议。"), national(2, "公布名单。")], WEIGHTS).sentences
    assert [sentence.sources for sentence in sentences] == [("N1",), ("N2",)]


def test_provinces_that_did_the_same_share_a_sentence() -> None:
    items = [provincial(name, f"{EVENTS[0]}。") for name in ("北京", "上海", "江苏")]
    items += [provincial(name, f"{EVENTS[4]}。", theme=1) for name in ("安徽", "福建")]
    sentences = plan(items, WEIGHTS).sentences
    assert [(sentence.head, sentence.sources) for sentence in sentences] == [
        ("北京、上海、江苏", ("北京.1", "上海.1", "江苏.1")),
        ("安徽、福建", ("安徽.1", "福建.1")),
    ]


def test_of_many_provinces_all_are_cited_and_four_named() -> None:
    items = [provincial(name, f"{EVENTS[0]}。") for name in OFFICIAL_ORDER[: LISTED + 3]]
    (sentence,) = plan(items, WEIGHTS).sentences
    assert sentence.head == "北京、天津、河北、山西等多地"
    assert len(sentence.sources) == LISTED + 3


def test_national_sentences_keep_the_order_of_the_month_whatever_their_salience() -> None:
    items = [
        national(1, "开会。"),
        national(2, "召开全国教育信息化工作会议,部署全年任务。"),
        national(3, "印发通知。"),
    ]
    sentences = plan(items, WEIGHTS).sentences
    assert [sentence.sources for sentence in sentences] == [("N1",), ("N2",), ("N3",)]
    assert sentences[1].salience == max(sentence.salience for sentence in sentences)


def test_the_least_salient_national_item_gives_way() -> None:
    items = [national(k, "召开会议" * k, theme=k % 2) for k in range(1, 9)]
    weights = WEIGHTS.model_copy(update={"national_items": 3, "national_sentences": 3, "repeat_penalty": 1.0})
    assert [s.sources for s in plan(items, weights).sentences] == [("N6",), ("N7",), ("N8",)]


def test_national_items_of_a_theme_share_a_sentence_where_sentences_are_short() -> None:
    items = [national(1, "召开会议一", 0), national(2, "召开会议二", 1), national(3, "召开会议三", 0)]
    weights = WEIGHTS.model_copy(update={"national_sentences": 2})
    assert [s.sources for s in plan(items, weights).sentences] == [("N1", "N3"), ("N2",)]


def test_national_items_that_likelier_than_not_go_together_share_a_sentence() -> None:
    items = [national(1, "召开会议一", 0), national(2, "召开会议二", 1), national(3, "召开会议三", 0)]
    joint = WEIGHTS.joint.model_copy(update={"bias": 0.0})
    weights = WEIGHTS.model_copy(update={"joint": joint})
    assert [s.sources for s in plan(items, weights).sentences] == [("N1", "N3"), ("N2",)]


def test_an_item_shares_a_sentence_with_one_other_at_most() -> None:
    items = [national(k, f"召开会议{k}", 0) for k in (1, 2, 3)]
    weights = WEIGHTS.model_copy(update={"joint": WEIGHTS.joint.model_copy(update={"bias": 4.0})})
    assert sorted(len(s.sources) for s in plan(items, weights).sentences) == [1, 2]


def test_items_that_hardly_go_together_are_dropped_rather_than_joined() -> None:
    items = [national(k, "召开会议" * k, theme=k % 2) for k in (1, 2, 3)]
    joint = WEIGHTS.joint.model_copy(update={"bias": -9.0})
    weights = WEIGHTS.model_copy(update={"national_sentences": 2, "joint": joint, "repeat_penalty": 1.0})
    assert [s.sources for s in plan(items, weights).sentences] == [("N2",), ("N3",)]


def test_a_sentence_is_as_salient_as_the_most_salient_of_its_items() -> None:
    items = [national(1, "召开会议", 0), national(2, "召开全国教育信息化工作会议", 0)]
    weights = WEIGHTS.model_copy(update={"joint": WEIGHTS.joint.model_copy(update={"bias": 4.0})})
    (sentence,) = plan(items, weights).sentences
    assert sentence.salience == max(sentence.each) == sentence.each[1]
    assert sentence.each[0] < sentence.each[1]


def test_a_theme_told_already_counts_less() -> None:
    items = [national(k, "召开会议" * 5, theme=0) for k in (1, 2)] + [national(3, "召开会议" * 4, theme=1)]
    weights = WEIGHTS.model_copy(update={"national_items": 2, "national_sentences": 2, "repeat_penalty": 0.5})
    assert [s.sources for s in plan(items, weights).sentences] == [("N1",), ("N3",)]


def test_the_likeliest_theme_counts_from_one_half() -> None:
    assert [theme_of(provincial("北京", "", theme)) for theme in (0, 1, -1)] == [0, 1, -1]
    assert theme_of(PlanItem("1", None, "", "", (0.2, 0.5))) == 1
    assert likely(-1) == (0.1, 0.1)


def test_weights_of_unknown_fields_are_refused() -> None:
    fields = WEIGHTS.model_dump()
    with pytest.raises(ValueError, match="temperature\n  Extra inputs are not permitted"):
        PlannerWeights.model_validate({**fields, "temperature": 1})
