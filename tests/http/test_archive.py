"""The archive over HTTP."""

import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

pytest.importorskip("duckdb")

from models.pipeline import Pipeline
from service import problems
from service.archive import index, views
from service.archive.edition import Archive
from service.archive.filters import Filters
from service.archive.opened import Opened, Reopened
from service.errors import ArchiveLibraryError
from service.settings import Settings
from tests.archives import replace_parts
from tests.conftest import REAL_MONTH, ROOT
from tests.http.conftest import running


@pytest.fixture
def own(small_archive: Path, tmp_path: Path) -> Path:
    """A copy of the archive, to be changed."""
    return Path(shutil.copytree(small_archive, tmp_path / "档案"))


@pytest.fixture
def server(pipeline: Pipeline, own: Path) -> Iterator[httpx.Client]:
    with running(Settings(archive=own), pipeline) as client:
        yield client


def rows(archive: Path, sql: str) -> list[tuple[Any, ...]]:
    return views.connect(Archive(archive).current()).execute(sql).fetchall()


def pages(client: httpx.Client, path: str, **asked: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    offset: int | None = 0
    while offset is not None:
        answer = client.get(path, params=asked | {"offset": offset}).json()
        assert offset + len(answer["items"]) <= answer["total"]
        found += answer["items"]
        offset = answer["next"]
    assert len(found) == answer["total"]
    return found


def test_pages_of_items_are_the_archive_newest_first(client: httpx.Client, small_archive: Path) -> None:
    found = pages(client, "/v1/archive/items", limit=7)
    told = rows(
        small_archive,
        'SELECT bulletin, item, month, text, start, "end", themes, review FROM items '
        "ORDER BY month DESC NULLS LAST, bulletin, position",
    )
    assert [
        (one["bulletin"], one["item"], one["month"], one["text"], *one["span"], one["themes"], one["review"])
        for one in found
    ] == told


def test_items_are_filtered(client: httpx.Client, small_archive: Path) -> None:
    asked = {"theme": "培训", "from": "2019-01", "to": "2019-12", "level": "provincial", "limit": 200}
    found = pages(client, "/v1/archive/items", **asked)
    told = rows(
        small_archive,
        "SELECT bulletin, item FROM items WHERE list_contains(themes, 'training') AND level = 'provincial' "
        "AND month BETWEEN '2019-01' AND '2019-12'",
    )
    assert sorted((one["bulletin"], one["item"]) for one in found) == sorted(told)
    assert told


@pytest.mark.parametrize("semantic", ["false", "true"])
def test_pages_of_a_search_have_no_holes(client: httpx.Client, semantic: str) -> None:
    asked = {"q": "网络", "semantic": semantic}
    whole = client.get("/v1/archive/search", params=asked | {"limit": 200}).json()
    assert whole["items"] == pages(client, "/v1/archive/search", **asked, limit=4)
    assert whole["note"] is None


def test_hits_point_at_their_characters(client: httpx.Client) -> None:
    answer = client.get("/v1/archive/search", params={"q": "網絡安全 “培训会”", "limit": 1}).json()
    (hit,) = answer["items"]
    assert [hit["text"][start:end] for start, end in hit["hits"]] == ["网络安全培训会"]
    assert (hit["month"], hit["province"], hit["themes"]) == (
        "2019-12",
        "北京",
        ["training", "network_security"],
    )


def test_a_search_by_meaning_finds_what_shares_no_word(client: httpx.Client) -> None:
    asked = {"q": "防范黑客", "limit": 3}
    assert client.get("/v1/archive/search", params=asked).json()["total"] == 0
    found = client.get("/v1/archive/search", params=asked | {"semantic": "true"}).json()
    assert [one["themes"][0] for one in found["items"]] == ["network_security"] * 3


def test_stats_are_the_counts_of_sql(client: httpx.Client, small_archive: Path) -> None:
    stats = client.get("/v1/archive/stats").json()
    items = rows(small_archive, "SELECT month, province, themes, review FROM items")
    assert stats["items"] == len(items) == sum(one["items"] for one in stats["months"])
    assert stats["review"] == sum(review for *_, review in items)
    assert stats["none"] == sum(not themes for _, _, themes, _ in items)
    assert stats["themes"] == dict(Counter(theme for _, _, themes, _ in items for theme in themes))
    by_month = Counter((month, theme) for month, _, themes, _ in items for theme in themes)
    by_province = Counter((province, theme) for _, province, themes, _ in items for theme in themes)
    assert {
        (one["month"], theme): count
        for one in stats["months"]
        for theme, count in one["themes"].items()
        if count
    } == by_month
    assert {
        (one["province"], theme): count
        for one in stats["provinces"]
        for theme, count in one["themes"].items()
        if count
    } == {key: count for key, count in by_province.items() if key[0] is not None}
    missing = Counter(
        province
        for (provinces,) in rows(small_archive, "SELECT missing FROM bulletins")
        for province in provinces
    )
    assert {one["province"]: one["bulletins"] for one in stats["missing"]} == missing
    record = Archive(small_archive).current().record
    assert stats["versions"] == {
        "edition": record.bundle,
        "bundle": record.bundle,
        "taxonomy": record.taxonomy,
        "schema_version": 1,
        "yuebao": record.yuebao,
    }
    assert (stats["bulletins"], stats["duplicates"], stats["errors"]) == (
        rows(small_archive, "SELECT count(*) FROM bulletins")[0][0],
        0,
        rows(small_archive, "SELECT count(*) FROM errors")[0][0],
    )


@pytest.mark.parametrize(
    ("path", "asked", "status", "detail"),
    [
        ("items", {"limit": 201}, 422, "query.limit:最大是 200"),
        ("items", {"offset": -1}, 422, "query.offset:最小是 0"),
        ("items", {"level": "x"}, 422, "query.level:应是 'national'、'provincial'"),
        ("items", {"province": "东京"}, 422, "没有省份“东京”:请写北京、内蒙古、兵团这样的名称"),
        ("search", {}, 422, "query.q:缺少这一项"),
        ("search", {"q": ""}, 422, "query.q:不能为空"),
        ("search", {"q": "好" * 201}, 422, "query.q:最多 200 字"),
        ("search", {"q": "。"}, 422, "“。”里没有可以检索的词:请写一个词,或用引号写一句原文"),
        ("search", {"q": "网络", "from": "2019"}, 422, "月份“2019”不对:请写作 2021-04 这样"),
    ],
)
def test_bad_questions_are_problems(
    client: httpx.Client, path: str, asked: dict[str, Any], status: int, detail: str
) -> None:
    response = client.get(f"/v1/archive/{path}", params=asked)
    assert response.headers["content-type"] == "application/problem+json"
    assert (response.status_code, response.json()["detail"]) == (status, detail)


@pytest.mark.parametrize("path", ["items", "search?q=网络", "search?q=网络&semantic=true", "stats"])
def test_without_an_archive_the_mend_is_told(pipeline: Pipeline, tmp_path: Path, path: str) -> None:
    with running(Settings(archive=tmp_path), pipeline) as client:
        response = client.get(f"/v1/archive/{path}")
    assert response.json() == {
        "type": "urn:yuebao:problem:no-archive",
        "title": "没有档案",
        "status": 404,
        "detail": "这个服务还没有档案:请在服务器上运行 yuebao archive build,或把 YUEBAO_ARCHIVE 指向建好的档案",
        "request_id": response.headers["x-request-id"],
    }


def test_an_archive_of_another_bundle_is_not_searched_by_meaning(
    own: Path, server: httpx.Client, pipeline: Pipeline
) -> None:
    edition = Archive(own).current()
    record = edition.path / "edition.json"
    record.write_text(
        record.read_text("utf-8").replace(f'"bundle": "{edition.name}"', '"bundle": "old"'), "utf-8"
    )
    response = server.get("/v1/archive/search", params={"q": "网络", "semantic": "true"})
    assert (response.status_code, response.json()["title"]) == (409, "档案不能这样检索")
    assert response.json()["detail"] == (
        f"档案的 {edition.name} 这一版出自模型 old,手头的模型是 {pipeline.info.version},"
        "两者的向量不能相比:请换用那个模型,或用现在的模型再建一版(yuebao archive replay)"
    )
    assert server.get("/v1/archive/search", params={"q": "网络"}).json()["total"] > 0


def test_a_build_shows_while_the_server_runs(own: Path, server: httpx.Client) -> None:
    assert server.get("/v1/archive/items").json()["total"] == 135
    assert server.get("/v1/archive/search", params={"q": "网络"}).json()["note"] is None
    edition = Archive(own).current()
    replace_parts(edition, [REAL_MONTH])
    assert server.get("/v1/archive/items").json()["total"] == 80
    assert server.get("/v1/archive/stats").json()["bulletins"] == 1
    assert server.get("/v1/archive/search", params={"q": "网络"}).json()["note"] == (
        "档案在建索引之后变了,检索到的是变之前的事项;yuebao archive build 做完以后就是新的"
    )
    index.build(edition)
    answer = server.get("/v1/archive/search", params={"q": "网络"}).json()
    assert answer["note"] is None
    assert {one["month"] for one in answer["items"]} == {"2019-12"}


def test_a_question_that_meets_a_vanished_file_is_asked_again(own: Path) -> None:
    asked: list[Opened] = []

    def question(opened: Opened) -> int:
        asked.append(opened)
        if len(asked) == 1:
            replace_parts(opened.edition, [REAL_MONTH])
        return opened.items(Filters(), 10, 0)[0]

    assert Reopened(own).ask(question) == 80
    assert len(asked) == 2


def test_without_the_libraries_the_mend_is_told(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "class Absent:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] in {'duckdb', 'pyarrow'}:\n"
        "            raise ModuleNotFoundError(f'No module named {name!r}', name=name)\n"
        "sys.meta_path.insert(0, Absent())\n"
        "from service.cli import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "archive", "search", "网络", "-a", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (
        2,
        "yuebao:档案要用的库没有装(缺 pyarrow):请运行 pip install 'yuebao[archive]'\n",
    )
    assert problems.kind_of(ArchiveLibraryError()) == problems.Kind(
        501, "no-archive-libraries", "这台机器不能查档案"
    )
