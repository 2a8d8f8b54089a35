"""The lexical model on growing shares of the months."""

from collections.abc import Sequence

import numpy as np

from bulletin import themes
from tests.training import tiny
from training import steps
from training.corpus import LabelledMonth
from training.decisions import FoldScores
from training.learning_curve import learning_curve
from training.lexical import fit_themes
from training.metrics import report
from training.splits import Split


def learnt_whole(split: Split, labels: Sequence[str]) -> FoldScores:
    items, held_out = (
        [item for month in own for item in month.items] for own in (split.train, split.held_out)
    )
    logits = fit_themes(items, steps.targets(items, labels)).logits([item.text for item in held_out])
    return FoldScores(logits, logits, steps.targets(held_out, labels))


def test_shares_make_points_and_all_months_the_last(months: Sequence[LabelledMonth]) -> None:
    labels = themes.load().ids
    few = [tiny.small(month, 40) for month in (*months[:5], months[-1])]
    split = Split(train=(*few[:4], few[5]), held_out=(few[4],))
    whole = learnt_whole(split, labels)
    points = learning_curve([split], labels, [whole])
    # The hard file, without a date, is learnt from every time.
    assert [(point.share, point.items) for point in points] == [
        (0.25, 80),
        (0.5, 120),
        (0.75, 160),
        (1.0, 200),
    ]
    assert points[-1].macro_f1 == report(whole.targets, whole.lexical, np.zeros(len(labels))).macro_f1
    assert points[0].macro_f1 != points[-1].macro_f1


def test_a_share_in_which_a_theme_is_not_there_is_left_out(months: Sequence[LabelledMonth]) -> None:
    few = [tiny.small(month, 40) for month in months[:4]]
    split = Split(train=tuple(few[:3]), held_out=(few[3],))
    nothing = np.zeros((40, 1))
    points = learning_curve([split], ("no_such_theme",), [FoldScores(nothing, nothing - 1, nothing)])
    assert [point.share for point in points] == [1.0]
