"""What browsers are told, and what pages of others can do: hosts, origins, headers."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from models.pipeline import Pipeline
from service import examples
from service.settings import Settings
from service.store.records import Scope
from tests.fakes import KeywordDigester
from tests.http.conftest import running
from tests.http.test_digests import problem
from tests.http.trainings import Serve
from tests.keys import bearer, made

API_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
PARTNER = "https://a.gov.cn"
TLS = "strict-transport-security"


def told(response: httpx.Response) -> dict[str, str]:
    return {name: response.headers.get(name, "") for name in API_HEADERS}


def test_every_answer_has_the_security_headers(serve: Serve) -> None:
    client = serve(require_keys=True)
    answers = {
        200: client.get("/healthz"),
        401: client.get("/v1/themes"),
        405: client.put("/healthz"),
        421: client.get("/healthz", headers={"Host": "evil.example"}),
    }
    # A method that the table does not know is refused before the router says so.
    assert [answer.status_code for answer in answers.values()] == [200, 401, 401, 421]
    for answer in answers.values():
        assert told(answer) == API_HEADERS
        assert TLS not in answer.headers


def test_a_page_keeps_its_own_policy(serve: Serve) -> None:
    headers = serve().get("/").headers
    assert "script-src 'unsafe-inline'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


def test_a_defect_has_the_security_headers(pipeline: Pipeline) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    with running(Settings(), KeywordDigester(pipeline.info, before=fail)) as client:
        response = client.post("/v1/digests", json={"text": examples.BULLETIN})
    assert (response.status_code, told(response)) == (500, API_HEADERS)


def test_browsers_are_held_to_tls_only_where_there_is_tls(serve: Serve) -> None:
    assert serve(behind_tls=True).get("/healthz").headers[TLS] == "max-age=31536000"


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "LOCALHOST:1", "[::1]:8000", "127.0.0.9"])
def test_a_loopback_server_answers_to_the_names_of_loopback(serve: Serve, host: str) -> None:
    assert serve().get("/v1/themes", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example:8000", "10.0.0.1", "[::2]", "[", "@:"]
)
def test_a_loopback_server_answers_to_no_other_name(serve: Serve, host: str) -> None:
    response = serve().get("/v1/themes", headers={"Host": host})
    assert (response.status_code, problem(response)["detail"]) == (
        421,
        f"这里不是 {host}:请用 127.0.0.1 或 localhost;用别的名称或经过代理,请把名称写进 YUEBAO_ALLOWED_HOSTS",
    )


@pytest.mark.parametrize(
    ("settings", "host", "status"),
    [
        ({"allowed_hosts": "yuebao.gov.cn,月报.中国"}, "Yuebao.gov.cn:443", 200),
        ({"allowed_hosts": "yuebao.gov.cn"}, "127.0.0.1:8000", 200),
        ({"allowed_hosts": "yuebao.gov.cn"}, "evil.example", 421),
        ({"host": "0.0.0.0", "trust_network": True}, "any.example", 200),
        ({"host": "0.0.0.0", "trust_network": True, "allowed_hosts": "yuebao.gov.cn"}, "any.example", 421),
    ],
)
def test_names_may_be_allowed(serve: Serve, settings: dict[str, Any], host: str, status: int) -> None:
    assert serve(**settings).get("/v1/themes", headers={"Host": host}).status_code == status


def preflight(client: httpx.Client, origin: str) -> httpx.Response:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    return client.options("/v1/digests", headers=asked)


def test_no_page_of_another_site_may_read_unless_its_origin_is_named(serve: Serve, home: Path) -> None:
    closed, named = serve(), serve(cors_origins=f"{PARTNER},https://b.gov.cn:8443")
    allowed = "access-control-allow-origin"
    assert preflight(closed, PARTNER).status_code == 405
    assert allowed not in closed.get("/v1/themes", headers={"Origin": PARTNER}).headers
    assert preflight(named, PARTNER).headers[allowed] == PARTNER
    assert preflight(named, "https://evil.example").status_code == 400
    assert allowed not in named.get("/v1/themes", headers={"Origin": "https://evil.example"}).headers
    token = made(home, "张三", Scope.READ)
    assert preflight(named, PARTNER).status_code == 200
    refused = named.get("/v1/themes", headers={"Origin": PARTNER})
    assert (refused.status_code, refused.headers[allowed]) == (401, PARTNER)
    answer = named.get("/v1/themes", headers={"Origin": PARTNER, **bearer(token)})
    assert (answer.status_code, answer.headers[allowed]) == (200, PARTNER)
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize("origins", ["*", "a.gov.cn", "https://a.gov.cn/", "https://a.gov.cn,"])
def test_what_is_no_origin_is_refused(origins: str) -> None:
    with pytest.raises(ValueError, match="cors_origins"):
        Settings(cors_origins=origins)


@pytest.mark.parametrize(
    ("site", "origin", "status"),
    [
        ("cross-site", "https://evil.example", 403),
        ("cross-site", "null", 403),
        ("same-site", "http://localhost:3000", 403),
        ("cross-site", PARTNER, 200),
        ("same-origin", "http://127.0.0.1", 200),
        ("none", "null", 200),
    ],
)
def test_a_form_on_a_page_of_another_site_changes_nothing(
    serve: Serve, site: str, origin: str, status: int
) -> None:
    client = serve(cors_origins=PARTNER)
    response = client.post(
        "/v1/digests",
        files={"file": ("月报.txt", examples.BULLETIN.encode())},
        headers={"Sec-Fetch-Site": site, "Origin": origin},
    )
    assert response.status_code == status
    if status == 403:
        assert problem(response)["detail"] == (
            "别的网站的网页不能这样请求:确实要允许,请把它的来源写进 YUEBAO_CORS_ORIGINS"
        )
