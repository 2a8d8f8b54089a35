"""What goes wrong around a server: it is killed, the disk is full, the database or a bundle is gone."""

import resource
import shutil
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from models.pipeline import Pipeline
from models.registry import Registry
from service import examples
from service.settings import Settings
from service.store.connection import FILE
from service.store.records import Scope
from tests.bundles import bundle_like_builtin
from tests.databases import variables
from tests.fakes import KeywordDigester
from tests.http.conftest import running
from tests.http.processes import Served, serving
from tests.http.test_digests import problem
from tests.http.test_promotion import TRIES, WHEN
from tests.keys import bearer, made
from tests.postgres import Postgres

BODY = {"text": examples.BULLETIN, "abstract": False}


def digested(client: httpx.Client, text: str = examples.BULLETIN, *, kept: bool = True) -> str:
    answer = client.post("/v1/digests", json={"text": text, "abstract": False})
    assert answer.status_code == 200
    id = str(answer.json()["id"])
    assert answer.headers.get("content-location") == (f"/v1/digests/{id}" if kept else None)
    return id


def correct(client: httpx.Client, digest: str, author: str = "张三") -> httpx.Response:
    asked = {"digest": digest, "item": "四川.1", "themes": ["training"], "author": author}
    return client.post("/v1/corrections", json=asked)


def authors(client: httpx.Client) -> list[str]:
    found = client.get("/v1/corrections", params={"limit": 1000}).json()["corrections"]
    return [one["author"] for one in found]


def until_warned(client: httpx.Client, word: str | None) -> str | None:
    """Ask /readyz until its warning begins with `word`, or there is none."""
    for _ in range(TRIES):
        answer = client.get("/readyz")
        warning: str | None = answer.json().get("warning")
        if warning is None if word is None else (warning or "").startswith(word):
            return warning
    raise AssertionError(f"still {warning}")


def test_nothing_that_was_answered_is_lost_when_the_server_is_killed(
    tmp_path: Path, database: str | None
) -> None:
    settings = variables(database)
    answered: list[str] = []

    def keep_on(client: httpx.Client, digest: str, name: int) -> None:
        for number in count():
            author = f"{name}-{number}"
            try:
                if correct(client, digest, author).status_code == 201:
                    answered.append(author)
            except httpx.TransportError:
                return

    with serving(tmp_path, **settings) as served, ThreadPoolExecutor(3) as pool:
        digest = digested(served.client)
        writing = [pool.submit(keep_on, served.client, digest, name) for name in range(3)]
        while len(answered) < 30:
            assert not any(one.done() for one in writing)
        late = digested(served.client, examples.BULLETIN.replace("四川", "云南"))
        served.process.send_signal(signal.SIGKILL)
        for one in writing:
            one.result()
    with serving(tmp_path, **settings) as served:
        assert set(answered) <= set(authors(served.client))
        for id in (digest, late):
            assert served.client.get(f"/v1/digests/{id}").status_code == 200
        assert "warning" not in served.client.get("/readyz").json()


