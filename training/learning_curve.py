"""Would more months help? The lexical model, learnt from growing shares of the months and judged on unseen ones.

The encoder would take minutes a point; the lexical model takes seconds, and its curve is told as its own.
"""

import random
from collections.abc import Sequence

import numpy as np

from training import lexical, steps
from training.corpus import LabelledItem, LabelledMonth
from training.decisions import FoldScores
from training.metrics import Array, report
from training.plots import Point
from training.splits import Split

SHARES = (0.25, 0.5, 0.75)
SEED = 1


def learning_curve(
    splits: Sequence[Split], labels: Sequence[str], whole: Sequence[FoldScores]
) -> list[Point]:
    """A point a share, over the held-out items of all `splits`; months without a date are always learnt from.

    Smaller shares are parts of larger ones, drawn once. A share in which a theme has no item, or all, is left out.
    `whole` has each split's scores of the model that learnt all its months.
    """
    shares = [_share(splits, labels, share) for share in SHARES]
    everything = [one.lexical for one in whole]
    sizes = [len(_items(split.train)) for split in splits]
    return [
        *(point for point in shares if point is not None),
        _point(1.0, sizes, np.concatenate([one.targets for one in whole]), everything),
    ]


def _share(splits: Sequence[Split], labels: Sequence[str], share: float) -> Point | None:
    truth, logits, sizes = [], [], []
    for split in splits:
        items, held_out = _items(_drawn(split.train, share)), _items(split.held_out)
        targets = steps.targets(items, labels)
        if (np.nansum(targets, axis=0) * np.nansum(1 - targets, axis=0) == 0).any():
            return None
        logits.append(lexical.fit_themes(items, targets).logits([item.text for item in held_out]))
        truth.append(steps.targets(held_out, labels))
        sizes.append(len(items))
    return _point(share, sizes, np.concatenate(truth), logits)


def _point(share: float, sizes: Sequence[int], truth: Array, logits: Sequence[Array]) -> Point:
    half = np.zeros(truth.shape[1])  # the logit of 0.5
    macro_f1 = report(truth, np.concatenate(logits), half).macro_f1
    return Point(share, round(float(np.mean(sizes))), macro_f1)


def _drawn(months: Sequence[LabelledMonth], share: float) -> list[LabelledMonth]:
    dated = [month for month in months if month.month]
    order = random.Random(SEED).sample(dated, len(dated))
    chosen = {month.name for month in order[: max(1, round(share * len(dated)))]}
    return [month for month in months if not month.month or month.name in chosen]


def _items(months: Sequence[LabelledMonth]) -> list[LabelledItem]:
    return [item for month in months for item in month.items]
