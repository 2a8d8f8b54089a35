"""Words of Chinese text, cut by jieba, and where what was asked for stands in a text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import rjieba

from bulletin.plain import fold, normalise
from service.errors import AskError

# In straight quotes two of them stand for one; in curly ones a pair may stand inside.
_QUOTED: Final = re.compile(r'"((?:[^"]|"")*)"|“([^“”]*(?:“[^“”]*”[^“”]*)*)”')
_LOWER: Final = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a text has to hold, as `key` writes it: words, and phrases that were quoted."""

    words: tuple[str, ...]
    phrases: tuple[str, ...]


def key(text: str) -> str:
    """`text` as it is compared: simplified, half-width, lower case, without line ends."""
    return fold(normalise(text)).replace("\n", "").translate(_LOWER)


def cut(plain: str) -> str:
    """The words of a text in the form of `key`, with the shorter ones inside them, a space between two."""
    return " ".join(rjieba.cut_for_search(plain))


def wanted(query: str) -> Wanted:
    """The words and the quoted phrases of `query`. Raises AskError when there is neither."""
    asked = key(query)
    phrases = tuple(_phrases(asked))
    rest = _QUOTED.sub(" ", asked)
    words = tuple(dict.fromkeys(word for word in rjieba.cut(rest) if re.search(r"\w", word)))
    if not words and not phrases:
        raise AskError(f"“{query}”里没有可以检索的词:请写一个词,或用引号写一句原文")
    return Wanted(words, phrases)


def places(text: str, wanted: Wanted) -> tuple[tuple[int, int], ...]:
    """Where `text` holds what is wanted: spans of its characters, in order, apart from each other."""
    kept = [place for place, char in enumerate(text) if char != "\n"]
    plain = key(text)
    merged: list[tuple[int, int]] = []
    for start, end in sorted(_found(plain, (*wanted.words, *wanted.phrases))):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple((kept[start], kept[end - 1] + 1) for start, end in merged)


def _phrases(asked: str) -> Iterator[str]:
    for straight, curly in _QUOTED.findall(asked):
        if phrase := straight.replace('""', '"') or curly:
            yield phrase


def _found(plain: str, sought: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    for one in sought:
        start = plain.find(one)
        while start >= 0:
            yield start, start + len(one)
            start = plain.find(one, start + 1)
