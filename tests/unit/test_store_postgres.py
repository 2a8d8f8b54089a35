"""What is PostgreSQL's alone: users and their rights, connections that break, writers in several processes."""

import re
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text
from sqlalchemy.exc import ProgrammingError

from bulletin.digest import Digest
from service import examples
from service.access.tokens import presented
from service.errors import StoreError
from service.schemas import TrainingRequest
from service.store.connection import connect
from service.store.records import Action, Change, Event, JobAnswer, JobFile, NewJob, Scope
from service.store.store import Store
from tests.conftest import ROOT
from tests.postgres import OWNER, Postgres

WHEN = datetime(2024, 5, 1, 12, 30, tzinfo=UTC)
DIGEST = Digest.model_validate(examples.DIGEST)
CHANGE = Change("d-1", "四川.1", None, ("training",), (), "张三", "builtin-1")
UNREACHED = (
    ":请检查 YUEBAO_DATABASE 里的主机、端口、用户、密码和库名,PostgreSQL 是否开着,它的 max_connections 够不够"
)
FORBIDDEN = (
    ":这个用户的权限不够:装、升级请用库和表的所有者(ALTER DATABASE 库名 OWNER TO 用户);"
    "平时另用一个用户的,请用所有者运行一次 yuebao audit,再照 docs/security.md 的“审计”给它权限"
)
SECURITY = (ROOT / "docs" / "security.md").read_text("utf-8")
PASSWORD = "请改正 YUEBAO_DATABASE 里的用户和密码,密码里的符号要照网址的规则转写,如 @ 写成 %40"
PARAMETER = "请改正 YUEBAO_DATABASE 里问号后面的参数"


@pytest.fixture
def user(postgres: Postgres) -> Iterator[str]:
    with postgres.user() as name:
        yield name


@pytest.fixture
def name(postgres: Postgres, user: str) -> Iterator[str]:  # noqa: ARG001
    """A database, which is gone before `user` goes: who owns something stays."""
    with postgres.database() as name:
        yield name


def refused(home: Path, url: str) -> str:
    with pytest.raises(StoreError) as caught:
        Store.open(home, url)
    return str(caught.value)


def opened(home: Path, url: str) -> None:
    Store.open(home, url).close()


def test_a_wrong_password_is_told_with_the_mend_and_never_shown(
    postgres: Postgres, name: str, user: str, tmp_path: Path
) -> None:
    told = refused(tmp_path, postgres.url(name, user, "s3same"))
    assert told.startswith(f"数据库 postgresql+psycopg://{user}:***@/{name}?host=")
    assert told.endswith(f" 用不了(用户或密码不对):{PASSWORD}")
    for hidden in (postgres.url(name, user, password_="s3same"), postgres.url(name, user, "s3same")):
        assert "s3same" not in refused(tmp_path, hidden.replace("password_", "password"))
    told = refused(tmp_path, postgres.url(name, user, "secret", sslpassword="s3same", sslmode="require"))
    assert "s3same" not in told


def test_an_address_that_leads_nowhere_is_told_with_the_mend(
    postgres: Postgres, user: str, tmp_path: Path
) -> None:
    begin = f"postgresql+psycopg://{OWNER}@"
    for url, told in (
        (postgres.url(OWNER, user), f"没有给密码):{PASSWORD}"),
        (
            postgres.url("nosuch"),
            "没有名为 nosuch 的库):请改正 YUEBAO_DATABASE 里的库名,或用 CREATE DATABASE 建这个库",
        ),
        (
            f"{begin}127.0.0.1:1/{OWNER}",
            "连接被拒绝):请启动 PostgreSQL,并检查 YUEBAO_DATABASE 里的主机和端口",
        ),
        (
            f"{begin}nosuch.invalid/{OWNER}",
            "查不到这个主机名):请改正 YUEBAO_DATABASE 里的主机名,或检查域名解析",
        ),
        (postgres.url(OWNER, sslmod="require"), f"地址里的参数 sslmod 不认得):{PARAMETER}"),
        (postgres.url(OWNER, sslmode="requires"), f"地址里的参数 sslmode 取值不对):{PARAMETER}"),
    ):
        assert refused(tmp_path, url).endswith(f" 用不了({told}")


