"""How far a month is from the months that a model learnt from, in one line that an editor understands.

What is usual is measured on the months learnt from, each beside the others; so the sizes agree, they are thinned to as
many items as the new month has. A month that holds chosen items only (`labels import --partial`) is not a month as
it comes, and looks farther than it is.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from models.bundle import Bundle
from models.classifier import Classifier, nearness
from models.types import ClassifyRequest
from training.corpus import LabelledMonth
from training.decisions import REVIEW_SHARE
from training.metrics import Spread, spread

# Farther from the mean than this many standard deviations is far: one usual month in twenty or so.
FAR_DEVIATIONS = 2.0
# With fewer months there is no saying what is usual.
LEAST_MONTHS = 5
# Keeps the logarithm of a theme that is not there finite.
_LEAST = 1e-9


@dataclass(frozen=True, slots=True)
class Scored:
    """A month as a bundle reads it: texts, probabilities (items, themes), and which items are under review (items,)."""

    name: str
    texts: tuple[str, ...]
    probabilities: NDArray[np.float64]
    review: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure of the new month and what it usually is."""

    value: float
    usual: Spread

    @property
    def far(self) -> bool:
        """Whether the month has unusually much of it."""
        return self.value > self.usual.mean + FAR_DEVIATIONS * self.usual.deviation


@dataclass(frozen=True, slots=True)
class Drift:
    """How far a month is: the share of new words and of items under review, and how its themes are shifted.

    New words are pairs of neighbouring Han characters that stand in none of the other months.
    """

    new_words: Measure
    review: Measure
    shift: Measure


def lines(bundle: Bundle, months: Sequence[LabelledMonth], known: Sequence[LabelledMonth]) -> list[str]:
    """A line for each of `months`; of the months `known` those count that `bundle` learnt from."""
    learnt = [month for month in known if month.name in bundle.manifest.data]
    dated = sum(month.month is not None for month in learnt)
    if dated < LEAST_MONTHS:
        return [f"{month.name} 与学过的月份相比:学过的月份手头只有 {dated} 期,比不了" for month in months]
    classifier = Classifier(bundle, threads=2)
    usual = [scored(bundle, classifier, month) for month in learnt if month.month]
    return [
        told(month.name, drift(scored(bundle, classifier, month), usual)) for month in months if month.items
    ]


def scored(bundle: Bundle, classifier: Classifier, month: LabelledMonth) -> Scored:
    """`month` as `bundle`, whose classifier is `classifier`, reads it."""
    requests = [ClassifyRequest(item.text, item.heading, item.previous) for item in month.items]
    probabilities = classifier.probabilities(requests)
    thresholds = [theme.threshold for theme in bundle.manifest.themes]
    review = nearness(probabilities, thresholds) < bundle.manifest.review_margin
    return Scored(month.name, tuple(item.text for item in month.items), probabilities, review)


def drift(month: Scored, known: Sequence[Scored]) -> Drift:
    """How far `month` is from `known`, the months learnt from, of which there are two at least.

    Under review is usually REVIEW_SHARE, give or take what chance does to so many items: the margin was set for that
    on months that the model had not seen, and on those that it has learnt it is surer.
    """
    size = len(month.texts)
    thin = [_thinned(one, size) for one in known]
    seen_in = Counter(pair for one in known for pair in {*_pairs(one)})
    words = [_share(_pairs(one), seen_in, months=1) for one in thin]  # in no month but its own
    shifts = [shift(one, [other for other in known if other.name != one.name]) for one in thin]
    chance = float(np.sqrt(REVIEW_SHARE * (1 - REVIEW_SHARE) / size))
    return Drift(
        Measure(_share(_pairs(month), seen_in, months=0), spread(words)),
        Measure(float(month.review.mean()), Spread(REVIEW_SHARE, chance)),
        Measure(shift(month, known), spread(shifts)),
    )


def _share(pairs: Sequence[str], seen_in: Counter[str], *, months: int) -> float:
    return sum(seen_in[pair] == months for pair in pairs) / max(1, len(pairs))


def _pairs(month: Scored) -> list[str]:
    """Every pair of neighbouring Han characters: what stands for words here."""
    return [
        one + other
        for text in month.texts
        for one, other in pairwise(text)
        if _is_han(one) and _is_han(other)
    ]


def shift(month: Scored, known: Sequence[Scored]) -> float:
    """The Jensen-Shannon distance, 0 to 1, of the themes in `month` from those in `known`.

    Source: Endres and Schindelin, "A new metric for probability distributions", 2003, with logarithms to base 2.
    """
    here = _expected(month.probabilities)
    there = _expected(np.concatenate([one.probabilities for one in known]))
    between = (here + there) / 2
    divergence = (here * np.log2(here / between) + there * np.log2(there / between)).sum() / 2
    return float(np.sqrt(max(0.0, divergence)))


def told(name: str, found: Drift) -> str:
    """The line."""
    figures = (
        f"生词 {_usual(found.new_words, percent=True)},待核 {_usual(found.review, percent=True)},"
        f"主题分布偏移 {_usual(found.shift, percent=False)}"
    )
    named = (("生词", found.new_words), ("待核", found.review), ("主题分布偏移", found.shift))
    far = "、".join(word for word, measure in named if measure.far)
    verdict = f"比平常远({far}),建议先标注再训练" if far else "在平常范围内"
    return f"{name} 与学过的月份相比:{figures}:{verdict}"


def _usual(measure: Measure, *, percent: bool) -> str:
    scale, digits, sign = (100, 1, "%") if percent else (1, 2, "")
    value, mean, deviation = (
        f"{number * scale:.{digits}f}"
        for number in (measure.value, measure.usual.mean, measure.usual.deviation)
    )
    return f"{value}{sign}(平常 {mean}{sign} ± {deviation})"


def _thinned(month: Scored, size: int) -> Scored:
    """`size` items of `month`, evenly spread, or all if it has no more."""
    if len(month.texts) <= size:
        return month
    rows = np.linspace(0, len(month.texts) - 1, size).round().astype(int)
    texts = tuple(month.texts[row] for row in rows)
    return replace(month, texts=texts, probabilities=month.probabilities[rows], review=month.review[rows])


def _is_han(character: str) -> bool:
    return "\u4e00" <= character <= "\u9fff"


def _expected(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """(themes + 1,): the share of every theme, and of none, in what is to be expected; none is 0."""
    none = np.prod(1 - probabilities, axis=1)
    expected = np.append(probabilities.sum(axis=0), none.sum()) + _LEAST
    return np.asarray(expected / expected.sum())
