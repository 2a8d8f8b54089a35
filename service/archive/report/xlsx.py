"""The report's tables as a workbook, a sheet each."""

from collections.abc import Sequence
from io import BytesIO
from typing import Final

from openpyxl import Workbook
from openpyxl.cell.cell import Cell as SheetCell
from openpyxl.chart import LineChart, Reference
from openpyxl.formatting.rule import ColorScale, FormatObject, Rule
from openpyxl.styles import Alignment, Color, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from bulletin.render_labels import xml_safe
from service.archive.report.stable import stable
from service.archive.report.tables import Cell, Column, Report, Table, plain, width

_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
_HEADER_FILL: Final = PatternFill("solid", fgColor="DCE6F1")
_WRAP: Final = Alignment(wrap_text=True, vertical="top")
_RIGHT: Final = Alignment(horizontal="right", wrap_text=True, vertical="top")
_LINE_PT: Final = 15
# Excel opens no row that is higher.
_HIGHEST_PT: Final = 409
# Of Okabe and Ito (2008), for the colour-blind; more lines than colours begin anew.
_COLOURS: Final = ("0072B2", "D55E00", "009E73", "CC79A7", "E69F00", "56B4E9", "8B949E")
_FORMATS: Final = {
    "count": "#,##0.##",
    "share": "0.0%",
    "points": "+0.0;-0.0;0",
    "change": "+#,##0.##;-#,##0.##;0",
}
_WHOLE: Final = {"count": "#,##0", "change": "+#,##0;-#,##0;0"}
_READ_ME: Final = "说明"
_READ_ME_WIDTHS: Final = (20, 100)


def xlsx(report: Report) -> bytes:
    """The workbook. Numbers are numbers; text that a spreadsheet would run as a formula is kept as text."""
    book = Workbook()
    book.remove(book.worksheets[0])
    book.properties.creator, book.properties.title = "yuebao", f"{report.title} {report.subtitle}"
    _words(book, report)
    for table in report.tables():
        _table(book, table)
    buffer = BytesIO()
    book.save(buffer)
    return stable(buffer.getvalue())


def _words(book: Workbook, report: Report) -> None:
    sheet = book.create_sheet(_READ_ME)
    for letter, own in zip("AB", _READ_ME_WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = own
    _print_set_up(sheet)
    lines: list[tuple[str, str]] = [(report.title, report.subtitle), ("", report.made)]
    for chapter in report.chapters:
        for place, words in enumerate(
            (*chapter.words, *(note for table in chapter.tables for note in table.notes))
        ):
            lines.append((chapter.title if place == 0 else "", words))
    for number, line in enumerate(lines, 1):
        for column, words in enumerate(line, 1):
            cell = _cell(sheet, number, column)
            _write(cell, words, Column(""))
            if column == 1:
                cell.font = Font(bold=True)
        _heighten(sheet, number, line, _READ_ME_WIDTHS)


def _table(book: Workbook, table: Table) -> None:
    sheet = book.create_sheet(table.sheet)
    for place, column in enumerate(table.columns, 1):
        cell = _cell(sheet, 1, place)
        _write(cell, column.label, Column(""))
        cell.font, cell.fill = Font(bold=True), _HEADER_FILL
        cell.alignment = _WRAP if column.kind == "text" else _RIGHT
        sheet.column_dimensions[get_column_letter(place)].width = column.width
    for number, row in enumerate(table.rows, 2):
        for place, (value, column) in enumerate(zip(row, table.columns, strict=True), 1):
            _write(_cell(sheet, number, place), value, column)
        _heighten(sheet, number, row, [column.width for column in table.columns])
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = sheet.dimensions
    _print_set_up(sheet)
    sheet.print_title_rows = "1:1"
    if table.shaded and table.rows:
        _shade(sheet, table)
    if table.lined and table.rows:
        _lines(sheet, table)


def _heighten(sheet: Worksheet, number: int, row: Sequence[Cell], widths: Sequence[int]) -> None:
    """Make the row as high as its longest text needs: not every program does so by itself."""
    lines = [
        -(-width(value) // max(1, own - 1))
        for value, own in zip(row, widths, strict=True)
        if isinstance(value, str)
    ]
    if lines and max(lines) > 1:
        sheet.row_dimensions[number].height = min(_LINE_PT * max(lines), _HIGHEST_PT)


def _print_set_up(sheet: Worksheet) -> None:
    """A4 on its side, no wider than the page."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def _shade(sheet: Worksheet, table: Table) -> None:
    first, last = (get_column_letter(place + 1) for place in (table.shaded[0], table.shaded[-1]))
    ends = [FormatObject(type="num", val=0), FormatObject(type="max")]
    scale = ColorScale(cfvo=ends, color=[Color("FFFFFFFF"), Color("FF5AA2CF")])
    rule = Rule(type="colorScale", colorScale=scale)
    sheet.conditional_formatting.add(f"{first}2:{last}{len(table.rows) + 1}", rule)


def _lines(sheet: Worksheet, table: Table) -> None:
    chart = LineChart()
    chart.title, chart.height, chart.width = table.caption, 10, 24
    chart.y_axis.title, chart.x_axis.title = table.columns[table.lined[0] - 1].label, table.columns[0].label
    # Without it, programs that read the file strictly leave the axes out.
    chart.x_axis.delete = chart.y_axis.delete = False
    rows = len(table.rows) + 1
    data = Reference(sheet, min_col=table.lined[0] + 1, max_col=table.lined[-1] + 1, min_row=1, max_row=rows)
    chart.add_data(data, titles_from_data=True)
    for place, line in enumerate(chart.series):
        line.smooth = False
        line.graphicalProperties.line.solidFill = _COLOURS[place % len(_COLOURS)]
    chart.set_categories(Reference(sheet, min_col=1, min_row=2, max_row=rows))
    sheet.add_chart(chart, f"{get_column_letter(len(table.columns) + 2)}2")


def _cell(sheet: Worksheet, row: int, column: int) -> SheetCell:
    cell = sheet.cell(row, column)
    assert isinstance(cell, SheetCell)
    return cell


def _write(cell: SheetCell, value: Cell, column: Column) -> None:
    if value is None:
        return
    if not isinstance(value, str):
        number = plain(value)
        cell.value = number * 100 if column.kind == "points" else number
        cell.number_format = _format(column, number)
        cell.alignment = _RIGHT
        return
    cell.value = xml_safe(value)
    cell.data_type = "s"
    cell.alignment = _WRAP
    # quotePrefix keeps a program from reading the text as a formula when the cell is edited or exported.
    if value.startswith(_FORMULA_STARTS):
        cell.quotePrefix = True


def _format(column: Column, number: int | float) -> str:
    kinds = _WHOLE if isinstance(number, int) and column.kind in _WHOLE else _FORMATS
    return kinds.get(column.kind, "General")
