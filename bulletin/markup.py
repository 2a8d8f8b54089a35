"""HTML to text: block elements become lines."""

import re
from collections.abc import Iterator
from typing import Final

from lxml import etree, html

from bulletin.encoding import decode
from bulletin.errors import FileLimitError, UnreadableFileError
from bulletin.xml_errors import BEYOND_LIMITS, code_of

_START: Final = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S
)
_TAG: Final = re.compile(rb"</?(?:p|div|br|span|table|tr|td|h[1-6]|ul|li)\b[^>]*>", re.I)
_CHARSET: Final = re.compile(rb"charset\s*=\s*[\"']?\s*([\w-]+)", re.I)
_DECLARATION: Final = re.compile(r"^\s*<\?xml[^>]*\?>")
_UNSEEN: Final = frozenset(
    ["script", "style", "template", "noscript", "head", "title", "iframe", "object", "svg"]
)
_INLINE: Final = frozenset([
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i",
    "img", "ins", "kbd", "label", "mark", "o:p", "q", "s", "samp", "small", "span", "st1:chsdate", "strike",
    "strong", "sub", "sup", "time", "tt", "u", "var", "wbr",
])  # fmt: skip
_CELLS: Final = frozenset(["td", "th"])
_HIDDEN: Final = re.compile(r"display\s*:\s*none", re.I)
_WIDE: Final = "[\u2014-\u2026\u3000-\u9fff\uff00-\uffef]"
_WRAP: Final = re.compile(rf"(?<={_WIDE})[ \t\r\f]*\n[ \t\r\n\f]*(?={_WIDE})")
_SPACES: Final = re.compile("[ \t\r\n\f]+")
_BREAK: Final = "\x1e"
# libxml2's own, when it is told that a tree may be huge.
_DEEPEST: Final = 2048


def is_html(data: bytes, suffix: str) -> bool:
    """Whether the bytes are a page: by their first element, or by any tag in a file named .htm or .html."""
    flat = (
        data[:4096]
        .replace(b"\x00", b"")
        .removeprefix(b"\xef\xbb\xbf")
        .removeprefix(b"\xff\xfe")
        .removeprefix(b"\xfe\xff")
    )
    return bool(_START.match(flat)) or (suffix in (".html", ".htm", ".xhtml") and bool(_TAG.search(flat)))


def html_text(data: bytes, name: str) -> str:
    """The visible text of a page, a line for each block element, cells of a row on one line.

    Raises UnreadableFileError, and FileLimitError for a page that is nested too deep.
    """
    charset = _CHARSET.search(data[:4096])
    source = decode(data, name, charset.group(1).decode("ascii") if charset else None)
    # A page left open at every tag is deep; unlike XML it holds no entities that grow.
    parser = html.HTMLParser(huge_tree=True)
    try:
        root = html.document_fromstring(
            _DECLARATION.sub("", source.removeprefix("\ufeff")).replace("\x00", ""), parser
        )
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        if isinstance(error, etree.XMLSyntaxError):
            code_of(error)
        raise UnreadableFileError(f"网页“{name}”没有可读的内容({error});请检查文件是否完整。") from error
    # The parser gives up at this depth and would leave the rest of the page out without a word.
    if any(entry.type == BEYOND_LIMITS for entry in parser.error_log):
        raise FileLimitError(f"网页“{name}”嵌套超过 {_DEEPEST} 层;请另存为 txt 后再试。", limit=_DEEPEST)
    text = _SPACES.sub(" ", _WRAP.sub("", "".join(_pieces(root))))
    return "\n".join(line.strip(" ") for line in text.split(_BREAK) if line.strip())


def _pieces(root: html.HtmlElement) -> Iterator[str]:
    """The visible text in order, with a break at each edge of a block."""
    levels = [(iter([root]), "")]
    while levels:
        children, after = levels[-1]
        element = next(children, None)
        if element is None:
            levels.pop()
            yield after
            continue
        tail = element.tail or ""
        if not isinstance(element.tag, str) or _is_unseen(element):
            yield tail
            continue
        tag = element.tag.lower()
        edge = "" if tag in _INLINE else " " if tag in _CELLS else _BREAK
        text = element.text or ""
        yield edge + (text.replace("\n", _BREAK) if tag == "pre" else text)
        levels.append((iter(element), edge + tail))


def _is_unseen(element: html.HtmlElement) -> bool:
    hidden = element.get("hidden") is not None or _HIDDEN.search(element.get("style") or "")
    return element.tag.lower() in _UNSEEN or bool(hidden)
