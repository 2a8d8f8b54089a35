"""Items by theme, over months and provinces."""

from collections.abc import Sequence
from dataclasses import dataclass

from bulletin.provinces import OFFICIAL_ORDER
from service.archive.report.data import OTHER, Count, Data


@dataclass(frozen=True, slots=True)
class Line:
    """A month or a province: its `items`, and how many of them have each theme, in the taxonomy's order, other last.

    An item of two themes counts in both.
    """

    place: str
    items: int
    by_theme: tuple[int, ...]

    def shares(self) -> tuple[float | None, ...]:
        """Of the items, the share of each theme; None where there are no items."""
        return tuple(count / self.items if self.items else None for count in self.by_theme)


def columns(data: Data) -> tuple[tuple[str, str], ...]:
    """The themes that lines count: ids with names. A theme that items have and the edition does not name comes last."""
    named = dict(data.themes)
    met = {count.theme for count in (*data.by_month, *data.by_province)} - {OTHER}
    unknown = tuple((theme, theme) for theme in sorted(met - named.keys()))
    return (*data.themes, *unknown, (OTHER, "其他"))


def trend(data: Data) -> tuple[Line, ...]:
    """A line for every month with a bulletin, oldest first."""
    return _lines(data, [(month.month, month.items) for month in data.months], data.by_month)


def by_province(data: Data) -> tuple[Line, ...]:
    """A line for every province, in official order."""
    items = {own.province: own.items for own in data.provinces}
    return _lines(data, [(province, items.get(province, 0)) for province in OFFICIAL_ORDER], data.by_province)


def _lines(data: Data, places: Sequence[tuple[str, int]], counts: Sequence[Count]) -> tuple[Line, ...]:
    found = {(count.place, count.theme): count.items for count in counts}
    themes = [theme for theme, _ in columns(data)]
    return tuple(
        Line(place, items, tuple(found.get((place, theme), 0) for theme in themes)) for place, items in places
    )
