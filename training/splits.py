"""Splits by month. Items of one month never stand on both sides; hard items only ever train."""

from collections.abc import Sequence
from dataclasses import dataclass

from training.corpus import LabelledMonth

FOLDS = 6

# Months written in the ministry's plainest prose, reported apart.
PLAIN = frozenset(
    ["2017-09", "2018-11", "2019-05", "2019-11", "2020-10", "2021-05", "2022-03", "2023-05"]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Split:
    """Months to train on (hard files included) and months held out."""

    train: tuple[LabelledMonth, ...]
    held_out: tuple[LabelledMonth, ...]


def folds(months: Sequence[LabelledMonth], count: int = FOLDS) -> list[Split]:
    """`count` splits; each month is held out once. Plain and other months are dealt out evenly, oldest first."""
    dated = [month for month in months if month.month]
    hard = [month for month in months if not month.month]
    dealt = [m for m in dated if m.month in PLAIN] + [m for m in dated if m.month not in PLAIN]
    number = {month.name: index % count for index, month in enumerate(dealt)}
    return [
        Split(
            train=(*(m for m in dated if number[m.name] != fold), *hard),
            held_out=tuple(m for m in dated if number[m.name] == fold),
        )
        for fold in range(count)
    ]


def decision_split(months: Sequence[LabelledMonth], every: int) -> Split:
    """Every `every`-th dated month held out to decide by; the others, hard files included, to learn from meanwhile."""
    dated = [month for month in months if month.month]
    held_out = tuple(month for number, month in enumerate(dated) if number % every == every - 1)
    return Split(tuple(month for month in months if month not in held_out), held_out)
