"""Numbers with their units and hedges, and whether one number says no more than another.

10397万个 supports 突破1亿个, because the first lies in what the second claims; 近1亿个 it does not, because
that claims less than 1亿. A claim without a hedge needs the same value without a hedge.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Final

from bulletin import numerals


class Hedge(Enum):
    """How a number is meant."""

    EXACT = "exact"
    BELOW = "近"
    ABOVE = "超"
    ABOUT = "约"
    AT_LEAST = "不少于"
    AT_MOST = "不超过"
    UNDER = "不足"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number in a text: `text[start:end]`, hedge and unit included.

    `unit` is canonical (名 and 位 are 人; 成 is %, with the value times ten), "" when the word after the
    number is no known counter. `upper` is the other end of a range (3-5个). `ordinal` holds for 第三届 and
    首批. `literal` holds for figures that are names (5G, IPv6, 7×24): only the same characters support them.
    """

    text: str
    start: int
    end: int
    value: Decimal
    unit: str
    hedge: Hedge = Hedge.EXACT
    upper: Decimal | None = None
    ordinal: bool = False
    literal: bool = False


_HEDGES: Final = {
    Hedge.BELOW: ("接近", "将近", "近"),
    Hedge.ABOVE: ("超过", "突破", "高于", "超", "逾"),
    Hedge.ABOUT: ("大约", "约"),
    Hedge.AT_LEAST: ("不少于", "不低于", "至少", "最低"),
    Hedge.AT_MOST: ("不超过", "不高于", "不多于", "至多", "最多", "最高"),
    Hedge.UNDER: ("不足", "不到", "低于", "少于"),
}
_HEDGE_OF: Final = {word: hedge for hedge, words in _HEDGES.items() for word in words}
_SUFFIX_HEDGES: Final = {
    "余": Hedge.ABOVE, "多": Hedge.ABOVE, "以上": Hedge.ABOVE,
    "左右": Hedge.ABOUT, "上下": Hedge.ABOUT,
    "以内": Hedge.AT_MOST, "以下": Hedge.AT_MOST,
}  # fmt: skip

# Counters after a number. A lookahead keeps words apart that begin with a counter: 三年 is a number of years,
# 三年级 is not. Those that are also common nouns after a Chinese numeral (一点, 三方) are read after digits only.
_COUNTERS: Final = [
    "个百分点",
    "百分点",
    "个工作日",
    "工作日",
    "个小时",
    "小时",
    "个月",
    "分钟",
    "人次",
    "门次",
    "台次",
    "课次",
    "件次",
    "人天",
    "班次",
    "场次",
    "课时",
    "学时",
    "学分",
    "学年",
    "学期",
    "周年",
    "平方米",
    "公里",
    "毫秒",
    "个",
    "所",
    "款",
    "家(?!校(?![外内园])|长|庭)",
    "条(?!件|例)",
    "元",
    "件",
    "项(?!目)",
    "台(?![账湾])",
    "篇",
    "份(?!额)",
    "间(?!隔)",
    "支(?![持队撑])",
    "支(?=队)",
    "处(?![理置])",
    "起(?!草)",
    "堂",
    "套",
    "种(?![子植])",
    "册",
    "类(?!似|别)",
    "张",
    "集(?!中|体)",
    "讲(?!师|座)",
    "块",
    "段",
    "封(?!存)",
    "座(?!谈)",
    "幅",
    "首(?![次批期届轮])",
    "版(?!权)",
    "只",
    "盏",
    "辆",
    "吨",
    "本(?![科级校])",
    "枚",
    "幢",
    "栋",
    "架",
    "卷",
    "例",
    "宗",
    "桩",
    "则",
    "页",
    "字(?!段)",
    "篇",
    "届",
    "批(?![复准评])",
    "轮(?![训岗])",
    "步",
    "季(?!度)",
    "期(?![间末]|中(?!小))",
    "场(?![景所地])",
    "门(?!户)",
    "次",
    "节(?![点目])",
    "名(?![师单优额]|校(?!长))",
    "位(?!于)",
    "人(?!工|均|脸|员|才)",
    "岁",
    "天",
    "秒",
    "倍",
    "成(?!立|为|果|员|功|绩)",
    "周(?![年边])",
    "年(?![级度内底])",
    "省份",
    "省(?!级|属)",
    "市(?!级|场|县|区)",
    "县(?!级|区)",
    "部门",
    "单位",
    "级",
    "校(?![园长内])",
    "台套",
    "户",
    "行(?!业|动)",
    "道",
    "对(?!接)",
    "路",
    "端(?!口)",
    "口",
    "组(?!织)",
    "队",
    "团(?!队|场)",
    "课(?!程|堂|题|件|例)",
    "时(?!间|段)",
    "日(?!常)",
    "兆",
    "米",
    "升(?!级)",
    "M(?![A-Za-z])",
    "%",
    "‰",
]
_DIGITS_ONLY: Final = frozenset(
    [
        "处",
        "首",
        "道",
        "对",
        "路",
        "端",
        "口",
        "行",
        "户",
        "组",
        "队",
        "团",
        "课",
        "时",
        "日",
        "本",
        "升",
        "米",
        "块",
        "段",
        "级",
        "类",
        "字",
        "例",
        "次",
        "步",
    ]
)
_MEASURES: Final = frozenset(
    [
        "百分点",
        "工作日",
        "小时",
        "月",
        "分钟",
        "人次",
        "门次",
        "台次",
        "课次",
        "件次",
        "人天",
        "班次",
        "课时",
        "学时",
        "学分",
        "学年",
        "学期",
        "周年",
        "平方米",
        "公里",
        "毫秒",
        "元",
        "人",
        "岁",
        "天",
        "秒",
        "倍",
        "周",
        "年",
        "时",
        "日",
        "兆",
        "米",
        "升(?!级)",
        "M(?![A-Za-z])",
        "%",
        "‰",
        "次",
        "级",
        "届",
        "批",
        "季",
        "字",
        "步",
        "轮",
    ]
)
_UNIT_ALIASES: Final = {"名": "人", "位": "人", "校": "所", "省份": "省", "成": "%", "堂": "节", "M": "兆"}

