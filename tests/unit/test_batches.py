"""Batches as the engines take them; what training asks of them is tested with training."""

import pytest

from models.batches import by_tokens


def test_no_rows_make_no_batches() -> None:
    assert by_tokens([], 100) == []


def test_a_batch_is_filled_to_its_budget_and_no_further() -> None:
    assert by_tokens([10] * 5, 20) == [[0, 1], [2, 3], [4]]
    assert by_tokens([10, 11], 20) == [[0], [1]]


def test_a_row_longer_than_the_budget_is_alone() -> None:
    assert by_tokens([5, 300, 5, 400], 100) == [[0, 2], [1], [3]]


@pytest.mark.parametrize("lengths", [[3, 3, 3, 3], [4, 3, 2, 1], [7, 1, 7, 1]])
def test_rows_of_a_length_keep_their_order(lengths: list[int]) -> None:
    (batch,) = by_tokens(lengths, 1000)
    assert batch == sorted(batch, key=lambda row: (lengths[row], row))
