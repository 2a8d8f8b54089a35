"""What to label next: of several bulletins the items that teach most (training/choice.py), told and put into sheets."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bulletin.digest import Digest, DigestItem
from bulletin.parse import parse
from bulletin.render_labels import all_items
from bulletin.themes import Taxonomy
from models.bundle import Bundle
from models.classifier import Classifier, nearness
from models.types import ClassifyRequest
from training.choice import Pick, choose
from training.corpus import LabelledItem
from training.labelled.check import unlabelled_items
from training.labelled.months import labelled_months
from training.labelled.sheet import Asked, sheet


@dataclass(frozen=True, slots=True)
class Source:
    """A bulletin to choose from: what to call it, its text and its digest."""

    name: str
    text: str
    digest: Digest


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An item worth labelling. `item` is how training reads it, `scored` what the model thinks, `why` for people."""

    source: Source
    item: LabelledItem
    scored: DigestItem
    why: str


@dataclass(frozen=True, slots=True)
class ChosenSheet:
    """The sheet of one bulletin: what to call its file, and how many rows are `chosen`."""

    stem: str
    content: bytes
    chosen: int


def suggestions(
    sources: Sequence[Source], bundle: Bundle, taxonomy: Taxonomy, home: Path, count: int
) -> list[Suggestion]:
    """At most `count` items of `sources` to label, the most doubtful first; `bundle` made the digests.

    An item with the same text as a labelled one, shipped or under `home`, or as an item before it is left out.
    """
    candidates = list(_candidates(sources, home))
    if not candidates:
        return []
    thresholds = {theme.id: theme.threshold for theme in bundle.manifest.themes}
    probabilities = [[scored.scores[theme] for theme in thresholds] for _, _, scored in candidates]
    requests = [ClassifyRequest(item.text, item.heading, item.previous) for _, item, _ in candidates]
    vectors = Classifier(bundle, threads=2).representations(requests)
    picks = choose(probabilities, list(thresholds.values()), vectors, count)
    return [
        Suggestion(source, item, scored, _why(scored, pick, thresholds, taxonomy))
        for pick in picks
        for source, item, scored in [candidates[pick.row]]
    ]


def _candidates(sources: Sequence[Source], home: Path) -> Iterator[tuple[Source, LabelledItem, DigestItem]]:
    seen = {_squeezed(item) for month in labelled_months(home) for item in month.items}
    for source in sources:
        scored = {item.id: item for item in all_items(source.digest)}
        for item in unlabelled_items(parse(source.text)):
            if _squeezed(item) not in seen:
                seen.add(_squeezed(item))
                yield source, item, scored[item.id]


def _squeezed(item: LabelledItem) -> str:
    return "".join(item.text.split())


def _why(scored: DigestItem, pick: Pick, thresholds: Mapping[str, float], taxonomy: Taxonomy) -> str:
    """The theme nearest to its threshold, and for how many others the item stands."""
    theme = min(thresholds, key=lambda one: float(nearness([scored.scores[one]], [thresholds[one]])))
    told = f"{taxonomy.name(theme)} {scored.scores[theme]:.0%},门槛 {thresholds[theme]:.0%}"
    return f"{told};另有 {pick.alike} 件拿不准的与它相近" if pick.alike else told


def sheets(
    sources: Sequence[Source], chosen: Sequence[Suggestion], taxonomy: Taxonomy
) -> Iterator[ChosenSheet]:
    """A sheet of its chosen items for every source that has some."""
    for source in sources:
        own = [Asked(one.item.id, None, one.why) for one in chosen if one.source is source]
        if own:
            stem = source.digest.month or Path(source.name).stem
            yield ChosenSheet(stem, sheet(source.text, source.digest, taxonomy, own), len(own))


def lines(chosen: Sequence[Suggestion], taxonomy: Taxonomy) -> Iterator[str]:
    """A table, tabs between its columns, a header first."""
    yield "\t".join(("月报", "编号", "省份或专题", "模型的主题", "为什么", "事项"))
    for one in chosen:
        words = [f"{taxonomy.name(theme.id)} {theme.score:.0%}" for theme in one.scored.themes]
        cells = (
            one.source.name,
            one.item.id,
            one.item.heading,
            "、".join(words) or "其他",
            one.why,
            one.item.text,
        )
        yield "\t".join(cells)
