"""What the tests of keys share: keys made in a data folder, and what its audit log says."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

from service.store.records import Action, Event, Scope
from service.store.store import Store


@contextmanager
def opened(home: Path, database: str | None = None) -> Iterator[Store]:
    store = Store.open(home, database)
    try:
        yield store
    finally:
        store.close()


def made(
    home: Path,
    name: str,
    *scopes: Scope,
    expires: datetime | None = None,
    rate: int | None = None,
    database: str | None = None,
) -> str:
    """A new key of `home`, or of the database that is named."""
    event = Event(datetime.now(UTC), Action.KEY_ADDED, "试", name)
    with opened(home, database) as store:
        token = store.keys.add(name, scopes, expires, event, rate)
    assert token is not None
    return token


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def noted(home: Path, database: str | None = None) -> list[tuple[str, str | None, str]]:
    """The audit log but for keys that were added: action, who, subject."""
    with opened(home, database) as store:
        events = store.audit.last(1000)
    used: dict[str | None, date] = {}
    return [
        (one.action.value, one.who, one.subject)
        for one in events
        if one.action != Action.KEY_ADDED
        # Past midnight the use of a key is noted once more.
        and (one.action != Action.KEY_USED or used.setdefault(one.who, one.at.date()) == one.at.date())
    ]
