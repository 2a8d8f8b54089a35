"""May a candidate take the place of the live bundle? Both judged on the same held-out months, with the reasons.

The gold set (training/gold.py) passes through the same rules as a guard only: a fall there objects, a gain there argues
for nothing. Whoever promoted what gains on gold would choose by it, and it would be a yardstick no longer.
"""

from bulletin.errors import CorpusError
from training.abstention import COVERAGES, Abstention
from training.judgement import Judgement
from training.paired import LEAST_MONTHS, difference, rouge_difference
from training.rouge import Rouge

# A theme with fewer items than this in the held-out months says too little by itself to object.
LEAST_SUPPORT = 5
MAX_ECE, MAX_ROUGE_DROP = 0.05, 0.02
_COVERAGES = "/".join(f"{share:.0%}" for share in COVERAGES)


def objections(new: Judgement, live: Judgement, max_drop: float) -> list[str]:
    """Why `new` should not replace `live`; empty means promote. `max_drop` is the largest fall of macro F1 let pass.

    Both are of the same themes. A single theme may fall by twice as much. Raises CorpusError when both were not judged
    on the same items.
    """
    if new.items != live.items:
        raise CorpusError(f"两个版本评判的事项数不同({new.items} 与 {live.items});请用同样的月份。")
    reasons = []
    interval = difference(new, live)
    if new.macro_f1 < live.macro_f1 - max_drop or interval.high < 0:
        reasons.append(f"宏平均 F1 从 {live.macro_f1:.3f} 降到 {new.macro_f1:.3f}(差的 95% 区间 {interval})")
    reasons += [
        f"{theme} 的 F1 从 {live.theme_f1[theme]:.3f} 降到 {f1:.3f}({new.support[theme]} 件)"
        for theme, f1 in new.theme_f1.items()
        if theme in live.theme_f1
        and new.support[theme] >= LEAST_SUPPORT
        and f1 < live.theme_f1[theme] - 2 * max_drop
    ]
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
        ("判错:待核以内/以外", _errors(live.abstention), _errors(new.abstention)),
        ("不待核的宏平均 F1", _figure(live.abstention.selective_f1), _figure(new.abstention.selective_f1)),
        (f"判错:最有把握的 {_COVERAGES}", _risks(live.abstention), _risks(new.abstention)),
        ("摘要 ROUGE-1/2/L", _shown(live.rouge), _shown(new.rouge)),
        ("没有出处的句子", f"{live.unsupported}/{live.sentences}", f"{new.unsupported}/{new.sentences}"),
    ]
    lines = ["\t".join(row) for row in rows]
    return "\n".join([*lines, f"宏平均 F1 之差的 95% 区间:{interval}", _rouge_line(new, live)])


def _rouge_line(new: Judgement, live: Judgement) -> str:
    interval = rouge_difference(new, live)
    if interval is None:
        return f"摘要 ROUGE-L 之差:{len(new.rouge_l)} 期有原摘要,少于 {LEAST_MONTHS} 期,不给区间"
    return f"摘要 ROUGE-L 之差的 95% 区间:{interval}({len(new.rouge_l)} 期)"


def _errors(found: Abstention) -> str:
    shares = (found.error_inside, found.error_outside)
    return "/".join("无" if share is None else f"{share:.1%}" for share in shares)


def _risks(found: Abstention) -> str:
    return "/".join(f"{risk:.1%}" for risk in found.risks)


def _figure(value: float | None) -> str:
    return "无" if value is None else f"{value:.3f}"


def _shown(score: Rouge | None) -> str:
    return "无" if score is None else f"{score.rouge1:.3f}/{score.rouge2:.3f}/{score.rougeL:.3f}"
