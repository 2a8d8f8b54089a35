"""In which forms a bulletin is met: a format, an encoding, a layout."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from benchmarks.made_archive.layout import LAYOUTS, Layout

_WEIGHTS: Final = {"html": 4, "txt": 3, "docx": 2, "pdf": 1}  # of ten bulletins
_SIMPLIFIED: Final = {"txt": ("utf-8", "utf-8-sig", "gb18030", "utf-16"), "html": ("utf-8", "gb18030")}
_TRADITIONAL: Final = {"txt": ("utf-8", "big5", "gb18030"), "html": ("utf-8", "big5")}


@dataclass(frozen=True, slots=True)
class Form:
    """How a bulletin is printed; `encoding` is None for docx and pdf, which have none to choose."""

    suffix: str
    encoding: str | None
    layout: Layout


def every() -> tuple[Form, ...]:
    """All forms."""
    return tuple(form for suffix in _WEIGHTS for found in LAYOUTS for form in _forms(suffix, found))


def draw(rng: Random, other_than: Layout | None = None) -> Form:
    """A form, pages of the web more often than others; of another layout if one is named."""
    (suffix,) = rng.choices(list(_WEIGHTS), list(_WEIGHTS.values()))
    found = rng.choice([one for one in LAYOUTS if suffix in one.formats and one is not other_than])
    return rng.choice(_forms(suffix, found))


def _forms(suffix: str, layout: Layout) -> Sequence[Form]:
    if suffix not in layout.formats:
        return ()
    encodings = (_TRADITIONAL if layout.traditional else _SIMPLIFIED).get(suffix, (None,))
    return [Form(suffix, encoding, layout) for encoding in encodings]
