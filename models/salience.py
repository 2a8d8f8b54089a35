"""Features of items, pairs and groups that say what an abstract is likely to hold.

Every feature is computed from one month alone: its items' plain texts and theme probabilities. What the features
are worth is learnt (training/planner.py); here they are only named and computed.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

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
    `heading` is its topic and `section` the number of its ★ part.
    """

    id: str
    province: str | None
    heading: str
    text: str
    probabilities: tuple[float, ...]
    section: int = 0


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


def _bigrams(text: str) -> set[str]:
    plain = _NUMBER.sub("0", text)
    return {plain[i : i + 2] for i in range(len(plain) - 1) if not set(plain[i : i + 2]) & set(",。;、0()")}


def _flags(text: str) -> list[float]:
    return [float(word in text) for word in (*REPORT_VERBS, *_PHRASES)]


FLAG_NAMES = (*REPORT_VERBS, *_PHRASES)


def national_features(items: Sequence[PlanItem], cosine_to_provinces: Vector) -> Vector:
    """(items, features) of the national items of a month.

    `cosine_to_provinces` is (items, provincial items): a topic that many provinces report is the month's.
    """
    sections = [item.section for item in items]
    rows = []
    for index, item in enumerate(items):
        before = [other for other in items[:index] if other.heading == item.heading]
        topic_size = sum(other.heading == item.heading for other in items)
        echo = np.sort(cosine_to_provinces[index])[-5:] if cosine_to_provinces.size else np.zeros(1)
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
                *_flags(item.text),
            ]
        )
    return np.array(rows)


def pair_features(items: Sequence[PlanItem], cosine: Vector) -> Vector:
    """(items, items, features): how two provincial items may belong in one sentence.

    `cosine` is (items, items). The longest run in common is counted up to the longest of RUNS characters.
    """
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


def group_features(
    group: Sequence[int], items: Sequence[PlanItem], same: Vector, cosine: Vector
) -> list[float]:
    """What speaks for a group of provincial items as a sentence of the abstract.

    `same` holds the pairwise probabilities of sharing a sentence, `cosine` the similarities; indices into `items`.
    """
    pairs = [(i, j) for i in group for j in group if i < j]
    links = np.array([same[i, j] for i, j in pairs] or [0.0])
    likeness = np.array([cosine[i, j] for i, j in pairs] or [0.0])
    mean = np.mean([items[i].probabilities for i in group], axis=0)
    size = len(group)
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
        float(np.mean([len(items[i].text) for i in group])) / 50,
    ]
