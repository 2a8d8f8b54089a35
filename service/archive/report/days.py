"""On which days something may have happened that an item tells."""

from dataclasses import dataclass
from datetime import date

from bulletin.dates import Period, find_dates
from service.archive.report import months


@dataclass(frozen=True, slots=True)
class Days:
    """From `first` to `last`, both counted. `told` if the item says so, else no more is known than the month."""

    first: date
    last: date
    told: bool


def told(plain: str, at: int, month: str) -> Days:
    """The days that `plain`, an item of `month`, tells of what stands at `at`: the last date with a day before it.

    A date without a year is the last such day up to the month's end. A date with a bound (10日前) tells no day.
    """
    found = (_days(period, month) for period in reversed(find_dates(plain)) if period.end <= at)
    known = next((days for days in found if days is not None), None)
    return known or Days(*months.days(month), told=False)


def _days(period: Period, month: str) -> Days | None:
    """The days of `period`; None for a date without a day, one that no calendar has, or one after the month."""
    if period.day is None or period.month is None or period.bound:
        return None
    end = months.days(month)[1]
    year = period.year or (end.year if period.month <= end.month else end.year - 1)
    try:
        first = date(year, period.month, period.day)
        last = date(period.year2 or year, period.month2 or first.month, period.day2 or first.day)
    except ValueError:
        return None
    return Days(first, last, told=True) if first <= last <= end else None


@dataclass(frozen=True, slots=True)
class Lag:
    """How many days lie from one thing to another: at least and at most; and from month to month of the bulletins."""

    least: int
    most: int
    months: int

    @property
    def exact(self) -> bool:
        """Are both days known?"""
        return self.least == self.most


def lag(one: Days, one_month: str, other: Days, other_month: str) -> Lag:
    """From `one`, told in the bulletin of `one_month`, to `other`."""
    return Lag(
        (other.first - one.last).days,
        (other.last - one.first).days,
        months.number(other_month) - months.number(one_month),
    )
