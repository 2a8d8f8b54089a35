"""Whether the deciding months are judged by what other months decided."""

from pathlib import Path

import numpy as np
import pytest

from bulletin import themes
from models.bundle import builtin, open_bundle
from training.corpus import LabelledItem, LabelledMonth
from training.decisions import FoldScores, decide
from training.retrain_card import Learnt, Origins, complete
from training.splits import Split
from training.steps import taxonomy_into

LABELS = themes.load().ids


def month(name: str, targets: np.ndarray) -> LabelledMonth:
    items = tuple(
        LabelledItem(
            f"{row}",
            tuple(label for label, on in zip(LABELS, due, strict=True) if on),
            "",
            "",
            f"{name}第{row}件" + "".join(label for label, on in zip(LABELS, due, strict=True) if on),
            "",
            None,
            "",
        )
        for row, due in enumerate(targets)
    )
    return LabelledMonth(name, "", name, "ab" * 32, items, (), ())


def learnt(deciding: int) -> Learnt:
    """Three months learnt from and `deciding` that decide, sixty items each."""
    rng = np.random.default_rng(5)
    targets = [(rng.random((60, len(LABELS))) < 0.3).astype(int) for _ in range(3 + deciding)]
    months = [month(f"20{20 + number}-01", own) for number, own in enumerate(targets)]
    due = np.concatenate(targets[3:])
    logits = 4.0 * due - 2 + rng.normal(0, 1.5, due.shape)
    scores = FoldScores(logits, logits + rng.normal(0, 1, due.shape), due)
    split = Split(train=tuple(months[:3]), held_out=tuple(months[3:]))
    return Learnt(split, scores, decide([scores]))


@pytest.mark.parametrize(
    ("deciding", "crossed", "said"),
    [
        (4, True, "每一期的校准和门槛只由其余几期来定"),
        (2, False, "校准和门槛就是在这几期上定的(月份或标注太少,不能分开定),所以这些数**偏乐观**"),
    ],
)
def test_months_that_are_enough_are_judged_each_by_the_others(
    deciding: int, crossed: bool, said: str, tmp_path: Path
) -> None:
    manifest = open_bundle(builtin()).manifest
    taxonomy_into(tmp_path)
    told = learnt(deciding)
    months = [*told.split.train, *told.split.held_out]
    found = complete(tmp_path, manifest, Origins("m-1", "base-1", None), months, told)
    figures = found.metrics["decision_months"]
    assert isinstance(figures, dict)
    assert (figures["crossed"], figures["items"]) == (crossed, 60 * deciding)
    card = (tmp_path / "README.md").read_text("utf-8")
    assert said in card
    assert "分类器由 base-1 重新训练;写作模型和规划沿用 m-1。" in card
    assert len(list((tmp_path / "card").glob("*.png"))) == 5
