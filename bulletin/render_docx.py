"""A digest as a Word document."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Final

import docx as word
from docx.document import Document
from docx.shared import Cm, Pt, RGBColor

from bulletin.digest import Digest, DigestItem
from bulletin.docx_fonts import set_fonts
from bulletin.render_labels import (
    LABELS,
    Labels,
    Language,
    origin_words,
    theme_words,
    version_words,
    xml_safe,
)

_GREY = RGBColor(0x66, 0x66, 0x66)
_HEADINGS_PT: Final = {"Title": 20, "Heading 1": 15, "Heading 2": 12}


def docx(digest: Digest, names: Mapping[str, str], lang: Language) -> bytes:
    """Title, abstract with a table of sources, sections, entries, and what to know about them."""
    labels = LABELS[lang]
    document = word.Document()
    _style(document)
    document.core_properties.title = xml_safe(digest.title or labels.untitled)[:255]
    document.core_properties.author = "yuebao"
    document.add_paragraph(xml_safe(digest.title or labels.untitled), style="Title")
    if digest.month:
        document.add_paragraph(xml_safe(f"{labels.month}:{digest.month}"))
    _abstract(document, digest, labels)
    _national(document, digest, names, labels)
    _provincial(document, digest, names, labels)
    _closing(document, digest, labels)
    buffer = BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _style(document: Document) -> None:
    for section in document.sections:
        section.left_margin = section.right_margin = Cm(2.6)
    set_fonts(document, 11, _HEADINGS_PT)


def _abstract(document: Document, digest: Digest, labels: Labels) -> None:
    if digest.abstract is not None:
        document.add_heading(labels.abstract, 1)
        document.add_paragraph(xml_safe(digest.abstract.text))
        rows = [
            (
                str(number),
                sentence.text,
                origin_words(sentence, labels),
                labels.listing.join(sentence.sources),
            )
            for number, sentence in enumerate(digest.abstract.sentences, 1)
        ]
        _table(document, ("#", labels.sentence, labels.origin, labels.sources), rows, (0.9, 8.4, 2.3, 4.2))
    if digest.printed_abstract:
        document.add_heading(labels.printed_abstract, 1)
        document.add_paragraph(xml_safe(digest.printed_abstract))


def _table(
    document: Document, headers: Sequence[str], rows: Sequence[Sequence[str]], widths_cm: Sequence[float]
) -> None:
    table = document.add_table(rows=0, cols=len(headers), style="Light Grid Accent 1")
    table.autofit = False
    for column, width in zip(table.columns, widths_cm, strict=True):
        column.width = Cm(width)
    for row in (headers, *rows):
        for cell, text, width in zip(table.add_row().cells, row, widths_cm, strict=True):
            cell.text, cell.width = xml_safe(text), Cm(width)


def _national(document: Document, digest: Digest, names: Mapping[str, str], labels: Labels) -> None:
    for section in digest.sections:
        document.add_heading(xml_safe(section.title), 1)
        for topic in section.topics:
            document.add_heading(xml_safe(topic.title) + (labels.withheld if topic.withheld else ""), 2)
            for item in topic.items:
                _item(document, item, names, labels)


def _provincial(document: Document, digest: Digest, names: Mapping[str, str], labels: Labels) -> None:
    document.add_heading(labels.provincial, 1)
    for entry in digest.entries:
        heading = f"{entry.province} · {theme_words(entry.themes, names, labels)}"
        document.add_heading(xml_safe(heading), 2)
        for item in entry.items:
            _item(document, item, names, labels)


def _item(document: Document, item: DigestItem, names: Mapping[str, str], labels: Labels) -> None:
    paragraph = document.add_paragraph(style="List Bullet")
    paragraph.add_run(f"[{xml_safe(item.id)}] ").bold = True
    paragraph.add_run(xml_safe(item.text))
    review = f" ⚑ {labels.review}" if item.review else ""
    run = paragraph.add_run(xml_safe(f"  〔{theme_words(item.themes, names, labels)}〕{review}"))
    run.font.color.rgb = _GREY


def _closing(document: Document, digest: Digest, labels: Labels) -> None:
    if digest.missing:
        document.add_heading(labels.missing, 1)
        document.add_paragraph(xml_safe(labels.listing.join(digest.missing)))
    if digest.warnings:
        document.add_heading(labels.warnings, 1)
        for warning in digest.warnings:
            document.add_paragraph(xml_safe(warning), style="List Bullet")
    run = document.add_paragraph().add_run(xml_safe(f"{labels.versions}:{version_words(digest)}"))
    run.font.color.rgb, run.font.size = _GREY, Pt(9)
