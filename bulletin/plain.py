"""Text as models and facts read it: simplified, half-width, and exactly as long as what was given."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from opencc import OpenCC

_LINE_END: Final = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_INVISIBLE: Final = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
_QUOTES: Final = str.maketrans("「」『』﹁﹂﹃﹄〝〞｡､", "“”‘’“”‘’“”。、")


class _FoldedCharacters(dict[int, int]):
    """Code point to folded code point, filled as characters are met."""

    def __init__(self) -> None:
        super().__init__()
        self._simplifier = OpenCC("t2s")

    def __missing__(self, code: int) -> int:
        folded = ord(self._fold(chr(code)))
        self[code] = folded
        return folded

    def _fold(self, character: str) -> str:
        if character == "\n" or character.isascii():
            return " " if character == "\t" else character
        if character in _INVISIBLE or unicodedata.category(character) == "Zs":
            return " "
        if "\uff01" <= character <= "\uff5e":
            return chr(ord(character) - 0xFEE0)
        simplified: str = self._simplifier.convert(character.translate(_QUOTES))
        return simplified if len(simplified) == 1 else character


@lru_cache(maxsize=1)
def _folded_characters() -> _FoldedCharacters:
    return _FoldedCharacters()


def fold(text: str) -> str:
    """`text` in simplified Chinese with half-width digits, letters and punctuation; the length never changes.

    Characters are converted one by one, so phrases that OpenCC would lengthen or shorten stay as they are.
    Corner quotes become “” and ‘’, every space but the line end a plain space. 。《》“”、 stay Chinese.
    """
    return text.translate(_folded_characters())


def normalise(text: str) -> str:
    """`text` with every line end as "\\n" and without leading byte order marks: what spans count in.

    What is normalised stays as it is.
    """
    return _LINE_END.sub("\n", text.lstrip("\ufeff"))
