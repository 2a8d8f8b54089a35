"""Text to digest: the same pipeline for HTTP, the command line and the archive."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from bulletin import __version__, themes
from bulletin.digest import (
    Abstract,
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
from bulletin.document import Bulletin, Entry, Item
from bulletin.errors import BundleError
from bulletin.parse import parse
from bulletin.plain import fold, normalise
from bulletin.themes import Taxonomy
from models.abstract import draft
from models.bundle import Bundle, BundleInfo, open_bundle
from models.classifier import Classifier, nearness
from models.salience import PlanItem
from models.types import ClassifyRequest
from models.wording import Wording
from models.writer import Writer

# One item above the provinces and two below: every engine and every weight has its part.
_SAMPLE = "教育信息化工作月报\n★重点工作\n会议 召开会议。\n★各地工作动态\n北京 召开会议。\n上海 召开会议。"
# A month has a hundred items; planning takes time and memory with the square of their number.
MOST_DRAFTED = 1000
_TOO_MANY = f"事项超过{MOST_DRAFTED}个,没有起草摘要;请确认给出的是一期月报。"


@dataclass(frozen=True, slots=True)
class Read:
    """A bulletin, its digest, and the classifier's (items, hidden) states in the order of the digest's items."""

    bulletin: Bulletin
    digest: Digest
    states: NDArray[np.float32]


class Pipeline:
    """A bundle's engines behind two calls: `digest` a bulletin, `classify` items. Not thread-safe."""

    def __init__(self, bundle: Bundle, taxonomy: Taxonomy, classifier: Classifier, writer: Writer) -> None:
        self.info: BundleInfo = bundle.info
        self.taxonomy = taxonomy
        self._manifest = bundle.manifest
        self._classifier = classifier
        self._writer = writer
        self._wording = Wording.load(bundle)

    @classmethod
    def open(cls, bundle: Path | None = None, *, threads: int = 2) -> Self:
        """The pipeline of the bundle at `bundle` (default: the built-in one), tried out once. Raises BundleError."""
        opened = open_bundle(bundle)
        taxonomy = opened.load("themes.toml", themes.load)
        if taxonomy.ids != tuple(theme.id for theme in opened.manifest.themes):
            raise BundleError(f"模型包 {opened.path} 的主题表与清单不一致;请重新取得模型包。")
        pipeline = cls(opened, taxonomy, Classifier(opened, threads), Writer(opened, threads))
        try:
            pipeline.digest(_SAMPLE)
        # Whatever engines, weights and taxonomy that were not made for each other raise.
        except Exception as error:
            raise BundleError(
                f"模型包 {opened.path} 的各部分配不到一起({error});请换用本版本的模型包。"
            ) from error
        return pipeline

    def digest(self, text: str, *, abstract: bool = True) -> Digest:
        """The digest of one bulletin. Raises an InputError when `text` is none.

        Of more than MOST_DRAFTED items no abstract is drafted, and a warning says so.
        """
        return self.read([parse(text)], abstract=abstract)[0].digest

    def read(self, bulletins: Sequence[Bulletin], *, abstract: bool = True) -> list[Read]:
        """Every bulletin's digest and states, all their items classified together: batches are fuller."""
        asked = [dict(_requests(bulletin)) for bulletin in bulletins]
        found, states = self._classify([request for own in asked for request in own.values()])
        read, start = [], 0
        for bulletin, own in zip(bulletins, asked, strict=True):
            end = start + len(own)
            digest = self._digest(bulletin, dict(zip(own, found[start:end], strict=True)), abstract)
            read.append(Read(bulletin, digest, states[start:end]))
            start = end
        return read

    def _digest(self, bulletin: Bulletin, by_id: dict[str, Classification], abstract: bool) -> Digest:
        too_many = abstract and len(by_id) > MOST_DRAFTED
        drafted = self._draft(bulletin, by_id) if abstract and not too_many else None
        return Digest(
            title=bulletin.title,
            month=bulletin.month,
            printed_abstract=bulletin.printed_abstract,
            sections=_sections(bulletin, by_id),
            entries=tuple(self._entry(entry, by_id) for entry in bulletin.entries),
            missing=bulletin.missing,
            abstract=drafted,
            warnings=(*bulletin.warnings, _TOO_MANY) if too_many else bulletin.warnings,
            versions=Versions(bundle=self.info.version, taxonomy=self.taxonomy.version, yuebao=__version__),
        )

    def classify(self, requests: Sequence[ClassifyRequest]) -> list[Classification]:
        """One classification a request, in order. Texts may be traditional or full-width."""
        return self.classify_with_states(requests)[0]

    def classify_with_states(
        self, requests: Sequence[ClassifyRequest]
    ) -> tuple[list[Classification], NDArray[np.float32]]:
        """What `classify` gives, and the (requests, hidden) states that it was read off."""
        found, states = self._classify(
            [ClassifyRequest(_plain(r.text), _plain(r.heading), _plain(r.previous)) for r in requests]
        )
        given = [
            Classification(text=request.text, themes=one.themes, scores=one.scores, review=one.review)
            for request, one in zip(requests, found, strict=True)
        ]
        return given, states

    def _classify(
        self, requests: Sequence[ClassifyRequest]
    ) -> tuple[list[Classification], NDArray[np.float32]]:
        readings = self._classifier.readings(requests)
        rows = readings.probabilities.tolist()
        return [
            self._classification(r.text, row) for r, row in zip(requests, rows, strict=True)
        ], readings.states

    def _classification(self, text: str, row: Sequence[float]) -> Classification:
        settings = self._manifest.themes
        passed = [(theme.id, p) for theme, p in zip(settings, row, strict=True) if p >= theme.threshold]
        passed.sort(key=lambda pair: -pair[1])
        near = nearness(np.array(row), [theme.threshold for theme in settings])
        return Classification(
            text=text,
            themes=tuple(ItemTheme(id=name, score=_score(p)) for name, p in passed),
            scores={theme.id: _score(p) for theme, p in zip(settings, row, strict=True)},
            review=bool(near < self._manifest.review_margin),
        )

    def _draft(self, bulletin: Bulletin, by_id: dict[str, Classification]) -> Abstract:
        items = self._wording.rated(list(_plan_items(bulletin, by_id)))
        return draft(items, self._manifest.planner, self._writer)

    def _entry(self, entry: Entry, by_id: dict[str, Classification]) -> DigestEntry:
        items = tuple(_digest_item(item, by_id) for item in entry.items)
        found = themes.united((theme.id, theme.score) for item in items for theme in item.themes)
        union = tuple(
            EntryTheme(id=name, name=self.taxonomy.name(name), score=score) for name, score in found
        )
        return DigestEntry(
            province=entry.province, text=entry.text, span=entry.span, themes=union, items=items
        )


