"""A new classifier, a new writer or both, fitted anew from their bases on the months given.

A model is a function of its data: nothing is taken from the live model of its kind, and what is not fitted anew comes
along from the live bundle as it is. Of a classifier blend, calibration, thresholds and review margin are decided on
every sixth month by a model that has not seen these; then encoder and lexical model are fitted on all months. For the
writer, with the planner and their word models, see training/refit_writer.py.
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
from training import corpus, export, lexical, refit_writer, steps, themes, writer
from training.backbone import Backbone
from training.classifier_model import ItemClassifier
from training.corpus import LabelledItem, LabelledMonth, digests
from training.crossval import printer, save_array
from training.decisions import Decisions, FoldScores, decide
from training.labelled.store import MonthStore

EVERY = 6
# Below this many labelled items a theme's threshold is guesswork.
LEAST_ITEMS = 30
_FILES = ("classifier", "lexical.npz", "themes.toml")
_ALWAYS_NEW = ("manifest.json", "README.md")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A training run: the new bundle's `version`, when it is `created` (ISO 8601), and the folder of its runs."""

    version: str
    created: str
    runs: Path
    recipe: themes.Recipe = field(default_factory=themes.Recipe)
    writing: writer.Recipe = field(default_factory=writer.Recipe)


def known_months(home: Path) -> tuple[list[LabelledMonth], list[LabelledMonth]]:
    """The months to learn from, shipped and imported, oldest first, and those held out: the newest imported one.

    An imported month stands in the place of a shipped one of the same name.
    """
    imported = MonthStore(home).latest()
    held_out = imported[-1:]
    taken = {month.name: month for month in imported if month not in held_out}
    shipped = [month for month in corpus.load() if month.name not in {m.name for m in imported}]
    learnt = sorted([*shipped, *taken.values()], key=lambda month: (month.month or "9999", month.name))
    return learnt, held_out


def retrain(
    backbone: Backbone | None,
    months: Sequence[LabelledMonth],
    live: Bundle,
    wanted: Wanted,
    writer_base: Backbone | None = None,
) -> Path:
    """The folder of the new bundle: a classifier fine-tuned from `backbone`, a writer from `writer_base`.

    The part whose base is None is the live bundle's. Steps that are done already are not done again, so a run may be
    killed and begun anew. Raises CorpusError where a theme has too few labelled items or there are too few months.
    """
    if backbone:
        refuse_few_months(months)
        refuse_rare_themes(months, load_taxonomy().ids)
    work = wanted.runs / run_name(months, wanted, [backbone, writer_base])
    bundle = work / "bundle"
    new = {*_ALWAYS_NEW, *(_FILES if backbone else ()), *(refit_writer.FILES if writer_base else ())}
    shutil.rmtree(bundle, ignore_errors=True)
    shutil.copytree(live.path, bundle, ignore=lambda folder, _: new if Path(folder) == live.path else ())
    manifest = live.manifest.model_copy(
        update={
            "version": wanted.version,
            "created": wanted.created,
            "yuebao": __version__,
            # What comes along learnt from its months too.
            "data": {} if backbone and writer_base else live.manifest.data,
            # The live models' figures are not theirs: drafts too were measured with both.
            "metrics": {},
        }
    )
    if backbone:
        manifest = _classifier_into(bundle, backbone, months, manifest, wanted, work)
    if writer_base:
        manifest = refit_writer.refit(writer_base, months, manifest, wanted.writing, work, bundle)
    (bundle / "README.md").write_text(_card(manifest, live, backbone, writer_base), encoding="utf-8")
    export.write_bundle(bundle, manifest)
    return bundle


def run_name(months: Sequence[LabelledMonth], wanted: Wanted, bases: Sequence[Backbone | None]) -> str:
    """A name for the run's folder that another month, label, recipe or base changes: its steps are then done anew."""
    made_of = [base and [base.name, _weights_digest(base)] for base in bases]
    parts = [digests(months), asdict(wanted.recipe), asdict(wanted.writing), made_of]
    return f"{wanted.version}-{hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:8]}"


