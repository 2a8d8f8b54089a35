"""Rows of an archive written by hand, for tests of what a report makes of them."""

from collections.abc import Sequence

from bulletin.facts import find_facts
from bulletin.quantities import find_quantities
from service.archive.report.data import (
    Count,
    Data,
    Missing,
    Month,
    Number,
    Overview,
    Place,
    ProvinceCount,
    TitleMention,
)

THEMES = (("network_security", "网络安全"), ("training", "培训"))


def numbers(
    month: str, plain: str, *, topic: str | None = "专题", province: str | None = None
) -> list[Number]:
    """Every number of an item that counts something."""
    spans = [fact.span for fact in find_facts(plain) if fact.kind == "number"]
    return [_number(month, plain, span, topic, province) for span in spans]


def _number(month: str, plain: str, span: tuple[int, int], topic: str | None, province: str | None) -> Number:
    text = plain[slice(*span)]
    (found,) = find_quantities(text)
    return Number(
        place=Place(month, f"b-{month}", "N1", *span),
        topic=None if province else topic,
        province=province,
        text=text,
        value=found.value,
        upper=found.upper,
        unit=found.unit,
        hedge=found.hedge.value,
        plain=plain,
        at=span[0],
        to=span[1],
    )


def title(month: str, plain: str, province: str | None = None) -> TitleMention:
    """The first 《title》 of an item; a national one where there is no province."""
    start, end = plain.index("《"), plain.index("》") + 1
    place = Place(month, f"b-{month}", f"{province or 'N'}.1", start, end)
    return TitleMention(place, province is None, province, plain[start:end], plain, start)


def data(
    months: Sequence[str] = (),
    *,
    items: int = 10,
    by_month: Sequence[tuple[str, str, int]] = (),
    by_province: Sequence[tuple[str, str, int]] = (),
    missing: Sequence[tuple[str, str]] = (),
    titles: Sequence[TitleMention] = (),
    told: Sequence[Number] = (),
    themes: tuple[tuple[str, str], ...] = THEMES,
) -> Data:
    """What an archive with one bulletin in each of `months`, of `items` items, would answer."""
    provinces = {province for province, _, _ in by_province}
    return Data(
        edition="e-1",
        bundle="b-1",
        taxonomy="1",
        schema=1,
        yuebao="0.0",
        themes=themes,
        parts=1,
        overview=Overview(len(months), len(months), 0, 0, items * len(months), 0, 0, 0, 0, ()),
        months=tuple(Month(month, 1, 30, items) for month in months),
        by_month=tuple(Count(*one) for one in by_month),
        by_province=tuple(Count(*one) for one in by_province),
        provinces=tuple(ProvinceCount(province, items, len(months)) for province in sorted(provinces)),
        missing=tuple(Missing(*one) for one in missing),
        titles=tuple(titles),
        numbers=tuple(told),
        review=(),
        thresholds=(),
    )
