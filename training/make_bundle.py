"""Make the shipped bundle from PyPI and this repository alone: `python -m training.make_bundle`.

Every step leaves its result under the work folder and is not run again while it is there, so that a run that was
stopped goes on where it was: delete the folder to begin anew.

    cross-validation  six folds by month      work/folds/fold-*.npy
    decisions         blend, calibration, thresholds on the held-out scores
    classifier        fit on all months       work/checkpoints/classifier/
    writer            fit without one fold    work/checkpoints/writer/
    planner           fit on all months
    engines           int8                    work/bundle/
    figures           abstracts of the months that the writer never saw, manifest, model card
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from pydantic import JsonValue

from bulletin import __version__, themes
from models.bundle import Manifest, ThemeSettings, WriterSettings, builtin, open_bundle
from models.writer import Writer
from training import baselines, export, planner, scorecard, splits, steps
from training import themes as classifier
from training import writer as writer_training
from training.abstract_baselines import usual_length
from training.backbone import load
from training.card import card
from training.corpus import LabelledMonth, digests
from training.corpus import load as load_corpus
from training.decisions import Decisions, FoldScores, cross_fitted, decide
from training.judge_abstracts import AbstractFigures, judge, summary
from training.learning_curve import learning_curve
from training.reports import classifier_figures, review_figures

# The writer never sees this fold's months: abstracts are judged on them.
WRITER_FOLD = 0


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line of `make bundle`."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--work", type=Path, default=Path("runs/bundle"), help="where intermediate results are kept"
    )
    parser.add_argument("--out", type=Path, default=builtin(), help="the finished bundle")
    parser.add_argument("--version", default="builtin-3", help="the bundle's version")
    parser.add_argument("--base", default=None, help="another encoder: a checkpoint folder or a hub id")
    chosen = parser.parse_args(arguments)
    make(chosen.work, chosen.out, chosen.version, chosen.base)


def make(work: Path, out: Path, version: str, base: str | None) -> None:
    """Make the bundle `version` in `out`, with intermediate results under `work`."""
    months = load_corpus()
    backbone = load(base, work / "cache")
    labels = themes.load().ids
    recipe, writing = classifier.Recipe(), writer_training.Recipe()
    folds = steps.fold_scores(backbone, months, labels, recipe, work)
    decisions = decide(folds)
    probabilities = steps.held_out_probabilities(months, cross_fitted(folds))
    steps.classifier_checkpoint(backbone, months, labels, recipe, work)
    split = splits.folds(months)[WRITER_FOLD]
    steps.writer_checkpoint(backbone, split.train, writing, work)
    fitted = planner.fit(months, probabilities)
    bundle = work / "bundle"
    steps.engines(backbone, months, labels, split.train, fitted.wording, work, bundle)
    manifest = Manifest(
        format=2,
        version=version,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        yuebao=__version__,
        base_model=backbone.name,
        taxonomy=themes.load().version,
        themes=_settings(labels, decisions),
        review_margin=decisions.review_margin,
        lexical_weight=decisions.lexical_weight,
        max_tokens=backbone.tokenizer.model_max_length,
        writer=WriterSettings(max_source=writing.max_source),
        planner=fitted.weights,
        data=digests(months),
        recipe={"classifier": _as_json(recipe), "writer": _as_json(writing), "writer_fold": WRITER_FOLD},
        metrics={},
        files={},
    )
    export.write_bundle(bundle, manifest)
    abstracts = _judge(bundle, split, probabilities)
    others = {
        "frozen encoder": baselines.cross_validate(baselines.frozen_backbone(backbone), months, labels),
        "keyword rules": baselines.cross_validate(baselines.keyword_rules, months, labels),
    }
    tfidf = baselines.cross_validate(baselines.character_tfidf(), months, labels)
    figures = classifier_figures(months, folds, labels, tfidf, others)
    figures["review"] = review_figures(cross_fitted(folds), decisions.review_margin)
    metrics = {"classifier": figures, "abstract": summary(abstracts)}
    manifest = manifest.model_copy(update={"metrics": metrics})
    pictures = _drawn(months, folds, labels, bundle)
    (bundle / "README.md").write_text(card(manifest, abstracts, pictures), encoding="utf-8")
    export.write_bundle(bundle, manifest)
    export.install(bundle, out)


def _as_json(recipe: classifier.Recipe | writer_training.Recipe) -> JsonValue:
    """The recipe's fields as a JSON object; its tuples become lists."""
    found: JsonValue = json.loads(json.dumps(asdict(recipe)))
    return found


def _settings(labels: Sequence[str], decisions: Decisions) -> tuple[ThemeSettings, ...]:
    rows = zip(labels, decisions.calibrations, decisions.thresholds, strict=True)
    return tuple(ThemeSettings(id=name, calibration=fitted, threshold=cut) for name, fitted, cut in rows)


def _drawn(
    months: Sequence[LabelledMonth], folds: Sequence[FoldScores], labels: Sequence[str], bundle: Path
) -> list[str]:
    """The files of the card's pictures, drawn into the bundle."""
    names = {theme.id: theme.name for theme in themes.load().themes}
    curve = learning_curve(splits.folds(months), labels, folds)
    return scorecard.draw(scorecard.of_folds(folds, labels), curve, names, bundle / scorecard.FOLDER)


def _judge(bundle: Path, split: splits.Split, probabilities: planner.Probabilities) -> list[AbstractFigures]:
    """Abstracts of the months that neither the writer nor the planner used here has seen."""
    fitted = planner.fit(split.train, probabilities)
    writer = Writer(open_bundle(bundle), threads=2)
    budget = usual_length(split.train)
    return [
        judge(month, fitted.items(month, probabilities), fitted.weights, writer, budget)
        for month in split.held_out
    ]


if __name__ == "__main__":
    main()
