"""What a made bulletin says: topics and entries, each drawn whole from some month of the corpus."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Final

from benchmarks.made_archive import material
from benchmarks.made_archive.material import Block
from benchmarks.made_archive.order import Lesson, Order
from bulletin.provinces import OFFICIAL_ORDER
from training.corpus import LabelledItem

# How many topics a section has, least and most; from 2022 on the ministry's bulletins have the last one too.
_SECTIONS: Final = {
    "中央网信重要工作部署": (1, 1),
    "教育信息化重点工作进展": (5, 8),
    "网络安全重点工作进展": (2, 4),
    "相关工作资讯": (2, 4),
}
_DIGITAL: Final = {"国家教育数字化战略行动": (1, 2)}
_DIGITAL_FROM: Final = "2022-01"
_MOST_MISSING: Final = 6
_WITHHELD: Final = 0.08
_WITH_ABSTRACT: Final = 5 / 6


@dataclass(frozen=True, slots=True)
class Section:
    """A ★ part."""

    title: str
    topics: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Content:
    """A bulletin before it has a page; `abstract` are its sentences, none for a bulletin without one."""

    month: str
    site: str
    abstract: tuple[str, ...]
    sections: tuple[Section, ...]
    entries: tuple[Block, ...]

    @property
    def key(self) -> str:
        """Names the bulletin, whichever file holds it."""
        return f"{self.month}/{self.site}"

    def national(self) -> Iterator[tuple[Block, LabelledItem]]:
        """The items above the provinces, in printed order."""
        blocks = (topic for section in self.sections for topic in section.topics)
        return ((block, item) for block in blocks for item in block.items)

    def provincial(self) -> Iterator[tuple[Block, LabelledItem]]:
        """The items of the entries, in printed order."""
        return ((entry, item) for entry in self.entries for item in entry.items)


def draw(order: Order, number: int) -> Content:
    """The bulletin `number` of an order."""
    rng = order.rng("content", number)
    found, month = material.load(), order.month(number)
    wanted = _SECTIONS | (_DIGITAL if month >= _DIGITAL_FROM else {})
    sections = tuple(
        Section(title, _topics(rng, found.topics[title], rng.randint(*bounds)))
        for title, bounds in wanted.items()
    )
    missing = rng.sample(OFFICIAL_ORDER, rng.randint(0, _MOST_MISSING))
    entries = tuple(rng.choice(found.entries[name]) for name in OFFICIAL_ORDER if name not in missing)
    drawn = Content(month, order.site(number), (), sections, entries)
    has_abstract = rng.random() < _WITH_ABSTRACT and order.abstracts
    return replace(drawn, abstract=_abstract(rng, drawn)) if has_abstract else drawn


def _topics(rng: Random, blocks: Sequence[Block], wanted: int) -> tuple[Block, ...]:
    """Topics of different headings, some withheld."""
    chosen: dict[str, Block] = {}
    for block in rng.sample(blocks, len(blocks)):
        chosen.setdefault(block.heading, block)
        if len(chosen) == wanted:
            break
    return tuple(replace(block, items=()) if rng.random() < _WITHHELD else block for block in chosen.values())


def _abstract(rng: Random, drawn: Content) -> tuple[str, ...]:
    """The briefs of some items: sentences over several months' items would say what none of them says."""
    briefs = [
        [item.brief for _, item in items] for items in (list(drawn.national()), list(drawn.provincial()))
    ]
    picked = [sorted(rng.sample(range(len(some)), min(len(some), rng.randint(3, 5)))) for some in briefs]
    return tuple(f"{some[k]}。" for some, places in zip(briefs, picked, strict=True) for k in places)


def lessened(content: Content, lacks: Lesson, rng: Random) -> Content:
    """The same bulletin without its abstract, or with an entry whose end is lost; never more than it was."""
    if lacks is Lesson.ABSTRACT and content.abstract:
        return replace(content, abstract=())
    if lacks is Lesson.NOTHING:
        return content
    # A page loses whole sentences: what ends with a comma could not be the end.
    places = [k for k, entry in enumerate(content.entries) if _kept(entry)]
    place = rng.choice(places)
    entry = content.entries[place]
    shorter = replace(entry, items=_kept(entry))
    return replace(content, entries=(*content.entries[:place], shorter, *content.entries[place + 1 :]))


def _kept(entry: Block) -> tuple[LabelledItem, ...]:
    """The entry's items up to its last full stop but one."""
    stops = [k for k, item in enumerate(entry.items[:-1], 1) if item.text.endswith("。")]
    return entry.items[: stops[-1]] if stops else ()
