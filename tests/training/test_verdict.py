"""Two bundles on the held-out months and on the gold set."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from models.bundle import MANIFEST, Bundle, builtin, open_bundle
from training import corpus, gold, verdict
from training.corpus import LabelledMonth
from training.verdict import Strictness

REAL = corpus.read(gold.shipped() / "2019-12.yb")


@pytest.fixture
def held_out() -> list[LabelledMonth]:
    """Some items of the real month, as if of a later one."""
    return [replace(REAL, name="2030-01", month="2030-01", items=REAL.items[:12], abstract=(), groups=())]


@pytest.fixture
def blunt(tmp_path: Path) -> Bundle:
    """The shipped bundle with thresholds that let hardly anything pass."""
    folder = tmp_path / "blunt"
    shutil.copytree(builtin(), folder)
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    manifest["version"] = "blunt"
    for theme in manifest["themes"]:
        theme["threshold"] = 0.9999
    (folder / MANIFEST).write_text(json.dumps(manifest), "utf-8")
    return open_bundle(folder)


def test_gold_is_shown_apart_and_what_falls_there_objects_with_a_mark(
    held_out: Sequence[LabelledMonth], blunt: Bundle
) -> None:
    found = verdict.verdict(open_bundle(builtin()), blunt, held_out, [REAL], Strictness(0.01))
    first, second = found.table.split("\n\n")
    assert first.splitlines()[0] == f"留作评判的月份:2030-01(SHA-256 {REAL.sha256[:12]})"
    assert second.splitlines()[0] == (
        f"金标(只作把关:变差就反对,变好不算数):2019-12(SHA-256 {REAL.sha256[:12]})"
    )
    assert first.splitlines()[2] == "事项\t12\t12"
    assert second.splitlines()[2] == "事项\t80\t80"
    (macro,) = [reason for reason in found.objections if reason.startswith("金标:宏平均 F1 从")]
    assert "降到" in macro
    assert any(reason.startswith("宏平均 F1 从") for reason in found.objections)


def test_a_gold_month_that_is_held_out_is_judged_once(blunt: Bundle) -> None:
    found = verdict.verdict(blunt, blunt, [REAL], [REAL], Strictness(0.01))
    assert found.objections == ()
    assert "金标" not in found.table


def test_gold_that_one_of_both_learnt_from_is_left_out_with_a_line(
    held_out: Sequence[LabelledMonth], blunt: Bundle
) -> None:
    learnt = corpus.read(corpus.shipped() / "2020-01.yb")
    found = verdict.verdict(blunt, blunt, held_out, [learnt], Strictness(0.01))
    assert found.table.splitlines()[-1] == "金标 2020-01 被 blunt 学过,这次不用"


def test_what_gains_on_the_newest_month_and_falls_on_gold_is_objected_to(
    held_out: Sequence[LabelledMonth], blunt: Bundle
) -> None:
    (month,) = held_out
    bare = replace(month, items=tuple(replace(item, themes=()) for item in month.items))
    found = verdict.verdict(open_bundle(builtin()), blunt, [bare], [REAL], Strictness(0.01))
    assert found.objections
    assert [reason for reason in found.objections if not reason.startswith("金标:")] == []


def test_what_gains_on_gold_and_falls_on_the_newest_month_is_objected_to(
    held_out: Sequence[LabelledMonth], blunt: Bundle
) -> None:
    (month,) = held_out
    bare = replace(month, items=tuple(replace(item, themes=()) for item in month.items))
    found = verdict.verdict(
        open_bundle(builtin()), blunt, held_out, [replace(bare, month="2031-01")], Strictness(0.01)
    )
    assert found.objections
    assert not any(reason.startswith("金标:") for reason in found.objections)