_DIGITS: Final = r"(?:(?<![\w.])\d{1,3}(?:,\d{3})+(?![\d.])|\d+(?:\.\d+)?)"
_CHINESE: Final = r"[零〇一二三四五六七八九十百千万亿两]+"
_HEDGE: Final = r"(?P<hedge>(?<![最附临邻])近|(?<![节契预制大])约|%s)?" % "|".join(
    sorted(_HEDGE_OF.keys() - {"近", "约"}, key=lambda word: (-len(word), word))
)


def _units(counters: tuple[str, ...] | list[str]) -> str:
    return "(?P<unit>%s)" % "|".join(sorted(counters, key=lambda c: len(c.split("(")[0]), reverse=True))


_ANY_UNIT: Final = _units(_COUNTERS)
_CHINESE_UNIT: Final = _units([c for c in _COUNTERS if c.split("(")[0] not in _DIGITS_ONLY])
_MULTIPLIERS: Final = r"(?P<multipliers>[十百千万亿]{0,2})"
_AFTER: Final = r"(?P<after>以上|以下|以内|左右|上下|多(?![媒种样校地元方]))?"

# Figures that are names or ratios: 7×24, 9.1:1, IPv6, 5G, 工程2.0, HTML5 (but APP40款 is a count).
_LITERAL: Final = (
    r"\d+(?:\.\d+)?(?:[×:/*]\d+(?:\.\d+)?)+|IPv\d|\d\.0(?![\d%万亿千百])|\d+(?:\.\d+)?(?!M(?![A-Za-z]))[A-Za-z]+"
    rf"|(?<![A-Za-z])[A-Za-z]+\d+(?:\.\d+)?(?![\d.]|{_ANY_UNIT.replace('?P<unit>', '?:')})"
)

_PATTERNS: Final = (
    ("literal", re.compile(_LITERAL)),
    ("ordinal", re.compile(rf"第(?P<number>\d+|{_CHINESE})(?!方){_ANY_UNIT}?")),
    ("first", re.compile(r"首(?P<unit>批|届|次|期|轮|讲|季|周|日|月|个|家|例|套|款|年|所|项|场|门|部)")),
    ("percent", re.compile(rf"{_HEDGE}百分之(?P<number>{_CHINESE})(?P<unit>)")),
    ("digits", re.compile(
        rf"{_HEDGE}(?P<number>{_DIGITS})(?P<more>[余多])?{_MULTIPLIERS}(?:[-~至](?P<upper>{_DIGITS})"
        rf"(?P<upper_multipliers>[十百千万亿]{{0,2}}))?(?P<more2>[余多])?{_ANY_UNIT}?{_AFTER}")),
    ("chinese", re.compile(rf"{_HEDGE}(?<![第统])(?P<number>{_CHINESE})(?P<more>[余多])?{_CHINESE_UNIT}{_AFTER}")),
)  # fmt: skip


def _hedge(match: re.Match[str]) -> Hedge:
    """The hedge before or after the number; a suffix (1500余人) is looked at first."""
    found = match.groupdict()
    for name in ("more", "more2", "after"):
        if word := found.get(name):
            return _SUFFIX_HEDGES[word]
    return _HEDGE_OF[found["hedge"]] if found.get("hedge") else Hedge.EXACT


def _canonical(unit: str) -> str:
    unit = unit.removeprefix("个") if len(unit) > 1 else unit
    return _UNIT_ALIASES.get(unit, unit)


