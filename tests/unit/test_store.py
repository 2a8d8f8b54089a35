"""The store's database, of either kind: made, brought up to date, refused, read back."""

import multiprocessing
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from importlib import resources
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from bulletin.correction import CorrectedDigest
from bulletin.digest import Digest
from service import examples
from service.errors import StoreError
from service.store.connection import FILE
from service.store.records import Change, Key, Scope
from service.store.store import Store
from service.store.tables import Base
from tests.databases import connected

WHEN = datetime(2024, 5, 1, 12, 30, tzinfo=UTC)
DIGEST = Digest.model_validate(examples.DIGEST)
CHANGE = Change("d-1", "四川.1", None, ("training",), (), "张三", "builtin-1")
STEPS = ["0001", "0002", "0003", "0004", "0005"]


def versions(home: Path, database: str | None = None) -> list[str]:
    with connected(home, database) as connection:
        return list(connection.execute(text("SELECT version_num FROM alembic_version")).scalars())


def differences(home: Path, database: str | None) -> list[object]:
    """What the tables lack of those that the program maps."""
    with connected(home, database) as connection:
        return list(compare_metadata(MigrationContext.configure(connection), Base.metadata))


def migrations() -> Config:
    config = Config()
    config.set_main_option("script_location", str(resources.files("service") / "migrations"))
    return config


def open_at(home: Path, database: str | None, start: "multiprocessing.synchronize.Event") -> None:
    start.wait()
    Store.open(home, database).close()


@pytest.fixture
def store(tmp_path: Path, database: str | None) -> Iterator[Store]:
    store = Store.open(tmp_path, database)
    yield store
    store.close()


def test_opening_makes_home_and_database_and_opening_again_changes_nothing(tmp_path: Path) -> None:
    home = tmp_path / "a" / "home"
    for _ in range(2):
        Store.open(home, None).close()
        assert versions(home) == STEPS[-1:]


def test_an_empty_file_is_brought_up_to_date(tmp_path: Path) -> None:
    (tmp_path / FILE).touch()
    store = Store.open(tmp_path, None)
    store.keep_digest("d-1", "文字", DIGEST, WHEN)
    assert store.digest("d-1") is not None
    store.close()


def test_the_tables_are_those_of_the_migrations_and_opening_again_leaves_them(
    tmp_path: Path, database: str | None
) -> None:
    for _ in range(2):
        Store.open(tmp_path, database).close()
        assert differences(tmp_path, database) == []
        assert versions(tmp_path, database) == STEPS[-1:]


@pytest.mark.parametrize("earlier", STEPS[:-1])
def test_a_database_of_an_earlier_program_is_brought_up_to_date_with_what_is_in_it(
    tmp_path: Path, database: str | None, earlier: str
) -> None:
    config = migrations()
    with connected(tmp_path, database) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, earlier)
        connection.execute(
            text("INSERT INTO digests VALUES ('d-1', :when, NULL, 'b', '1', '文字', :digest)"),
            {"when": "2024-05-01 12:30:00.000000+00:00", "digest": DIGEST.model_dump_json()},
        )
    store = Store.open(tmp_path, database)
    found = store.digest("d-1")
    assert found is not None
    assert (found.text, found.digest, found.created) == ("文字", DIGEST, WHEN)
    store.close()
    assert differences(tmp_path, database) == []


def test_the_steps_are_in_a_row() -> None:
    script = ScriptDirectory.from_config(migrations())
    assert [step.revision for step in script.walk_revisions()] == STEPS[::-1]


def test_keys_of_an_older_program_ask_as_often_as_the_setting_says(
    tmp_path: Path, database: str | None
) -> None:
    with connected(tmp_path, database) as connection:
        config = migrations()
        config.attributes["connection"] = connection
        command.upgrade(config, "0004")
        connection.execute(
            text(
                "INSERT INTO api_keys (id, name, digest, scopes, created)"
                " VALUES ('0', '张三', 'd', '[\"read\"]', '2024-05-01 12:30:00+00')"
            )
        )
    store = Store.open(tmp_path, database)
    found = store.keys.listed()
    store.close()
    assert found == [Key("0", "张三", (Scope.READ,), WHEN, None, None, None, None)]


def test_servers_that_start_at_once_migrate_once(tmp_path: Path, database: str | None) -> None:
    spawn = multiprocessing.get_context("spawn")
    start = spawn.Event()
    servers = [spawn.Process(target=open_at, args=(tmp_path, database, start)) for _ in range(3)]
    for server in servers:
        server.start()
    start.set()
    for server in servers:
        server.join()
    assert [server.exitcode for server in servers] == [0, 0, 0]
    assert versions(tmp_path, database) == STEPS[-1:]


def test_a_database_of_a_newer_program_is_refused_and_left_alone(
    tmp_path: Path, database: str | None
) -> None:
    Store.open(tmp_path, database).close()
    with connected(tmp_path, database) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9001'"))
    with pytest.raises(StoreError) as caught:
        Store.open(tmp_path, database)
    shown = database or f"sqlite:///{tmp_path / FILE}"
    assert str(caught.value) == (
        f"数据库 {shown} 是更新的 yuebao 写的(结构 9001,本程序只认识到 {STEPS[-1]}):请换用新版的 yuebao"
    )
    assert versions(tmp_path, database) == ["9001"]


def test_what_is_no_database_is_refused(tmp_path: Path) -> None:
    file = tmp_path / FILE
    file.write_text("月报" * 1000)
    with pytest.raises(StoreError) as caught:
        Store.open(tmp_path, None)
    assert str(caught.value) == (
        f"数据库 sqlite:///{file} 用不了(这个文件不是 SQLite 数据库,或已经损坏):"
        "请从备份恢复这个文件,或把它移走、从空的数据库重新开始"
    )


