"""A classifier fitted anew goes into a bundle with the live one's writer."""

import json
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from bulletin import themes as taxonomy
from bulletin.errors import CorpusError
from models.bundle import builtin, open_bundle
from models.classifier import Classifier
from models.pipeline import Pipeline
from models.types import ClassifyRequest
from service.examples import BULLETIN
from tests.training import tiny
from training import refit_classifier, refit_writer, retrain, themes, writer
from training.backbone import Backbone
from training.classifier_model import ItemClassifier
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
    assert made.manifest.version == "t-1"
    # Its writer is the live one, which learnt from the live months.
    assert made.manifest.data.keys() == live.manifest.data.keys() | {month.name for month in few}
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
    """Read by its own base's tokenizer, while the root's goes on to serve the live writer."""
    live, progress = open_bundle(builtin()), tmp_path / "progress.jsonl"
    teller = ProgressFile(progress).teller
    made = open_bundle(retrain.retrain(backbone, few, live, wanted, teller=teller))
    told = [json.loads(line) for line in progress.read_text("utf-8").splitlines()]
    assert [one["phase"] for one in told if one["step"] == one["steps"]] == ["decisions", "classifier"]
    items = few[0].items[:9]
    found = Classifier(made, threads=1).logits(
        [ClassifyRequest(item.text, item.heading, item.previous) for item in items]
    )
    model = ItemClassifier.from_pretrained(made.path.parent / "classifier").eval()
    expected = themes.logits(model, backbone.tokenizer, items)
    np.testing.assert_allclose(found, expected, atol=0.5 * float(expected.std()))
    assert made.nearest("writer", "tokenizer.json") == "tokenizer.json"
    assert made.manifest.files["tokenizer.json"] == live.manifest.files["tokenizer.json"]


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
    assert "本包的编码器就是那一个" in (made.path / "README.md").read_text("utf-8")


WRITING = writer.Recipe(
    decoder_layers=(0, 1), copy_steps=1, steps=1, tokens=512, max_source=400, common_tokens=40
)


@pytest.fixture(scope="module")
def told(months: Sequence[LabelledMonth]) -> list[LabelledMonth]:
    """Dated months with their abstracts, and of their items the first and those that a sentence cites."""
    return [_told(month) for month in months if month.month][:6]


def _told(month: LabelledMonth) -> LabelledMonth:
    cited = {source for sentence in (*month.abstract, *month.groups) for source in sentence.sources}
    kept = tuple(item for row, item in enumerate(month.items) if row < 30 or item.id in cited)
    return replace(month, items=kept)


def test_a_new_writer_stands_beside_the_live_classifier(
    backbone: Backbone, told: list[LabelledMonth], wanted: retrain.Wanted
) -> None:
    live = open_bundle(builtin())
    learnt = [replace(month, name=f"new-{month.name}") for month in told]
    folder = retrain.retrain(None, learnt, live, replace(wanted, writing=WRITING), backbone)
    made = open_bundle(folder)
    same = {name for name, digest in live.manifest.files.items() if made.manifest.files.get(name) == digest}
    assert {"classifier/model.bin", "classifier/head.npz", "lexical.npz", "tokenizer.json"} <= same
    assert same.isdisjoint(["writer/model.bin", "phrasing.txt", "wording-national.npz"])
    assert made.nearest("classifier", "tokenizer.json") == "tokenizer.json"
    assert made.nearest("writer", "tokenizer.json") == "writer/tokenizer.json"
    assert made.manifest.themes == live.manifest.themes
    assert made.manifest.planner != live.manifest.planner
    # No source is longer than the tiny encoder's positions.
    assert made.manifest.writer.max_source == tiny.POSITIONS
    assert made.manifest.data.keys() == live.manifest.data.keys() | {month.name for month in learnt}
    assert made.manifest.recipe["writer_base"] == backbone.name
    assert (folder / "README.md").read_text("utf-8").splitlines()[2] == (
        f"{WHEN.isoformat()} 生成。分类器沿用 {live.manifest.version};写作模型和规划由 {backbone.name} 重新训练。"
    )
    assert Pipeline.open(folder).digest(BULLETIN).abstract is not None


def test_both_anew_leave_nothing_of_the_live_models_months(
    backbone: Backbone, told: list[LabelledMonth], wanted: retrain.Wanted
) -> None:
    live = open_bundle(builtin())
    folder = retrain.retrain(backbone, told, live, replace(wanted, writing=WRITING), backbone)
    made = open_bundle(folder)
    assert made.manifest.data.keys() == {month.name for month in told}
    assert made.manifest.base_model == backbone.name
    for part in ("classifier", "writer"):
        assert made.nearest(part, "tokenizer.json") == f"{part}/tokenizer.json"
    assert Pipeline.open(folder).digest(BULLETIN).abstract is not None


def test_the_planner_learns_from_months_that_its_probabilities_have_not_seen(
    told: list[LabelledMonth],
) -> None:
    """Of what stands in one month alone nothing is known by heart: a word of the items of one theme tells nothing."""
    marked = replace(
        told[0],
        items=tuple(
            replace(item, text="锟斤拷" if "training" in item.themes else "烫屯葺") for item in told[0].items
        ),
    )
    labels = taxonomy.load().ids
    learnt = [marked, *told[1:]]
    found = refit_writer.out_of_fold_probabilities(learnt, labels)
    assert found.keys() == {(month.name, item.id) for month in learnt for item in month.items}
    assert len({found[marked.name, item.id] for item in marked.items}) == 1


@pytest.mark.parametrize(
    ("classifier", "message"),
    [
        (True, "只有 5 份有月份的语料;训练分类器至少要 6 份,请多给一些月份。"),
        (False, "只有 5 份有月份的语料;训练写作模型至少要 6 份,请多给一些月份。"),
    ],
)
def test_too_few_months_are_refused(
    backbone: Backbone,
    months: Sequence[LabelledMonth],
    wanted: retrain.Wanted,
    classifier: bool,
    message: str,
) -> None:
    learnt = [*months[:5], months[-1]]
    bases = (backbone, None) if classifier else (None, backbone)
    with pytest.raises(CorpusError) as caught:
        retrain.retrain(bases[0], learnt, open_bundle(builtin()), wanted, bases[1])
    assert str(caught.value) == message


def test_another_base_of_the_same_name_is_another_run(
    backbone: Backbone, few: list[LabelledMonth], wanted: retrain.Wanted
) -> None:
    other = replace(backbone, model=deepcopy(backbone.model))
    other.model.embeddings.LayerNorm.bias.data += 1
    assert retrain.run_name(few, wanted, [backbone, None]) == retrain.run_name(few, wanted, [backbone, None])
    names = {
        retrain.run_name(few, wanted, bases)
        for bases in ([backbone, None], [other, None], [None, backbone], [backbone, backbone])
    }
    assert len(names) == 4


def test_a_theme_that_decision_months_lack_is_refused_with_months_and_mend(
    months: Sequence[LabelledMonth],
) -> None:
    few = [tiny.small(month, 3) for month in months[:6]]
    items = few[5].items
    found = sum("training" in item.themes for item in items)
    with pytest.raises(CorpusError) as caught:
        refit_classifier.refuse_undecidable(few, ("training",))
    assert str(caught.value) == (
        f"定门槛用的月份({few[5].name})里,有主题 training 的只有 {found} 件,没有的只有 {3 - found} 件,"
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
