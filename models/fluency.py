"""Faults of form that make a candidate unfit to print, whatever it says."""

import re
from itertools import pairwise

_PARTS = re.compile(r"[、和及与]")
# One shared character is chance (校校通、校园网); two are a word said again.
_SHORTEST_STUTTER = 2


def stutters(text: str) -> bool:
    """Whether a member of a list begins with what the one before it ended with: 校长、校长 or 算力中心、算力中心."""
    return any(_overlap(left, right) >= _SHORTEST_STUTTER for left, right in pairwise(_PARTS.split(text)))


def _overlap(left: str, right: str) -> int:
    """The length of the longest end of `left` that `right` begins with."""
    longest = min(len(left), len(right))
    return next((size for size in range(longest, 0, -1) if left.endswith(right[:size])), 0)
