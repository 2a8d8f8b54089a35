import random

from hypothesis import given
from hypothesis import strategies as st

from models.batches import by_tokens

LENGTHS = st.lists(st.integers(1, 200), max_size=60)


@given(LENGTHS, st.integers(1, 500), st.none() | st.integers())
def test_every_row_is_in_one_batch(lengths: list[int], budget: int, seed: int | None) -> None:
    batches = by_tokens(lengths, budget, None if seed is None else random.Random(seed))
    assert sorted(row for batch in batches for row in batch) == list(range(len(lengths)))


@given(LENGTHS, st.integers(1, 500), st.none() | st.integers())
def test_only_a_single_long_row_passes_the_budget(lengths: list[int], budget: int, seed: int | None) -> None:
    for batch in by_tokens(lengths, budget, None if seed is None else random.Random(seed)):
        assert len(batch) == 1 or len(batch) * max(lengths[row] for row in batch) <= budget


def test_without_shuffling_rows_go_from_short_to_long() -> None:
    assert by_tokens([30, 10, 20, 40], 60) == [[1, 2], [0], [3]]


def test_epochs_bring_other_company() -> None:
    lengths = [10] * 40
    assert by_tokens(lengths, 50, random.Random(1)) != by_tokens(lengths, 50, random.Random(2))
