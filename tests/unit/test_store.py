"""The store's database: made, brought up to date, refused."""

import multiprocessing
import sqlite3
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_mock_engine
from sqlalchemy.dialects import postgresql

from bulletin.correction import CorrectedDigest
from bulletin.digest import Digest
from service import examples
from service.errors import StoreError
from service.store.connection import FILE, connect
from service.store.migrate import upgrade
from service.store.records import Change, Key, Scope
from service.store.store import Store
from service.store.tables import Base

WHEN = datetime(2024, 5, 1, 12, 30, tzinfo=UTC)
DIGEST = Digest.model_validate(examples.DIGEST)
CHANGE = Change("d-1", "四川.1", None, ("training",), (), "张三", "builtin-1")
STEPS = ["0001", "0002", "0003", "0004", "0005"]


def versions(file: Path) -> list[str]:
    with sqlite3.connect(file) as database:
        return [row[0] for row in database.execute("SELECT version_num FROM alembic_version")]


def open_at(home: Path, start: "multiprocessing.synchronize.Event") -> None:
    start.wait()
    Store.open(home, None).close()


def test_opening_makes_home_and_database_and_opening_again_changes_nothing(tmp_path: Path) -> None:
    home = tmp_path / "a" / "home"
    for _ in range(2):
        Store.open(home, None).close()
        assert versions(home / FILE) == STEPS[-1:]


def test_an_empty_database_is_brought_up_to_date(tmp_path: Path) -> None:
    (tmp_path / FILE).touch()
    store = Store.open(tmp_path, None)
    store.keep_digest("d-1", "文字", DIGEST, WHEN)
    assert store.digest("d-1") is not None
    store.close()


def test_the_tables_are_those_of_the_migrations(tmp_path: Path) -> None:
    engine = connect(tmp_path, None)
    upgrade(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    engine.dispose()


def test_the_steps_are_in_a_row() -> None:
    config = Config()
    config.set_main_option("script_location", str(resources.files("service") / "migrations"))
    script = ScriptDirectory.from_config(config)
    assert [step.revision for step in script.walk_revisions()] == STEPS[::-1]


def test_keys_of_an_older_program_ask_as_often_as_the_setting_says(tmp_path: Path) -> None:
    engine = connect(tmp_path, None)
    config = Config()
    config.set_main_option("script_location", str(resources.files("service") / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0004")
        connection.exec_driver_sql(
            "INSERT INTO api_keys VALUES ('0', '张三', 'd', '[\"read\"]', '2024-05-01 12:30:00', NULL, NULL, NULL)"
        )
    engine.dispose()
    store = Store.open(tmp_path, None)
    found = store.keys.listed()
    store.close()
    assert found == [Key("0", "张三", (Scope.READ,), WHEN, None, None, None, None)]


def test_the_tables_can_be_made_on_postgresql() -> None:
    made: list[str] = []
    engine = create_mock_engine(
        "postgresql+psycopg://",
        lambda statement, *_, **__: made.append(str(statement.compile(dialect=postgresql.dialect()))),
        module=postgresql,
    )
    Base.metadata.create_all(engine, checkfirst=False)
    assert any("created TIMESTAMP WITH TIME ZONE NOT NULL" in statement for statement in made)


def test_servers_that_start_at_once_migrate_once(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    start = spawn.Event()
    servers = [spawn.Process(target=open_at, args=(tmp_path, start)) for _ in range(3)]
    for server in servers:
        server.start()
    start.set()
    for server in servers:
        server.join()
    assert [server.exitcode for server in servers] == [0, 0, 0]
    assert versions(tmp_path / FILE) == STEPS[-1:]


def test_a_database_of_a_newer_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / FILE
    Store.open(tmp_path, None).close()
    with sqlite3.connect(file) as database:
        database.execute("UPDATE alembic_version SET version_num = '9001'")
    with pytest.raises(StoreError) as caught:
        Store.open(tmp_path, None)
    assert str(caught.value) == (
        f"数据库 sqlite:///{file} 是更新的 yuebao 写的(结构 9001,本程序只认识到 {STEPS[-1]}):请换用新版的 yuebao"
    )
    assert versions(file) == ["9001"]


def test_what_is_no_database_is_refused(tmp_path: Path) -> None:
    file = tmp_path / FILE
    file.write_text("月报" * 1000)
    with pytest.raises(StoreError) as caught:
        Store.open(tmp_path, None)
    assert str(caught.value) == (
        f"数据库 sqlite:///{file} 用不了(file is not a database):请检查磁盘空间、权限和连接"
    )


@pytest.mark.parametrize(
    ("url", "message"),
    [
        (
            "postgresql+pg8000://user:secret@host/yuebao",
            "YUEBAO_DATABASE 要用的驱动没有装(缺 pg8000):PostgreSQL 请运行 pip install 'yuebao[postgres]',"
            "地址写作 postgresql+psycopg://用户@主机/库名",
        ),
        *(
            (url, "YUEBAO_DATABASE 不是数据库地址:请写成 postgresql+psycopg://用户@主机/库名 的样子,或不设")
            for url in ("/srv/yuebao.db", "nosuch://host/yuebao")
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
    assert versions(file) == STEPS[-1:]
    assert not (tmp_path / "home").exists()


def test_a_digest_is_kept_once_and_a_correction_needs_it(tmp_path: Path) -> None:
    store = Store.open(tmp_path, None)
    with pytest.raises(StoreError, match="FOREIGN KEY constraint failed"):
        store.correct(CHANGE, WHEN)
    for text in ("先来的", "后来的"):
        store.keep_digest("d-1", text, DIGEST, WHEN)
    found = store.digest("d-1")
    assert found is not None
    assert (found.text, found.digest, found.created) == ("先来的", DIGEST, WHEN)
    assert store.corrected_digests() == []
    kept = store.correct(CHANGE, WHEN)
    assert store.corrections("d-1", 0, None) == [kept]
    assert (kept.before, kept.after, kept.created) == (("training",), (), WHEN)
    assert store.corrected_digests() == [CorrectedDigest("d-1", "先来的", DIGEST, (kept,))]
    store.close()


def test_a_database_in_memory_has_no_file_to_mind(tmp_path: Path) -> None:
    store = Store.open(tmp_path, "sqlite:///:memory:")
    store.check()
    store.close()
