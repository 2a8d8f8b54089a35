"""A labelled row as any file gives it: an item, its themes in the annotator's words, who and where."""

from dataclasses import dataclass

# What stands for no theme at all. An empty cell is no label: the annotator may not have come to it.
OTHER = ("其他", "other", "-")
SEPARATORS = "、,,;;|/"


@dataclass(frozen=True, slots=True)
class Row:
    """A label: `themes` are ids or Chinese names, or one of OTHER; empty when nothing was given.

    `text` is the item as the file prints it, "" where the file has no text. `annotator` is "" when not told.
    """

    file: str
    number: int
    id: str
    text: str
    themes: tuple[str, ...]
    annotator: str


def split_themes(cell: str) -> tuple[str, ...]:
    """The themes of one cell, separated by any of SEPARATORS, each once."""
    for separator in SEPARATORS[1:]:
        cell = cell.replace(separator, SEPARATORS[0])
    return tuple(dict.fromkeys(word for part in cell.split(SEPARATORS[0]) if (word := part.strip())))
