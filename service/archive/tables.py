"""Rows as a table for the eye, as CSV or as JSON."""

import csv
import json
import math
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, TextIO

if TYPE_CHECKING:
    from service.archive.sql import Answer, Row

SHOWN_ROWS: Final = 100
CELL_COLUMNS: Final = 60

# They would move a terminal's cursor, or worse.
_CONTROLS: Final = dict.fromkeys((*range(32), *range(127, 160)), " ")
_PLAN: Final = ("explain_key", "explain_value")


def write_table(answer: "Answer", out: TextIO) -> str:
    """Write a table of the first rows; what of the answer it does not show, and how many rows there are."""
    if answer.names == _PLAN:
        out.writelines(f"{plan}\n" for block in answer.blocks for _, plan in block)
        return "查询计划如上"
    shown, total = _first(answer.blocks)
    cells = [[_cell(value) for value in row] for row in shown]
    short = [[_shortened(cell) for cell in row] for row in cells]
    right = [_all_numbers(column) for column in zip(*shown, strict=True)] or [False] * len(answer.names)
    widths = [max(map(width, column)) for column in zip(answer.names, *short, strict=True)]
    lines = [_line(answer.names, widths, right), "  ".join("─" * one for one in widths)]
    lines += [_line(row, widths, right) for row in short]
    out.writelines(f"{line.rstrip()}\n" for line in lines)
    cut = sum(
        one != other for pair in zip(short, cells, strict=True) for one, other in zip(*pair, strict=True)
    )
    return _told(total, len(shown), cut)


def write_csv(answer: "Answer", out: TextIO) -> None:
    """Write all rows as CSV; lists and records are JSON in their cell, what is unknown is empty."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(answer.names)
    for block in answer.blocks:
        writer.writerows([_cell(value) for value in row] for row in block)


def write_json(answer: "Answer", out: TextIO) -> None:
    """Write all rows as a JSON array of objects, one a line. Columns of one name are told apart by a number."""
    names = list(_distinct(answer.names))
    before = "["
    for block in answer.blocks:
        for row in block:
            record = dict(zip(names, map(_plain, row), strict=True))
            out.write(f"{before}\n{json.dumps(record, ensure_ascii=False)}")
            before = ","
    out.write("[]\n" if before == "[" else "\n]\n")


def on_one_line(text: str) -> str:
    """`text` with a space for every character that would move a terminal's cursor."""
    return text.translate(_CONTROLS)


def width(text: str) -> int:
    """How many columns of a terminal `text` takes: Chinese characters take two, combining ones none."""
    return sum(
        0
        if unicodedata.category(char) in ("Mn", "Me", "Cf")
        else 2
        if unicodedata.east_asian_width(char) in "WF"
        else 1
        for char in text
    )


def _first(blocks: Iterator[list["Row"]]) -> tuple[list["Row"], int]:
    """The first SHOWN_ROWS rows, and how many there are."""
    shown: list[Row] = []
    total = 0
    for block in blocks:
        total += len(block)
        shown += block[: SHOWN_ROWS - len(shown)]
    return shown, total


def _told(total: int, shown: int, cut: int) -> str:
    told = f"共 {total} 行"
    if shown < total:
        told += f",只列出前 {shown} 行"
    if cut:
        told += f";有 {cut} 格太长,只显示开头"
    return told + (";用 --format csv 或 json 得到全部" if shown < total or cut else "")


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    padded = (
        " " * (columns - width(cell)) + cell if at_right else cell + " " * (columns - width(cell))
        for cell, columns, at_right in zip(cells, widths, right, strict=True)
    )
    return "  ".join(padded)


def _shortened(cell: str) -> str:
    """`cell` on one line, cut to CELL_COLUMNS columns."""
    line = on_one_line(cell)
    if width(line) <= CELL_COLUMNS:
        return line
    taken = 0
    for place, char in enumerate(line):
        taken += width(char)
        if taken > CELL_COLUMNS - 1:
            return line[:place] + "…"
    return line


def _all_numbers(column: Sequence[Any]) -> bool:
    return all(
        value is None or (isinstance(value, int | float | Decimal) and not isinstance(value, bool))
        for value in column
    )


def _cell(value: Any) -> str:
    plain = _plain(value)
    if plain is None:
        return ""
    return plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)


def _plain(value: Any) -> Any:
    """`value` as JSON has it; exact, or else as text."""
    match value:
        case None | bool() | int() | str():
            return value
        case Decimal():
            near = int(value) if value == value.to_integral_value() else float(value)
            return near if Decimal(str(near)) == value else str(value)
        case float():
            return value if math.isfinite(value) else str(value)
        case dict():
            return {str(key): _plain(one) for key, one in value.items()}
        case list() | tuple():
            return [_plain(one) for one in value]
        case date() | datetime() | time():
            return value.isoformat()
        case bytes():
            return value.hex()
        case _:
            return str(value)


def _distinct(names: Sequence[str]) -> Iterator[str]:
    taken: set[str] = set()
    for name in names:
        number, free = 2, name
        while free in taken:
            number, free = number + 1, f"{name}_{number}"
        taken.add(free)
        yield free
