"""Dates in a text, and whether one date says no more than another."""

import re
from dataclasses import dataclass
from typing import Final

_YEAR: Final = r"(?:19|20)\d{2}"
_TO: Final = r"[-~—–至到]"
_PART: Final = r"(?P<part>底|末|初|[上中下]旬)?"
_BOUND: Final = r"(?P<bound>前后|以?前|之前|起|以来|(?<=日)以?后|止)?"

_PATTERNS: Final = tuple(
    re.compile(pattern + _BOUND)
    for pattern in (
        rf"(?:(?P<year>{_YEAR})年)?(?P<month>\d{{1,2}})月(?P<day>\d{{1,2}})日?"
        rf"(?:{_TO}(?:(?:(?P<year2>{_YEAR})年)?(?P<month2>\d{{1,2}})月)?(?P<day2>\d{{1,2}}))?日",
        rf"(?:(?P<year>{_YEAR})年)?(?P<month>\d{{1,2}})(?:月?{_TO}(?P<month2>\d{{1,2}}))?月份?{_PART}",
        rf"(?P<year>{_YEAR})(?:年?{_TO}(?P<year2>{_YEAR}))?(?:(?P<school>学年)度?|年度?)"
        r"(?P<part>底|末|初|上半年|下半年|第?[一二三四]季度)?",
        r"(?P<part>(?<!每)年[底初末]|[上下]半年|第?[一二三四]季度)",
    )
)
_SAME_PART: Final = {"末": "底", "年底": "底", "年末": "底", "年初": "初"}
_MONTHS: Final = {
    "上半年": (1, 6), "下半年": (7, 12),
    "一季度": (1, 3), "二季度": (4, 6), "三季度": (7, 9), "四季度": (10, 12),
}  # fmt: skip
_DAYS: Final = {"初": (1, 5), "上旬": (1, 10), "中旬": (11, 20), "下旬": (21, 31), "底": (25, 31)}


@dataclass(frozen=True, slots=True)
class Period:
    """A date or a range of dates in a text: `text[start:end]`.

    What the text leaves open is None. `part` is 底, 初, 上半年, 三季度 …; `bound` is 前, 起 … after it.
    """

    text: str
    start: int
    end: int
    year: int | None = None
    month: int | None = None
    day: int | None = None
    year2: int | None = None
    month2: int | None = None
    day2: int | None = None
    part: str = ""
    bound: str = ""
    school: bool = False


def _period(match: re.Match[str]) -> Period:
    found = match.groupdict()
    part = (found.get("part") or "").removeprefix("第")
    bound = (found.get("bound") or "").removeprefix("以").removeprefix("之")
    names = ("year", "month", "day", "year2", "month2", "day2")
    year, month, day, year2, month2, day2 = (int(found[n]) if found.get(n) else None for n in names)
    return Period(
        match.group(), match.start(), match.end(), year, month, day, year2, month2, day2,
        _SAME_PART.get(part, part), "" if bound == "止" else bound, bool(found.get("school")),
    )  # fmt: skip


def find_dates(text: str) -> tuple[Period, ...]:
    """Every date of half-width `text`, in order: 12月20日, 12月18-20日, 2019年度, 12月底, 2023-2027年."""
    found: list[Period] = []
    taken = bytearray(len(text))
    for pattern in _PATTERNS:
        for match in pattern.finditer(text):
            digit_before = (
                match.start() > 0 and text[match.start() - 1].isdigit() and match.group()[0].isdigit()
            )
            if not digit_before and not any(taken[match.start() : match.end()]):
                found.append(_period(match))
                taken[match.start() : match.end()] = b"\1" * len(match.group())
    return tuple(sorted(found, key=lambda period: period.start))


def _within_part(claim: Period, source: Period) -> bool:
    """Whether `source` lies in the part (底, 上半年 …) of the month or year that `claim` names."""
    if not claim.part or (claim.part == source.part and claim.month == source.month):
        return True
    if claim.part in _MONTHS:
        low, high = _MONTHS[claim.part]
        months = [month for month in (source.month, source.month2) if month]
        return bool(months) and all(low <= month <= high for month in months)
    low, high = _DAYS.get(claim.part, (0, 0))
    days = [day for day in (source.day, source.day2) if day]
    if claim.month is None:  # 2019年底, 年初
        return source.month == (12 if claim.part == "底" else 1) and (
            source.part == claim.part or (bool(days) and all(low <= day <= high for day in days))
        )
    return bool(days) and all(low <= day <= high for day in days)


def covers(source: Period, claim: Period) -> bool:
    """Whether `source` says what `claim` claims: the same date, or a coarser one that holds it.

    12月 and 2019年 follow from 2019年12月20日. 12月18日 does not follow from 12月18-20日, nor the other way
    round: one event of three days is not an event of one. A year that only the claim names is not supported.
    """
    if claim.bound != source.bound or claim.school != source.school:
        return False
    if claim.year is not None and (claim.year, claim.year2) != (source.year, source.year2):
        return False
    if claim.month is not None and claim.month != source.month:
        return False
    if claim.day is not None or claim.month2 is not None:
        same = (claim.day, claim.day2, claim.month2) == (source.day, source.day2, source.month2)
        return same and claim.part == source.part
    if claim.month is not None and source.month2 not in (None, claim.month):
        return False
    return _within_part(claim, source)
