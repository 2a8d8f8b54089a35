"""Is what a sentence says of a list of provinces true of each? Every character is held against the province's own item.

A character of the claim stands if it lies in a run of two or more that the item holds, in a word that asserts
nothing (推进, 工作), or in a word of which the item holds another form (演练: 演习).
"""

import re
from collections.abc import Sequence
from itertools import combinations

from bulletin import quoted
from bulletin.events import SUPPORTED_BY
from bulletin.heads import find_heads, segments
from models.salience import PlanItem

# Words that any report bears out: how it is told, not what was done.
_LIGHT = """
推进 推动 促进 开展 组织 加强 强化 提升 做好 落实 实施 完善 改善 优化 丰富 深化 探索 抓好 加快 提高 扩大 进行 持续
工作 活动 建设 管理 教育 系统 行业 学校 校园 中小学 信息化 数字化 情况 水平 条件 相关 有关 多种 一批 各类 全省 各地
项目 专项 专题 主题 能力 等 的 了 对 为 以 就 在
""".split()

_APPS = "APP App 应用程序 移动应用 移动互联网应用 软件 小程序"
_LESSONS = "资源 课程 微课 课例 视频 课堂 题库 教材 电子书 教学库 优课 课件"
_SECURITY = """
网络安全 信息安全 数据安全 漏洞 攻防 密码 等级保护 等保 安全防护 隐患 钓鱼 勒索 木马 弱口令 个人信息 渗透 入侵
泄露 网信 教育CA 病毒 攻击
"""
_SMART = "智慧校园 数字校园 数字化校园 智慧学校"
_LINES = "宽带 带宽 光纤 联网 卫星 5G WiFi 无线 专网 IPv6 城域网 万兆 千兆 校园网"
# Words of a claim, and the words any of which an item must hold for them (themselves always do).
_FORMS = {
    "部署": "通知 要求 印发 下发 布置 安排 召开 启动 方案 明确",
    "举办": "举行 召开 开班 承办 主办",
    "演练": "演习 推演 对抗 攻防",
    "演习": "演练 推演 对抗 攻防",
    "推演": "演练 演习",
    "宣传周": "校园日",
    "大赛": "赛",
    "竞赛": "赛",
    "检查": "抽查 督查 督导 核查 巡查 视导 巡检 排查 检测 抽测",
    "排查": "检查 抽查 清查 摸排 核查 摸底",
    "清理": "清退 清查 下架 关停 注销 停用 下线 关闭",
    "审核": "审查 评议 评审 复核 核查 把关",
    "整治": "治理 清理 整改 查处",
    "整改": "整治 修复 限期",
    "治理": "整治 清理 清退 规范 查处 约谈 责令 停用 审查 下架 通报 曝光 备案 准入 执法",
    "规范": "不得 严禁 统一 制度 办法 规定 审核 审查 标准 准入 清理 清退 约谈 责令 查处 听证 评议 承诺 公示",
    "监管": "查处 约谈 检查 抽查 责令 通报 执法 核查 清理 审查",
    "培训": "研修 研训 轮训 集训 讲座",
    "研修": "培训 研训",
    "校长": "管理者",
    "教师": "老师 班主任 名师",
    "管理人员": "管理员 管理者",
    "高校": "大学 学院 高职 高等学校 高等院校",
    "名单": "公布 认定",
    "示范": "标杆 样板",
    "验收": "",
    "试点": "试验 实验",
    "会议": "会",
    "监测": "监控 态势",
    "保障": "值守 值班",
    "制度": "办法 规范 规定 台账 清单 细则 机制",
    "提供": "推出 推送 开放 播出 开通 上线",
    "推出": "上线 开播 发布 开通",
    "公布": "公示 名单 认定 评出 通报",
    "线上教学": "在线教学 网课 空中课堂 居家学习 线上学习 在线学习",
    "在线教学": "线上教学 网课 空中课堂 居家学习",
    "网络安全": _SECURITY,
    "信息安全": _SECURITY,
    "安全管理": _SECURITY,
    "安全防护": _SECURITY,
    "数据安全": "数据泄露 个人信息 数据分类 数据目录",
    "网络": f"{_LINES} 数据中心",
    "基础设施": f"{_LINES} 数据中心 机房 算力",
    "教学设备": "终端 教室 平板 大屏 装备 录播",
    "智慧校园": _SMART,
    "数字校园": _SMART,
    "智慧教育": f"{_SMART} 智慧课堂",
    "教育移动应用": _APPS,
    "教育移动互联网应用": _APPS,
    "教育移动互联网应用程序": _APPS,
    "移动应用": _APPS,
    "校园应用": f"{_APPS} 校应用 应用进校园",
    "学习类应用": _APPS,
    "学习类软件": f"{_APPS} 学习应用",
    "学习类": _APPS,
    "软件": _APPS,
    "APP": _APPS,
    "教育APP": _APPS,
    "资源": _LESSONS,
    "数字资源": _LESSONS,
    "数字教育资源": _LESSONS,
    "数字教学资源": _LESSONS,
    "数字课程": "课程 课例 微课",
    "教学资源": _LESSONS,
    "教育资源": _LESSONS,
    "资源供给": _LESSONS,
    "资源共享": "共享 联盟 结对 开放",
}
_HELD = SUPPORTED_BY | {word: tuple(forms.split()) for word, forms in _FORMS.items()}
WORDS = (*_LIGHT, *_FORMS)
# Nouns for what is done; bare in a list (移动应用备案和治理) they share the thing that it is done to.
_DONE = """
检查 排查 清理 审核 整治 整改 治理 规范 监管 备案 监测 演练 培训 研修 通报 验收 评估 使用 应用 接入 覆盖
""".split()
# An item with one of the words on the left is told only in words on the right: a contest is no management of security.
_TOLD_AS = {
    ("赛", "竞答"): ("赛", "竞答", "宣传", "活动"),
    ("摸底", "调研"): ("摸底", "调研", "排查", "检查"),
}
# Where a list or rule is published its own name counts, other words for things do not.
_PUBLISHED = re.compile("公布|公示|名单|认定|印发")
_PUBLISHING = {*SUPPORTED_BY, "公布", "名单", "部署"}
_PLATFORM = re.compile("国家[\u4e00-\u9fff]{1,12}?平台")
# 网络与信息安全 and 网络安全和信息化 are no lists.
_PARTS = re.compile("[、及,;]|和(?!信息化)|(?<!网络)与")


