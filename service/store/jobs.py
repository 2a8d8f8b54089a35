"""The jobs that were asked for, how far they came, and what came of their files."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from service.schemas import Job
from service.store.records import JobAnswer, JobFile, NewJob, Turn
from service.store.sessions import Sessions
from service.store.tables import JobFileRow, JobRow

Ended = Literal["done", "failed", "cancelled"]
_OPEN: Final = ("queued", "running")
# Answers are long: so many are in memory at once.
_PAGE: Final = 20


class JobRows:
    """Jobs by id. `caller` is whose jobs are meant: the id of a key, empty for those without one, None for all.

    `place` is the data folder that a job belongs to: only its servers run it. A job goes from queued to running to
    done, failed or cancelled; one that ended never changes again, and neither does a file that is answered.
    """

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def add(self, asked: NewJob, most_open: int, when: datetime) -> Job | None:
        """A new job in the queue, unless its caller has that many open ones: then None. Raises StoreError."""
        with self._sessions.writing() as session:
            if _open_of(session, asked.caller) >= most_open:
                return None
            row = _new(asked, when)
            session.add(row)
            session.flush()
            session.add_all(_file(row.number, number, one) for number, one in enumerate(asked.files))
            return Job.model_validate(row)

    def promised(self, caller: str, idempotency_key: str) -> tuple[Job, str] | None:
        """The job that the caller asked for with that key, and the name of its content."""
        asked = select(JobRow).where(JobRow.caller == caller, JobRow.idempotency_key == idempotency_key)
        with self._sessions.reading() as session:
            row = session.scalars(asked).first()
            return None if row is None else (Job.model_validate(row), row.content)

    def open_of(self, caller: str) -> int:
        """How many jobs of the caller have not ended."""
        with self._sessions.reading() as session:
            return _open_of(session, caller)

    def get(self, id: str, caller: str | None) -> Job | None:
        """The job of that id, if it is the caller's."""
        with self._sessions.reading() as session:
            row = session.scalars(_of(id, caller)).first()
            return None if row is None else Job.model_validate(row)

    def listed(self, caller: str | None, after: str | None, limit: int) -> list[Job] | None:
        """At most `limit` of the caller's jobs that came after the job `after`, oldest first; None without that one."""
        asked = select(JobRow).order_by(JobRow.number).limit(limit)
        if caller is not None:
            asked = asked.where(JobRow.caller == caller)
        with self._sessions.reading() as session:
            if after is not None:
                found = session.scalars(_of(after, caller)).first()
                if found is None:
                    return None
                asked = asked.where(JobRow.number > found.number)
            return [Job.model_validate(row) for row in session.scalars(asked)]

    def open_in(self, place: str) -> dict[str, str]:
        """The states of the jobs of `place` that have not ended, by their ids."""
        asked = select(JobRow.id, JobRow.state).where(JobRow.place == place, JobRow.state.in_(_OPEN))
        with self._sessions.reading() as session:
            return {row.id: row.state for row in session.execute(asked)}

    def next_turn(self, place: str, served: str) -> Turn | None:
        """A file that is not answered, of a job of `place`; None if nothing waits.

        Callers take turns, the next one after `served`; the jobs of each go one after another. The file is the first
        of those that were begun least: one at which the server died holds up no other.
        """
        with self._sessions.reading() as session:
            # Not in the order of the database, which has its own.
            heads = sorted((row.caller, row.number) for row in session.execute(_heads(place)))
            if not heads:
                return None
            number = next((number for caller, number in heads if caller > served), heads[0][1])
            found = session.execute(_files_left(number).limit(1)).first()
            if found is None:
                return None
            job, file = found
            given = JobFile(file.name, file.upload, file.member)
            return Turn(job.id, job.caller, job.abstract, file.number, given, file.begun)

    def begin(self, turn: Turn, when: datetime) -> bool:
        """Note that the work at a file begins; False if its job has ended in between."""
        return self._step(turn, when, 1)

    def put_back(self, turn: Turn, when: datetime) -> None:
        """Note that the work at a file that was begun was given up for now, through no fault of the file."""
        self._step(turn, when, -1)

    def answer(self, turn: Turn, answer: JobAnswer, when: datetime) -> Job | None:
        """Keep what came of a file; the last one ends its job. None, and nothing is kept, if the job has ended."""
        with self._sessions.writing() as session:
            row = _open(session, turn.job)
            if row is None:
                return None
            file = session.get_one(JobFileRow, (row.number, turn.number))
            file.answered, file.digest, file.problem = True, answer.digest, answer.problem
            row.done += 1
            row.refused += answer.problem is not None
            if row.done == row.files:
                row.state, row.finished = "done", when
            return Job.model_validate(row)

    def end(self, id: str, state: Ended, reason: str | None, when: datetime) -> bool:
        """Note that a job is over; False if it was already."""
        with self._sessions.writing() as session:
            row = _open(session, id)
            if row is not None:
                row.state, row.reason, row.finished = state, reason, when
            return row is not None

    def answers(self, id: str) -> Iterator[JobAnswer]:
        """What came of the files of a job that are answered, in their order. Each page is a transaction of its own."""
        asked = (
            select(JobFileRow)
            .join(JobRow, JobRow.number == JobFileRow.job)
            .where(JobRow.id == id, JobFileRow.answered)
            .order_by(JobFileRow.number)
            .limit(_PAGE)
        )
        after = -1
        while True:
            with self._sessions.reading() as session:
                rows = list(session.scalars(asked.where(JobFileRow.number > after)))
            yield from (JobAnswer(row.name, row.digest, row.problem) for row in rows)
            if len(rows) < _PAGE:
                return
            after = rows[-1].number

    def remove_ended(self, place: str, before: datetime) -> int:
        """Remove the jobs of `place` that ended before then, with their answers; how many there were."""
        old = select(JobRow.number).where(JobRow.place == place, JobRow.finished < before)
        with self._sessions.reading() as session:
            numbers = list(session.scalars(old))
        if numbers:
            with self._sessions.writing() as session:
                session.execute(delete(JobFileRow).where(JobFileRow.job.in_(numbers)))
                session.execute(delete(JobRow).where(JobRow.number.in_(numbers)))
        return len(numbers)

    def _step(self, turn: Turn, when: datetime, change: int) -> bool:
        with self._sessions.writing() as session:
            row = _open(session, turn.job)
            if row is None:
                return False
            row.state, row.started = "running", row.started or when
            session.get_one(JobFileRow, (row.number, turn.number)).begun += change
            return True