def _score(probability: float) -> float:
    """Four decimals: finer differences are the engine's, not the model's."""
    return round(probability, 4)


def _requests(bulletin: Bulletin) -> Iterator[tuple[str, ClassifyRequest]]:
    """Every item by id, with its heading and the item before it."""
    for section in bulletin.sections:
        for topic in section.topics:
            yield from _with_context(topic.items, fold(topic.title))
    for entry in bulletin.entries:
        yield from _with_context(entry.items, entry.province)


def _with_context(items: Sequence[Item], heading: str) -> Iterator[tuple[str, ClassifyRequest]]:
    previous = ""
    for item in items:
        yield item.id, ClassifyRequest(_joined(item), heading, previous)
        previous = _joined(item)


def _joined(item: Item) -> str:
    """The item's plain text with lines that the layout broke put together again."""
    return item.plain.replace("\n", "")


def _plain(text: str) -> str:
    """`text` from outside a bulletin as items are read inside one."""
    return fold(normalise(text)).replace("\n", "").strip()


def _digest_item(item: Item, by_id: dict[str, Classification]) -> DigestItem:
    one = by_id[item.id]
    return DigestItem(
        id=item.id, text=item.text, span=item.span, themes=one.themes, scores=one.scores, review=one.review
    )


def _sections(bulletin: Bulletin, by_id: dict[str, Classification]) -> tuple[DigestSection, ...]:
    return tuple(
        DigestSection(
            title=section.title,
            topics=tuple(
                DigestTopic(
                    title=topic.title,
                    withheld=topic.withheld,
                    items=tuple(_digest_item(item, by_id) for item in topic.items),
                )
                for topic in section.topics
            ),
        )
        for section in bulletin.sections
    )


def _plan_items(bulletin: Bulletin, by_id: dict[str, Classification]) -> Iterator[PlanItem]:
    for number, section in enumerate(bulletin.sections):
        for topic in section.topics:
            for item in topic.items:
                scores = tuple(by_id[item.id].scores.values())
                yield PlanItem(item.id, None, fold(topic.title), _joined(item), scores, number)
    local = len(bulletin.sections)
    for entry in bulletin.entries:
        for item in entry.items:
            scores = tuple(by_id[item.id].scores.values())
            yield PlanItem(item.id, entry.province, entry.province, _joined(item), scores, local)
