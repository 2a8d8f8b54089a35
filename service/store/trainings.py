"""The trainings that were asked for, and how far they came."""

from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.schemas import Training, TrainingRequest
from service.store.sessions import Sessions
from service.store.tables import TrainingRow

Ended = Literal["done", "failed", "cancelled"]
_OPEN = ("queued", "running")


class TrainingJobs:
    """Trainings by id. `place` is the data folder that a training belongs to: only its servers run it.

    A training goes from queued to running to done, failed or cancelled; one that ended never changes again.
    """

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def add(self, asked: TrainingRequest, place: str, when: datetime) -> Training | None:
        """A new training in the queue; None if one of that version is queued or running there already."""
        taken = select(TrainingRow.id).where(
            TrainingRow.place == place, TrainingRow.version == asked.version, TrainingRow.state.in_(_OPEN)
        )
        with self._sessions.writing() as session:
            if session.scalars(taken).first() is not None:
                return None
            row = TrainingRow(**dict(asked), place=place, state="queued", created=when)
            session.add(row)
            session.flush()
            return Training.model_validate(row)

    def get(self, id: int) -> Training | None:
        """The training of that id."""
        with self._sessions.reading() as session:
            row = session.get(TrainingRow, id)
            return None if row is None else Training.model_validate(row)

    def listed(self, after: int, limit: int) -> list[Training]:
        """At most `limit` trainings whose ids are above `after`, oldest first."""
        asked = select(TrainingRow).where(TrainingRow.id > after).order_by(TrainingRow.id).limit(limit)
        with self._sessions.reading() as session:
            return [Training.model_validate(row) for row in session.scalars(asked)]

    def running(self, place: str) -> list[Training]:
        """The trainings of `place` that were started and have not ended."""
        asked = select(TrainingRow).where(TrainingRow.place == place, TrainingRow.state == "running")
        with self._sessions.reading() as session:
            return [Training.model_validate(row) for row in session.scalars(asked.order_by(TrainingRow.id))]

    def start_next(self, place: str, when: datetime) -> Training | None:
        """The training of `place` that has waited longest, now running; None if none waits."""
        waiting = select(TrainingRow).where(TrainingRow.place == place, TrainingRow.state == "queued")
        with self._sessions.writing() as session:
            row = session.scalars(waiting.order_by(TrainingRow.id).limit(1).with_for_update()).first()
            if row is None:
                return None
            row.state, row.started = "running", when
            return Training.model_validate(row)

    def end(self, id: int, state: Ended, reason: str | None, when: datetime) -> None:
        """Note how a running training ended, or that it is not wanted; nothing if it has ended already."""
        with self._sessions.writing() as session:
            row = _open(session, id)
            if row is not None:
                row.state, row.reason, row.finished = state, reason, when

    def requeue(self, id: int) -> None:
        """Put a running training back into the queue, where it keeps its turn."""
        with self._sessions.writing() as session:
            row = _open(session, id)
            if row is not None:
                row.state = "queued"


def _open(session: Session, id: int) -> TrainingRow | None:
    row = session.get(TrainingRow, id, with_for_update=True)
    return row if row is not None and row.state in _OPEN else None
