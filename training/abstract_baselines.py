"""What a drafted abstract must beat: leading sentences and TextRank, both in the month's own words.

`budget` is the abstract's length in characters; `usual_length` of other months says what is printed. Sentences are
taken whole, so that the text stays within the budget. A provincial sentence opens with its province, as printed.
"""

import math
import re
from collections.abc import Iterator, Sequence
from statistics import median

import networkx as nx

from training.corpus import LabelledItem, LabelledMonth

_ENDS = re.compile(r"[。;]")
_NOT_WORDS = re.compile(r"\W+")


def usual_length(months: Sequence[LabelledMonth]) -> int:
    """The median length in characters of the printed abstracts of `months`."""
    return int(
        median(
            len("".join(sentence.text for sentence in month.abstract)) for month in months if month.abstract
        )
    )


def leading_sentences(month: LabelledMonth, budget: int) -> str:
    """The first sentence of each item, national ones first, in order, until the next would pass `budget`."""
    return _within([_first(item) for item in _ordered(month.items)], budget)


def leading_topics(month: LabelledMonth, budget: int) -> str:
    """As `leading_sentences`, but only the first item of each national topic and of each province."""
    return _within([_first(item) for item in _ordered(month.items) if not item.previous], budget)


def textrank(month: LabelledMonth, budget: int) -> str:
    """The sentences of the highest TextRank that fit `budget`, in the month's order.

    PageRank over sentences; an edge weighs the character bigrams in common by the logarithms of both lengths
    (Mihalcea and Tarau, "TextRank: Bringing Order into Texts", 2004, with bigrams for words).
    """
    sentences = [sentence for item in _ordered(month.items) for sentence in _sentences(item)]
    ranks: dict[int, float] = nx.pagerank(_graph(sentences))
    chosen: list[int] = []
    left = budget
    for index in sorted(ranks, key=lambda index: (-ranks[index], index)):
        if len(sentences[index]) <= left:
            chosen.append(index)
            left -= len(sentences[index])
    return "".join(sentences[index] for index in sorted(chosen))


def _graph(sentences: Sequence[str]) -> nx.Graph:
    grams = [_bigrams(sentence) for sentence in sentences]
    graph = nx.Graph()
    graph.add_nodes_from(range(len(sentences)))
    for i, own in enumerate(grams):
        for j in range(i):
            if common := len(own & grams[j]):
                graph.add_edge(i, j, weight=common / (math.log(len(own) + 1) + math.log(len(grams[j]) + 1)))
    return graph


def _bigrams(sentence: str) -> set[str]:
    words = _NOT_WORDS.sub("", sentence)
    return {words[i : i + 2] for i in range(len(words) - 1)}


def _ordered(items: Sequence[LabelledItem]) -> list[LabelledItem]:
    """National items, then provincial ones."""
    return sorted(items, key=lambda item: item.province is not None)


def _sentences(item: LabelledItem) -> Iterator[str]:
    for index, part in enumerate(filter(None, _ENDS.split(item.text))):
        yield f"{item.province or '' if index == 0 else ''}{part}。"


def _first(item: LabelledItem) -> str:
    return next(_sentences(item))


def _within(sentences: Sequence[str], budget: int) -> str:
    text = ""
    for sentence in sentences:
        if len(text) + len(sentence) > budget:
            break
        text += sentence
    return text
