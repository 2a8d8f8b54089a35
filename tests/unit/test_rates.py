"""Token buckets, by a clock that the test sets."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from service.access.network import client_network
from service.access.rates import MOST_BUCKETS, Buckets, Rates
from service.access.shared_rates import SharedRates


class Clock:
    """A clock that stands still unless it is told."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


Make = Callable[[Clock], Buckets]


@pytest.fixture(params=["alone", "shared"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    if request.param == "alone":
        return Rates
    return lambda clock: SharedRates(tmp_path, clock)


def test_a_full_bucket_is_a_minutes_worth_and_fills_at_that_pace(make: Make) -> None:
    clock = Clock()
    rates = make(clock)
    assert [rates.wait_s("甲", 60) for _ in range(61)] == [0] * 60 + [1]
    clock.now += 0.75
    assert rates.wait_s("甲", 60) == 0.25
    clock.now += 0.25
    assert [rates.wait_s("甲", 60), rates.wait_s("甲", 60)] == [0, 1]
    clock.now += 3600
    assert [rates.wait_s("甲", 60) for _ in range(61)] == [0] * 60 + [1]


def test_each_name_has_a_bucket_of_its_own(make: Make) -> None:
    rates = make(Clock())
    assert [rates.wait_s(name, 1) for name in ("甲", "乙", "甲")] == [0, 0, 60]


def test_each_name_may_have_a_rate_of_its_own(make: Make) -> None:
    rates = make(Clock())
    assert [rates.wait_s("甲", 1), rates.wait_s("乙", 2), rates.wait_s("乙", 2)] == [0, 0, 0]
    assert [rates.wait_s("甲", 1), rates.wait_s("乙", 2)] == [60, 30]


def test_a_rate_that_is_changed_holds_from_then_on(make: Make) -> None:
    clock = Clock()
    rates = make(clock)
    assert [rates.wait_s("甲", 1), rates.wait_s("甲", 1)] == [0, 60]
    clock.now += 1
    assert [rates.wait_s("甲", 120) for _ in range(3)] == [0, 0, 0.5]
    clock.now += 60
    assert [rates.wait_s("甲", 2) for _ in range(3)] == [0, 0, 30]


def test_no_rate_lets_everything_pass(make: Make) -> None:
    rates = make(Clock())
    assert {rates.wait_s("甲", 0) for _ in range(1000)} == {0}


def test_the_bucket_not_asked_for_longest_is_forgotten() -> None:
    rates = Rates(Clock())
    for name in ("甲", "乙", "甲", *(str(number) for number in range(MOST_BUCKETS - 1))):
        rates.wait_s(name, 1)
    assert rates.wait_s("甲", 1) == 60
    assert rates.wait_s("乙", 1) == 0


def test_processes_take_from_the_same_bucket(tmp_path: Path) -> None:
    clock = Clock()
    one, other = SharedRates(tmp_path, clock), SharedRates(tmp_path, clock)
    assert [rates.wait_s("甲", 2) for rates in (one, other, one, other)] == [0, 0, 30, 30]
    clock.now += 3600  # what was not asked for long is forgotten, and begins anew
    assert other.wait_s("乙", 2) == 0
    assert [rates.wait_s("甲", 2) for rates in (one, other, one)] == [0, 0, 30]


def test_a_process_counts_alone_where_the_database_fails(tmp_path: Path) -> None:
    rates = SharedRates(tmp_path, Clock())
    with sqlite3.connect(tmp_path / "rates.sqlite") as database:
        database.execute("DROP TABLE buckets")
    assert [rates.wait_s("甲", 2) for _ in range(3)] == [0, 0, 30]


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
    ],
)
def test_an_ipv6_client_is_its_network(address: str, counted: str) -> None:
    assert client_network(address) == counted
