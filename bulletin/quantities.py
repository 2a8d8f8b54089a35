"""Numbers with their units and hedges, and whether one number says no more than another.

10397万个 supports 突破1亿个, because the first lies in what the second claims; 近1亿个 it does not, because
that claims less than 1亿. A claim without a hedge needs the same value without a hedge.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Final

from bulletin import counters, numerals
from bulletin.scan import leftmost


class Hedge(Enum):
    """How a number is meant."""

    EXACT = "exact"
    BELOW = "近"
    ABOVE = "超"
    ABOUT = "约"
    AT_LEAST = "不少于"
    AT_MOST = "不超过"
    UNDER = "不足"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number in a text: `text[start:end]`, hedge and unit included.

    `unit` is canonical (名 and 位 are 人; 成 is %, with the value times ten), "" when the word after the
    number is no known counter. `upper` is the other end of a range (3-5个). `ordinal` holds for 第三届 and
    首批. `literal` holds for figures that are names (5G, IPv6, 7×24): only the same characters support them.
    """

    text: str
    start: int
    end: int
    value: Decimal
    unit: str
    hedge: Hedge = Hedge.EXACT
    upper: Decimal | None = None
    ordinal: bool = False
    literal: bool = False


_HEDGES: Final = {
    Hedge.BELOW: ("接近", "将近", "近"),
    Hedge.ABOVE: ("超过", "突破", "高于", "超", "逾"),
    Hedge.ABOUT: ("大约", "约"),
    Hedge.AT_LEAST: ("不少于", "不低于", "至少", "最低"),
    Hedge.AT_MOST: ("不超过", "不高于", "不多于", "至多", "最多", "最高"),
    Hedge.UNDER: ("不足", "不到", "低于", "少于"),
}
_HEDGE_OF: Final = {word: hedge for hedge, words in _HEDGES.items() for word in words}
_SUFFIX_HEDGES: Final = {
    "余": Hedge.ABOVE, "多": Hedge.ABOVE, "以上": Hedge.ABOVE,
    "左右": Hedge.ABOUT, "上下": Hedge.ABOUT,
    "以内": Hedge.AT_MOST, "以下": Hedge.AT_MOST,
}  # fmt: skip

# A run of figures longer than any number is taken in pieces, or it would be tried whole from each of its figures.
_RUN: Final = r"\d{1,24}"
_DIGITS: Final = rf"(?:(?<![\w.])\d{{1,3}}(?:,\d{{3}})+(?![\d.])|{_RUN}(?:\.{_RUN})?)"
_CHINESE: Final = r"[零〇一二三四五六七八九十百千万亿两]{1,24}"
_WORDS_BEFORE: Final = "|".join(sorted(_HEDGE_OF.keys() - {"近", "约"}, key=lambda word: (-len(word), word)))
_HEDGE: Final = rf"(?P<hedge>(?<![最附临邻])近|(?<![节契预制大])约|{_WORDS_BEFORE})?"
_UNIT: Final = f"(?P<unit>{counters.AFTER_DIGITS})"
_CHINESE_UNIT: Final = f"(?P<unit>{counters.AFTER_CHINESE})"
_MULTIPLIERS: Final = r"(?P<multipliers>[十百千万亿]{0,2})"
_AFTER: Final = r"(?P<after>以上|以下|以内|左右|上下|多(?![媒种样校地元方]))?"

# Figures that are names or ratios: 7×24, 9.1:1, IPv6, 5G, 工程2.0, HTML5 (but APP40款 is a count).
_LITERAL: Final = (
    rf"{_RUN}(?:\.{_RUN})?(?:[×:/*]\d+(?:\.\d+)?)+|IPv\d|\d\.0(?![\d%万亿千百])"
    rf"|{_RUN}(?:\.{_RUN})?(?!M(?![A-Za-z]))[A-Za-z]+"
    rf"|(?<![A-Za-z])[A-Za-z]+\d+(?:\.\d+)?(?![\d.]|{counters.AFTER_DIGITS})"
)
_FIRST: Final = r"首(?P<unit>批|届|次|期|轮|讲|季|周|日|月|个|家|例|套|款|年|所|项|场|门|部)"
_RANGE_END: Final = rf"(?:[-~至](?P<upper>{_DIGITS})(?P<upper_multipliers>[十百千万亿]{{0,2}}))?"

_PATTERNS: Final = (
    ("literal", re.compile(_LITERAL)),
    ("ordinal", re.compile(rf"第(?P<number>\d+|{_CHINESE})(?!方){_UNIT}?")),
    ("first", re.compile(_FIRST)),
    ("percent", re.compile(rf"{_HEDGE}百分之(?P<number>{_CHINESE})(?P<unit>)")),
    (
        "digits",
        re.compile(
            rf"{_HEDGE}(?P<number>{_DIGITS})(?P<more>[余多])?{_MULTIPLIERS}{_RANGE_END}(?P<more2>[余多])?{_UNIT}?{_AFTER}"
        ),
    ),
    (
        "chinese",
        re.compile(rf"{_HEDGE}(?<![第统])(?P<number>{_CHINESE})(?P<more>[余多])?{_CHINESE_UNIT}{_AFTER}"),
    ),
)
_KINDS: Final = {pattern: kind for kind, pattern in _PATTERNS}


