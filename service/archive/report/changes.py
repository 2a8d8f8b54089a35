"""What is new in the newest month against the month with a bulletin before it."""

from dataclasses import dataclass

from bulletin.provinces import OFFICIAL_ORDER
from service.archive.report import themes
from service.archive.report.data import Data
from service.archive.report.months import number
from service.archive.report.themes import Line


@dataclass(frozen=True, slots=True)
class Changes:
    """`before` is None for the first month. `back` reported now and not then, `gone` the other way round.

    `apart` is how many months lie from `before` to `now`: 1 for neighbours.
    """

    now: Line
    before: Line | None
    apart: int
    back: tuple[str, ...]
    gone: tuple[str, ...]


def changes(data: Data) -> Changes | None:
    """The changes of the newest month; None without any."""
    lines = themes.trend(data)
    if not lines:
        return None
    if len(lines) == 1:
        return Changes(lines[0], None, 0, (), ())
    before, now = lines[-2:]
    missing = {
        line.place: {one.province for one in data.missing if one.month == line.place}
        for line in (before, now)
    }
    return Changes(
        now,
        before,
        number(now.place) - number(before.place),
        _in_order(missing[before.place] - missing[now.place]),
        _in_order(missing[now.place] - missing[before.place]),
    )


def _in_order(provinces: set[str]) -> tuple[str, ...]:
    return tuple(name for name in OFFICIAL_ORDER if name in provinces)
