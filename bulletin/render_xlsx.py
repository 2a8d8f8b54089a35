"""A digest as a workbook: entries, items and the abstract, a sheet each."""

from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from bulletin.digest import Digest, DigestItem
from bulletin.render_labels import LABELS, Labels, Language, all_items, origin_words, theme_words, xml_safe

Row = Sequence[str | float]

# A cell holds 32,767 characters, by the specification of Excel.
MAX_CELL_CHARS = 32_767
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
HEADER_FILL = PatternFill("solid", fgColor="DCE6F1")
_WRAP = Alignment(wrap_text=True, vertical="top")


def xlsx(digest: Digest, names: Mapping[str, str], lang: Language) -> bytes:
    """The workbook. Text that a spreadsheet would run as a formula is kept as text."""
    labels = LABELS[lang]
    book = Workbook()
    book.remove(book.worksheets[0])
    _sheet(book, labels.entries_sheet, _entries(digest, names, labels), (16, 80, 30, 8, 24), labels)
    _sheet(
        book, labels.items_sheet, _items(digest, names, labels), (14, 24, 24, 70, 24, 8, *[14] * 12), labels
    )
    _sheet(book, labels.abstract_sheet, _sentences(digest, labels), (6, 70, 10, 14, 40), labels)
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _entries(digest: Digest, names: Mapping[str, str], labels: Labels) -> Iterator[Row]:
    yield labels.province, labels.text, labels.themes, labels.review, labels.sources
    for entry in digest.entries:
        review = any(item.review for item in entry.items)
        ids = labels.listing.join(item.id for item in entry.items)
        themes = theme_words(entry.themes, names, labels)
        yield entry.province, entry.text, themes, labels.review if review else "", ids
    for province in digest.missing:
        yield province, labels.missing, "", "", ""


def _items(digest: Digest, names: Mapping[str, str], labels: Labels) -> Iterator[Row]:
    themes = list(dict.fromkeys(theme for item in all_items(digest) for theme in item.scores))
    columns = [f"{labels.scores}·{names.get(theme, theme)}" for theme in themes]
    yield labels.number, labels.section, labels.topic, labels.text, labels.themes, labels.review, *columns
    for section, heading, item in _placed_items(digest, labels):
        scores = [item.scores.get(theme, "") for theme in themes]
        review = labels.review if item.review else ""
        yield item.id, section, heading, item.text, theme_words(item.themes, names, labels), review, *scores


def _placed_items(digest: Digest, labels: Labels) -> Iterator[tuple[str, str, DigestItem]]:
    for section in digest.sections:
        for topic in section.topics:
            yield from ((section.title, topic.title, item) for item in topic.items)
    for entry in digest.entries:
        yield from ((labels.provincial, entry.province, item) for item in entry.items)


def _sentences(digest: Digest, labels: Labels) -> Iterator[Row]:
    yield "#", labels.sentence, labels.kind, labels.origin, labels.sources
    for number, sentence in enumerate(digest.abstract.sentences if digest.abstract else (), 1):
        sources = labels.listing.join(sentence.sources)
        yield number, sentence.text, labels.kinds[sentence.kind], origin_words(sentence, labels), sources


def _sheet(book: Workbook, title: str, rows: Iterator[Row], widths: Sequence[float], labels: Labels) -> None:
    sheet: Worksheet = book.create_sheet(title)
    for number, row in enumerate(rows, 1):
        for column, value in enumerate(row, 1):
            cell = sheet.cell(number, column)
            assert isinstance(cell, Cell)
            write_cell(cell, value, labels)
            if number == 1:
                cell.font, cell.fill = Font(bold=True), HEADER_FILL
    for column, width in enumerate(widths[: sheet.max_column], 1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions


def write_cell(cell: Cell, value: str | float, labels: Labels) -> None:
    """Put `value` into `cell`: text as text, whatever it looks like."""
    if not isinstance(value, str):
        cell.value = value
        return
    cell.value = _fitting(xml_safe(value), labels)
    cell.data_type = "s"
    cell.alignment = _WRAP
    # quotePrefix keeps a program from reading the text as a formula when the cell is edited or exported.
    if value.startswith(_FORMULA_STARTS):
        cell.quotePrefix = True


def _fitting(text: str, labels: Labels) -> str:
    if len(text) <= MAX_CELL_CHARS:
        return text
    notice = labels.cut.format(total=len(text))
    return text[: MAX_CELL_CHARS - len(notice)] + notice
