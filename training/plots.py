"""The pictures of a model card: reliability, themes, exchanged themes, risk over coverage, learning curve.

Every picture is a PNG. It speaks Chinese where this machine has a font with all the characters, else English.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from training.abstention import risk_by_coverage
from training.metrics import Array, ThemeScores

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BINS = 10
# Parts of the names of font families with Chinese; simplified sans-serif faces come first.
_FAMILIES = ("Sans CJK SC", "Source Han Sans", "YaHei", "PingFang", "WenQuanYi", "SimHei", "CJK SC", "CJK")
_CHINESE = {
    "probability": "概率",
    "share that has the theme": "确有该主题的比例",
    "perfectly calibrated": "完全校准",
    "mean of a bin, 95% interval, number of decisions": "各段的均值、95% 区间和判断数",
    "precision": "精确率",
    "recall": "召回率",
    "F1": "F1",
    "theme due": "应有的主题",
    "theme given": "判给的主题",
    "missed, no other given": "漏判,未给别的",
    "none due": "本不该给",
    "items kept by the model, surest first": "由模型判的事项所占比例(最有把握的在前)",
    "share of them that is wrong": "其中判错的比例",
    "under review": "待核",
    "months learnt from (share)": "学的月份(比例)",
    "macro F1 on unseen months": "没学过的月份上的宏平均 F1",
    "lexical model alone, threshold 0.5": "只用字面特征,门槛 0.5",
    "items": "件",
}


@dataclass(frozen=True, slots=True)
class Point:
    """Macro F1 on unseen months of a model that learnt `items` items, of `share` of the months."""

    share: float
    items: int
    macro_f1: float


@dataclass(frozen=True, slots=True)
class Lettering:
    """What a picture's words are: Chinese in the font `family`, English where that is None; `names` of the themes."""

    family: str | None
    names: Mapping[str, str]

    def say(self, english: str) -> str:
        """`english`, a key of the table, in the picture's language."""
        return english if self.family is None else _CHINESE[english]

    def theme(self, label: str) -> str:
        """How the theme `label` is called."""
        return label if self.family is None else self.names.get(label, label)


def lettering(names: Mapping[str, str]) -> Lettering:
    """Chinese where a font of this machine has every character of it and of the theme `names`."""
    from matplotlib import font_manager

    families = sorted({font.name for font in font_manager.fontManager.ttflist})
    wanted = {ord(letter) for text in (*_CHINESE.values(), *names.values()) for letter in text}
    for part in _FAMILIES:
        for family in (name for name in families if part in name):
            found = font_manager.findfont(font_manager.FontProperties(family=[family]))
            font = font_manager.get_font(found)
            if all(font.get_char_index(code) for code in wanted):
                return Lettering(family, names)
    return Lettering(None, names)


def reliability(targets: Array, probabilities: Array, letters: Lettering, path: Path) -> None:
    """How often a theme is there when it is said to be with some probability; every (item, theme) is one decision.

    Ten bins of equal width; the intervals are Wilson's ("Probable Inference", JASA 1927).
    """
    known = ~np.isnan(targets)
    truth, scores = targets[known], probabilities[known]
    bin_of = np.minimum((scores * BINS).astype(int), BINS - 1)
    with _picture(path, letters, (6, 5)) as axes:
        axes.plot([0, 1], [0, 1], color="grey", linestyle="--", label=letters.say("perfectly calibrated"))
        rows = [np.flatnonzero(bin_of == number) for number in range(BINS)]
        kept = [own for own in rows if len(own)]
        x, y = ([float(values[own].mean()) for own in kept] for values in (scores, truth))
        bounds = np.array([_wilson(share, len(own)) for share, own in zip(y, kept, strict=True)])
        # Wilson's interval holds the share but for rounding.
        bars = np.maximum(np.abs(bounds.T - np.array(y)), 0)
        told = letters.say("mean of a bin, 95% interval, number of decisions")
        axes.errorbar(x, y, yerr=bars, fmt="o", capsize=3, label=told)
        for across, up, own in zip(x, y, kept, strict=True):
            left = across > 0.5
            offset = (-7, 7) if left else (7, -12)
            side = "right" if left else "left"
            axes.annotate(
                str(len(own)), (across, up), xytext=offset, textcoords="offset points", ha=side, fontsize=8
            )
        axes.set_xlabel(letters.say("probability"))
        axes.set_ylabel(letters.say("share that has the theme"))
        axes.legend(loc="upper left")


