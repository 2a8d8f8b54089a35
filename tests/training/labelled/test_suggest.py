"""What to label next, of real bulletins with the shipped bundle."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest

from bulletin.parse import parse
from models.bundle import Bundle, builtin, open_bundle
from models.pipeline import Pipeline
from service.examples import BULLETIN
from training.corpus import LabelledItem, LabelledMonth
from training.labelled import commands
from training.labelled.check import sealed, unlabelled_items
from training.labelled.commands import Import, read_month
from training.labelled.sheet import LABELS_SHEET
from training.labelled.store import MonthStore
from training.labelled.suggest import Source, sheets, suggestions

WHEN = datetime(2024, 5, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return open_bundle(builtin())


@pytest.fixture(scope="module")
def april(pipeline: Pipeline) -> Source:
    return Source("四月.txt", BULLETIN, pipeline.digest(BULLETIN, abstract=False))


def keep(home: Path, items: Sequence[LabelledItem]) -> None:
    month = sealed(LabelledMonth("2021-04", "四月", "2021-04", "", tuple(items), (), ()))
    MonthStore(home).add(month, "张三", WHEN, [])


def test_labelled_items_are_not_asked_for_again_nor_the_same_text_twice(
    april: Source, bundle: Bundle, pipeline: Pipeline, tmp_path: Path
) -> None:
    items = list(unlabelled_items(parse(BULLETIN)))
    keep(tmp_path, items[:3])
    chosen = suggestions([april, april], bundle, pipeline.taxonomy, tmp_path, 50)
    assert sorted(one.item.id for one in chosen) == sorted(item.id for item in items[3:])


def test_what_is_near_its_threshold_comes_first_and_says_so(
    april: Source, bundle: Bundle, pipeline: Pipeline, tmp_path: Path
) -> None:
    (first,) = suggestions([april], bundle, pipeline.taxonomy, tmp_path, 1)
    everything = suggestions([april], bundle, pipeline.taxonomy, tmp_path, 50)
    assert "门槛" in first.why
    assert first.item.id in {one.item.id for one in everything[:3]}
    assert suggestions([april], bundle, pipeline.taxonomy, tmp_path, 50) == everything


def test_nothing_is_asked_for_when_all_is_labelled(
    april: Source, bundle: Bundle, pipeline: Pipeline, tmp_path: Path
) -> None:
    keep(tmp_path, list(unlabelled_items(parse(BULLETIN))))
    assert suggestions([april], bundle, pipeline.taxonomy, tmp_path, 50) == []


def test_a_sheet_holds_the_chosen_items_and_is_imported_on_top_of_what_was_labelled(
    april: Source, bundle: Bundle, pipeline: Pipeline, tmp_path: Path
) -> None:
    items = list(unlabelled_items(parse(BULLETIN)))
    labelled = replace(items[0], themes=("resources", "training"), brief="北京做了事")
    keep(tmp_path, [labelled])
    chosen = suggestions([april], bundle, pipeline.taxonomy, tmp_path, 2)
    (made,) = sheets([april], chosen, pipeline.taxonomy)
    assert (made.stem, made.chosen) == ("2021-04", 2)
    path = tmp_path / "四月.xlsx"
    path.write_bytes(made.content)
    table = [row[0].value for row in openpyxl.load_workbook(path)[LABELS_SHEET].iter_rows(min_row=2)]
    assert table == [one.item.id for one in chosen]
    wanted = Import((path,), partial=True)
    revision = commands.keep(read_month(wanted, pipeline.taxonomy), wanted, tmp_path, "张三", WHEN)
    assert revision is not None
    assert {item.id for item in revision.month.items} == {*table, items[0].id}
    assert revision.month.by_id()[items[0].id] == labelled
