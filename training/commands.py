"""What `yuebao train` and `yuebao evaluate` do: a new version, and how it stands beside the current one."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bulletin.errors import CorpusError, RegistryError
from models.pipeline import Pipeline
from models.registry import Registry
from training import corpus, gate
from training.corpus import LabelledMonth
from training.judgement import judge
from training.labelled.store import MonthStore

if TYPE_CHECKING:
    from training.retrain import Wanted


@dataclass(frozen=True, slots=True)
class Verdict:
    """Both versions side by side, and why the candidate should not be promoted; empty means promote."""

    table: str
    objections: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Training:
    """What a run is to fit, and from what; None leaves it to the built-in base, all months or the recipe."""

    classifier: bool = True
    writer: bool = False
    base: str | None = None
    writer_base: str | None = None
    months: str | None = None
    seed: int | None = None
    early_stop: bool = False


def held_out(files: Sequence[Path], home: Path) -> list[LabelledMonth]:
    """The months of `files`, or the newest that was imported. Raises CorpusError where there is none."""
    if files:
        return corpus.load(files)
    imported = MonthStore(home).latest()
    if not imported:
        raise CorpusError("没有可用来评判的月份;请先 yuebao labels import,或用 --labels 给出 .yb 文件。")
    return imported[-1:]


def train(version: str, registry: Registry, home: Path, when: datetime, asked: Training | None = None) -> str:
    """Train what `asked` says (default: a classifier) on the months known and take the bundle in as `version`.

    What to do next, in words. Raises RegistryError for a version that is there already, CorpusError for months and
    BackboneError for a base that cannot be used. The folder of a finished run is removed.
    """
    if version in registry.versions():
        raise RegistryError(f"模型版本 {version} 已经有了;请换一个版本名。")
    # A run takes minutes and half a gigabyte of libraries: what can be refused is refused before.
    from training.backbone import load, load_writer
    from training.months import chosen
    from training.retrain import known_months, retrain

    asked = asked or Training()
    known, spared = known_months(home)
    months = chosen(known, asked.months)
    runs = home / "training"
    live = registry.open(registry.current())
    bundle = retrain(
        load(asked.base, runs / "cache") if asked.classifier else None,
        months,
        live,
        _wanted(version, when, runs, asked),
        load_writer(asked.writer_base, runs / "cache") if asked.writer else None,
    )
    # A version is never changed: one that cannot be served is not taken in.
    Pipeline.open(bundle)
    registry.add(bundle)
    shutil.rmtree(bundle.parent)
    kept = f"留作评判:{spared[0].name}" if spared else "没有导入过月份,评判要用 --labels 给出"
    return f"收下了 {version}:学了 {len(months)} 份月份,{kept}。接着运行 yuebao evaluate {version} --promote"


def _wanted(version: str, when: datetime, runs: Path, asked: Training) -> "Wanted":
    from training import themes, writer
    from training.retrain import Wanted

    recipe, writing = themes.Recipe(early_stop=asked.early_stop), writer.Recipe()
    if asked.seed is not None:
        recipe, writing = replace(recipe, seed=asked.seed), replace(writing, seed=asked.seed)
    return Wanted(version, when.isoformat(timespec="seconds"), runs, recipe, writing)


def compare(registry: Registry, version: str, months: Sequence[LabelledMonth], max_drop: float) -> Verdict:
    """`version` against the current one on `months`. Raises CorpusError if either learnt from one of them."""
    live = registry.open(registry.current())
    candidate = registry.open(version)
    for bundle in (live, candidate):
        if seen := [month.name for month in months if month.name in bundle.manifest.data]:
            raise CorpusError(
                f"模型 {bundle.manifest.version} 学过 {'、'.join(seen)},不能用来评判;请换没有学过的月份。"
            )
    old, new = judge(live.path, months), judge(candidate.path, months)
    return Verdict(gate.table(new, old), tuple(gate.objections(new, old, max_drop)))
