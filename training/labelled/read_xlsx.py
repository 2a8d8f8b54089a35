"""Read a labelled sheet back (training/labelled/sheet.py), whatever editor saved it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from training.labelled.problems import LabelsError, Problem
from training.labelled.rows import Row, split_themes
from training.labelled.sheet import COLUMNS, LABELS_SHEET, TEXT_SHEET, THEME_COLUMNS, THEMES_SHEET

_ID, _TEXT, _ANNOTATOR = "编号", "事项", "标注人"
_NEEDED = (_ID, _TEXT, THEME_COLUMNS[0])


@dataclass(frozen=True, slots=True)
class LabelledSheet:
    """The labelled rows of a workbook, the bulletin's text that it carries (None if it carries none), and the ids of
    the themes that it offered (none if it does not tell)."""

    rows: tuple[Row, ...]
    text: str | None
    offered: tuple[str, ...]


def read_xlsx(raw: bytes, file: str) -> LabelledSheet:
    """What a workbook holds.

    Raises LabelsError for what is no workbook or has no sheet to read labels from.
    """
    book = workbook(raw, file)
    sheets = {sheet.title: sheet for sheet in book.worksheets}
    if LABELS_SHEET not in sheets:
        mend = f"请用 yuebao labels sheet 生成的表,不要改工作表“{LABELS_SHEET}”的名字"
        raise LabelsError([Problem(file, None, f"没有工作表“{LABELS_SHEET}”", mend)])
    rows = tuple(_label_rows(sheets[LABELS_SHEET], file))
    text = "\n".join(_lines(sheets[TEXT_SHEET])) if TEXT_SHEET in sheets else None
    return LabelledSheet(rows, text, tuple(_offered(sheets.get(THEMES_SHEET))))


def workbook(raw: bytes, file: str) -> Workbook:
    """The workbook of the bytes of `file`. Raises LabelsError for what is none."""
    try:
        return load_workbook(BytesIO(raw), data_only=True)
    # openpyxl raises what its parsers raise: errors of zip files, of XML, of missing parts and of values.
    except Exception as error:
        what = f"打不开({type(error).__name__})"
        raise LabelsError(
            [Problem(file, None, what, "请确认它是 xlsx,并用 WPS 或 Excel 另存一次")]
        ) from error


def _offered(sheet: Worksheet | None) -> Iterator[str]:
    if sheet is not None:
        for (value,) in sheet.iter_rows(min_row=2, min_col=2, max_col=2, values_only=True):
            if theme := _cell(value):
                yield theme


def _lines(sheet: Worksheet) -> Iterator[str]:
    for (value,) in sheet.iter_rows(min_col=1, max_col=1, values_only=True):
        yield "" if value is None else str(value)


def _label_rows(sheet: Worksheet, file: str) -> Iterator[Row]:
    lines = sheet.iter_rows(values_only=True)
    header = [_cell(value) for value in next(lines, ())]
    column = {name: header.index(name) for name in COLUMNS if name in header}
    if missing := [name for name in _NEEDED if name not in column]:
        what = f"表头缺少 {'、'.join(missing)}"
        raise LabelsError([Problem(file, 1, what, "请不要删改第一行")])
    for number, values in enumerate(lines, 2):
        cells = {name: _cell(values[at]) if at < len(values) else "" for name, at in column.items()}
        if any(cells[name] for name in (*_NEEDED, *THEME_COLUMNS) if name in cells):
            yield _row(cells, file, number)


def _row(cells: Mapping[str, str], file: str, number: int) -> Row:
    themes = [theme for name in THEME_COLUMNS for theme in split_themes(cells.get(name, ""))]
    return Row(
        file, number, cells[_ID], cells[_TEXT], tuple(dict.fromkeys(themes)), cells.get(_ANNOTATOR, "")
    )


def _cell(value: Any) -> str:
    return "" if value is None else str(value).strip()
