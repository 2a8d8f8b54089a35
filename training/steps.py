"""The resumable steps of making a bundle: each leaves its result in the work folder and is not done twice."""

import json
import shutil
from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModelForSeq2SeqLM, PreTrainedTokenizerFast

from models.phrasing import Phrasing
from models.wording import NATIONAL, PROVINCIAL, Wording
from training import export, lexical, themes, writer
from training.backbone import Backbone
from training.classifier_model import ItemClassifier
from training.corpus import LabelledItem, LabelledMonth
from training.crossval import held_out_items, out_of_fold, printer
from training.decisions import FoldScores, Judged
from training.splits import Split, folds


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
    return [
        FoldScores(own, _lexical(split, labels), targets(held_out_items(split), labels))
        for own, split in zip(encoder, folds(months), strict=True)
    ]


def _lexical(split: Split, labels: Sequence[str]) -> np.ndarray:
    """The lexical model's logits of the held-out items."""
    train = [item for month in split.train for item in month.items]
    model = lexical.fit_themes(train, targets(train, labels))
    return model.logits([item.text for item in held_out_items(split)])


def targets(items: Sequence[LabelledItem], labels: Sequence[str]) -> np.ndarray:
    """(items, themes) of 0 and 1, NaN where it is not known."""
    return np.stack([themes.target(item, labels) for item in items])


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
    backbone: Backbone,
    months: Sequence[LabelledMonth],
    recipe: writer.Recipe,
    work: Path,
    progress: themes.Progress | None = None,
) -> Path:
    """The writer fitted on `months`, saved once, with the tokens common to all sources in `common.json`."""
    target = work / "checkpoints" / "writer"
    if not target.exists():
        told = progress or printer("writer")
        fitted = writer.fit(backbone, months, recipe, told, work / "writer.safetensors")
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
    backbone: Backbone,
    months: Sequence[LabelledMonth],
    labels: Sequence[str],
    writer_months: Sequence[LabelledMonth],
    wording: Wording,
    work: Path,
    bundle: Path,
) -> None:
    """Every file of the bundle but its manifest and card; `writer_months` are those that the writer learnt from."""
    if bundle.exists():
        shutil.rmtree(bundle)
    bundle.mkdir(parents=True)
    backbone.tokenizer.backend_tokenizer.save(str(bundle / "tokenizer.json"))
    taxonomy_into(bundle)
    classifier = ItemClassifier.from_pretrained(work / "checkpoints" / "classifier")
    export.classifier_to_ctranslate2(classifier, backbone.tokenizer, bundle / "classifier")
    items = [item for month in months for item in month.items]
    lexical.save(lexical.fit_themes(items, targets(items, labels)), bundle / "lexical.npz")
    drafting_into(backbone.tokenizer, writer_months, wording, work / "checkpoints" / "writer", bundle)


def drafting_into(
    tokenizer: PreTrainedTokenizerFast,
    months: Sequence[LabelledMonth],
    wording: Wording,
    checkpoint: Path,
    bundle: Path,
) -> None:
    """What drafts abstracts, in `bundle`: the writer of `checkpoint`, which learnt from `months`, and word models."""
    common = json.loads((checkpoint / "common.json").read_text(encoding="utf-8"))
    model = AutoModelForSeq2SeqLM.from_pretrained(checkpoint, dtype=torch.float32)
    export.writer_to_ctranslate2(model, tokenizer, common, bundle / "writer")
    Phrasing.of(_texts(months)).save(bundle / "phrasing.txt")
    wording_into(wording, bundle)


def wording_into(wording: Wording, bundle: Path) -> None:
    """Put the planner's word models into `bundle`."""
    lexical.save(wording.national, bundle / NATIONAL)
    lexical.save(wording.provincial, bundle / PROVINCIAL)


def taxonomy_into(bundle: Path, own: Path | None = None) -> None:
    """Put the theme table that models are trained under, the shipped one or `own`, into `bundle`."""
    table = own or resources.files("bulletin").joinpath("themes.toml")
    (bundle / "themes.toml").write_bytes(table.read_bytes())


def _texts(months: Sequence[LabelledMonth]) -> Iterator[str]:
    for month in months:
        for item in month.items:
            yield from (f"{item.heading}:{item.text}", item.brief)
        yield from (sentence.text for sentence in (*month.abstract, *month.groups))


def _fresh(target: Path) -> Path:
    """An empty folder beside `target`, to be renamed once it is whole."""
    part = target.with_name(target.name + ".tmp")
    if part.exists():
        shutil.rmtree(part)
    part.mkdir(parents=True)
    return part
