"""What a report is laid out as: chapters of words, charts and tables, which every format renders."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal
from unicodedata import east_asian_width

Cell = str | int | float | Decimal | None
Kind = Literal["text", "count", "share", "points", "change"]

# A page or a document with more rows of a table helps nobody; the workbook has them all.
MOST_PRINTED: Final = 500
# In characters: no column is printed wider than the one, and a table that is narrower than the other leaves room.
_WIDEST: Final = 44
_WIDE: Final = 84
NOTHING: Final = "—"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its heading, what its cells are, and its width in a workbook, in characters.

    `text` is words, `count` a number, `share` of 1 as per cent, `points` a difference of shares, `change` a
    difference with its sign.
    """

    label: str
    kind: Kind = "text"
    width: int = 12


@dataclass(frozen=True, slots=True)
class Table:
    """A table under `caption`; the first column heads its rows.

    `shaded` are columns whose cells are coloured by how much they count; `lined` are those that a workbook draws as
    lines over the first. `notes` say how to read it.
    """

    id: str
    sheet: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    shaded: tuple[int, ...] = ()
    lined: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()

    def printed(self) -> tuple[tuple[Cell, ...], ...]:
        """The rows that are printed: the first MOST_PRINTED."""
        return self.rows[:MOST_PRINTED]

    def widths(self) -> tuple[float, ...]:
        """The shares of the page that the columns take, none too narrow for its figures; in all less than 1 if few."""
        wanted = [max(min(one.width, _WIDEST), 2 * len(one.label) + 1, 6) for one in self.columns]
        share = max(sum(wanted), _WIDE)
        return tuple(width / share for width in wanted)

    def remarks(self) -> tuple[str, ...]:
        """The notes, and how many rows are not printed."""
        if len(self.rows) <= MOST_PRINTED:
            return self.notes
        return (
            *self.notes,
            f"此处列出前 {MOST_PRINTED} 行,全部 {len(self.rows)} 行见 xlsx 的“{self.sheet}”。",
        )


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture as SVG, with what it shows in words for those who do not see it."""

    id: str
    title: str
    words: str
    svg: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """A part of the report."""

    id: str
    title: str
    words: tuple[str, ...]
    charts: tuple[Chart, ...]
    tables: tuple[Table, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """The whole report. `made` is what it was made from, in a line."""

    title: str
    subtitle: str
    made: str
    chapters: tuple[Chapter, ...]

    def tables(self) -> Iterator[Table]:
        """Every table, in order."""
        for chapter in self.chapters:
            yield from chapter.tables


def shown(cell: Cell, kind: Kind) -> str:
    """The cell in words and figures, for print."""
    if cell is None or cell == "":
        return NOTHING
    if isinstance(cell, str):
        return cell
    match kind:
        case "share":
            return _minus(f"{cell:.1%}")
        case "points":
            return _signed(f"{float(cell) * 100:+.1f}")
        case "change":
            return _signed(f"{plain(cell):+,}")
        case _:
            return _minus(f"{plain(cell):,}")


def plain(number: int | float | Decimal) -> int | float:
    """A number as office files hold it: whole where it is."""
    return int(number) if number == int(number) else float(number)


def width(words: str) -> int:
    """Columns of print that `words` take: a Chinese character takes two."""
    return sum(2 if east_asian_width(letter) in "WFA" else 1 for letter in words)


def _signed(figure: str) -> str:
    """With the minus of print, and no sign at nothing."""
    return "0" if not figure.strip("+-0.") else _minus(figure)


def _minus(figure: str) -> str:
    return figure.replace("-", "−")


def listed(words: Sequence[str]) -> str:
    """The words as a Chinese list; nothing for none."""
    return "、".join(words)
