"""Numbers told month after month, aligned by what they count."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Final

from bulletin.quantities import Hedge
from service.archive.report.counted import RATES, Counted, counted
from service.archive.report.data import Number, Place

# With two months there is a change and no series yet.
LEAST_MONTHS: Final = 3
# A name that is the end of another is its short form from so many characters on: 体系已接入各级上线平台.
_LEAST_TAIL: Final = 6

_Months = dict[str, list[Number]]


@dataclass(frozen=True, slots=True)
class Value:
    """What a series says of a month, in whose words and where.

    `change` is what came to the value told before it, None for the first; `fell` flags a total that is below one told
    earlier, even where both are taken as their hedges allow.
    """

    month: str
    value: Decimal
    text: str
    hedge: str
    place: Place
    change: Decimal | None
    growth: float | None
    fell: bool


@dataclass(frozen=True, slots=True)
class Series:
    """A count over months, oldest first."""

    counted: Counted
    values: tuple[Value, ...]

    @property
    def fell(self) -> bool:
        """Did a total of it fall?"""
        return any(value.fell for value in self.values)


@dataclass(frozen=True, slots=True)
class Found:
    """The series, those with a fall first, then those of most months.

    `unclear` numbers were left out: a month told several under one key.
    """

    series: tuple[Series, ...]
    unclear: int


def find(numbers: Sequence[Number]) -> Found:
    """The series of LEAST_MONTHS months or more in `numbers`. Ranges (3-5个) are in none."""
    by_key: dict[Counted, _Months] = defaultdict(lambda: defaultdict(list))
    for number in numbers:
        key = counted(number)
        if key is not None and number.upper is None and number.place.month is not None:
            by_key[key][number.place.month].append(number)
    found, unclear = [], 0
    for key, months in _joined(by_key).items():
        clear = [own[0] for _, own in sorted(months.items()) if len({one.value for one in own}) == 1]
        unclear += sum(len(own) for own in months.values() if len({one.value for one in own}) > 1)
        if len(clear) >= LEAST_MONTHS:
            found.append(Series(key, _values(clear, total=key.total)))
    order = sorted(
        found, key=lambda one: (not one.fell, -len(one.values), one.counted.where, one.counted.name())
    )
    return Found(tuple(order), unclear)


def _joined(by_key: Mapping[Counted, _Months]) -> dict[Counted, _Months]:
    """`by_key` with short names under the one longer name that ends with them, where no month has both."""
    groups: dict[tuple[object, ...], dict[Counted, _Months]] = defaultdict(dict)
    for key in sorted(by_key, key=lambda key: -len(key.what)):
        group = groups[key.where, key.unit, key.after, key.span, key.total]
        hosts = [
            host
            for host, months in group.items()
            if len(key.what) >= _LEAST_TAIL
            and host.what.endswith(key.what)
            and not months.keys() & by_key[key].keys()
        ]
        if len(hosts) == 1:
            group[hosts[0]] = group[hosts[0]] | by_key[key]
        else:
            group[key] = dict(by_key[key])
    return {key: months for group in groups.values() for key, months in group.items()}


def _values(numbers: Sequence[Number], *, total: bool) -> tuple[Value, ...]:
    """The values of a series, oldest first."""
    values = [_value(numbers[0], None, fell=False)]
    told = _bounds(numbers[0])[0]
    for before, number in pairwise(numbers):
        least, most = _bounds(number)
        values.append(_value(number, before, fell=total and most < told))
        told = max(told, least)
    return tuple(values)


def _value(number: Number, before: Number | None, *, fell: bool) -> Value:
    """What `number` says after `before`."""
    return Value(
        month=number.place.month or "",
        value=number.value,
        text=number.text,
        hedge=number.hedge,
        place=number.place,
        change=None if before is None else number.value - before.value,
        growth=None if before is None else growth(before.value, number.value, number.unit),
        fell=fell,
    )


def growth(before: Decimal, after: Decimal, unit: str) -> float | None:
    """By how much of itself a count grew; None for rates, whose change is told in points, and from nothing."""
    return None if unit in RATES or not before else float(after / before) - 1


def _bounds(number: Number) -> tuple[Decimal, Decimal]:
    """Between which values the number can be: 近1亿 is more than nine tenths of it, 超2600 less than 2700."""
    value = number.value
    match Hedge(number.hedge):
        case Hedge.EXACT:
            return value, value
        case Hedge.ABOVE | Hedge.AT_LEAST:
            return value, value + _last_digit(value)
        case Hedge.ABOUT:
            return value * Decimal("0.95"), value * Decimal("1.05")
        case _:
            return value * Decimal("0.9"), value


def _last_digit(value: Decimal) -> Decimal:
    """One unit of the last digit that is not zero: 100 for 2600."""
    exponent = value.normalize().as_tuple().exponent
    return Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0)