@pytest.fixture
def limit_files() -> Callable[[Served, int], None]:
    """Lets no file of a server grow beyond so many bytes, as a disk that is full."""
    if not hasattr(resource, "prlimit"):
        pytest.skip("only Linux limits another process")

    def limit(served: Served, size: int) -> None:
        most = resource.prlimit(served.process.pid, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(served.process.pid, resource.RLIMIT_FSIZE, (size, most))

    return limit


def test_on_a_full_disk_digests_are_answered_corrections_refused_and_room_mends_it(
    tmp_path: Path, limit_files: Callable[[Served, int], None]
) -> None:
    with serving(tmp_path, YUEBAO_WATCH_S="0.01") as served:
        client = served.client
        digest = digested(client)
        assert correct(client, digest).status_code == 201
        limit_files(served, 0)
        digested(client, examples.BULLETIN.replace("四川", "云南"), kept=False)
        warning = until_warned(client, "最近一份分类结果没有保存:数据库 ")
        assert warning is not None
        assert "请检查磁盘空间、权限和连接" in warning
        refused = correct(client, digest, "李四")
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")
        assert "请检查磁盘空间、权限和连接" in str(problem(refused)["detail"])
        assert client.get(f"/v1/digests/{digest}").status_code == 200
        limit_files(served, resource.RLIM_INFINITY)
        assert correct(client, digest, "王五").status_code == 201
        again = digested(client, examples.BULLETIN.replace("四川", "云南"))
        until_warned(client, None)
        assert client.get(f"/v1/digests/{again}").status_code == 200
        assert authors(client) == ["张三", "王五"]


@pytest.fixture
def digester(pipeline: Pipeline) -> KeywordDigester:
    return KeywordDigester(pipeline.info)


def files_of(home: Path) -> list[Path]:
    return [path for path in home.iterdir() if path.name.startswith(FILE)]


def test_a_database_that_vanishes_is_told_nothing_is_lost_in_it_and_it_may_come_back(
    tmp_path: Path, digester: KeywordDigester
) -> None:
    home, away = tmp_path / "home", tmp_path / "away"
    away.mkdir()
    with running(Settings(home=home, watch_s=0.01), digester) as client:
        digest = digested(client)
        assert correct(client, digest).status_code == 201
        for path in files_of(home):
            path.rename(away / path.name)
        told = (
            f"数据库文件 {home / FILE} 不见了(没有这个文件或文件夹):请放回去;"
            "要从空的数据库重新开始,请重新启动服务"
        )
        assert until_warned(client, "什么") == f"什么都不能保存:{told}。"
        refused = correct(client, digest, "李四")
        assert (refused.status_code, problem(refused)["detail"]) == (503, told)
        assert client.post("/v1/digests", json=BODY).status_code == 200
        assert files_of(home) == []
        for path in away.iterdir():
            path.rename(home / path.name)
        until_warned(client, None)
        assert correct(client, digest, "王五").status_code == 201
        assert authors(client) == ["张三", "王五"]


def test_a_database_that_is_replaced_is_used_at_once_whatever_it_is(
    tmp_path: Path, digester: KeywordDigester
) -> None:
    home = tmp_path / "home"
    with running(Settings(home=home, watch_s=0.01), digester) as client:
        digest = digested(client)
        assert correct(client, digest).status_code == 201
    saved = (home / FILE).read_bytes()
    with running(Settings(home=home, watch_s=0.01), digester) as client:
        assert correct(client, digest, "李四").status_code == 201
        for content, status in ((b"no database" * 1000, 503), (saved, 201)):
            other = home / "other"
            other.write_bytes(content)
            for path in files_of(home):
                path.unlink()
            other.rename(home / FILE)
            assert correct(client, digest, "王五").status_code == status
            until_warned(client, "什么都不能保存" if status == 503 else None)
        assert authors(client) == ["张三", "王五"]


def test_a_postgresql_that_goes_away_is_told_and_used_again_once_it_is_back(
    postgres: Postgres, postgres_url: str, tmp_path: Path, digester: KeywordDigester
) -> None:
    settings = Settings(home=tmp_path, watch_s=0.01, database=postgres_url)
    key = made(tmp_path, "张三", Scope.ADMIN, database=postgres_url)
    with running(settings, digester) as client:
        client.headers.update(bearer(key))
        digest = digested(client)
        assert correct(client, digest).status_code == 201
        postgres.stop()
        try:
            warning = until_warned(client, f"什么都不能保存:数据库 {postgres_url} 用不了(")
            assert warning is not None
            assert warning.endswith("PostgreSQL 是否开着,它的 max_connections 够不够。")
            # Without the keys nobody is let in.
            for refused in (correct(client, digest, "李四"), client.post("/v1/digests", json=BODY)):
                assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")
                assert refused.json()["type"] == "urn:yuebao:problem:store-unavailable"
                assert "PostgreSQL 是否开着" in str(problem(refused)["detail"])
        finally:
            postgres.start()
        until_warned(client, None)
        assert correct(client, digest, "王五").status_code == 201
        assert authors(client) == ["张三", "王五"]


def test_a_server_that_starts_before_its_postgresql_uses_it_once_it_is_there(
    postgres: Postgres, postgres_url: str, tmp_path: Path, digester: KeywordDigester
) -> None:
    postgres.stop()
    try:
        settings = Settings(home=tmp_path, watch_s=0.01, database=postgres_url, require_keys=False)
        with running(settings, digester) as client:
            until_warned(client, "什么都不能保存")
            lost = digested(client, kept=False)
            postgres.start()
            until_warned(client, None)
            assert client.get(f"/v1/digests/{lost}").status_code == 404
            assert correct(client, digested(client)).status_code == 201
    finally:
        postgres.start()


@pytest.fixture
def promoted(tmp_path: Path) -> Iterator[tuple[httpx.Client, Registry]]:
    """A server of the shipped bundle, and its registry, to which m-1 has come."""
    registry = Registry(tmp_path / "home")
    registry.add(bundle_like_builtin(tmp_path / "m-1", "m-1"))
    with running(Settings(home=tmp_path / "home", watch_s=0.01), None) as client:
        yield client, registry


Damage = Callable[[Path], Any]


@pytest.mark.parametrize(
    "damage",
    [
        shutil.rmtree,
        lambda folder: (folder / "manifest.json").write_text("{"),
        lambda folder: (folder / "README.md").unlink(),
    ],
    ids=["gone", "damaged", "incomplete"],
)
def test_a_promoted_version_that_is_gone_or_damaged_is_told_and_taken_once_it_is_mended(
    promoted: tuple[httpx.Client, Registry], tmp_path: Path, damage: Damage
) -> None:
    client, registry = promoted
    folder = registry.folder("m-1")
    old = client.get("/v1/models").json()["current"]
    shutil.move(folder, tmp_path / "whole")
    shutil.copytree(tmp_path / "whole", folder)
    damage(folder)
    (tmp_path / "home" / "models" / "current").write_text("m-1\n")
    warning = until_warned(client, "新的模型 m-1 载入失败")
    assert warning is not None
    assert warning.endswith(f"仍在用 {old}。")
    assert client.post("/v1/digests", json=BODY).json()["versions"]["bundle"] == old
    shutil.rmtree(folder, ignore_errors=True)
    shutil.move(tmp_path / "whole", folder)
    until_warned(client, None)
    assert client.post("/v1/digests", json=BODY).json()["versions"]["bundle"] == "m-1"


def test_a_bundle_that_vanishes_while_it_serves_goes_on_serving(
    promoted: tuple[httpx.Client, Registry],
) -> None:
    client, registry = promoted
    registry.promote("m-1", "", WHEN)
    while client.get("/readyz").json()["bundle"] != "m-1":
        pass
    shutil.rmtree(registry.folder("m-1"))
    answer = client.post("/v1/digests", json={"text": examples.BULLETIN})
    assert answer.json()["versions"]["bundle"] == "m-1"
    assert answer.json()["abstract"]["sentences"]


def test_a_pointer_that_is_a_folder_leaves_the_server_up(
    promoted: tuple[httpx.Client, Registry], tmp_path: Path
) -> None:
    client, _ = promoted
    pointer = tmp_path / "home" / "models" / "current"
    pointer.mkdir()
    warning = until_warned(client, "新的模型")
    assert warning is not None
    assert f"记着当前版本的文件 {pointer} 读不了(是文件夹)" in warning
    pointer.rmdir()
    until_warned(client, None)