def theme_bars(scores: Mapping[str, ThemeScores], letters: Lettering, path: Path) -> None:
    """Precision, recall and F1 of every theme."""
    with _picture(path, letters, (1.6 * len(scores) + 2, 4)) as axes:
        places = np.arange(len(scores))
        for number, name in enumerate(("precision", "recall", "F1")):
            values = [getattr(theme, name.lower()) for theme in scores.values()]
            bars = axes.bar(places + (number - 1) * 0.27, values, 0.25, label=letters.say(name))
            axes.bar_label(bars, fmt="%.2f", fontsize=7)
        ticks = [
            f"{letters.theme(label)}\n{theme.support} {letters.say('items')}"
            for label, theme in scores.items()
        ]
        axes.set_xticks(places, ticks)
        axes.set_ylim(0, 1.05)
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, frameon=False)


def exchanges(counts: NDArray[np.int64], labels: Sequence[str], letters: Lettering, path: Path) -> None:
    """The matrix of `scorecard.exchanged`: which theme is given where another is due."""
    wrong = counts.astype(float)
    np.fill_diagonal(wrong, 0)
    with _picture(path, letters, (1.1 * len(labels) + 2.5, 0.8 * len(labels) + 2)) as axes:
        axes.grid(visible=False)
        axes.imshow(wrong, cmap="Oranges", vmin=0, vmax=max(1.0, wrong.max() * 1.5), aspect="auto")
        for row, column in np.ndindex(*counts.shape):
            if counts[row, column]:
                colour = "grey" if row == column else "black"
                axes.text(column, row, str(counts[row, column]), ha="center", va="center", color=colour)
        themes = [letters.theme(label) for label in labels]
        places = range(len(counts))
        missed, none = letters.say("missed, no other given"), letters.say("none due")
        axes.set_xticks(places, [*themes, missed], rotation=30, ha="right")
        axes.set_yticks(places, [*themes, none])
        axes.set_xlabel(letters.say("theme given"))
        axes.set_ylabel(letters.say("theme due"))


def risk_coverage(
    wrong: NDArray[np.bool_], nearness: NDArray[np.float64], margin: float, letters: Lettering, path: Path
) -> None:
    """The share of wrong items among the surest of them, and how far the model goes before the review mark."""
    risk, kept = risk_by_coverage(wrong, nearness), float((nearness >= margin).mean())
    with _picture(path, letters, (6, 4)) as axes:
        axes.plot(np.arange(1, len(risk) + 1) / len(risk), risk)
        axes.axvspan(kept, 1, alpha=0.15, color="tab:orange", label=letters.say("under review"))
        axes.set_xlim(0, 1)
        axes.set_ylim(bottom=0)
        axes.set_xlabel(letters.say("items kept by the model, surest first"))
        axes.set_ylabel(letters.say("share of them that is wrong"))
        axes.legend(loc="upper left")


def learning_curve(points: Sequence[Point], letters: Lettering, path: Path) -> None:
    """Macro F1 against the share of the months learnt from; of the lexical model, as the legend says."""
    with _picture(path, letters, (6, 4)) as axes:
        told = letters.say("lexical model alone, threshold 0.5")
        axes.plot([one.share for one in points], [one.macro_f1 for one in points], marker="o", label=told)
        for one in points:
            count = f"{one.items} {letters.say('items')}"
            axes.annotate(count, (one.share, one.macro_f1), xytext=(7, -12), textcoords="offset points")
        axes.margins(0.2, 0.25)
        axes.set_xlabel(letters.say("months learnt from (share)"))
        axes.set_ylabel(letters.say("macro F1 on unseen months"))
        axes.legend(loc="lower right")


def _wilson(share: float, count: int, z: float = 1.96) -> tuple[float, float]:
    middle = share + z * z / (2 * count)
    reach = z * float(np.sqrt(share * (1 - share) / count + z * z / (4 * count * count)))
    scale = 1 + z * z / count
    return (middle - reach) / scale, (middle + reach) / scale


@contextmanager
def _picture(path: Path, letters: Lettering, size: tuple[float, float]) -> Iterator["Axes"]:
    """Axes to draw on; what was drawn is then written to `path`, whole or not at all."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    family = ["DejaVu Sans"] if letters.family is None else [letters.family, "DejaVu Sans"]
    part = path.with_name(path.name + ".tmp")
    with rc_context({"font.family": family, "axes.unicode_minus": False}):
        figure = Figure(figsize=size, layout="constrained")
        axes = figure.subplots()
        axes.set_axisbelow(True)
        axes.grid(alpha=0.2)
        yield axes
        # Without the library's version the same figures make the same file.
        figure.savefig(part, dpi=110, format="png", metadata={"Software": None})
    part.replace(path)
