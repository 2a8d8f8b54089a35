"""Ministries, offices, universities and companies named in a text."""

import re
from typing import Final

from bulletin import provinces

_KNOWN: Final = [
    r"教育部(?!门|[\u4e00-\u9fff]{2,4}司)",
    r"国务院",
    r"中共中央",
    r"中央网信办",
    r"中央电教馆",
    r"中央电化教育馆",
    r"工业和信息化部",
    r"工信部",
    r"公安部(?!门)",
    r"财政部(?!门)",
    r"科技部(?!门)",
    r"国家发展改革委",
    r"发改委",
    r"中国教育报",
    r"国家网信办",
    r"人教社",
    r"人民教育出版社",
    r"银监会",
    r"科技司",
    r"基础教育司",
    r"教师工作司",
    r"高等教育司",
    r"职成司",
    r"民族教育司",
    r"共青团中央",
    r"市教委",
    r"省教育厅",
    r"自治区教育厅",
    r"兵团教育局",
    r"省电教馆",
    r"省公安厅",
]
_SUFFIXES: Final = [
    "委员会",
    "领导小组",
    "办公室",
    "办公厅",
    "研究院",
    "研究中心",
    "管理中心",
    "信息中心",
    "网络中心",
    "电教馆",
    "电教站",
    "出版社",
    "大学",
    "学院",
    "联盟",
    "公司",
    "协会",
    "学会",
    "基金会",
    "教育厅",
    "教育局",
    "教委",
    "公安厅",
    "公安局",
    "网信办",
    "通信管理局",
    "中学",
    "小学",
    "师范",
    "专科学校",
]
_STOP: Final = "在由与和及对向为赴将的是从把被经按于至到使让等所家名个各其并"
_BODY: Final = re.compile(
    rf"(?:(?![{_STOP}])[\u4e00-\u9fff]){{2,10}}?(?:{'|'.join(_SUFFIXES)})(?![生习堂]|校长|教师)"
)
_KNOWN_BODY: Final = re.compile("|".join(sorted(_KNOWN, key=len, reverse=True)))
# Words before a name that are not of it (委托华中师范大学), and words that make a kind of body, not a name (职业学院).
_LEADING: Final = [
    "委托",
    "依托",
    "联合",
    "会同",
    "面向",
    "组织",
    "指导",
    "支持",
    "推动",
    "启动",
    "公布",
    "印发",
    "举办",
    "开展",
    "召开",
    "成立",
    "组建",
    "建设",
    "推进",
    "部署",
    "认定",
    "公示",
    "通报",
    "遴选",
    "确定",
    "要求",
    "约谈",
    "培训",
    "责成",
    "覆盖",
    "走进",
    "全国",
    "全省",
    "全市",
    "全区",
    "部属",
    "直属",
    "省级",
    "县级",
    "国家",
    "参加",
    "轮训",
    "走访",
    "通过",
    "合作",
    "加入",
    "支持",
    "本科",
    "乡村",
    "农村",
    "山区",
    "薄弱",
    "中央",
]
_KINDS: Final = re.compile(
    r"(?:农村|乡村|乡镇|城乡|所辖|职业|高职|本科|县域|普通|高级|初级|独立|民办|二级|团场|城区|中心|寄宿制|示范|试点|部分|优质|"
    r"多|两|几|百|东部|西部|村|镇|薄弱|偏远|高|完全|海岛|直属|牧区|边境|中职|技工|连队)"
    r"(?:大学|学院|中学|小学|师范|专科学校)$|(?:中|初|高)小学$|管理中心$|^数据中心$"
)
_PROVINCE_NAMES: Final = tuple(alias for names in provinces.ALIASES.values() for alias in reversed(names))


def find_bodies(text: str) -> tuple[tuple[int, int], ...]:
    """Spans of the bodies that half-width `text` names, in order, never overlapping.

    A span may begin with a word that is not of the name (委托华中师范大学); `supported_by` allows for that.
    """
    found: list[tuple[int, int]] = []
    position = 0
    while position < len(text):
        matches = [m for p in (_KNOWN_BODY, _BODY) if (m := p.search(text, position))]
        if not matches:
            break
        match = min(matches, key=lambda m: (m.start(), m.re is _BODY))
        position = match.end()
        if not _KINDS.search(match.group()):
            found.append(match.span())
    return tuple(found)


def _stripped(name: str) -> str:
    """`name` from the last leading word or province on, as long as three characters are left."""
    cuts = [
        position + len(word)
        for word in (*_LEADING, *_PROVINCE_NAMES)
        if (position := name.rfind(word)) >= 0 and len(name) - position - len(word) >= 3
    ]
    return name[max(cuts, default=0) :]


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
