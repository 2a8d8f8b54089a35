"""Wrong labels come out on top."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from bulletin import themes as taxonomy
from tests.training import tiny
from training import doubt
from training.corpus import LabelledMonth
from training.doubt_study import page, planted

LABELS = taxonomy.load().ids


@pytest.fixture(scope="module")
def few(months: Sequence[LabelledMonth]) -> list[LabelledMonth]:
    return [tiny.small(month, 40) for month in months if month.month][:12]


def test_a_planted_error_is_among_the_first(few: list[LabelledMonth]) -> None:
    item = next(item for item in few[3].items if item.themes == ("training",))
    items = tuple(replace(one, themes=()) if one is item else one for one in few[3].items)
    found = doubt.doubts([*few[:3], replace(few[3], items=items), *few[4:]], LABELS)
    assert len(found) == sum(len(month.items) for month in few)
    place = next(n for n, one in enumerate(found) if (one.month, one.item.id) == (few[3].name, item.id))
    assert place < 5
    assert found[place].theme == "training"
    assert found[place].flagged
    assert found[place].probabilities["training"] > 0.5


def test_flagged_labels_stand_before_all_others() -> None:
    rng = np.random.default_rng(2)
    due = (rng.random((60, 2)) < 0.5).astype(float)
    probabilities = np.where(due > 0, 0.9, 0.1)
    due[7, 1], due[9, 0] = 1 - due[7, 1], 1 - due[9, 0]
    scores = doubt.label_scores(due, probabilities)
    assert {(int(row), int(theme)) for row, theme in np.argwhere(scores < 1)} == {(7, 1), (9, 0)}
    assert set(scores.min(axis=1).argsort()[:2].tolist()) == {7, 9}


def test_planting_changes_one_theme_of_some_items(months: Sequence[LabelledMonth]) -> None:
    changed, wrong = planted(months, LABELS, 0.05, seed=1)
    before = {(month.name, item.id): set(item.themes) for month in months for item in month.items}
    after = {(month.name, item.id): set(item.themes) for month in changed for item in month.items}
    assert {key for key in before if before[key] != after[key]} == wrong
    assert {len(before[key] ^ after[key]) for key in wrong} == {1}
    dated = sum(len(month.items) for month in months if month.month)
    assert len(wrong) == round(0.05 * dated)


def test_the_page_has_a_row_a_ranking() -> None:
    text = page({"甲": np.array([[0.8, 0.9], [0.9, 1.0]]), "乙": np.array([[0.5, 0.5], [0.5, 0.5]])})
    assert "| 甲 | 0.850 ± 0.071 | 0.950 ± 0.071 |" in text
    assert "| 乙 | 0.500 ± 0.000 | 0.500 ± 0.000 |" in text
