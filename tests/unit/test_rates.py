"""Token buckets, by a clock that the test sets."""

import pytest

from service.access.network import client_network
from service.access.rates import MOST_BUCKETS, Rates


class Clock:
    """A clock that stands still unless it is told."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_full_bucket_is_a_minutes_worth_and_fills_at_that_pace() -> None:
    clock = Clock()
    rates = Rates(60, clock)
    assert [rates.wait_s("甲") for _ in range(61)] == [0] * 60 + [1]
    clock.now += 0.75
    assert rates.wait_s("甲") == 0.25
    clock.now += 0.25
    assert [rates.wait_s("甲"), rates.wait_s("甲")] == [0, 1]
    clock.now += 3600
    assert [rates.wait_s("甲") for _ in range(61)] == [0] * 60 + [1]


def test_each_name_has_a_bucket_of_its_own() -> None:
    rates = Rates(1, Clock())
    assert [rates.wait_s(name) for name in ("甲", "乙", "甲")] == [0, 0, 60]


def test_no_rate_lets_everything_pass() -> None:
    rates = Rates(0, Clock())
    assert {rates.wait_s("甲") for _ in range(1000)} == {0}


def test_the_bucket_not_asked_for_longest_is_forgotten() -> None:
    rates = Rates(1, Clock())
    for name in ("甲", "乙", "甲", *(str(number) for number in range(MOST_BUCKETS - 1))):
        rates.wait_s(name)
    assert rates.wait_s("甲") == 60
    assert rates.wait_s("乙") == 0


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
