"""Counts of a report: themes, gaps in reporting, changes, the review queue, months."""

import pytest

from service.archive.report import changes, ledger, months, review, themes
from service.archive.report.data import Doubtful, Missing, Place, Threshold
from tests.report_rows import data

COUNTS = [
    ("2019-11", "training", 4), ("2019-11", "-", 6),
    ("2020-02", "training", 5), ("2020-02", "network_security", 5), ("2020-02", "-", 2),
]  # fmt: skip


def test_the_months_between_are_those_without_a_bulletin() -> None:
    assert months.between(["2019-11", "2020-02", "2020-03"]) == ["2019-12", "2020-01"]
    assert months.between([]) == []


def test_a_line_has_every_theme_in_the_taxonomys_order_and_other_last() -> None:
    first, second = themes.trend(data(["2019-11", "2020-02"], by_month=COUNTS))
    assert (first.by_theme, second.by_theme) == ((0, 4, 6), (5, 5, 2))
    assert second.shares() == (0.5, 0.5, 0.2)


def test_a_theme_that_the_edition_does_not_name_is_counted_under_its_id() -> None:
    asked = data(["2019-11"], by_month=[("2019-11", "old", 3)])
    assert [name for _, name in themes.columns(asked)] == ["网络安全", "培训", "old", "其他"]
    assert themes.trend(asked)[0].by_theme == (0, 0, 3, 0)


def test_all_provinces_are_there_in_official_order() -> None:
    lines = themes.by_province(data(["2019-11"], by_province=[("河北", "training", 3)]))
    assert [line.place for line in lines[:4]] == ["北京", "天津", "河北", "山西"]
    assert len(lines) == 32
    assert (lines[2].items, lines[2].by_theme, lines[0].items, lines[0].shares()[0]) == (
        10,
        (0, 3, 0),
        0,
        None,
    )


def test_streaks_count_bulletins_in_a_row_up_to_the_newest() -> None:
    told = ["2019-10", "2019-11", "2020-02", "2020-03", "2020-04"]
    gone = ["2019-10", "2019-11", "2020-02", "2020-04"]
    records = ledger.ledger([Missing("天津", month) for month in gone], told)
    assert [(record.current, record.longest) for record in records[:2]] == [(0, 0), (1, 3)]
    assert records[1].months == tuple(gone)


def test_the_newest_month_is_held_against_the_one_before_it() -> None:
    found = changes.changes(
        data(
            ["2019-11", "2020-02"],
            by_month=COUNTS,
            missing=[("北京", "2019-11"), ("天津", "2019-11"), ("天津", "2020-02"), ("河北", "2020-02")],
        )
    )
    assert found is not None
    assert (found.apart, found.back, found.gone) == (3, ("北京",), ("河北",))


def test_one_month_has_none_before_it_and_none_has_no_changes() -> None:
    found = changes.changes(data(["2019-11"]))
    assert found is not None
    assert found.before is None
    assert changes.changes(data()) is None


def doubtful(**scores: float) -> Doubtful:
    place = Place("2019-11", "b-1", "北京.1", 0, 9)
    return Doubtful(place, None, None, "北京", "办班。", ("training",), tuple(scores.items()))


def test_the_scores_nearest_their_thresholds_are_told_nearest_first() -> None:
    thresholds = [
        Threshold("training", 0.3, 0.5),
        Threshold("resources", 0.4, 0.6),
        Threshold("other", 0.4, 0.6),
    ]
    (one,) = review.queue([doubtful(training=0.42, resources=0.6, other=0.0001)], thresholds)
    assert [(near.theme, near.given) for near in one.near] == [("training", True), ("resources", False)]
    assert one.near[0].below == pytest.approx(0.3)


def test_one_score_is_told_even_where_no_threshold_is_known() -> None:
    (one,) = review.queue([doubtful(training=0.9)], [])
    assert [near.theme for near in one.near] == ["training"]
