"""A new writer and planner for a bundle: fitted anew from the base on the months given.

The planner learns from probabilities of months that their model has not seen, as it is served. Those of the encoder
would cost a fine-tuning a fold, so they are the lexical model's: fitted fold by fold, calibrated on the other folds.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from bulletin.errors import CorpusError
from models.bundle import Manifest, WriterSettings
from training import export, lexical, planner, steps, writer
from training.backbone import Backbone
from training.corpus import LabelledMonth, digests
from training.crossval import held_out_items
from training.decisions import FoldScores, cross_fitted
from training.refit_classifier import Teller
from training.splits import FOLDS, Split, folds

# What this step makes of a bundle, beside the weights in its manifest.
FILES = ("writer", "phrasing.txt", "wording-national.npz", "wording-provincial.npz")


def refit(
    base: Backbone,
    months: Sequence[LabelledMonth],
    manifest: Manifest,
    recipe: writer.Recipe,
    work: Path,
    bundle: Path,
    teller: Teller,
) -> Manifest:
    """Put a writer grown out of `base` and its planner into `bundle`; its manifest, with their settings and months.

    Steps that are done already are not done again. Raises CorpusError for months too few or without abstracts.
    """
    recipe = replace(recipe, max_source=min(recipe.max_source, base.model.config.max_position_embeddings))
    # Seconds beside the writer's hour: months that show too little are refused before it.
    fitted = _planner(months, manifest)
    checkpoint = steps.writer_checkpoint(base, months, recipe, work, teller("writer"))
    steps.drafting_into(base.tokenizer, months, fitted.wording, checkpoint, bundle)
    export.tokenizer_into(base.tokenizer, bundle, "writer")
    kept = {name: value for name, value in manifest.recipe.items() if name != "writer_fold"}
    told = json.loads(json.dumps(asdict(recipe)))
    return manifest.model_copy(
        update={
            "writer": WriterSettings(max_source=recipe.max_source),
            "planner": fitted.weights,
            "data": {**manifest.data, **digests(months)},
            "recipe": {**kept, "writer": told, "writer_base": base.name},
        }
    )


def replan(months: Sequence[LabelledMonth], manifest: Manifest, bundle: Path) -> Manifest:
    """Put a planner for the themes of `manifest` into `bundle`; the manifest with its weights.

    The planner reads a probability for every theme: with other themes than its own it could not. Raises CorpusError
    for months too few or without abstracts.
    """
    fitted = _planner(months, manifest)
    steps.wording_into(fitted.wording, bundle)
    return manifest.model_copy(update={"planner": fitted.weights})


def _planner(months: Sequence[LabelledMonth], manifest: Manifest) -> planner.FittedPlanner:
    labels = [theme.id for theme in manifest.themes]
    # A month without an abstract would teach that none of its items is worth a sentence.
    with_abstract = [month for month in months if month.abstract]
    return planner.fit(with_abstract, out_of_fold_probabilities(months, labels))


def out_of_fold_probabilities(
    months: Sequence[LabelledMonth], labels: Sequence[str]
) -> dict[tuple[str, str], tuple[float, ...]]:
    """Every dated item's probabilities, by (file, item id), from a lexical model of the other folds' months.

    Raises CorpusError where there are fewer dated months than folds.
    """
    dated = sum(month.month is not None for month in months)
    if dated < FOLDS:
        raise CorpusError(f"只有 {dated} 份有月份的语料;训练写作模型至少要 {FOLDS} 份,请多给一些月份。")
    scores = [_scores(split, labels) for split in folds(months)]
    return steps.held_out_probabilities(months, cross_fitted(scores, lexical_weight=1.0))


def _scores(split: Split, labels: Sequence[str]) -> FoldScores:
    learnt = [item for month in split.train for item in month.items]
    items = held_out_items(split)
    model = lexical.fit_themes(learnt, steps.targets(learnt, labels))
    logits = model.logits([item.text for item in items])
    return FoldScores(logits, logits, steps.targets(items, labels))
