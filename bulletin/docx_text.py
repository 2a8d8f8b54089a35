"""Word documents to text: the paragraphs in order, a line for each row of a table."""

import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from docx.oxml import parse_xml
from docx.oxml.document import CT_Body, CT_Document
from docx.oxml.simpletypes import ST_Merge
from docx.oxml.table import CT_Tbl, CT_Tc
from docx.oxml.text.paragraph import CT_P
from lxml import etree

from bulletin.errors import FileLimitError, UnreadableFileError
from bulletin.limits import ReadLimits
from bulletin.xml_errors import BEYOND_LIMITS, code_of

# libxml2's own.
_DEEPEST: Final = 256
_ENCRYPTED: Final = 1
_PART: Final = "word/document.xml"
_WORD: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_BREAKS: Final = {f"{_WORD}tab": "\t", f"{_WORD}br": "\n", f"{_WORD}cr": "\n"}


def docx_text(data: bytes, name: str, limits: ReadLimits) -> str:
    """The text of a Word document.

    Only the part that holds the text is unpacked, so that macros, pictures, embedded files and links to elsewhere are
    never looked at. Raises UnreadableFileError, and FileLimitError for more than `limits` allow.
    """
    try:
        root = parse_xml(_text_part(data, name, limits))
        if root.getroottree().docinfo.internalDTD is not None:
            raise UnreadableFileError(f"Word 文档“{name}”里有 DTD,Word 从不这样保存;请用 Word 另存为 .docx。")
        if not isinstance(root, CT_Document):
            raise ValueError(f"root element is {root.tag}")
        return _Blocks(name, limits).text(root.body)
    except etree.XMLSyntaxError as error:
        if code_of(error) == BEYOND_LIMITS:
            raise FileLimitError(
                f"Word 文档“{name}”超出 XML 的限度:最多 {_DEEPEST} 层,每段文字不超过一千万字节,没有实体;"
                "请用 Word 另存为 .docx。",
                limit=_DEEPEST,
            ) from error
        raise _damaged(name, error) from error
    # A damaged package fails in the archive, in what is packed or in what that says.
    except (BadZipFile, zlib.error, KeyError, ValueError, OSError, EOFError, NotImplementedError) as error:
        raise _damaged(name, error) from error


def _damaged(name: str, error: Exception) -> UnreadableFileError:
    return UnreadableFileError(f"Word 文档“{name}”已损坏,无法解析({error});请重新导出或下载。")


def _text_part(data: bytes, name: str, limits: ReadLimits) -> bytes:
    """The XML of the text. What a header says of sizes is not believed: what comes out is counted."""
    with ZipFile(BytesIO(data)) as archive:
        if _PART not in archive.namelist():
            raise UnreadableFileError(f"“{name}”是压缩包但不是 Word 文档;请给出 txt、html、docx 或 pdf。")
        if (members := len(archive.infolist())) > limits.members:
            raise FileLimitError(
                f"Word 文档“{name}”里有 {members} 个文件,上限是 {limits.members} 个;请用 Word 另存为 .docx。",
                limit=limits.members,
                given=members,
            )
        part = archive.getinfo(_PART)
        if part.flag_bits & _ENCRYPTED:
            raise UnreadableFileError(f"Word 文档“{name}”有打开密码;请先解除密码保护。")
        # The format knows no other; some others take any amount of memory that their header asks for.
        if part.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise BadZipFile(f"compression method {part.compress_type}")
        with archive.open(part) as packed:
            content = packed.read(limits.unpacked_bytes + 1)
    if len(content) > limits.unpacked_bytes:
        raise _too_long(name, limits)
    return content


def _too_long(name: str, limits: ReadLimits) -> FileLimitError:
    return FileLimitError(
        f"Word 文档“{name}”展开后超过 {limits.unpacked_bytes} 字节;请只给出一期月报。",
        limit=limits.unpacked_bytes,
    )


class _Blocks:
    """The lines of a document. A cell merged downwards stands in every row that it reaches.

    So tables within tables can repeat a short text without end: each cell is read once, and what comes of rows is
    counted.
    """

    def __init__(self, name: str, limits: ReadLimits) -> None:
        self._name = name
        self._limits = limits
        self._cells: dict[CT_Tc, str] = {}
        self._written = 0

    def text(self, container: CT_Body | CT_Tc) -> str:
        """The paragraphs in order; a table gives a line for each row."""
        return "\n".join(self._lines(container))

    def _lines(self, container: CT_Body | CT_Tc) -> Iterator[str]:
        for block in container.inner_content_elements:
            if isinstance(block, CT_P):
                yield "".join(_runs(block))
            else:
                yield from self._rows(block)

    def _rows(self, table: CT_Tbl) -> Iterator[str]:
        reaching: dict[int, CT_Tc] = {}
        for row in table.tr_lst:
            column = row.grid_before
            cells: dict[CT_Tc, None] = {}
            for cell in row.tc_lst:
                top = reaching.get(column, cell) if cell.vMerge == ST_Merge.CONTINUE else cell
                reaching[column] = top
                cells[top] = None
                column += cell.grid_span
            line = " ".join(filter(None, map(self._cell, cells)))
            self._written += len(line)
            if self._written > self._limits.unpacked_bytes:
                raise _too_long(self._name, self._limits)
            yield line

    def _cell(self, cell: CT_Tc) -> str:
        if cell not in self._cells:
            self._cells[cell] = self.text(cell).strip()
        return self._cells[cell]


def _runs(element: etree._Element) -> Iterator[str]:
    """The characters of a paragraph with tracked insertions, links and text boxes, each once."""
    for node in element:
        if node.tag == f"{_WORD}t":
            yield node.text or ""
        elif node.tag in _BREAKS:
            yield _BREAKS[node.tag]
        elif node.tag != _FALLBACK:
            yield from _runs(node)
