"""Jobs in the store: their turns, their answers, and that what ended stays as it is."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.store.records import JobAnswer, JobFile, NewJob, Turn
from service.store.store import Store

WHEN = datetime(2024, 5, 1, 12, 30, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path, database: str | None) -> Iterator[Store]:
    store = Store.open(tmp_path, database)
    yield store
    store.close()


def asked(id: str, files: int, place: str = "here", caller: str = "") -> NewJob:
    named = [JobFile(f"{number}.txt", number, None) for number in range(files)]
    return NewJob(id, place, caller, None, "content", True, named)


def turn(store: Store, served: str = "") -> Turn:
    found = store.jobs.next_turn("here", served)
    assert found is not None
    return found


def test_many_answers_come_page_by_page_in_the_order_of_the_files(store: Store) -> None:
    store.jobs.add(asked("one", 45), 1, WHEN)
    for number in range(45):
        assert turn(store).number == number
        store.jobs.answer(turn(store), JobAnswer("", f"{number}", None), WHEN)
    assert [one.digest for one in store.jobs.answers("one")] == [str(number) for number in range(45)]
    job = store.jobs.get("one", None)
    assert job is not None
    assert (job.state, job.done, job.finished) == ("done", 45, WHEN)


def test_files_that_were_begun_least_come_first_and_jobs_in_their_order(store: Store) -> None:
    store.jobs.add(asked("one", 2), 9, WHEN)
    store.jobs.add(asked("two", 1), 9, WHEN)
    store.jobs.add(asked("elsewhere", 1, "there"), 9, WHEN)
    seen = []
    for _ in range(3):
        seen.append((turn(store).job, turn(store).number, turn(store).begun))
        assert store.jobs.begin(turn(store), WHEN)
    assert seen == [("one", 0, 0), ("one", 1, 0), ("one", 0, 1)]
    store.jobs.put_back(Turn("one", "", True, 0, JobFile("", 0, None), 1), WHEN)
    store.jobs.end("one", "cancelled", None, WHEN)
    assert turn(store).job == "two"


def test_callers_take_turns(store: Store) -> None:
    for id, files, caller in (("a1", 3, "a"), ("a2", 1, "a"), ("b1", 2, "b"), ("c1", 1, "c")):
        store.jobs.add(asked(id, files, caller=caller), 9, WHEN)
    seen, served = [], ""
    for _ in range(7):
        now = turn(store, served)
        store.jobs.answer(now, JobAnswer("", "{}", None), WHEN)
        seen.append(now.job)
        served = now.caller
    assert seen == ["a1", "b1", "c1", "a1", "b1", "a1", "a2"]
    assert store.jobs.next_turn("here", served) is None


def test_a_job_that_ended_takes_nothing_more(store: Store) -> None:
    store.jobs.add(asked("one", 2), 9, WHEN)
    late = turn(store)
    assert store.jobs.end("one", "cancelled", None, WHEN)
    before = store.jobs.get("one", None)
    assert not store.jobs.begin(late, WHEN)
    assert store.jobs.answer(late, JobAnswer("", "{}", None), WHEN) is None
    assert not store.jobs.end("one", "failed", "?", WHEN)
    assert store.jobs.get("one", None) == before
    assert list(store.jobs.answers("one")) == []
