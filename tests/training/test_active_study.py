"""The study of what to label next: its curves, table and picture."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from bulletin import themes as taxonomy
from tests.training import tiny
from training.active_study import CHOSEN, RANDOM, SIZES, Bench, curve, plot, results
from training.corpus import LabelledMonth
from training.quick_learner import QuickLearner
from training.rival_choices import STRATEGIES
from training.splits import folds

CURVES = {RANDOM: np.full((5, len(SIZES)), 0.8), CHOSEN: np.full((5, len(SIZES)), 0.9)}


@pytest.fixture(scope="module")
def few(months: Sequence[LabelledMonth]) -> list[LabelledMonth]:
    return [tiny.small(month, 20) for month in months if month.month][:6]


def test_every_strategy_starts_from_the_same_items_and_is_judged_at_every_size(
    few: list[LabelledMonth],
) -> None:
    items = [item for month in few for item in month.items]
    states = np.random.default_rng(1).normal(size=(len(items), 8)).astype(np.float32)
    learner = QuickLearner.of(items, states, taxonomy.load().ids)
    bench = Bench(
        np.array([month.name for month in few for _ in month.items]),
        np.array([i.text for i in items]),
        learner,
    )
    curves = [curve(bench, folds(few)[0], STRATEGIES[name], 1, (30, 40, 50)) for name in (RANDOM, CHOSEN)]
    assert [one.shape for one in curves] == [(3,), (3,)]
    assert curves[0][0] == curves[1][0]
    assert curve(bench, folds(few)[0], STRATEGIES[CHOSEN], 1, (30, 40, 50)).tolist() == curves[1].tolist()


def test_the_table_counts_the_seeds_in_which_random_was_beaten() -> None:
    assert results(CURVES).splitlines()[2:] == [
        f"| {RANDOM} | 0.800 ± 0.000 | 0.800 ± 0.000 | 0.800 ± 0.000 | — |",
        f"| {CHOSEN} | 0.900 ± 0.000 | 0.900 ± 0.000 | 0.900 ± 0.000 | 5、5、5 |",
    ]


def test_the_picture_is_written(tmp_path: Path) -> None:
    plot(CURVES, tmp_path / "active.png")
    assert (tmp_path / "active.png").read_bytes().startswith(b"\x89PNG")
