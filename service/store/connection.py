"""A connection to the database: SQLite in the data folder, or what a SQLAlchemy URL names."""

import json
from functools import partial
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError, NoSuchModuleError

from bulletin import reasons
from service.errors import StoreError
from service.store import postgres

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

FILE = "yuebao.db"
# How long a writer waits for another one; SQLite has one at a time.
BUSY_S = 10
# What was answered outlives a killed process and a machine without power: a commit is on the disk before it is told.
_PRAGMAS = (
    f"busy_timeout = {BUSY_S * 1000}",
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
)


def connect(home: Path, url: str | None) -> Engine:
    """The engine for `url`, or else for yuebao.db in `home`, which is made. Raises StoreError with the mend."""
    if url is None:
        try:
            home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"数据文件夹 {home} 建不了({reasons.reason(error)}):请检查权限,或用 YUEBAO_HOME 换一个位置"
            ) from error
    target = URL.create("sqlite", database=str(home / FILE)) if url is None else url
    engine = _engine(target)
    if engine.dialect.name == "postgresql":
        postgres.prepare(engine)
    else:
        _prepare_sqlite(engine)
        name = engine.url.database or ""
        # In memory, or by a URI of SQLite's own: there is no file of that name.
        if name and name != ":memory:" and not name.startswith("file:"):
            _mind_the_file(engine, Path(name))
    return engine


def _engine(target: URL | str) -> Engine:
    serializer = partial(json.dumps, ensure_ascii=False)
    try:
        url = make_url(target)
        own = _own_options(url)
        # What is kept is nobody's business in an error or a log: the parameters of statements are not told.
        return create_engine(url, json_serializer=serializer, hide_parameters=True, **own)
    except ModuleNotFoundError as error:
        raise StoreError(
            f"YUEBAO_DATABASE 要用的驱动没有装(缺 {error.name}):PostgreSQL 请运行 pip install 'yuebao[postgres]',"
            "地址写作 postgresql+psycopg://用户@主机/库名"
        ) from error
    # A port that is no number is a ValueError.
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        raise StoreError(
            "YUEBAO_DATABASE 不是数据库地址:请写成 postgresql+psycopg://用户@主机/库名 的样子,或不设"
        ) from error


def _own_options(url: URL) -> dict[str, Any]:
    """What the kind of database asks for. Raises StoreError for one that would not do."""
    kind = url.get_backend_name()
    if kind not in ("sqlite", "postgresql"):
        raise StoreError(f"YUEBAO_DATABASE 是 {kind} 的地址:请用 PostgreSQL,或不设(SQLite)")
    # Then a part of the password would be taken for the host, and told.
    if "@" in (url.host or ""):
        raise StoreError("YUEBAO_DATABASE 的用户或密码里有 @:请写成 %40,别的符号也请照网址的规则转写")
    return postgres.options(url) if kind == "postgresql" else {}


def _prepare_sqlite(engine: Engine) -> None:
    """Readers beside a writer, references that hold, and transactions that SQLAlchemy begins.

    The library's own rule begins none for a SELECT or a CREATE TABLE; a migration has to be one transaction. One that
    is going to write says so as it begins (`immediate`), and then waits for its turn instead of failing later.
    """

    @event.listens_for(engine, "connect")
    def _on_connect(connection: SqliteConnection, _: object) -> None:
        connection.isolation_level = None
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("immediate", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _mind_the_file(engine: Engine, file: Path) -> None:
    """Write to the file of that name and no other.

    A connection goes on with a file that was removed or replaced, and what it then writes is lost; and one that is
    made where the file was would begin an empty one.
    """
    made = False

    def identity() -> tuple[int, int]:
        try:
            found = file.stat()
        except OSError as error:
            raise StoreError(
                f"数据库文件 {file} 不见了({reasons.reason(error)}):请放回去;要从空的数据库重新开始,请重新启动服务"
            ) from error
        return found.st_dev, found.st_ino

    @event.listens_for(engine, "do_connect")
    def _on_do_connect(*_: Any) -> None:
        if made:
            identity()

    @event.listens_for(engine, "connect")
    def _on_connect(_: "DBAPIConnection", entry: "ConnectionPoolEntry") -> None:
        nonlocal made
        made, entry.info["file"] = True, identity()

    @event.listens_for(engine, "checkout")
    def _on_checkout(_: "DBAPIConnection", entry: "ConnectionPoolEntry", __: "PoolProxiedConnection") -> None:
        if entry.info["file"] != identity():
            raise DisconnectionError
