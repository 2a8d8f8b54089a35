"""One bundle judged on held-out months, as it is served: themes, calibration, review and drafts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from bulletin.errors import CorpusError
from models.abstract import draft
from models.bundle import open_bundle
from models.classifier import Classifier, nearness
from models.planning import PlannerWeights
from models.salience import PlanItem
from models.types import ClassifyRequest
from models.wording import Wording
from models.writer import Writer
from training import steps
from training.abstention import Abstention, abstention
from training.corpus import LabelledItem, LabelledMonth, digests
from training.judge_abstracts import unsupported_sentences
from training.metrics import report
from training.planner import plan_items
from training.rouge import Rouge, rouge

Decisions = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Judgement:
    """One bundle on the held-out months.

    `theme_f1` and `support` are by theme id, themes that no item has left out of `macro_f1`. `rouge` is the mean over
    the months with a printed abstract, None if there is none; `rouge_l` has theirs one by one. `given` and `due` are
    (items, themes), in the order of `labels`; where it is not known whether an item has a theme, neither. `months` has
    the SHA-256 of every month by its name.
    """

    version: str
    months: dict[str, str]
    items: int
    macro_f1: float
    theme_f1: dict[str, float]
    support: dict[str, int]
    expected_calibration_error: float
    review_share: float
    abstention: Abstention
    rouge: Rouge | None
    rouge_l: tuple[float, ...]
    sentences: int
    unsupported: int
    given: Decisions
    due: Decisions
    labels: tuple[str, ...]

    def merged(self, retired: Mapping[str, str]) -> Self:
        """The same as if themes had been merged as in `retired`: what was given as one counts as its successor."""
        given, f1 = self.given.copy(), dict(self.theme_f1)
        for old, into in retired.items():
            if old in self.labels and into in self.labels:
                column = self.labels.index(into)
                given[:, column] |= given[:, self.labels.index(old)]
                if into in f1:
                    hits = (given[:, column] & self.due[:, column]).sum()
                    f1[into] = float(2 * hits / (given[:, column].sum() + self.due[:, column].sum()))
        return replace(self, given=given, theme_f1=f1)

    def among(self, labels: Sequence[str]) -> Self:
        """The same for some of its themes: decisions, F1 and support; what is of no theme stays as it is."""
        columns = [self.labels.index(label) for label in labels]
        f1 = {label: self.theme_f1[label] for label in labels if label in self.theme_f1}
        return replace(
            self,
            labels=tuple(labels),
            macro_f1=_plain_mean(f1),
            theme_f1=f1,
            support={label: self.support[label] for label in labels},
            given=self.given[:, columns],
            due=self.due[:, columns],
        )


def judge(bundle: Path, months: Sequence[LabelledMonth]) -> Judgement:
    """The figures of the bundle at `bundle` on `months`. Raises BundleError, CorpusError for months without items."""
    opened = open_bundle(bundle)
    settings = opened.manifest.themes
    items = [item for month in months for item in month.items]
    if not items:
        raise CorpusError("没有可以评判的事项;请给出标注好的月份。")
    labels = [theme.id for theme in settings]
    thresholds = np.array([theme.threshold for theme in settings])
    probabilities = Classifier(opened, threads=2).probabilities([_request(item) for item in items])
    targets = steps.targets(items, labels)
    found = report(targets, probabilities, thresholds)
    f1 = {label: scores.f1 for label, scores in zip(labels, found.themes, strict=True) if scores.support}
    due, given = targets > 0, (probabilities >= thresholds) & ~np.isnan(targets)
    near, margin = nearness(probabilities, thresholds), opened.manifest.review_margin
    drafts = _drafts(
        opened.manifest.planner, Wording.load(opened), Writer(opened, threads=2), months, probabilities
    )
    scores = [one.rouge for one in drafts if one.rouge]
    return Judgement(
        version=opened.manifest.version,
        months=digests(months),
        items=len(items),
        macro_f1=_plain_mean(f1),
        theme_f1=f1,
        support={label: scores.support for label, scores in zip(labels, found.themes, strict=True)},
        expected_calibration_error=found.expected_calibration_error,
        review_share=float((near < margin).mean()),
        abstention=abstention(due, given, near, margin),
        rouge=_mean(scores),
        rouge_l=tuple(score.rougeL for score in scores),
        sentences=sum(one.sentences for one in drafts),
        unsupported=sum(one.unsupported for one in drafts),
        given=given,
        due=due,
        labels=tuple(labels),
    )


def _plain_mean(f1: Mapping[str, float]) -> float:
    return float(np.mean(list(f1.values()))) if f1 else 0.0


@dataclass(frozen=True, slots=True)
class _Draft:
    rouge: Rouge | None
    sentences: int
    unsupported: int


def _drafts(
    weights: PlannerWeights,
    wording: Wording,
    writer: Writer,
    months: Sequence[LabelledMonth],
    probabilities: NDArray[np.float64],
) -> list[_Draft]:
    rows = iter(probabilities.tolist())
    known = {(month.name, item.id): next(rows) for month in months for item in month.items}
    return [_drafted(month, wording.rated(plan_items(month, known)), weights, writer) for month in months]


def _drafted(
    month: LabelledMonth, items: Sequence[PlanItem], weights: PlannerWeights, writer: Writer
) -> _Draft:
    drafted = draft(items, weights, writer)
    printed = "".join(sentence.text for sentence in month.abstract)
    score = rouge(printed, drafted.text) if printed else None
    return _Draft(score, len(drafted.sentences), len(unsupported_sentences(drafted, items)))


def _request(item: LabelledItem) -> ClassifyRequest:
    return ClassifyRequest(item.text, item.heading, item.previous)


def _mean(scores: Sequence[Rouge]) -> Rouge | None:
    if not scores:
        return None
    columns = zip(*((one.rouge1, one.rouge2, one.rougeL) for one in scores), strict=True)
    return Rouge(*(float(np.mean(column)) for column in columns))
