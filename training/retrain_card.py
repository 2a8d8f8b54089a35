"""The model card and pictures of a bundle that `yuebao train` made, in Chinese."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bulletin import themes
from models.bundle import Manifest
from training import scorecard
from training.corpus import LabelledMonth
from training.decisions import Decisions, FoldScores, Judged, cross_fitted
from training.learning_curve import learning_curve
from training.scorecard import Scorecard
from training.splits import Split

# With fewer months, or fewer items with and without a theme in the other months, decisions crossed over the months
# would be guesswork.
LEAST_MONTHS, LEAST_ITEMS = 3, 10


@dataclass(frozen=True, slots=True)
class Learnt:
    """What a classifier was decided by.

    `split` has the months that decided (held out) and those learnt from meanwhile; `scores` and `decisions` are the
    deciding months'. With `refit` the classifier was then fitted on all of them.
    """

    split: Split
    scores: FoldScores
    decisions: Decisions
    refit: bool = True


@dataclass(frozen=True, slots=True)
class Origins:
    """Where a bundle's models come from: the bases of those fitted anew, and the version of those that come along."""

    version: str
    classifier: str | None
    writer: str | None

    def told(self, base: str | None) -> str:
        """Where a part with this `base` comes from."""
        return f"由 {base} 重新训练" if base else f"沿用 {self.version}"


def complete(
    bundle: Path,
    manifest: Manifest,
    origins: Origins,
    months: Sequence[LabelledMonth],
    learnt: Learnt | None,
) -> Manifest:
    """Write the card, and of a new classifier (`learnt`) the pictures, into `bundle`; `manifest` with its figures.

    Themes are named by the bundle's own table.
    """
    names = {theme.id: theme.name for theme in themes.load(bundle / "themes.toml").themes}
    parts = [
        f"# yuebao 模型包 {manifest.version}",
        f"{manifest.created} 生成。分类器{origins.told(origins.classifier)};"
        f"写作模型和规划{origins.told(origins.writer)}。",
        _data(manifest, months, names),
    ]
    if learnt:
        manifest, figures = _figures(bundle, manifest, learnt, names)
        parts.append(figures)
    recipes = "\n".join(
        f"{name}: {manifest.recipe[name]}"
        for name, base in (("classifier", origins.classifier), ("writer", origins.writer))
        if base
    )
    parts += [f"## 配方\n\n```\n{recipes}\n```", _limits(origins)]
    (bundle / "README.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    return manifest


def _figures(
    bundle: Path, manifest: Manifest, learnt: Learnt, names: Mapping[str, str]
) -> tuple[Manifest, str]:
    """Draw the pictures; `manifest` with the figures, and the sections of the card that tell them."""
    labels = tuple(theme.id for theme in manifest.themes)
    judged, crossed = _judged(learnt)
    card = Scorecard(labels, judged, manifest.review_margin)
    curve = learning_curve([learnt.split], labels, [learnt.scores])
    files = scorecard.draw(card, curve, names, bundle / scorecard.FOLDER)
    sections = [
        "\n".join(["## 判得怎么样", _how(learnt, crossed), "", *scorecard.figure_lines(card, names)]),
        "\n\n".join(["## 图", *scorecard.picture_lines(files, f"{scorecard.FOLDER}/")]),
    ]
    figures = {
        **scorecard.figures(card),
        "crossed": crossed,
        "months": [m.name for m in learnt.split.held_out],
    }
    return manifest.model_copy(update={"metrics": {"decision_months": figures}}), "\n\n".join(sections)


def _judged(learnt: Learnt) -> tuple[Judged, bool]:
    """The deciding months' decisions, and whether each month was judged by what the others decided."""
    folds, scores = _by_month(learnt.split.held_out, learnt.scores), learnt.scores
    if _enough(folds):
        return scorecard.joined(cross_fitted(folds)), True
    probabilities = learnt.decisions.probabilities(scores.encoder, scores.lexical)
    thresholds = np.broadcast_to(np.array(learnt.decisions.thresholds), probabilities.shape)
    return Judged(scores.targets, probabilities, thresholds), False


def _by_month(months: Sequence[LabelledMonth], scores: FoldScores) -> list[FoldScores]:
    borders = np.cumsum([len(month.items) for month in months])[:-1]
    parts = (np.split(array, borders) for array in (scores.encoder, scores.lexical, scores.targets))
    return [FoldScores(*own) for own in zip(*parts, strict=True)]


def _enough(folds: Sequence[FoldScores]) -> bool:
    """Whether calibration and thresholds can be fitted on all folds but any one."""
    if len(folds) < LEAST_MONTHS:
        return False
    having = np.array([np.nansum(fold.targets, axis=0) for fold in folds])
    lacking = np.array([np.nansum(1 - fold.targets, axis=0) for fold in folds])
    return all(bool(((part.sum(axis=0) - part) >= LEAST_ITEMS).all()) for part in (having, lacking))


def _data(manifest: Manifest, months: Sequence[LabelledMonth], names: Mapping[str, str]) -> str:
    items = [item for month in months for item in month.items]
    lines = [
        "## 学了什么",
        "",
        f"{len(months)} 份月份,{len(items)} 件事项,主题体系版本 {manifest.taxonomy}。",
        "",
        "| 主题 | 件数 |",
        "|---|---:|",
    ]
    for theme in manifest.themes:
        count = sum(theme.id in item.themes for item in items)
        lines.append(f"| {names.get(theme.id, theme.id)} `{theme.id}` | {count} |")
    lines += [f"| 都不是 | {sum(not item.themes for item in items)} |", ""]
    return "\n".join([*lines, f"学过的月份(沿用的模型学过的也在内):{'、'.join(sorted(manifest.data))}。"])


def _how(learnt: Learnt, crossed: bool) -> str:
    held_out = learnt.split.held_out
    names = "、".join(month.name for month in held_out)
    deciding = (
        "每一期的校准和门槛只由其余几期来定"
        if crossed
        else "校准和门槛就是在这几期上定的(月份或标注太少,不能分开定),所以这些数**偏乐观**"
    )
    shipped = (
        "本包的分类器随后重新学过,留出的几期也学了,那一个没有再考"
        if learnt.refit
        else "本包的编码器就是那一个,没有学过留出的几期;字面特征用全部月份学过"
    )
    return (
        f"训练中先留出 {len(held_out)} 期({names}),由只学了其余月份的分类器来判;{deciding}。"
        f"{shipped};判断用 float32,服务时用 int8。"
    )


def _limits(origins: Origins) -> str:
    lines = [
        "上面的数说的是与所学月份相像的月份;附带的语料是人工编写的合成月报,真实月报上会低一些。",
        "门槛和待核的界线由留出的几期定,月份少就不稳;真正要看的是没学过的最新一期:`yuebao evaluate`。",
        "只认识主题表里的主题;新的说法、新的主题要先标注、再训练。",
    ]
    if not origins.classifier:
        lines = [f"分类器没有重新训练;它的数见 {origins.version} 的模型卡。"]
    if not origins.writer:
        lines.append(f"写作模型和规划没有重新训练;它们的数见 {origins.version} 的模型卡。")
    else:
        lines.append("写作模型和规划学过上面全部的月份;要看的是没学过的月份上的草稿:`yuebao evaluate`。")
    return "\n".join(["## 限度", "", *(f"- {line}" for line in lines)])
