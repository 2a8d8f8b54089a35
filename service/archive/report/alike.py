"""Titles that may name the same document in other words."""

import re
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final

from bulletin import provinces
from bulletin.quoted import squeeze

# Below this share of common characters, of the months at hand, titles of one matter are of different documents.
LEAST_RATIO: Final = 0.8
# A shorter core is a word that many titles hold.
_LEAST_CORE: Final = 6

_YEAR: Final = re.compile(r"(?:19|20)\d{2}")
_BRACKETS: Final = re.compile(r"\([^()]*\)")
_OPENING: Final = re.compile(
    r"^(?:转发|印发|关于|教育部|办公厅|进一步|切实|组织|做好|开展|实施|落实|贯彻|加强|推进|规范|的)+"
)
_CLOSING: Final = re.compile(r"(?:工作)?的?(?:紧急)?(?:通知|函|意见|公告|通告)$")


def key(title: str) -> str:
    """The title as it is compared: without its marks, in one form of punctuation. "" for one that is never closed."""
    plain = squeeze(title)
    return plain[1:-1] if plain.startswith("《") and plain.endswith("》") else ""


@lru_cache(maxsize=10_000)
def core(key: str) -> str:
    """What a title is about: without province, year, 关于做好, 的通知 and what stands in brackets."""
    text = _BRACKETS.sub("", key)
    for mention in reversed(provinces.find(text)):
        text = text[: mention.start] + text[mention.end :]
    text = _YEAR.sub("", text).replace("年度", "").replace("年", "", 1) if _YEAR.search(text) else text
    return _CLOSING.sub("", _OPENING.sub("", text))


@lru_cache(maxsize=100_000)
def likeness(one: str, other: str) -> float:
    """How alike two keys are, 0 to 1; 1 where the core of one lies in that of the other. Other years: 0."""
    years, other_years = set(_YEAR.findall(one)), set(_YEAR.findall(other))
    short, long = sorted((core(one), core(other)), key=len)
    if (years and other_years and years != other_years) or len(short) < _LEAST_CORE:
        return 0.0
    if short in long:
        return 1.0
    return SequenceMatcher(None, long, short, autojunk=False).ratio()
