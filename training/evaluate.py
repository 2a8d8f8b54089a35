"""Judge a bundle as it is served: `python -m training.evaluate`.

Prints, for a labelled month that no model was made from (default: the real month), the items' figures and every wrong
item, the abstract beside the baselines; and, with `--checkpoints`, int8 beside float32 and what padding does to scores.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from models.bundle import open_bundle
from models.classifier import Classifier
from models.types import ClassifyRequest
from models.wording import Wording
from models.writer import Writer
from training import corpus, judge_abstracts, steps, themes
from training.abstract_baselines import leading_topics, usual_length
from training.classifier_model import ItemClassifier
from training.corpus import LabelledItem, LabelledMonth
from training.decisions import blended
from training.metrics import calibrated, report
from training.planner import FittedPlanner
from training.rouge import rouge


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bundle", type=Path, default=None, help="default: the built-in bundle")
    parser.add_argument(
        "--labels", type=Path, default=Path("training/gold/2019-12.yb"), help="the labelled month"
    )
    parser.add_argument(
        "--checkpoints", type=Path, default=None, help="float32 checkpoints that the bundle is made of"
    )
    chosen = parser.parse_args(arguments)
    month = corpus.read(chosen.labels)
    figures: dict[str, object] = {
        "items": classification(chosen.bundle, month),
        "abstract": abstract(chosen.bundle, month),
    }
    if chosen.checkpoints is not None:
        figures["engines"] = engines(chosen.bundle, chosen.checkpoints, corpus.load())
    print(json.dumps(figures, ensure_ascii=False, indent=1))  # noqa: T201 - a command's output


def _request(item: LabelledItem) -> ClassifyRequest:
    return ClassifyRequest(item.text, item.heading, item.previous)


def classification(bundle: Path | None, month: LabelledMonth) -> dict[str, object]:
    """Figures of the bundle's classifier on `month` and its wrong items, national and provincial."""
    opened = open_bundle(bundle)
    labels = [theme.id for theme in opened.manifest.themes]
    probabilities = Classifier(opened, threads=2).probabilities([_request(item) for item in month.items])
    thresholds = np.array([theme.threshold for theme in opened.manifest.themes])
    targets = steps.targets(month.items, labels)
    found = report(targets, probabilities, thresholds)
    return {
        "items": len(month.items),
        "macro_f1": round(found.macro_f1, 4),
        "expected_calibration_error": round(found.expected_calibration_error, 4),
        "themes": {name: asdict(scores) for name, scores in zip(labels, found.themes, strict=True)},
        "provincial_macro_f1": _provincial(month, targets, probabilities, thresholds),
        "wrong": list(_wrong(month.items, labels, probabilities, thresholds)),
    }


def _provincial(
    month: LabelledMonth, targets: np.ndarray, probabilities: np.ndarray, thresholds: np.ndarray
) -> float:
    rows = [item.province is not None for item in month.items]
    return round(report(targets[rows], probabilities[rows], thresholds).macro_f1, 4)


def _wrong(
    items: Sequence[LabelledItem], labels: Sequence[str], probabilities: np.ndarray, thresholds: np.ndarray
) -> list[str]:
    lines = []
    for item, row in zip(items, probabilities, strict=True):
        given = {label for label, p, cut in zip(labels, row, thresholds, strict=True) if p >= cut}
        if given != set(item.themes):
            lines.append(f"{item.id}: {sorted(given)} for {sorted(item.themes)}: {item.text[:60]}")
    return lines


def abstract(bundle: Path | None, month: LabelledMonth) -> dict[str, object]:
    """The drafted abstract of `month` beside the printed one, with its own and with the reference's plan."""
    opened = open_bundle(bundle)
    requests = [_request(item) for item in month.items]
    rows = Classifier(opened, threads=2).probabilities(requests)
    probabilities = {(month.name, item.id): row for item, row in zip(month.items, rows.tolist(), strict=True)}
    fitted = FittedPlanner(opened.manifest.planner, Wording.load(opened))
    items = fitted.items(month, probabilities)
    budget = usual_length(corpus.load())
    figures = judge_abstracts.judge(month, items, fitted.weights, Writer(opened, threads=2), budget)
    printed = "".join(sentence.text for sentence in month.abstract)
    return {**asdict(figures), "leading_topics": asdict(rouge(printed, leading_topics(month, budget)))}


def engines(bundle: Path | None, checkpoints: Path, months: Sequence[LabelledMonth]) -> dict[str, float]:
    """int8 against float32 on every dated item: macro F1 of both, largest and mean shift of a probability.

    `padding_shift` is the largest change of a probability between an item alone and the same item in a batch of others.
    """
    opened = open_bundle(bundle)
    classifier = Classifier(opened, threads=2)
    items = [item for month in months if month.month for item in month.items]
    labels = classifier.themes
    settings = opened.manifest.themes
    thresholds = np.array([theme.threshold for theme in settings])
    targets = steps.targets(items, labels)
    requests = [_request(item) for item in items]
    served = classifier.probabilities(requests)
    model = ItemClassifier.from_pretrained(checkpoints / "classifier")
    tokenizer = steps.tokenizer(checkpoints / "classifier")
    logits = blended(
        themes.logits(model, tokenizer, items),
        classifier.lexical_logits(requests),
        opened.manifest.lexical_weight,
    )
    exact = calibrated(logits, [theme.calibration for theme in settings])
    alone = np.concatenate([classifier.probabilities([request]) for request in requests[:300]])
    return {
        "float32_macro_f1": round(report(targets, exact, thresholds).macro_f1, 4),
        "int8_macro_f1": round(report(targets, served, thresholds).macro_f1, 4),
        "largest_shift": round(float(np.abs(served - exact).max()), 4),
        "mean_shift": round(float(np.abs(served - exact).mean()), 5),
        "padding_shift": round(float(np.abs(served[:300] - alone).max()), 4),
    }


if __name__ == "__main__":
    main()
