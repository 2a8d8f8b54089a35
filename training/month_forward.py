"""Does learning from months help? `python -m training.month_forward` trains up to a year and judges what came after.

For every cut the classifier is made of the months before it alone: blend, calibration and thresholds are decided on
every sixth of these months by a model that has not seen them, then encoder and lexical model are fitted on all of
them. It is judged on the months of the two years that follow, and on the newest months, the same for every cut. The
undated hard items train with every cut. Results are kept in the work folder and not computed twice.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from bulletin import themes as taxonomy
from training import corpus, lexical, steps, themes
from training.backbone import Backbone, load
from training.corpus import LabelledItem, LabelledMonth
from training.crossval import printer
from training.decisions import FoldScores, Judged, decide
from training.metrics import report

CUTS = ("2018-12", "2020-12", "2022-12")
EVERY = 6


@dataclass(frozen=True, slots=True)
class Step:
    """One cut: how many months and items it was learnt from, and macro F1 on what followed and on the newest months."""

    cut: str
    months: int
    items: int
    following: tuple[str, ...]
    following_f1: float
    newest_f1: float


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--work", type=Path, default=Path("runs/month-forward"), help="where results are kept"
    )
    parser.add_argument("--base", default=None, help="another encoder: a checkpoint folder or a hub id")
    parser.add_argument("--plot", type=Path, default=None, help="write the picture here")
    chosen = parser.parse_args(arguments)
    chosen.work.mkdir(parents=True, exist_ok=True)
    backbone = load(chosen.base, chosen.work / "cache")
    found = [_step(backbone, corpus.load(), cut, chosen.work) for cut in CUTS]
    print(table(found))  # noqa: T201 - a command's output
    if chosen.plot is not None:
        plot(found, chosen.plot)


def table(found: Sequence[Step]) -> str:
    """The steps as a Markdown table."""
    lines = [
        "| 学到 | 月份 | 事项 | 其后两年的月份 | 宏平均 F1 | 最新月份(同一批)的 F1 |",
        "|---|---:|---:|---|---:|---:|",
    ]
    for step in found:
        span = f"{step.following[0]} 至 {step.following[-1]}"
        lines.append(
            f"| {step.cut} | {step.months} | {step.items} | {span} | {step.following_f1:.3f} | {step.newest_f1:.3f} |"
        )
    return "\n".join(lines)


def plot(found: Sequence[Step], path: Path) -> None:
    """A picture of both columns of figures over the items learnt from."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4))
    items = [step.items for step in found]
    axes.plot(
        items, [step.following_f1 for step in found], marker="o", label="months of the two years that follow"
    )
    axes.plot(items, [step.newest_f1 for step in found], marker="s", label="newest months, the same for all")
    for step in found:
        axes.annotate(
            f"to {step.cut[:4]}", (step.items, step.newest_f1), xytext=(4, -12), textcoords="offset points"
        )
    axes.margins(0.15)
    axes.set_xlabel("items learnt from (synthetic corpus)")
    axes.set_ylabel("macro F1 on unseen months")
    axes.legend()
    axes.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(path, dpi=150)
    plt.close(figure)


def _step(backbone: Backbone, months: Sequence[LabelledMonth], cut: str, work: Path) -> Step:
    path = work / f"{cut}.json"
    if not path.exists():
        part = path.with_suffix(".tmp")
        part.write_text(json.dumps(asdict(_measured(backbone, months, cut))), encoding="utf-8")
        part.replace(path)
    raw = json.loads(path.read_text(encoding="utf-8"))
    return Step(**{**raw, "following": tuple(raw["following"])})


def _measured(backbone: Backbone, months: Sequence[LabelledMonth], cut: str) -> Step:
    hard = [month for month in months if not month.month]
    known = [month for month in months if month.month and month.month <= cut]
    later = [month for month in months if month.month and month.month > cut]
    limit = f"{int(cut[:4]) + 2}-12"
    following = [month for month in later if str(month.month) <= limit]
    newest = [month for month in months if month.month and month.month > CUTS[-1]]
    inner = [month for k, month in enumerate(known) if k % EVERY == EVERY - 1]
    rest = [month for month in known if month not in inner]
    decisions = decide([_scores(backbone, [*rest, *hard], inner, f"{cut} decisions")])
    judged = _scores(backbone, [*known, *hard], [*following, *newest], f"{cut} model")
    probabilities = decisions.probabilities(judged.encoder, judged.lexical)
    thresholds = np.broadcast_to(np.array(decisions.thresholds), probabilities.shape)
    whole = Judged(judged.targets, probabilities, thresholds)
    border = sum(len(month.items) for month in following)
    return Step(
        cut=cut,
        months=len(known),
        items=sum(len(month.items) for month in known),
        following=tuple(month.name for month in following),
        following_f1=_macro_f1(whole, slice(None, border)),
        newest_f1=_macro_f1(whole, slice(border, None)),
    )


def _scores(
    backbone: Backbone, train: Sequence[LabelledMonth], held_out: Sequence[LabelledMonth], name: str
) -> FoldScores:
    """Logits on `held_out` of an encoder and a lexical model fitted on `train`."""
    labels = taxonomy.load().ids
    items = _items(held_out)
    model = themes.fit(backbone, train, labels, themes.Recipe(), printer(name))
    learnt = _items(train)
    words = lexical.fit_themes(learnt, steps.targets(learnt, labels))
    return FoldScores(
        themes.logits(model, backbone.tokenizer, items),
        words.logits([item.text for item in items]),
        steps.targets(items, labels),
    )


def _items(months: Sequence[LabelledMonth]) -> list[LabelledItem]:
    return [item for month in months for item in month.items]


def _macro_f1(judged: Judged, rows: slice) -> float:
    return report(judged.targets[rows], judged.probabilities[rows], judged.thresholds[rows]).macro_f1


if __name__ == "__main__":
    main()
