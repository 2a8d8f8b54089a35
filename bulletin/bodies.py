"""Ministries, offices, universities and companies named in a text."""

import re
from typing import Final

from bulletin import provinces
from bulletin.scan import leftmost

_KNOWN: Final = r"""
教育部(?!门|[\u4e00-\u9fff]{2,4}司) 国务院 中共中央 中央网信办 国家网信办 中央电教馆 中央电化教育馆
工业和信息化部 工信部 公安部(?!门) 财政部(?!门) 科技部(?!门) 国家发展改革委
发改委 银监会 共青团中央 中国教育报 人教社 人民教育出版社
科技司 基础教育司 教师工作司 高等教育司 职成司 民族教育司
"""
_SUFFIXES: Final = """
委员会 领导小组 办公室 办公厅 研究院 研究中心 管理中心 信息中心 网络中心 电教馆 电教站 出版社 大学 学院 联盟
公司 协会 学会 基金会 教育厅 教育局 教委 公安厅 公安局 网信办 通信管理局 中学 小学 师范(?!大学|学院) 专科学校
"""
_STOP: Final = "在由与和及对向为赴将的是从把被经按于至到使让等所家名个各其并"
_SUFFIX: Final = "|".join(_SUFFIXES.split())
_BODY: Final = re.compile(rf"(?:(?![{_STOP}])[\u4e00-\u9fff]){{2,10}}?(?:{_SUFFIX})(?![生习堂]|校长|教师)")
_KNOWN_BODY: Final = re.compile("|".join(sorted(_KNOWN.split(), key=len, reverse=True)))

# Words before a name that are not of it: 委托华中师范大学.
_VERBS: Final = """
委托 依托 联合 会同 面向 组织 指导 支持 推动 启动 公布 印发 举办 开展 召开 成立 组建 建设 推进 部署 认定 公示
通报 遴选 确定 要求 约谈 培训 责成 覆盖 走进 参加 轮训 走访 合作 加入 通过
"""
_RANKS: Final = "全国 全省 全市 全区 部属 直属 省级 县级 国家 本科 乡村 农村 山区 薄弱 中央 新任"
# Words before a suffix that make a kind of body, not a name: 职业学院, 农村小学.
_KINDS_OF: Final = """
农村 乡村 乡镇 城乡 所辖 职业 高职 本科 县域 普通 高级 初级 独立 民办 二级 团场 城区 中心 寄宿制
示范 试点 部分 优质
多 两 几 百 东部 西部 村 镇 薄弱 偏远 高 完全 海岛 直属 牧区 边境 中职 技工 连队
"""
_KINDS: Final = re.compile(
    rf"(?:{'|'.join(_KINDS_OF.split())})(?:大学|学院|中学|小学|师范|专科学校)$|[中初高]小学$|管理中心$|^数据中心$"
)
_PROVINCE_NAMES: Final = tuple(alias for names in provinces.ALIASES.values() for alias in reversed(names))


def find_bodies(text: str) -> tuple[tuple[int, int], ...]:
    """Spans of the bodies that half-width `text` names, in order, never overlapping.

    A span may begin with a word that is not of the name (委托华中师范大学); `supported_by` allows for that.
    """
    matches = leftmost((_KNOWN_BODY, _BODY), text)
    return tuple(match.span() for match in matches if not _KINDS.search(match.group()))


def _stripped(name: str) -> str:
    """`name` from the last word on that leads up to it: a verb, a rank or the province whose body it is.

    A bare suffix is left only after a verb or a province (四川轮训教育局); 县级电教馆 stays whole.
    """
    cuts = [0]
    for words, rest in (((*_VERBS.split(), *_PROVINCE_NAMES), 0), (_RANKS.split(), 2)):
        for word in words:
            end = name.rfind(word) + len(word)
            if end >= len(word) and re.fullmatch(rf".{{{rest},}}(?:{_SUFFIX})", name[end:]):
                cuts.append(end)
    return name[max(cuts) :]


def _is_subsequence(short: str, long: str) -> bool:
    rest = iter(long)
    return all(char in rest for char in short)


def supported_by(name: str, source: str) -> bool:
    """Whether `source` names the body.

    Whole, or without the words before it, or as a short form: the short form's characters stand in this
    order inside one run of the source that begins and ends with the same characters (人教社: 人民教育出版社).
    """
    for form in (name, _stripped(name)):
        if form in source:
            return True
    short = _stripped(name)
    if len(short) < 3:
        return False
    run = re.compile(f"{re.escape(short[0])}[\u4e00-\u9fff]{{1,16}}?{re.escape(short[-1])}")
    return any(_is_subsequence(short, match.group()) for match in run.finditer(source))
