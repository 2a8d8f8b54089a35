"""Judge drafted abstracts against printed ones: planning, writing and the facts, month by month."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from bulletin.digest import Abstract
from bulletin.facts import unsupported
from models.abstract import SentenceWriter, realise
from models.planning import Plan, PlannedSentence, PlannerWeights, plan
from models.salience import PlanItem
from models.verification import source_of
from training.abstract_baselines import leading_sentences, textrank
from training.corpus import LabelledMonth
from training.pairs import split_head
from training.rouge import Rouge, rouge


@dataclass(frozen=True, slots=True)
class AbstractFigures:
    """One month. `cited_found` is the share of the reference's cited items that the plan cites too."""

    month: str
    own_plan: Rouge
    reference_plan: Rouge
    leading: Rouge
    textrank: Rouge
    cited_found: float
    characters: int
    sentences: int
    written: int
    unsupported: int
    national_first: bool
    text: str


def judge(
    month: LabelledMonth,
    items: Sequence[PlanItem],
    weights: PlannerWeights,
    writer: SentenceWriter,
    budget: int,
) -> AbstractFigures:
    """The figures of `month`, drafted from `items`; `budget` is the baselines' length in characters."""
    planned = plan(items, weights)
    drafted = realise(planned, items, writer)
    handed = realise(reference_plan(month), items, writer)
    printed = "".join(sentence.text for sentence in month.abstract)
    cited = {source for sentence in month.abstract for source in sentence.sources}
    found = {source for sentence in planned.sentences for source in sentence.sources}
    kinds = [sentence.kind for sentence in drafted.sentences]
    return AbstractFigures(
        month=month.name,
        own_plan=rouge(printed, drafted.text),
        reference_plan=rouge(printed, handed.text),
        leading=rouge(printed, leading_sentences(month, budget)),
        textrank=rouge(printed, textrank(month, budget)),
        cited_found=len(cited & found) / len(cited),
        characters=len(drafted.text),
        sentences=len(drafted.sentences),
        written=sum(sentence.origin == "written" for sentence in drafted.sentences),
        unsupported=len(unsupported_sentences(drafted, items)),
        national_first=kinds == sorted(kinds),
        text=drafted.text,
    )


def unsupported_sentences(abstract: Abstract, items: Sequence[PlanItem]) -> list[str]:
    """The sentences that assert something their sources do not say, checked again from the items."""
    by_id = {item.id: item for item in items}
    return [
        sentence.text
        for sentence in abstract.sentences
        if unsupported(sentence.text, [source_of(by_id[source]) for source in sentence.sources])
    ]


def reference_plan(month: LabelledMonth) -> Plan:
    """The plan behind the printed abstract: its sentences' sources and province lists."""
    sentences = []
    for sentence in month.abstract:
        national = sentence.sources[0].startswith("N")
        head = "" if national else split_head(sentence.text)[0]
        sentences.append(
            PlannedSentence("national" if national else "provincial", sentence.sources, head, salience=1.0)
        )
    return Plan(tuple(sentences))


def summary(figures: Sequence[AbstractFigures]) -> dict[str, object]:
    """Means over months, as they stand in the model card."""
    total = sum(one.sentences for one in figures)
    means = {
        name: {
            key: round(float(np.mean([asdict(getattr(one, name))[key] for one in figures])), 4)
            for key in ("rouge1", "rouge2", "rougeL")
        }
        for name in ("own_plan", "reference_plan", "leading", "textrank")
    }
    return {
        "months": [one.month for one in figures],
        **means,
        "cited_items_found": round(float(np.mean([one.cited_found for one in figures])), 4),
        "sentences": total,
        "written_share": round(sum(one.written for one in figures) / total, 4),
        "unsupported_sentences": sum(one.unsupported for one in figures),
        "characters": [one.characters for one in figures],
        "national_before_provincial": all(one.national_first for one in figures),
    }