def test_a_reason_that_is_not_known_stays_in_its_own_words(tmp_path: Path) -> None:
    told = refused(tmp_path, f"postgresql+psycopg://{OWNER}@/{OWNER}?host=/nosuch")
    assert "/nosuch/.s.PGSQL.5432" in told
    assert told.endswith(UNREACHED)


@pytest.fixture
def plain_port() -> Iterator[int]:
    """The port of a server that says no to whoever asks for TLS, as PostgreSQL without it does."""
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:

        def answer() -> None:
            client, _ = listener.accept()
            with client:
                client.recv(8)
                client.sendall(b"N")

        answered = pool.submit(answer)
        yield listener.getsockname()[1]
        answered.result()


def test_tls_that_the_address_asks_for_is_insisted_on(plain_port: int, tmp_path: Path) -> None:
    url = f"postgresql+psycopg://{OWNER}@127.0.0.1:{plain_port}/{OWNER}?sslmode=require"
    told = refused(tmp_path, url)
    assert told == (
        f"数据库 {url} 用不了(服务器不支持 SSL,而地址里的 sslmode 要求用):"
        "请在 PostgreSQL 里设 ssl = on;网络可信、确实不要加密,请去掉地址里的 sslmode"
    )


def test_a_user_who_may_not_make_tables_is_told_how_to_be_let(
    postgres: Postgres, name: str, user: str, tmp_path: Path
) -> None:
    postgres.ask("REVOKE CREATE ON SCHEMA public FROM PUBLIC", name)
    url = postgres.url(name, user, "secret")
    told = refused(tmp_path, url)
    assert told.startswith(f"数据库 postgresql+psycopg://{user}:***@/{name}?host=")
    assert told.endswith(f" 用不了(permission denied for schema public){FORBIDDEN}")
    postgres.ask(f"ALTER DATABASE {name} OWNER TO {user}")
    opened(tmp_path, url)


def test_a_user_who_may_only_read_is_told(postgres: Postgres, name: str, user: str, tmp_path: Path) -> None:
    opened(tmp_path, postgres.url(name))
    postgres.ask(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {user}", name)
    told = refused(tmp_path, postgres.url(name, user, "secret"))
    assert "permission denied for table " in told
    assert told.endswith(FORBIDDEN)


def as_the_page_says(user: str) -> str:
    """What docs/security.md has an administrator run, for a user who is there already."""
    (block,) = re.findall(r"```sql\n(.+?)```", SECURITY, re.DOTALL)
    created, *statements = block.splitlines()
    assert created.startswith("CREATE USER yuebao_service ")
    return "\n".join(statements).replace("yuebao_service", user)


def use(home: Path, url: str) -> None:
    """Do what a service and its commands do in every table."""
    store = Store.open(home, url)
    event = Event(WHEN, Action.KEY_ADDED, None, "张三")
    token = store.keys.add("张三", [Scope.READ], None, event)
    shown = presented(token or "")
    assert shown is not None
    key = store.keys.find(shown)
    assert key is not None
    store.keys.note_use(key, event)
    assert store.keys.set_rate("张三", 5, event) is not None
    assert store.keys.revoke("张三", event) is not None
    store.audit.add(replace(event, action=Action.REFUSED))
    store.keep_digest("d-1", "文字", DIGEST, WHEN)
    store.correct(CHANGE, WHEN)
    assert store.trainings.add(TrainingRequest(version="m-1"), "p", WHEN) is not None
    assert store.trainings.start_next("p", WHEN) is not None
    store.trainings.end(1, "done", None, WHEN)
    file = JobFile("月报.txt", 0, None)
    assert store.jobs.add(NewJob("j-1", "p", "", None, "c", False, [file]), 1, WHEN) is not None
    turn = store.jobs.next_turn("p", "")
    assert turn is not None
    assert store.jobs.begin(turn, WHEN)
    assert store.jobs.answer(turn, JobAnswer("月报.txt", "{}", None), WHEN) is not None
    assert store.jobs.remove_ended("p", WHEN + timedelta(days=1)) == 1
    actions = [one.action for one in store.audit.last(10)]
    assert actions == [Action.KEY_ADDED, Action.KEY_USED, *[Action.KEY_ADDED] * 2, Action.REFUSED]
    store.close()


def refuse_changes(url: str) -> None:
    engine = create_engine(url)
    for statement in ("UPDATE audit_events SET who = NULL", "DELETE FROM audit_events"):
        told = pytest.raises(ProgrammingError, match="permission denied for table audit_events")
        with told, engine.begin() as connection:
            connection.execute(text(statement))
    engine.dispose()


def test_a_service_that_may_only_add_to_the_audit_log_starts_and_works(
    postgres: Postgres, name: str, user: str, tmp_path: Path
) -> None:
    url = postgres.url(name, user, "secret")
    opened(tmp_path, postgres.url(name))
    postgres.ask(as_the_page_says(user), name)
    opened(tmp_path, url)
    use(tmp_path, url)
    refuse_changes(url)
    opened(tmp_path, url)


def test_a_service_whose_tables_are_anothers_is_upgraded_by_their_owner(
    postgres: Postgres, name: str, user: str, tmp_path: Path
) -> None:
    url, owner = postgres.url(name, user, "secret"), postgres.url(name)
    engine = connect(tmp_path, owner)
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(ROOT / "service" / "migrations"))
        config.attributes["connection"] = connection
        command.upgrade(config, "0004")
    engine.dispose()
    postgres.ask(as_the_page_says(user), name)
    told = refused(tmp_path, url)
    assert told.endswith(f" 用不了(must be owner of table api_keys){FORBIDDEN}")
    opened(tmp_path, owner)
    postgres.ask(as_the_page_says(user), name)
    use(tmp_path, url)


