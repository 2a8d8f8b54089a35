"""What a classifier did on items that it had not learnt: figures, pictures and a section of a model card."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from models.classifier import nearness
from training import plots
from training.abstention import COVERAGES, Abstention, abstention
from training.decisions import FoldScores, Judged, cross_fitted, decide
from training.metrics import ThemeReport, report

FOLDER = "card"
# Every picture's file and what it shows, in the order of the card.
_PICTURES = {
    "themes.png": "各主题的精确率、召回率和 F1",
    "reliability.png": "概率与实际相符的程度:点在虚线上就是说几成、对几成",
    "pairs.png": "应有的主题与判给的主题(对角线是判对的件数)",
    "risk-coverage.png": "把拿不准的交给人:模型只判最有把握的一部分时,判错的比例",
    "learning-curve.png": "多学月份有没有用:只用字面特征的快速模型,按月分开,一次抽取;不是本包分类器的曲线",
}


@dataclass(frozen=True, slots=True)
class Scorecard:
    """Out-of-sample decisions on some months, themes in the order of `labels`; under review below `margin`."""

    labels: tuple[str, ...]
    judged: Judged
    margin: float

    @property
    def report(self) -> ThemeReport:
        """F1 and calibration."""
        return report(self.judged.targets, self.judged.probabilities, self.judged.thresholds)

    @property
    def given(self) -> NDArray[np.bool_]:
        """(items, themes): what passed its threshold, of what is known."""
        known = ~np.isnan(self.judged.targets)
        return np.asarray((self.judged.probabilities >= self.judged.thresholds) & known)

    @property
    def due(self) -> NDArray[np.bool_]:
        """(items, themes): what should have."""
        return np.asarray(self.judged.targets > 0)

    @property
    def nearness(self) -> NDArray[np.float64]:
        """(items,): how near a threshold, in log-odds."""
        return nearness(self.judged.probabilities, self.judged.thresholds)

    @property
    def review_share(self) -> float:
        """The share of items under review."""
        return float((self.nearness < self.margin).mean())

    @property
    def abstention(self) -> Abstention:
        """What review is worth."""
        return abstention(self.due, self.given, self.nearness, self.margin)


def of_folds(scores: Sequence[FoldScores], labels: Sequence[str]) -> Scorecard:
    """The cross-validation's card: every fold judged by calibration and thresholds of the other folds."""
    judged = joined(cross_fitted(scores))
    return Scorecard(tuple(labels), judged, decide(scores).review_margin)


def joined(folds: Sequence[Judged]) -> Judged:
    """The items of all folds."""
    return Judged(
        np.concatenate([one.targets for one in folds]),
        np.concatenate([one.probabilities for one in folds]),
        np.concatenate([one.thresholds for one in folds]),
    )


def exchanged(given: NDArray[np.bool_], due: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(themes + 1, themes + 1): items on which the row's theme was due and missed while the column's was given wrongly.

    The diagonal has the items on which a theme was rightly given. The last column has those missed with nothing given
    wrongly, the last row those given wrongly with nothing missed. An item with several of both counts in each pair.
    """
    size = due.shape[1]
    counts = np.zeros((size + 1, size + 1), np.int64)
    missed, wrong = due & ~given, given & ~due
    counts[:size, :size] = missed.T.astype(np.int64) @ wrong.astype(np.int64)
    np.fill_diagonal(counts[:size, :size], (due & given).sum(axis=0))
    counts[:size, size] = missed[~wrong.any(axis=1)].sum(axis=0)
    counts[size, :size] = wrong[~missed.any(axis=1)].sum(axis=0)
    return counts


def figures(card: Scorecard) -> dict[str, JsonValue]:
    """The card's figures, as a manifest keeps them."""
    found, review = card.report, card.abstention
    return {
        "items": len(card.due),
        "macro_f1": round(found.macro_f1, 4),
        "expected_calibration_error": round(found.expected_calibration_error, 4),
        "review_share": round(card.review_share, 4),
        "error_inside": _rounded(review.error_inside),
        "error_outside": _rounded(review.error_outside),
        "selective_f1": _rounded(review.selective_f1),
        "themes": {
            label: [round(value, 4) for value in (theme.precision, theme.recall, theme.f1)]
            for label, theme in zip(card.labels, found.themes, strict=True)
        },
    }


def draw(card: Scorecard, curve: Sequence[plots.Point], names: Mapping[str, str], folder: Path) -> list[str]:
    """Draw every picture into `folder`, and name its files.

    `names` are the themes'. Without at least two points there is no learning curve.
    """
    folder.mkdir(parents=True, exist_ok=True)
    letters = plots.lettering(names)
    scores = dict(zip(card.labels, card.report.themes, strict=True))
    wrong = (card.given != card.due).any(axis=1)
    paths = {name: folder / name for name in _PICTURES}
    plots.theme_bars(scores, letters, paths["themes.png"])
    plots.reliability(card.judged.targets, card.judged.probabilities, letters, paths["reliability.png"])
    plots.exchanges(exchanged(card.given, card.due), card.labels, letters, paths["pairs.png"])
    plots.risk_coverage(wrong, card.nearness, card.margin, letters, paths["risk-coverage.png"])
    if len(curve) > 1:
        plots.learning_curve(curve, letters, paths["learning-curve.png"])
    else:
        del paths["learning-curve.png"]
    return list(paths)


def figure_lines(card: Scorecard, names: Mapping[str, str]) -> list[str]:
    """The figures in Chinese Markdown."""
    found, review = card.report, card.abstention
    lines = ["| 主题 | 件数 | 精确率 | 召回率 | F1 |", "|---|---:|---:|---:|---:|"]
    for label, theme in zip(card.labels, found.themes, strict=True):
        values = " | ".join(f"{value:.3f}" for value in (theme.precision, theme.recall, theme.f1))
        lines.append(f"| {names.get(label, label)} `{label}` | {theme.support} | {values} |")
    risks = "、".join(
        f"{share:.0%} 为 {risk:.1%}" for share, risk in zip(COVERAGES, review.risks, strict=True)
    )
    return [
        *lines,
        "",
        f"共 {len(card.due)} 件,宏平均 F1 {found.macro_f1:.3f},校准误差 {found.expected_calibration_error:.3f}。"
        f"待核 {card.review_share:.1%}:其中判错 {_percent(review.error_inside)},其余判错 "
        f"{_percent(review.error_outside)};不待核的宏平均 F1 {_figure(review.selective_f1)}。"
        f"模型只判最有把握的一部分时判错的比例:{risks}。",
    ]


def picture_lines(files: Sequence[str], folder: str) -> list[str]:
    """The pictures `files` in `folder`, each with what it shows, in Chinese Markdown."""
    return [f"![{_PICTURES[name]}]({folder}{name})\n\n{_PICTURES[name]}。" for name in files]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _percent(value: float | None) -> str:
    return "无" if value is None else f"{value:.1%}"


def _figure(value: float | None) -> str:
    return "无" if value is None else f"{value:.3f}"
