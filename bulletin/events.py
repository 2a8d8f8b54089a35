"""Words that say what happened, and denials: a draft may not turn 启动 into 成立 or drop a 未."""

import re
from typing import Final

# A word of a draft, and the words of a source any of which lets it stand (itself always does).
SUPPORTED_BY: Final[dict[str, tuple[str, ...]]] = {
    "成立": ("组建", "设立", "建立", "结成", "揭牌"),
    "组建": ("成立", "设立", "建立", "结成"),
    "取消": ("撤销", "摘牌", "废止", "不再"),
    "撤销": ("取消", "注销"),
    "注销": ("撤销", "关闭", "关停"),
    "暂停": ("停止", "停用", "中止", "叫停", "停课"),
    "停止": ("暂停", "停用", "中止", "叫停", "终止", "停运", "不得"),
    "推迟": ("延期", "顺延", "延后", "延迟", "改期"),
    "获奖": ("奖", "表彰"),
    "揭牌": ("挂牌",),
    "签署": ("签订", "签"),
    "结束": ("完成", "收官", "闭幕", "结题", "落幕", "结业", "结课"),
    "上线": ("开通", "推出", "启用", "新增", "发布", "开播"),
    "开通": ("上线", "启用", "建成", "接通"),
    "竣工": ("建成", "完工", "完成"),
    "禁止": ("不得", "严禁", "不准", "一律不", "不许"),
    "公示": ("公布",),
    "终止": ("停止", "注销", "取消"),
    "关停": ("关闭", "停用", "停止", "下线"),
    "停用": ("停止使用", "关停", "暂停", "下架", "下线", "停止", "停招"),
    "摘牌": ("取消", "撤销"),
    "印发": ("下发", "出台", "发布", "制定", "发文"),
    "出台": ("印发", "发布", "制定", "下发", "公布"),
    "启动": ("开始", "正式", "部署", "开展", "启用"),
    "公布": ("发布", "公示", "通报", "评出", "评选", "揭晓", "认定", "确定", "名单", "下发"),
    "召开": ("会", "举行", "举办"),
    "完成": ("结束", "结业", "结课", "已", "通过", "竣工", "全部", "建成", "收官"),
    "通过": ("合格", "入选", "完成", "获", "上榜"),
    "验收": ("评估", "合格"),
}
# 通过 is an event only with what was passed or at the end of a clause: 通过培训加强 is a preposition.
_PASSED: Final = r"通过(?=[,;。、的]|$|验收|备案|考核|评审|审查|鉴定|测评|审核)"
_WORDS: Final = "|".join(sorted(SUPPORTED_BY.keys() - {"通过"}))
_EVENT: Final = re.compile(rf"(?<!未)(?<!没有)(?:{_WORDS}|{_PASSED})")

# What is denied: two characters, or the noun too where they only qualify it (未备案学习软件, 未联网的中小学).
_WHAT: Final = (
    r"(?P<what>[\u4e00-\u9fff]{2}(?:(?=的|学校|中小|学习|机构|应用|产品|高校|软件)[\u4e00-\u9fff]{1,2})?)"
)
_DENIAL: Final = re.compile(rf"(?:尚未|没有|未能|未经|未|不再|不(?![断同少仅得])){_WHAT}")
_ANY_DENIAL: Final = re.compile("[未不没无非禁严逾]")


def find_events(text: str) -> tuple[tuple[int, int], ...]:
    """Spans of the event words of the table above, in order."""
    return tuple(match.span() for match in _EVENT.finditer(text))


def supported_by(word: str, source: str) -> bool:
    """Whether `source` says `word` or one of the words that let it stand, and not only as denied."""
    return any(_affirms(source, other) for other in (word, *SUPPORTED_BY[word]))


def _affirms(source: str, word: str) -> bool:
    return any(
        not re.search(r"(?:尚未|没有|未|不得|不再)$", source[: match.start()])
        for match in re.finditer(re.escape(word), source)
    )


def reversed_denials(sentence: str, sources: str) -> tuple[str, ...]:
    """What `sources` deny and `sentence` asserts (未突破 read as 突破), and what `sentence` alone denies."""
    faults: list[str] = []
    for match in _DENIAL.finditer(sources):
        what = match["what"]
        if what in sentence and _affirms_bare(sentence, what) and not _affirms_bare(sources, what):
            faults.append(what)
    for match in _DENIAL.finditer(sentence):
        what = match["what"]
        near = re.search(rf"[未不没无非][^,;。]{{0,7}}{re.escape(what)}", sources)
        if not near and (what in sources or not _ANY_DENIAL.search(sources)):
            faults.append(match.group())
    return tuple(dict.fromkeys(faults))


def _affirms_bare(text: str, what: str) -> bool:
    denied = {match.start("what") for match in _DENIAL.finditer(text)}
    return any(match.start() not in denied for match in re.finditer(re.escape(what), text))
