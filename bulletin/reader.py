"""The pass over a bulletin's lines that gathers abstract, sections, topics and entries."""

import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from bulletin import furniture, items
from bulletin.document import Entry, Item, Section, Span, Topic
from bulletin.lines import (
    EntryHead,
    Line,
    abstract_start,
    entry_head,
    heading_end,
    is_heading,
    is_month,
    is_title,
    is_withheld,
    section_title,
)

_FINISHED: Final = re.compile("[。;!?…][”’》)]*$")
_CLAUSE_END: Final = re.compile("[,。;]")
_LABEL: Final = re.compile("[^,。;:]{2,8}:")  # 版权所有:…, 地址:…
_PROVINCIAL: Final = re.compile("各地|各省|各区|地方|省级|省市|区域|基层")
_TAIL: Final = 20  # enough to see how a text ends
_WITHHELD_TAIL: Final = re.compile(r"[(\[【]\s*略\s*[)\]】]\s*。?\s*$")


def _is_sentence(text: str) -> bool:
    """Whether the folded text is (part of) a sentence, and no label with what it names."""
    return bool(_CLAUSE_END.search(text)) and not _LABEL.match(text)


@dataclass(slots=True)
class _Block:
    """A topic or an entry while its lines are gathered; its text begins at `text_start` once it has any."""

    title: str
    start: int
    end: int
    text_start: int | None

    def add(self, line: Line) -> None:
        if self.text_start is None:
            self.text_start = line.start
        self.end = line.end


@dataclass(slots=True)
class _OpenSection:
    title: str
    start: int
    end: int
    topics: list[_Block] = field(default_factory=list)


