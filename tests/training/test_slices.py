"""Parts of the items on which a version fell."""

from dataclasses import replace

import numpy as np
import pytest

from tests.training.test_gate import judgement
from training.corpus import LabelledItem, LabelledMonth
from training.judgement import Judgement
from training.slices import Slice, lines, objections, slices

BEIJING, ZHEJIANG, NATIONAL = 40, 10, 10


def item(number: int, province: str | None) -> LabelledItem:
    text = "字" * (20 if number % 2 else 60)
    return LabelledItem(f"{number}", ("training",), "", "", text, "", province, "")


@pytest.fixture
def months() -> list[LabelledMonth]:
    provinces = ["北京"] * BEIJING + ["浙江"] * ZHEJIANG + [None] * NATIONAL
    items = tuple(item(number, province) for number, province in enumerate(provinces))
    return [LabelledMonth("2030-01", "", "2030-01", "", items, (), ())]


@pytest.fixture
def live() -> Judgement:
    return judgement(0, items=BEIJING + ZHEJIANG + NATIONAL)


@pytest.fixture
def new(live: Judgement) -> Judgement:
    """Every item of the first theme in 北京 is missed."""
    given = live.given.copy()
    given[:BEIJING:2, 0] = False
    return replace(live, given=given)


def by_name(found: list[Slice]) -> dict[str, Slice]:
    return {one.name: one for one in found}


def test_items_are_parted_by_region_province_and_length(
    new: Judgement, live: Judgement, months: list[LabelledMonth]
) -> None:
    found = by_name(slices(new, live, months))
    assert {name: one.items for name, one in found.items()} == {
        "华北": 40, "北京": 40, "华东": 10, "浙江": 10, "全国工作": 10, "50 字以上": 30, "不到 30 字": 30,
    }  # fmt: skip
    assert (found["北京"].live_f1, found["北京"].new_f1) == (1.0, 0.5)
    assert (found["浙江"].live_f1, found["浙江"].new_f1) == (1.0, 1.0)


def test_years_are_slices_where_there_are_several(live: Judgement, months: list[LabelledMonth]) -> None:
    (whole,) = months
    old = replace(whole, month="2028-05", items=whole.items[:30])
    parted = [old, replace(whole, items=whole.items[30:])]
    assert {"2028 年", "2030 年"} <= by_name(slices(live, live, parted)).keys()


def test_less_than_five_items_are_no_slice(live: Judgement, months: list[LabelledMonth]) -> None:
    (whole,) = months
    rare = [replace(one, province="海南") if row < 4 else one for row, one in enumerate(whole.items)]
    found = by_name(slices(live, live, [replace(whole, items=tuple(rare))]))
    assert "海南" not in found
    assert found["北京"].items == BEIJING - 4


def test_a_large_slice_that_surely_fell_objects_with_the_number_of_slices(
    new: Judgement, live: Judgement, months: list[LabelledMonth]
) -> None:
    found = slices(new, live, months)
    interval = by_name(found)["北京"].interval
    assert interval.high < 0
    assert (
        f"切片 北京(40 件)从 1.000 到 0.500(差 {interval});共看了 7 个切片,其中个别碰巧如此也不奇怪"
        in objections(found)
    )


def test_a_small_slice_never_objects(live: Judgement, months: list[LabelledMonth]) -> None:
    given = live.given.copy()
    given[BEIJING : BEIJING + ZHEJIANG] = False
    found = slices(replace(live, given=given), live, months)
    assert by_name(found)["浙江"].new_f1 == 0.0
    assert not any("浙江" in reason for reason in objections(found))


def test_what_rose_never_objects(new: Judgement, live: Judgement, months: list[LabelledMonth]) -> None:
    assert objections(slices(live, new, months)) == []


def test_only_what_fell_is_told_unless_all_is_asked_for(
    new: Judgement, live: Judgement, months: list[LabelledMonth]
) -> None:
    found = slices(new, live, months)
    fell = lines(found, 0.01, every=False)
    assert fell[0] == "切片的宏平均 F1:7 个中降了 0.01 以上的 3 个"
    assert [line.strip().partition("(")[0] for line in fell[1:]] == ["华北", "北京", "50 字以上"]
    everything = lines(found, 0.01, every=True)
    assert everything[0] == "切片的宏平均 F1,全部 7 个"
    assert "  浙江(10 件)从 1.000 到 1.000(差 +0.000 至 +0.000)" in everything


def test_every_province_lies_in_a_region(months: list[LabelledMonth]) -> None:
    from bulletin.provinces import OFFICIAL_ORDER

    (whole,) = months
    for name in OFFICIAL_ORDER:
        items = tuple(replace(one, province=name) for one in whole.items[:10])
        due = judgement(0, items=20)
        found = by_name(slices(due, due, [replace(whole, items=items + whole.items[-10:])]))
        assert found[name].items == 10
        assert len([one for one in found.values() if one.items == 10]) >= 3
    assert np.all(due.due.any(axis=1))
