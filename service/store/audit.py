"""The audit log: who did what, and when."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.store.records import Action, Event
from service.store.sessions import Sessions
from service.store.tables import EventRow


class AuditLog:
    """Events in the order they were noted. There is no way to change or remove one."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def add(self, event: Event) -> None:
        """Note an event."""
        with self._sessions.writing() as session:
            note(session, event)

    def last(self, count: int) -> list[Event]:
        """The newest `count` events, oldest first."""
        asked = select(EventRow).order_by(EventRow.id.desc()).limit(count)
        with self._sessions.reading() as session:
            return [_event(row) for row in session.scalars(asked)][::-1]


def note(session: Session, event: Event) -> None:
    """Note an event in a transaction, with what it tells of."""
    session.add(
        EventRow(
            at=event.at,
            action=event.action.value,
            who=event.who,
            subject=event.subject,
            address=event.address,
            request=event.request,
        )
    )


def _event(row: EventRow) -> Event:
    return Event(row.at, Action(row.action), row.who, row.subject, row.address, row.request)
