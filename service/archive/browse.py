"""The items of an edition page by page, and how many there are of what."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import duckdb

from bulletin.provinces import OFFICIAL_ORDER
from service.archive.edition import Edition
from service.archive.filters import Filters
from service.schemas_archive import (
    ArchiveItem,
    ArchiveStats,
    ArchiveVersions,
    MissingCount,
    MonthCounts,
    ProvinceCounts,
    ThemeCounts,
)

_ITEM: Final = (
    'bulletin, source, month, item, level, section, topic, province, text, start, "end", themes, review'
)
_CONDITIONS: Final[Mapping[str, str]] = {
    "theme": "list_contains(themes, ?)",
    "province": "province = ?",
    "first": "month >= ?",
    "last": "month <= ?",
    "level": "level = ?",
    "review": "review = ?",
    "bulletin": "bulletin = ?",
}
_WHOLE: Final = """
SELECT (SELECT count(*) FROM bulletins), (SELECT count(*) FROM duplicates), (SELECT count(*) FROM errors),
    (SELECT histogram(province) FROM bulletins, unnest(missing) AS one(province))
"""
_COUNTS: Final = "count(*), count(*) FILTER (review), count(*) FILTER (len(themes) = 0)"


def page(
    connection: duckdb.DuckDBPyConnection, filters: Filters, limit: int, offset: int
) -> tuple[int, list[ArchiveItem]]:
    """How many items `filters` holds of, and a page of them: the newest month first, then in the bulletin's order."""
    given = {name: value for name in _CONDITIONS if (value := getattr(filters, name)) is not None}
    where = " AND ".join(_CONDITIONS[name] for name in given) or "true"
    values = list(given.values())
    counts = connection.execute(
        f"SELECT bulletin, count(*) FROM items WHERE {where} "
        "GROUP BY month, bulletin ORDER BY month DESC NULLS LAST, bulletin",
        values,
    ).fetchall()
    # To sort all items for a page far down would take longer than to find the bulletins that it is made of.
    bulletins, skipped = _bulletins_of(counts, limit, offset)
    connection.execute(
        f"SELECT {_ITEM} FROM items WHERE {where} AND list_contains(?, bulletin) "
        "ORDER BY month DESC NULLS LAST, bulletin, position LIMIT ? OFFSET ?",
        [*values, bulletins, limit, skipped],
    )
    names = [column[0] for column in connection.description or ()]
    items = [_item(dict(zip(names, row, strict=True))) for row in connection.fetchall()]
    return sum(count for _, count in counts), items


def _bulletins_of(counts: Sequence[tuple[str, int]], limit: int, offset: int) -> tuple[list[str], int]:
    """The bulletins that a page holds items of, given each one's number of items in order, and how many it skips."""
    chosen: list[str] = []
    before = skipped = 0
    for bulletin, count in counts:
        if before < offset + limit and before + count > offset:
            skipped = skipped if chosen else offset - before
            chosen.append(bulletin)
        before += count
    return chosen, skipped


def stats(connection: duckdb.DuckDBPyConnection, edition: Edition) -> ArchiveStats:
    """What `edition`, which `connection` is over, holds; provinces in the official order."""
    record = edition.record
    themes = tuple(record.themes)
    months = _counted(connection, "month", themes)
    provinces = _counted(connection, "province", themes)
    bulletins, duplicates, errors, missing = connection.execute(_WHOLE).fetchall()[0]
    return ArchiveStats(
        **dict(_summed(months.values(), themes)),
        bulletins=bulletins,
        duplicates=duplicates,
        errors=errors,
        names=record.themes,
        months=tuple(MonthCounts(month=month, **dict(counts)) for month, counts in months.items()),
        provinces=tuple(
            ProvinceCounts(province=province, **dict(provinces[province]))
            for province in OFFICIAL_ORDER
            if province in provinces
        ),
        missing=tuple(
            MissingCount(province=province, bulletins=missing[province])
            for province in OFFICIAL_ORDER
            if province in (missing or {})
        ),
        versions=ArchiveVersions(
            edition=edition.name,
            bundle=record.bundle,
            taxonomy=record.taxonomy,
            schema_version=record.schema_version,
            yuebao=record.yuebao,
        ),
    )


def _counted(
    connection: duckdb.DuckDBPyConnection, column: str, themes: Sequence[str]
) -> dict[str | None, ThemeCounts]:
    """The counts of the items by `column`, in its order."""
    of_theme = {
        (key, theme): count
        for key, theme, count in connection.execute(
            f"SELECT {column}, theme, count(*) FROM items, unnest(themes) AS one(theme) GROUP BY ALL"
        ).fetchall()
    }
    rows = connection.execute(
        f"SELECT {column} AS key, {_COUNTS} FROM items GROUP BY ALL ORDER BY key NULLS LAST"
    ).fetchall()
    return {
        key: ThemeCounts(
            items=items,
            review=review,
            none=none,
            themes={theme: of_theme.get((key, theme), 0) for theme in themes},
        )
        for key, items, review, none in rows
    }


def _summed(counts: Collection[ThemeCounts], themes: Sequence[str]) -> ThemeCounts:
    return ThemeCounts(
        items=sum(one.items for one in counts),
        review=sum(one.review for one in counts),
        none=sum(one.none for one in counts),
        themes={theme: sum(one.themes[theme] for one in counts) for theme in themes},
    )


def _item(row: dict[str, Any]) -> ArchiveItem:
    return ArchiveItem(span=(row.pop("start"), row.pop("end")), **row)
