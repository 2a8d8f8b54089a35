"""Files to text: plain text in any encoding, HTML, docx and PDF. The content decides, then the name."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import PurePath
from typing import Final
from zipfile import BadZipFile, ZipFile

import docx
from docx.document import Document
from docx.opc.exceptions import OpcError
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph
from lxml import etree

from bulletin.encoding import decode
from bulletin.errors import UnreadableFileError
from bulletin.markup import html_text, is_html
from bulletin.pdf import pdf_text

_ZIP: Final = b"PK\x03\x04"
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PDF_WITHIN: Final = 1024
_WORD: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_BREAKS: Final = {f"{_WORD}tab": "\t", f"{_WORD}br": "\n", f"{_WORD}cr": "\n"}
_OTHER_FORMATS: Final = (
    (b"\x89PNG", "PNG 图片"), (b"\xff\xd8\xff", "JPEG 图片"), (b"GIF8", "GIF 图片"), (b"Rar!", "RAR 压缩包"),
    (b"7z\xbc\xaf", "7z 压缩包"), (b"\x1f\x8b", "gzip 压缩包"), (b"{\\rtf", "RTF 文档"),
)  # fmt: skip


def read_text(data: bytes, name: str) -> str:
    """The text of the file `data`; `name` gives the suffix and stands in messages.

    Raises UnreadableFileError for a format, an encoding or a state (encrypted, damaged, scanned) that
    cannot be read. An empty file is the empty text.
    """
    suffix = PurePath(name).suffix.lower()
    if b"%PDF-" in data[:_PDF_WITHIN]:
        return pdf_text(data, name)
    if data.startswith(_ZIP):
        return _docx_text(data, name)
    if data.startswith(_OLE):
        raise UnreadableFileError(f"“{name}”是旧版或加密的 Office 文档;请另存为不加密的 .docx。")
    for start, what in _OTHER_FORMATS:
        if data.startswith(start):
            raise UnreadableFileError(f"“{name}”是{what},不能读取;请给出 txt、html、docx 或 pdf。")
    if is_html(data, suffix):
        return html_text(data, name)
    if data and suffix in (".pdf", ".docx"):
        raise UnreadableFileError(f"“{name}”的内容不是 {suffix[1:]} 文档,可能已损坏;请重新导出或下载。")
    return decode(data, name)


def _docx_text(data: bytes, name: str) -> str:
    try:
        with ZipFile(BytesIO(data)) as archive:
            if "word/document.xml" not in archive.namelist():
                raise UnreadableFileError(f"“{name}”是压缩包但不是 Word 文档;请给出 txt、html、docx 或 pdf。")
        document = docx.Document(BytesIO(data))
        return "\n".join(_blocks(document))
    # A damaged package fails in the archive, in its parts or in their XML.
    except (BadZipFile, OpcError, etree.XMLSyntaxError, KeyError, ValueError, OSError) as error:
        raise UnreadableFileError(f"Word 文档“{name}”已损坏,无法解析({error});请重新导出或下载。") from error


def _blocks(container: Document | _Cell) -> Iterator[str]:
    """The paragraphs in order; a table gives a line for each row."""
    for block in container.iter_inner_content():
        if isinstance(block, Paragraph):
            yield "".join(_runs(block._p))
        else:
            yield from _rows(block)


def _rows(table: Table) -> Iterator[str]:
    for row in table.rows:
        seen: list[object] = []
        cells = []
        for cell in row.cells:
            if cell._tc not in seen:  # a merged cell is listed once for every column it spans
                seen.append(cell._tc)
                cells.append("\n".join(_blocks(cell)).strip())
        yield " ".join(filter(None, cells))


def _runs(element: etree._Element) -> Iterator[str]:
    """The characters of a paragraph with tracked insertions, links and text boxes, each once."""
    for node in element:
        if node.tag == f"{_WORD}t":
            yield node.text or ""
        elif node.tag in _BREAKS:
            yield _BREAKS[node.tag]
        elif node.tag != _FALLBACK:
            yield from _runs(node)