def who_did(claim: str, items: Sequence[PlanItem]) -> list[PlanItem]:
    """The items of a province list that `claim`, what follows the list, is true of.

    Of a list (通报和应急演练) each may have done a part; the act that opens the claim, its numbers and the last word
    that asserts something are everyone's. None is told if a part of the claim is nobody's, or if of provinces with
    clauses of their own (约谈高校,山东印发规程) one does not bear out hers.
    """
    said = quoted.fold(claim)
    heads = find_heads(said)
    if not heads:
        return _tellers(said, items)
    named = {name for head in heads for name in head.names}
    stretches = [(said[: heads[0].start], [item for item in items if item.province not in named])]
    for head, (_, end) in zip(heads, segments(said, heads), strict=True):
        stretches.append((said[head.end : end], [item for item in items if item.province in head.names]))
    told = [_tellers(stretch.strip("、,;"), own) for stretch, own in stretches]
    return list(items) if sum(map(len, told)) == len(items) else []


def likest_pairs(items: Sequence[PlanItem], most: int) -> list[tuple[PlanItem, PlanItem]]:
    """Up to `most` pairs of `items`, those first that share most of the smaller one's pairs of characters."""
    grams = {item.id: _grams(item.text) for item in items}

    def likeness(pair: tuple[PlanItem, PlanItem]) -> float:
        one, other = (grams[item.id] for item in pair)
        return len(one & other) / max(1, min(len(one), len(other)))

    return sorted(combinations(items, 2), key=likeness, reverse=True)[:most]


def _grams(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(len(text) - 1) if text[i : i + 2].isalnum()}


def _tellers(said: str, items: Sequence[PlanItem]) -> list[PlanItem]:
    parts = _parts(said)
    told = [
        (item, borne) for item in items if _tells_of(item, said) and (borne := _Borne(said, item)).by(parts)
    ]
    whole = [[borne.whole(part) for part in parts] for _, borne in told]
    # Of a list each its own makes no common act: some part must be done by two, or some item have done two.
    shared = len(parts) == 1 or len(told) == 1 or sum(map(sum, whole)) > len(parts)
    return [item for item, _ in told] if shared and all(map(any, zip(*whole, strict=True))) else []


def _tells_of(item: PlanItem, said: str) -> bool:
    """Whether `said` has words for what the item reports."""
    return all(
        any(word in said for word in as_words)
        for words, as_words in _TOLD_AS.items()
        if any(word in item.text for word in words)
    )


def _parts(claim: str) -> list[range]:
    """The members of the lists in `claim`, as positions."""
    ends = [*(match.start() for match in _PARTS.finditer(claim)), len(claim)]
    starts = [0, *(end + 1 for end in ends[:-1])]
    return [range(start, end) for start, end in zip(starts, ends, strict=True) if end > start]


class _Borne:
    """Which characters of a claim an item bears out, and which of these assert something."""

    def __init__(self, claim: str, item: PlanItem) -> None:
        text = quoted.fold(item.text)
        literal = {p for at in range(len(claim) - 1) if claim[at : at + 2] in text for p in (at, at + 1)}
        narrow = bool(_PUBLISHED.search(claim))
        held = {
            p
            for word, forms in _HELD.items()
            if word in claim
            and (
                word in text or ((not narrow or word in _PUBLISHING) and any(form in text for form in forms))
            )
            for p in _positions(claim, word)
        }
        # A word of the table stands or falls whole, were it made of pieces of the item: 智慧校园 for 智慧教育.
        denied = {p for word in _HELD if word in claim for p in _positions(claim, word)} - held
        for platform in _PLATFORM.finditer(claim):
            if platform.group() not in text:
                denied |= set(range(*platform.span()))
        self._says = (literal | held) - denied
        self._light = {p for word in _LIGHT for p in _positions(claim, word)} - denied
        content = [p for p in range(len(claim)) if p not in self._light]
        self._everyones = {0, 1, *content[-2:], *(p for p in content if claim[p].isdigit())}

        done = {p for word in _DONE for p in _positions(claim, word)}
        self._things = set(content) - done - {p for p in content if _PARTS.match(claim[p])}

    def by(self, parts: Sequence[range]) -> bool:
        """Whether the item bears out what is everyone's and a whole member of the list."""
        bare = len(parts) > 1 and any(not self._things & set(part) for part in parts)
        if bare and not self._things <= self._says:
            return False
        return self._everyones <= self._says | self._light and any(self.whole(part) for part in parts)

    def whole(self, part: range) -> bool:
        """Whether the item bears out every character of `part`, one of them at least that asserts something."""
        return set(part) <= self._says | self._light and any(p in self._says - self._light for p in part)


def _positions(text: str, word: str) -> set[int]:
    return {
        position
        for match in re.finditer(re.escape(word), text)
        for position in range(match.start(), match.end())
    }
