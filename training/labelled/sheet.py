"""A sheet to label: a bulletin's items in a workbook, pre-labelled, what is doubtful first.

Three sheets: the items to label with drop-downs, the themes with their guidance, and the bulletin's text, which makes
the workbook enough by itself to read it back (training/labelled/read_xlsx.py).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from bulletin.digest import Digest, DigestItem
from bulletin.render_xlsx import MAX_CELL_CHARS
from bulletin.themes import Taxonomy
from training.labelled.problems import LabelsError, Problem
from training.labelled.rows import OTHER

LABELS_SHEET, THEMES_SHEET, TEXT_SHEET = "标注", "主题", "月报原文"
THEME_COLUMNS = ("主题", "主题2", "主题3")
COLUMNS = ("编号", "省份或专题", "前一件", "事项", *THEME_COLUMNS, "标注人", "模型打分", "待核", "备注")
_WIDTHS = (12, 16, 30, 60, 14, 14, 14, 10, 34, 8, 24)
_HEADER_FILL, _LABEL_FILL = PatternFill("solid", fgColor="DCE6F1"), PatternFill("solid", fgColor="FFF8DC")
_WRAP = Alignment(wrap_text=True, vertical="top")


@dataclass(frozen=True, slots=True)
class Asked:
    """A row of a sheet that does not hold every item: the item's id, its themes (None: as the model thinks), a note."""

    id: str
    themes: tuple[str, ...] | None
    note: str


@dataclass(frozen=True, slots=True)
class _Placed:
    heading: str
    previous: str
    item: DigestItem


def sheet(text: str, digest: Digest, taxonomy: Taxonomy, asked: Sequence[Asked] | None = None) -> bytes:
    """The workbook of the bulletin `text`, as a workbook can hold it (`xml_safe`), and its `digest`.

    With `asked` it has a row for these items alone, in their order; otherwise for all. Themes to choose from are those
    of `taxonomy`, which may be newer than the digest's. Raises LabelsError for a line that is too long for a cell: it
    would be cut.
    """
    if long := [number for number, line in enumerate(text.split("\n"), 1) if len(line) > MAX_CELL_CHARS]:
        what = f"一行超过 {MAX_CELL_CHARS} 字,表格的一格放不下"
        raise LabelsError([Problem("月报", number, what, "请把它分成几行") for number in long])
    book = Workbook()
    book.remove(book.worksheets[0])
    labels: Worksheet = book.create_sheet(LABELS_SHEET)
    _fill_labels(labels, _every_item(digest) if asked is None else asked, digest, taxonomy)
    themes: Worksheet = book.create_sheet(THEMES_SHEET)
    _rows(themes, [("主题", "编号", "说明"), *_theme_rows(taxonomy)], (14, 22, 100))
    _drop_downs(labels, len(taxonomy.themes) + 1)
    original: Worksheet = book.create_sheet(TEXT_SHEET)
    _rows(original, [(line,) for line in text.split("\n")], (120,))
    original.protection.sheet = True
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _theme_rows(taxonomy: Taxonomy) -> Iterator[tuple[str, ...]]:
    for theme in taxonomy.themes:
        yield theme.name, theme.id, theme.guidance
    yield OTHER[0], "", "以上都不是"


def _every_item(digest: Digest) -> list[Asked]:
    """What is doubtful first."""
    placed = sorted(_placed(digest), key=lambda one: not one.item.review)
    return [Asked(one.item.id, None, "") for one in placed]


def _fill_labels(labels: Worksheet, asked: Sequence[Asked], digest: Digest, taxonomy: Taxonomy) -> None:
    placed = {one.item.id: one for one in _placed(digest)}
    rows = [COLUMNS, *(_label_row(one, placed[one.id], taxonomy) for one in asked)]
    _rows(labels, rows, _WIDTHS)
    for cell in labels[1]:
        cell.font, cell.fill = Font(bold=True), _HEADER_FILL
    first = COLUMNS.index(THEME_COLUMNS[0]) + 1
    for row in labels.iter_rows(min_row=2, min_col=first, max_col=first + len(THEME_COLUMNS)):
        for cell in row:
            cell.fill = _LABEL_FILL
    labels.freeze_panes = "E2"
    labels.auto_filter.ref = labels.dimensions


def _label_row(asked: Asked, one: _Placed, taxonomy: Taxonomy) -> tuple[str, ...]:
    names = {theme.id: theme.name for theme in taxonomy.themes}
    themes = [theme.id for theme in one.item.themes] if asked.themes is None else asked.themes
    given = _cells([names[theme] for theme in taxonomy.today(themes)] or [OTHER[0]])
    best = sorted(one.item.scores.items(), key=lambda pair: -pair[1])
    scores = " ".join(f"{names.get(theme, theme)} {score:.0%}" for theme, score in best[:3])
    review = "待核" if one.item.review else ""
    return one.item.id, one.heading, one.previous, one.item.text, *given, "", scores, review, asked.note


def _cells(words: list[str]) -> list[str]:
    """A cell for each of THEME_COLUMNS; the last holds all that are left."""
    last = len(THEME_COLUMNS) - 1
    given = [*words[:last], "、".join(words[last:])]
    return given + [""] * (len(THEME_COLUMNS) - len(given))


def _placed(digest: Digest) -> Iterator[_Placed]:
    for section in digest.sections:
        for topic in section.topics:
            yield from _in_order(topic.title, topic.items)
    for entry in digest.entries:
        yield from _in_order(entry.province, entry.items)


def _in_order(heading: str, items: tuple[DigestItem, ...]) -> Iterator[_Placed]:
    previous = ""
    for item in items:
        yield _Placed(heading, previous, item)
        previous = item.text


def _drop_downs(labels: Worksheet, choices: int) -> None:
    # A range, not a list in the formula: that may have 255 characters at most.
    allowed = DataValidation(
        type="list",
        formula1=f"{THEMES_SHEET}!$A$2:$A${choices + 1}",
        allow_blank=True,
        showErrorMessage=True,
        errorTitle="没有这个主题",
        error=f"请从下拉列表里选;都不是请选“{OTHER[0]}”。",
    )
    first = COLUMNS.index(THEME_COLUMNS[0])
    allowed.add(f"{chr(ord('A') + first)}2:{chr(ord('A') + first + len(THEME_COLUMNS) - 1)}{labels.max_row}")
    labels.add_data_validation(allowed)


def _rows(sheet: Worksheet, rows: list[tuple[str, ...]], widths: tuple[int, ...]) -> None:
    for number, row in enumerate(rows, 1):
        for column, value in enumerate(row, 1):
            if value:
                cell = sheet.cell(number, column, value)
                # Text that begins with = is text.
                cell.data_type, cell.alignment = "s", _WRAP
                cell.quotePrefix = value.startswith(("=", "+", "-", "@"))
    for column, width in enumerate(widths):
        sheet.column_dimensions[chr(ord("A") + column)].width = width
