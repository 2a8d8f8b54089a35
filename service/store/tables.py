"""The tables as SQLAlchemy maps them. `service/migrations` makes them; a test holds both against each other."""

import json
from datetime import UTC, date, datetime
from typing import Final

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Moment(TypeDecorator[datetime]):
    """A moment in UTC. SQLite keeps no time zone: what comes back without one is the UTC that went in."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """As it goes into the database."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """As it comes out again."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# Stands for nothing in Unicode, so that no text of people begins with it.
_MARK: Final = "\ufdd0"


class AnyText(TypeDecorator[str]):
    """Text of any characters. PostgreSQL holds no NUL: a text with one is kept as JSON behind a mark, on SQLite too."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """As it goes into the database."""
        if value is None or not ("\0" in value or value.startswith(_MARK)):
            return value
        return _MARK + json.dumps(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """As it comes out again."""
        if value is None or not value.startswith(_MARK):
            return value
        return str(json.loads(value.removeprefix(_MARK)))


class Base(DeclarativeBase):
    """What the tables have in common: their catalogue."""


class DigestRow(Base):
    """A digest and the text that it was made of. `digest` is the JSON that was answered, without its id."""

    __tablename__ = "digests"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    created: Mapped[datetime] = mapped_column(Moment)
    month: Mapped[str | None] = mapped_column(String(7), index=True)
    bundle: Mapped[str] = mapped_column(String(200))
    taxonomy: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(AnyText)
    digest: Mapped[str] = mapped_column(Text)


class CorrectionRow(Base):
    """A `bulletin.correction.Correction`; nothing of it is ever changed."""

    __tablename__ = "corrections"
    __table_args__ = (CheckConstraint("(item IS NULL) <> (sentence IS NULL)", name="item_or_sentence"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    digest: Mapped[str] = mapped_column(ForeignKey("digests.id"), index=True)
    item: Mapped[str | None] = mapped_column(String(200))
    sentence: Mapped[int | None]
    before: Mapped[list[str] | str] = mapped_column(JSON)
    after: Mapped[list[str] | str] = mapped_column(JSON)
    author: Mapped[str] = mapped_column(String(200))
    bundle: Mapped[str] = mapped_column(String(200))
    created: Mapped[datetime] = mapped_column(Moment)


class TrainingRow(Base):
    """A training that was asked for. `place` tells the data folder that it belongs to from every other."""

    __tablename__ = "trainings"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    version: Mapped[str] = mapped_column(String(64))
    part: Mapped[str] = mapped_column(String(16))
    fast: Mapped[bool] = mapped_column(Boolean)
    place: Mapped[str] = mapped_column(String(36))
    state: Mapped[str] = mapped_column(String(16), index=True)
    reason: Mapped[str | None] = mapped_column(Text)
    created: Mapped[datetime] = mapped_column(Moment)
    started: Mapped[datetime | None] = mapped_column(Moment)
    finished: Mapped[datetime | None] = mapped_column(Moment)


class JobRow(Base):
    """A job. `caller` is the id of the key that it came with, empty without one; `content` names what was uploaded.

    `number` is its turn; clients know it by `id`.
    """

    __tablename__ = "jobs"
    __table_args__ = (UniqueConstraint("caller", "idempotency_key", name="uq_jobs_caller_idempotency_key"),)

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(32), unique=True, index=True)
    place: Mapped[str] = mapped_column(String(36))
    caller: Mapped[str] = mapped_column(String(12))
    idempotency_key: Mapped[str | None] = mapped_column(String(200))
    content: Mapped[str] = mapped_column(String(64))
    abstract: Mapped[bool] = mapped_column(Boolean)
    state: Mapped[str] = mapped_column(String(16), index=True)
    reason: Mapped[str | None] = mapped_column(Text)
    files: Mapped[int]
    done: Mapped[int]
    refused: Mapped[int]
    created: Mapped[datetime] = mapped_column(Moment)
    started: Mapped[datetime | None] = mapped_column(Moment)
    finished: Mapped[datetime | None] = mapped_column(Moment)


class JobFileRow(Base):
    """A file of a job: which upload it is, or which member of that one; how often it was begun, and its answer.

    `digest` and `problem` are the JSON that is told; one of them is there once it is answered.
    """

    __tablename__ = "job_files"

    job: Mapped[int] = mapped_column(ForeignKey("jobs.number", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(200))
    upload: Mapped[int]
    member: Mapped[int | None]
    begun: Mapped[int]
    answered: Mapped[bool] = mapped_column(Boolean)
    digest: Mapped[str | None] = mapped_column(Text)
    problem: Mapped[str | None] = mapped_column(Text)


class KeyRow(Base):
    """A key. Its row stays when it is revoked, so that a name in the audit log means one key."""

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(String(12), primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True, index=True)
    digest: Mapped[str] = mapped_column(String(64))
    scopes: Mapped[list[str]] = mapped_column(JSON)
    created: Mapped[datetime] = mapped_column(Moment)
    expires: Mapped[datetime | None] = mapped_column(Moment)
    revoked: Mapped[datetime | None] = mapped_column(Moment)
    used: Mapped[date | None] = mapped_column(Date)
    rate_per_minute: Mapped[int | None]


class EventRow(Base):
    """A line of the audit log, which the program only ever adds to."""

    __tablename__ = "audit_events"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(Moment)
    action: Mapped[str] = mapped_column(String(32))
    who: Mapped[str | None] = mapped_column(String(200))
    subject: Mapped[str] = mapped_column(String(300))
    address: Mapped[str | None] = mapped_column(String(100))
    request: Mapped[str | None] = mapped_column(String(64))
