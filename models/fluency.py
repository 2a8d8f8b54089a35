"""Faults of form that make a candidate unfit to print, whatever it says."""

import re
from itertools import pairwise

_PARTS = re.compile(r"[、和及与]")
# One shared character is chance (校校通、校园网); two are a word said again.
_SHORTEST_STUTTER = 2
_DOUBLED = re.compile(r"([\u4e00-\u9fff]{2,})\1")
_COUNT = re.compile(r"\d[\d.]*(?![\d.年月日-])")
# Two provinces may do the same in as many words (校园学习类APP); no printed sentence of the labelled months repeats
# a longer run, a count or, side by side, a word.
_LONGEST_ECHO = 8


def is_fluent(text: str) -> bool:
    """Whether `text` says nothing twice that printed sentences say once."""
    return not stutters(text) and not repeats(text)


def stutters(text: str) -> bool:
    """Whether a member of a list begins with what the one before it ended with: 校长、校长 or 算力中心、算力中心."""
    return any(_overlap(left, right) >= _SHORTEST_STUTTER for left, right in pairwise(_PARTS.split(text)))


def repeats(text: str) -> bool:
    """Whether `text` says a word twice running (首批首批), a count twice, or a long run of characters again."""
    counts = _COUNT.findall(text)
    return bool(_DOUBLED.search(text)) or len(set(counts)) < len(counts) or _echoes(text)


def _echoes(text: str) -> bool:
    length = _LONGEST_ECHO + 1
    return any(
        text.find(text[start : start + length], start + length) > 0 for start in range(len(text) - length)
    )


def _overlap(left: str, right: str) -> int:
    """The length of the longest end of `left` that `right` begins with."""
    longest = min(len(left), len(right))
    return next((size for size in range(longest, 0, -1) if left.endswith(right[:size])), 0)
