"""The example bulletin in each kind of file, to be changed before it is sent."""

from collections.abc import Mapping
from functools import cache
from io import BytesIO
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from service.examples import BULLETIN

_FONT: Final = "STSong-Light"
_WORD: Final = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_TOP, _STEP, _LEFT = 800, 14, 40


@cache
def files() -> Mapping[str, bytes]:
    """The bytes by suffix."""
    page = "".join(f"<p>{line}</p>" for line in BULLETIN.splitlines())
    return {
        "txt": BULLETIN.encode("gb18030"),
        "text": BULLETIN.encode("utf-16"),
        "html": f"<html><meta charset=utf-8><body>{page}</body></html>".encode(),
        "docx": as_docx(word_xml()),
        "pdf": _pdf(),
    }


def as_docx(document: bytes) -> bytes:
    """A Word file around `document`, the XML of its text; the same for the same."""
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as file:
        file.writestr(ZipInfo("word/document.xml"), document)
    return buffer.getvalue()


@cache
def word_xml() -> bytes:
    """The example as the XML of a Word file's text."""
    lines = "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in BULLETIN.splitlines())
    return f'<w:document xmlns:w="{_WORD}"><w:body>{lines}</w:body></w:document>'.encode()


def _pdf() -> bytes:
    pdfmetrics.registerFont(UnicodeCIDFont(_FONT))
    buffer = BytesIO()
    canvas = Canvas(buffer, invariant=1)
    canvas.setFont(_FONT, 10)
    for number, line in enumerate(BULLETIN.splitlines()):
        canvas.drawString(_LEFT, _TOP - number * _STEP, line)
    canvas.save()
    return buffer.getvalue()
