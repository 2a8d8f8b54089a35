"""How a bulletin stands on a page: its lines, as sites and offices print them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from random import Random
from typing import Final, Literal

from opencc import OpenCC

from benchmarks.made_archive.content import Content
from benchmarks.made_archive.material import PROVINCIAL, Block
from benchmarks.made_archive.wrapping import wrapped
from bulletin.provinces import ALIASES, XPCC

_FULL_WIDTH: Final = 0xFEE0  # from an ASCII sign to its full-width form
_WIDE_SIGNS: Final = {ord(sign): ord(sign) + _FULL_WIDTH for sign in ",;:!?()"}
_WIDE: Final = {code: code + _FULL_WIDTH for code in range(0x21, 0x7F)}
_SPACE: Final = "\u3000"
_CORNERS: Final = str.maketrans("“”‘’", "「」『』")
_NUMERALS: Final = "〇一二三四五六七八九"
_MONTHS: Final = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")
_SUBJECT: Final = "教育信息化和网络安全工作月报"
_COLUMNS: Final = 76


class Role(StrEnum):
    """What a line is, for formats that show it."""

    MENU = "menu"
    TITLE = "title"
    INFO = "info"
    ABSTRACT = "abstract"
    SECTION = "section"
    TOPIC = "topic"
    ENTRY = "entry"
    FOOT = "foot"


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph. `head`, a province's name and what follows it, stands before the `text` of its entry."""

    role: Role
    text: str
    head: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """One way of printing; `formats` are those in which it is met.

    `copied` pages have a site's menu and footer in their text, `spread` ones each sentence of an entry on a line of
    its own, `broken` ones line ends where a page's width was.
    """

    name: str
    signs: Literal["ascii", "wide", "all wide"] = "ascii"
    title: Literal["line", "month below", "numerals"] = "line"
    province: Literal["short", "full", "apart", "boxed", "numbered", "own line"] = "short"
    heading: Literal["space", "own line", "colon"] = "space"
    abstract: Literal["line", "own line"] = "line"
    indent: str = ""
    traditional: bool = False
    copied: bool = False
    spread: bool = False
    broken: bool = False
    formats: tuple[str, ...] = ("txt", "html", "docx", "pdf")


LAYOUTS: Final = (
    Layout("plain"),
    Layout("office", signs="wide", province="full", indent=_SPACE * 2),
    Layout("wide", signs="all wide", province="apart", indent=_SPACE * 2),
    Layout("lined", heading="own line", province="own line", abstract="own line", spread=True),
    Layout("boxed", signs="wide", province="boxed", heading="colon", title="month below"),
    Layout("numbered", province="numbered", title="numerals", indent=_SPACE * 2),
    Layout("traditional", signs="wide", traditional=True, indent=_SPACE * 2),
    Layout("copied", signs="wide", copied=True, indent=_SPACE * 2, formats=("txt",)),
    Layout("broken", signs="wide", broken=True, formats=("txt",)),
)


def lines(content: Content, layout: Layout, rng: Random, *, framed: bool) -> tuple[Line, ...]:
    """The lines of the page, menu and footer with them if it is `framed` or the layout copies them."""
    body = list(_body(content, layout))
    if framed or layout.copied:
        body = [*_above(content), *_title(content, layout), *_info(content, rng), *body, *_below(content)]
    else:
        body = [*_title(content, layout), *body, Line(Role.FOOT, f"来源:{content.site}")]
    dressed = (_dressed(line, layout) for line in body)
    return tuple(part for line in dressed for part in _broken(line, layout))


def title(content: Content, layout: Layout) -> str:
    """The title with its month, in the layout's script."""
    return "".join(_dressed(line, layout).text for line in _title(content, layout))


def mark(layout: Layout) -> str:
    """What says on every page that the data are synthetic, in the layout's script."""
    return _in_signs("合成数据", layout)


def _title(content: Content, layout: Layout) -> Iterator[Line]:
    year, month = content.month.split("-")
    if layout.title == "numerals":
        chinese = "".join(_NUMERALS[int(digit)] for digit in year)
        yield Line(Role.TITLE, f"{chinese}年{_MONTHS[int(month) - 1]}月{_SUBJECT}")
    elif layout.title == "month below":
        yield Line(Role.TITLE, _SUBJECT)
        yield Line(Role.TITLE, f"({year}年{int(month)}月)")
    else:
        yield Line(Role.TITLE, f"{year}年{int(month)}月{_SUBJECT}")


