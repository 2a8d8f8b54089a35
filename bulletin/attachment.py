"""Whether a number stands by the words it stands by in the source: 培训校长1286人 is not 培训教师1286人."""

import re
from collections.abc import Iterator
from typing import Final

from bulletin import counters, quantities
from bulletin.quantities import Quantity

_NOISE: Final = re.compile(r"[^A-Za-z\u4e00-\u9fff]")
_REACH: Final = 4
_MARGIN: Final = 2
# 级平台 stands before every number of 国家级平台1个、省级平台25个; with a character more it names one of them.
_NAMING: Final = 4


def _around(text: str, quantity: Quantity) -> set[str]:
    """Pairs of neighbouring letters within `_REACH` characters before and after the number."""
    sides = text[max(0, quantity.start - _REACH) : quantity.start], text[quantity.end : quantity.end + _REACH]
    plain = [_NOISE.sub("", side) for side in sides]
    return {side[i : i + 2] for side in plain for i in range(len(side) - 1)}


def _counts(found: tuple[Quantity, ...]) -> Iterator[Quantity]:
    return (quantity for quantity in found if not quantity.literal and not quantity.ordinal)


def _common_end(a: str, b: str) -> int:
    """How many characters `a` and `b` end with alike."""
    size = 0
    while size < min(len(a), len(b)) and a[-1 - size] == b[-1 - size]:
        size += 1
    return size


def is_elsewhere(text: str, claim: Quantity, sources: list[tuple[str, tuple[Quantity, ...]]]) -> bool:
    """Whether the words around `claim` in `text` clearly belong to another number of `sources`.

    Clearly: another value with the same unit shares at least two more pairs of characters with the claim's
    surroundings than any number that supports it. On the synthetic months this is wrong for 0.2 per cent of
    true sentences and finds over half of the numbers exchanged for another of the same item. Or: the words right
    before it stand, at least _NAMING characters of them, right before another value and fewer before its own.
    """
    if claim.literal or claim.ordinal:
        return False
    own, other, near = [], [0], _around(text, claim)
    own_end, other_end = 0, 0
    for source, found in sources:
        for quantity in _counts(found):
            shared = len(near & _around(source, quantity))
            end = _common_end(text[: claim.start], source[: quantity.start])
            if quantities.supports(quantity, claim):
                own.append(shared)
                own_end = max(own_end, end)
            elif counters.same(claim.unit, quantity.unit):
                other.append(shared)
                other_end = max(other_end, end)
    if not own:
        return False
    return max(own) + _MARGIN <= max(other) or (other_end >= _NAMING and other_end > own_end)
