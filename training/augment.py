"""Swap what a label or a clause does not depend on: provinces, cities and numbers, alike in all given texts."""

import random
import re
from collections.abc import Sequence
from functools import cache
from importlib import resources

from bulletin.provinces import OFFICIAL_ORDER

_NUMBER = re.compile(r"(?<![\d.])\d+(?:\.\d+)?")
# Names whose digits or province are part of the name, not of the event.
_FIXED = re.compile(
    r"IPv\d|(?<!\d)\d\.0(?!\d)|[456]G|“[^”]{0,4}\d[^”]{0,4}”|(?<![\d.])(?:12377|863|985|211)(?![\d.])"
)


@cache
def cities() -> tuple[str, ...]:
    """Prefecture-level city names, without 市."""
    return tuple(resources.files("training").joinpath("cities.txt").read_text(encoding="utf-8").split())


@cache
def _place_pattern() -> re.Pattern[str]:
    names = sorted((*OFFICIAL_ORDER, *cities()), key=len, reverse=True)
    return re.compile("|".join(names))


def swapped(texts: Sequence[str], rng: random.Random, *, rate: float = 0.8) -> tuple[str, ...]:
    """`texts` with places and numbers replaced at random, each value by the same one wherever it stands.

    A value is replaced with probability `rate`. Numbers of three digits or more keep their count of digits, smaller
    ones stay small; provinces become provinces and cities cities, none used twice.
    """
    joined = "\n".join(texts)
    table = {**_places(joined, rng, rate), **_numbers(joined, rng, rate)}
    pattern = re.compile(rf"{_FIXED.pattern}|{_place_pattern().pattern}|{_NUMBER.pattern}")
    return tuple(pattern.sub(lambda match: table.get(match.group(), match.group()), text) for text in texts)


def _places(joined: str, rng: random.Random, rate: float) -> dict[str, str]:
    found = list(dict.fromkeys(_place_pattern().findall(joined)))
    table: dict[str, str] = {}
    for names in (OFFICIAL_ORDER, cities()):
        present = [name for name in found if name in names]
        fresh = rng.sample([name for name in names if name not in present], k=min(len(present), 60))
        table |= {old: new for old, new in zip(present, fresh, strict=False) if rng.random() < rate}
    return table


def _numbers(joined: str, rng: random.Random, rate: float) -> dict[str, str]:
    return {
        number: _another_number(number, rng)
        for number in dict.fromkeys(_NUMBER.findall(_FIXED.sub("\n", joined)))
        if rng.random() < rate
    }


def _another_number(number: str, rng: random.Random) -> str:
    if re.fullmatch(r"20[12]\d", number):
        return f"20{rng.randint(15, 26)}"
    if len(number) <= 2:
        # Days, months, counts of batches and sessions: stay small so that dates stay dates.
        return str(rng.randint(1, max(9, min(int(number) + 6, 28))))
    digits = [digit if not digit.isdigit() else str(rng.randint(0, 9)) for digit in number]
    digits[0] = str(rng.randint(1, 9))
    return "".join(digits)
