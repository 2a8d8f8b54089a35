"""Months that no bundle learns from."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bulletin.errors import CorpusError
from models.bundle import builtin, open_bundle
from models.registry import Registry
from training import commands, corpus, gold, retrain
from training.labelled.store import MonthStore

REAL = gold.shipped() / "2019-12.yb"
WHEN = datetime(2024, 5, 1, tzinfo=UTC)


@pytest.fixture
def added(tmp_path: Path) -> Path:
    """A month of the shipped corpus, made gold by the user, under a name of the user's."""
    folder = tmp_path / "gold"
    folder.mkdir()
    path = folder / "我们的.yb"
    path.write_bytes((corpus.shipped() / "2020-01.yb").read_bytes())
    return path


def test_the_shipped_gold_is_the_real_month_and_no_shipped_training_month(tmp_path: Path) -> None:
    assert [month.month for month in gold.load(tmp_path)] == ["2019-12"]
    assert gold.apart(corpus.load(), tmp_path) == corpus.load()
    assert gold.spared(tmp_path) == []


@pytest.mark.usefixtures("added")
def test_a_month_that_the_user_adds_is_learnt_from_no_more_and_that_is_said(tmp_path: Path) -> None:
    assert [month.month for month in gold.load(tmp_path)] == ["2019-12", "2020-01"]
    assert gold.spared(tmp_path) == ["2020-01"]
    learnt, held_out = retrain.known_months(tmp_path)
    assert "2020-01" not in [month.month for month in learnt]
    assert (len(learnt), held_out) == (35, [])


def test_an_imported_month_that_is_gold_is_neither_learnt_from_nor_held_out(tmp_path: Path) -> None:
    store = MonthStore(tmp_path)
    real = corpus.read(REAL)
    older = replace(real, name="2019-01", month="2019-01")
    oldest = replace(real, name="2018-01", month="2018-01")
    for month in (real, older, oldest):
        store.add(month, "张三", WHEN, [])
    learnt, held_out = retrain.known_months(tmp_path)
    assert [month.month for month in held_out] == ["2019-01"]
    assert "2018-01" in [month.month for month in learnt]
    assert "2019-12" not in [month.month for month in learnt]
    assert [month.month for month in commands.held_out([], tmp_path, Registry(tmp_path))] == ["2019-01"]
    assert gold.spared(tmp_path) == ["2019-12"]


def test_two_gold_files_of_one_month_are_refused(tmp_path: Path) -> None:
    (tmp_path / "gold").mkdir()
    path = tmp_path / "gold" / "again.yb"
    path.write_bytes(REAL.read_bytes())
    with pytest.raises(CorpusError) as refused:
        gold.load(tmp_path)
    assert str(refused.value) == f"金标 {path} 与 {REAL} 都是 2019-12;请删去一份。"


def test_a_gold_file_without_a_month_is_refused(added: Path, tmp_path: Path) -> None:
    added.write_text(added.read_text("utf-8").replace("month: 2020-01", "month: none"), "utf-8")
    with pytest.raises(CorpusError) as refused:
        gold.load(tmp_path)
    assert str(refused.value) == f"金标 {added} 没有写年月;请在开头写上 month:,如 2019-12。"


def test_a_gold_file_that_is_no_utf_8_is_refused_with_the_mend(added: Path, tmp_path: Path) -> None:
    added.write_bytes("标题".encode("gb18030"))
    with pytest.raises(CorpusError) as refused:
        gold.load(tmp_path)
    assert str(refused.value).startswith(f"金标 {added} 读不了(")
    assert str(refused.value).endswith(");请检查权限,存成 UTF-8。")


@pytest.mark.usefixtures("added")
def test_gold_that_a_bundle_learnt_from_does_not_judge_it_and_that_is_said(tmp_path: Path) -> None:
    kept, lines = gold.unseen(gold.load(tmp_path), [open_bundle(builtin())])
    assert [month.month for month in kept] == ["2019-12"]
    assert lines == ["金标 2020-01 被 builtin-3 学过,这次不用"]