def _new(asked: NewJob, when: datetime) -> JobRow:
    return JobRow(
        id=asked.id,
        place=asked.place,
        caller=asked.caller,
        idempotency_key=asked.idempotency_key,
        content=asked.content,
        abstract=asked.abstract,
        state="queued",
        files=len(asked.files),
        done=0,
        refused=0,
        created=when,
    )


def _file(job: int, number: int, given: JobFile) -> JobFileRow:
    return JobFileRow(
        job=job,
        number=number,
        name=given.name,
        upload=given.upload,
        member=given.member,
        begun=0,
        answered=False,
    )


def _heads(place: str) -> Select[str, int]:
    """The job of each caller that came first and has not ended."""
    first = func.min(JobRow.number).label("number")
    asked = select(JobRow.caller, first).where(JobRow.place == place, JobRow.state.in_(_OPEN))
    return asked.group_by(JobRow.caller)


def _files_left(job: int) -> Select[JobRow, JobFileRow]:
    asked = select(JobRow, JobFileRow).join(JobFileRow, JobFileRow.job == JobRow.number)
    asked = asked.where(JobRow.number == job, JobFileRow.answered.is_(False))
    return asked.order_by(JobFileRow.begun, JobFileRow.number)


def _of(id: str, caller: str | None) -> Select[JobRow]:
    asked = select(JobRow).where(JobRow.id == id)
    return asked if caller is None else asked.where(JobRow.caller == caller)


def _open(session: Session, id: str) -> JobRow | None:
    row = session.scalars(select(JobRow).where(JobRow.id == id).with_for_update()).first()
    return row if row is not None and row.state in _OPEN else None


def _open_of(session: Session, caller: str) -> int:
    asked = select(func.count()).where(JobRow.caller == caller, JobRow.state.in_(_OPEN))
    return session.scalar(asked.select_from(JobRow)) or 0
