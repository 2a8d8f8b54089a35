"""A digester without models, for the seams: what a test needs to hold still or to break."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bulletin import themes
from bulletin.digest import (
    Abstract,
    AbstractSentence,
    Classification,
    Digest,
    DigestEntry,
    DigestItem,
    DigestSection,
    DigestTopic,
    EntryTheme,
    ItemTheme,
    Versions,
)
from bulletin.document import Entry, Item
from bulletin.parse import parse
from models.bundle import BundleInfo
from models.types import ClassifyRequest

TAXONOMY = themes.load()


@dataclass
class KeywordDigester:
    """Labels by the taxonomy's key words; `before` runs first in every call, to wait or to raise."""

    info: BundleInfo
    before: Callable[[], None] = lambda: None
    taxonomy: themes.Taxonomy = field(default=TAXONOMY)

    def digest(self, text: str, *, abstract: bool = True) -> Digest:
        """Parse for real, label by key words, and take the first items as the abstract."""
        self.before()
        bulletin = parse(text)
        entries = tuple(_entry(entry) for entry in bulletin.entries)
        sections = tuple(
            DigestSection(
                title=section.title,
                topics=tuple(
                    DigestTopic(
                        title=topic.title,
                        withheld=topic.withheld,
                        items=tuple(_item(item) for item in topic.items),
                    )
                    for topic in section.topics
                ),
            )
            for section in bulletin.sections
        )
        return Digest(
            title=bulletin.title,
            month=bulletin.month,
            printed_abstract=bulletin.printed_abstract,
            sections=sections,
            entries=entries,
            missing=bulletin.missing,
            abstract=_abstract(entries) if abstract else None,
            warnings=bulletin.warnings,
            versions=Versions(bundle=self.info.version, taxonomy=self.taxonomy.version, yuebao="0"),
        )

    def classify(self, requests: Sequence[ClassifyRequest]) -> list[Classification]:
        """Label each request's text."""
        self.before()
        return [
            Classification(
                text=asked.text, themes=_themes(asked.text), scores=_scores(asked.text), review=False
            )
            for asked in requests
        ]

    def classify_with_states(
        self, requests: Sequence[ClassifyRequest]
    ) -> tuple[list[Classification], NDArray[np.float32]]:
        """Label each request's text; nothing is near to anything."""
        return self.classify(requests), np.zeros((len(requests), 1), np.float32)


def _scores(text: str) -> dict[str, float]:
    return {
        theme.id: 0.97 if any(word in text for word in theme.keywords) else 0.02 for theme in TAXONOMY.themes
    }


def _themes(text: str) -> tuple[ItemTheme, ...]:
    return tuple(ItemTheme(id=id, score=score) for id, score in _scores(text).items() if score > 0.5)


def _item(item: Item) -> DigestItem:
    return DigestItem(
        id=item.id,
        text=item.text,
        span=tuple(item.span),
        themes=_themes(item.plain),
        scores=_scores(item.plain),
        review="研修" in item.plain,
    )


def _entry(entry: Entry) -> DigestEntry:
    items = tuple(_item(item) for item in entry.items)
    found = dict.fromkeys(theme.id for item in items for theme in item.themes)
    named = tuple(EntryTheme(id=id, score=0.97, name=TAXONOMY.name(id)) for id in found)
    return DigestEntry(
        province=entry.province, text=entry.text, span=tuple(entry.span), themes=named, items=items
    )


def _abstract(entries: Sequence[DigestEntry]) -> Abstract:
    sentences = tuple(
        AbstractSentence(
            text=entry.province + entry.items[0].text.rstrip("。;") + "。",
            kind="provincial",
            sources=(entry.items[0].id,),
            origin="extracted",
        )
        for entry in entries[:3]
    )
    return Abstract(text="".join(sentence.text for sentence in sentences), sentences=sentences)
