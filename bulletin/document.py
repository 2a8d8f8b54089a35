"""What one bulletin holds, as frozen values with spans into its text.

A span counts characters of `Bulletin.text`, half open: `bulletin.text[span.start:span.end]`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple


class Span(NamedTuple):
    """Half-open range of characters of `Bulletin.text`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Item:
    """One event: the unit that is classified and cited.

    `text` is the slice of the bulletin as given; `plain` is the same text, character for character, in
    simplified Chinese with half-width digits, letters and punctuation: what models and facts read.
    """

    id: str
    text: str
    plain: str
    span: Span


@dataclass(frozen=True, slots=True)
class Entry:
    """What one province reports; `province` is its short official name (北京 … 新疆生产建设兵团)."""

    province: str
    text: str
    span: Span
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Topic:
    """A headed paragraph of a section; `withheld` when its body is only (略)."""

    title: str
    span: Span
    withheld: bool
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A ★ part with its topics."""

    title: str
    span: Span
    topics: tuple[Topic, ...]


@dataclass(frozen=True, slots=True)
class Bulletin:
    """One month's document.

    `text` is what was given with line ends normalised to "\\n" (and a BOM removed): every span counts in
    it. `plain` has the same length: simplified, half-width. `month` is "YYYY-MM" or None when the text
    does not tell. `unplaced` are spans of visible text that the parser could not place.
    """

    text: str
    plain: str
    title: str | None
    month: str | None
    printed_abstract: str | None
    sections: tuple[Section, ...]
    entries: tuple[Entry, ...]
    missing: tuple[str, ...]
    source: str | None
    unplaced: tuple[Span, ...]
    warnings: tuple[str, ...]

    def national_items(self) -> Iterator[tuple[Topic, Item]]:
        """Every item of the sections above the provinces, in order, with its topic."""
        for section in self.sections:
            for topic in section.topics:
                for item in topic.items:
                    yield topic, item

    def provincial_items(self) -> Iterator[tuple[Entry, Item]]:
        """Every item of the province entries, in order, with its entry."""
        for entry in self.entries:
            for item in entry.items:
                yield entry, item
