"""What the writer learns from: briefs, abstract sentences and 合写 sentences with the items they are drawn from.

A provincial sentence opens with its list of provinces (安徽、广西、重庆 / 浙江、福建、四川等多地). The list is the
plan's to say, so the writer learns and writes only what follows it.

A third of the printed national sentences tell two items, most often of one theme and as their two briefs in one. Such
sentences are few in print, so briefs joined in the same way stand beside them.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from bulletin.provinces import OFFICIAL_ORDER
from models.encoding import WriterItem
from training.corpus import LabelledItem, LabelledMonth, LabelledSentence

_NAMES = "|".join(sorted(OFFICIAL_ORDER, key=len, reverse=True))
HEAD = re.compile(rf"(?:{_NAMES})(?:、(?:{_NAMES}))*(?:等多地|等地|等省份|等省)?")
# Who acts in many briefs: named once where two are joined (教育部公布…,通报…). A word for what it did must follow: the
# ministry does not do what 教育部教育考试院 or 教育部等五部门 does.
_ACTS = (
    "公布 公示 印发 召开 启动 开展 部署 通报 组织 举办 完成 推进 发布 要求 确定 认定 遴选 推出 上线 新增 增设 核查 "
    "规范 出台 修订 征求 提醒 约谈 测评 注销 撤销 研究 提出 建设 开放 培训 指导 规定 批复 选定 压实 推送 更新"
).split()
_ACTOR = re.compile(
    rf"(?:教育部(?:办公厅|科技司|教育管理信息中心)?+|中央电教馆|国家(?:智慧教育)?+平台)(?={'|'.join(_ACTS)})"
)


@dataclass(frozen=True, slots=True)
class Pair:
    """The items of one sentence and the text that follows its province list."""

    style: str
    items: tuple[WriterItem, ...]
    target: str


def split_head(sentence: str) -> tuple[str, str]:
    """The province list a sentence opens with ("" if none) and what follows it."""
    match = HEAD.match(sentence)
    head = match.group() if match else ""
    return head, sentence[len(head) :]


def writer_item(item: LabelledItem) -> WriterItem:
    """The item as the writer reads it."""
    return WriterItem(item.heading, item.text)


def pairs(months: Sequence[LabelledMonth]) -> Iterator[Pair]:
    """Every training pair of `months`: 简述 are briefs, alone or joined, 摘要 the sentences written as such."""
    for month in months:
        # Months from outside may have themes and no briefs.
        for item in month.items:
            if item.brief:
                yield _brief(item)
        yield from _joined_briefs(month)
        items = month.by_id()
        for sentence in (*month.abstract, *month.groups):
            yield _sentence(sentence, [items[source] for source in sentence.sources])


def _brief(item: LabelledItem) -> Pair:
    target = split_head(item.brief)[1] if item.province else item.brief
    return Pair("简述", (writer_item(item),), target)


def _joined_briefs(month: LabelledMonth) -> Iterator[Pair]:
    """Two national items of a section that have their first theme in common, or none, told in one sentence."""
    national = [item for item in month.items if item.province is None and item.brief]
    for one, other in combinations(national, 2):
        if one.section == other.section and one.themes[:1] == other.themes[:1]:
            yield Pair("简述", (writer_item(one), writer_item(other)), join(one.brief, other.brief))


def join(brief: str, other: str) -> str:
    """Both briefs in one sentence; an actor that opens both is named once."""
    actor = _ACTOR.match(brief)
    shared = actor.group() if actor else ""
    again = _ACTOR.match(other)
    return f"{brief},{other[len(shared) :] if again and again.group() == shared else other}"


def _sentence(sentence: LabelledSentence, cited: Sequence[LabelledItem]) -> Pair:
    provincial = any(item.province for item in cited)
    target = split_head(sentence.text)[1] if provincial else sentence.text
    return Pair("摘要", tuple(writer_item(item) for item in cited), target)