def _hedge(match: re.Match[str]) -> Hedge:
    """The hedge before or after the number; a suffix (1500余人) is looked at first."""
    found = match.groupdict()
    for name in ("more", "more2", "after"):
        if word := found.get(name):
            return _SUFFIX_HEDGES[word]
    return _HEDGE_OF[found["hedge"]] if found.get("hedge") else Hedge.EXACT


def _quantity(kind: str, match: re.Match[str]) -> Quantity | None:
    text, start, end = match.group(), match.start(), match.end()
    if kind == "literal":
        return Quantity(text, start, end, Decimal(0), "", literal=True)
    found = match.groupdict()
    unit = "%" if kind == "percent" else counters.canonical(found.get("unit") or "")
    if kind == "first":
        return Quantity(text, start, end, Decimal(1), unit, ordinal=True)
    number = numerals.value(found["number"], found.get("multipliers") or "")
    if kind == "ordinal":
        return Quantity(text, start, end, number, unit, ordinal=True)
    if kind == "chinese" and found["number"] == "一":
        return None  # 一批, 一次: an article, not a count
    scale = 10 if found.get("unit") == "成" else 1
    upper = None
    if found.get("upper"):
        upper = scale * numerals.value(found["upper"], found["upper_multipliers"])
        if found["upper_multipliers"] and not found["multipliers"]:
            number = numerals.value(found["number"], found["upper_multipliers"])  # 3-5万 is 3万 to 5万
    return Quantity(text, start, end, number * scale, unit, _hedge(match), upper)


def find_quantities(text: str) -> tuple[Quantity, ...]:
    """Every number of half-width `text`, in order, never overlapping. The caller blanks dates out first."""
    matches = leftmost(tuple(_KINDS), text)
    return tuple(quantity for match in matches if (quantity := _quantity(_KINDS[match.re], match)))


def _step(value: Decimal) -> Decimal:
    """One unit of the last digit that is not zero: 100 for 2600, 0.1 for 7.1."""
    exponent = value.normalize().as_tuple().exponent
    return Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0)


def _exact_supports(claim: Quantity, value: Decimal) -> bool:
    """Whether the exact `value` lies in what the hedged `claim` says."""
    stated, step = claim.value, _step(claim.value)
    match claim.hedge:
        case Hedge.EXACT:
            return value == stated
        case Hedge.ABOVE:
            return stated <= value < stated + step
        case Hedge.BELOW | Hedge.UNDER:
            return stated - step < value < stated and value >= stated * Decimal("0.9")
        case Hedge.ABOUT:
            return abs(value - stated) <= stated * Decimal("0.05")
        case Hedge.AT_LEAST:
            return stated <= value < stated + step
        case _:
            return stated - step < value <= stated


_IMPLIED: Final = {
    (Hedge.ABOUT, Hedge.ABOVE), (Hedge.ABOUT, Hedge.BELOW), (Hedge.AT_LEAST, Hedge.ABOVE),
    (Hedge.ABOVE, Hedge.AT_LEAST), (Hedge.BELOW, Hedge.UNDER), (Hedge.UNDER, Hedge.BELOW),
    (Hedge.AT_MOST, Hedge.UNDER), (Hedge.AT_MOST, Hedge.BELOW),
}  # fmt: skip
"""(claim, source) pairs in which the source's hedge, at the same value, says at least as much."""


def supports(source: Quantity, claim: Quantity) -> bool:
    """Whether `source` says what `claim` claims: unit, value and direction.

    A hedged claim is supported by an exact value within one step of its last non-zero digit on its side
    (突破1亿: 1亿 up to 2亿; 近600: above 500 and at least nine tenths of it; 约: five per cent off),
    or by the same value with a hedge that implies it. An over-claim also follows from a finer one (超2600
    from 2630余). Ordinals and ranges need equal values.
    """
    if claim.literal or source.literal:
        return claim.text == source.text
    if claim.ordinal != source.ordinal or not counters.same(claim.unit, source.unit):
        return False
    if claim.upper is not None or source.upper is not None:
        return (claim.value, claim.upper, claim.hedge) == (source.value, source.upper, source.hedge)
    if source.hedge is Hedge.EXACT:
        return _exact_supports(claim, source.value)
    if claim.hedge is source.hedge or (claim.hedge, source.hedge) in _IMPLIED:
        finer = claim.hedge is Hedge.ABOVE and _exact_supports(claim, source.value)
        return claim.value == source.value or finer
    return False
