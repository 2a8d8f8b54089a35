"""Faults of a sentence that was condensed too far: no report, a name cut short, a phrase that stops before its end.

All are judged against the sentence's own sources. A sentence counts here without its province list and closing mark.
"""

import re
from collections.abc import Sequence
from typing import Literal

from bulletin import quoted
from bulletin.events import SUPPORTED_BY
from models.claims import WORDS
from models.salience import REPORT_VERBS

# Names that bulletins print without quotation marks, by how they end, and what cannot be a part of one. They may lose
# what stands before them, never a part from within.
_NAMES = re.compile(
    "(?:交流|推进|座谈|研讨|现场|工作|发布|启动|动员|调度|部署|总结|布置)会|会议|大会|论坛|领导小组|办公室|委员会|联盟|工程|行动|计划"
    "|(?<![厅司院校各全内])部(?![署级门属分委长])"
)
_BORDERS = re.compile(
    "教育部(?=.)|教育系统|印发|公布|成立|启动|召开|举办|开展|部署|推进|通报|完成|公示|认定|上线|发布|举行|出台|组织|加强|规范|参加"
    "|会同|联合|新增|突破|达到|确定|首批|面向|通过|开通|做好|落实|征求|各地|年度|国家|实施|研究|培训|督促|服务|全部|调度"
    "|[在的对将为由向及和与就至年月日期间第批个所]|[^\u4e00-\u9fff]"
)
_LEAST_NAME = {"部": 1}
_RANKS = re.compile("^(?:全国|全省|全市|全区|年度|首届|首次|本|省|市|中小学|教师)+")

# Words that say that something happened or holds.
_ACTS = (
    *REPORT_VERBS,
    *"""
    举行 出台 组织 加强 规范 下发 确定 结束 开通 突破 会同 联合 实施 建立 修订 清理 抽查 约谈 监测 测评 评审
    核查 处置 提升 要求 入选 接入 覆盖 发放 收到 参加 暂停 停用 注销 关停 改善 落幕 揭晓 闭幕 签署 走进 支持
    推广 实现 督办 督查 督导 使用 减少 净减 接受 收入 布置 报送 新设 增设 具备 丰富 复核 听取 整治 强化 评出
    竣工 纠治 译制 审定 调度 研究 督促 防范 保障 执行 实行 纳入 曝光 审核 指导 提供 推出 建成 提高 扩大 更新
    首发 亮相 升级 收官 公开 评议 服务 收看 配送 纠正 扩充 推动
    """.split(),
)
_COUNTED = re.compile("[为有超增获](?=[0-9近约])|获(?=[奖得批])")
_PASSING = re.compile("经(?:公示|审核|评审|验收)")
# Said twice in a clause, one of them is left over from another: 教育部印发领导小组办公室印发.
_ONCE = "印发 公布 成立 启动 召开 举办 开展 部署 推进 通报 公示 认定 发布 举行 出台".split()
# Words that a condensed sentence may put between what its sources join.
_JOINING = (
    *_ACTS,
    *"的 在 等 了 达 与 和 及 对 以 由 将 向 全国 首批 各地 教育APP 截至 每日 工作 活动 情况 结果 名单 通知".split(),
)
_ENDINGS = tuple(word for word in {*WORDS, *SUPPORTED_BY, *REPORT_VERBS} if len(word) > 1)
# A sentence may join this often what no source of it joins; one on a single provincial item has no cause to.
MOST_JOINS, MOST_JOINS_ALONE = 1, 0
_QUOTED = re.compile('《[^》]*》|"[^"]*"')


def is_well_condensed(said: str, sources: Sequence[str], kind: Literal["national", "provincial"]) -> bool:
    """Whether `said` reports something, keeps names whole, ends where a phrase ends and joins little that was apart."""
    plain = _blanked(said)
    reports = _COUNTED.search(plain) or any(act in _PASSING.sub("", plain) for act in _ACTS)
    grouped = kind == "provincial" and len(sources) > 1
    most_joins = MOST_JOINS_ALONE if kind == "provincial" and not grouped else MOST_JOINS
    return (
        bool(reports)
        and not _acts_twice(plain)
        and not cut_names(said, sources)
        and (grouped or not stops_short(said, sources))
        and foreign_joins(said, sources, grouped=grouped) <= most_joins
    )


def _acts_twice(plain: str) -> bool:
    return any(clause.count(act) > 1 for clause in re.split("[,;、]", plain) for act in _ONCE)


def cut_names(said: str, sources: Sequence[str]) -> list[str]:
    """The names of meetings, bodies and programmes in `said` that no source has so, their rank (全国) aside."""
    own = {name for source in sources for name in _names(source)}
    return [name for name in _names(said) if name not in own]


def _names(text: str) -> list[str]:
    plain, names, before = _blanked(text), [], 0
    for end in _NAMES.finditer(plain):
        borders = (border.end() for border in _BORDERS.finditer(plain, before, end.start()))
        start, before = max(borders, default=before), end.end()
        if end.start() - start >= _LEAST_NAME.get(end.group(), 2):
            names.append(_RANKS.sub("", plain[start : end.end()]))
    return names


def stops_short(said: str, sources: Sequence[str]) -> bool:
    """Whether `said` ends with what the sources only hold with more of the phrase behind it.

    申报材料 ends no phrase of a source that reads 申报材料评议; a word that ends many reports (建设, 检查) may end any.
    """
    plain = _blanked(said)
    if plain.endswith(_ENDINGS):
        return False
    last = re.escape(plain[-2:])
    behind = [
        text[m.end() : m.end() + 1] for text in map(quoted.fold, sources) for m in re.finditer(last, text)
    ]
    return bool(behind) and all(char.isalpha() for char in behind)


def foreign_joins(said: str, sources: Sequence[str], *, grouped: bool) -> int:
    """How often `said` joins characters that no source joins, other than at or within a word that may be put in.

    What is said of a group may also put in the words that models/claims.py knows.
    """
    plain, texts = _blanked(said), [quoted.fold(source) for source in sources]
    words = (*_JOINING, *WORDS) if grouped else _JOINING
    put_in = [m.span() for word in words for m in re.finditer(re.escape(word), plain)]
    return sum(
        _is_chinese(plain[at - 1 : at + 1])
        and not any(plain[at - 1 : at + 1] in text for text in texts)
        and not any(start <= at <= end for start, end in put_in)
        for at in range(1, len(plain))
    )


def _is_chinese(pair: str) -> bool:
    return all("\u4e00" <= char <= "\u9fff" for char in pair)


def _blanked(text: str) -> str:
    """Folded `text` with every title and quoted name blanked out, at the same length."""
    return _QUOTED.sub(lambda match: "\0" * len(match.group()), quoted.fold(text))
