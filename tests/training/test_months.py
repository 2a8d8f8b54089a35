"""Which months a run learns from."""

from collections.abc import Sequence

import pytest

from bulletin.errors import CorpusError
from training.corpus import LabelledMonth
from training.months import chosen

HARD = ["hard-app-governance", "hard-campus-other", "hard-network-security", "hard-resources-training"]


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("2018-03..2018-09", ["2018-04", "2018-09"]),
        ("2019-05,2018-04", ["2018-04", "2019-05"]),
        ("2017-05..2017-09, 2024-09", ["2017-05", "2017-09", "2024-09"]),
        ("2017-05,2024-09", ["2017-05", "2024-09"]),
    ],
)
def test_months_and_spans_are_chosen_and_undated_files_stay(
    months: Sequence[LabelledMonth], asked: str, names: list[str]
) -> None:
    assert [month.name for month in chosen(months, asked)] == [*names, *HARD]


def test_without_a_choice_every_month_is_learnt_from(months: Sequence[LabelledMonth]) -> None:
    assert chosen(months, None) == list(months)


@pytest.mark.parametrize("asked", ["2018-05", "2016-01..2016-12", "2018-09..2018-04"])
def test_a_month_that_is_not_there_is_told_with_those_that_are(
    months: Sequence[LabelledMonth], asked: str
) -> None:
    few = [*months[:2], months[-1]]
    with pytest.raises(CorpusError) as caught:
        chosen(few, f"2017-05,{asked}")
    assert str(caught.value) == f"--months 里的 {asked} 没有可学的月份;可学的有:2017-05、2017-09。"


@pytest.mark.parametrize("part", ["2018", "2018-13", "2018-04...2018-09", "2018-04..", ""])
def test_what_is_no_month_is_refused_with_an_example(months: Sequence[LabelledMonth], part: str) -> None:
    with pytest.raises(CorpusError) as caught:
        chosen(months, f"2018-04,{part}")
    assert str(caught.value) == f"--months 里的“{part}”读不懂;请写成 2018-03..2020-12 或 2019-05,2020-11。"
