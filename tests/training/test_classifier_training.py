from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from bulletin import themes as taxonomy
from tests.training import tiny
from tests.training.killing import KilledError, Killer
from training import crossval, themes
from training.backbone import Backbone
from training.classifier_model import ItemClassifier
from training.corpus import LabelledItem, LabelledMonth
from training.splits import folds

LABELS = taxonomy.load().ids
RECIPE = themes.Recipe(epochs=1, learning_rate=5e-3, tokens=512, ema_decay=0.5)


@pytest.fixture(scope="module")
def two_months(months: Sequence[LabelledMonth]) -> list[LabelledMonth]:
    return [tiny.small(month, 40) for month in months[:2]]


def test_training_lowers_the_loss(backbone: Backbone, two_months: list[LabelledMonth]) -> None:
    losses: list[float] = []
    themes.fit(
        backbone, two_months, LABELS, replace(RECIPE, epochs=6), lambda step, steps, loss: losses.append(loss)
    )
    epoch = len(losses) // 6
    assert np.mean(losses[-epoch:]) < 0.9 * np.mean(losses[:epoch])


def test_a_seed_gives_the_same_model_again(backbone: Backbone, two_months: list[LabelledMonth]) -> None:
    items = two_months[0].items[:5]
    first, again, other = (
        themes.logits(themes.fit(backbone, two_months, LABELS, recipe), backbone.tokenizer, items)
        for recipe in (RECIPE, RECIPE, replace(RECIPE, seed=2))
    )
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)


def test_training_leaves_the_backbone_and_the_word_embeddings_as_they_were(
    backbone: Backbone, two_months: list[LabelledMonth]
) -> None:
    before = {name: tensor.clone() for name, tensor in backbone.model.state_dict().items()}
    model = themes.fit(backbone, two_months, LABELS, RECIPE)
    for name, tensor in backbone.model.state_dict().items():
        torch.testing.assert_close(tensor, before[name], rtol=0, atol=0)
    torch.testing.assert_close(
        model.encoder.get_input_embeddings().weight,
        backbone.model.get_input_embeddings().weight,
        rtol=0,
        atol=0,
    )


def test_progress_counts_every_step(backbone: Backbone, two_months: list[LabelledMonth]) -> None:
    seen: list[tuple[int, int]] = []
    themes.fit(backbone, two_months, LABELS, RECIPE, lambda step, steps, loss: seen.append((step, steps)))
    assert seen == [(step, len(seen)) for step in range(1, len(seen) + 1)]


def test_hard_items_weigh_less(months: Sequence[LabelledMonth]) -> None:
    examples = themes.examples([months[0], months[-1]], LABELS, 0.25)
    assert {example.weight for example in examples[: len(months[0].items)]} == {1.0}
    assert {example.weight for example in examples[len(months[0].items) :]} == {0.25}


def test_logits_come_in_the_order_of_the_items(backbone: Backbone, two_months: list[LabelledMonth]) -> None:
    model = ItemClassifier.on(backbone.model, LABELS).eval()
    items = two_months[0].items[:20]
    forth = themes.logits(model, backbone.tokenizer, items)
    back = themes.logits(model, backbone.tokenizer, items[::-1])
    np.testing.assert_allclose(forth, back[::-1], atol=1e-5)


def test_padding_and_company_do_not_change_a_logit(
    backbone: Backbone, two_months: list[LabelledMonth]
) -> None:
    model = ItemClassifier.on(backbone.model, LABELS).eval()
    items = two_months[0].items[:20]
    alone = [themes.logits(model, backbone.tokenizer, [item])[0] for item in items]
    np.testing.assert_allclose(themes.logits(model, backbone.tokenizer, items), alone, atol=1e-4)


def test_the_item_before_is_read_but_not_pooled(backbone: Backbone) -> None:
    model = ItemClassifier.on(backbone.model, LABELS).eval()
    batch = themes.encode(backbone.tokenizer, [("举办培训。", "召开网络安全会议。")])
    with torch.inference_mode():
        states = model.encoder(**batch).last_hidden_state[0]
        own = states[batch["token_type_ids"][0] == 0]
        torch.testing.assert_close(model.pooled(**batch)[0], own.mean(0))


def test_a_saved_classifier_is_the_same_again(backbone: Backbone, tmp_path: Path) -> None:
    model = ItemClassifier.on(backbone.model, LABELS).eval()
    model.save_pretrained(tmp_path)
    again = ItemClassifier.from_pretrained(tmp_path).eval()
    item = [LabelledItem("北京.1", (), "", "北京", "市教委举办网络安全培训。", "", "北京", "")]
    expected = themes.logits(model, backbone.tokenizer, item)
    np.testing.assert_allclose(themes.logits(again, backbone.tokenizer, item), expected, atol=1e-6)
    assert again.config.id2label == dict(enumerate(LABELS))


def test_cross_validation_goes_on_where_it_stopped(
    backbone: Backbone, months: Sequence[LabelledMonth], tmp_path: Path
) -> None:
    few = [tiny.small(month, 6) for month in months[:6]]
    first = crossval.out_of_fold(backbone, few, LABELS, RECIPE, tmp_path)
    assert [len(scores) for scores in first] == [len(crossval.held_out_items(split)) for split in folds(few)]
    done = np.full_like(first[0], 7)
    crossval.save_array(tmp_path / "fold-0.npy", done)
    (tmp_path / "fold-1.npy").unlink()
    again = crossval.out_of_fold(backbone, few, LABELS, RECIPE, tmp_path)
    np.testing.assert_array_equal(again[0], done)
    for old, new in zip(first[1:], again[1:], strict=True):
        np.testing.assert_array_equal(new, old)


def test_an_array_is_written_whole(tmp_path: Path) -> None:
    crossval.save_array(tmp_path / "fold-0.npy", np.ones((2, 5), np.float32))
    assert [path.name for path in tmp_path.iterdir()] == ["fold-0.npy"]
    assert np.load(tmp_path / "fold-0.npy").tolist() == [[1.0] * 5] * 2


@pytest.mark.parametrize("kills", [(3,), (7,), (5, 4), (1, 1, 9)])
def test_a_run_that_was_killed_ends_as_it_would_have_ended(
    backbone: Backbone,
    two_months: list[LabelledMonth],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kills: tuple[int, ...],
) -> None:
    monkeypatch.setattr(themes, "CHECKPOINT_STEPS", 2)
    recipe = replace(RECIPE, epochs=2)
    whole = themes.fit(backbone, two_months, LABELS, recipe)
    path = tmp_path / "state" / "run.safetensors"
    for limit in (*kills, None):
        with suppress(KilledError):
            model = themes.fit(backbone, two_months, LABELS, recipe, Killer(limit), path)
    for name, tensor in whole.state_dict().items():
        torch.testing.assert_close(model.state_dict()[name], tensor, rtol=0, atol=0)
    assert list(path.parent.iterdir()) == []


def test_a_state_of_another_run_or_one_that_is_cut_off_is_not_taken_up(
    backbone: Backbone, two_months: list[LabelledMonth], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(themes, "CHECKPOINT_STEPS", 2)
    path = tmp_path / "run.safetensors"
    with suppress(KilledError):
        themes.fit(backbone, two_months, LABELS, RECIPE, Killer(3), path)
    raw = path.read_bytes()
    for recipe, kept in ((replace(RECIPE, seed=2), raw), (RECIPE, raw[: len(raw) // 2]), (RECIPE, b"")):
        path.write_bytes(kept)
        again = Killer(None)
        themes.fit(backbone, two_months, LABELS, recipe, again, path)
        assert again.steps[0] == 1
