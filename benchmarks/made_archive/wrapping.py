"""Breaking Chinese text at a page's width, as word processors do."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

# No sign that closes opens a line, none that opens closes one, and Latin words and numbers stay whole.
_OPENING: Final = r"“‘「『《(【\uff08"
_CLOSING: Final = r"”’」』》)】,。;:、!?%…\uff0c\uff1b\uff1a\uff01\uff1f\uff09\uff05"
_UNIT: Final = re.compile(rf"[{_OPENING}]*(?:[A-Za-z0-9.%+-]+|.)[{_CLOSING}]*", re.DOTALL)


def columns(text: str) -> int:
    """The width of a text: Chinese characters and signs take two columns, others one."""
    return sum(2 if unicodedata.east_asian_width(character) in "WFA" else 1 for character in text)


def wrapped(text: str, width: int) -> Iterator[str]:
    """The lines of `text`, at most `width` columns each unless one unit is wider."""
    line, filled = "", 0
    for unit in _UNIT.findall(text):
        wide = columns(unit)
        if line and filled + wide > width:
            yield line
            line, filled = "", 0
        line += unit
        filled += wide
    yield line