def test_an_owner_who_gave_up_changing_the_audit_log_starts_and_works(
    postgres: Postgres, name: str, user: str, tmp_path: Path
) -> None:
    postgres.ask(f"ALTER DATABASE {name} OWNER TO {user}")
    postgres.ask(f"GRANT CREATE ON SCHEMA public TO {user}", name)
    url = postgres.url(name, user, "secret")
    opened(tmp_path, url)
    statement = "REVOKE UPDATE, DELETE ON audit_events FROM yuebao"
    assert f"`{statement}`" in SECURITY
    postgres.ask(statement.replace("yuebao", user), name)
    use(tmp_path, url)
    refuse_changes(url)


@pytest.mark.parametrize(
    ("taken", "told"),
    [
        ("INSERT ON audit_events", "permission denied for table audit_events"),
        ("UPDATE ON api_keys", "permission denied for table api_keys"),
        ("DELETE ON jobs", "permission denied for table jobs"),
        (
            "USAGE ON SEQUENCE audit_events_id_seq",
            "permission denied for sequence public.audit_events_id_seq",
        ),
    ],
)
def test_a_service_that_lacks_a_right_that_it_needs_does_not_start(
    postgres: Postgres, name: str, user: str, tmp_path: Path, taken: str, told: str
) -> None:
    opened(tmp_path, postgres.url(name))
    postgres.ask(f"{as_the_page_says(user)}; REVOKE {taken} FROM {user}", name)
    assert refused(tmp_path, postgres.url(name, user, "secret")).endswith(f" 用不了({told}){FORBIDDEN}")


