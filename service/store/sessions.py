"""Sessions with the database whose failures are StoreErrors."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from service.errors import StoreError
from service.store.shown import refused


class Sessions:
    """Sessions with the database of `engine`, for one short transaction each."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writing = engine.execution_options(immediate=True)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that reads. Raises StoreError when the database fails it."""
        with told(self._engine), Session(self._engine) as session:
            yield session

    @contextmanager
    def asking(self) -> Iterator[Connection]:
        """A bare connection that reads, for what every request asks: a session takes three times as long."""
        with told(self._engine), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session that writes, committed if the block ends well. Others that would write wait until then.

        Raises StoreError when the database fails it.
        """
        with told(self._engine), Session(self._writing) as session, session.begin():
            yield session


@contextmanager
def told(engine: Engine) -> Iterator[None]:
    """Whatever the database refuses is a StoreError that says which database and why."""
    try:
        yield
    except SQLAlchemyError as error:
        raise StoreError(refused(engine.url, error)) from error
