"""Where did a version fall? Both versions' macro F1 on parts of the items: region, province, length, year.

Many slices are looked at, and of twenty equal ones one leaves its 95% interval by chance: a slice is a hint of where
to read on, and objects by itself only when it is large and its interval lies below 0.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.corpus import LabelledItem, LabelledMonth
from training.judgement import Judgement
from training.paired import Interval, difference, macro_f1

# Fewer items than LEAST are no slice; fewer than LARGE never object.
LEAST, LARGE = 5, 30
# Characters of an item's text: about a third of the shipped corpus lies below the first bound, and below the second.
SHORT, LONG = 30, 50
_REGIONS = {
    "华北": "北京 天津 河北 山西 内蒙古",
    "东北": "辽宁 吉林 黑龙江",
    "华东": "上海 江苏 浙江 安徽 福建 江西 山东",
    "中南": "河南 湖北 湖南 广东 广西 海南",
    "西南": "重庆 四川 贵州 云南 西藏",
    "西北": "陕西 甘肃 青海 宁夏 新疆 新疆生产建设兵团",
}


@dataclass(frozen=True, slots=True)
class Slice:
    """One part of the items, both versions' macro F1 on it, and the 95% interval of the difference."""

    name: str
    items: int
    new_f1: float
    live_f1: float
    interval: Interval

    def __str__(self) -> str:
        return f"{self.name}({self.items} 件)从 {self.live_f1:.3f} 到 {self.new_f1:.3f}(差 {self.interval})"


def slices(new: Judgement, live: Judgement, months: Sequence[LabelledMonth]) -> list[Slice]:
    """The slices of `months`, which both were judged on; those that hold every item or no theme are left out."""
    items = [(month, item) for month in months for item in month.items]
    parts: dict[str, list[int]] = {}
    for row, (month, item) in enumerate(items):
        for name in _slices_of(month, item):
            parts.setdefault(name, []).append(row)
    return [
        _slice(name, np.array(rows), new, live)
        for name, rows in parts.items()
        if LEAST <= len(rows) < len(items) and live.due[rows].any()
    ]


def objections(found: Sequence[Slice]) -> list[str]:
    """The large slices that fell surely, with what speaks against reading too much into it."""
    return [
        f"切片 {one};共看了 {len(found)} 个切片,其中个别碰巧如此也不奇怪"
        for one in found
        if one.items >= LARGE and one.interval.high < 0
    ]


def lines(found: Sequence[Slice], max_drop: float, every: bool) -> list[str]:
    """The slices that fell by more than `max_drop`, or with `every` all of them, a line each under a heading."""
    told = [one for one in found if every or one.new_f1 < one.live_f1 - max_drop]
    if every:
        heading = f"切片的宏平均 F1,全部 {len(found)} 个"
    else:
        heading = f"切片的宏平均 F1:{len(found)} 个中降了 {max_drop} 以上的 {len(told)} 个"
    return [heading, *(f"  {one}" for one in told)]


def _slices_of(month: LabelledMonth, item: LabelledItem) -> Iterator[str]:
    if item.province is None:
        yield "全国工作"
    else:
        yield next(name for name, provinces in _REGIONS.items() if item.province in provinces.split())
        yield item.province
    length = len(item.text)
    if length < SHORT:
        yield f"不到 {SHORT} 字"
    else:
        yield f"{SHORT}–{LONG - 1} 字" if length < LONG else f"{LONG} 字以上"
    if month.month is not None:
        yield f"{month.month[:4]} 年"


def _slice(name: str, rows: NDArray[np.intp], new: Judgement, live: Judgement) -> Slice:
    return Slice(name, len(rows), macro_f1(new, rows), macro_f1(live, rows), difference(new, live, rows))
