"""How near an item is to being labelled otherwise."""

import numpy as np
import pytest

from models.classifier import nearness

THRESHOLDS = (0.35, 0.5)


def test_at_a_threshold_nothing_is_nearer() -> None:
    assert nearness(np.array([0.35, 0.01]), THRESHOLDS) == pytest.approx(0)


def test_the_nearest_theme_counts() -> None:
    rows = np.array([[0.01, 0.6], [0.3, 0.99]])
    assert nearness(rows, THRESHOLDS) == pytest.approx(
        [np.log(0.6 / 0.4), np.log(0.35 / 0.65) - np.log(0.3 / 0.7)]
    )


def test_a_sure_no_is_farther_off_than_a_doubtful_one() -> None:
    sure, doubtful = nearness(np.array([[0.001, 0.001], [0.1, 0.001]]), THRESHOLDS)
    assert sure > doubtful + 3


def test_certainty_is_far_but_finite() -> None:
    assert np.isfinite(nearness(np.array([[0.0, 1.0], [1.0, 0.0]]), THRESHOLDS)).all()
