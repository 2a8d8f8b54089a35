"""What single lines of a bulletin are: title, ★ heading, abstract, topic heading, entry head."""

import re
from dataclasses import dataclass
from typing import Final

from bulletin import furniture
from bulletin.document import Span
from bulletin.provinces import ALIASES, canonical, find


@dataclass(frozen=True, slots=True)
class Line:
    """A line with something visible on it: its folded text without outer spaces, and where that stands."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class EntryHead:
    """A province name that opens a line; the entry's text begins at `text_start`, if on this line."""

    province: str
    text_start: int | None


_DIGITS: Final = "〇一二三四五六七八九"
_ARABIC: Final = str.maketrans(_DIGITS + "零○", "012345678900")
_MONTHS: Final = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")
_YEAR_MONTH: Final = re.compile(rf"(\d{{4}}|[{_DIGITS}零○]{{4}})年度?(\d{{1,2}}|十[一二]?|[{_DIGITS[1:]}])月")
_TITLE: Final = re.compile("(?:教育|信息化|网络安全|网信).*(?:月报|简报|月度通报|月度动态)")
_LONGEST_TITLE: Final = 60
_STAR: Final = re.compile(r"[★☆⭐✦]+\s*")
_BARE_SECTION: Final = re.compile(
    r"(?:[一二三四五六七八九十]+、\s*)?(?:各地|各省(?:市|区市)?|地方)[^,。;:]{0,12}(?:动态|进展|情况|工作|亮点)"
)
_ABSTRACT: Final = re.compile(
    r"[【\[(〔]\s*(?:内容)?摘\s*要\s*[】\])〕]\s*:?|(?:内容)?摘\s*要(?:\s*:|\s*$|\s+)"
)
_WITHHELD: Final = re.compile(r"[(\[【]?\s*略\s*[)\]】]?\s*。?")
_BULLET: Final = r"(?:[·•●◆■▪►*-]|[(]?(?:\d{1,2}|[一二三四五六七八九十]{1,3})[)、.])?\s*"
_LONGEST_FIRST: Final = sorted(
    (alias for group in ALIASES.values() for alias in group), key=len, reverse=True
)
_NAMES: Final = "|".join(" *".join(alias) for alias in _LONGEST_FIRST)
_ENTRY: Final = re.compile(
    rf"{_BULLET}(?:[【\[(]\s*(?P<boxed>{_NAMES})\s*[】\])]\s*:?"
    rf"|(?P<plain>{_NAMES})(?:\s*:|\s+|$|(?=\d{{1,2}}月)))\s*"
)
_TEXT_START: Final = re.compile(
    r"截至|截止|近日|日前|目前|本月|当月|\d{1,2}月|\d{4}年|教育部|中央|国家|全国|各地|各省|经|为|由|在|继续|"
    r"完成|组织|开展|召开|举办|印发|“|《"
)
_DATED: Final = re.compile(r"截至|截止|近日|日前|目前|本月|\d{1,2}月(?:\d|$)|\d{4}年\d{1,2}月")
_CLAUSE_MARK: Final = re.compile("[,。;:!?]")
_LATIN_GAP: Final = re.compile(r"[A-Za-z0-9] +[A-Za-z0-9]")
_QUOTED: Final = re.compile("“[^“”]*”|《[^《》]*》|[(][^()]*[)]")
_LONGEST_HEADING: Final = 45
_SHORTEST_HEADING: Final = 3
_LONGEST_WITHHELD: Final = 10


def lines(plain: str) -> tuple[Line, ...]:
    """The visible lines of a folded text."""
    found, start = [], 0
    for raw in plain.split("\n"):
        if text := raw.strip():
            begin = start + len(raw) - len(raw.lstrip())
            found.append(Line(text, begin, begin + len(text)))
        start += len(raw) + 1
    return tuple(found)


def is_title(text: str) -> bool:
    """Whether the line is the title of a bulletin (教育信息化…月报), with its month or without."""
    compact = "".join(text.split())
    if len(compact) > _LONGEST_TITLE or re.search("[。,;>]", compact) or compact.startswith(("上一", "下一")):
        return False
    return bool(_TITLE.search(compact)) and not furniture.is_furniture(text)


