"""The store: digests by id, corrections that refer to them, trainings, jobs, keys and the audit log."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Self

from sqlalchemy import Engine, select

from bulletin.correction import CorrectedDigest, Correction
from bulletin.digest import Digest
from service.errors import StoreError
from service.store.audit import AuditLog
from service.store.connection import connect
from service.store.jobs import JobRows
from service.store.keys import Keys
from service.store.migrate import upgrade
from service.store.records import Change, StoredDigest
from service.store.sessions import Sessions, told
from service.store.tables import CorrectionRow, DigestRow
from service.store.trainings import TrainingJobs


class Store:
    """One database. Its methods block, may be called from any thread, and raise StoreError when it fails them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._sessions = Sessions(engine)
        self.trainings = TrainingJobs(self._sessions)
        self.jobs = JobRows(self._sessions)
        self.keys = Keys(self._sessions)
        self.audit = AuditLog(self._sessions)

    @classmethod
    def open(cls, home: Path, url: str | None) -> Self:
        """The store at `url`, or in `home`, with its schema brought up to date. Raises StoreError with the reason."""
        engine = connect(home, url)
        try:
            with told(engine):
                upgrade(engine)
        except StoreError:
            engine.dispose()
            raise
        return cls(engine)

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()

    def check(self) -> None:
        """Raise StoreError unless the database answers and holds what belongs there."""
        with self._sessions.asking() as connection:
            connection.execute(select(DigestRow.id).limit(1))

    def keep_digest(self, id: str, text: str, digest: Digest, when: datetime) -> None:
        """Keep a digest; one that is there already stays as it is, for the same id means the same digest."""
        versions = digest.versions
        row = DigestRow(
            id=id,
            created=when,
            month=digest.month,
            bundle=versions.bundle,
            taxonomy=versions.taxonomy,
            text=text,
            digest=digest.model_dump_json(),
        )
        with self._sessions.writing() as session:
            if session.get(DigestRow, id) is None:
                session.add(row)

    def digest(self, id: str) -> StoredDigest | None:
        """The digest of that id, None if it was never kept."""
        with self._sessions.reading() as session:
            row = session.get(DigestRow, id)
            return None if row is None else _stored(row)

    def corrected_digests(self) -> list[CorrectedDigest]:
        """The digests that have corrections, oldest first."""
        asked = select(DigestRow).where(DigestRow.id.in_(select(CorrectionRow.digest)))
        with self._sessions.reading() as session:
            rows = session.scalars(asked.order_by(DigestRow.created, DigestRow.id))
            found = [_stored(row) for row in rows]
        return [
            CorrectedDigest(one.id, one.text, one.digest, tuple(self.corrections(one.id, 0, None)))
            for one in found
        ]

    def correct(self, change: Change, when: datetime) -> Correction:
        """Keep a correction of a digest that is kept."""
        row = CorrectionRow(
            digest=change.digest,
            item=change.item,
            sentence=change.sentence,
            before=_plain(change.before),
            after=_plain(change.after),
            author=change.author,
            bundle=change.bundle,
            created=when,
        )
        with self._sessions.writing() as session:
            session.add(row)
            session.flush()
            return Correction.model_validate(row)

    def correction(self, id: int) -> Correction | None:
        """The correction of that id."""
        with self._sessions.reading() as session:
            row = session.get(CorrectionRow, id)
            return None if row is None else Correction.model_validate(row)

    def corrections(self, digest: str | None, after: int, limit: int | None) -> list[Correction]:
        """At most `limit` corrections (of `digest`, if given) whose ids are above `after`, oldest first."""
        asked = select(CorrectionRow).where(CorrectionRow.id > after).order_by(CorrectionRow.id).limit(limit)
        if digest is not None:
            asked = asked.where(CorrectionRow.digest == digest)
        with self._sessions.reading() as session:
            return [Correction.model_validate(row) for row in session.scalars(asked)]


def _stored(row: DigestRow) -> StoredDigest:
    return StoredDigest(row.id, row.created, row.text, Digest.model_validate_json(row.digest))


def _plain(value: Sequence[str] | str) -> list[str] | str:
    return value if isinstance(value, str) else list(value)
