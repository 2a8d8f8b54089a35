"""Figures, pictures and words of decisions on unseen items."""

from pathlib import Path

import numpy as np

from training import scorecard
from training.decisions import FoldScores, Judged, cross_fitted
from training.metrics import report
from training.plots import Point
from training.scorecard import Scorecard, exchanged

LABELS = ("training", "resources")
NAMES = {"training": "培训", "resources": "资源"}
# The first item is right and sure, the second exchanges the themes, the third misses one, the last gives one too many.
TARGETS = np.array([[1, 0], [1, 0], [1, 1], [0, 0]])
PROBABILITIES = np.array([[0.99, 0.01], [0.4, 0.6], [0.9, 0.3], [0.1, 0.8]])
CARD = Scorecard(LABELS, Judged(TARGETS, PROBABILITIES, np.full((4, 2), 0.5)), margin=0.5)
CURVE = (Point(0.5, 10, 0.7), Point(1.0, 20, 0.8))


def test_exchanged_themes_are_counted_by_due_and_given() -> None:
    assert exchanged(CARD.given, CARD.due).tolist() == [
        [2, 1, 0],  # training: rightly on two, resources in its place on one
        [0, 0, 1],  # resources: missed on one, nothing else given
        [0, 1, 0],  # nothing missed, resources given
    ]


def test_figures_are_those_of_the_decisions() -> None:
    assert scorecard.figures(CARD) == {
        "items": 4,
        "macro_f1": 0.4,
        "expected_calibration_error": 0.365,
        "review_share": 0.25,
        "error_inside": 1.0,
        "error_outside": 0.6667,
        "selective_f1": 0.5,
        "themes": {"training": [1.0, 0.6667, 0.8], "resources": [0.0, 0.0, 0.0]},
    }


def test_every_picture_is_drawn_and_named(tmp_path: Path) -> None:
    files = scorecard.draw(CARD, CURVE, NAMES, tmp_path / "card")
    assert sorted(path.name for path in (tmp_path / "card").iterdir()) == sorted(files)
    assert files == ["themes.png", "reliability.png", "pairs.png", "risk-coverage.png", "learning-curve.png"]
    assert scorecard.picture_lines(files[:1], "card/") == [
        "![各主题的精确率、召回率和 F1](card/themes.png)\n\n各主题的精确率、召回率和 F1。"
    ]


def test_one_point_is_no_curve(tmp_path: Path) -> None:
    assert "learning-curve.png" not in scorecard.draw(CARD, CURVE[:1], NAMES, tmp_path)
    assert not (tmp_path / "learning-curve.png").exists()


def test_the_words_have_a_row_a_theme_and_what_review_is_worth() -> None:
    lines = scorecard.figure_lines(CARD, NAMES)
    assert lines[2:4] == [
        "| 培训 `training` | 3 | 1.000 | 0.667 | 0.800 |",
        "| 资源 `resources` | 1 | 0.000 | 0.000 | 0.000 |",
    ]
    assert lines[-1] == (
        "共 4 件,宏平均 F1 0.400,校准误差 0.365。待核 25.0%:其中判错 100.0%,其余判错 66.7%;不待核的宏平均 F1 "
        "0.500。模型只判最有把握的一部分时判错的比例:100% 为 75.0%、95% 为 75.0%、90% 为 75.0%、80% 为 66.7%、"
        "50% 为 50.0%。"
    )


def test_a_cross_validation_is_judged_by_the_decisions_of_the_other_folds() -> None:
    rng = np.random.default_rng(5)
    folds = []
    for _ in range(3):
        targets = (rng.random((60, 2)) < 0.4).astype(int)
        logits = 4.0 * targets - 2 + rng.normal(0, 1.5, targets.shape)
        folds.append(FoldScores(logits, logits + rng.normal(0, 1, targets.shape), targets))
    card = scorecard.of_folds(folds, LABELS)
    parts = cross_fitted(folds)
    assert len(card.due) == 180
    assert (
        card.report.themes[0]
        == (
            report(
                np.concatenate([one.targets for one in parts]),
                np.concatenate([one.probabilities for one in parts]),
                np.concatenate([one.thresholds for one in parts]),
            ).themes[0]
        )
    )
    assert 0.05 < card.review_share < 0.2
