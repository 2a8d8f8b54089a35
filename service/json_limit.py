"""How many values a JSON body may hold: telling what is wrong with each of a million would stop the server."""

import re
from typing import Final

# Each alternative takes what it can and gives nothing back, so that no body makes it slow; what is left open is closed
# by the end.
_TOKEN: Final = re.compile(rb',|"(?:[^"\\]++|\\.)*+"?+', re.DOTALL)
_COMMA: Final = ord(",")


def holds_more(body: bytes | bytearray, max_values: int) -> bool:
    """Whether `body`, read as JSON, has more than `max_values` members and elements."""
    if body.count(b",") < max_values:
        return False
    # A member has two strings at most, so their count ends the search of a body that is no JSON.
    commas = strings = 0
    for token in _TOKEN.finditer(body):
        if body[token.start()] == _COMMA:
            commas += 1
        else:
            strings += 1
        if commas >= max_values or strings > 2 * max_values:
            return True
    return False
