"""A new classifier for a bundle: fine-tuned from the base on the months given.

Blend, calibration, thresholds and review margin are decided on every sixth month by a model that has not seen these;
then encoder and lexical model are fitted on all months. A fast run ships the encoder that decided, and fits only the
lexical model on all months.
"""

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import JsonValue

from bulletin.errors import CorpusError
from bulletin.themes import load as load_taxonomy
from models.bundle import Manifest, ThemeSettings
from training import export, lexical, steps, themes
from training.backbone import Backbone
from training.classifier_model import ItemClassifier
from training.corpus import LabelledItem, LabelledMonth, digests
from training.decisions import Decisions, FoldScores, decide
from training.retrain_card import Learnt
from training.splits import Split, decision_split

EVERY = 6
# With fewer items for and against a theme its calibration has no bounds.
LEAST_DECISION = 3
# A message names this many months one by one.
NAMED = 8
# What this step makes of a bundle, beside the decisions in its manifest.
FILES = ("classifier", "lexical.npz", "themes.toml", "card")
# Half of the layers stay as pretrained, and the encoder that decides is the one that ships.
FAST = themes.Recipe(frozen_layers=6)

Teller = Callable[[str], themes.Progress]


@dataclass(frozen=True, slots=True)
class Fitting:
    """How a classifier is made. With `fast` one encoder serves both to decide and to ship (`FAST` is its recipe).

    `taxonomy` is the file of the themes. Steps that are done lie in `work`.
    """

    recipe: themes.Recipe
    fast: bool
    taxonomy: Path
    work: Path


def refit(
    base: Backbone,
    months: Sequence[LabelledMonth],
    manifest: Manifest,
    fitting: Fitting,
    bundle: Path,
    teller: Teller,
) -> tuple[Manifest, Learnt]:
    """Put a classifier fine-tuned from `base` into `bundle`; its manifest, with the decisions and months, and what its
    card tells.

    Steps that are done already are not done again. `months` are labelled under the table of `fitting`.
    """
    labels = load_taxonomy(fitting.taxonomy).ids
    split = decision_split(months, EVERY)

    def fitted(phase: str, learnt: Sequence[LabelledMonth]) -> ItemClassifier:
        return _fitted(base, learnt, labels, fitting.recipe, fitting.work / phase, teller(phase))

    decider = fitted("decisions", split.train)
    scores = decision_scores(decider, base, split, labels)
    decisions = decide([scores])
    classifier = decider if fitting.fast else fitted("classifier", months)
    export.classifier_to_ctranslate2(classifier, base.tokenizer, bundle / "classifier")
    export.tokenizer_into(base.tokenizer, bundle, "classifier")
    items = _items(months)
    lexical.save(lexical.fit_themes(items, steps.targets(items, labels)), bundle / "lexical.npz")
    steps.taxonomy_into(bundle, fitting.taxonomy)
    complete = _with_classifier(manifest, base, months, decisions, fitting)
    return complete, Learnt(split, scores, decisions, refit=not fitting.fast)


def refuse_undecidable(months: Sequence[LabelledMonth], labels: Sequence[str]) -> None:
    """Raise CorpusError, with the mend, when the months that decide are none or hold too little of a theme."""
    dated = sum(month.month is not None for month in months)
    if dated < EVERY:
        raise CorpusError(f"只有 {dated} 份有月份的语料;训练分类器至少要 {EVERY} 份,请多给一些月份。")
    split = decision_split(months, EVERY)
    for label in labels:
        for what, part in (("定门槛用的", split.held_out), ("学的", split.train)):
            known = [item for item in _items(part) if item.knows(label)]
            has = sum(label in item.themes for item in known)
            if min(has, len(known) - has) < LEAST_DECISION:
                raise CorpusError(
                    f"{what}月份({_named(part)})里,有主题 {label} 的只有 {has} 件,没有的只有 {len(known) - has} 件,"
                    f"各至少要 {LEAST_DECISION} 件;请在这些月份里再标注一些。"
                )


def _named(months: Sequence[LabelledMonth]) -> str:
    names = [month.name for month in months]
    return "、".join(names) if len(names) <= NAMED else f"{names[0]} 等 {len(names)} 份"


def decision_scores(model: ItemClassifier, base: Backbone, split: Split, labels: Sequence[str]) -> FoldScores:
    """What `model`, fitted on the months of `split` that train, and their lexical model say of those held out."""
    items, learnt = _items(split.held_out), _items(split.train)
    words = lexical.fit_themes(learnt, steps.targets(learnt, labels))
    return FoldScores(
        themes.logits(model, base.tokenizer, items),
        words.logits([item.text for item in items]),
        steps.targets(items, labels),
    )


def _fitted(
    base: Backbone,
    months: Sequence[LabelledMonth],
    labels: Sequence[str],
    recipe: themes.Recipe,
    target: Path,
    progress: themes.Progress,
) -> ItemClassifier:
    if not target.exists():
        state = target.with_suffix(".safetensors")
        model = themes.fit(base, months, labels, recipe, progress, state)
        part = target.with_suffix(".tmp")
        shutil.rmtree(part, ignore_errors=True)
        model.save_pretrained(part)
        part.rename(target)
    fitted: ItemClassifier = ItemClassifier.from_pretrained(target)
    return fitted


def _with_classifier(
    manifest: Manifest,
    base: Backbone,
    months: Sequence[LabelledMonth],
    decisions: Decisions,
    fitting: Fitting,
) -> Manifest:
    table = load_taxonomy(fitting.taxonomy)
    rows = zip(table.ids, decisions.calibrations, decisions.thresholds, strict=True)
    recipe: JsonValue = json.loads(json.dumps({**asdict(fitting.recipe), "fast": fitting.fast}))
    return manifest.model_copy(
        update={
            "base_model": base.name,
            "taxonomy": table.version,
            "themes": tuple(
                ThemeSettings(id=name, calibration=fit, threshold=cut) for name, fit, cut in rows
            ),
            "review_margin": decisions.review_margin,
            "lexical_weight": decisions.lexical_weight,
            "max_tokens": base.tokenizer.model_max_length,
            "data": {**manifest.data, **digests(months)},
            "recipe": {**manifest.recipe, "classifier": recipe},
        }
    )


def _items(months: Sequence[LabelledMonth]) -> list[LabelledItem]:
    return [item for month in months for item in month.items]
