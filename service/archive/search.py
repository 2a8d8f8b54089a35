"""Search in an edition: by words, or by words and meaning together."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from bulletin import reasons
from service.archive import index, words
from service.archive.edition import Edition
from service.archive.filters import Filters
from service.archive.word_index import Ranked, WordIndex
from service.archive.words import Wanted
from service.errors import NotIndexedError
from service.schemas_archive import ArchiveHit

if TYPE_CHECKING:
    from service.archive.meanings import Meanings

# By meaning every item is near in some degree: so many of each ranking are looked at.
DEPTH: Final = 1000
# What a cosine of 1 is worth, where to hold all the words is worth 1: meaning decides between items that hold about
# as much of the words. How it was chosen is told in docs/archive-search.md.
MEANING: Final = 0.2


@dataclass(frozen=True, slots=True)
class Found:
    """A page of hits, best first. `total` is how many items hold all the words, or by meaning how many were ranked."""

    total: int
    hits: tuple[ArchiveHit, ...]


def refuse_another_bundle(edition: Edition, version: str) -> None:
    """Raises NotIndexedError unless the bundle `version` made `edition`: states of two bundles cannot be compared."""
    if version != edition.record.bundle:
        raise NotIndexedError(
            f"档案的 {edition.name} 这一版出自模型 {edition.record.bundle},手头的模型是 {version},"
            "两者的向量不能相比:请换用那个模型,或用现在的模型再建一版(yuebao archive replay)"
        )


class SearchIndex:
    """The newest index of an edition, opened. Answers may be asked for from any thread."""

    def __init__(self, edition: Edition) -> None:
        """Raises NotIndexedError when there is no index, or one that cannot be opened."""
        self._edition = edition
        self._newest = index.newest(edition)
        try:
            self._words = WordIndex(self._newest.folder / index.WORDS)
        except (OSError, ValueError) as error:
            raise NotIndexedError(
                f"索引 {self._newest.folder} 打不开({reasons.told(error)});请删掉它,再运行 yuebao archive build"
            ) from error

    @property
    def note(self) -> str | None:
        """What the index does not show of the edition as it is now; None when it shows all."""
        return self._newest.note

    def by_words(self, query: str, filters: Filters, limit: int, offset: int = 0) -> Found:
        """The items that hold every word of `query`, and what it quotes exactly; ranked by BM25. Raises AskError."""
        wanted = words.wanted(query)
        return self._found(wanted, self._words.holding_all(wanted, filters, limit, offset))

    def by_meaning(
        self, query: str, state: NDArray[np.float32], filters: Filters, limit: int, offset: int = 0
    ) -> Found:
        """The items that hold much of the words of `query` or are near to its `state` (hidden,), best first.

        What it quotes has to be there exactly. An item's score is how much of the words it holds plus MEANING times
        its cosine. Raises AskError, or NotIndexedError for an edition without vectors.
        """
        wanted = words.wanted(query)
        some = self._words.holding_some(wanted, filters, DEPTH).numbers
        # The nearest items need not hold what is quoted.
        near = () if wanted.phrases else self._meanings.nearest(state, filters, DEPTH)
        numbers = sorted({*some, *near})
        coverage = self._words.coverage(wanted, numbers)
        cosines = self._meanings.cosines(state, numbers)
        scores = {
            number: coverage[number] + MEANING * max(0.0, cosine)
            for number, cosine in zip(numbers, cosines, strict=True)
        }
        best = sorted(numbers, key=lambda number: -scores[number])[offset : offset + limit]
        ranked = Ranked(len(numbers), tuple(best), tuple(scores[number] for number in best))
        return self._found(wanted, ranked)

    @cached_property
    def _meanings(self) -> "Meanings":
        if not self._newest.record.meanings:
            raise NotIndexedError(index.no_vectors(self._edition))
        # faiss takes as long to import as a search takes: only searches by meaning pay.
        from service.archive.meanings import Meanings

        try:
            return Meanings(self._newest.folder / index.MEANINGS)
        except (OSError, ValueError, RuntimeError) as error:
            raise NotIndexedError(
                f"索引 {self._newest.folder} 打不开({reasons.told(error)});请删掉它,再运行 yuebao archive build"
            ) from error

    def _found(self, wanted: Wanted, ranked: Ranked) -> Found:
        hits = tuple(
            ArchiveHit(**dict(item), hits=words.places(item.text, wanted), score=round(score, 4))
            for item, score in zip(self._words.items(ranked.numbers), ranked.scores, strict=True)
        )
        return Found(ranked.total, hits)
