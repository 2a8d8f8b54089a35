"""Text to Bulletin: every visible character is placed, or reported as unplaced."""

from itertools import pairwise

from bulletin.document import Bulletin, Span
from bulletin.errors import EmptyTextError, NotABulletinError, SeveralBulletinsError
from bulletin.lines import Line, abstract_start, entry_head, is_month, is_title, lines, month, section_title
from bulletin.plain import fold, normalise
from bulletin.provinces import OFFICIAL_ORDER
from bulletin.reader import Reader


def parse(text: str) -> Bulletin:
    """Read one bulletin.

    A province that appears twice keeps two entries whose items are numbered on, and a warning says so.
    Raises EmptyTextError, NotABulletinError (no province entries) or SeveralBulletinsError.
    """
    given = normalise(text)
    plain = fold(given)
    visible = lines(plain)
    if not visible:
        raise EmptyTextError("文本是空的,没有一个可见字符;请给出月报全文。")
    parts = _parts(given, visible)
    if len(parts) > 1:
        names = "".join(f"《{_part_title(plain[part.start : part.end])}》" for part in parts)
        raise SeveralBulletinsError(f"文本里有{len(parts)}期月报:{names};请分开,一次给出一期。", parts)
    title = _title_index(visible)
    reader = Reader(given, plain, visible, title)
    if not reader.entries:
        raise NotABulletinError(
            f"没有找到省份条目:{len(visible)}行文本中没有一行以省份名称开头(首行是“{visible[0].text[:20]}”);"
            "请给出月报全文,各省条目另起一行,省名后加空格或冒号。"
        )
    unplaced = reader.unplaced()
    reported = {entry.province for entry in reader.entries}
    return Bulletin(
        text=given,
        plain=plain,
        title=None if title is None else given[visible[title].start : visible[title].end],
        month=None if title is None else _month(visible, title),
        printed_abstract=reader.abstract,
        sections=reader.sections,
        entries=reader.entries,
        missing=tuple(name for name in OFFICIAL_ORDER if name not in reported),
        source=reader.source,
        unplaced=unplaced,
        warnings=(*reader.warnings, *(_unplaced_warning(given, span) for span in unplaced)),
    )


def split(text: str) -> tuple[Span, ...]:
    """The bulletins in a text, as spans of `normalise(text)` that cover it; one span for one or none."""
    given = normalise(text)
    return _parts(given, lines(fold(given)))


def _parts(given: str, visible: tuple[Line, ...]) -> tuple[Span, ...]:
    """A part begins at a title that has province entries between it and the next title."""
    titles = [k for k, line in enumerate(visible) if is_title(line.text)]
    starts = [
        visible[_with_month_above(visible, title)].start
        for title, following in pairwise([*titles, len(visible)])
        if any(entry_head(line) for line in visible[title + 1 : following])
    ]
    bounds = [0, *starts[1:], len(given)]
    return tuple(Span(start, end) for start, end in pairwise(bounds))


def _with_month_above(visible: tuple[Line, ...], title: int) -> int:
    above = title and is_month(visible[title - 1].text) and not month(visible[title].text)
    return title - 1 if above else title


def _part_title(plain: str) -> str:
    visible = lines(plain)
    title = _title_index(visible)
    return visible[0 if title is None else title].text


def _title_index(visible: tuple[Line, ...]) -> int | None:
    """The first title with a mark of the body before the next title: menus list titles in a row."""
    candidate = None
    for k, line in enumerate(visible):
        if is_title(line.text):
            candidate = k
        elif candidate is not None and _marks_body(line):
            return candidate
    return None


def _marks_body(line: Line) -> bool:
    return bool(section_title(line) or entry_head(line)) or abstract_start(line) is not None


def _month(visible: tuple[Line, ...], title: int) -> str | None:
    """The month in the title, else in a line of its own just above or below it."""
    near = [visible[title], *visible[title + 1 : title + 3], *visible[max(0, title - 1) : title]]
    return month(near[0].text) or next((month(line.text) for line in near[1:] if is_month(line.text)), None)


def _unplaced_warning(given: str, span: Span) -> str:
    row = given.count("\n", 0, span.start) + 1
    excerpt = given[span.start : span.end]
    shown = excerpt if len(excerpt) <= 30 else excerpt[:30] + "…"
    return f"第{row}行“{shown}”无法归入标题、栏目或条目,未参与处理;请检查该行。"
