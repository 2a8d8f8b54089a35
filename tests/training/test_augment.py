import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulletin.provinces import OFFICIAL_ORDER
from training.augment import cities, swapped

TEXT = "浙江杭州9月15日召开网络安全培训会,共计1280人参加,浙江各市开展应急演练36次。"
PLACES = re.compile("|".join(sorted((*OFFICIAL_ORDER, *cities()), key=len, reverse=True)))
NUMBERS = re.compile(r"\d+(?:\.\d+)?")


def words(text: str) -> str:
    """What is left without places and numbers."""
    return NUMBERS.sub("#", PLACES.sub("@", text))


@given(st.integers())
def test_words_that_carry_the_label_stay(seed: int) -> None:
    (changed,) = swapped([TEXT], random.Random(seed), rate=1)
    assert words(changed) == words(TEXT)


@given(st.integers())
def test_places_become_places_of_their_kind(seed: int) -> None:
    (changed,) = swapped([TEXT], random.Random(seed), rate=1)
    province, city, again = PLACES.findall(changed)
    assert province in OFFICIAL_ORDER
    assert city in cities()
    assert again == province


@given(st.integers())
def test_a_value_is_replaced_alike_in_all_texts(seed: int) -> None:
    item, brief = swapped([TEXT, "浙江1280人参加培训"], random.Random(seed))
    assert NUMBERS.findall(brief)[0] in NUMBERS.findall(item)
    assert PLACES.findall(brief)[0] == PLACES.findall(item)[0]


@given(st.integers())
def test_two_provinces_never_become_one(seed: int) -> None:
    (changed,) = swapped(["、".join(OFFICIAL_ORDER[:12])], random.Random(seed))
    assert len(set(changed.split("、"))) == 12


@given(st.integers())
def test_the_corps_is_not_taken_for_its_region(seed: int) -> None:
    (changed,) = swapped(["新疆生产建设兵团开展培训"], random.Random(seed), rate=1)
    assert "生产建设兵团" not in changed


@pytest.mark.parametrize("name", ["IPv6", "5G", "“211工程”", "“5A”"])
@given(seed=st.integers())
def test_digits_that_are_part_of_a_name_stay(name: str, seed: int) -> None:
    (changed,) = swapped([f"推进{name}建设36项"], random.Random(seed), rate=1)
    assert changed.startswith(f"推进{name}建设")


@pytest.mark.parametrize("name", ["2.0", "12377", "863", "985", "211"])
def test_names_made_of_digits_stay(name: str) -> None:
    assert {swapped([f"推进{name}建设"], random.Random(seed), rate=1) for seed in range(30)} == {
        (f"推进{name}建设",)
    }


@given(st.integers())
def test_long_numbers_keep_their_count_of_digits(seed: int) -> None:
    (changed,) = swapped(["共12345人、1.75万门"], random.Random(seed), rate=1)
    assert re.fullmatch(r"共[1-9]\d{4}人、[1-9]\.\d\d万门", changed)


@given(st.integers())
def test_years_stay_years_and_days_stay_days(seed: int) -> None:
    (changed,) = swapped(["2020年12月28日"], random.Random(seed), rate=1)
    year, _, day = map(int, NUMBERS.findall(changed))
    assert 2015 <= year <= 2026
    assert 1 <= day <= 28


def test_a_seed_gives_the_same_swap_again() -> None:
    assert swapped([TEXT], random.Random(3)) == swapped([TEXT], random.Random(3))


def test_a_rate_of_zero_changes_nothing() -> None:
    assert swapped([TEXT], random.Random(3), rate=0) == (TEXT,)
