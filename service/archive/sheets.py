"""Workbooks of many rows, in the manner of `bulletin.render_xlsx`, written row by row."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, count, islice
from typing import BinaryIO, Final

from openpyxl import Workbook
from openpyxl.cell.cell import Cell, WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from bulletin.render_labels import LABELS
from bulletin.render_xlsx import HEADER_FILL, write_cell

Value = str | float | None

# A sheet holds 1,048,576 rows, by the specification of Excel.
MAX_ROWS: Final = 1_048_576
_PERCENT: Final = "0.0%"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its header, its width in characters, and whether its numbers are shares."""

    header: str
    width: float
    percent: bool = False


def write(
    target: BinaryIO,
    sheets: Sequence[tuple[str, Sequence[Column], Iterable[Sequence[Value]]]],
    max_rows: int = MAX_ROWS,
) -> None:
    """Write a workbook of `sheets`: titles, columns, rows. Rows that a sheet cannot hold go on in the next one."""
    book = Workbook(write_only=True)
    for title, columns, rows in sheets:
        left = iter(rows)
        for number in count(1):
            own = islice(left, max_rows - 1)
            first = next(own, None)
            if first is None and number > 1:
                break
            name = title if number == 1 else f"{title} {number}"
            _sheet(book.create_sheet(name), columns, chain([] if first is None else [first], own))
    book.save(target)


def _sheet(sheet: Worksheet, columns: Sequence[Column], rows: Iterator[Sequence[Value]]) -> None:
    for number, column in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(number)].width = column.width
    sheet.freeze_panes = "A2"
    header = [_cell(sheet, column.header) for column in columns]
    for cell in header:
        cell.font, cell.fill = Font(bold=True), HEADER_FILL
    sheet.append(header)
    last = 1
    for row in rows:
        sheet.append([_cell(sheet, value, column) for value, column in zip(row, columns, strict=True)])
        last += 1
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{last}"


def _cell(sheet: Worksheet, value: Value, column: Column | None = None) -> Cell:
    cell: Cell = WriteOnlyCell(sheet)
    if value is not None:
        write_cell(cell, value, LABELS["zh"])
    if column is not None and column.percent:
        cell.number_format = _PERCENT
    return cell
