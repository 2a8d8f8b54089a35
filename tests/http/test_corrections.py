"""/v1/corrections and the stored digests they refer to: a real server on a real database of either kind."""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from models.pipeline import Pipeline
from service import examples
from service.app import create_app
from service.settings import Settings
from tests.databases import ON_SQLITE
from tests.fakes import KeywordDigester
from tests.http.conftest import running
from tests.http.test_digests import problem

ITEM: dict[str, Any] = {"item": "四川.1", "themes": ["training", "network_security"], "author": "张三"}
SENTENCE: dict[str, Any] = {"sentence": 1, "text": "上海公布标杆校。", "author": "张三"}
TRIES = 100_000


@pytest.fixture
def digester(pipeline: Pipeline) -> KeywordDigester:
    return KeywordDigester(pipeline.info)


@pytest.fixture
def settings(tmp_path: Path, database: str | None) -> Settings:
    return Settings(home=tmp_path / "home", watch_s=0.01, database=database)


@pytest.fixture
def client(settings: Settings, digester: KeywordDigester) -> Iterator[httpx.Client]:
    with running(settings, digester) as client:
        yield client


def digested(client: httpx.Client, **options: object) -> dict[str, Any]:
    response = client.post("/v1/digests", json={"text": examples.BULLETIN, **options})
    assert response.status_code == 200
    answer: dict[str, Any] = response.json()
    return answer


def correct(client: httpx.Client, digest: str, change: dict[str, Any]) -> httpx.Response:
    return client.post("/v1/corrections", json={"digest": digest, **change})


def until_warned(client: httpx.Client, start: str | None) -> str | None:
    """Ask /readyz until its warning begins with `start`, or until there is none."""
    for _ in range(TRIES):
        warning: str | None = client.get("/readyz").json().get("warning")
        if (warning or "").startswith(start or "") and (warning is None) == (start is None):
            return warning
    raise AssertionError(f"still {warning!r}")


@ON_SQLITE
def test_an_application_that_was_not_started_leaves_the_disk_alone(settings: Settings) -> None:
    create_app(settings)
    assert not settings.data.exists()


def test_a_stored_digest_is_answered_as_it_was(client: httpx.Client) -> None:
    given = digested(client)
    found = client.get(f"/v1/digests/{given['id']}")
    assert (found.status_code, found.json()) == (200, given)
    assert digested(client) == given


def test_a_correction_of_an_item_is_kept_with_what_was_before(client: httpx.Client) -> None:
    before = datetime.now(UTC)
    digest = digested(client)["id"]
    response = correct(client, digest, ITEM)
    kept = response.json()
    assert response.status_code == 201
    assert response.headers["location"] == f"/v1/corrections/{kept['id']}"
    created = datetime.fromisoformat(kept.pop("created"))
    assert before <= created <= datetime.now(UTC)
    assert created.utcoffset() == timedelta(0)
    assert kept == {
        "id": 1,
        "digest": digest,
        "item": "四川.1",
        "sentence": None,
        "before": ["network_security"],
        "after": ["training", "network_security"],
        "author": "张三",
        "bundle": "builtin-3",
    }
    assert client.get(response.headers["location"]).json() == response.json()


def test_a_correction_of_a_sentence_counts_from_0(client: httpx.Client) -> None:
    given = digested(client)
    kept = correct(client, given["id"], SENTENCE).json()
    assert (kept["item"], kept["sentence"]) == (None, 1)
    assert kept["before"] == given["abstract"]["sentences"][1]["text"]
    assert kept["after"] == "上海公布标杆校。"