def month(text: str) -> str | None:
    """The first "YYYY-MM" in a line, from Arabic or Chinese numerals; None if there is none."""
    match = _YEAR_MONTH.search("".join(text.split()))
    if not match:
        return None
    year = match.group(1).translate(_ARABIC)
    number = _MONTHS.index(match.group(2)) + 1 if match.group(2) in _MONTHS else int(match.group(2))
    return f"{year}-{number:02d}" if 1 <= number <= 12 else None


def is_month(text: str) -> bool:
    """Whether the line is nothing but a year and month, perhaps in brackets: the second half of a title."""
    return bool(_YEAR_MONTH.fullmatch("".join(text.split()).strip("()[]【】份")))


def section_title(line: Line) -> Span | None:
    """Where the title of a ★ heading stands; None for other lines. Text after the title follows a space."""
    match = _STAR.match(line.text)
    if not match:
        return Span(line.start, line.end) if _BARE_SECTION.fullmatch(line.text) else None
    title = line.text[match.end() :]
    length = len(title.split(maxsplit=1)[0]) if title and "。" in title else len(title)
    return Span(line.start + match.end(), line.start + match.end() + length)


def abstract_start(line: Line) -> int | None:
    """Where the text after a 【摘要】 mark begins (the line's end for a bare mark); None for other lines."""
    match = _ABSTRACT.match(line.text)
    return line.start + match.end() if match else None


def is_withheld(text: str) -> bool:
    """Whether the text is nothing but (略)."""
    return bool(_WITHHELD.fullmatch(text.strip()))


def entry_head(line: Line) -> EntryHead | None:
    """The province whose entry the line opens; None for other lines.

    A name opens an entry when a space, a colon, a date or nothing follows it; a list of names opens none.
    """
    match = _ENTRY.match(line.text)
    if not match:
        return None
    province = canonical(match.group("boxed") or match.group("plain"))
    rest = line.text[match.end() :]
    if province is None or (rest and _only_names(rest)):
        return None
    return EntryHead(province, line.start + match.end() if rest else None)


def _only_names(text: str) -> bool:
    names = sum(mention.end - mention.start for mention in find(text))
    return names > 0 and names == sum(character.isalnum() for character in text)


def heading_end(line: Line) -> int | None:
    """Where the topic heading that opens a `heading text` line ends; None if the line opens with none.

    The heading ends at a space outside quotes, before the first comma or full stop: the first one after
    which a text plainly starts (a date, 教育部…), else the first that is more than the space in Windows 7 or
    App 120款. Failing a space, at a colon.
    """
    masked = _QUOTED.sub(lambda match: "x" * len(match.group()), line.text)
    mark = _CLAUSE_MARK.search(masked)
    limit = min(mark.start() if mark else len(masked), _LONGEST_HEADING)
    gaps = [
        gap.start()
        for gap in re.finditer(r"\s+", masked)
        if _SHORTEST_HEADING <= gap.start() <= limit or _is_withheld_tail(line.text, gap.end())
    ]
    if _DATED.match(line.text):
        return None
    for gap in gaps:
        rest = line.text[gap:].lstrip()
        if is_withheld(rest) or _TEXT_START.match(rest):
            return line.start + gap
    if words := [gap for gap in gaps if not _LATIN_GAP.match(line.text, gap - 1)]:
        return line.start + words[0]
    if mark and mark.group() == ":" and _SHORTEST_HEADING <= mark.start() <= _LONGEST_HEADING:
        return line.start + mark.start()
    return _before_withheld(line)


def _before_withheld(line: Line) -> int | None:
    bracket = max(line.text.rfind(sign) for sign in "([【")
    if bracket <= 0 or not _is_withheld_tail(line.text, bracket):
        return None
    return line.start + len(line.text[:bracket].rstrip())


def _is_withheld_tail(text: str, start: int) -> bool:
    return len(text) - start <= _LONGEST_WITHHELD and is_withheld(text[start:])


def is_heading(text: str) -> bool:
    """Whether a whole line can be a topic heading: short, without a clause."""
    has_clause = _CLAUSE_MARK.search(_QUOTED.sub("", text)) or _DATED.match(text)
    return len(text) <= _LONGEST_HEADING and not has_clause
