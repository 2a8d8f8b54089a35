"""Verify: what becomes of a planned sentence's candidates, and the source's own words where none can stand."""

import re
from collections.abc import Sequence
from typing import Literal

from bulletin import quoted
from bulletin.digest import AbstractSentence
from bulletin.facts import Source, unsupported
from bulletin.heads import find_heads
from models.claims import who_did
from models.extract import extracted
from models.fluency import is_fluent
from models.planning import PlannedSentence, head
from models.repair import with_source_names
from models.salience import PlanItem
from models.telling import credits_rightly, names_all_actors, tells_each, tells_where
from models.wholeness import is_well_condensed

# No printed sentence is longer.
LONGEST_SENTENCE = 70
_NO_SENTENCE = re.compile(r"。|\n|<(?:s|/s|pad|unk|mask)>|\[(?:CLS|SEP|PAD|UNK|MASK)\]|\ufffd")


def verified(
    planned: PlannedSentence, unit: Sequence[PlanItem], candidates: Sequence[str]
) -> AbstractSentence | None:
    """The candidate that most of `unit` bears out, told of them alone; of several the first. None if none can stand."""
    found = [one for candidate in candidates if (one := _sentence(planned, unit, candidate))]
    return max(found, key=lambda sentence: len(sentence.sources), default=None)


def in_own_words(
    kind: Literal["national", "provincial"], unit: Sequence[PlanItem]
) -> AbstractSentence | None:
    """The own words of one source: the shortest that can stand, verified like a candidate."""
    for text, item in sorted(((extracted(item), item) for item in unit), key=lambda pair: len(pair[0])):
        if len(text) <= LONGEST_SENTENCE and not unsupported(text, [source_of(item)]):
            return AbstractSentence(
                text=text, kind=kind, sources=(item.id,), origin="extracted", unsupported=()
            )
    return None


def source_of(item: PlanItem) -> Source:
    """The item as a source of facts: a national item speaks under its topic heading."""
    return Source(item.text if item.province is not None else _read(item), item.province)


def _read(item: PlanItem) -> str:
    return f"{item.heading}:{item.text}"


def _sentence(planned: PlannedSentence, unit: Sequence[PlanItem], candidate: str) -> AbstractSentence | None:
    """`candidate` told of the items that bear it out, if it can stand."""
    body = candidate.strip().rstrip("。;,")
    told = who_did(body, unit) if planned.kind == "provincial" else list(unit)
    if not told:
        return None
    everyone = len(told) == len(unit)
    opening = _opening(planned, body, told, everyone=everyone)
    mended = with_source_names(body, [item.text for item in told])
    text = f"{opening}{mended}。"
    well_put = _is_sentence(text, mended) and is_well_condensed(mended, list(map(_read, told)), planned.kind)
    if not well_put or not _is_supported(planned, text, told):
        return None
    sources = planned.sources if everyone else tuple(item.id for item in told)
    return AbstractSentence(text=text, kind=planned.kind, sources=sources, origin="written", unsupported=())


def _opening(planned: PlannedSentence, body: str, told: Sequence[PlanItem], *, everyone: bool) -> str:
    """The provinces that the sentence opens with: those told, but for those that open a clause of `body`."""
    later = {name for inner in find_heads(quoted.fold(body)) for name in inner.names}
    if everyone and not later.intersection(item.province for item in told if item.province):
        return planned.head
    return head([item.province for item in told if item.province and item.province not in later])


def _is_sentence(text: str, body: str) -> bool:
    """Not empty, too long, several, said twice, or with a token that is no text."""
    return bool(body) and len(text) <= LONGEST_SENTENCE and not _NO_SENTENCE.search(body) and is_fluent(body)


def _is_supported(planned: PlannedSentence, text: str, told: Sequence[PlanItem]) -> bool:
    """Whether the items say every fact of `text`, and `text` tells of every national item and of a city's act where."""
    if planned.kind == "national":
        whole = len(told) == 1 or (tells_each(text, told) and credits_rightly(text, told))
        tells = whole and names_all_actors(text, told)
    else:
        tells = len(told) > 1 or tells_where(text, told[0])
    return tells and not unsupported(text, [source_of(item) for item in told])
