"""What `yuebao train` and `yuebao evaluate` do: a new version, and how it stands beside the current one."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bulletin.errors import CorpusError, RegistryError
from models.registry import Registry
from training import corpus, drift, gate
from training.corpus import LabelledMonth
from training.judgement import judge
from training.labelled.months import labelled_months
from training.labelled.store import MonthStore


@dataclass(frozen=True, slots=True)
class Verdict:
    """Both versions side by side, and why the candidate should not be promoted; empty means promote.

    `drift` is a line for each month: how far it is from those that the candidate learnt from.
    """

    table: str
    objections: tuple[str, ...]
    drift: tuple[str, ...]


def held_out(files: Sequence[Path], home: Path) -> list[LabelledMonth]:
    """The months of `files`, or the newest that was imported. Raises CorpusError where there is none."""
    if files:
        return corpus.load(files)
    imported = MonthStore(home).latest()
    if not imported:
        raise CorpusError("没有可用来评判的月份;请先 yuebao labels import,或用 --labels 给出 .yb 文件。")
    return imported[-1:]


def train(version: str, registry: Registry, home: Path, when: datetime) -> str:
    """Train a classifier on every month known and take its bundle in as `version`; what to do next, in words.

    Raises RegistryError for a version that is there already. The folder of a finished run is removed.
    """
    if version in registry.versions():
        raise RegistryError(f"模型版本 {version} 已经有了;请换一个版本名。")
    # A run takes minutes and half a gigabyte of libraries: what can be refused is refused before.
    from training.backbone import load
    from training.retrain import Wanted, known_months, retrain

    months, spared = known_months(home)
    runs = home / "training"
    wanted = Wanted(version, when.isoformat(timespec="seconds"), runs)
    live = registry.open(registry.current())
    bundle = retrain(load(None, runs / "cache"), months, live, wanted)
    registry.add(bundle)
    shutil.rmtree(bundle.parent)
    kept = f"留作评判:{spared[0].name}" if spared else "没有导入过月份,评判要用 --labels 给出"
    return f"收下了 {version}:学了 {len(months)} 份月份,{kept}。接着运行 yuebao evaluate {version} --promote"


def compare(
    registry: Registry, version: str, months: Sequence[LabelledMonth], home: Path, max_drop: float
) -> Verdict:
    """`version` against the current one on `months`. Raises CorpusError if either learnt from one of them.

    What is usual is told by the months learnt from, shipped and imported under `home`.
    """
    live = registry.open(registry.current())
    candidate = registry.open(version)
    for bundle in (live, candidate):
        if seen := [month.name for month in months if month.name in bundle.manifest.data]:
            raise CorpusError(
                f"模型 {bundle.manifest.version} 学过 {'、'.join(seen)},不能用来评判;请换没有学过的月份。"
            )
    old, new = judge(live.path, months), judge(candidate.path, months)
    far = drift.lines(candidate, months, labelled_months(home))
    return Verdict(gate.table(new, old), tuple(gate.objections(new, old, max_drop)), tuple(far))
