import numpy as np
import pytest
from sklearn.metrics import f1_score

from models.bundle import Calibration
from training.metrics import (
    Spread,
    best_thresholds,
    calibrated,
    expected_calibration_error,
    fit_platt,
    macro_f1_spread,
    report,
    spread,
)

HALF = np.array([0.5, 0.5])


def test_a_report_counts_what_is_given_rightly() -> None:
    targets = np.array([[1, 0], [1, 0], [0, 1], [0, 0]])
    probabilities = np.array([[0.9, 0.1], [0.4, 0.1], [0.6, 0.7], [0.1, 0.2]])
    found = report(targets, probabilities, HALF)
    first, second = found.themes
    assert (first.precision, first.recall, first.f1, first.support) == (0.5, 0.5, 0.5, 2)
    assert (second.precision, second.recall, second.f1, second.support) == (1.0, 1.0, 1.0, 1)
    assert found.macro_f1 == 0.75


def test_a_probability_at_its_threshold_passes() -> None:
    assert report(np.array([[1]]), np.array([[0.5]]), np.array([0.5])).macro_f1 == 1.0


def test_every_item_may_have_its_own_threshold() -> None:
    targets, probabilities = np.array([[1], [1]]), np.array([[0.4], [0.6]])
    assert report(targets, probabilities, np.array([[0.3], [0.7]])).themes[0].recall == 0.5


def test_a_theme_that_nobody_has_scores_nothing() -> None:
    found = report(np.array([[1, 0]]), np.array([[0.9, 0.1]]), HALF)
    assert [theme.f1 for theme in found.themes] == [1.0, 0.0]


def test_honest_probabilities_have_no_calibration_error() -> None:
    targets = np.array([[1]] * 3 + [[0]] * 1 + [[0]] * 5)
    probabilities = np.array([[0.75]] * 4 + [[0.0]] * 5)
    assert expected_calibration_error(targets, probabilities) == pytest.approx(0)


def test_calibration_error_is_the_mean_gap_of_the_bins_by_their_size() -> None:
    # Two bins: four decisions at 0.9 of which two are true (gap 0.4), four at 0.1 of which none is (gap 0.1).
    targets = np.array([[1, 1], [0, 0], [0, 0], [0, 0]])
    probabilities = np.array([[0.9, 0.9], [0.9, 0.9], [0.1, 0.1], [0.1, 0.1]])
    assert expected_calibration_error(targets, probabilities) == pytest.approx((4 * 0.4 + 4 * 0.1) / 8)


def test_gaps_of_one_bin_cancel_and_of_two_do_not() -> None:
    targets, probabilities = np.array([[1], [0]]), np.array([[0.45], [0.55]])
    assert expected_calibration_error(targets, probabilities, bins=1) == pytest.approx(0)
    assert expected_calibration_error(targets, probabilities, bins=2) == pytest.approx(0.55)


def test_a_threshold_is_the_middle_of_the_widest_best_run() -> None:
    targets = np.array([[1], [1], [0], [0]])
    assert best_thresholds(targets, np.array([[0.9], [0.7], [0.3], [0.1]])).tolist() == [0.5025]


def test_a_threshold_stays_between_its_bounds() -> None:
    sure = np.array([[1], [0]])
    low, high = (best_thresholds(sure, np.array(p)) for p in ([[0.1], [0.05]], [[0.97], [0.95]]))
    assert (0.2 <= low <= 0.8).all()
    assert (0.2 <= high <= 0.8).all()


def test_thresholds_are_as_good_as_any_within_the_slack() -> None:
    rng = np.random.default_rng(5)
    targets = (rng.random((400, 2)) < 0.3).astype(int)
    probabilities = np.clip(0.25 + 0.4 * targets + rng.normal(0, 0.2, targets.shape), 0, 1)
    chosen = best_thresholds(targets, probabilities)
    for theme in range(2):
        truth, scores = targets[:, theme], probabilities[:, theme]
        best = max(f1_score(truth, scores >= t) for t in np.arange(0.2, 0.8025, 0.005))
        assert f1_score(truth, scores >= chosen[theme]) >= best - 0.001


def test_platt_scaling_finds_the_scale_and_shift_that_made_the_labels() -> None:
    rng = np.random.default_rng(5)
    logits = rng.normal(0, 2, (20_000, 2))
    targets = (rng.random(logits.shape) < 1 / (1 + np.exp(-(logits * [2.0, 0.5] + [-1.0, 0.25])))).astype(int)
    first, second = fit_platt(logits, targets)
    assert (first.scale, first.shift) == pytest.approx((2.0, -1.0), abs=0.1)
    assert (second.scale, second.shift) == pytest.approx((0.5, 0.25), abs=0.1)


def test_calibrated_probabilities_are_honest_where_logits_were_too_sure() -> None:
    rng = np.random.default_rng(5)
    logits = rng.normal(0, 2, (5000, 1))
    targets = (rng.random(logits.shape) < 1 / (1 + np.exp(-logits))).astype(int)
    raw = 1 / (1 + np.exp(-5 * logits))
    mended = calibrated(5 * logits, fit_platt(5 * logits, targets))
    assert expected_calibration_error(targets, raw) > 0.1
    assert expected_calibration_error(targets, mended) < 0.02


def test_calibration_is_a_sigmoid() -> None:
    found = calibrated(
        np.array([[0.0, 1.0]]), (Calibration(scale=3, shift=0), Calibration(scale=2, shift=-2))
    )
    assert found.tolist() == [[0.5, 0.5]]


def test_spread_is_mean_and_sample_deviation() -> None:
    assert spread([1.0, 2.0, 3.0]) == Spread(2.0, 1.0)
    assert spread([4.0]) == Spread(4.0, 0.0)


def test_months_that_agree_do_not_spread() -> None:
    targets, probabilities = np.array([[1], [0]] * 4), np.array([[0.9], [0.6]] * 4)
    found = macro_f1_spread(targets, probabilities, np.array([0.5]), ["a", "a", "b", "b", "c", "c", "d", "d"])
    assert found.mean == pytest.approx(2 / 3)
    assert found.deviation == pytest.approx(0)


def test_months_that_differ_spread_round_the_figure_of_all() -> None:
    rng = np.random.default_rng(5)
    months = [f"{index // 20}" for index in range(400)]
    targets = (rng.random((400, 2)) < 0.4).astype(int)
    noise = np.repeat(rng.uniform(0.1, 0.5, 20), 20)[:, None]
    probabilities = np.where(rng.random((400, 2)) < noise, 1 - targets, targets).astype(float)
    found = macro_f1_spread(targets, probabilities, HALF, months)
    assert found.mean == pytest.approx(report(targets, probabilities, HALF).macro_f1, abs=0.01)
    assert 0.01 < found.deviation < 0.1
    assert found == macro_f1_spread(targets, probabilities, HALF, months)
