"""Say the same in another of its usual words: the ministry's terms change with the years, the labels do not."""

import random
import re
from collections.abc import Mapping, Sequence

# Each row: words for one thing, any of which may stand for any other.
_ROWS = (
    ("网络安全", "网络与信息安全", "网络信息安全", "信息安全", "网络空间安全"),
    ("等级保护", "安全等级保护", "等保"),
    ("攻防演练", "攻防演习", "攻防对抗演练", "实战攻防演练"),
    ("应急演练", "应急处置演练", "应急演习"),
    ("大赛", "竞赛", "比赛"),
    ("智慧校园", "数字校园", "数字化校园"),
    ("教育移动互联网应用程序", "教育移动互联网应用", "教育移动应用", "教育APP", "教育App"),
    ("培训班", "培训会", "专题培训", "培训活动", "研修班"),
    ("资源公共服务平台", "资源服务平台", "资源云平台", "资源平台"),
    ("数字教育资源", "优质数字资源", "数字资源"),
    ("微课", "微课程"),
)
_ROW_OF = {word: row for row in _ROWS for word in row}
# Longest first, so that 网络信息安全 is not read as 信息安全.
# 网络安全和信息化 is the name of a field and 网络安全法 of a law.
_WORD = "|".join(
    re.escape(word) + "(?!和信息化|与信息化|法)" for word in sorted(_ROW_OF, key=len, reverse=True)
)
# What stands in marks is a name and stays: it is matched first, whole.
_PATTERN = re.compile(f"《[^》]*》|“[^”]*”|(?P<word>{_WORD})")


def reworded(texts: Sequence[str], rng: random.Random, *, rate: float) -> tuple[str, ...]:
    """`texts` with words replaced by others for the same thing, each with probability `rate`, alike in all texts."""
    found = dict.fromkeys(
        match["word"] for text in texts for match in _PATTERN.finditer(text) if match["word"]
    )
    table = {word: rng.choice(_ROW_OF[word]) for word in found if rng.random() < rate}
    return tuple(_replaced(text, table) for text in texts)


def _replaced(text: str, table: Mapping[str, str]) -> str:
    return _PATTERN.sub(lambda match: table.get(match.group(), match.group()), text)
