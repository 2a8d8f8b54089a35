"""A classifier fitted anew goes into a bundle with the live one's writer."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bulletin import themes as taxonomy
from bulletin.errors import CorpusError
from models.bundle import Bundle, builtin, open_bundle
from models.classifier import Classifier
from models.types import ClassifyRequest
from tests.training import tiny
from training import retrain, themes
from training.backbone import Backbone
from training.corpus import LabelledMonth
from training.labelled.store import MonthStore
from training.progress import ProgressFile

RECIPE = themes.Recipe(epochs=1, learning_rate=5e-3, tokens=512, ema_decay=0.5)
WHEN = datetime(2024, 5, 1, tzinfo=UTC)


@pytest.fixture
def wanted(tmp_path: Path) -> retrain.Wanted:
    return retrain.Wanted("t-1", WHEN.isoformat(), tmp_path / "runs", RECIPE)


@pytest.fixture(scope="module")
def few(months: Sequence[LabelledMonth]) -> list[LabelledMonth]:
    return [tiny.small(month, 70) for month in months[:7]]


def test_the_new_bundle_has_a_new_classifier_and_the_live_writer(
    backbone: Backbone, few: list[LabelledMonth], wanted: retrain.Wanted
) -> None:
    live = open_bundle(builtin())
    made = open_bundle(retrain.retrain(backbone, few, live, wanted))
    assert (made.manifest.version, made.manifest.data.keys()) == ("t-1", {month.name for month in few})
    changed = {
        name for name in live.manifest.files if live.manifest.files[name] != made.manifest.files.get(name)
    }
    assert {
        name for name in changed if name.startswith(("writer/", "wording", "phrasing", "tokenizer"))
    } == set()
    assert {"classifier/model.bin", "classifier/head.npz", "lexical.npz"} <= changed
    assert made.manifest.planner == live.manifest.planner
    figures = made.manifest.metrics["decision_months"]
    assert isinstance(figures, dict)
    assert made.manifest.metrics.keys() == {"decision_months"}
    assert (figures["items"], figures["crossed"], figures["months"]) == (70, False, [few[5].name])


def test_the_new_classifier_answers_and_its_phases_were_told(
    backbone: Backbone, few: list[LabelledMonth], wanted: retrain.Wanted, tmp_path: Path
) -> None:
    progress = tmp_path / "progress.jsonl"
    folder = retrain.retrain(backbone, few, open_bundle(builtin()), wanted, ProgressFile(progress).teller)
    told = [json.loads(line) for line in progress.read_text("utf-8").splitlines()]
    assert [one["phase"] for one in told if one["step"] == one["steps"]] == ["decisions", "classifier"]
    manifest = open_bundle(folder).manifest
    # The tiny base has a tokenizer of its own.
    backbone.tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
    engine = Classifier(Bundle(folder, manifest), threads=1)
    found = engine.probabilities([ClassifyRequest(item.text, item.heading) for item in few[0].items[:9]])
    assert found.shape == (9, len(taxonomy.load().ids))


def counting_fits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A list that grows by one with every fit of an encoder."""
    fits: list[int] = []
    fit = themes.fit

    def counted(*arguments: object, **named: object) -> object:
        fits.append(1)
        return fit(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(themes, "fit", counted)
    return fits


def test_steps_that_are_done_are_not_done_again_unless_the_data_changed(
    backbone: Backbone, few: list[LabelledMonth], wanted: retrain.Wanted, monkeypatch: pytest.MonkeyPatch
) -> None:
    fits = counting_fits(monkeypatch)
    live = open_bundle(builtin())
    for months, runs in ((few, 2), (few, 2), (few[:6], 4)):
        retrain.retrain(backbone, months, live, wanted)
        assert len(fits) == runs


def test_a_fast_run_fits_one_encoder(
    backbone: Backbone, few: list[LabelledMonth], wanted: retrain.Wanted, monkeypatch: pytest.MonkeyPatch
) -> None:
    fits = counting_fits(monkeypatch)
    fast = replace(wanted, fast=True, recipe=replace(RECIPE, frozen_layers=1))
    made = open_bundle(retrain.retrain(backbone, few, open_bundle(builtin()), fast))
    assert len(fits) == 1
    assert made.manifest.data.keys() == {month.name for month in few}


def test_a_theme_that_decision_months_lack_is_refused_with_months_and_mend(few: list[LabelledMonth]) -> None:
    months = [tiny.small(few[0], 3)]
    found = sum("training" in item.themes for item in months[0].items)
    with pytest.raises(CorpusError) as caught:
        retrain.refuse_undecidable(months, ("training",))
    assert str(caught.value) == (
        f"定门槛用的月份({few[0].name})里,有主题 training 的只有 {found} 件,没有的只有 {3 - found} 件,"
        "各至少要 3 件;请在这些月份里再标注一些。"
    )


def test_imported_months_are_learnt_from_and_the_newest_is_held_out(
    few: list[LabelledMonth], tmp_path: Path
) -> None:
    store = MonthStore(tmp_path)
    old = replace(few[0], items=few[0].items[:5])
    new = replace(few[0], name="2030-01", month="2030-01")
    for month in (old, new):
        store.add(month, "张三", WHEN, [])
    learnt, held_out = retrain.known_months(tmp_path)
    assert [month.name for month in held_out] == ["2030-01"]
    (replaced,) = [month for month in learnt if month.name == few[0].name]
    assert len(replaced.items) == 5
    assert "2030-01" not in [month.name for month in learnt]


def test_a_month_that_the_live_bundle_knows_cannot_judge_and_is_learnt_from(
    few: list[LabelledMonth], tmp_path: Path
) -> None:
    MonthStore(tmp_path).add(few[0], "张三", WHEN, [])
    learnt, held_out = retrain.known_months(tmp_path, [few[0].name])
    assert (len(learnt), held_out) == (36, [])


def test_without_imports_every_shipped_month_is_learnt_from(tmp_path: Path) -> None:
    learnt, held_out = retrain.known_months(tmp_path)
    assert (len(learnt), held_out) == (36, [])


def test_the_card_tells_what_was_learnt_and_how_it_was_judged_with_pictures(
    backbone: Backbone, few: list[LabelledMonth], wanted: retrain.Wanted
) -> None:
    made = open_bundle(retrain.retrain(backbone, few, open_bundle(builtin()), wanted))
    card = (made.path / "README.md").read_text("utf-8")
    count = sum("training" in item.themes for month in few for item in month.items)
    assert f"7 份月份,{sum(len(month.items) for month in few)} 件事项,主题体系版本 1。" in card
    assert f"| 培训 `training` | {count} |" in card
    assert f"训练中先留出 1 期({few[5].name})" in card
    assert "不能分开定),所以这些数**偏乐观**" in card
    pictures = {name for name in made.manifest.files if name.startswith("card/")}
    assert pictures == {f"card/{name}.png" for name in (
        "themes", "reliability", "pairs", "risk-coverage", "learning-curve",
    )}  # fmt: skip
    assert all(f"]({name})" in card for name in pictures)
