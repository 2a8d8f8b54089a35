"""What `yuebao evaluate` does: compare a version with the current one on months that neither has learnt from."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bulletin.errors import CorpusError
from models.registry import Registry
from training import corpus, gate
from training.corpus import LabelledMonth
from training.judgement import judge
from training.labelled.store import MonthStore


@dataclass(frozen=True, slots=True)
class Verdict:
    """Both versions side by side, and why the candidate should not be promoted; empty means promote."""

    table: str
    objections: tuple[str, ...]


def held_out(files: Sequence[Path], home: Path) -> list[LabelledMonth]:
    """The months of `files`, or the newest that was imported. Raises CorpusError where there is none."""
    if files:
        return corpus.load(files)
    imported = MonthStore(home).latest()
    if not imported:
        raise CorpusError("没有可用来评判的月份;请先 yuebao labels import,或用 --labels 给出 .yb 文件。")
    return imported[-1:]


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