def test_no_themes_mean_other(client: httpx.Client) -> None:
    assert correct(client, digested(client)["id"], ITEM | {"themes": []}).json()["after"] == []


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        (
            ITEM | {"item": "四川.9"},
            "这份分类结果里没有事项 四川.9:这里有 四川.1,请照 items 里的 id 填写",
        ),
        (
            ITEM | {"item": "浙江.99"},
            "这份分类结果里没有事项 浙江.99:这里有 浙江.1、浙江.2,请照 items 里的 id 填写",
        ),
        (
            ITEM | {"item": "北京.99"},
            "这份分类结果里没有事项 北京.99:编号形如 N1、河北.1,请照 items 里的 id 填写",
        ),
        (
            ITEM | {"themes": ["培训", "training"]},
            "没有主题 培训:可选 network_security、smart_campus、app_governance、training、resources;都不是请给 []",
        ),
        (SENTENCE | {"sentence": 3}, "没有第 3 句:摘要有 3 句,从 0 数起"),
        *(
            (
                change,
                "一次改一件事项(给 item 和 themes),或摘要的一句(给 sentence 和 text):两样要给全,不要混着给",
            )
            for change in (
                {"author": "张三"},
                ITEM | SENTENCE,
                {"item": "四川.1", "author": "张三"},
                {"item": "四川.1", "text": "改", "author": "张三"},
                {"sentence": 0, "author": "张三"},
            )
        ),
        (ITEM | {"author": " "}, "body.author:不能为空"),
        (ITEM | {"author": "张\0三"}, "body.author:不能有 NUL 字符"),
        (SENTENCE | {"text": ""}, "body.text:不能为空"),
        (SENTENCE | {"sentence": -1}, "body.sentence:最小是 0"),
        (SENTENCE | {"sentence": "一"}, "body.sentence:应是整数"),
        (ITEM | {"reason": "错了"}, "body.reason:没有这一项"),
    ],
)
def test_what_cannot_be_corrected_is_refused_with_the_mend(
    client: httpx.Client, change: dict[str, Any], detail: str
) -> None:
    response = correct(client, digested(client)["id"], change)
    assert (response.status_code, problem(response)["detail"]) == (422, detail)
    assert client.get("/v1/corrections").json() == {"corrections": [], "next": None}


def test_a_digest_without_an_abstract_has_no_sentence_to_correct(client: httpx.Client) -> None:
    response = correct(client, digested(client, abstract=False)["id"], SENTENCE)
    assert problem(response)["detail"] == "没有第 1 句:这份分类结果没有摘要"


def test_what_was_never_kept_is_404(client: httpx.Client) -> None:
    mend = "没有保存过分类结果 abc:请先 POST /v1/digests,再用答复里的 id"
    for response in (client.get("/v1/digests/abc"), correct(client, "abc", ITEM)):
        assert (response.status_code, problem(response)["detail"]) == (404, mend)
    response = client.get("/v1/corrections/7")
    assert (response.status_code, problem(response)["detail"]) == (
        404,
        "没有编号是 7 的修改:编号见 GET /v1/corrections",
    )


def test_corrections_are_listed_page_by_page(client: httpx.Client) -> None:
    full, short = digested(client)["id"], digested(client, abstract=False)["id"]
    for digest in (full, short, full, full):
        assert correct(client, digest, ITEM).status_code == 201

    def page(**query: object) -> tuple[list[int], int | None]:
        answer = client.get("/v1/corrections", params=query).json()
        return [one["id"] for one in answer["corrections"]], answer["next"]

    assert page() == ([1, 2, 3, 4], None)
    assert page(digest=full, limit=2) == ([1, 3], 3)
    assert page(digest=full, limit=2, after=3) == ([4], None)
    assert page(digest=short) == ([2], None)
    assert page(digest="abc") == ([], None)
    assert client.get("/v1/corrections", params={"limit": 0}).status_code == 422
    assert client.get("/v1/corrections", params={"after": 2**31}).status_code == 422


def test_a_digest_with_nul_characters_is_kept_and_read_back_as_it_was_answered(client: httpx.Client) -> None:
    text = examples.BULLETIN.replace("。", "\0。")
    answer = client.post("/v1/digests", json={"text": text}).json()
    assert "\0" in answer["abstract"]["text"]
    assert client.get(f"/v1/digests/{answer['id']}").json() == answer
    kept = correct(client, answer["id"], SENTENCE).json()
    assert kept["before"] == answer["abstract"]["sentences"][1]["text"]
    assert "\0" in kept["before"]
    assert client.get("/v1/corrections").json()["corrections"] == [kept]
    assert "warning" not in client.get("/readyz").json()