class Reader:
    """Reads the lines once, from top to bottom, and holds what they are."""

    def __init__(self, given: str, plain: str, visible: tuple[Line, ...], title: int | None) -> None:
        """`visible` are the lines of `plain`, the folded `given`; `title` is the title's index."""
        self._given, self._plain, self._lines = given, plain, visible
        self._placed = bytearray(len(plain))
        self._abstract: list[Span] = []
        self._sections: list[_OpenSection] = []
        self._blocks: list[_Block] = []
        self._current: _Block | None = None
        self._in_abstract = self._in_topics = False
        self.warnings: list[str] = []
        self._heads = self._entry_heads(-1 if title is None else title)
        marks = [k for k, line in enumerate(visible) if k in self._heads or section_title(line)]
        self._last_mark = max(marks, default=-1)
        for k, line in enumerate(visible):
            if title is not None and k <= title:
                self._read_above(k, line, title)
            else:
                self._read(k, line)
        self.abstract = "".join(given[span.start : span.end] for span in self._abstract) or None
        self.source = next((named for line in visible if (named := self._source(line))), None)
        numbers = count(1)
        self.sections = tuple(self._section(section, numbers) for section in self._sections)
        self.entries = self._entries()

    # -- reading ---------------------------------------------------------------------------------------------

    def _entry_heads(self, title: int) -> dict[int, EntryHead]:
        """The lines that open entries: those in provincial sections, or all if no section is one."""
        heads: dict[int, EntryHead] = {}
        provincial: dict[int, EntryHead] = {}
        inside = False
        for k, line in enumerate(self._lines[title + 1 :], title + 1):
            if span := section_title(line):
                inside = bool(_PROVINCIAL.search(self._plain[span.start : span.end]))
            elif (head := entry_head(line)) and self._has_text(k, head):
                heads[k] = head
                if inside:
                    provincial[k] = head
        return provincial or heads

    def _has_text(self, k: int, head: EntryHead) -> bool:
        """A name alone on its line opens an entry only if a line of text follows: menus list names."""
        if head.text_start is not None:
            return True
        following = self._lines[k + 1] if k + 1 < len(self._lines) else None
        if following is None or section_title(following) or entry_head(following):
            return False
        return _is_sentence(following.text) or not furniture.is_frame(following.text)

    def _read_above(self, k: int, line: Line, title: int) -> None:
        known = k == title or is_title(line.text) or is_month(line.text)
        if known or furniture.is_frame(line.text) or furniture.is_menu(line.text):
            self._place(line.start, line.end)

    def _read(self, k: int, line: Line) -> None:
        if furniture.is_page_mark(line.text):
            self._place(line.start, line.end)
        elif span := section_title(line):
            self._open_section(line, span)
        elif k in self._heads:
            self._open_entry(line, self._heads[k])
        elif self._opens_abstract(line) or self._is_frame_here(k, line):
            return
        elif self._in_abstract:
            self._add_abstract(line.start, line.end)
        elif self._in_topics:
            self._read_topic_line(line)
        elif self._continues(line):
            self._add(line)

    def _place(self, start: int, end: int) -> None:
        self._placed[start:end] = b"\x01" * (end - start)

    def _open_section(self, line: Line, title: Span) -> None:
        self._current, self._in_abstract, self._in_topics = None, False, True
        name = self._given[title.start : title.end].strip()
        self._sections.append(_OpenSection(name, line.start, title.end))
        self._place(line.start, title.end)
        rest = self._rest(title.end, line.end)
        if rest is None:
            return
        if head := entry_head(rest):
            self._open_entry(rest, head)
        else:
            self._read_topic_line(rest)

    def _rest(self, start: int, end: int) -> Line | None:
        piece = self._plain[start:end]
        text = piece.strip()
        begin = start + len(piece) - len(piece.lstrip())
        return Line(text, begin, begin + len(text)) if text else None

    def _open_entry(self, line: Line, head: EntryHead) -> None:
        self._in_abstract, self._in_topics = False, False
        self._current = _Block(head.province, line.start, line.end, head.text_start)
        self._blocks.append(self._current)
        self._place(line.start, line.end)

    def _opens_abstract(self, line: Line) -> bool:
        start = abstract_start(line)
        if start is None or self._abstract or self._in_abstract or self._blocks or self._sections:
            return False
        self._in_abstract = True
        self._place(line.start, start)
        if rest := self._rest(start, line.end):
            self._add_abstract(rest.start, rest.end)
        return True

    def _add_abstract(self, start: int, end: int) -> None:
        self._abstract.append(Span(start, end))
        self._place(start, end)

    def _is_frame_here(self, k: int, line: Line) -> bool:
        """Places the line if it is furniture at this place; navigation and footers only outside the body."""
        below = k > self._last_mark and bool(self._sections or self._blocks) and not line.text.endswith("。")
        above = not (self._abstract or self._sections or self._blocks)
        framed = (below or above) and furniture.is_frame(line.text) and not self._is_awaited(line)
        repeated = (below or above) and (is_title(line.text) or is_month(line.text))
        if not (framed or repeated or furniture.is_furniture(line.text)):
            return False
        self._place(line.start, line.end)
        if below:
            self._current, self._in_topics = None, False
        return True

    def _is_awaited(self, line: Line) -> bool:
        """Whether the line goes on with the abstract or an unfinished text: 注册 and 客户端 are words of news too."""
        unfinished = self._current is not None and not self._is_finished(self._current)
        return (self._in_abstract or unfinished) and _is_sentence(line.text)

    def _read_topic_line(self, line: Line) -> None:
        topic = self._current
        if topic and topic.text_start is not None and not self._is_finished(topic):
            self._add(line)
            return
        end = heading_end(line)
        if end is not None:
            after = end + 1 if self._plain[end] == ":" else end
            rest = self._rest(after, line.end)
            self._open_topic(Span(line.start, end), line, rest.start if rest else None)
        elif is_heading(line.text) and not _FINISHED.search(line.text) and not is_withheld(line.text):
            self._open_topic(Span(line.start, line.end), line, None)
        elif topic:
            self._add(line)
        else:
            self._open_topic(None, line, line.start)

    def _open_topic(self, title: Span | None, line: Line, text_start: int | None) -> None:
        """Opens a topic; text that stands right under a ★ heading has the section's title."""
        section = self._sections[-1]
        name = self._given[title.start : title.end].strip() if title else section.title
        self._current = _Block(name, line.start, line.end, text_start)
        section.topics.append(self._current)
        self._place(line.start, line.end)

    def _is_finished(self, block: _Block) -> bool:
        start = block.start if block.text_start is None else block.text_start
        text = self._plain[max(start, block.end - _TAIL) : block.end]
        return bool(_FINISHED.search(text)) or is_withheld(text)

    def _continues(self, line: Line) -> bool:
        """Whether the line goes on with the current entry: that is unfinished, or the line is (part of) a sentence."""
        if self._current is None:
            return False
        sentence = _CLAUSE_END.search(line.text) or _FINISHED.search(line.text)
        return bool(sentence) or not self._is_finished(self._current)

    def _add(self, line: Line) -> None:
        if self._current is not None:
            self._current.add(line)
            self._place(line.start, line.end)

    def _source(self, line: Line) -> str | None:
        return furniture.source(line.text) if furniture.is_furniture(line.text) else None

    # -- freezing --------------------------------------------------------------------------------------------

    def _items(self, block: _Block, name: str, numbers: "count[int]") -> tuple[Item, ...]:
        if block.text_start is None:
            return ()
        text = self._plain[block.text_start : block.end]
        withheld = _WITHHELD_TAIL.search(text)
        end = block.text_start + (0 if is_withheld(text) else withheld.start() if withheld else len(text))
        return tuple(
            Item(f"{name}{next(numbers)}", self._given[a:b], self._plain[a:b], Span(a, b))
            for a, b in items.split(self._plain, block.text_start, end)
        )

    def _section(self, section: _OpenSection, numbers: "count[int]") -> Section:
        topics = tuple(self._topic(block, numbers) for block in section.topics)
        end = max([section.end, *(block.end for block in section.topics)])
        return Section(section.title, Span(section.start, end), topics)

    def _topic(self, block: _Block, numbers: "count[int]") -> Topic:
        text = self._plain[block.text_start : block.end] if block.text_start is not None else ""
        if not text:
            self.warnings.append(f"栏目中的“{block.title}”只有标题,没有内容。")
        found = self._items(block, "N", numbers)
        return Topic(block.title, Span(block.start, block.end), is_withheld(text), found)

    def _entries(self) -> tuple[Entry, ...]:
        numbers = {block.title: count(1) for block in self._blocks}
        entries = []
        for block in self._blocks:
            found = self._items(block, f"{block.title}.", numbers[block.title])
            span = Span(block.start, block.end)
            entries.append(Entry(block.title, self._given[span.start : span.end], span, found))
            if not found:
                self.warnings.append(f"{block.title}的条目没有可处理的内容。")
        for name, times in Counter(entry.province for entry in entries).items():
            if times > 1:
                self.warnings.append(f"{name}出现了{times}次;条目分别保留,事项连续编号。")
        return tuple(entries)

    def unplaced(self) -> tuple[Span, ...]:
        """The visible text that no rule placed, at most one span a line."""
        spans = []
        for line in self._lines:
            missed = [k for k in range(line.start, line.end) if not self._placed[k] and self._plain[k] != " "]
            if missed:
                text = self._plain[missed[0] : missed[-1] + 1]
                spans.append(Span(missed[0], missed[0] + len(text.rstrip())))
        return tuple(spans)
