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

# Words that say that something happened or holds, and words that only do where something is counted or nothing follows.
_NAMED = """
培训 演练 检查 验收 评选 备案 治理 宣传 竞赛 大赛 征集 排查 整改 建设 应用 会议 研讨 报道 监测 测评 评审 核查 处置
使用 审核 服务
""".split()
_NAMED_ACT = re.compile(f"(?:{'|'.join(_NAMED)})(?=[0-9]|$)")
_ACTS = (
    *(verb for verb in REPORT_VERBS if verb not in _NAMED),
    *"""
    举行 出台 组织 加强 规范 下发 确定 结束 开通 突破 会同 联合 实施 建立 修订 清理 抽查 约谈 提升 入选 接入
    覆盖 发放 收到 参加 暂停 停用 注销 关停 改善 落幕 揭晓 闭幕 签署 走进 支持 推广 实现 督办 督查 督导 减少
    净减 接受 收入 布置 报送 新设 增设 具备 丰富 复核 听取 整治 强化 评出 竣工 纠治 译制 审定 调度 研究 督促
    防范 保障 执行 实行 纳入 曝光 指导 提供 推出 建成 提高 扩大 更新 首发 亮相 升级 收官 公开 评议 收看 配送
    纠正 扩充 推动 起草 编制 编成 汇编 提交 采购 占
    """.split(),
)
_COUNTED = re.compile("[为有超增获](?=[0-9近约])|获(?=[奖得批])|要求(?=[\u4e00-\u9fff])")
_UNCOUNTED = re.compile("(?:突破|达到?|超过?|增至|累计|新增)(?=[,;]|$)")
# 开展进校App实行三色管理: a word put before a report that has its own. 学校智慧校园: a campus is a school's.
_CLUMSY = re.compile(
    "学校(?:智慧|数字)校园|(?:开展|推进|加强|规范|做好)[^,;、]{2,}(?:实行|印发|召开|举办|举行|曝光|约谈|停用|公布|通报)(?!.{0,3}(?:工作|活动|会))"
)
# 推进, 加强 and 组织 want an act: 推进资源建设, not 推进资源.
_WANTING = ("推进", "加强", "组织")
_WANTED = tuple(
    """
    建设 应用 工作 创建 治理 接入 工程 更新 配备 入校 开放 评估 行动 提速 运行 加固 收官 2.0 对接 部署 授课 管理 监管
    处置 保护 防护 共享 培训 整改 研修 研训 学习 活动 检查 演练 辅导 评比 指导 自查 排查 摸底 复核 集训 推演 教学 审核
    覆盖 普及 落实 改造 升级 试点 测评 监测 保障 供给 创新 发展 值守 演习 融合 互认 改革 宣传 竞赛 大赛 培育 遴选 备案
    评审 评选 清理 整治 防范 推广 实施 服务 研讨 交流 展示 轮训 抽查 督查 核查
    """.split()
)
_SEASON = re.compile("(?:期间|假期),")
_RULE = re.compile("执行|实行|每日|日报|制度")
_PEOPLE = ("教师", "校长", "管理员", "管理者", "学生", "家长", "干部", "人员", "骨干", "负责人")
_PASSING = re.compile("经(?:公示|审核|评审|验收)")
# Said twice in a clause, one of them is left over from another: 教育部印发领导小组办公室印发.
_ONCE = "印发 公布 成立 启动 召开 举办 开展 部署 推进 通报 公示 认定 发布 举行 出台".split()
# Words that a condensed sentence may put between what its sources join.
_JOINING = (
    *_ACTS,
    *"的 在 等 了 达 与 和 及 对 以 由 将 向 全国 首批 各地 教育APP 截至 每日".split(),
)
_ENDINGS = tuple(word for word in {*WORDS, *SUPPORTED_BY, *REPORT_VERBS} if len(word) > 1)
_QUOTED = re.compile('《[^》]*》|"[^"]*"')


def is_well_condensed(said: str, sources: Sequence[str], kind: Literal["national", "provincial"]) -> bool:
    """Whether `said` reports something, keeps names and phrases whole and joins nothing that its sources keep apart."""
    plain = _blanked(said)
    grouped = kind == "provincial" and len(sources) > 1
    return (
        _reports(_PASSING.sub("", plain))
        and not _UNCOUNTED.search(plain)
        and not _mixes_people(plain)
        and not _CLUMSY.search(plain)
        and not loses_its_season(said, sources)
        and (not plain.startswith(_WANTING) or plain.endswith(_WANTED) or "," in plain)
        and not _acts_twice(plain)
        and not cut_names(said, sources)
        and not starts_late(said, sources)
        and (grouped or not stops_short(said, sources))
        and not foreign_joins(said, sources, grouped=grouped)
    )


def _reports(plain: str) -> bool:
    """Whether `plain` says that something happened or holds; 备案材料 names a thing, 备案24家 and 机构备案 do not."""
    return bool(_COUNTED.search(plain) or _NAMED_ACT.search(plain)) or any(act in plain for act in _ACTS)


def _mixes_people(plain: str) -> bool:
    """Whether a list goes from people to what is no people: 教师和数字化能力培训."""
    *before, last = re.split("[、和及与]", plain)
    return any(part.endswith(_PEOPLE) for part in before) and not any(
        word in last for word in (*_PEOPLE, "员")
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


def loses_its_season(said: str, sources: Sequence[str]) -> bool:
    """Whether a rule that a source reports for a season (全国两会期间,) is told as if it always held."""
    plain = _blanked(said)
    seasons = any(_SEASON.search(_blanked(source)) for source in sources)
    return seasons and bool(_RULE.search(plain)) and not re.search("期间|假期", plain)


def starts_late(said: str, sources: Sequence[str]) -> bool:
    """Whether a clause of `said` is cut from within a source's clause, without the act that it is the object of.

    学习类App技术要求 is all that is left of 组织专家起草学习类App技术要求.
    """
    texts = [_blanked(source).lower() for source in sources]
    return any(
        not any(act in clause for act in _ACTS)
        and any(_begins_within(clause.lower(), text) for text in texts)
        for clause in re.split("[,;]", _blanked(said))
    )


def _begins_within(clause: str, text: str) -> bool:
    start = text.find(clause) if clause else -1
    return start > 0 and text[start - 1].isalpha()


def stops_short(said: str, sources: Sequence[str]) -> bool:
    """Whether a clause of `said` ends with what the sources only hold with more of the phrase behind it.

    申报材料 ends no phrase of a source that reads 申报材料评议; a word that ends many reports (建设, 检查) may end any.
    """
    texts = list(map(_blanked, sources))
    return any(_stops_short(clause, texts) for clause in re.split("[,;]", _blanked(said)))


def _stops_short(clause: str, texts: Sequence[str]) -> bool:
    if clause.endswith(_ENDINGS):
        return False
    last = re.escape(clause[-2:])
    behind = [text[m.end() : m.end() + 1] for text in texts for m in re.finditer(last, text)]
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
