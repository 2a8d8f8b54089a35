"""What tests on either kind of database share; `database` is YUEBAO_DATABASE, None for the file in the data folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection

from service.store.connection import connect

# For a test that breaks SQLite as only SQLite breaks.
ON_SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@contextmanager
def connected(home: Path, database: str | None) -> Iterator[Connection]:
    """A connection in a transaction that is committed at the end of the block."""
    engine = connect(home, database)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def variables(database: str | None) -> dict[str, str]:
    """The environment of a yuebao that uses the database."""
    return {} if database is None else {"YUEBAO_DATABASE": database}
