"""The source's own words, cut: what a sentence falls back to when no written candidate is supported."""

import re

from models.salience import PlanItem

# A date and an acting body that open an item: 12月20日, / 12月3-6日,省教育厅
_DATE = re.compile(r"^(?:截至)?(?:\d{4}年)?\d{1,2}月(?:\d{1,2}日?)?(?:(?:至|-)(?:\d{1,2}月)?\d{1,2}日)?,")
_ACTOR = re.compile(r"^(?:省|市|自治区|兵团)?(?:教育厅|教委|教育局|电教馆|教育技术中心)")
MOST_CHARACTERS = 60


def extracted(item: PlanItem) -> str:
    """The item's first clause, or more of them while they stay within MOST_CHARACTERS, without the opening date.

    A provincial item opens with its province in place of its own department.
    """
    text = _DATE.sub("", item.text).rstrip("。;,")
    if item.province is not None:
        text = _opened(item.province, _ACTOR.sub("", text))
    return _cut(text) + "。"


def _opened(province: str, text: str) -> str:
    return text if text.startswith(province) else province + text


def _cut(text: str) -> str:
    """Whole clauses from the start, at least one, within MOST_CHARACTERS where the first allows it."""
    clauses = re.split(r"[,;]", text)
    kept = clauses[0]
    for clause in clauses[1:]:
        longer = f"{kept},{clause}"
        if len(longer) > MOST_CHARACTERS or (
            _unbalanced(kept) is False and len(kept) >= MOST_CHARACTERS // 2
        ):
            break
        kept = longer
    return kept


def _unbalanced(text: str) -> bool:
    return any(text.count(left) != text.count(right) for left, right in ("《》", "“”", "()"))
