"""《Titles》 and “quoted names” in a text, and whether a source holds them whole."""

from dataclasses import dataclass
from typing import Final, Literal

_DOUBLE: Final = '“”"„‟「」'
_SINGLE: Final = "‘’'『』"
_PUNCTUATION: Final = {
    **dict.fromkeys(_DOUBLE, '"'),
    **dict.fromkeys(_SINGLE, "'"),
    **dict.fromkeys("〈", "《"),
    **dict.fromkeys("〉", "》"),
    **dict.fromkeys("—–~", "-"),
    "\u3000": " ",
}
_FULL_WIDTH: Final = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
_FOLD: Final = str.maketrans(_FULL_WIDTH | _PUNCTUATION)


@dataclass(frozen=True, slots=True)
class Quoted:
    """A title or quoted name with its marks: `text[start:end]`; one that is never closed runs to the end."""

    kind: Literal["title", "quote"]
    text: str
    start: int
    end: int


def fold(text: str) -> str:
    """`text` with its punctuation, digits and letters in one form; the same length, so spans hold."""
    return text.translate(_FOLD)


def squeeze(text: str) -> str:
    """Folded `text` without white space and with single quotation marks as double: for comparing names."""
    return "".join(fold(text).split()).replace("'", '"')


def _title_end(text: str, start: int) -> int:
    depth = 0
    for position in range(start, len(text)):
        depth += {"《": 1, "》": -1}.get(text[position], 0)
        if depth == 0:
            return position + 1
    return len(text)


def find_quoted(text: str) -> tuple[Quoted, ...]:
    """The outermost titles and quoted names of `text`, in order.

    Quotation marks pair in turn, whichever way they face (bulletins print ”人人通“); single marks count
    only where no double ones are open. What lies inside a name belongs to it and is not listed again.
    """
    folded, found, position = fold(text), [], 0
    while position < len(folded):
        char = folded[position]
        if char == "《":
            end = _title_end(folded, position)
            found.append(Quoted("title", text[position:end], position, end))
            position = end
        elif char in "\"'":
            close = folded.find(char, position + 1)
            end = close + 1 if close >= 0 else len(folded)
            found.append(Quoted("quote", text[position:end], position, end))
            position = end
        else:
            position += 1
    return tuple(found)


def _inner(quoted: Quoted) -> str:
    """The name without its marks; "" when it is never closed."""
    folded = fold(quoted.text)
    closed = len(folded) > 1 and folded[-1] == {"《": "》"}.get(folded[0], folded[0])
    return quoted.text[1:-1] if closed else ""


def _names(text: str) -> set[str]:
    """Every closed title and quoted name of `text`, nested ones included, without marks, squeezed."""
    names: set[str] = set()
    for quoted in find_quoted(text):
        if inner := _inner(quoted):
            names |= {squeeze(inner)} | _names(inner)
    return names


def supports(source: str, claim: Quoted) -> bool:
    """Whether `source` holds the title or quoted name whole, punctuation folded.

    A title must stand in the source with its marks; one that is never closed is cut short. A quoted name
    may also stand there without marks, unless it is a piece of a longer quoted name or title: “一师一优课” is
    a whole member of “一师一优课、一课一名师” and may stand alone, “一师一优” may not.
    """
    name = squeeze(_inner(claim))
    if not name:
        return False
    if claim.kind == "title":
        return f"《{name}》" in squeeze(source)
    names = _names(source)
    members = {member for longer in names for member in longer.split("、")}
    if name in names | members:
        return True
    return name in squeeze(source) and not any(name in longer for longer in names)
