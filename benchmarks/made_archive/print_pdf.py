"""Printing lines of text as a PDF whose bytes depend on nothing but the text."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from benchmarks.made_archive.wrapping import wrapped

# Fonts that every reader of PDF has or replaces: none is embedded.
_SIMPLIFIED: Final = "STSong-Light"
_TRADITIONAL: Final = "MSung-Light"
_SIZE: Final = 12
_LEADING: Final = 20
_COLUMNS: Final = 72
_LINES: Final = 34


@dataclass(frozen=True, slots=True)
class Look:
    """What a document has beside its text: a title for the window, a head for every page, the script of its font."""

    title: str
    head: str
    traditional: bool


def printed(paragraphs: Sequence[str], look: Look, password: str | None = None) -> bytes:
    """A4 pages of the paragraphs, each with head and number; opened with `password` alone if there is one."""
    file = BytesIO()
    lock = StandardEncryption(password, strength=128) if password else None
    canvas = Canvas(file, pagesize=A4, invariant=1, encrypt=lock)
    canvas.setTitle(look.title)
    font = _font(_TRADITIONAL if look.traditional else _SIMPLIFIED)
    lines = [line for paragraph in paragraphs for line in wrapped(paragraph, _COLUMNS)]
    for number, start in enumerate(range(0, len(lines), _LINES), 1):
        _page(canvas, font, [look.head, *lines[start : start + _LINES]], number)
    canvas.save()
    return file.getvalue()


def scanned(title: str, size: tuple[int, int]) -> bytes:
    """A page that holds a picture of `size` points and no text."""
    file = BytesIO()
    canvas = Canvas(file, pagesize=A4, invariant=1)
    canvas.setTitle(title)
    canvas.drawImage(ImageReader(Image.new("L", size, color=230)), 60, 60, *size)
    canvas.save()
    return file.getvalue()


def _font(name: str) -> str:
    if name not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(UnicodeCIDFont(name))
    return name


def _page(canvas: Canvas, font: str, lines: Sequence[str], number: int) -> None:
    width, height = A4
    canvas.setFont(font, _SIZE - 3)
    canvas.drawCentredString(width / 2, height - 40, lines[0])
    text = canvas.beginText((width - _COLUMNS / 2 * _SIZE) / 2, height - 80)
    text.setFont(font, _SIZE, _LEADING)
    for line in lines[1:]:
        text.textLine(line)
    canvas.drawText(text)
    canvas.setFont(font, _SIZE - 3)
    canvas.drawCentredString(width / 2, 40, f"- {number} -")
    canvas.showPage()
