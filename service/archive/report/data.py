"""What the report asks of an archive, as frozen rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import duckdb

from service.archive import schema
from service.archive.edition import Edition
from service.archive.report import sql
from service.archive.views import connect

# What stands for no theme in `sql.THEMES_BY_MONTH`; ids are made of letters.
OTHER = "-"


@dataclass(frozen=True, slots=True)
class Overview:
    """How much the archive holds. `undated` bulletins count here and nowhere else; `errors` are files with the
    reason each.
    """

    bulletins: int
    months: int
    undated: int
    entries: int
    items: int
    national: int
    other: int
    review: int
    duplicates: int
    errors: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Month:
    """A month with a bulletin, or several."""

    month: str
    bulletins: int
    entries: int
    items: int


@dataclass(frozen=True, slots=True)
class Count:
    """How many items of `place`, a month or a province, have `theme` (OTHER: none)."""

    place: str
    theme: str
    items: int


@dataclass(frozen=True, slots=True)
class ProvinceCount:
    """The items of a province, and in how many months it reported."""

    province: str
    items: int
    months: int


@dataclass(frozen=True, slots=True)
class Missing:
    """A province that no bulletin of `month` has an entry of."""

    province: str
    month: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: characters of a bulletin, in an item of it."""

    month: str | None
    bulletin: str
    item: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class TitleMention:
    """A 《title》 in an item; `at` is where it begins in `plain`, the item's text."""

    place: Place
    national: bool
    province: str | None
    title: str
    plain: str
    at: int


@dataclass(frozen=True, slots=True)
class Number:
    """A number that counts something; `plain[at:to]` is it, hedge and unit included."""

    place: Place
    topic: str | None
    province: str | None
    text: str
    value: Decimal
    upper: Decimal | None
    unit: str
    hedge: str
    plain: str
    at: int
    to: int


@dataclass(frozen=True, slots=True)
class Doubtful:
    """An item under review, with the scores of all themes."""

    place: Place
    section: str | None
    topic: str | None
    province: str | None
    text: str
    themes: tuple[str, ...]
    scores: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Threshold:
    """Between which two scores a theme's threshold lies, as far as the archive's items tell."""

    theme: str
    below: float | None
    above: float | None


@dataclass(frozen=True, slots=True)
class Data:
    """All that the report is made of.

    `titles` and `thresholds` reach back before the first of `months`, to the archive's beginning.
    """

    edition: str
    bundle: str
    taxonomy: str
    schema: int
    yuebao: str
    themes: tuple[tuple[str, str], ...]
    parts: int
    overview: Overview
    months: tuple[Month, ...]
    by_month: tuple[Count, ...]
    by_province: tuple[Count, ...]
    provinces: tuple[ProvinceCount, ...]
    missing: tuple[Missing, ...]
    titles: tuple[TitleMention, ...]
    numbers: tuple[Number, ...]
    review: tuple[Doubtful, ...]
    thresholds: tuple[Threshold, ...]


def load(edition: Edition, first: str | None = None, last: str | None = None) -> Data:
    """What `edition` holds of the months `first` to `last`, YYYY-MM, both counted; None is without end."""
    connection = connect(edition)
    _limit(connection, None, last)
    titles = tuple(map(_title, _rows(connection, sql.TITLES)))
    thresholds = tuple(Threshold(*row.values()) for row in _rows(connection, sql.THRESHOLDS))
    _limit(connection, first, last)
    record = edition.record
    return Data(
        edition=edition.name,
        bundle=record.bundle,
        taxonomy=record.taxonomy,
        schema=record.schema_version,
        yuebao=record.yuebao,
        themes=tuple(record.themes.items()),
        parts=len(edition.commits()),
        overview=_overview(connection),
        months=tuple(Month(*row.values()) for row in _rows(connection, sql.MONTHS)),
        by_month=tuple(Count(*row.values()) for row in _rows(connection, sql.THEMES_BY_MONTH)),
        by_province=tuple(Count(*row.values()) for row in _rows(connection, sql.THEMES_BY_PROVINCE)),
        provinces=tuple(ProvinceCount(*row.values()) for row in _rows(connection, sql.ITEMS_BY_PROVINCE)),
        missing=tuple(Missing(*row.values()) for row in _rows(connection, sql.MISSING)),
        titles=titles,
        numbers=tuple(map(_number, _rows(connection, sql.NUMBERS))),
        review=tuple(map(_doubtful, _rows(connection, sql.REVIEW))),
        thresholds=thresholds,
    )


def _limit(connection: duckdb.DuckDBPyConnection, first: str | None, last: str | None) -> None:
    """Let the views of the tables hold the months `first` to `last` alone, undated rows only where there is no end."""
    ends = [f"month {sign} '{end}'" for sign, end in ((">=", first), ("<=", last)) if end is not None]
    kept = f" WHERE {' AND '.join(ends)}" if ends else ""
    for table in (name for name, columns in schema.TABLES.items() if "month" in columns.names):
        for view in (table, f"all_{table}"):
            connection.execute(
                f"CREATE OR REPLACE TEMP VIEW {view} AS SELECT * FROM memory.main.{view}{kept}"
            )


def _rows(connection: duckdb.DuckDBPyConnection, question: str) -> list[dict[str, Any]]:
    cursor = connection.execute(question)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _overview(connection: duckdb.DuckDBPyConnection) -> Overview:
    (told,), (items,), (twice,) = (
        _rows(connection, question) for question in (sql.OVERVIEW, sql.ITEMS, sql.DUPLICATES)
    )
    errors = tuple((row["path"], row["reason"]) for row in _rows(connection, sql.ERRORS))
    return Overview(**told, **items, **twice, errors=errors)


def _place(row: dict[str, Any]) -> Place:
    return Place(row["month"], row["bulletin"], row["item"], row["start"], row["end"])


def _within(row: dict[str, Any], position: int) -> int:
    """Where the bulletin's character `position` is in `plain`, from which the page's line ends are gone."""
    before: str = row["item_text"][: position - row["item_start"]]
    return len(before) - before.count("\n")


def _title(row: dict[str, Any]) -> TitleMention:
    return TitleMention(
        place=_place(row),
        national=row["level"] == "national",
        province=row["province"],
        title=row["title"],
        plain=row["plain"],
        at=_within(row, row["start"]),
    )


def _number(row: dict[str, Any]) -> Number:
    same: Sequence[str] = ("topic", "province", "text", "value", "upper", "unit", "hedge", "plain")
    return Number(
        place=_place(row),
        at=_within(row, row["start"]),
        to=_within(row, row["end"]),
        **{name: row[name] for name in same},
    )


def _doubtful(row: dict[str, Any]) -> Doubtful:
    return Doubtful(
        place=_place(row),
        section=row["section"],
        topic=row["topic"],
        province=row["province"],
        text=row["text"],
        themes=tuple(row["themes"]),
        scores=tuple(zip(row["ids"], row["scores"], strict=True)),
    )
