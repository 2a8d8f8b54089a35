"""The resumable steps of making a bundle: each leaves its result in the work folder and is not done twice."""

import json
import shutil
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

import numpy as np
import torch
from transformers import BartForConditionalGeneration, PreTrainedTokenizerFast

from training import baselines, export, themes, writer
from training.backbone import Backbone
from training.classifier_model import ItemClassifier
from training.corpus import LabelledItem, LabelledMonth
from training.crossval import held_out_items, out_of_fold, printer
from training.decisions import FoldScores, Judged
from training.quantise import quantised
from training.splits import folds


def fold_scores(
    backbone: Backbone,
    months: Sequence[LabelledMonth],
    labels: Sequence[str],
    recipe: themes.Recipe,
    work: Path,
) -> list[FoldScores]:
    """Held-out logits of encoder and lexical model, with the labels, fold by fold."""
    out_of_fold(backbone, months, labels, recipe, work / "folds")
    return saved_fold_scores(months, labels, work)


def saved_fold_scores(months: Sequence[LabelledMonth], labels: Sequence[str], work: Path) -> list[FoldScores]:
    """The same from a work folder whose cross-validation is done."""
    encoder = [np.load(work / "folds" / f"fold-{index}.npy") for index in range(len(folds(months)))]
    lexical = baselines.cross_validate(baselines.character_tfidf, months, labels)
    return [
        FoldScores(own, _log_odds(other), targets(held_out_items(split), labels))
        for own, other, split in zip(encoder, lexical, folds(months), strict=True)
    ]


def targets(items: Sequence[LabelledItem], labels: Sequence[str]) -> np.ndarray:
    """(items, themes) of 0 and 1."""
    return np.stack([themes.target(item, labels) for item in items])


def _log_odds(probabilities: np.ndarray) -> np.ndarray:
    return np.asarray(np.log(probabilities) - np.log1p(-probabilities))


def held_out_probabilities(
    months: Sequence[LabelledMonth], judged: Sequence[Judged]
) -> dict[tuple[str, str], tuple[float, ...]]:
    """Every dated item's probabilities from the fold that did not train on it, by (file, item id)."""
    return {
        (month, ident): tuple(row)
        for split, fold in zip(folds(months), judged, strict=True)
        for (month, ident), row in zip(
            ((m.name, item.id) for m in split.held_out for item in m.items),
            fold.probabilities.tolist(),
            strict=True,
        )
    }


def classifier_checkpoint(
    backbone: Backbone,
    months: Sequence[LabelledMonth],
    labels: Sequence[str],
    recipe: themes.Recipe,
    work: Path,
) -> Path:
    """The classifier fitted on all months, saved once."""
    target = work / "checkpoints" / "classifier"
    if not target.exists():
        model = themes.fit(backbone, months, labels, recipe, printer("classifier"))
        part = _fresh(target)
        model.save_pretrained(part)
        backbone.tokenizer.save_pretrained(part)
        part.rename(target)
    return target


def writer_checkpoint(
    backbone: Backbone, months: Sequence[LabelledMonth], recipe: writer.Recipe, work: Path
) -> Path:
    """The writer fitted on `months`, saved once, with the tokens common to all sources in `common.json`."""
    target = work / "checkpoints" / "writer"
    if not target.exists():
        fitted = writer.fit(backbone, months, recipe, printer("writer"))
        part = _fresh(target)
        fitted.model.save_pretrained(part)
        backbone.tokenizer.save_pretrained(part)
        (part / "common.json").write_text(json.dumps(list(fitted.common)), encoding="utf-8")
        part.rename(target)
    return target


def tokenizer(checkpoint: Path) -> PreTrainedTokenizerFast:
    """The tokenizer saved in `checkpoint`."""
    return PreTrainedTokenizerFast.from_pretrained(checkpoint)


def engines(
    backbone: Backbone, months: Sequence[LabelledMonth], labels: Sequence[str], work: Path, bundle: Path
) -> None:
    """Every file of the bundle but its manifest and card."""
    if bundle.exists():
        shutil.rmtree(bundle)
    bundle.mkdir(parents=True)
    backbone.tokenizer.backend_tokenizer.save(str(bundle / "tokenizer.json"))
    taxonomy = resources.files("bulletin").joinpath("themes.toml").read_bytes()
    (bundle / "themes.toml").write_bytes(taxonomy)
    classifier = ItemClassifier.from_pretrained(work / "checkpoints" / "classifier")
    export.classifier_to_onnx(classifier, work / "classifier.onnx")
    quantised(work / "classifier.onnx", bundle / "classifier.onnx")
    checkpoint = work / "checkpoints" / "writer"
    common = json.loads((checkpoint / "common.json").read_text(encoding="utf-8"))
    model = BartForConditionalGeneration.from_pretrained(checkpoint, dtype=torch.float32)
    export.writer_to_ctranslate2(model, backbone.tokenizer, common, bundle / "writer")
    _save_lexical(months, labels, bundle / "lexical.npz")


def _save_lexical(months: Sequence[LabelledMonth], labels: Sequence[str], path: Path) -> None:
    model = baselines.tfidf_pipeline()
    items = [item for month in months for item in month.items]
    model.fit([item.text for item in items], targets(items, labels))
    vectoriser, regressions = model[0], model[-1].estimators_
    weights = np.stack([one.coef_[0] for one in regressions], axis=1)
    bias = np.array([one.intercept_[0] for one in regressions])
    export.save_lexical(vectoriser, weights, bias, path)


def _fresh(target: Path) -> Path:
    """An empty folder beside `target`, to be renamed once it is whole."""
    part = target.with_name(target.name + ".tmp")
    if part.exists():
        shutil.rmtree(part)
    part.mkdir(parents=True)
    return part