def _above(content: Content) -> Iterator[Line]:
    yield Line(Role.MENU, "首页 | 机构 | 新闻 | 公开 | 服务 | 互动")
    yield Line(Role.MENU, f"当前位置:首页 > {content.site} > 工作月报")


def _info(content: Content, rng: Random) -> Iterator[Line]:
    year, month = (int(part) for part in content.month.split("-"))
    published = f"{year + month // 12}-{month % 12 + 1:02d}-{rng.randint(5, 25):02d}"
    yield Line(Role.INFO, f"时间:{published} 来源:{content.site} 点击数:{rng.randint(50, 9000)}")
    yield Line(Role.INFO, "字号:大 中 小")


def _below(content: Content) -> Iterator[Line]:
    year, month = (int(part) for part in content.month.split("-"))
    before, after = (divmod(year * 12 + month - 1 + step, 12) for step in (-1, 1))
    yield Line(Role.FOOT, "【打印】 【关闭】")
    yield Line(Role.FOOT, f"上一篇:{before[0]}年{before[1] + 1}月{_SUBJECT}")
    yield Line(Role.FOOT, f"下一篇:{after[0]}年{after[1] + 1}月{_SUBJECT}")
    yield Line(Role.FOOT, f"版权所有:{content.site}(合成数据)")
    yield Line(Role.FOOT, "网站地图 | 联系我们")


def _body(content: Content, layout: Layout) -> Iterator[Line]:
    if content.abstract:
        text = "".join(content.abstract)
        if layout.abstract == "own line":
            yield Line(Role.ABSTRACT, "【摘要】")
            yield Line(Role.ABSTRACT, text)
        else:
            yield Line(Role.ABSTRACT, f"【摘要】{text}")
    for section in content.sections:
        yield Line(Role.SECTION, f"★{section.title}")
        for topic in section.topics:
            yield from _topic(topic, layout)
    yield Line(Role.SECTION, f"★{PROVINCIAL}")
    for place, entry in enumerate(content.entries, 1):
        yield from _entry(entry, place, layout)


def _topic(topic: Block, layout: Layout) -> Iterator[Line]:
    text = "".join(item.text for item in topic.items) or "(略)"
    if layout.heading == "own line":
        yield Line(Role.TOPIC, topic.heading)
        yield Line(Role.TOPIC, text)
    else:
        between = ":" if layout.heading == "colon" and topic.items else " "
        yield Line(Role.TOPIC, f"{topic.heading}{between}{text}")


def _entry(entry: Block, place: int, layout: Layout) -> Iterator[Line]:
    sentences = _sentences(entry) if layout.spread else ["".join(item.text for item in entry.items)]
    name = entry.heading
    full = name if name == XPCC else ALIASES[name][1]
    head = {
        "short": f"{name} ",
        "full": f"{full}:",
        "apart": (_SPACE.join(name) if len(name) == 2 else name) + _SPACE,
        "boxed": f"【{name}】",
        "numbered": f"({place}){full} ",
        "own line": "",
    }[layout.province]
    if not head:
        yield Line(Role.ENTRY, name)
    yield Line(Role.ENTRY, sentences[0], head)
    yield from (Line(Role.ENTRY, sentence) for sentence in sentences[1:])


def _sentences(entry: Block) -> list[str]:
    found = [""]
    for item in entry.items:
        found[-1] += item.text
        if item.text.endswith("。"):
            found.append("")
    return [sentence for sentence in found if sentence]


def _dressed(line: Line, layout: Layout) -> Line:
    """The line in the layout's signs and script, indented."""
    indent = layout.indent if line.role not in (Role.MENU, Role.TITLE) else ""
    head, text = (_in_signs(part, layout) for part in (line.head, line.text))
    return replace(line, head=indent + head, text=text) if line.head else replace(line, text=indent + text)


def _in_signs(text: str, layout: Layout) -> str:
    if layout.signs != "ascii":
        text = text.translate(_WIDE if layout.signs == "all wide" else _WIDE_SIGNS)
    return _traditional(text) if layout.traditional else text


@cache
def _converter() -> OpenCC:
    return OpenCC("s2tw")


def _traditional(text: str) -> str:
    converted: str = _converter().convert(text)
    return converted.translate(_CORNERS)


def _broken(line: Line, layout: Layout) -> Iterator[Line]:
    if not layout.broken:
        yield line
        return
    first, *others = wrapped(line.head + line.text, _COLUMNS)
    yield replace(line, head=line.head, text=first.removeprefix(line.head))
    yield from (Line(line.role, other) for other in others)
