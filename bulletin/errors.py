"""The one error tree of yuebao.

YuebaoError                 every error a user can mend; its message says what, where and the mend
├── InputError              what was given cannot be read as a bulletin
│   ├── UnreadableFileError     the bytes are not text, html, docx or pdf that we can open
│   │   └── FileLimitError          a file that takes more to read than it may; `limit` says how much it may
│   ├── EmptyTextError          nothing but white space
│   ├── NotABulletinError       text without the marks of a bulletin (no province entries)
│   └── SeveralBulletinsError   two or more bulletins in one text; `parts` holds their spans
├── TaxonomyError           a themes.toml that breaks its own rules
├── BundleError             a bundle that is missing, foreign, damaged or of an unknown format
├── RegistryError           a version of a bundle that is not there, or a move that cannot be made
└── CorpusError             a labelled file that breaks the corpus format
"""

from collections.abc import Sequence


class YuebaoError(Exception):
    """Base of every error that the user can act on."""


class InputError(YuebaoError):
    """What was given cannot be read as a bulletin."""


class UnreadableFileError(InputError):
    """The bytes could not be turned into text."""


class FileLimitError(UnreadableFileError):
    """Reading the file would take more than it may; `given` is how much, where that is known."""

    def __init__(self, message: str, *, limit: float, given: float | None = None) -> None:
        super().__init__(message)
        self.limit = limit
        self.given = given


class EmptyTextError(InputError):
    """There is no text."""


class NotABulletinError(InputError):
    """The text has no province entries."""


class SeveralBulletinsError(InputError):
    """The text holds several bulletins; `parts` are their (start, end) spans in the text."""

    def __init__(self, message: str, parts: Sequence[tuple[int, int]]) -> None:
        super().__init__(message)
        self.parts = tuple(parts)


class TaxonomyError(YuebaoError):
    """A taxonomy file breaks its rules."""


class BundleError(YuebaoError):
    """A bundle cannot be used."""


class RegistryError(YuebaoError):
    """The registry of bundles has no such version, or refuses a change."""


class CorpusError(YuebaoError):
    """A labelled file breaks the corpus format."""
