"""The report's words and tables as a Word document, for those who edit there."""

from io import BytesIO
from typing import Final

import docx as word
from docx.document import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.shared import Cm, Pt, RGBColor
from docx.table import _Cell, _Row

from bulletin.docx_fonts import set_fonts
from bulletin.render_labels import xml_safe
from service.archive.report.stable import stable
from service.archive.report.tables import Report, Table, shown

_GREY: Final = RGBColor(0x57, 0x60, 0x6A)
_HEADINGS_PT: Final = {"Title": 20, "Heading 1": 15, "Heading 2": 12, "Caption": 10}
# What is left of A4 on its side between margins of 1.8 cm.
_WIDTH_CM: Final = 29.7 - 2 * 1.8
_CELL_PT: Final = 8


def docx(report: Report) -> bytes:
    """Title, then chapter by chapter the words and the tables; charts are in the page and the workbook."""
    document = word.Document()
    _style(document)
    document.core_properties.title = xml_safe(f"{report.title} {report.subtitle}")[:255]
    document.core_properties.author = "yuebao"
    document.add_paragraph(xml_safe(report.title), style="Title")
    document.add_paragraph(xml_safe(report.subtitle))
    _small(document, report.made)
    for number, chapter in enumerate(report.chapters, 1):
        document.add_heading(f"{number} {xml_safe(chapter.title)}", 1)
        for words in chapter.words:
            document.add_paragraph(xml_safe(words), style="List Bullet")
        for table in chapter.tables:
            _table(document, table)
    buffer = BytesIO()
    document.save(buffer)
    return stable(buffer.getvalue())


def _style(document: Document) -> None:
    for section in document.sections:
        section.orientation = WD_ORIENT.LANDSCAPE
        section.page_width, section.page_height = Cm(29.7), Cm(21.0)
        section.left_margin = section.right_margin = Cm(1.8)
        section.top_margin = section.bottom_margin = Cm(2)
    set_fonts(document, 10.5, _HEADINGS_PT)


def _table(document: Document, table: Table) -> None:
    caption = document.add_paragraph(xml_safe(table.caption), style="Caption")
    caption.paragraph_format.keep_with_next = True
    caption.paragraph_format.space_before = Pt(10)
    rows = table.printed()
    widths = [share * _WIDTH_CM for share in table.widths()]
    made = document.add_table(rows=len(rows) + 1, cols=len(table.columns), style="Light Grid Accent 1")
    made.autofit = False
    for grid, share in zip(made.columns, widths, strict=True):
        grid.width = Cm(share)
    labels = [column.label for column in table.columns]
    told = [
        [shown(cell, column.kind) for cell, column in zip(row, table.columns, strict=True)] for row in rows
    ]
    for row, words in zip(made.rows, (labels, *told), strict=True):
        _keep_whole(row, heading=words is labels)
        for cell, text, column, width in zip(row.cells, words, table.columns, widths, strict=True):
            cell.width = Cm(width)
            _write(cell, text, right=column.kind != "text")
    for remark in () if rows else ("没有",):
        _small(document, remark)
    for remark in table.remarks():
        _small(document, remark)


def _keep_whole(row: _Row, *, heading: bool) -> None:
    """No page break inside the row; a heading is told again on every page."""
    properties = row._tr.get_or_add_trPr()
    for name in ("w:cantSplit", *(("w:tblHeader",) if heading else ())):
        properties.append(OxmlElement(name))


def _write(cell: _Cell, text: str, *, right: bool) -> None:
    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_after = Pt(0)
    if right:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    paragraph.add_run(xml_safe(text)).font.size = Pt(_CELL_PT)


def _small(document: Document, text: str) -> None:
    run = document.add_paragraph().add_run(xml_safe(text))
    run.font.color.rgb, run.font.size = _GREY, Pt(9)
