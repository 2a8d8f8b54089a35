"""The source's own words, cut: what a sentence falls back to when no written candidate is supported."""

import re
from collections.abc import Iterable, Iterator

from bulletin.provinces import ALIASES
from models.salience import REPORT_VERBS, PlanItem

# What an item may open with before it comes to its report: 12月20日, / 12月3-6日, / 近日 / 宣传周期间, / 根据…部署,
_DAY = r"(?:\d{4}年)?\d{1,2}月(?:\d{1,2}日?)?"
_OPENINGS = re.compile(
    rf"(?:截至)?{_DAY}(?:(?:至|-)(?:\d{{1,2}}月)?\d{{1,2}}日)?(?:[上中下]旬|[起初底末]|前后|凌晨|[上下]午)?,"
    "|(?:近日|日前|近期),?"
    "|[^,;。《“(]{2,8}(?:假期|期间|前夕|首周|学期|之际),"
    "|(?:根据|按照|依据|随着|受|为(?:了|进一步|深入|贯彻|落实|加强|做好|推|提升|提高|保障|切实|全面|减轻|解决))[^,;。]*,"
)
_COUNTING = re.compile("[^,]{2,8}(?:期间|首周),")
# A province speaks for its own department, unless that acts with others or only lends its name to another body.
_ACTOR = re.compile(
    "(?:省|市|自治区|兵团)?(?:教育厅|教委|教育局|电教馆|电化教育馆|教育技术中心)"
    "(?![、等与和及厅馆信网直机]|会同|联合|办公|领导|门户|工作|教研|调整|主办的)"
)
_HOSTS = re.compile(r"由[^,;。]*?(?:主办|承办|举办|组织)的")
_WHOLE = re.compile(r"《[^《》]*(?:《[^《》]*》[^《》]*)*》|[“”][^“”]*[“”]|\([^()]*\)")
MOST_CHARACTERS = 60


def extracted(item: PlanItem) -> str:
    """The item's first clauses that tell something, within MOST_CHARACTERS where its first clause allows it.

    A date, season or reason that it opens with is left out; a provincial item opens with its province, in place of
    the province's own department. A first clause that is too long loses its hosts (由…主办的), then the end of its
    list (等). Names and brackets are never cut.
    """
    text = reported(item.text.replace("\n", ""))
    if item.province is None:
        return _cut(text, ()) + "。"
    others = tuple(alias for name in ALIASES if name != item.province for alias in ALIASES[name])
    return _cut(_opened(item.province, text), others) + "。"


def reported(text: str) -> str:
    """`text` without what goes before its report, and without its closing mark.

    A season stays where it tells what a number counts: 开学首周,平台访问量达8.6亿次.
    """
    text = text.strip(" 。;,")
    while match := _OPENINGS.match(text):
        rest = text[match.end() :]
        if _COUNTING.fullmatch(match.group()) and re.search(r"\d", next(clauses(rest))):
            break
        text = rest
    return text


def _opened(province: str, text: str) -> str:
    if actor := _ACTOR.match(text):
        text = text[actor.end() :]
    return text if text.startswith(ALIASES[province]) else province + text


def _cut(text: str, others: tuple[str, ...]) -> str:
    """The first clauses of `text`, up to one that opens with one of `others` and would speak for it."""
    first, *rest = clauses(text)
    kept = first if len(first) <= MOST_CHARACTERS else _shortened(first)
    for clause in _with_openings(rest):
        enough = len(kept) >= MOST_CHARACTERS // 2 or len(kept) + len(clause) > MOST_CHARACTERS
        if enough or clause[0] == "。" or clause[1:].startswith(others):
            break
        kept += clause
    return kept


def _with_openings(parts: Iterable[str]) -> Iterator[str]:
    """The clauses, each that only opens the next (截至3月20日) joined to it; one that opens nothing is left out."""
    opening = ""
    for part in parts:
        if _OPENINGS.fullmatch(part.lstrip(",") + ","):
            opening += part
        else:
            yield opening + part
            opening = ""


def clauses(text: str) -> Iterator[str]:
    """The clauses of `text`, each after the first with the comma before it."""
    start = 0
    for match in re.finditer("[,;。]", _masked(text)):
        yield text[start : match.start()]
        start = match.start()
    yield text[start:]


def _shortened(clause: str) -> str:
    """A long clause without its hosts or the end of its list; unchanged where neither leaves a report."""
    short = _HOSTS.sub("", clause, count=1)
    if len(short) <= MOST_CHARACTERS:
        return short
    masked = _masked(short)
    ends = [match.start() for match in re.finditer("、", masked) if match.start() < MOST_CHARACTERS]
    listed = short[: max(ends, default=0)]
    return f"{listed}等" if any(verb in listed for verb in REPORT_VERBS) else clause


def _masked(text: str) -> str:
    """`text` with every name and bracket blanked out, at the same length."""
    return _WHOLE.sub(lambda match: "\0" * len(match.group()), text)
