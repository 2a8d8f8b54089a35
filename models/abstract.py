"""Draft an abstract: plan, write, verify. Nothing is asserted that the cited items do not say."""

from collections.abc import Sequence
from typing import Protocol

from bulletin.digest import Abstract, AbstractSentence
from bulletin.facts import Source, unsupported
from models.encoding import WriterItem
from models.extract import extracted
from models.fluency import stutters
from models.planning import Plan, PlannedSentence, PlannerWeights, plan
from models.repair import with_source_names
from models.salience import PlanItem

# Printed abstracts have 150 to 320 characters; no sentence of theirs is longer than this.
MOST_CHARACTERS, LONGEST_SENTENCE = 320, 70


class SentenceWriter(Protocol):
    """The seam to the writer's engine."""

    def write(self, units: Sequence[Sequence[WriterItem]]) -> list[list[str]]:
        """Candidates for each unit, best first: what follows the unit's province list."""
        ...


def draft(items: Sequence[PlanItem], weights: PlannerWeights, writer: SentenceWriter) -> Abstract:
    """The abstract of a month's items."""
    return realise(plan(items, weights), items, writer)


def realise(planned: Plan, items: Sequence[PlanItem], writer: SentenceWriter) -> Abstract:
    """Write and verify the sentences of a plan, in its order, dropping the least salient beyond the length budget."""
    by_id = {item.id: item for item in items}
    units = [[by_id[source] for source in sentence.sources] for sentence in planned.sentences]
    written = writer.write([[WriterItem(item.heading, item.text) for item in unit] for unit in units])
    sentences = [
        _verified(sentence, unit, candidates)
        for sentence, unit, candidates in zip(planned.sentences, units, written, strict=True)
    ]
    kept = _within_budget(planned.sentences, sentences)
    return Abstract(text="".join(sentence.text for sentence in kept), sentences=tuple(kept))


def _verified(
    planned: PlannedSentence, unit: Sequence[PlanItem], candidates: Sequence[str]
) -> AbstractSentence:
    """The first candidate that its sources support, else the first source's own words."""
    sources = [source_of(item) for item in unit]
    for candidate in candidates:
        text = _finished(planned.head, candidate, [item.text for item in unit])
        if text is not None and not unsupported(text, sources):
            return AbstractSentence(
                text=text, kind=planned.kind, sources=planned.sources, origin="written", unsupported=()
            )
    shortest = min(unit, key=lambda item: len(extracted(item)))
    return AbstractSentence(
        text=extracted(shortest),
        kind=planned.kind,
        sources=(shortest.id,),
        origin="extracted",
        unsupported=(),
    )


def source_of(item: PlanItem) -> Source:
    """The item as a source of facts: a national item speaks under its topic heading."""
    text = item.text if item.province is not None else f"{item.heading}:{item.text}"
    return Source(text, item.province)


def _finished(head: str, candidate: str, sources: Sequence[str]) -> str | None:
    """The candidate as a sentence, or None if it is none: empty, too long, stuttering, or with an unknown token."""
    body = with_source_names(candidate.strip().rstrip("。;,"), sources)
    text = f"{head}{body}。"
    fine = body and len(text) <= LONGEST_SENTENCE and "<unk>" not in body and not stutters(body)
    return text if fine else None


def _within_budget(
    planned: Sequence[PlannedSentence], sentences: Sequence[AbstractSentence]
) -> list[AbstractSentence]:
    kept = list(range(len(sentences)))
    while len(kept) > 1 and sum(len(sentences[i].text) for i in kept) > MOST_CHARACTERS:
        kept.remove(min(kept, key=lambda i: planned[i].salience))
    return [sentences[i] for i in kept]
