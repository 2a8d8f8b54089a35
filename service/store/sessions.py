"""Sessions with the database whose failures are StoreErrors."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Session

from service.errors import StoreError


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
        """A session that writes, committed if the block ends well. Raises StoreError when the database fails it."""
        with told(self._engine), Session(self._writing) as session, session.begin():
            yield session


@contextmanager
def told(engine: Engine) -> Iterator[None]:
    """Whatever the database refuses is a StoreError that says which database and why."""
    try:
        yield
    except SQLAlchemyError as error:
        shown = engine.url.render_as_string(hide_password=True)
        # A driver's reason may be of several lines; a log and a sentence have room for one.
        reason = " ".join(str(error.orig if isinstance(error, DBAPIError) else error).split())
        raise StoreError(f"数据库 {shown} 用不了({reason}):请检查磁盘空间、权限和连接") from error
