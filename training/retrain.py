"""A new classifier in the live bundle's company: fitted anew from the base on every month there is.

A model is a function of its data: nothing is taken from the live classifier. Writer, planner and their word models
come along from the live bundle as they are. Blend, calibration, thresholds and review margin are decided on every
sixth month by a model that has not seen these; then encoder and lexical model are fitted on all months.
"""

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from pydantic import JsonValue

from bulletin import __version__
from bulletin.errors import CorpusError
from bulletin.themes import load as load_taxonomy
from models.bundle import Bundle, Manifest, ThemeSettings
from training import export, lexical, steps, themes
from training.backbone import Backbone
from training.classifier_model import ItemClassifier
from training.corpus import LabelledItem, LabelledMonth, digests
from training.crossval import printer, save_array
from training.decisions import Decisions, FoldScores, decide
from training.labelled.months import labelled_months
from training.labelled.store import MonthStore

EVERY = 6
# Below this many labelled items a theme's threshold is guesswork.
LEAST_ITEMS = 30
_NEW = ("classifier", "lexical.npz", "themes.toml", "manifest.json", "README.md")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A training run: the new bundle's `version`, when it is `created` (ISO 8601), and the folder of its runs."""

    version: str
    created: str
    runs: Path
    recipe: themes.Recipe = field(default_factory=themes.Recipe)


def known_months(home: Path) -> tuple[list[LabelledMonth], list[LabelledMonth]]:
    """The months to learn from, shipped and imported, oldest first, and those held out: the newest imported one."""
    held_out = MonthStore(home).latest()[-1:]
    return [month for month in labelled_months(home) if month not in held_out], held_out


def retrain(backbone: Backbone, months: Sequence[LabelledMonth], live: Bundle, wanted: Wanted) -> Path:
    """The folder of the new bundle. Steps that are done already are not done again, so a run may be killed and begun
    anew. Raises CorpusError where a theme has too few labelled items."""
    labels = load_taxonomy().ids
    refuse_rare_themes(months, labels)
    work = wanted.runs / run_name(months, wanted)
    decisions = decide([_inner_scores(backbone, months, labels, wanted.recipe, work)])
    classifier = _fitted(backbone, months, labels, wanted.recipe, work)
    bundle = work / "bundle"
    shutil.rmtree(bundle, ignore_errors=True)
    shutil.copytree(live.path, bundle, ignore=lambda folder, names: _left_out(Path(folder), live.path, names))
    export.classifier_to_ctranslate2(classifier, backbone.tokenizer, bundle / "classifier")
    items = _items(months)
    lexical.save(lexical.fit_themes(items, steps.targets(items, labels)), bundle / "lexical.npz")
    steps.taxonomy_into(bundle)
    manifest = _manifest(live.manifest, backbone, months, labels, decisions, wanted)
    (bundle / "README.md").write_text(_card(manifest, live), encoding="utf-8")
    export.write_bundle(bundle, manifest)
    return bundle


def run_name(months: Sequence[LabelledMonth], wanted: Wanted) -> str:
    """A name for the run's folder that another month, label or recipe changes: its steps are then done anew."""
    parts = [digests(months), asdict(wanted.recipe)]
    return f"{wanted.version}-{hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:8]}"


def refuse_rare_themes(months: Sequence[LabelledMonth], labels: Sequence[str]) -> None:
    """Raise CorpusError, with the counts and the mend, when a theme has fewer than LEAST_ITEMS labelled items."""
    counts = {label: sum(label in item.themes for item in _items(months)) for label in labels}
    if rare := {label: count for label, count in counts.items() if count < LEAST_ITEMS}:
        told = "、".join(f"{label} 只有 {count} 件" for label, count in rare.items())
        raise CorpusError(f"标注太少:{told},每个主题至少要 {LEAST_ITEMS} 件;请再标注一些,或先不设这个主题。")


def _left_out(folder: Path, root: Path, names: list[str]) -> list[str]:
    return [name for name in names if folder == root and name in _NEW]


def _inner_scores(
    backbone: Backbone,
    months: Sequence[LabelledMonth],
    labels: Sequence[str],
    recipe: themes.Recipe,
    work: Path,
) -> FoldScores:
    dated = [month for month in months if month.month]
    inner = [month for number, month in enumerate(dated) if number % EVERY == EVERY - 1]
    rest = [month for month in months if month not in inner]
    items, path = _items(inner), work / "decisions.npy"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        model = themes.fit(
            backbone, rest, labels, recipe, printer("decisions"), work / "decisions.safetensors"
        )
        save_array(path, themes.logits(model, backbone.tokenizer, items))
    learnt = _items(rest)
    words = lexical.fit_themes(learnt, steps.targets(learnt, labels))
    return FoldScores(
        np.load(path), words.logits([item.text for item in items]), steps.targets(items, labels)
    )


def _fitted(
    backbone: Backbone,
    months: Sequence[LabelledMonth],
    labels: Sequence[str],
    recipe: themes.Recipe,
    work: Path,
) -> ItemClassifier:
    target = work / "classifier"
    if not target.exists():
        model = themes.fit(
            backbone,
            months,
            labels,
            recipe,
            printer("classifier"),
            work / "classifier.safetensors",
        )
        part = target.with_name("classifier.tmp")
        shutil.rmtree(part, ignore_errors=True)
        model.save_pretrained(part)
        part.rename(target)
    fitted: ItemClassifier = ItemClassifier.from_pretrained(target)
    return fitted


def _manifest(
    live: Manifest,
    backbone: Backbone,
    months: Sequence[LabelledMonth],
    labels: Sequence[str],
    decisions: Decisions,
    wanted: Wanted,
) -> Manifest:
    rows = zip(labels, decisions.calibrations, decisions.thresholds, strict=True)
    recipe: JsonValue = json.loads(json.dumps(asdict(wanted.recipe)))
    return live.model_copy(
        update={
            "version": wanted.version,
            "created": wanted.created,
            "yuebao": __version__,
            "base_model": backbone.name,
            "taxonomy": load_taxonomy().version,
            "themes": tuple(
                ThemeSettings(id=name, calibration=fit, threshold=cut) for name, fit, cut in rows
            ),
            "review_margin": decisions.review_margin,
            "lexical_weight": decisions.lexical_weight,
            "max_tokens": backbone.tokenizer.model_max_length,
            "data": digests(months),
            "recipe": {**live.recipe, "classifier": recipe},
            # The live classifier's figures are not this one's; the drafts' were measured with another classifier.
            "metrics": {},
        }
    )


def _card(manifest: Manifest, live: Bundle) -> str:
    months = "、".join(sorted(manifest.data))
    return (
        f"# yuebao 模型包 {manifest.version}\n\n"
        f"分类器由 {manifest.base_model} 重新训练,{manifest.created} 生成;"
        f"写作模型和规划沿用 {live.manifest.version}。\n\n"
        f"学过的月份:{months}。\n\n"
        "判定用的门槛来自训练时留出的月份;是否启用,用 `yuebao evaluate` 在没学过的月份上比较。\n"
    )


def _items(months: Sequence[LabelledMonth]) -> list[LabelledItem]:
    return [item for month in months for item in month.items]