def _weights_digest(base: Backbone) -> str:
    """A folder of the same name may hold another checkpoint next time."""
    digest = hashlib.sha256()
    for name, tensor in base.model.state_dict().items():
        digest.update(name.encode())
        digest.update(tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()


def _classifier_into(
    bundle: Path,
    backbone: Backbone,
    months: Sequence[LabelledMonth],
    manifest: Manifest,
    wanted: Wanted,
    work: Path,
) -> Manifest:
    """Put a classifier fine-tuned from `backbone` into `bundle`; its manifest, with the decisions and months."""
    labels = load_taxonomy().ids
    decisions = decide([_inner_scores(backbone, months, labels, wanted.recipe, work)])
    classifier = _fitted(backbone, months, labels, wanted.recipe, work)
    export.classifier_to_ctranslate2(classifier, backbone.tokenizer, bundle / "classifier")
    export.tokenizer_into(backbone.tokenizer, bundle, "classifier")
    items = _items(months)
    lexical.save(lexical.fit_themes(items, steps.targets(items, labels)), bundle / "lexical.npz")
    steps.taxonomy_into(bundle)
    return _with_classifier(manifest, backbone, months, labels, decisions, wanted)


def refuse_few_months(months: Sequence[LabelledMonth]) -> None:
    """Raise CorpusError when no month would be left for the decisions."""
    dated = sum(month.month is not None for month in months)
    if dated < EVERY:
        raise CorpusError(f"只有 {dated} 份有月份的语料;训练分类器至少要 {EVERY} 份,请多给一些月份。")


def refuse_rare_themes(months: Sequence[LabelledMonth], labels: Sequence[str]) -> None:
    """Raise CorpusError, with the counts and the mend, when a theme has fewer than LEAST_ITEMS labelled items."""
    counts = {label: sum(label in item.themes for item in _items(months)) for label in labels}
    if rare := {label: count for label, count in counts.items() if count < LEAST_ITEMS}:
        told = "、".join(f"{label} 只有 {count} 件" for label, count in rare.items())
        raise CorpusError(f"标注太少:{told},每个主题至少要 {LEAST_ITEMS} 件;请再标注一些,或先不设这个主题。")


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


def _with_classifier(
    manifest: Manifest,
    backbone: Backbone,
    months: Sequence[LabelledMonth],
    labels: Sequence[str],
    decisions: Decisions,
    wanted: Wanted,
) -> Manifest:
    rows = zip(labels, decisions.calibrations, decisions.thresholds, strict=True)
    recipe: JsonValue = json.loads(json.dumps(asdict(wanted.recipe)))
    return manifest.model_copy(
        update={
            "base_model": backbone.name,
            "taxonomy": load_taxonomy().version,
            "themes": tuple(
                ThemeSettings(id=name, calibration=fit, threshold=cut) for name, fit, cut in rows
            ),
            "review_margin": decisions.review_margin,
            "lexical_weight": decisions.lexical_weight,
            "max_tokens": backbone.tokenizer.model_max_length,
            "data": {**manifest.data, **digests(months)},
            "recipe": {**manifest.recipe, "classifier": recipe},
        }
    )


def _card(manifest: Manifest, live: Bundle, backbone: Backbone | None, writer_base: Backbone | None) -> str:
    origin = live.manifest.version
    classifier = f"由 {backbone.name} 重新训练" if backbone else f"沿用 {origin}"
    drafting = f"由 {writer_base.name} 重新训练" if writer_base else f"沿用 {origin}"
    months = "、".join(sorted(manifest.data))
    return (
        f"# yuebao 模型包 {manifest.version}\n\n"
        f"{manifest.created} 生成。分类器{classifier};写作模型和规划{drafting}。\n\n"
        f"学过的月份:{months}。\n\n"
        "判定用的门槛来自训练时留出的月份;是否启用,用 `yuebao evaluate` 在没学过的月份上比较。\n"
    )


def _items(months: Sequence[LabelledMonth]) -> list[LabelledItem]:
    return [item for month in months for item in month.items]
