"""Imported months stay: a new import is a new revision."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bulletin.errors import CorpusError
from training.corpus import LabelledItem, LabelledMonth, LabelledSentence
from training.labelled.store import MonthStore

WHEN = datetime(2024, 5, 1, 12, 0, tzinfo=UTC)
ITEM = LabelledItem("北京.1", ("training",), "", "北京", "举办培训。", "", "北京", "各地工作动态")
MONTH = LabelledMonth(
    "2024-04", "2024年4月月报", "2024-04", "", (ITEM,), (LabelledSentence("北京举办培训。", ("北京.1",)),), ()
)
RELABELLED = replace(MONTH, items=(replace(ITEM, themes=()),))


def files(home: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (home / "months" / "2024-04").iterdir()}


def test_a_month_comes_back_as_it_was(tmp_path: Path) -> None:
    kept = MonthStore(tmp_path).add(MONTH, "张三", WHEN, ["四月.xlsx"])
    assert kept is not None
    (revision,) = MonthStore(tmp_path).revisions("2024-04")
    assert revision == kept
    assert (revision.number, revision.imported_by, revision.files) == (1, "张三", ("四月.xlsx",))
    assert revision.imported_at == "2024-05-01T12:00:00+00:00"
    assert replace(revision.month, sha256="") == MONTH


def test_a_new_import_is_a_revision_and_leaves_the_old_one_alone(tmp_path: Path) -> None:
    store = MonthStore(tmp_path)
    store.add(MONTH, "张三", WHEN, [])
    before = files(tmp_path)
    again = store.add(RELABELLED, "李四", WHEN, [])
    assert again is not None
    assert again.number == 2
    assert before.items() <= files(tmp_path).items()
    assert [month.items[0].themes for month in store.latest()] == [()]


def test_the_same_content_is_not_kept_twice(tmp_path: Path) -> None:
    store = MonthStore(tmp_path)
    store.add(MONTH, "张三", WHEN, [])
    assert store.add(MONTH, "李四", WHEN, []) is None
    assert len(files(tmp_path)) == 1


def test_going_back_to_older_labels_is_a_revision_too(tmp_path: Path) -> None:
    store = MonthStore(tmp_path)
    numbers = [kept.number for m in (MONTH, RELABELLED, MONTH) if (kept := store.add(m, "", WHEN, []))]
    assert numbers == [1, 2, 3]


def test_imports_at_once_get_numbers_of_their_own(tmp_path: Path) -> None:
    months = [replace(MONTH, title=f"第{k}种") for k in range(8)]
    with ThreadPoolExecutor(8) as pool:
        kept = list(pool.map(lambda month: MonthStore(tmp_path).add(month, "", WHEN, []), months))
    assert sorted(one.number for one in kept if one) == list(range(1, 9))


def test_an_empty_home_has_no_months(tmp_path: Path) -> None:
    assert MonthStore(tmp_path / "none").latest() == []


@pytest.mark.parametrize("damage", ["cut", "changed", "format"])
def test_a_damaged_month_is_refused_by_name(tmp_path: Path, damage: str) -> None:
    store = MonthStore(tmp_path)
    store.add(MONTH, "张三", WHEN, [])
    (path,) = (tmp_path / "months" / "2024-04").iterdir()
    raw = path.read_text("utf-8")
    record = json.loads(raw)
    changed = {
        "cut": raw[: len(raw) // 2],
        "changed": raw.replace("举办培训", "举办会议"),
        "format": json.dumps(record | {"format": 9}),
    }
    path.write_text(changed[damage], "utf-8")
    with pytest.raises(CorpusError, match=str(path)):
        store.latest()
