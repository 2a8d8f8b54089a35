"""Text to digest: the same pipeline for HTTP, the command line and the archive."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from bulletin import reasons, themes
from bulletin.digest import Classification, Digest, ItemTheme
from bulletin.document import Bulletin
from bulletin.errors import BundleError
from bulletin.parse import parse
from bulletin.themes import Taxonomy
from models.abstract import draft
from models.assembly import digest_of, plain_request, plan_items, requests_of
from models.bundle import Bundle, BundleInfo, open_bundle
from models.classifier import Classifier, nearness
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
    """A bundle's engines behind two calls: `digest` a bulletin, `classify` items.

    The classifier runs in `classify…` and `read`, the writer in `assemble` and `digest`. Each of the two engines takes
    one call at a time; the two may run at once.
    """

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
                f"模型包 {opened.path} 的各部分配不到一起({reasons.told(error)});请换用本版本的模型包。"
            ) from error
        return pipeline

    def digest(self, text: str, *, abstract: bool = True) -> Digest:
        """The digest of one bulletin. Raises an InputError when `text` is none.

        Of more than MOST_DRAFTED items no abstract is drafted, and a warning says so.
        """
        return self.read([parse(text)], abstract=abstract)[0].digest

    def read(self, bulletins: Sequence[Bulletin], *, abstract: bool = True) -> list[Read]:
        """Every bulletin's digest and states, all their items classified together: batches are fuller."""
        asked = [requests_of(bulletin) for bulletin in bulletins]
        found, states = self.classify_items([request for own in asked for request in own.values()])
        read, start = [], 0
        for bulletin, own in zip(bulletins, asked, strict=True):
            end = start + len(own)
            digest = self.assemble(bulletin, dict(zip(own, found[start:end], strict=True)), abstract=abstract)
            read.append(Read(bulletin, digest, states[start:end]))
            start = end
        return read

    def assemble(self, bulletin: Bulletin, by_id: Mapping[str, Classification], *, abstract: bool) -> Digest:
        """The digest of a bulletin whose items are classified, by id, its abstract drafted when wanted."""
        too_many = abstract and len(by_id) > MOST_DRAFTED
        drafted = None
        if abstract and not too_many:
            items = self._wording.rated(list(plan_items(bulletin, by_id)))
            drafted = draft(items, self._manifest.planner, self._writer)
        warnings = (_TOO_MANY,) if too_many else ()
        return digest_of(bulletin, by_id, drafted, self.taxonomy, self.info.version, warnings)

    def classify(self, requests: Sequence[ClassifyRequest]) -> list[Classification]:
        """One classification a request, in order. Texts may be traditional or full-width."""
        return self.classify_with_states(requests)[0]

    def classify_with_states(
        self, requests: Sequence[ClassifyRequest]
    ) -> tuple[list[Classification], NDArray[np.float32]]:
        """What `classify` gives, and the (requests, hidden) states that it was read off."""
        read = [plain_request(request) for request in requests]
        found, states = self.classify_items(read)
        given = [one.model_copy(update={"text": r.text}) for r, one in zip(requests, found, strict=True)]
        return given, states

    def classify_items(
        self, requests: Sequence[ClassifyRequest]
    ) -> tuple[list[Classification], NDArray[np.float32]]:
        """A classification a request, in order, and the (requests, hidden) states that it was read off.

        The requests are read as they are: those of a bulletin's items, or of `plain_request`.
        """
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


def _score(probability: float) -> float:
    """Four decimals: finer differences are the engine's, not the model's."""
    return round(probability, 4)
