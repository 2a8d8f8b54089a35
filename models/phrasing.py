"""How a candidate's characters hang together: words cut short or run into each other leave pairs that nobody wrote.

A pair of neighbouring characters is familiar where the candidate's own sources or the texts the writer learnt from
hold it. Of the printed sentences of months kept apart three in five have familiar pairs only, one in sixteen has more
than MOST_UNFAMILIAR others. What stands in a 《title》 or “name” is not judged here: it is mended and held against the
sources.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_NAME = re.compile(r"《[^《》]+》|“[^“”]+”")
_BLANK = "\0"
# After a number, a comma or in a list any word may follow.
_OPEN = frozenset("0,、")
MOST_UNFAMILIAR = 2


@dataclass(frozen=True, slots=True)
class Phrasing:
    """The familiar pairs; every number counts as the character 0."""

    known: frozenset[str]

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Phrasing":
        """The pairs of `texts`."""
        return cls(frozenset(pair for text in texts for pair in _pairs(text)))

    @classmethod
    def load(cls, path: Path) -> "Phrasing":
        """Read what `save` wrote."""
        lines = path.read_text(encoding="utf-8").splitlines()
        return cls(frozenset(line[0] + after for line in lines for after in line[1:]))

    def save(self, path: Path) -> None:
        """One line a first character: it, then all that may follow it."""
        followers = defaultdict(list)
        for pair in sorted(self.known):
            followers[pair[0]].append(pair[1])
        lines = [first + "".join(after) for first, after in followers.items()]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def unfamiliar(self, text: str, sources: Sequence[str]) -> frozenset[str]:
        """The pairs of `text` that neither its sources nor the known texts hold."""
        own = {pair for source in sources for pair in _pairs(source)}
        said = _pairs(_NAME.sub(_blanked, text))
        return frozenset(p for p in said - own - self.known if p[0] not in _OPEN and _BLANK not in p)

    def ranked(self, candidates: Sequence[str], sources: Sequence[str]) -> list[str]:
        """`candidates`, those with the fewest unfamiliar pairs first, without those that have over MOST_UNFAMILIAR."""
        strange = {text: len(self.unfamiliar(text, sources)) for text in candidates}
        return sorted(
            (text for text in candidates if strange[text] <= MOST_UNFAMILIAR), key=lambda text: strange[text]
        )


def _blanked(name: re.Match[str]) -> str:
    return name.group()[0] + _BLANK * (len(name.group()) - 2) + name.group()[-1]


def _pairs(text: str) -> set[str]:
    plain = _NUMBER.sub("0", "".join(text.split()))
    return {plain[i : i + 2] for i in range(len(plain) - 1)}
