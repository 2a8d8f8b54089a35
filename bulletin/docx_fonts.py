"""Fonts of the Word documents that are written here: a Latin and a Chinese one for each style."""

from collections.abc import Mapping

from docx.document import Document
from docx.oxml.ns import qn
from docx.shared import Pt
from docx.styles.style import ParagraphStyle

_LATIN, _BODY, _HEADING = "Times New Roman", "宋体", "黑体"


def set_fonts(document: Document, body_pt: float, headings_pt: Mapping[str, float]) -> None:
    """Set the body's font, and those of the styles `headings_pt`, in points."""
    _font(document, "Normal", _BODY, body_pt)
    # Without the language, punctuation is drawn as in Taiwan by programs that choose glyphs by it.
    for language in document.styles.element.iter(qn("w:lang")):
        language.set(qn("w:eastAsia"), "zh-CN")
    for name, size in headings_pt.items():
        _font(document, name, _HEADING, size)


def _font(document: Document, name: str, east_asian: str, size_pt: float) -> None:
    style = document.styles[name]
    assert isinstance(style, ParagraphStyle)
    style.font.name, style.font.size = _LATIN, Pt(size_pt)
    # python-docx names only the Latin font; Word takes the Chinese one from this attribute.
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    fonts.set(qn("w:eastAsia"), east_asian)
