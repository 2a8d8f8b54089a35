"""A digester without models, for the seams: what a test needs to hold still or to break."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bulletin import themes
from bulletin.digest import Abstract, AbstractSentence, Classification, Digest, ItemTheme
from bulletin.document import Bulletin, Entry
from bulletin.parse import parse
from models.assembly import digest_of, requests_of
from models.bundle import BundleInfo
from models.types import ClassifyRequest

TAXONOMY = themes.load()


@dataclass
class KeywordDigester:
    """Labels by the taxonomy's key words; `before` runs first in every call of an engine, to wait or to raise."""

    info: BundleInfo
    before: Callable[[], None] = lambda: None
    taxonomy: themes.Taxonomy = field(default=TAXONOMY)

    def digest(self, text: str, *, abstract: bool = True) -> Digest:
        """Parse for real, label by key words, and take the first items as the abstract."""
        bulletin = parse(text)
        asked = requests_of(bulletin)
        found, _ = self.classify_items(list(asked.values()))
        return self.assemble(bulletin, dict(zip(asked, found, strict=True)), abstract=abstract)

    def classify(self, requests: Sequence[ClassifyRequest]) -> list[Classification]:
        """Label each request's text."""
        return self.classify_items(requests)[0]

    def classify_items(
        self, requests: Sequence[ClassifyRequest]
    ) -> tuple[list[Classification], NDArray[np.float32]]:
        """Label each request's text; nothing is near to anything."""
        self.before()
        found = [
            Classification(
                text=asked.text,
                themes=_themes(asked.text),
                scores=_scores(asked.text),
                review="研修" in asked.text,
            )
            for asked in requests
        ]
        return found, np.zeros((len(requests), 1), np.float32)

    def assemble(self, bulletin: Bulletin, by_id: Mapping[str, Classification], *, abstract: bool) -> Digest:
        """Take the first items as the abstract."""
        drafted = _abstract(bulletin.entries) if abstract else None
        return digest_of(bulletin, by_id, drafted, self.taxonomy, self.info.version)


def _scores(text: str) -> dict[str, float]:
    return {
        theme.id: 0.97 if any(word in text for word in theme.keywords) else 0.02 for theme in TAXONOMY.themes
    }


def _themes(text: str) -> tuple[ItemTheme, ...]:
    return tuple(ItemTheme(id=id, score=score) for id, score in _scores(text).items() if score > 0.5)


def _abstract(entries: Sequence[Entry]) -> Abstract:
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
