"""What goes into the store and comes out, beside `bulletin.correction.Correction`. Needs no database itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bulletin.digest import Digest


@dataclass(frozen=True, slots=True)
class StoredDigest:
    """A digest as it was answered, and the text that it was made of."""

    id: str
    created: datetime
    text: str
    digest: Digest


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be corrected: the fields mean what they mean in `Correction`."""

    digest: str
    item: str | None
    sentence: int | None
    before: Sequence[str] | str
    after: Sequence[str] | str
    author: str
    bundle: str
