"""Stopping early: the newest month is asked, not learnt from, and the best epoch is kept."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from bulletin import themes as taxonomy
from bulletin.errors import CorpusError
from tests.training import tiny
from tests.training.killing import KilledError, Killer
from training import themes
from training.backbone import Backbone
from training.classifier_model import ItemClassifier
from training.corpus import LabelledMonth
from training.stopping import EarlyStop, newest_apart

LABELS = taxonomy.load().ids
RECIPE = themes.Recipe(epochs=12, learning_rate=5e-3, tokens=512, ema_decay=0.5, early_stop=True)


@pytest.fixture(scope="module")
def few(months: Sequence[LabelledMonth]) -> list[LabelledMonth]:
    return [*(tiny.small(month, 25) for month in months[:3]), tiny.small(months[-1], 5)]


def same(one: ItemClassifier, other: ItemClassifier) -> bool:
    found = other.state_dict()
    return all(torch.equal(tensor, found[name]) for name, tensor in one.state_dict().items())


def test_the_newest_dated_month_stands_apart(few: list[LabelledMonth]) -> None:
    learnt, asked = newest_apart(few)
    assert asked is few[2]
    assert learnt == [few[0], few[1], few[3]]


def test_with_one_dated_month_there_is_nothing_to_ask(few: list[LabelledMonth]) -> None:
    with pytest.raises(CorpusError) as refused:
        newest_apart([few[0], few[3]])
    assert str(refused.value) == "只有 1 份有月份的语料,没有一份可以留作早停;请不用 --early-stop。"


@pytest.mark.parametrize(
    ("scores", "kept", "asked"), [((0.5, 0.7, 0.6, 0.9), 1, 3), ((0.4, 0.4), 0, 2), ((0.1, 0.2, 0.3), 2, 3)]
)
def test_the_best_epoch_before_the_first_that_is_no_better_is_kept(
    backbone: Backbone, scores: tuple[float, ...], kept: int, asked: int
) -> None:
    model = ItemClassifier.on(backbone.model, LABELS)
    given = iter(scores)
    stop, count = EarlyStop(model, lambda _: next(given)), 0
    for epoch in range(len(scores)):
        if stop.stopped:
            break
        torch.nn.init.constant_(model.head.bias, float(epoch))
        stop.epoch(model)
        count += 1
    assert count == asked
    assert stop.best.head.bias.unique().tolist() == [float(kept)]


def test_the_month_that_is_asked_is_not_learnt_from(backbone: Backbone, few: list[LabelledMonth]) -> None:
    """One epoch with it apart ends as one epoch without it."""
    recipe = replace(RECIPE, epochs=1)
    found = themes.fit(backbone, few, LABELS, recipe)
    without = themes.fit(backbone, [few[0], few[1], few[3]], LABELS, replace(recipe, early_stop=False))
    assert same(found, without)


def test_a_run_that_stops_early_does_so_after_being_killed_too(
    backbone: Backbone, few: list[LabelledMonth], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(themes, "CHECKPOINT_STEPS", 2)
    told: list[tuple[int, int]] = []
    whole = themes.fit(backbone, few, LABELS, RECIPE, lambda step, steps, loss: told.append((step, steps)))
    stopped, planned = told[-1]
    assert stopped < planned
    path = tmp_path / "run.safetensors"
    for limit in (stopped // 2, stopped // 3, None):
        with suppress(KilledError):
            last = Killer(limit)
            model = themes.fit(backbone, few, LABELS, RECIPE, last, path)
    assert last.steps[-1] == stopped
    assert same(model, whole)
