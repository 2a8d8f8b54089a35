"""Two bundles side by side on the held-out months and on the gold set, and what speaks against the newer."""

from collections.abc import Sequence
from dataclasses import dataclass

from bulletin import themes
from models.bundle import Bundle
from training import gate, gold, slices
from training.corpus import LabelledMonth
from training.judgement import Judgement, judge


@dataclass(frozen=True, slots=True)
class Verdict:
    """Both versions side by side, and why the candidate should not be promoted; empty means promote.

    `drift` is a line for each held-out month: how far it is from those that the candidate learnt from.
    """

    table: str
    objections: tuple[str, ...]
    drift: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Strictness:
    """`max_drop` is the largest fall of macro F1 let pass; `every_slice` tells also the slices that did not fall."""

    max_drop: float
    every_slice: bool = False


def verdict(
    live: Bundle,
    candidate: Bundle,
    held_out: Sequence[LabelledMonth],
    gold_months: Sequence[LabelledMonth],
    strictness: Strictness,
) -> Verdict:
    """`candidate` against `live`. Gold months that are held out too, or that either learnt from, are not used as gold.

    Gold only guards: what falls there objects, what gains there argues for nothing.
    """
    parts, reasons = _judged("留作评判的月份", live, candidate, held_out, strictness)
    others = [month for month in gold_months if month.month not in {one.month for one in held_out}]
    usable, told = gold.unseen(others, [live, candidate])
    if usable:
        title = "金标(只作把关:变差就反对,变好不算数)"
        more, against = _judged(title, live, candidate, usable, strictness)
        parts += ["", *more]
        reasons += [f"金标:{reason}" for reason in against]
    return Verdict("\n".join([*parts, *told]), tuple(reasons))


def _judged(
    title: str,
    live: Bundle,
    candidate: Bundle,
    months: Sequence[LabelledMonth],
    strictness: Strictness,
) -> tuple[list[str], list[str]]:
    """The lines under `title` on `months`, and the objections. Both are compared by the themes that both have."""
    retired = candidate.load("themes.toml", themes.load).retired
    old, whole = judge(live.path, months).merged(retired), judge(candidate.path, months)
    shared = [label for label in whole.labels if label in old.labels]
    gone = [label for label in old.labels if label not in whole.labels and label not in retired]
    old, new = old.among(shared), whole.among(shared)
    found = slices.slices(new, old, months)
    sources = "、".join(f"{name}(SHA-256 {digest[:12]})" for name, digest in new.months.items())
    lines = [
        f"{title}:{sources}",
        gate.table(new, old),
        *(_added(label, whole) for label in whole.labels if label not in shared),
        *slices.lines(found, strictness.max_drop, strictness.every_slice),
    ]
    against = [f"不再有主题 {'、'.join(gone)}"] if gone else []
    against += gate.objections(new, old, strictness.max_drop)
    return lines, [*against, *slices.objections(found)]


def _added(label: str, judged: Judgement) -> str:
    """A line on a theme that the live bundle does not know."""
    if label not in judged.theme_f1:
        return f"新主题 {label}:这些月份里没有"
    return f"新主题 {label}:F1 {judged.theme_f1[label]:.3f}({judged.support[label]} 件)"
