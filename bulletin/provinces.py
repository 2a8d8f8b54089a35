"""The 32 units that report: their short names in the official order, their aliases, and finding them.

Names are matched in simplified Chinese: fold a traditional text first (`bulletin.plain.fold`).
"""

import re
from typing import Final, NamedTuple

XPCC: Final = "新疆生产建设兵团"

OFFICIAL_ORDER: Final[tuple[str, ...]] = (
    "北京", "天津", "河北", "山西", "内蒙古", "辽宁", "吉林", "黑龙江",
    "上海", "江苏", "浙江", "安徽", "福建", "江西", "山东", "河南",
    "湖北", "湖南", "广东", "广西", "海南", "重庆", "四川", "贵州",
    "云南", "西藏", "陕西", "甘肃", "青海", "宁夏", "新疆", XPCC,
)  # fmt: skip

_MUNICIPALITIES: Final = ("北京", "天津", "上海", "重庆")
_REGIONS: Final = {
    "内蒙古": ("内蒙古自治区", "内蒙古区", "内蒙"),
    "广西": ("广西壮族自治区", "广西自治区"),
    "西藏": ("西藏自治区",),
    "宁夏": ("宁夏回族自治区", "宁夏自治区"),
    "新疆": ("新疆维吾尔自治区", "新疆自治区"),
    XPCC: ("新疆建设兵团", "新疆兵团", "生产建设兵团", "建设兵团", "兵团"),
}

# Places and words that hold a province's name but lie elsewhere or are no place at all. Without
# them a verifier would read 青海海南州 as two provinces. 吉林市 is not here: whoever names it names 吉林.
_OTHER_WORDS: Final = (
    "海南州", "海南藏族自治州", "海南区", "河南县", "河南蒙古族自治县", "河北区",
    "黄河南岸", "黄河南", "黄河北", "渭河南", "渭河北", "长江西", "太湖南", "太湖北", "洞庭湖南", "洞庭湖北",
    "中山西路", "中山东路", "北京路", "上海路", "南京路", "重庆路", "四川路", "天津路",
)  # fmt: skip


def _aliases(name: str) -> tuple[str, ...]:
    if name in _REGIONS:
        return (name, *_REGIONS[name])
    return (name, name + ("市" if name in _MUNICIPALITIES else "省"))


ALIASES: Final[dict[str, tuple[str, ...]]] = {name: _aliases(name) for name in OFFICIAL_ORDER}
"""Every unit's names, the short official one first."""

_BY_ALIAS: Final = {alias: name for name, aliases in ALIASES.items() for alias in aliases}
_PATTERN: Final = re.compile("|".join(sorted((*_BY_ALIAS, *_OTHER_WORDS), key=len, reverse=True)))


class Mention(NamedTuple):
    """A unit named in a text: `text[start:end]` is one of its aliases."""

    name: str
    start: int
    end: int


def canonical(name: str) -> str | None:
    """The short official name for any alias (spaces inside or around it are ignored); None if it is no unit.

    吉林市 is a city and gives None.
    """
    return _BY_ALIAS.get("".join(name.split()))


def find(text: str) -> list[Mention]:
    """Every unit named in `text`, in order, the longest alias at each place, never overlapping.

    新疆 inside 新疆生产建设兵团 is the 兵团 alone; 浙江西部 is 浙江, not 江西. A name inside a
    longer place name of another province (青海的海南州、河南县), a river bank or a street is no mention.
    A name inside a place or body of its own province is (吉林市 and 吉林大学 mention 吉林).
    """
    return [
        Mention(_BY_ALIAS[match.group()], match.start(), match.end())
        for match in _PATTERN.finditer(text)
        if match.group() in _BY_ALIAS
    ]
