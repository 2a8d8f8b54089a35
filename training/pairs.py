"""What the writer learns from: briefs, abstract sentences and 合写 sentences with the items they are drawn from.

A provincial sentence opens with its list of provinces (安徽、广西、重庆 / 浙江、福建、四川等多地). The list is the
plan's to say, so the writer learns and writes only what follows it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bulletin.provinces import OFFICIAL_ORDER
from models.encoding import WriterItem
from training.corpus import LabelledItem, LabelledMonth, LabelledSentence

_NAMES = "|".join(sorted(OFFICIAL_ORDER, key=len, reverse=True))
HEAD = re.compile(rf"(?:{_NAMES})(?:、(?:{_NAMES}))*(?:等多地|等地|等省份|等省)?")


@dataclass(frozen=True, slots=True)
class Pair:
    """The items of one sentence and the text that follows its province list."""

    style: str
    items: tuple[WriterItem, ...]
    target: str


def split_head(sentence: str) -> tuple[str, str]:
    """The province list a sentence opens with ("" if none) and what follows it."""
    match = HEAD.match(sentence)
    head = match.group() if match else ""
    return head, sentence[len(head) :]


def writer_item(item: LabelledItem) -> WriterItem:
    """The item as the writer reads it."""
    return WriterItem(item.heading, item.text)


def pairs(months: Sequence[LabelledMonth]) -> Iterator[Pair]:
    """Every training pair of `months`. A brief is its item's; the other sentences cite one item or more."""
    for month in months:
        for item in month.items:
            yield _brief(item)
        items = month.by_id()
        for sentence in (*month.abstract, *month.groups):
            yield _sentence(sentence, [items[source] for source in sentence.sources])


def _brief(item: LabelledItem) -> Pair:
    target = split_head(item.brief)[1] if item.province else item.brief
    return Pair("简述", (writer_item(item),), target)


def _sentence(sentence: LabelledSentence, cited: Sequence[LabelledItem]) -> Pair:
    provincial = any(item.province for item in cited)
    target = split_head(sentence.text)[1] if provincial else sentence.text
    return Pair("摘要", tuple(writer_item(item) for item in cited), target)
