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


@dataclass(frozen=True, slots=True)
class JobFile:
    """A file to be read for a job: an upload, or a member of an upload that is a zip. `name` is a label."""

    name: str
    upload: int
    member: int | None


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job as it was asked for. `caller` is the id of a key, empty without one; `content` names what was uploaded."""

    id: str
    place: str
    caller: str
    idempotency_key: str | None
    content: str
    abstract: bool
    files: Sequence[JobFile]


@dataclass(frozen=True, slots=True)
class Turn:
    """The file whose turn it is: the `number`th of a caller's job, begun `begun` times before and never answered."""

    job: str
    caller: str
    abstract: bool
    number: int
    file: JobFile
    begun: int


@dataclass(frozen=True, slots=True)
class JobAnswer:
    """What came of a file of a job: the JSON of its digest or of its problem."""

    name: str
    digest: str | None
    problem: str | None


class Scope(StrEnum):
    """What a key is good for. `admin` is good for everything."""

    READ = "read"
    CORRECT = "correct"
    TRAIN = "train"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is kept, without what proves it. `used` is the last day (UTC) on which it let someone in.

    `rate_per_minute` is how many requests it may make: 0 as many as it likes, None what the server's setting says.
    """

    id: str
    name: str
    scopes: tuple[Scope, ...]
    created: datetime
    expires: datetime | None
    revoked: datetime | None
    used: date | None
    rate_per_minute: int | None


class Action(StrEnum):
    """What the audit log notes."""

    CORRECTION = "correction"
    TRAINING = "training"
    CANCELLED = "training-cancelled"
    PROMOTION = "promotion"
    ROLLBACK = "rollback"
    KEY_ADDED = "key-added"
    KEY_RATE = "key-rate"
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
