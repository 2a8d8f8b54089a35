"""A new classifier in the live bundle's company: fitted anew from the base on every month there is.

A model is a function of its data: nothing is taken from the live classifier. Writer, planner and their word models
come along from the live bundle as they are. Blend, calibration, thresholds and review margin are decided on every
sixth month by a model that has not seen these; then encoder and lexical model are fitted on all months. A fast run
ships the encoder that decided, and fits only the lexical model on all months.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from pydantic import JsonValue

from bulletin import __version__
from bulletin.errors import CorpusError
from bulletin.themes import Taxonomy
from bulletin.themes import load as load_taxonomy
from models.bundle import Bundle, Manifest, ThemeSettings
from training import export, gold, lexical, steps, taxonomy, themes
from training.backbone import Backbone
from training.classifier_model import ItemClassifier
from training.corpus import LabelledItem, LabelledMonth, digests
from training.crossval import printer
from training.decisions import Decisions, FoldScores, decide
from training.labelled.store import MonthStore, labelled_months
from training.retrain_card import Learnt, complete
from training.splits import Split, decision_split

EVERY = 6
# With fewer items for and against a theme its calibration has no bounds.
LEAST_DECISION = 3
_NEW = ("classifier", "lexical.npz", "themes.toml", "manifest.json", "README.md", "card")


# Two thirds of the way down nothing is learnt anew, and the encoder that decides is the one that ships: five minutes
# on two cores instead of fifteen, for which docs/fast.md shows the price.
FAST = themes.Recipe(frozen_layers=6)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A training run: the new bundle's `version`, when it is `created` (ISO 8601), and the folder of its runs.

    With `fast` one encoder serves both to decide and to ship: see FAST. `taxonomy` is the file of the themes, None for
    the shipped one.
    """

    version: str
    created: str
    runs: Path
    recipe: themes.Recipe = field(default_factory=themes.Recipe)
    fast: bool = False
    taxonomy: Path | None = None


def known_months(
    home: Path, learnt_by_live: Collection[str] = ()
) -> tuple[list[LabelledMonth], list[LabelledMonth]]:
    """The months to learn from, shipped and imported, oldest first, and those held out: the newest imported one that
    the live bundle has not learnt from, so that both can be judged by it. Gold months are neither.
    """
    imported = set(MonthStore(home).months())
    known = gold.apart(labelled_months(home), home)
    fresh = [m for m in known if m.month and m.name in imported and m.name not in learnt_by_live]
    held_out = fresh[-1:]
    return [month for month in known if month not in held_out], held_out


def retrain(
    backbone: Backbone,
    months: Sequence[LabelledMonth],
    live: Bundle,
    wanted: Wanted,
    teller: Callable[[str], themes.Progress] = printer,
) -> Path:
    """The folder of the new bundle. Steps that are done already are not done again, so a run may be killed and begun
    anew. `teller` gives, for a phase, who is told of its steps. Raises CorpusError where a theme has too few labelled
    items, TaxonomyError for labels of no theme."""
    themes_now = load_taxonomy(wanted.taxonomy)
    months, labels = taxonomy.under(months, themes_now), themes_now.ids
    taxonomy.refuse_rare(taxonomy.counts(months, themes_now))
    split = decision_split(months, EVERY)
    refuse_undecidable(split.held_out, labels)
    work = wanted.runs / run_name(months, labels, wanted)

    def fitted(phase: str, learnt: Sequence[LabelledMonth]) -> ItemClassifier:
        return _fitted(backbone, learnt, labels, wanted.recipe, work / phase, teller(phase))

    decider = fitted("decisions", split.train)
    scores = decision_scores(decider, backbone, split, labels)
    decisions = decide([scores])
    classifier = decider if wanted.fast else fitted("classifier", months)
    bundle = work / "bundle"
    shutil.rmtree(bundle, ignore_errors=True)
    shutil.copytree(live.path, bundle, ignore=lambda folder, names: _left_out(Path(folder), live.path, names))
    export.classifier_to_ctranslate2(classifier, backbone.tokenizer, bundle / "classifier")
    items = _items(months)
    lexical.save(lexical.fit_themes(items, steps.targets(items, labels)), bundle / "lexical.npz")
    steps.taxonomy_into(bundle, wanted.taxonomy)
    manifest = _manifest(live.manifest, backbone, months, themes_now, decisions, wanted)
    learnt = Learnt(months, split, scores, decisions, refit=not wanted.fast)
    export.write_bundle(bundle, complete(bundle, manifest, live.manifest.version, learnt))
    return bundle


