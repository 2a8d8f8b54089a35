import pytest

from training.corpus import LabelledMonth
from training.splits import PLAIN, Split, folds


@pytest.fixture(scope="module")
def splits(months: list[LabelledMonth]) -> list[Split]:
    return folds(months)


def test_no_month_stands_on_both_sides(splits: list[Split]) -> None:
    for split in splits:
        assert not {m.name for m in split.train} & {m.name for m in split.held_out}


def test_every_month_is_held_out_once_and_trains_in_every_other_fold(
    splits: list[Split], months: list[LabelledMonth]
) -> None:
    held_out = [month.name for split in splits for month in split.held_out]
    assert sorted(held_out) == [month.name for month in months if month.month]
    for split in splits:
        assert len(split.train) + len(split.held_out) == len(months)


def test_hard_items_train_in_every_fold_and_are_never_held_out(splits: list[Split]) -> None:
    for split in splits:
        assert sum(month.month is None for month in split.train) == 4
        assert all(month.month for month in split.held_out)


def test_plain_months_are_dealt_out_evenly(splits: list[Split]) -> None:
    plain = [sum(month.month in PLAIN for month in split.held_out) for split in splits]
    assert sorted(plain) == [1, 1, 1, 1, 2, 2]
    assert {len(split.held_out) for split in splits} == {5, 6}


def test_folds_do_not_depend_on_the_hard_files(months: list[LabelledMonth]) -> None:
    names = [[m.name for m in split.held_out] for split in folds([m for m in months if m.month])]
    assert names == [[m.name for m in split.held_out] for split in folds(months)]
