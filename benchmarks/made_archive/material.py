"""The corpus in blocks: what one month says under one heading, whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from types import MappingProxyType
from typing import Final

from bulletin import items
from bulletin.plain import fold
from training import corpus
from training.corpus import LabelledItem

PROVINCIAL: Final = "各地工作动态"


@dataclass(frozen=True, slots=True)
class Block:
    """What the corpus month `origin` says under a topic's heading or of a province; no items when it is withheld."""

    section: str
    heading: str
    origin: str
    items: tuple[LabelledItem, ...]


@dataclass(frozen=True, slots=True)
class Material:
    """Topics by their section, and entries by their province."""

    topics: Mapping[str, Sequence[Block]]
    entries: Mapping[str, Sequence[Block]]


@cache
def load() -> Material:
    """The shipped months in blocks.

    Hard files are not in it: nobody printed them. Nor are the few blocks that a bulletin's reader cuts elsewhere than
    the annotator did: their labels belong to no item that is read.
    """
    blocks = [
        Block(section, heading, month.name, tuple(found))
        for month in corpus.load()
        if month.month is not None
        for (section, heading), found in groupby(month.items, lambda item: (item.section, item.heading))
    ]
    topics: dict[str, list[Block]] = {}
    entries: dict[str, list[Block]] = {}
    for block in filter(_read_as_labelled, blocks):
        group, key = (entries, block.heading) if block.section == PROVINCIAL else (topics, block.section)
        group.setdefault(key, []).append(block)
    return Material(MappingProxyType(topics), MappingProxyType(entries))


def _read_as_labelled(block: Block) -> bool:
    text = "".join(item.text for item in block.items)
    return [text[start:end] for start, end in items.split(fold(text))] == [item.text for item in block.items]
