"""How good is what `yuebao train` makes? `python -m training.refit_study` does it fold by fold, by month.

Of each of the six folds' training months a classifier is made as the command makes it: decided on every sixth of these
months, then fitted on all of them, or with `--fast` not fitted again. It is judged on the fold's held-out months, which
nothing has seen. With `--themes` and `--answers` a theme is added first (docs/data-governance). Finished folds are kept
in the work folder and not run again.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bulletin import themes as tables
from bulletin.themes import Taxonomy
from training import corpus, steps, taxonomy, themes
from training.backbone import Backbone, load
from training.classifier_model import ItemClassifier
from training.corpus import LabelledItem, LabelledMonth
from training.crossval import held_out_items, printer
from training.decisions import Judged, decide
from training.labelled import relabel
from training.lexical import fit_themes
from training.metrics import ThemeReport, report
from training.refit_classifier import EVERY, FAST, decision_scores
from training.splits import Split, decision_split, folds


@dataclass(frozen=True, slots=True)
class Work:
    """Where a study's folds are kept, and how they are made."""

    folder: Path
    recipe: themes.Recipe
    fast: bool


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--work", type=Path, required=True, help="where finished folds are kept")
    parser.add_argument("--fast", action="store_true", help="as `yuebao train --fast`")
    parser.add_argument("--themes", type=Path, default=None, help="another table of themes")
    parser.add_argument("--answers", type=Path, default=None, help="answers on its last theme")
    chosen = parser.parse_args(arguments)
    table = tables.load(chosen.themes)
    work = Work(chosen.work, FAST if chosen.fast else themes.Recipe(), chosen.fast)
    found = study(load(None, chosen.work / "cache"), labelled(table, chosen.answers), table, work)
    print(shown(found, table))  # noqa: T201 - a command's output


def labelled(table: Taxonomy, answers: Path | None) -> list[LabelledMonth]:
    """The shipped months, with the `answers` on the last theme of `table`."""
    months = corpus.load()
    if answers is not None:
        given = relabel.read(answers.read_bytes(), answers.name)
        changed = {m.name: m for m in relabel.answered(months, table.ids[-1], given, answers.name)}
        months = [changed.get(month.name, month) for month in months]
    return taxonomy.under(months, table)


def study(
    backbone: Backbone, months: Sequence[LabelledMonth], table: Taxonomy, work: Work
) -> list[ThemeReport]:
    """The figures of every fold, and last of all folds together."""
    work.folder.mkdir(parents=True, exist_ok=True)
    judged = [_fold(backbone, split, table, work, index) for index, split in enumerate(folds(months))]
    whole = Judged(*(np.concatenate(parts) for parts in zip(*map(_arrays, judged), strict=True)))
    return [report(one.targets, one.probabilities, one.thresholds) for one in (*judged, whole)]


def shown(found: Sequence[ThemeReport], table: Taxonomy) -> str:
    """A table of every theme's figures over all folds, and of macro F1 by fold."""
    *by_fold, whole = found
    lines = ["| 主题 | 精确率 | 召回率 | F1 | 各折 F1 | 件数 |", "|---|---:|---:|---:|---|---:|"]
    for row, theme in enumerate(table.themes):
        scores = whole.themes[row]
        each = " ".join(f"{one.themes[row].f1:.3f}" for one in by_fold)
        lines.append(
            f"| {theme.name} | {scores.precision:.3f} | {scores.recall:.3f} | {scores.f1:.3f} | {each} |"
            f" {scores.support} |"
        )
    lines.append(
        f"\n宏平均 F1 {whole.macro_f1:.4f}(各折 {' '.join(f'{one.macro_f1:.3f}' for one in by_fold)}),"
        f"校准误差 {whole.expected_calibration_error:.4f}。"
    )
    first = whole.themes[: len(tables.load().themes)]
    if len(first) < len(whole.themes):
        lines.append(f"原有 {len(first)} 个主题的宏平均 F1 {np.mean([one.f1 for one in first]):.4f}。")
    return "\n".join(lines)


def _fold(backbone: Backbone, split: Split, table: Taxonomy, work: Work, index: int) -> Judged:
    path = work.folder / f"fold-{index}.npz"
    if not path.exists():
        judged = _judged(backbone, split, table, work, index)
        part = path.with_suffix(".tmp")
        with part.open("wb") as file:
            np.savez(file, *_arrays(judged))
        part.replace(path)
    with np.load(path) as kept:
        return Judged(*(kept[name] for name in kept.files))


def _judged(backbone: Backbone, split: Split, table: Taxonomy, work: Work, index: int) -> Judged:
    labels = table.ids
    months = sorted(split.train, key=lambda month: (month.month or "9999", month.name))

    def fitted(name: str, learnt: Sequence[LabelledMonth]) -> ItemClassifier:
        told, state = printer(f"fold {index} {name}"), work.folder / f"fold-{index}-{name}.safetensors"
        return themes.fit(backbone, learnt, labels, work.recipe, told, state)

    deciding = decision_split(months, EVERY)
    decider = fitted("decisions", deciding.train)
    decisions = decide([decision_scores(decider, backbone, deciding, labels)])
    model = decider if work.fast else fitted("classifier", months)
    items, learnt = held_out_items(split), _items(months)
    words = fit_themes(learnt, steps.targets(learnt, labels))
    probabilities = decisions.probabilities(
        themes.logits(model, backbone.tokenizer, items), words.logits([item.text for item in items])
    )
    thresholds = np.broadcast_to(np.array(decisions.thresholds), probabilities.shape)
    return Judged(steps.targets(items, labels), probabilities, thresholds)


def _arrays(judged: Judged) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return np.asarray(judged.targets), np.asarray(judged.probabilities), np.asarray(judged.thresholds)


def _items(months: Sequence[LabelledMonth]) -> list[LabelledItem]:
    return [item for month in months for item in month.items]


if __name__ == "__main__":
    main()
