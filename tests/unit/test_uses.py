"""The note of a key's use, on a real store."""

import logging
from datetime import UTC, date, datetime
from pathlib import Path

import anyio
import pytest

from service.access.uses import Uses
from service.keeping import Keeping
from service.store.records import Action, Event, Key, Scope
from service.store.store import Store

NOW = datetime(2024, 5, 1, 12, 30, tzinfo=UTC)
REQUEST = Event(NOW, Action.REFUSED, None, "GET /v1/themes")


def key_of(keeping: Keeping) -> Key:
    (key,) = keeping.store.keys.listed()
    return key


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> pytest.LogCaptureFixture:
    """The server's log, also where a server of this process has set it up."""
    logger = logging.getLogger("uvicorn.error")
    monkeypatch.setattr(logger, "handlers", [caplog.handler])
    monkeypatch.setattr(logger, "propagate", False)
    caplog.set_level(logging.ERROR, logger.name)
    return caplog


def test_a_use_that_would_wait_too_long_for_those_before_it_is_told_and_noted_next_time(
    tmp_path: Path, logged: pytest.LogCaptureFixture
) -> None:
    keeping = Keeping(lambda: Store.open(tmp_path, None), digests=False)
    keeping.store.keys.add("张三", [Scope.READ], None, Event(NOW, Action.KEY_ADDED, None, "张三"))

    async def note(uses: Uses) -> None:
        await uses.note(key_of(keeping), REQUEST, keeping)

    uses = Uses(patience_s=0)
    anyio.run(note, uses)
    told = "没有记入审计(key-used GET /v1/themes,张三),下一个请求再记:在它前面要记的等得太久"
    assert [record.message for record in logged.records] == [told]
    assert key_of(keeping).used is None
    anyio.run(note, uses)
    assert [record.message for record in logged.records] == [told] * 2
    anyio.run(note, Uses())
    assert key_of(keeping).used == date(2024, 5, 1)
    keeping.close()
