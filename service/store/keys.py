"""Keys: what a client shows to be let in."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from hmac import compare_digest
from typing import Any, Final

from sqlalchemy import Row, select, update

from service.access.tokens import Presented, new_key
from service.store.audit import note
from service.store.records import Action, Event, Key, Scope
from service.store.sessions import Sessions
from service.store.tables import KeyRow

_TABLE: Final = KeyRow.__table__


class Keys:
    """Keys by id, of which the digest alone is kept. Each change is noted in the audit log, in its own transaction."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def add(
        self,
        name: str,
        scopes: Sequence[Scope],
        expires: datetime | None,
        by: Event,
        rate_per_minute: int | None = None,
    ) -> str | None:
        """A new key, told this once; None, and nothing is kept, if its name is or was another's."""
        token, shown = new_key()
        row = KeyRow(
            id=shown.id,
            name=name,
            digest=shown.digest,
            scopes=[scope.value for scope in scopes],
            created=by.at,
            expires=expires,
            rate_per_minute=rate_per_minute,
        )
        with self._sessions.writing() as session:
            if session.scalars(select(KeyRow.id).where(KeyRow.name == name)).first() is not None:
                return None
            session.add(row)
            note(session, by)
            return token

    def revoke(self, name: str, by: Event) -> Key | None:
        """The key of that name, which opens nothing from now on; None if there is none.

        Revoking again changes nothing.
        """
        with self._sessions.writing() as session:
            row = session.scalars(select(KeyRow).where(KeyRow.name == name).with_for_update()).first()
            if row is None:
                return None
            if row.revoked is None:
                row.revoked = by.at
                note(session, by)
            return _key(row)

    def set_rate(self, name: str, rate_per_minute: int | None, by: Event) -> Key | None:
        """The key of that name, which may ask so often from now on; None if there is none.

        A key that was revoked stays as it is.
        """
        with self._sessions.writing() as session:
            row = session.scalars(select(KeyRow).where(KeyRow.name == name).with_for_update()).first()
            if row is None:
                return None
            if row.revoked is None:
                row.rate_per_minute = rate_per_minute
                note(session, by)
            return _key(row)

    def find(self, shown: Presented) -> Key | None:
        """The key that is shown, ended or not."""
        with self._sessions.asking() as connection:
            row = connection.execute(select(_TABLE).where(_TABLE.c.id == shown.id)).first()
        if row is None or not compare_digest(row.digest, shown.digest):
            return None
        return _key(row)

    def note_use(self, key: Key, request: Event) -> None:
        """Note that `key` let `request` in; of the requests of a day only the first is noted."""
        day = request.at.date()
        first = (
            update(KeyRow)
            .where(KeyRow.id == key.id, KeyRow.used.is_distinct_from(day))
            .values(used=day)
            .returning(KeyRow.id)
        )
        with self._sessions.writing() as session:
            if session.scalars(first).first() is not None:
                note(session, replace(request, action=Action.KEY_USED, who=key.name))

    def listed(self) -> list[Key]:
        """Every key, ended or not, oldest first."""
        with self._sessions.reading() as session:
            rows = session.scalars(select(KeyRow).order_by(KeyRow.created, KeyRow.id))
            return [_key(row) for row in rows]

    def any_made(self) -> bool:
        """Whether there is a key, ended or not."""
        with self._sessions.asking() as connection:
            return connection.execute(select(_TABLE.c.id).limit(1)).first() is not None


def _key(row: KeyRow | Row[Any]) -> Key:
    scopes = tuple(Scope(scope) for scope in row.scopes)
    return Key(row.id, row.name, scopes, row.created, row.expires, row.revoked, row.used, row.rate_per_minute)
