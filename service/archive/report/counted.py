"""What a number counts, as a key under which the same count is found again in other months."""

import re
from dataclasses import dataclass
from typing import Final

from bulletin.dates import find_dates
from bulletin.quoted import find_quoted, fold
from service.archive.report.data import Number

# A clause ends at these; a list goes on at 、 and its first words are not repeated after it.
_MARKS: Final = ",;。:?!、"
_DATE: Final = "\x01"
# In the place of such a mark inside a name.
_INSIDE: Final = "\x02"
# How a clause says that its number is the whole so far; 截至 says it of all that follows in the sentence.
_TOTAL: Final = re.compile(r"累计|总数|总量|总计|已[^,;。]{0,12}$|(?:达到?|[增升提扩][^,;。]?[至到])$|突破$")
_SO_FAR: Final = re.compile("截至|截止")
_ADDED: Final = re.compile(r"新增|新上线|净[增减]|增加(?!到|至)|减少(?!到|至)|增长(?!到|至)")
# 较上月提高, 环比增长: what rose is told elsewhere.
_RELATIVE: Final = re.compile(r"(?:[较比]上?[去年月季度初期]|环比|同比).*")
_PERIODS: Final = (
    ("年", re.compile(r"全年|年度|上半年|下半年|今年|本年")),
    ("季", re.compile(r"季度")),
    ("周", re.compile(r"本周|当周|首周|周均|每周")),
    ("日", re.compile(r"日均|每日|每天")),
)
# Words between the thing and its number that say nothing of what is counted.
_LINKS: Final = re.compile(
    r"(?:累计|总数|总量|总计|合计|一?共计?|已|达到?|[增升降减扩提][加高升少大低]?[至到]|为|有)+$"
)
_LEAD: Final = re.compile(r"^(?:其中|截至|截止|累计|总计|合计|一?共计?|已|本月|当月|目前|今年|全年|并|共有)+")
_DIGITS: Final = re.compile(r"[0-9.]+|[第首][一二三四五六七八九十]+[届次批期]")
# 28个县和60所高校: what the second number counts is told after it, and by the first.
_JOINED: Final = ("和", "与", "及")
RATES: Final = ("%", "百分点")
# So many characters tell a thing: 省级平台, 教育APP通过备案. Who came to an event (160人参加) is counted anew at each.
_LEAST: Final = 3
_LEAST_NOUN: Final = 5


@dataclass(frozen=True, slots=True)
class Counted:
    """What a number counts: `where` (a province, else a topic), `what` before it, its `unit` and what comes `after`.

    `span` is over which time it is counted where the words say so; `total` means that it is the whole so far.
    """

    where: str
    what: str
    unit: str
    after: str
    span: str
    total: bool

    def name(self) -> str:
        """What is counted, in words: "…" is where the number stands."""
        words = f"{self.what}…{self.after}" if self.after else self.what
        return re.sub('"([^"]*)"', "“\\1”", words.replace(_INSIDE, "、"))


def counted(number: Number) -> Counted | None:
    """What `number` counts; None where the words around it do not tell it apart."""
    plain = _in_clauses(number.plain)
    before, after = plain[: number.at], plain[number.to :]
    sentence = re.split("[。;]", before)[-1]
    clause = re.split(f"[{_MARKS}]", before)[-1]
    what = _LEAD.sub("", _LINKS.sub("", _bare(_RELATIVE.sub("", clause))))
    noun = _bare(re.split(f"[{_MARKS}{_DATE}]", after)[0])
    if not (len(what) >= _LEAST or (len(noun) >= _LEAST_NOUN and not noun.startswith("参"))):
        return None
    if what.endswith(_JOINED):
        return None
    return Counted(
        where=number.province or _bare(_DIGITS.sub("", number.topic or "")),
        what=what.replace("网站", "网"),
        unit=number.unit,
        after=noun,
        span=_span(sentence, clause),
        total=_is_total(sentence, clause, number.unit),
    )


def _in_clauses(text: str) -> str:
    """`text`, character for character, with marks in the place of dates, and none in names that end a clause."""
    folded = fold(text)
    chars = list(folded)
    for date in find_dates(folded):
        chars[date.start : date.end] = _DATE * (date.end - date.start)
    for name in find_quoted(text):
        chars[name.start : name.end] = [
            _INSIDE if char in _MARKS else char for char in folded[name.start : name.end]
        ]
    return "".join(chars)


def _bare(text: str) -> str:
    return "".join(text.replace(_DATE, "").split())


def _span(sentence: str, clause: str) -> str:
    """Over which time is counted; what is newly added counts the month's own."""
    if _ADDED.search(clause):
        return "新增"
    return next((name for name, words in _PERIODS if words.search(sentence)), "")


def _is_total(sentence: str, clause: str, unit: str) -> bool:
    """Is the number the whole so far? A rate is none."""
    if unit in RATES or _ADDED.search(clause):
        return False
    return bool(_SO_FAR.search(sentence) or _TOTAL.search(clause))
