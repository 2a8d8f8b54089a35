"""May a candidate take the place of the live bundle? Both judged on the same held-out months, with the reasons.

Differences of macro F1 come with a paired bootstrap over items: both bundles' decisions on the same resampled items
(Koehn, "Statistical Significance Tests for Machine Translation Evaluation", 2004; here 95% percentile intervals).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bulletin.errors import CorpusError
from training.judgement import Judgement
from training.rouge import Rouge

SAMPLES, SEED = 2000, 1
# A theme with fewer items than this in the held-out months says too little by itself to object.
LEAST_SUPPORT = 5
MAX_ECE, MAX_ROUGE_DROP = 0.05, 0.02


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95% interval of a difference."""

    low: float
    high: float


def difference(new: Judgement, live: Judgement) -> Interval:
    """How much higher the macro F1 of `new` is than that of `live`, over resampled items. Both on the same items."""
    rng = np.random.default_rng(SEED)
    differences = []
    for _ in range(SAMPLES):
        rows = rng.integers(0, new.items, new.items)
        differences.append(_macro_f1(new, rows) - _macro_f1(live, rows))
    low, high = np.quantile(differences, [0.025, 0.975])
    return Interval(float(low), float(high))


def objections(new: Judgement, live: Judgement, max_drop: float) -> list[str]:
    """Why `new` should not replace `live`; empty means promote. `max_drop` is the largest fall of macro F1 let pass.

    A single theme may fall by twice as much. Raises CorpusError when both were not judged on the same items.
    """
    if new.items != live.items:
        raise CorpusError(f"两个版本评判的事项数不同({new.items} 与 {live.items});请用同样的月份。")
    reasons = []
    interval = difference(new, live)
    if new.macro_f1 < live.macro_f1 - max_drop or interval.high < 0:
        reasons.append(
            f"宏平均 F1 从 {live.macro_f1:.3f} 降到 {new.macro_f1:.3f}"
            f"(差的 95% 区间 {interval.low:+.3f} 至 {interval.high:+.3f})"
        )
    reasons += [
        f"{theme} 的 F1 从 {live.theme_f1[theme]:.3f} 降到 {f1:.3f}({new.support[theme]} 件)"
        for theme, f1 in new.theme_f1.items()
        if theme in live.theme_f1
        and new.support[theme] >= LEAST_SUPPORT
        and f1 < live.theme_f1[theme] - 2 * max_drop
    ]
    if gone := sorted(live.theme_f1.keys() - new.theme_f1.keys()):
        reasons.append(f"不再有主题 {'、'.join(gone)}")
    if new.expected_calibration_error > max(MAX_ECE, live.expected_calibration_error):
        reasons.append(
            f"校准误差从 {live.expected_calibration_error:.3f} 升到 {new.expected_calibration_error:.3f}"
        )
    if new.rouge and live.rouge and new.rouge.rougeL < live.rouge.rougeL - MAX_ROUGE_DROP:
        reasons.append(f"摘要 ROUGE-L 从 {live.rouge.rougeL:.3f} 降到 {new.rouge.rougeL:.3f}")
    if new.unsupported:
        reasons.append(f"草稿有 {new.unsupported} 句说了出处没有的事")
    return reasons


def table(new: Judgement, live: Judgement) -> str:
    """Both judgements side by side, as text."""
    interval = difference(new, live)
    rows = [
        ("", live.version, new.version),
        ("事项", str(live.items), str(new.items)),
        ("宏平均 F1", f"{live.macro_f1:.3f}", f"{new.macro_f1:.3f}"),
        *((theme, f"{live.theme_f1.get(theme, 0):.3f}", f"{f1:.3f}") for theme, f1 in new.theme_f1.items()),
        ("校准误差", f"{live.expected_calibration_error:.3f}", f"{new.expected_calibration_error:.3f}"),
        ("待核", f"{live.review_share:.1%}", f"{new.review_share:.1%}"),
        ("摘要 ROUGE-1/2/L", _shown(live.rouge), _shown(new.rouge)),
        ("没有出处的句子", f"{live.unsupported}/{live.sentences}", f"{new.unsupported}/{new.sentences}"),
    ]
    lines = ["\t".join(row) for row in rows]
    return "\n".join([*lines, f"宏平均 F1 之差的 95% 区间:{interval.low:+.3f} 至 {interval.high:+.3f}"])


def _macro_f1(judged: Judgement, rows: NDArray[np.int64]) -> float:
    """The plain mean of F1 over the themes that an item of `rows` has."""
    given, due = judged.given[rows], judged.due[rows]
    hits = (given & due).sum(0)
    total = given.sum(0) + due.sum(0)
    f1 = 2 * hits / np.maximum(total, 1)
    there = due.any(0)
    return float(f1[there].mean()) if there.any() else 0.0


def _shown(score: Rouge | None) -> str:
    return "无" if score is None else f"{score.rouge1:.3f}/{score.rouge2:.3f}/{score.rougeL:.3f}"