def test_a_copy_that_is_only_to_be_read_is_told(postgres: Postgres, name: str, tmp_path: Path) -> None:
    opened(tmp_path, postgres.url(name))
    postgres.ask(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    told = refused(tmp_path, postgres.url(name))
    assert told.endswith(" 用不了(只能读,不能写):连到的是只读的副本,请改连主库")


def test_a_database_that_cannot_hold_every_character_is_refused_with_the_mend(
    postgres: Postgres, tmp_path: Path
) -> None:
    with postgres.database("ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0") as latin:
        url = postgres.url(latin)
        assert refused(tmp_path, url) == (
            f"数据库 {url} 的编码是 LATIN1,存不下所有的字:"
            "请另建一个库,CREATE DATABASE 库名 ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0"
        )


def test_a_client_of_another_encoding_keeps_every_character(
    postgres: Postgres, name: str, tmp_path: Path
) -> None:
    postgres.ask(f"ALTER DATABASE {name} SET client_encoding = 'LATIN1'")
    store = Store.open(tmp_path, postgres.url(name))
    store.keep_digest("d-1", "𠮷月报", DIGEST, WHEN)
    found = store.digest("d-1")
    assert found is not None
    assert found.text == "𠮷月报"
    store.close()


def limits(url: str, home: Path) -> dict[str, str]:
    names = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
    engine = connect(home, url)
    with engine.connect() as connection:
        found = {name: str(connection.execute(text(f"SHOW {name}")).scalar_one()) for name in names}
    engine.dispose()
    return found


def test_whatever_waits_has_a_limit_and_the_administrators_holds(
    postgres: Postgres, name: str, tmp_path: Path
) -> None:
    own = {"lock_timeout": "10s", "statement_timeout": "1min", "idle_in_transaction_session_timeout": "30s"}
    assert limits(postgres.url(name), tmp_path) == own
    postgres.ask(f"ALTER DATABASE {name} SET statement_timeout = '7s'")
    assert limits(postgres.url(name, options="-c lock_timeout=3s"), tmp_path) == own | {
        "statement_timeout": "7s",
        "lock_timeout": "3s",
    }


def test_connections_that_were_broken_off_are_made_anew_unseen(
    postgres: Postgres, name: str, tmp_path: Path
) -> None:
    store = Store.open(tmp_path, postgres.url(name))
    store.keep_digest("d-1", "文字", DIGEST, WHEN)
    question = f"SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE datname = '{name}'"
    assert postgres.ask(question)
    assert store.digest("d-1") is not None
    store.close()


def in_turn(postgres: Postgres, name: str, calls: list[Callable[[], Any]]) -> list[Any]:
    """What comes of calls that all wait for the same writer when it ends."""
    address = f"host={postgres.folder} user={OWNER} dbname={name}"
    waiting = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}' AND wait_event = 'advisory'"
    with ThreadPoolExecutor(len(calls)) as pool:
        with psycopg.connect(address) as writer:
            lock = "SELECT pg_advisory_xact_lock(%s)"
            writer.execute(lock, [0x79756562616F])
            asked = [pool.submit(call) for call in calls]
            for _ in range(5000):
                if postgres.ask(waiting) == [(len(calls),)]:
                    break
            else:
                raise AssertionError(postgres.ask(waiting))
        return [one.result() for one in asked]


def test_of_several_writers_each_sees_what_the_one_before_it_wrote(
    postgres: Postgres, name: str, tmp_path: Path
) -> None:
    stores = [Store.open(tmp_path, postgres.url(name)) for _ in range(3)]
    stores[0].keep_digest("d-1", "文字", DIGEST, WHEN)
    event = Event(WHEN, Action.KEY_ADDED, None, "张三")
    added = in_turn(
        postgres, name, [lambda one=one: one.keys.add("张三", [Scope.READ], None, event) for one in stores]
    )
    assert sorted(token is None for token in added) == [False, True, True]
    assert [key.name for key in stores[0].keys.listed()] == ["张三"]
    kept = in_turn(postgres, name, [lambda one=one: one.correct(CHANGE, WHEN) for one in stores])
    assert stores[0].corrections(None, 0, None) == sorted(kept, key=lambda one: one.id)
    for one in stores:
        one.close()


def test_a_writer_that_waits_too_long_is_told(postgres: Postgres, name: str, tmp_path: Path) -> None:
    opened(tmp_path, postgres.url(name))
    address = f"host={postgres.folder} user={OWNER} dbname={name}"
    with psycopg.connect(address) as writer:
        writer.execute("SELECT pg_advisory_xact_lock(%s)", [0x79756562616F])
        assert refused(tmp_path, postgres.url(name, options="-c lock_timeout=10ms")).endswith(
            " 用不了(canceling statement due to lock timeout):"
            "别的进程占着数据库,请过一会儿再试;一直这样,请重新启动占着的进程"
        )


def test_a_user_of_too_few_connections_is_told(postgres: Postgres, tmp_path: Path) -> None:
    with postgres.user("CONNECTION LIMIT 0") as few:
        assert refused(tmp_path, postgres.url(OWNER, few, "secret")).endswith(
            " 用不了(连接太多):请调高 PostgreSQL 的 max_connections 或这个用户、这个库的 CONNECTION LIMIT,"
            "或调低 YUEBAO_WORKERS"
        )
