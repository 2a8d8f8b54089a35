"""Draft an abstract: plan, write, verify. Nothing is asserted that the cited items do not say."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from bulletin.digest import Abstract, AbstractSentence
from models.claims import likest_pairs
from models.encoding import WriterItem
from models.planning import Plan, PlannedSentence, PlannerWeights, plan
from models.salience import PlanItem
from models.verification import in_own_words, verified

# Printed abstracts have 150 to 320 characters in 6 to 10 sentences.
MOST_CHARACTERS, MOST_SENTENCES = 320, 10
# Of a group that no candidate tells of, this many pairs are written on their own.
MOST_PAIRS = 4


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

    National items of which no candidate tells the two together get a sentence each; a group of which none can be told
    is told in the words for a part of it. A sentence of which neither a candidate nor a source's own words can stand is
    left out. Raises KeyError for a source that is not among `items`.
    """
    by_id = {item.id: item for item in items}
    units = [[by_id[source] for source in sentence.sources] for sentence in planned.sentences]
    candidates = _candidates(units, writer)
    written = [
        (sentence, verified(sentence, unit, own))
        for sentence, unit, own in zip(planned.sentences, units, candidates, strict=True)
    ]
    sentences = [
        (sentence, final)
        for sentence, found in _tried_again(written, by_id, writer)
        if (final := found or in_own_words(sentence.kind, [by_id[source] for source in sentence.sources]))
    ]
    kept = _within_budget(sentences)
    return Abstract(text="".join(sentence.text for sentence in kept), sentences=tuple(kept))


_Written = list[tuple[PlannedSentence, AbstractSentence | None]]


def _candidates(units: Sequence[Sequence[PlanItem]], writer: SentenceWriter) -> list[list[str]]:
    return writer.write([[WriterItem(item.heading, item.text) for item in unit] for unit in units])


def _tried_again(written: _Written, by_id: Mapping[str, PlanItem], writer: SentenceWriter) -> _Written:
    """`written` with every sentence on several items of which none can stand written anew from parts of its items."""
    groups = [
        [] if found or len(sentence.sources) == 1 else [by_id[source] for source in sentence.sources]
        for sentence, found in written
    ]
    parts = [_parts(sentence, group) for (sentence, _), group in zip(written, groups, strict=True)]
    units = [unit for own in parts for unit in own]
    candidates = iter(_candidates(units, writer) if units else [])
    again: _Written = []
    for (sentence, found), group, own in zip(written, groups, parts, strict=True):
        more = [next(candidates) for _ in own]
        if not group:
            again.append((sentence, found))
        elif sentence.kind == "national":
            again += [
                (one, verified(one, [item], texts))
                for one, item, texts in zip(_one_by_one(sentence), group, more, strict=True)
            ]
        else:
            again.append((sentence, verified(sentence, group, [text for texts in more for text in texts])))
    return again


def _parts(sentence: PlannedSentence, group: Sequence[PlanItem]) -> list[tuple[PlanItem, ...]]:
    """What is written anew for `group`: every item, after the likest pairs where they are provinces."""
    pairs = likest_pairs(group, MOST_PAIRS) if sentence.kind == "provincial" else []
    return [*pairs, *((item,) for item in group)]


def _one_by_one(sentence: PlannedSentence) -> list[PlannedSentence]:
    """A sentence for every source; a plan that a person wrote may not tell their salience apart."""
    each = sentence.each or (sentence.salience,) * len(sentence.sources)
    return [
        replace(sentence, sources=(source,), salience=salience, each=())
        for source, salience in zip(sentence.sources, each, strict=True)
    ]


def _within_budget(sentences: Sequence[tuple[PlannedSentence, AbstractSentence]]) -> list[AbstractSentence]:
    kept = list(sentences)
    while len(kept) > 1 and (len(kept) > MOST_SENTENCES or _length(kept) > MOST_CHARACTERS):
        kept.remove(min(kept, key=lambda pair: pair[0].salience))
    return [sentence for _, sentence in kept]


def _length(sentences: Sequence[tuple[PlannedSentence, AbstractSentence]]) -> int:
    return sum(len(sentence.text) for _, sentence in sentences)
