"""《Titles》 and “quoted names” in a text, and whether a source holds them whole."""

from dataclasses import dataclass
from typing import Final, Literal

_TITLE_MARKS: Final = {"《": "》", "〈": "〉"}
_DOUBLE: Final = '“”"„‟「」'
_SINGLE: Final = "‘’'『』"
_FOLD: Final = str.maketrans(
    dict.fromkeys(_DOUBLE, '"') | dict.fromkeys(_SINGLE, "'") | dict.fromkeys("〈《", "《") | dict.fromkeys("〉》", "》")
    | dict.fromkeys("—–~", "-")
    | {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)} | {"\u3000": " "}
)  # fmt: skip


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


def _names(text: str) -> set[str]:
    """Every title and quoted name of `text`, nested ones included, without marks, squeezed."""
    names: set[str] = set()
    for quoted in find_quoted(text):
        inner = quoted.text[1:].removesuffix(quoted.text[-1]) if len(quoted.text) > 1 else ""
        names |= {squeeze(inner)} | _names(inner)
    return names


def supports(source: str, claim: Quoted) -> bool:
    """Whether `source` holds the title or quoted name whole, punctuation folded.

    A title must be a title of the source. A quoted name may also stand there without quotation marks, but
    not as a piece of a longer one: “一师一优课” is a whole member of “一师一优课、一课一名师” and may stand
    alone, “一师一优” may not.
    """
    if squeeze(claim.text) in squeeze(source) and claim.kind == "title":
        return True
    name = squeeze(claim.text[1:].removesuffix(claim.text[-1])) if len(claim.text) > 1 else ""
    names = _names(source)
    if name in names:
        return True
    if claim.kind == "title":
        return False
    if any(name in longer.split("、") for longer in names):
        return True
    bare, position = [], 0
    for quoted in find_quoted(source):
        bare.append(source[position : quoted.start])
        position = quoted.end
    bare.append(source[position:])
    return bool(name) and any(name in squeeze(piece) for piece in bare)
