"""Looking through a text for several patterns at once."""

import re
from collections.abc import Iterator, Sequence


def leftmost(patterns: Sequence[re.Pattern[str]], text: str) -> Iterator[re.Match[str]]:
    """The matches of whichever pattern comes first, from left to right, never overlapping; of two the earlier pattern.

    A match that still lies ahead is kept, so that a text full of one pattern is not looked through for the others
    again and again.
    """
    ahead = [pattern.search(text) for pattern in patterns]
    while there := [match for match in ahead if match is not None]:
        first = min(there, key=lambda match: match.start())
        yield first
        ahead = [
            match if match is None or match.start() >= first.end() else match.re.search(text, first.end())
            for match in ahead
        ]
