"""What goes into the store and comes out, beside `bulletin.correction.Correction`. Needs no database itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

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


class Scope(StrEnum):
    """What a key is good for. `admin` is good for everything."""

    READ = "read"
    CORRECT = "correct"
    TRAIN = "train"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is kept, without what proves it. `used` is the last day (UTC) on which it let someone in."""

    id: str
    name: str
    scopes: tuple[Scope, ...]
    created: datetime
    expires: datetime | None
    revoked: datetime | None
    used: date | None


class Action(StrEnum):
    """What the audit log notes."""

    CORRECTION = "correction"
    TRAINING = "training"
    CANCELLED = "training-cancelled"
    PROMOTION = "promotion"
    ROLLBACK = "rollback"
    KEY_ADDED = "key-added"
    KEY_REVOKED = "key-revoked"
    KEY_USED = "key-used"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Event:
    """A line of the audit log: never a bulletin's text, never a key.

    `who` is the name of a key, or the system's user on the command line; None for who needed no key or had none.
    `subject` is what it was done to. `address` and `request` are those of HTTP.
    """

    at: datetime
    action: Action
    who: str | None
    subject: str
    address: str | None = None
    request: str | None = None
