"""Who a provincial sentence speaks of: the provinces at the head of its clauses, and 等多地 after them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bulletin import numerals, provinces

_JOINERS: Final = ("、", "和", "及", "与", "以及")
_ET_CETERA: Final = re.compile(
    r"等(?:(?P<count>\d+|[二三四五六七八九十]+)个?(?:省|地)(?![级方])|多?个?(?:省|地)(?!方)|(?![\d一二三四五六七八九十]|多|各|部门|单位))"
)


@dataclass(frozen=True, slots=True)
class Head:
    """Provinces that a clause opens with. `open` when 等, 等地 or 等多地 follows; `count` is 6 for 等6省."""

    names: tuple[str, ...]
    start: int
    end: int
    open: bool
    count: int | None = None


def _head(text: str, chain: Sequence[provinces.Mention]) -> Head:
    end = chain[-1].end
    etc = _ET_CETERA.match(text, end)
    count = int(numerals.value(etc["count"])) if etc and etc["count"] else None
    names = tuple(mention.name for mention in chain)
    return Head(names, chain[0].start, etc.end() if etc else end, etc is not None, count)


def find_heads(text: str) -> tuple[Head, ...]:
    """The heads of half-width `text`: a province at the start or after a mark, and those joined to it.

    A province after 、 that the head before does not reach opens a head of its own when it has words of its
    own before it: 吉林127所村小、四川74所高中同步收看.
    """
    heads: list[Head] = []
    chain: list[provinces.Mention] = []
    for mention in provinces.find(text):
        if chain and text[chain[-1].end : mention.start] in _JOINERS:
            chain.append(mention)
            continue
        if chain:
            heads.append(_head(text, chain))
        before = text[: mention.start].rstrip()
        opens = not before or before[-1] in ",;:。" or (bool(heads or chain) and before[-1] == "、")
        chain = [mention] if opens else []
    return (*heads, _head(text, chain)) if chain else tuple(heads)


def segments(text: str, heads: Sequence[Head]) -> tuple[tuple[int, int], ...]:
    """The stretch of `text` that each head governs; the first starts at 0, the last runs to the end."""
    starts = [0, *(head.start for head in heads[1:])]
    return tuple(zip(starts, [*starts[1:], len(text)], strict=True))
