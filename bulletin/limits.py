"""How much a file may take to read: what a small file may unpack to, and how long it may be."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """Bounds on one file. A bulletin of a month has some ten pages and stays far below every one of them.

    `unpacked_bytes` is what the text of a docx, or the pages of a PDF, may come to when unpacked; `members` how many
    files a docx may hold; `pages` how many pages a PDF may have.
    """

    unpacked_bytes: int = 16 * 1024 * 1024
    members: int = 2000
    pages: int = 300


DEFAULT: Final = ReadLimits()
