"""What a connection to PostgreSQL needs beside its address: patience, one writer at a time, one encoding."""

from typing import Any, Final

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    Table,
    delete,
    event,
    false,
    func,
    insert,
    select,
    text,
    update,
)

from service.errors import StoreError
from service.store.shown import not_allowed, shown
from service.store.tables import Base, JobFileRow, JobRow, KeyRow, TrainingRow

# Each server process has so many connections at most; half of them stay open.
MAX_CONNECTIONS: Final = 10
# How long a writer waits for another one.
_TURN_S: Final = 10
_CONNECT_S: Final = 5
# For a machine that is gone without a word: that is noticed after half a minute, not after hours.
_CONNECTING: Final = {
    "connect_timeout": _CONNECT_S,
    "client_encoding": "utf8",
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
# What the administrator has set for the user or the database stays. A transaction that stands still for so long is that
# of a process that hangs, for which nobody else should wait.
_LIMITS: Final = {
    "lock_timeout": _TURN_S,
    "statement_timeout": 60,
    "idle_in_transaction_session_timeout": 30,
}
_SET_LIMIT: Final = (
    "SELECT set_config(name, '{seconds}s', false) FROM pg_settings WHERE name = '{name}' AND setting = '0'"
)
# Any number that no other program locks in the same database.
_TURN: Final = f"SELECT pg_advisory_xact_lock({0x79756562616F})"
# Rows are added to every table; here they are changed, or removed, as well.
_CHANGED: Final = frozenset(row.__table__ for row in (TrainingRow, JobRow, JobFileRow, KeyRow))
_REMOVED: Final = frozenset(row.__table__ for row in (JobRow, JobFileRow))


def options(url: URL) -> dict[str, Any]:
    """The options of the engine. What the address itself says of a connection holds."""
    return {
        "pool_pre_ping": True,
        "pool_size": MAX_CONNECTIONS // 2,
        "max_overflow": MAX_CONNECTIONS - MAX_CONNECTIONS // 2,
        "pool_timeout": _TURN_S,
        # A writer has to see what the one before it wrote, whatever the administrator's default is.
        "isolation_level": "READ COMMITTED",
        "connect_args": {name: value for name, value in _CONNECTING.items() if name not in url.query},
    }


def prepare(engine: Engine) -> None:
    """Limits for whatever waits, and writers one after another, as on SQLite.

    So what a writer has looked up stays so until it has written, ids have the order in which they are seen, and writers
    never wait for each other in a circle.
    """

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _: object) -> None:
        with connection.cursor() as cursor:
            for name, seconds in _LIMITS.items():
                cursor.execute(_SET_LIMIT.format(name=name, seconds=seconds))
        connection.commit()

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        if connection.get_execution_options().get("immediate", False):
            connection.exec_driver_sql(_TURN)


def refuse_encoding(connection: Connection) -> None:
    """Raise StoreError for a database that cannot hold every text."""
    encoding = connection.execute(text("SHOW server_encoding")).scalar_one()
    if encoding != "UTF8":
        raise StoreError(
            f"数据库 {shown(connection.engine.url)} 的编码是 {encoding},存不下所有的字:"
            "请另建一个库,CREATE DATABASE 库名 ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0"
        )


def try_writing(connection: Connection) -> None:
    """Write nothing to every table, in the ways in which the program writes there and no other.

    SQLAlchemy raises where that is not allowed, or the database is a copy to read; StoreError is raised for numbers
    that may not be drawn.
    """
    for table in Base.metadata.sorted_tables:
        nothing = select(table).where(false())
        connection.execute(insert(table).from_select(table.c.keys(), nothing))
        _refuse_numbers(connection, table)
        if table in _CHANGED:
            connection.execute(update(table).where(false()).values({one: one for one in table.c}))
        if table in _REMOVED:
            connection.execute(delete(table).where(false()))


def _refuse_numbers(connection: Connection, table: Table) -> None:
    """Raise StoreError where rows may be added, but not be given their numbers: writing nothing draws none."""
    column = table.autoincrement_column
    if column is None:
        return
    sequence = func.pg_get_serial_sequence(table.name, column.name)
    # None where the table has got its numbers in another way.
    if connection.execute(select(func.has_sequence_privilege(sequence, "USAGE"))).scalar_one() is False:
        name = connection.execute(select(sequence)).scalar_one()
        raise not_allowed(connection.engine.url, f"permission denied for sequence {name}")
