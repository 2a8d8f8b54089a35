"""Features of items, pairs and groups that say what an abstract is likely to hold.

Every feature is computed from one month alone: its items' plain texts and theme probabilities. What the features
are worth is learnt (training/planner.py); here they are only named and computed.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

REPORT_VERBS = (
    "印发 公布 成立 启动 召开 举办 开展 部署 推进 通报 完成 达 新增 公示 认定 遴选 上线 发布 编发 刊发 报道 研讨 "
    "培训 演练 检查 验收 评选 备案 治理 宣传 竞赛 大赛 征集 排查 整改 建设 应用 会议 转发"
).split()
_PHRASES = "教育部 办公厅 中央电教馆 教育报 全国 国家 首批 累计 截至 以上 《 “ 万 %".split()
RUNS = (2, 3, 4, 5, 6, 8, 10)
_NUMBER = re.compile(r"\d+")
_TITLE = re.compile(r"《[^》]+》|“[^”]+”")


@dataclass(frozen=True, slots=True)
class PlanItem:
    """An item as the planner reads it.

    `probabilities` has one value a theme, in the taxonomy's order. `province` is None for a national item;
    `heading` is its topic and `section` the number of its ★ part. `wording` is the log-odds, by its words, that
    abstracts cite it (models/wording.py).
    """

    id: str
    province: str | None
    heading: str
    text: str
    probabilities: tuple[float, ...]
    section: int = 0
    wording: float = 0.0


class Similarity:
    """Cosine of character bigrams weighted by how rare they are among a month's items."""

    def __init__(self, items: Sequence[PlanItem]) -> None:
        grams = [_bigrams(item.text) for item in items]
        frequency = Counter(gram for own in grams for gram in own)
        # Sorted: the order of a set changes from process to process, and with it the last digits of a sum.
        columns = {gram: index for index, gram in enumerate(sorted(frequency))}
        matrix = np.zeros((len(items), len(columns)))
        for row, own in enumerate(grams):
            for gram in own:
                matrix[row, columns[gram]] = np.log((1 + len(items)) / frequency[gram])
        norms = np.linalg.norm(matrix, axis=1, keepdims=True)
        self.cosine: Vector = (matrix / np.maximum(norms, 1e-9)) @ (matrix / np.maximum(norms, 1e-9)).T


@dataclass(frozen=True, slots=True)
class MonthView:
    """A month's items taken apart, national above and provincial below, and how like they are to each other."""

    above: list[PlanItem]
    below: list[PlanItem]
    above_above: Vector
    above_below: Vector
    below_below: Vector

    @classmethod
    def of(cls, items: Sequence[PlanItem]) -> Self:
        """The view of a month's items."""
        cosine = Similarity(items).cosine
        above = [i for i, item in enumerate(items) if item.province is None]
        below = [i for i, item in enumerate(items) if item.province is not None]
        return cls(
            [items[i] for i in above],
            [items[i] for i in below],
            cosine[np.ix_(above, above)],
            cosine[np.ix_(above, below)],
            cosine[np.ix_(below, below)],
        )


def _bigrams(text: str) -> set[str]:
    plain = _NUMBER.sub("0", text)
    return {plain[i : i + 2] for i in range(len(plain) - 1) if not set(plain[i : i + 2]) & set(",。;、0()")}


def _flags(text: str) -> list[float]:
    return [float(word in text) for word in (*REPORT_VERBS, *_PHRASES)]


FLAG_NAMES = (*REPORT_VERBS, *_PHRASES)


def national_features(month: MonthView) -> Vector:
    """(items, features) of the national items of a month. A topic that many provinces report is the month's."""
    items = month.above
    sections = [item.section for item in items]
    rows = []
    for index, item in enumerate(items):
        before = [other for other in items[:index] if other.heading == item.heading]
        topic_size = sum(other.heading == item.heading for other in items)
        echo = np.sort(month.above_below[index])[-5:] if month.below else np.zeros(1)
        rows.append(
            [
                *item.probabilities,
                float(max(item.probabilities) < 0.5),
                float(not before),
                1.0 / topic_size,
                float(index == 0 or sections[index - 1] != item.section),
                index / len(items),
                float(item.section == sections[-1]),
                len(item.text) / 100,
                len(_NUMBER.findall(item.text)) / 5,
                float(echo.mean()),
                float(echo.max()),
                item.wording,
                *_flags(item.text),
            ]
        )
    return np.array(rows)


def pair_features(month: MonthView) -> Vector:
    """(items, items, features): how two provincial items may belong in one sentence.

    The longest run in common is counted up to the longest of RUNS characters.
    """
    items, cosine = month.below, month.below_below
    p = np.array([item.probabilities for item in items])
    sure, best = p.max(axis=1) > 0.5, p.argmax(axis=1)
    both_other = np.outer(~sure, ~sure).astype(float)
    verbs = np.array([[float(verb in item.text) for verb in REPORT_VERBS] for item in items])
    titles = _shared([set(_TITLE.findall(item.text)) for item in items])
    common = verbs @ verbs.T
    union = verbs.sum(1)[:, None] + verbs.sum(1)[None, :] - common
    cores = [_core(item.text) for item in items]
    runs = np.max(
        [length * (_shared([_runs(core, length) for core in cores]) > 0) for length in RUNS], axis=0
    )
    features = (
        cosine,
        np.sqrt(np.maximum(cosine, 0)),
        p @ p.T,
        np.abs(p[:, None] - p[None, :]).sum(-1),
        np.outer(sure, sure) * (best[:, None] == best[None, :]),
        both_other,
        both_other * np.sqrt(np.maximum(cosine, 0)),
        common / np.maximum(union, 1),
        runs / max(RUNS),
        (titles > 0).astype(float),
    )
    return np.stack(features, axis=-1).astype(float)