def test_a_restart_keeps_everything(settings: Settings, digester: KeywordDigester) -> None:
    with running(settings, digester) as client:
        given = digested(client)
        kept = correct(client, given["id"], ITEM).json()
    with running(settings, digester) as client:
        assert client.get(f"/v1/digests/{given['id']}").json() == given
        assert client.get("/v1/corrections").json() == {"corrections": [kept], "next": None}


def test_two_servers_share_one_database(settings: Settings, digester: KeywordDigester) -> None:
    with ExitStack() as stack:
        one, other = (stack.enter_context(running(settings, digester)) for _ in range(2))
        given = digested(one)
        assert digested(other) == given
        ids = [correct(client, given["id"], ITEM).json()["id"] for client in (one, other) * 5]
        assert ids == list(range(1, 11))
        assert one.get("/v1/corrections").json() == other.get("/v1/corrections").json()


def test_digests_need_not_be_kept(tmp_path: Path, digester: KeywordDigester) -> None:
    with running(Settings(home=tmp_path, store_digests=False), digester) as client:
        id = digested(client)["id"]
        response = correct(client, id, ITEM)
    assert (response.status_code, problem(response)["detail"]) == (
        404,
        f"没有保存过分类结果 {id}:服务设了 YUEBAO_STORE_DIGESTS=false,请改成 true 后重新 POST /v1/digests",
    )


def test_without_a_store_a_server_that_asks_for_keys_is_not_ready_until_it_is_there(
    tmp_path: Path, digester: KeywordDigester
) -> None:
    home = tmp_path / "home"
    home.write_text("不是文件夹")
    with running(Settings(home=home, watch_s=0.01, require_keys=True), digester) as client:
        for _ in range(TRIES):
            answer = client.get("/readyz")
            if answer.status_code == 503:
                break
        told = problem(answer)
        assert told["type"] == "urn:yuebao:problem:store-unavailable"
        assert told["reasons"] == [{"part": "store", "state": "not_ready", "reason": told["detail"]}]
        home.unlink()
        until_warned(client, None)


def test_without_a_store_digests_are_answered_and_it_is_told(
    tmp_path: Path, digester: KeywordDigester
) -> None:
    home = tmp_path / "home"
    home.write_text("不是文件夹")
    told = f"数据文件夹 {home} 建不了(已有同名的文件或文件夹):请检查权限,或用 YUEBAO_HOME 换一个位置"
    with running(Settings(home=home, watch_s=0.01), digester) as client:
        id = digested(client)["id"]
        assert until_warned(client, "什么") == f"什么都不能保存:{told}。"
        training = client.post("/v1/trainings", json={"version": "m-1"})
        for response in (correct(client, id, ITEM), client.get(f"/v1/digests/{id}"), training):
            assert (response.status_code, problem(response)["detail"]) == (503, told)
        home.unlink()
        until_warned(client, None)
        assert correct(client, digested(client)["id"], ITEM).status_code == 201


@ON_SQLITE
def test_a_digest_that_cannot_be_kept_is_answered_and_told(client: httpx.Client, settings: Settings) -> None:
    digested(client, abstract=False)
    file = settings.data / "yuebao.db"
    with sqlite3.connect(file) as database:
        database.execute(
            "CREATE TRIGGER full BEFORE INSERT ON digests BEGIN SELECT RAISE(FAIL, '磁盘满了'); END"
        )
    digested(client)
    assert client.get("/readyz").json()["warning"] == (
        f"最近一份分类结果没有保存:数据库 sqlite:///{file} 用不了(磁盘满了):请检查磁盘空间、权限和连接。"
    )
    with sqlite3.connect(file) as database:
        database.execute("DROP TRIGGER full")
    id = digested(client)["id"]
    assert "warning" not in client.get("/readyz").json()
    assert client.get(f"/v1/digests/{id}").status_code == 200
