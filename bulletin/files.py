"""Files to text: plain text in any encoding, HTML, docx and PDF. The content decides, then the name."""

from pathlib import PurePath
from typing import Final

from bulletin import limits as bounds
from bulletin.docx_text import docx_text
from bulletin.encoding import decode
from bulletin.errors import UnreadableFileError
from bulletin.limits import ReadLimits
from bulletin.markup import html_text, is_html
from bulletin.pdf import pdf_text

_ZIP: Final = b"PK\x03\x04"
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PDF_WITHIN: Final = 1024
_OTHER_FORMATS: Final = (
    (b"\x89PNG", "PNG 图片"), (b"\xff\xd8\xff", "JPEG 图片"), (b"GIF8", "GIF 图片"), (b"Rar!", "RAR 压缩包"),
    (b"7z\xbc\xaf", "7z 压缩包"), (b"\x1f\x8b", "gzip 压缩包"), (b"{\\rtf", "RTF 文档"),
)  # fmt: skip


def read_text(data: bytes, name: str, limits: ReadLimits = bounds.DEFAULT) -> str:
    """The text of the file `data`; `name` gives the suffix and stands in messages.

    Raises UnreadableFileError for a format, an encoding or a state (encrypted, damaged, scanned) that
    cannot be read, and FileLimitError for one that takes more than `limits`. An empty file is the empty text.
    """
    suffix = PurePath(name).suffix.lower()
    if b"%PDF-" in data[:_PDF_WITHIN]:
        return pdf_text(data, name, limits)
    if data.startswith(_ZIP):
        return docx_text(data, name, limits)
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
