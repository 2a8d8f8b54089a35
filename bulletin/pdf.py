"""PDF to text, with the lines that the page's width broke joined again."""

import unicodedata
from collections import Counter
from io import BytesIO
from typing import Final

from pypdf import PageObject, PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, NullObject, StreamObject

from bulletin import furniture
from bulletin.errors import FileLimitError, UnreadableFileError
from bulletin.limits import ReadLimits
from bulletin.lines import Line, abstract_start, entry_head, is_title, section_title
from bulletin.plain import fold

# A line this close to the widest ones was broken by the margin, not by its author.
_FULL_LINE: Final = 0.9
_SENTENCE_END: Final = ("。", ";", "!", "?", "”", ")")


def pdf_text(data: bytes, name: str, limits: ReadLimits) -> str:
    """The text of every page in order; page numbers and repeated page heads are left out after the first.

    Raises UnreadableFileError for an encrypted or damaged file and for pages that are only pictures, and
    FileLimitError for more than `limits` allow.
    """
    try:
        reader = PdfReader(BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise UnreadableFileError(f"PDF“{name}”有打开密码;请先解除密码保护。")
        _check_pages(reader, name, limits)
        unpacked = 0
        pages = []
        for number, page in enumerate(reader.pages, 1):
            unpacked += _unpacked_bytes(page)
            if unpacked > limits.unpacked_bytes:
                raise _too_long(name, limits)
            pages.append(_page_lines(page, number, name))
    except UnreadableFileError:
        raise
    # pypdf meets damaged files with its own errors and with those of the objects it failed to build.
    except (
        PyPdfError,
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        IndexError,
        OSError,
        RecursionError,
    ) as error:
        raise UnreadableFileError(f"PDF“{name}”已损坏,无法解析({error});请重新导出或下载。") from error
    if not any(pages):
        raise UnreadableFileError(f"PDF“{name}”没有文字,可能是扫描件;请先做文字识别(OCR)。")
    return "\n".join(_joined(_without_repeats(pages)))


def _check_pages(reader: PdfReader, name: str, limits: ReadLimits) -> None:
    if (pages := len(reader.pages)) > limits.pages:
        raise FileLimitError(
            f"PDF“{name}”有 {pages} 页,上限是 {limits.pages} 页;请只给出一期月报。",
            limit=limits.pages,
            given=pages,
        )


def _unpacked_bytes(page: PageObject) -> int:
    """The size of what draws the page: pypdf bounds each stream, not their sum."""
    contents = page.get("/Contents", NullObject()).get_object()
    streams = contents if isinstance(contents, ArrayObject) else [contents]
    found = (stream.get_object() for stream in streams)
    return sum(len(stream.get_data()) for stream in found if isinstance(stream, StreamObject))


def _too_long(name: str, limits: ReadLimits) -> FileLimitError:
    return FileLimitError(
        f"PDF“{name}”展开后超过 {limits.unpacked_bytes} 字节;请只给出一期月报。",
        limit=limits.unpacked_bytes,
    )


def _page_lines(page: PageObject, number: int, name: str) -> list[str]:
    # A font may map its glyphs to halves of characters, which no text holds.
    text = page.extract_text().encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    lines = [line for raw in text.split("\n") if (line := raw.rstrip()).strip()]
    if not lines and _has_picture(page):
        raise UnreadableFileError(f"PDF“{name}”第{number}页是图片,没有文字;请先做文字识别(OCR)。")
    while lines and furniture.is_page_mark(fold(lines[-1].strip())):
        lines.pop()
    while lines and furniture.is_page_mark(fold(lines[0].strip())):
        lines.pop(0)
    return lines


def _has_picture(page: PageObject) -> bool:
    resources = page.get("/Resources", DictionaryObject()).get_object()
    objects = resources.get("/XObject", DictionaryObject()).get_object()
    return any(entry.get_object().get("/Subtype") == "/Image" for entry in objects.values())


def _without_repeats(pages: list[list[str]]) -> list[str]:
    """All lines in order; a first line that heads several pages is kept once."""
    heads = Counter(page[0].strip() for page in pages if page)
    seen: set[str] = set()
    kept: list[str] = []
    for page in filter(None, pages):
        head = page[0].strip()
        kept += page[1:] if head in seen and heads[head] > 1 else page
        seen.add(head)
    return kept


def _joined(lines: list[str]) -> list[str]:
    widest = max(_width(line) for line in lines)
    joined = [lines[0]]
    last_width = _width(lines[0])
    for line in lines[1:]:
        if last_width >= _FULL_LINE * widest and _runs_on(joined[-1]) and not _opens(line):
            joined[-1] += _glue(joined[-1], line) + line.strip()
        else:
            joined.append(line)
        last_width = _width(line)
    return joined


def _width(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WFA" else 1 for character in line)


def _runs_on(line: str) -> bool:
    folded = fold(line.strip())
    return not folded.endswith(_SENTENCE_END) and not folded.startswith("★") and not is_title(folded)


def _opens(line: str) -> bool:
    text = fold(line.strip())
    whole = Line(text, 0, len(text))
    starts = section_title(whole) or entry_head(whole) or is_title(text) or furniture.is_furniture(text)
    return bool(starts) or abstract_start(whole) is not None


def _glue(before: str, after: str) -> str:
    """Latin words were broken at a space; Chinese has none."""
    return " " if before[-1:].isascii() and before[-1:].isalpha() and after.strip()[:1].isascii() else ""
