"""Mend names that a candidate spells almost right: a name is copied whole from a source or it is a fault."""

import difflib
import re
from collections.abc import Sequence

from bulletin.quoted import Quoted, supports

_NAME = re.compile(r"《[^《》]+》|“[^“”]+”")
# A name this much alike (difflib ratio) is meant to be the source's; below it the candidate means another.
_ALIKE = 0.6


def with_source_names(sentence: str, sources: Sequence[str]) -> str:
    """`sentence` with every 《title》 and “name” that no source holds replaced by the likest one that a source does."""
    names = [name for source in sources for name in _NAME.findall(source)]

    def mended(match: re.Match[str]) -> str:
        name = match.group()
        claim = Quoted("title" if name[0] == "《" else "quote", name, 0, len(name))
        if any(supports(source, claim) for source in sources):
            return name
        same_kind = [known for known in names if known[0] == name[0]]
        close = difflib.get_close_matches(name, same_kind, n=1, cutoff=_ALIKE)
        return close[0] if close else name

    return _NAME.sub(mended, sentence)
