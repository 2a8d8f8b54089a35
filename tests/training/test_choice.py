"""What to label next: the doubtful, spread, and always the same."""

import numpy as np
import pytest

from training.choice import BREADTH, Pick, choose
from training.rival_choices import STRATEGIES

THRESHOLDS = [0.5, 0.3]


def bench(rows: int = 120) -> tuple[np.ndarray, np.ndarray]:
    """Rows ever surer of their first theme, in four heaps that lie far apart."""
    rng = np.random.default_rng(3)
    probabilities = np.stack([np.linspace(0.5, 0.99, rows), np.full(rows, 0.01)], axis=1)
    heaps = np.eye(4).repeat(2, axis=1)[np.arange(rows) % 4]
    return probabilities, heaps + rng.normal(0, 0.01, (rows, 8))


def test_only_the_most_doubtful_are_thought_of_and_they_come_in_order() -> None:
    probabilities, vectors = bench()
    picks = choose(probabilities, THRESHOLDS, vectors, 8)
    rows = [pick.row for pick in picks]
    assert rows == sorted(rows)
    assert max(rows) < BREADTH * 8
    assert len(set(rows)) == 8


def test_a_row_is_doubtful_beside_the_threshold_of_its_own_theme() -> None:
    probabilities = np.array([[0.01, 0.31], [0.4, 0.01], [0.01, 0.5]])
    picks = choose(probabilities, THRESHOLDS, np.eye(3), 3)
    assert [pick.row for pick in picks] == [0, 1, 2]
    assert picks[0].nearness == pytest.approx(np.log(0.31 / 0.69) - np.log(0.3 / 0.7))


def test_every_heap_gets_its_row_where_doubt_alone_would_stay_in_one() -> None:
    probabilities, vectors = bench()
    # The rows of the first heap are the most doubtful.
    order = np.argsort(np.arange(120) % 4, kind="stable")
    spread = choose(probabilities, THRESHOLDS, vectors[order], 40)
    assert {order[pick.row] % 4 for pick in spread} == {0, 1, 2, 3}
    assert {int(order[row]) % 4 for row in range(30)} == {0}


def test_a_row_stands_for_the_doubtful_rows_of_its_heap() -> None:
    probabilities, vectors = bench()
    picks = choose(probabilities, THRESHOLDS, vectors, 4)
    assert {pick.row % 4 for pick in picks} == {0, 1, 2, 3}
    assert [pick.alike for pick in picks] == [2, 2, 2, 2]


def test_the_same_rows_are_chosen_again() -> None:
    probabilities, vectors = bench()
    assert choose(probabilities, THRESHOLDS, vectors, 10) == choose(probabilities, THRESHOLDS, vectors, 10)


def test_fewer_rows_than_are_wanted_are_all_chosen() -> None:
    assert choose([[0.9, 0.01], [0.5, 0.01]], THRESHOLDS, np.eye(2), 5) == [
        Pick(1, 0.0, 0),
        Pick(0, pytest.approx(np.log(9)), 0),
    ]


@pytest.mark.filterwarnings("ignore:Number of distinct clusters")
def test_rows_that_are_all_alike_are_chosen_by_doubt() -> None:
    probabilities, _ = bench()
    picks = choose(probabilities, THRESHOLDS, np.ones((120, 8)), 5)
    assert len({pick.row for pick in picks}) == 5


@pytest.mark.parametrize("name", STRATEGIES)
def test_every_strategy_of_the_study_chooses_as_many_different_rows_as_are_wanted(name: str) -> None:
    probabilities, vectors = bench()
    rows = STRATEGIES[name](probabilities, vectors, 9, np.random.default_rng(1))
    assert len(set(rows.tolist())) == 9
