"""Who may ask for what: a real server that asks for keys, on a real SQLite file."""

import re
import socket
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import Any

import httpx
import pytest
from fastapi import APIRouter
from fastapi.routing import iter_route_contexts

from models.pipeline import Pipeline
from service import examples
from service.access.guard import REFUSALS_NOTED_PER_MINUTE
from service.access.network import refuse_open_network
from service.access.rules import RULES
from service.app import create_app
from service.errors import SettingsError
from service.routes import themes as themes_routes
from service.settings import Settings
from service.store.connection import connect
from service.store.records import Scope
from tests.fakes import KeywordDigester
from tests.http.conftest import TIMEOUT_S, running
from tests.http.processes import serving
from tests.http.test_digests import problem
from tests.http.trainings import Serve
from tests.keys import bearer, made, noted, opened

NO_KEY = "这里要密钥:请在 Authorization 头里写 Bearer 和密钥,网页上填在“密钥”栏"
NOT_GOOD = "没有这把密钥,或已经撤销:请核对有没有抄全,或向管理员要一把新的"
ASKED_FOR = 'Bearer realm="yuebao"'
Refused = tuple[int, str, str, str, str]
NONE_GIVEN = (401, "urn:yuebao:problem:no-key", "要有密钥", NO_KEY, ASKED_FOR)
BAD = (401, "urn:yuebao:problem:bad-key", "密钥无效", NOT_GOOD, f'{ASKED_FOR}, error="invalid_token"')
OPEN = [path for (_, path), rule in RULES.items() if rule.scope is None]
CLOSED = [(method, path) for (method, path), rule in RULES.items() if rule.scope is not None]
BREAK = "ALTER TABLE api_keys RENAME TO away"
MEND = "ALTER TABLE away RENAME TO api_keys"


@pytest.fixture
def digester(pipeline: Pipeline) -> KeywordDigester:
    return KeywordDigester(pipeline.info)


def in_database(home: Path, statement: str) -> None:
    with sqlite3.connect(home / "yuebao.db") as database:
        database.execute(statement)


def broken(home: Path) -> str:
    return f"数据库 sqlite:///{home / 'yuebao.db'} 用不了(no such table: api_keys):请检查磁盘空间、权限和连接"


def refused(response: httpx.Response) -> Refused:
    told = problem(response)
    kind, title, detail = (str(told[name]) for name in ("type", "title", "detail"))
    return response.status_code, kind, title, detail, response.headers["www-authenticate"]


def themes(client: httpx.Client, token: str | None = None) -> httpx.Response:
    return client.get("/v1/themes", headers={} if token is None else bearer(token))


def test_the_table_names_every_route_and_no_other() -> None:
    routes = [*iter_route_contexts(create_app(Settings()).routes)]
    assert all(route.methods and route.path for route in routes), "a route that answers to no method"
    found = {(method, route.path) for route in routes for method in route.methods or ()}
    assert {(method, path) for method, path in found if method != "HEAD"} == set(RULES)


