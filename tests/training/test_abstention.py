"""What leaving the items under review to a person is worth."""

import numpy as np
import pytest

from training.abstention import abstention, risk_by_coverage

DUE = np.array([[1, 0], [1, 0], [0, 1], [0, 1], [0, 0]], bool)
GIVEN = np.array([[1, 0], [0, 1], [0, 1], [0, 1], [0, 1]], bool)
NEARNESS = np.array([3.0, 0.1, 2.0, 4.0, 1.0])


def test_errors_are_told_inside_and_outside_the_review_mark() -> None:
    found = abstention(DUE, GIVEN, NEARNESS, margin=0.5)
    assert (found.error_inside, found.error_outside) == (1.0, 0.25)


def test_what_is_kept_is_judged_over_the_themes_that_are_there() -> None:
    # Under 1.5 the wrong second and last items go to a person.
    assert abstention(DUE, GIVEN, NEARNESS, margin=1.5).selective_f1 == 1.0
    # Without the second: theme 0 is right, theme 1 given three times for two.
    assert abstention(DUE, GIVEN, NEARNESS, margin=0.5).selective_f1 == pytest.approx((1 + 0.8) / 2)


def test_where_all_or_none_are_under_review_there_is_no_figure_of_the_other_side() -> None:
    all_of_them = abstention(DUE, GIVEN, NEARNESS, margin=9.0)
    assert (all_of_them.error_inside, all_of_them.error_outside, all_of_them.selective_f1) == (
        0.4,
        None,
        None,
    )
    none = abstention(DUE, GIVEN, NEARNESS, margin=0.0)
    assert (none.error_inside, none.error_outside) == (None, 0.4)


def test_risk_falls_as_the_doubtful_are_left_out() -> None:
    wrong = (DUE != GIVEN).any(axis=1)
    assert risk_by_coverage(wrong, NEARNESS).tolist() == [0.0, 0.0, 0.0, 0.25, 0.4]
    # 100%, 95%, 90%, 80% and 50% of five items.
    assert abstention(DUE, GIVEN, NEARNESS, margin=0.5).risks == (0.4, 0.4, 0.25, 0.25, 0.0)
