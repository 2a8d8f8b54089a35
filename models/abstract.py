"""Draft an abstract: plan, write, verify. Nothing is asserted that the cited items do not say."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal, Protocol

from bulletin.digest import Abstract, AbstractSentence
from bulletin.facts import Source, unsupported
from models.encoding import WriterItem
from models.extract import extracted
from models.fluency import is_fluent
from models.planning import Plan, PlannedSentence, PlannerWeights, head, plan
from models.repair import with_source_names
from models.salience import PlanItem
from models.telling import credits_rightly, tells_each, who_did

# Printed abstracts have 150 to 320 characters; no sentence of theirs is longer than this.
MOST_CHARACTERS, LONGEST_SENTENCE = 320, 70
_NO_SENTENCE = re.compile(r"。|\n|<(?:s|/s|pad|unk|mask)>")


class SentenceWriter(Protocol):
    """The seam to the writer's engine."""

    def write(self, units: Sequence[Sequence[WriterItem]]) -> list[list[str]]:
        """Candidates for each unit, best first, or none: what follows the unit's province list."""
        ...


def draft(items: Sequence[PlanItem], weights: PlannerWeights, writer: SentenceWriter) -> Abstract:
    """The abstract of a month's items."""
    return realise(plan(items, weights), items, writer)


def realise(planned: Plan, items: Sequence[PlanItem], writer: SentenceWriter) -> Abstract:
    """Write and verify the sentences of a plan, in its order, dropping the least salient beyond the length budget.

    National items of which no candidate tells the two together get a sentence each. A sentence of which neither a
    candidate nor a source's own words can stand is left out. Raises KeyError for a source that is not among `items`.
    """
    by_id = {item.id: item for item in items}
    written = _apart(_written(planned.sentences, by_id, writer), by_id, writer)
    sentences = [
        (sentence, verified)
        for sentence, found in written
        if (verified := found or _extracted(sentence.kind, [by_id[source] for source in sentence.sources]))
    ]
    kept = _within_budget(sentences)
    return Abstract(text="".join(sentence.text for sentence in kept), sentences=tuple(kept))


_Written = list[tuple[PlannedSentence, AbstractSentence | None]]


def _written(
    sentences: Sequence[PlannedSentence], by_id: Mapping[str, PlanItem], writer: SentenceWriter
) -> _Written:
    """Each sentence with what the writer makes of it, if any of that is supported."""
    units = [[by_id[source] for source in sentence.sources] for sentence in sentences]
    candidates = writer.write([[WriterItem(item.heading, item.text) for item in unit] for unit in units])
    return [
        (sentence, _verified(sentence, unit, own))
        for sentence, unit, own in zip(sentences, units, candidates, strict=True)
    ]


def _apart(written: _Written, by_id: Mapping[str, PlanItem], writer: SentenceWriter) -> _Written:
    """`written` with every national sentence on several items that could not be written told item by item."""
    parts = [
        [
            replace(sentence, sources=(source,), salience=salience, each=())
            for source, salience in zip(sentence.sources, _each(sentence), strict=True)
        ]
        if found is None and sentence.kind == "national" and len(sentence.sources) > 1
        else []
        for sentence, found in written
    ]
    again = iter(_written([part for own in parts for part in own], by_id, writer) if any(parts) else [])
    return [
        pair
        for whole, own in zip(written, parts, strict=True)
        for pair in ([next(again) for _ in own] if own else [whole])
    ]


def _each(sentence: PlannedSentence) -> Sequence[float]:
    """The salience of every source; a plan that a person wrote may not tell them apart."""
    return sentence.each or (sentence.salience,) * len(sentence.sources)


def _verified(
    planned: PlannedSentence, unit: Sequence[PlanItem], candidates: Sequence[str]
) -> AbstractSentence | None:
    """The first candidate that its sources support, told of the provinces alone that did what it says."""
    for candidate in candidates:
        told = who_did(candidate, unit) if planned.kind == "provincial" else list(unit)
        everyone = len(told) == len(unit)
        opening = planned.head if everyone else head([item.province for item in told if item.province])
        text = _finished(opening, candidate, [item.text for item in told])
        if told and text is not None and _stands(planned, text, told):
            sources = planned.sources if everyone else tuple(item.id for item in told)
            return AbstractSentence(
                text=text, kind=planned.kind, sources=sources, origin="written", unsupported=()
            )
    return None


def _stands(planned: PlannedSentence, text: str, told: Sequence[PlanItem]) -> bool:
    return not unsupported(text, [source_of(item) for item in told]) and _tells(planned, text, told)


def _tells(planned: PlannedSentence, text: str, unit: Sequence[PlanItem]) -> bool:
    """Whether a national sentence on several items tells each; the provinces of a group say who did what."""
    alone = planned.kind == "provincial" or len(unit) == 1
    return alone or (tells_each(text, unit) and credits_rightly(text, unit))


def _extracted(kind: Literal["national", "provincial"], unit: Sequence[PlanItem]) -> AbstractSentence | None:
    """The own words of one source: the shortest that can stand, verified like a candidate."""
    for text, item in sorted(((extracted(item), item) for item in unit), key=lambda pair: len(pair[0])):
        if len(text) <= LONGEST_SENTENCE and not unsupported(text, [source_of(item)]):
            return AbstractSentence(
                text=text, kind=kind, sources=(item.id,), origin="extracted", unsupported=()
            )
    return None


def source_of(item: PlanItem) -> Source:
    """The item as a source of facts: a national item speaks under its topic heading."""
    text = item.text if item.province is not None else f"{item.heading}:{item.text}"
    return Source(text, item.province)


def _finished(opening: str, candidate: str, sources: Sequence[str]) -> str | None:
    """The candidate as a sentence, or None: empty, too long, several, said twice, or with a token that is no text."""
    body = with_source_names(candidate.strip().rstrip("。;,"), sources)
    text = f"{opening}{body}。"
    fine = body and len(text) <= LONGEST_SENTENCE and not _NO_SENTENCE.search(body) and is_fluent(body)
    return text if fine else None


def _within_budget(sentences: Sequence[tuple[PlannedSentence, AbstractSentence]]) -> list[AbstractSentence]:
    kept = list(sentences)
    while len(kept) > 1 and sum(len(sentence.text) for _, sentence in kept) > MOST_CHARACTERS:
        kept.remove(min(kept, key=lambda pair: pair[0].salience))
    return [sentence for _, sentence in kept]
