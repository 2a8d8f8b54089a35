"""A page's lines as the bytes of a file."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from io import BytesIO
from itertools import groupby
from random import Random
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import docx
from docx.document import Document

from benchmarks.made_archive import print_pdf
from benchmarks.made_archive.layout import Layout, Line, Role

# Pages declare the older, smaller set and use the larger one.
_DECLARED: Final = {"gb18030": "gb2312"}
_STYLE: Final = (
    "<style>.nav li{display:inline} table{border-collapse:collapse}</style>\n"
    '<script>document.title = "";</script>\n'
)
_IN_TABLE: Final = 0.3
_DATE: Final = (2026, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Page:
    """What is to be written: the lines, the title that a window shows, and the `mark` of synthetic data."""

    lines: tuple[Line, ...]
    title: str
    mark: str
    layout: Layout


def written(page: Page, suffix: str, encoding: str | None, rng: Random) -> bytes:
    """The file: txt and html in `encoding`, docx and pdf, which have none to choose, without one."""
    if encoding is not None:
        text = _html(page, encoding, rng) if suffix == "html" else _txt(page, rng)
        return text.encode(encoding)
    return pdf(page) if suffix == "pdf" else _docx(page, table=rng.random() < _IN_TABLE)


def pdf(page: Page, password: str | None = None) -> bytes:
    """The page printed, to be opened with `password` if there is one."""
    paragraphs = [line.head + line.text for line in page.lines]
    look = print_pdf.Look(page.title, page.mark, page.layout.traditional)
    return print_pdf.printed(paragraphs, look, password)


def _txt(page: Page, rng: Random) -> str:
    between = "\n" if page.layout.broken else rng.choice(("\n", "\n\n"))
    end = rng.choice(("\n", "\r\n"))
    return (between.join(line.head + line.text for line in page.lines) + "\n").replace("\n", end)


def _html(page: Page, encoding: str, rng: Random) -> str:
    parts = {role: "".join(_elements(page.lines, role)) for role in (Role.MENU, Role.INFO, Role.FOOT)}
    heads = "".join(f"<h1>{escape(line.text)}</h1>\n" for line in page.lines if line.role is Role.TITLE)
    body = [line for line in page.lines if line.role not in (Role.TITLE, *parts)]
    return (
        f'<!DOCTYPE html>\n<html lang="zh"><head><meta charset="{_DECLARED.get(encoding, encoding)}">\n'
        f"<title>{escape(page.title)} - {page.mark}</title>\n{_STYLE}</head>\n"
        f'<body><div class="nav">{parts[Role.MENU]}</div>\n<div class="article">{heads}'
        f'<div class="info">{parts[Role.INFO]}</div>\n{_article(body, rng)}</div>\n'
        f'<div class="footer">{parts[Role.FOOT]}</div>\n</body></html>\n'
    )


def _elements(lines: Iterable[Line], role: Role) -> Iterable[str]:
    """Menus as lists, other lines as paragraphs."""
    for line in lines:
        if line.role is not role:
            continue
        if role is Role.MENU and "|" in line.text:
            words = "".join(f'<li><a href="#">{escape(word)}</a></li>' for word in line.text.split(" | "))
            yield f"<ul>{words}</ul>"
        else:
            yield f"<p>{escape(line.text)}</p>"


def _article(lines: Sequence[Line], rng: Random) -> str:
    """Paragraphs, or one paragraph with line breaks, or the entries in a table."""
    way = rng.choice(("paragraphs", "breaks", "table"))
    if way == "breaks":
        return "<p>" + "<br>\n".join(_marked(line) for line in lines) + "</p>\n"
    found = []
    for in_table, group in groupby(lines, lambda line: way == "table" and bool(line.head)):
        if in_table:
            rows = (
                f"<tr><td>{escape(line.head.strip())}</td><td>{escape(line.text)}</td></tr>" for line in group
            )
            found.append("<table>" + "\n".join(rows) + "</table>\n")
        else:
            found += [f"<p>{_marked(line)}</p>\n" for line in group]
    return "".join(found)


def _marked(line: Line) -> str:
    text = escape(line.text).replace(" ", "&nbsp;") if line.role is Role.ENTRY else escape(line.text)
    if line.role is Role.SECTION:
        return f"<strong>{text}</strong>"
    return f"<b>{escape(line.head)}</b>{text}" if line.head else text


def _docx(page: Page, *, table: bool) -> bytes:
    document = docx.Document()
    document.core_properties.author = page.mark
    document.core_properties.title = page.title
    document.sections[0].footer.paragraphs[0].text = page.mark
    for in_table, group in groupby(page.lines, lambda line: table and bool(line.head)):
        if in_table:
            rows = [(line.head.strip(), line.text) for line in group]
            _add_table(document, rows)
            continue
        for line in group:
            paragraph = document.add_paragraph()
            if line.head:
                paragraph.add_run(line.head).bold = True
            paragraph.add_run(line.text).bold = line.role in (Role.TITLE, Role.SECTION) or None
    file = BytesIO()
    document.save(file)
    return _dated(file.getvalue())


def _add_table(document: Document, rows: Sequence[tuple[str, str]]) -> None:
    table = document.add_table(rows=len(rows), cols=2)
    for row, texts in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text


def _dated(package: bytes) -> bytes:
    """The same archive with one date at every part: python-docx writes the time of day."""
    file = BytesIO()
    with ZipFile(BytesIO(package)) as old, ZipFile(file, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = ZipInfo(name, _DATE)
            part.compress_type = ZIP_DEFLATED
            new.writestr(part, old.read(name))
    return file.getvalue()