def _quantity(kind: str, match: re.Match[str]) -> Quantity | None:
    text, start, end = match.group(), match.start(), match.end()
    if kind == "literal":
        return Quantity(text, start, end, Decimal(0), "", literal=True)
    found = match.groupdict()
    unit = "%" if kind == "percent" else _canonical(found.get("unit") or "")
    if kind == "first":
        return Quantity(text, start, end, Decimal(1), unit, ordinal=True)
    number = numerals.value(found["number"], found.get("multipliers") or "")
    if kind == "ordinal":
        return Quantity(text, start, end, number, unit, ordinal=True)
    if kind == "chinese" and found["number"] == "一":
        return None  # 一批, 一次: an article, not a count
    scale = 10 if found.get("unit") == "成" else 1
    upper = None
    if found.get("upper"):
        upper = scale * numerals.value(found["upper"], found["upper_multipliers"])
        if found["upper_multipliers"] and not found["multipliers"]:
            number = numerals.value(found["number"], found["upper_multipliers"])  # 3-5万 is 3万 to 5万
    return Quantity(text, start, end, number * scale, unit, _hedge(match), upper)


def find_quantities(text: str) -> tuple[Quantity, ...]:
    """Every number of half-width `text`, in order, never overlapping. Dates are for the caller to blank out."""
    found: list[Quantity] = []
    position = 0
    while position < len(text):
        matches = [(m.start(), i, m) for i, (_, p) in enumerate(_PATTERNS) if (m := p.search(text, position))]
        if not matches:
            break
        _, index, match = min(matches, key=lambda entry: entry[:2])
        if quantity := _quantity(_PATTERNS[index][0], match):
            found.append(quantity)
        position = match.end()
    return tuple(found)


def same_unit(claim: str, source: str) -> bool:
    """Whether one counter may stand for the other: 个 for any counter of things, none for a missing one or 个.

    Measures (%, 元, 人次, 课时 …) and people stand only for themselves; 所 and 家 are not interchangeable.
    """
    if claim == source:
        return True
    return ("个" in (claim, source) and not {claim, source} & _MEASURES) or (
        "" in (claim, source) and {claim, source} <= {"", "个"}
    )


def _step(value: Decimal) -> Decimal:
    """One unit of the last digit that is not zero: 100 for 2600, 0.1 for 7.1."""
    exponent = value.normalize().as_tuple().exponent
    return Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0)


def _exact_supports(claim: Quantity, value: Decimal) -> bool:
    """Whether the exact `value` lies in what the hedged `claim` says."""
    stated, step = claim.value, _step(claim.value)
    match claim.hedge:
        case Hedge.EXACT:
            return value == stated
        case Hedge.ABOVE:
            return stated <= value < stated + step
        case Hedge.BELOW | Hedge.UNDER:
            return stated - step < value < stated and value >= stated * Decimal("0.9")
        case Hedge.ABOUT:
            return abs(value - stated) <= stated * Decimal("0.05")
        case Hedge.AT_LEAST:
            return stated <= value < stated + step
        case _:
            return stated - step < value <= stated


_IMPLIED: Final = {
    (Hedge.ABOUT, Hedge.ABOVE), (Hedge.ABOUT, Hedge.BELOW), (Hedge.AT_LEAST, Hedge.ABOVE),
    (Hedge.ABOVE, Hedge.AT_LEAST), (Hedge.BELOW, Hedge.UNDER), (Hedge.UNDER, Hedge.BELOW),
    (Hedge.AT_MOST, Hedge.UNDER), (Hedge.AT_MOST, Hedge.BELOW),
}  # fmt: skip
"""(claim, source) pairs in which the source's hedge, at the same value, says at least as much."""


def supports(source: Quantity, claim: Quantity) -> bool:
    """Whether `source` says what `claim` claims: unit, value and direction.

    A hedged claim is supported by an exact value within one step of its last non-zero digit on its side
    (突破1亿: 1亿 up to 2亿; 近600: above 500 and at least nine tenths of it; 约: five per cent either way), or by
    the same value with a hedge that implies it. An over-claim is also supported by a finer one (超2600 by
    2630余). Ordinals and ranges need equal values.
    """
    if claim.literal or source.literal:
        return claim.text == source.text
    if claim.ordinal != source.ordinal or not same_unit(claim.unit, source.unit):
        return False
    if claim.upper is not None or source.upper is not None:
        return (claim.value, claim.upper, claim.hedge) == (source.value, source.upper, source.hedge)
    if source.hedge is Hedge.EXACT:
        return _exact_supports(claim, source.value)
    if claim.hedge is source.hedge or (claim.hedge, source.hedge) in _IMPLIED:
        finer = claim.hedge is Hedge.ABOVE and _exact_supports(claim, source.value)
        return claim.value == source.value or finer
    return False