def run_name(months: Sequence[LabelledMonth], labels: Sequence[str], wanted: Wanted) -> str:
    """A name for the run's folder that other months, themes or another recipe change: its steps are then done anew."""
    parts = [digests(months), list(labels), asdict(wanted.recipe)]
    return f"{wanted.version}-{hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:8]}"


def refuse_undecidable(inner: Sequence[LabelledMonth], labels: Sequence[str]) -> None:
    """Raise CorpusError, with the months and the mend, when they hold too little of a theme to set its threshold."""
    items = _items(inner)
    for label in labels:
        known = [item for item in items if item.knows(label)]
        has = sum(label in item.themes for item in known)
        if min(has, len(known) - has) < LEAST_DECISION:
            raise CorpusError(
                f"定门槛用的月份({'、'.join(month.name for month in inner)})里,"
                f"有主题 {label} 的只有 {has} 件,没有的只有 {len(known) - has} 件,各至少要 {LEAST_DECISION} 件;"
                "请在这些月份里再标注一些。"
            )


def _left_out(folder: Path, root: Path, names: list[str]) -> list[str]:
    return [name for name in names if folder == root and name in _NEW]


def decision_scores(
    model: ItemClassifier,
    backbone: Backbone,
    split: Split,
    labels: Sequence[str],
) -> FoldScores:
    """What `model`, fitted on the months of `split` that train, and their lexical model say of those held out."""
    items, learnt = _items(split.held_out), _items(split.train)
    words = lexical.fit_themes(learnt, steps.targets(learnt, labels))
    return FoldScores(
        themes.logits(model, backbone.tokenizer, items),
        words.logits([item.text for item in items]),
        steps.targets(items, labels),
    )


def _fitted(
    backbone: Backbone,
    months: Sequence[LabelledMonth],
    labels: Sequence[str],
    recipe: themes.Recipe,
    target: Path,
    progress: themes.Progress,
) -> ItemClassifier:
    if not target.exists():
        state = target.with_suffix(".safetensors")
        model = themes.fit(backbone, months, labels, recipe, progress, state)
        part = target.with_suffix(".tmp")
        shutil.rmtree(part, ignore_errors=True)
        model.save_pretrained(part)
        part.rename(target)
    fitted: ItemClassifier = ItemClassifier.from_pretrained(target)
    return fitted


def _manifest(
    live: Manifest,
    backbone: Backbone,
    months: Sequence[LabelledMonth],
    themes_now: Taxonomy,
    decisions: Decisions,
    wanted: Wanted,
) -> Manifest:
    rows = zip(themes_now.ids, decisions.calibrations, decisions.thresholds, strict=True)
    recipe: JsonValue = json.loads(json.dumps(asdict(wanted.recipe)))
    return live.model_copy(
        update={
            "version": wanted.version,
            "created": wanted.created,
            "yuebao": __version__,
            "base_model": backbone.name,
            "taxonomy": themes_now.version,
            "themes": tuple(
                ThemeSettings(id=name, calibration=fit, threshold=cut) for name, fit, cut in rows
            ),
            "review_margin": decisions.review_margin,
            "lexical_weight": decisions.lexical_weight,
            "max_tokens": backbone.tokenizer.model_max_length,
            "data": digests(months),
            "recipe": {**live.recipe, "classifier": recipe},
            # The live classifier's figures are not this one's; the drafts' were measured with another classifier. The
            # card puts this one's own here.
            "metrics": {},
        }
    )


def _items(months: Sequence[LabelledMonth]) -> list[LabelledItem]:
    return [item for month in months for item in month.items]