def refused(home: Path) -> str:
    with pytest.raises(StoreError) as caught:
        Store.open(home, f"sqlite:///{home / FILE}")
    return str(caught.value).removeprefix(f"数据库 sqlite:///{home / FILE} ")


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    Store.open(tmp_path, None).close()
    file = tmp_path / FILE
    # The first page after its header: SQLite still knows the file as its own.
    file.write_bytes(file.read_bytes()[:100] + b"\xff" * 4000)
    assert refused(tmp_path) == (
        "用不了(数据库文件已经损坏):请从备份恢复这个文件,或把它移走、从空的数据库重新开始"
    )


def test_a_file_that_another_program_holds_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.store.connection._PRAGMAS", ("busy_timeout = 0",))
    with closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert refused(tmp_path) == (
            "用不了(数据库正被占用):别的进程占着数据库,请过一会儿再试;一直这样,请重新启动占着的进程"
        )


@pytest.mark.parametrize(
    ("pragma", "told"),
    [
        ("max_page_count = 1", "用不了(磁盘已满):请腾出磁盘空间"),
        (
            "query_only = ON",
            "用不了(文件只能读,不能写):请检查这个文件和它所在的文件夹的权限,磁盘是不是只读的",
        ),
    ],
    ids=["full", "read-only"],
)
def test_a_file_that_takes_nothing_more_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pragma: str, told: str
) -> None:
    # SQLite says the same of a full disk and of a file that root alone may write.
    monkeypatch.setattr("service.store.connection._PRAGMAS", (pragma,))
    assert refused(tmp_path) == told


ADDRESS = "YUEBAO_DATABASE 不是数据库地址:请写成 postgresql+psycopg://用户@主机/库名 的样子,或不设"


@pytest.mark.parametrize(
    ("url", "message"),
    [
        (
            "postgresql+pg8000://user:secret@host/yuebao",
            "YUEBAO_DATABASE 要用的驱动没有装(缺 pg8000):PostgreSQL 请运行 pip install 'yuebao[postgres]',"
            "地址写作 postgresql+psycopg://用户@主机/库名",
        ),
        ("/srv/yuebao.db", ADDRESS),
        ("postgresql+nosuch://host/yuebao", ADDRESS),
        ("postgresql+psycopg://user:secret@host:port/yuebao", ADDRESS),
        (
            "mysql://user:secret@host/yuebao",
            "YUEBAO_DATABASE 是 mysql 的地址:请用 PostgreSQL,或不设(SQLite)",
        ),
        (
            "postgresql+psycopg://user:sec@ret@host/yuebao",
            "YUEBAO_DATABASE 的用户或密码里有 @:请写成 %40,别的符号也请照网址的规则转写",
        ),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_with_the_mend(
    tmp_path: Path, url: str, message: str
) -> None:
    with pytest.raises(StoreError) as caught:
        Store.open(tmp_path, url)
    assert str(caught.value) == message


def test_any_sqlite_file_may_be_named(tmp_path: Path) -> None:
    file = tmp_path / "别处.db"
    Store.open(tmp_path / "home", f"sqlite:///{file}").close()
    with sqlite3.connect(file) as opened:
        assert opened.execute("SELECT version_num FROM alembic_version").fetchall() == [(STEPS[-1],)]
    assert not (tmp_path / "home").exists()


def test_a_digest_is_kept_once_and_a_correction_needs_it(store: Store) -> None:
    with pytest.raises(StoreError, match=r"(?i)foreign key constraint"):
        store.correct(CHANGE, WHEN)
    for given in ("先来的", "后来的"):
        store.keep_digest("d-1", given, DIGEST, WHEN)
    found = store.digest("d-1")
    assert found is not None
    assert (found.text, found.digest, found.created) == ("先来的", DIGEST, WHEN)
    assert store.corrected_digests() == []
    kept = store.correct(CHANGE, WHEN)
    assert store.corrections("d-1", 0, None) == [kept]
    assert (kept.before, kept.after, kept.created) == (("training",), (), WHEN)
    assert store.corrected_digests() == [CorrectedDigest("d-1", "先来的", DIGEST, (kept,))]


@pytest.mark.parametrize(
    "given",
    ["前\0后", "\0", "\ufdd0前", '\ufdd0"\0"', "\\u0000", "𠮷\ud7ff\uffff\x1f\x7f\x85"],
    ids=["nul", "only-nul", "mark", "mark-and-nul", "escape", "other"],
)
def test_any_text_is_read_back_as_it_was(store: Store, given: str) -> None:
    digest = DIGEST.model_copy(update={"title": given})
    store.keep_digest("d-1", given, digest, WHEN)
    found = store.digest("d-1")
    assert found is not None
    assert (found.text, found.digest) == (given, digest)
    kept = store.correct(Change("d-1", None, 0, given, given, "张三", "builtin-1"), WHEN)
    assert (kept.before, kept.after) == (given, given)
    assert store.corrections(None, 0, None) == [kept]


def test_a_moment_of_another_zone_comes_back_as_the_same_moment(store: Store) -> None:
    when = datetime(2024, 5, 1, 0, 30, 15, 123456, timezone(timedelta(hours=8)))
    store.keep_digest("d-1", "文字", DIGEST, when)
    found = store.digest("d-1")
    assert found is not None
    assert (found.created, found.created.tzinfo) == (when, UTC)


def test_a_database_in_memory_has_no_file_to_mind(tmp_path: Path) -> None:
    store = Store.open(tmp_path, "sqlite:///:memory:")
    store.check()
    store.close()
