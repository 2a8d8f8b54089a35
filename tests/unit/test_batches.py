"""Batches as the engines take them; what training asks of them is tested with training."""

import pytest

from models.batches import by_tokens, for_workers


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


def test_each_worker_gets_as_many_batches_of_about_as_many_tokens() -> None:
    lengths = [90, 60, 120, 80, 100, 70, 110, 90, 85, 95, 105, 75, 90, 90, 90, 90]
    batches = for_workers(lengths, 512, 2)
    assert sorted(index for batch in batches for index in batch) == list(range(16))
    tokens = [sum(lengths[index] for index in batch) for batch in batches]
    assert len(batches) == 4
    assert max(tokens) - min(tokens) <= max(lengths)
    assert [lengths[index] for batch in batches for index in batch] == sorted(lengths)


def test_a_few_rows_are_shared_out_and_one_is_a_batch() -> None:
    assert for_workers([50, 50], 512, 2) == [[0], [1]]
    assert for_workers([300], 512, 2) == [[0]]
    assert for_workers([600, 600, 600], 512, 1) == [[0], [1], [2]]
    assert for_workers([], 512, 2) == []


def test_a_long_row_does_not_pad_many_short_ones() -> None:
    lengths = [5] * 22 + [400]
    batches = for_workers(lengths, 512, 1)
    assert max(len(batch) * max(lengths[index] for index in batch) for batch in batches) <= 2 * 512
    assert sorted(index for batch in batches for index in batch) == list(range(23))


@pytest.mark.parametrize("count", [1, 7, 100])
def test_no_batch_is_more_than_a_row_over_the_budget(count: int) -> None:
    lengths = [(31 * number) % 97 + 1 for number in range(count)]
    for batch in for_workers(lengths, 128, 3):
        assert sum(lengths[index] for index in batch) <= 128 + max(lengths)
