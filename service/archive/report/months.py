"""Months as YYYY-MM: how far apart they lie, and which lie between."""

from calendar import monthrange
from collections.abc import Sequence
from datetime import date
from itertools import pairwise


def number(month: str) -> int:
    """Months since the year 0."""
    year, _, rest = month.partition("-")
    return int(year) * 12 + int(rest) - 1


def named(number: int) -> str:
    """The month of that number."""
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def between(months: Sequence[str]) -> list[str]:
    """The months between the first and the last of `months`, in order, that are not among them."""
    return [
        named(own) for before, after in pairwise(months) for own in range(number(before) + 1, number(after))
    ]


def days(month: str) -> tuple[date, date]:
    """The first and the last day of `month`."""
    year, own = divmod(number(month), 12)
    return date(year, own + 1, 1), date(year, own + 1, monthrange(year, own + 1)[1])