def test_the_description_tells_the_scope_of_each_operation(serve: Serve) -> None:
    api = serve().get("/openapi.json").json()
    assert api["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    for path, operations in api["paths"].items():
        for method, operation in operations.items():
            scope = RULES[method.upper(), path].scope
            assert operation.get("security") == (None if scope is None else [{"key": [scope]}, {}])


@pytest.mark.parametrize(("method", "path"), CLOSED)
def test_without_a_key_a_route_is_closed(serve: Serve, method: str, path: str) -> None:
    client = serve(require_keys=True)
    response = client.request(method, path.replace("{id}", "1"))
    assert refused(response) == NONE_GIVEN


def test_pages_and_health_need_no_key(serve: Serve) -> None:
    client = serve(require_keys=True)
    assert {path: client.get(path).status_code for path in OPEN} == dict.fromkeys(OPEN, 200)


@pytest.mark.parametrize(
    ("authorization", "told"),
    [
        ("Basic dXNlcjpwYXNz", NONE_GIVEN),
        ("Bearer", NONE_GIVEN),
        ("Bearer yb_short", BAD),
        (f"Bearer yb_{'0' * 12}_{'A' * 43}", BAD),
        ("Bearer \xff", BAD),
    ],
    ids=["basic", "empty", "short", "unknown", "not ASCII"],
)
def test_what_is_no_key_is_refused(serve: Serve, authorization: str, told: Refused) -> None:
    headers = {b"authorization": authorization.encode("latin-1")}
    response = serve(require_keys=True).get("/v1/themes", headers=headers)
    assert refused(response) == told


def test_a_key_with_another_secret_is_refused(serve: Serve, home: Path) -> None:
    one, other = made(home, "张三", Scope.READ), made(home, "李四", Scope.READ)
    mixed = f"{one[:16]}{other[16:]}"
    client = serve()
    assert (themes(client, one).status_code, themes(client, other).status_code) == (200, 200)
    assert refused(themes(client, mixed)) == BAD


def test_each_scope_opens_its_routes_and_admin_opens_all(serve: Serve, home: Path) -> None:
    client = serve(require_keys=True)
    tokens = {scope: made(home, scope.value, scope) for scope in Scope}
    for method, path in CLOSED:
        for scope, token in tokens.items():
            response = client.request(method, path.replace("{id}", "1"), headers=bearer(token))
            wanted = RULES[method, path].scope
            assert wanted is not None
            if scope in (wanted, Scope.ADMIN):
                assert response.status_code not in (401, 403), (method, path, scope)
            else:
                told = f"密钥 {scope} 没有 {wanted} 权限:请向管理员要一把有的"
                assert (response.status_code, problem(response)["detail"]) == (403, told)
                assert response.headers["www-authenticate"] == (
                    f'Bearer realm="yuebao", error="insufficient_scope", scope="{wanted}"'
                )


@pytest.mark.parametrize("scope", Scope)
def test_with_any_key_what_is_no_address_is_404_and_what_is_no_method_405(
    serve: Serve, home: Path, scope: Scope
) -> None:
    client = serve()
    client.headers = httpx.Headers(bearer(made(home, "张三", scope)))
    nowhere = client.get("/v2/themes")
    detail = "没有 /v2/themes 这个地址:接口列在 /docs"
    assert (nowhere.status_code, problem(nowhere)["detail"]) == (404, detail)
    for path, methods in (("/v1/trainings/1", "DELETE, GET"), ("/v1/themes", "GET")):
        response = client.put(path)
        assert (response.status_code, response.headers["allow"]) == (405, methods)
    assert noted(home) == [("key-used", "张三", "GET (没有这个地址)")]


def test_without_a_good_key_nobody_is_told_what_is_an_address(serve: Serve, home: Path) -> None:
    made(home, "张三", Scope.READ)
    client = serve()
    for method, path in (("GET", "/v2/themes"), ("PUT", "/v1/themes")):
        assert refused(client.request(method, path)) == NONE_GIVEN
        assert refused(client.request(method, path, headers=bearer(f"yb_{'0' * 12}_{'A' * 43}"))) == BAD


def test_a_route_that_is_not_in_the_table_is_for_admin_alone(
    digester: KeywordDigester, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, admin = made(home, "张三", Scope.READ), made(home, "李四", Scope.ADMIN)
    forgotten = APIRouter()
    forgotten.add_api_route("/v1/forgotten", lambda: "月报", methods=["GET"])
    monkeypatch.setattr(themes_routes.router, "routes", [*themes_routes.router.routes, *forgotten.routes])
    with running(Settings(home=home), digester) as client:
        response = client.get("/v1/forgotten", headers=bearer(reader))
        told = "密钥 张三 没有 admin 权限:请向管理员要一把有的"
        assert (response.status_code, problem(response)["detail"]) == (403, told)
        assert client.get("/v1/forgotten", headers=bearer(admin)).json() == "月报"
        assert client.put("/v1/forgotten", headers=bearer(reader)).status_code == 405


def test_the_first_key_closes_a_running_server_and_a_revoked_one_opens_nothing(
    serve: Serve, home: Path
) -> None:
    client = serve()
    assert themes(client).status_code == 200
    token = made(home, "张三", Scope.READ)
    assert problem(themes(client))["detail"] == NO_KEY
    assert themes(client, token).status_code == 200
    in_database(home, "UPDATE api_keys SET revoked = '2024-05-01 00:00:00'")
    # Who has found it is told no more than of a key that never was.
    assert refused(themes(client, token)) == BAD
    assert noted(home)[-1] == ("refused", "张三", "GET /v1/themes:密钥无效")
    assert refused(themes(client)) == NONE_GIVEN


def test_a_key_expires(serve: Serve, home: Path) -> None:
    now = datetime.now(UTC)
    past = datetime(2024, 5, 1, 8, 30, tzinfo=UTC)
    client = serve()
    assert themes(client, made(home, "张三", Scope.READ, expires=now + timedelta(days=1))).status_code == 200
    response = themes(client, made(home, "李四", Scope.READ, expires=past))
    assert refused(response) == (
        *BAD[:3],
        "密钥 李四 在 2024-05-01 08:30 UTC 过期了:请向管理员要一把新的",
        BAD[4],
    )


def test_a_client_that_gives_itself_a_long_address_is_noted_all_the_same(
    serve: Serve, home: Path, database: str | None
) -> None:
    client = serve(database=database, require_keys=True)
    client.headers["X-Forwarded-For"] = "长".encode().hex() * 100
    token = made(home, "张三", Scope.READ, database=database)
    assert [themes(client).status_code, themes(client, token).status_code] == [401, 200]
    with opened(home, database) as store:
        found = [one.address for one in store.audit.last(2)]
    assert found == [("长".encode().hex() * 100)[:99] + "…"] * 2


def test_keys_may_be_left_out_of_it(serve: Serve, home: Path) -> None:
    made(home, "张三", Scope.READ)
    assert themes(serve(require_keys=False)).status_code == 200


def test_a_store_that_is_down_lets_nobody_in(serve: Serve, home: Path) -> None:
    token = made(home, "张三", Scope.READ)
    client = serve()
    assert themes(client, token).status_code == 200
    in_database(home, BREAK)
    response = themes(client, token)
    assert (response.status_code, problem(response)["detail"]) == (503, broken(home))
    assert client.get("/healthz").status_code == 200
    in_database(home, MEND)
    assert themes(client, token).status_code == 200


def test_a_server_that_cannot_tell_whether_there_are_keys_lets_nobody_in(serve: Serve, home: Path) -> None:
    made(home, "张三", Scope.READ)
    in_database(home, BREAK)
    response = themes(serve())
    assert (response.status_code, problem(response)["detail"]) == (503, broken(home))


def test_a_server_that_had_no_keys_answers_on_when_the_store_fails(serve: Serve, home: Path) -> None:
    client = serve()
    assert themes(client).status_code == 200
    in_database(home, BREAK)
    assert themes(client).status_code == 200


def test_keys_that_are_demanded_are_so_without_a_store(tmp_path: Path, digester: KeywordDigester) -> None:
    home = tmp_path / "home"
    home.write_text("不是文件夹")
    token = f"yb_{'0' * 12}_{'A' * 43}"
    with running(Settings(home=home, require_keys=True), digester) as client:
        response = themes(client, token)
    assert (response.status_code, problem(response)["detail"]) == (
        503,
        f"数据文件夹 {home} 建不了(已有同名的文件或文件夹):请检查权限,或用 YUEBAO_HOME 换一个位置",
    )


@pytest.mark.parametrize(
    ("settings", "status"),
    [
        ({"host": "0.0.0.0"}, 401),
        ({"host": "::"}, 401),
        ({"host": "yuebao.example"}, 401),
        ({"host": "0.0.0.0", "require_keys": False}, 401),
        ({"host": "0.0.0.0", "trust_network": True}, 200),
        ({"host": "0.0.0.0", "trust_network": True, "require_keys": True}, 401),
        ({"host": "localhost"}, 200),
        ({"host": "::1"}, 200),
    ],
)
def test_a_server_that_a_network_reaches_asks_for_keys(
    serve: Serve, settings: dict[str, Any], status: int
) -> None:
    assert themes(serve(**settings)).status_code == status


def test_a_server_for_a_network_does_not_start_without_keys(home: Path) -> None:
    open_to_all = Settings(home=home, host="0.0.0.0")
    message = (
        "监听 0.0.0.0 时网络上的人都连得到,而没有密钥把关:请先运行 yuebao keys add 名称 --scope read,"
        "或设 YUEBAO_REQUIRE_KEYS=true 先启动、再发密钥;只在本机用请监听 127.0.0.1;"
        "网络可信、确实不要密钥,请设 YUEBAO_TRUST_NETWORK=true"
    )
    with pytest.raises(SettingsError) as caught:
        refuse_open_network(open_to_all)
    assert str(caught.value) == message
    for allowed in ({"host": "127.0.0.1"}, {"require_keys": True}, {"trust_network": True}):
        refuse_open_network(open_to_all.model_copy(update=allowed))
    made(home, "张三", Scope.READ)
    refuse_open_network(open_to_all)


def test_a_server_for_a_network_that_is_told_to_ask_for_no_keys_names_that_setting(home: Path) -> None:
    made(home, "张三", Scope.READ)  # which is no help
    with pytest.raises(SettingsError) as caught:
        refuse_open_network(Settings(home=home, host="0.0.0.0", require_keys=False))
    assert str(caught.value) == (
        "监听 0.0.0.0 时网络上的人都连得到,而设了 YUEBAO_REQUIRE_KEYS=false:请去掉这项设置,或改成 true;"
        "只在本机用请监听 127.0.0.1;网络可信、确实不要密钥,请设 YUEBAO_TRUST_NETWORK=true"
    )


def test_each_key_has_its_own_rate(serve: Serve, home: Path) -> None:
    one, other = made(home, "张三", Scope.READ), made(home, "李四", Scope.READ)
    client = serve(rate_per_minute=2)
    assert [themes(client, one).status_code for _ in range(3)] == [200, 200, 429]
    response = themes(client, one)
    seconds = int(response.headers["retry-after"])
    told = problem(response)
    assert told["detail"] == f"密钥 张三 每分钟最多 2 个请求:请过 {seconds} 秒再来"
    assert (told["type"], told["limit"]) == ("urn:yuebao:problem:too-often", 2)
    assert 1 <= seconds <= 30
    assert themes(client, other).status_code == 200
    assert client.get("/readyz").status_code == 200


def test_a_key_may_have_another_rate_than_the_setting(serve: Serve, home: Path) -> None:
    tokens = [made(home, str(rate), Scope.READ, rate=rate) for rate in (1, 3, 0, None)]
    client = serve(rate_per_minute=2)
    served = [[themes(client, token).status_code for _ in range(4)].count(200) for token in tokens]
    assert served == [1, 3, 4, 2]


def test_a_key_with_its_own_rate_is_told_when_that_lets_it_come_again(serve: Serve, home: Path) -> None:
    token = made(home, "张三", Scope.READ, rate=1)
    client = serve(rate_per_minute=600)
    assert themes(client, token).status_code == 200
    response = themes(client, token)
    seconds = int(response.headers["retry-after"])
    told = problem(response)
    assert (told["detail"], told["limit"]) == (f"密钥 张三 每分钟最多 1 个请求:请过 {seconds} 秒再来", 1)
    assert 1 < seconds <= 60


def test_without_keys_each_address_has_its_own_rate(serve: Serve) -> None:
    client = serve(rate_per_minute=2)

    def asked(address: str) -> int:
        # The server believes a proxy on its own machine.
        return client.get("/v1/themes", headers={"X-Forwarded-For": address}).status_code

    assert [asked("192.0.2.1") for _ in range(3)] == [200, 200, 429]
    response = client.get("/v1/themes", headers={"X-Forwarded-For": "192.0.2.1"})
    seconds = response.headers["retry-after"]
    assert problem(response)["detail"] == f"这个地址每分钟最多 2 个请求:请过 {seconds} 秒再来"
    assert asked("192.0.2.2") == 200
    assert [asked(f"2001:db8::{end}") for end in range(1, 4)] == [200, 200, 429]


def test_who_tries_keys_is_held_up(serve: Serve) -> None:
    client = serve(require_keys=True, rate_per_minute=2)
    guess = f"yb_{'0' * 12}_{'A' * 43}"
    assert [themes(client, guess).status_code for _ in range(3)] == [401, 401, 429]


def test_a_body_is_not_read_for_who_may_not_come_in(serve: Serve) -> None:
    url = serve(require_keys=True).base_url
    with socket.create_connection((url.host, url.port or 80), timeout=TIMEOUT_S) as connection:
        head = f"POST /v1/digests HTTP/1.1\r\nHost: {url.host}\r\nContent-Length: 1000000\r\n\r\n"
        connection.sendall(head.encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 401 ")


def test_what_was_done_is_in_the_audit_log(serve: Serve, home: Path) -> None:
    token = made(home, "张三", Scope.READ, Scope.CORRECT, Scope.TRAIN)
    client = serve()
    client.headers = httpx.Headers(bearer(token))
    digest = client.post("/v1/digests", json={"text": examples.BULLETIN}).json()["id"]
    change = {"item": "四川.1", "themes": ["training"], "author": "王五", "digest": digest}
    assert client.post("/v1/corrections", json=change).status_code == 201
    assert client.post("/v1/corrections", json=change | {"item": "四川.99"}).status_code == 422
    (home / "pipe-m-1").write_text("done")
    assert client.post("/v1/trainings", json={"version": "m-1"}).status_code == 202
    assert client.delete("/v1/trainings/1").status_code == 200
    assert noted(home) == [
        ("key-used", "张三", "POST /v1/digests"),
        ("correction", "张三", "/v1/corrections/1"),
        ("training", "张三", "/v1/trainings/1"),
        ("training-cancelled", "张三", "/v1/trainings/1"),
    ]


@contextmanager
def busy(home: Path, database: str | None) -> Iterator[None]:
    """Another writer, whom all others wait for."""
    engine = connect(home, database)
    with engine.execution_options(immediate=True).begin():
        yield
    engine.dispose()


def test_behind_another_writer_the_note_of_a_first_use_holds_up_no_other_request(
    serve: Serve, home: Path, database: str | None
) -> None:
    first, used, *others = (made(home, str(name), Scope.READ, database=database) for name in range(8))
    client = serve(database=database)
    assert themes(client, used).status_code == 200
    with ThreadPoolExecutor(11) as pool:
        with busy(home, database):
            asked = [pool.submit(themes, client, token) for token in [first] * 5]
            beside = [pool.submit(themes, client, token) for token in others]
            # All but the one that notes it.
            for one in islice(as_completed(asked), 4):
                assert one.result().status_code == 200
            assert themes(client, used).status_code == 200
        assert {one.result().status_code for one in [*asked, *beside]} == {200}
    # Whatever waited too long is noted now.
    assert {themes(client, token).status_code for token in (first, *others)} == {200}
    names = sorted(who or "" for _, who, _ in noted(home, database))
    assert names == [str(name) for name in range(8)]


def test_a_first_use_that_cannot_be_noted_is_answered_told_and_noted_next_time(
    postgres_url: str, home: Path
) -> None:
    used, token = (made(home, name, Scope.READ, database=postgres_url) for name in ("李四", "张三"))
    impatient = f"{postgres_url}&options=-c%20lock_timeout%3D1s"
    with serving(home, YUEBAO_DATABASE=impatient) as served:
        assert themes(served.client, used).status_code == 200
        with busy(home, postgres_url):
            assert themes(served.client, token).status_code == 200
        assert [who for _, who, _ in noted(home, postgres_url)] == ["李四"]
        assert [themes(served.client, token).status_code for _ in range(2)] == [200, 200]
        assert [who for _, who, _ in noted(home, postgres_url)] == ["李四", "张三"]
        (line,) = served.end()
    assert "没有记入审计(key-used GET /v1/themes,张三),下一个请求再记:数据库 " in line
    assert line.endswith(":别的进程占着数据库,请过一会儿再试;一直这样,请重新启动占着的进程")


def test_refused_attempts_are_in_the_audit_log_without_what_was_sent(serve: Serve, home: Path) -> None:
    token = made(home, "张三", Scope.READ)
    client = serve()
    themes(client)
    client.post("/v1/corrections", headers=bearer(token), json={"text": examples.BULLETIN})
    client.get(f"/v1/{token}/机密")
    client.get("/v1/themes", headers=bearer(f"{token}secret"))
    assert noted(home) == [
        ("refused", None, "GET /v1/themes:要有密钥"),
        ("key-used", "张三", "POST /v1/corrections"),
        ("refused", "张三", "POST /v1/corrections:密钥没有这个权限"),
        ("refused", None, "GET (没有这个地址):要有密钥"),
        ("refused", None, "GET /v1/themes:密钥无效"),
    ]
    in_file = b"".join(path.read_bytes() for path in home.glob("yuebao.db*"))
    assert token.encode() not in in_file
    assert "机密".encode() not in in_file
    assert "张三".encode() in in_file


def test_a_flood_of_refusals_is_counted_and_does_not_fill_the_audit_log(serve: Serve, home: Path) -> None:
    client = serve(require_keys=True)
    began = monotonic()
    for _ in range(30):
        assert themes(client).status_code == 401
    minutes = (monotonic() - began) / 60
    assert len(noted(home)) <= REFUSALS_NOTED_PER_MINUTE * (1 + minutes) + 1


def test_a_flood_without_keys_leaves_room_to_note_the_refusals_of_known_keys(
    serve: Serve, home: Path
) -> None:
    reader = made(home, "张三", Scope.READ)
    expired = made(home, "李四", Scope.READ, expires=datetime(2024, 5, 1, tzinfo=UTC))
    client = serve()
    for _ in range(30):
        assert themes(client).status_code == 401
    assert client.get("/v1/trainings", headers=bearer(reader)).status_code == 403
    assert themes(client, expired).status_code == 401
    named = [(who, subject) for action, who, subject in noted(home) if action == "refused" and who]
    # What was left out of the others is not counted here.
    assert named == [
        ("张三", "GET /v1/trainings:密钥没有这个权限"),
        ("李四", "GET /v1/themes:密钥无效"),
    ]


def test_a_flood_of_refusals_of_a_known_key_does_not_fill_the_audit_log_either(
    serve: Serve, home: Path
) -> None:
    token = made(home, "张三", Scope.READ)
    client = serve()
    for _ in range(30):
        assert client.get("/v1/trainings", headers=bearer(token)).status_code == 403
    assert len(noted(home)) <= 13


def test_a_correction_that_cannot_be_noted_is_kept_and_told_all_the_same(serve: Serve, home: Path) -> None:
    client = serve()
    digest = client.post("/v1/digests", json={"text": examples.BULLETIN}).json()["id"]
    in_database(home, "ALTER TABLE audit_events RENAME TO away")
    change = {"item": "四川.1", "themes": ["training"], "author": "王五", "digest": digest}
    response = client.post("/v1/corrections", json=change)
    assert (response.status_code, response.headers["location"]) == (201, "/v1/corrections/1")


def test_the_pages_have_a_field_for_the_key(serve: Serve) -> None:
    client = serve(require_keys=True)
    for path in ("/", "/docs"):
        text = client.get(path).text
        assert re.search(r'<input id="key" type="password"', text)
        assert "sessionStorage" in text
        assert "localStorage" not in text