def _shared(sets: Sequence[set[str]]) -> Vector:
    """(sets, sets): how many members two sets have in common."""
    columns = {member: index for index, member in enumerate({member for own in sets for member in own})}
    matrix = np.zeros((len(sets), len(columns)))
    for row, own in enumerate(sets):
        matrix[row, [columns[member] for member in own]] = 1
    return np.asarray(matrix @ matrix.T)


def _runs(text: str, length: int) -> set[str]:
    runs = {text[i : i + length] for i in range(len(text) - length + 1)}
    return {run for run in runs if " " not in run}


def _core(text: str) -> str:
    """The text without dates and numbers."""
    return re.sub(r"[\d月日年,。;、-]+", " ", text)


JOINT_FEATURES = 8


def joint_features(month: MonthView, chosen: Sequence[int]) -> Vector:
    """(chosen, chosen, features): how two of the `chosen` national items (indices) may share a sentence."""
    items, cosine = month.above, month.above_above
    themes = [theme_of(item) for item in items]
    rows = [
        [
            float(items[i].heading == items[j].heading),
            float(items[i].section == items[j].section),
            float(themes[i] == themes[j]),
            float(themes[i] == themes[j] == NO_THEME),
            min(abs(i - j), 10) / 10,
            float(abs(i - j) == 1),
            max(cosine[i, j], 0.0) ** 0.5,
            (len(items[i].text) + len(items[j].text)) / 100,
        ]
        for i in chosen
        for j in chosen
    ]
    return np.array(rows, float).reshape(len(chosen), len(chosen), JOINT_FEATURES)


NO_THEME = -1


def theme_of(item: PlanItem) -> int:
    """The column of the likeliest theme, or NO_THEME where none is likelier than not."""
    return int(np.argmax(item.probabilities)) if max(item.probabilities) >= 0.5 else NO_THEME


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """What groups of a month's provincial items are judged by.

    `same` (items, items): probabilities of sharing a sentence. `echo` (items,): likeness to the likest national item.
    `first` (items,): 1 for the item that its province opens with. `alike`: how many items have each theme.
    """

    month: MonthView
    same: Vector
    echo: Vector
    first: Vector
    alike: Counter[int]

    @classmethod
    def of(cls, month: MonthView, same: Vector) -> Self:
        """The neighbourhood of the provincial items of `month`."""
        echo = month.above_below.max(axis=0) if month.above else np.zeros(len(month.below))
        seen: set[str | None] = set()
        first = []
        for item in month.below:
            first.append(float(item.province not in seen))
            seen.add(item.province)
        return cls(month, same, echo, np.array(first), Counter(theme_of(item) for item in month.below))


def group_features(group: Sequence[int], around: Neighbourhood) -> list[float]:
    """What speaks for a group of provincial items (indices) as a sentence of the abstract."""
    own = list(group)
    items = [around.month.below[i] for i in own]
    pairs = [(i, j) for i in own for j in own if i < j]
    links = np.array([around.same[i, j] for i, j in pairs] or [0.0])
    likeness = np.array([around.month.below_below[i, j] for i, j in pairs] or [0.0])
    mean = np.mean([item.probabilities for item in items], axis=0)
    wording = np.array([item.wording for item in items])
    echo = around.echo[own]
    size = len(own)
    theme = NO_THEME if max(mean) < 0.5 else int(np.argmax(mean))
    return [
        min(size, 10) / 5,
        float(size == 1),
        float(size >= 3),
        float(links.mean()),
        float(links.min()),
        float(likeness.mean()),
        float(links.sum()) / 10,
        *mean,
        float(max(mean) < 0.5),
        float(np.mean([len(item.text) for item in items])) / 50,
        *_nearest_outside(own, around),
        float(wording.mean()),
        float(wording.max()),
        float(wording.min()),
        float(wording.sum()) / 5,
        float(echo.mean()),
        float(echo.max()),
        float(echo.mean()) * min(size, 5),
        float(around.first[own].mean()),
        size / max(size, around.alike[theme]),
    ]


_OUTSIDERS = 3


def _nearest_outside(group: Sequence[int], around: Neighbourhood) -> list[float]:
    """How near the nearest items of other provinces are that the group leaves out: a whole topic has none."""
    items = around.month.below
    told = {items[i].province for i in group}
    others = [i for i, item in enumerate(items) if item.province not in told]
    near = np.sort(around.same[np.ix_(group, others)].mean(axis=0))[::-1] if others else np.zeros(0)
    return [*near[:_OUTSIDERS], *[0.0] * (_OUTSIDERS - len(near))]
