"""Two bundles side by side on the held-out months and on the gold set, and what speaks against the newer."""

from collections.abc import Sequence
from dataclasses import dataclass

from models.bundle import Bundle
from training import gate, gold, slices
from training.corpus import LabelledMonth
from training.judgement import judge


@dataclass(frozen=True, slots=True)
class Verdict:
    """Both versions side by side, and why the candidate should not be promoted; empty means promote."""

    table: str
    objections: tuple[str, ...]


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
    """The lines under `title` on `months`, and the objections."""
    old, new = judge(live.path, months), judge(candidate.path, months)
    found = slices.slices(new, old, months)
    sources = "、".join(f"{name}(SHA-256 {digest[:12]})" for name, digest in new.months.items())
    lines = [
        f"{title}:{sources}",
        gate.table(new, old),
        *slices.lines(found, strictness.max_drop, strictness.every_slice),
    ]
    return lines, [*gate.objections(new, old, strictness.max_drop), *slices.objections(found)]
