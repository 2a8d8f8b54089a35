"""How well is an archived item found by what an editor would call it? `python -m benchmarks.archive_search`.

The items of the labelled corpus are the archive. A query is the brief of one of them: as it is, reworded in the
ministry's other terms (`training.rewording`), and reworded without its figures. Told are the mean reciprocal rank of
the item and how often it is among the first ten: of all words (`yuebao archive search`), of some words by BM25, of
meaning alone, of both by reciprocal rank fusion, and of both as `--semantic` ranks them.
"""

import argparse
import random
import re
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks import archive_edition
from models.pipeline import Pipeline
from models.types import ClassifyRequest
from service.archive import index, words
from service.archive.filters import Filters
from service.archive.meanings import Meanings
from service.archive.search import DEPTH, SearchIndex
from service.archive.word_index import WordIndex
from training import corpus
from training.rewording import reworded

# Reciprocal rank fusion as it was published (Cormack et al., 2009).
_RRF = 60

Ranking = Callable[[str, NDArray[np.float32]], Sequence[int]]


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--every", type=int, default=3, help="ask for every n-th item")
    every = parser.parse_args(arguments).every
    items = [(month.name, item) for month in corpus.load() for item in month.items]
    pipeline = Pipeline.open()
    requests = [ClassifyRequest(item.text, item.heading, item.previous) for _, item in items]
    with tempfile.TemporaryDirectory() as folder:
        edition = archive_edition.begin(Path(folder), pipeline.info.version)
        archive_edition.corpus_part(edition, items, pipeline.classify_with_states(requests)[1])
        index.build(edition)
        rankings = _rankings(SearchIndex(edition), index.newest(edition).folder, _numbers(items))
        asked = list(range(0, len(items), every))
        print("| queries | " + " | ".join(rankings) + " |\n|---|" + "---:|" * len(rankings))  # noqa: T201
        for name, queries in _queries([items[number][1].brief for number in asked]).items():
            states = pipeline.classify_with_states([ClassifyRequest(query) for query in queries])[1]
            cells = [_judged(ranking, asked, queries, states) for ranking in rankings.values()]
            print(f"| {name} | " + " | ".join(cells) + " |", flush=True)  # noqa: T201


def _queries(briefs: Sequence[str]) -> dict[str, list[str]]:
    rng = random.Random(1)
    other = [reworded([brief], rng, rate=1.0)[0] for brief in briefs]
    return {
        "briefs": list(briefs),
        "reworded": other,
        "reworded, no figures": [re.sub(r"\d[\d.]*", "", query) for query in other],
    }


def _numbers(items: Sequence[tuple[str, corpus.LabelledItem]]) -> dict[tuple[str, str], int]:
    return {(month, item.id): number for number, (month, item) in enumerate(items)}


def _rankings(search: SearchIndex, folder: Path, numbers: dict[tuple[str, str], int]) -> dict[str, Ranking]:
    by_words, by_meaning = WordIndex(folder / index.WORDS), Meanings(folder / index.MEANINGS)

    def some_words(query: str, _: NDArray[np.float32]) -> Sequence[int]:
        return by_words.holding_some(words.wanted(query), Filters(), DEPTH).numbers

    def meaning(_: str, state: NDArray[np.float32]) -> Sequence[int]:
        return by_meaning.nearest(state, Filters(), DEPTH)

    def fused_ranks(query: str, state: NDArray[np.float32]) -> Sequence[int]:
        scores: dict[int, float] = {}
        for ranking in (some_words(query, state), meaning(query, state)):
            for rank, number in enumerate(ranking, 1):
                scores[number] = scores.get(number, 0.0) + 1 / (_RRF + rank)
        return sorted(scores, key=lambda number: -scores[number])

    return {
        "all words": lambda query, _: [
            numbers[hit.bulletin, hit.item] for hit in search.by_words(query, Filters(), DEPTH).hits
        ],
        "some words": some_words,
        "meaning": meaning,
        "rank fusion": fused_ranks,
        "--semantic": lambda query, state: [
            numbers[hit.bulletin, hit.item] for hit in search.by_meaning(query, state, Filters(), 100).hits
        ],
    }


def _judged(
    ranking: Ranking, asked: Sequence[int], queries: Sequence[str], states: NDArray[np.float32]
) -> str:
    """Mean reciprocal rank / recall at ten."""
    ranks = []
    for number, query, state in zip(asked, queries, states, strict=True):
        found = list(ranking(query, state))
        ranks.append(found.index(number) + 1 if number in found else float("inf"))
    reciprocal = sum(1 / rank for rank in ranks) / len(ranks)
    return f"{reciprocal:.3f} / {sum(rank <= 10 for rank in ranks) / len(ranks):.3f}"


if __name__ == "__main__":
    main()
