"""What the server logs, and the ids by which a request, its answer and its lines find one another."""

import json
import re
from pathlib import Path

import httpx
import pytest

from service import examples
from tests.http.processes import serving

ID = re.compile(r"[0-9a-f]{32}")

# As on a machine where the extra otel is not installed.
WITHOUT = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.startswith(("opentelemetry.sdk", "opentelemetry.exporter")):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Absent())
"""


def test_json_logs_have_a_line_a_request_with_its_id_and_nothing_that_was_sent(tmp_path: Path) -> None:
    with serving(tmp_path, YUEBAO_LOG_LEVEL="info", YUEBAO_LOG_FORMAT="json") as served:
        sent = {"X-Request-ID": "month-7.a_b"}
        answer = served.client.post("/v1/digests", json={"text": examples.BULLETIN}, headers=sent)
        served.client.get("/v1/archive/search", params={"q": "机密的词"})
        served.client.get("/机密的地址")
        lines = [json.loads(line) for line in served.end()]
    access = [line for line in lines if line["logger"] == "yuebao.access"]
    first = access[0]
    assert {name: first[name] for name in ("level", "request_id", "method", "route", "status", "bytes")} == {
        "level": "INFO",
        "request_id": "month-7.a_b",
        "method": "POST",
        "route": "/v1/digests",
        "status": 200,
        "bytes": len(answer.content),
    }
    assert first["ms"] > 0
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+\+00:00", first["time"])
    assert first["message"] == f"POST /v1/digests 200 {first['ms']} ms {first['bytes']} bytes"
    assert [(line["route"], line["status"]) for line in access[1:]] == [
        ("/v1/archive/search", 404),
        ("unknown", 404),
    ]
    assert all(ID.fullmatch(line["request_id"]) for line in access[1:])
    assert "机密" not in served.said
    assert "河北" not in served.said
    # The server's own lines are of the same kind, and of no request.
    own = [line for line in lines if line["logger"] == "uvicorn.error"]
    assert own[0]["message"].startswith("Started server process")
    assert {line["request_id"] for line in own} == {None}
    assert {name for line in own for name in line} == {"time", "level", "logger", "message", "request_id"}


def test_text_logs_have_the_same_on_one_line(tmp_path: Path) -> None:
    with serving(tmp_path, YUEBAO_LOG_LEVEL="info") as served:
        served.client.get("/v1/themes?q=机密的词", headers={"X-Request-ID": "abc"})
        lines = served.end()
    (line,) = [one for one in lines if "yuebao.access" in one]
    assert re.fullmatch(
        r"[\d-]+ [\d:,]+ INFO yuebao.access \[abc\] GET /v1/themes 200 [\d.]+ ms \d+ bytes", line
    )


def test_by_default_a_server_that_is_well_logs_nothing(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        served.client.get("/v1/themes")
        assert served.end() == []


def test_what_a_worker_thread_logs_has_the_id_of_its_request(tmp_path: Path) -> None:
    broken = f"sqlite:///{tmp_path / 'no' / 'folder' / 'yuebao.db'}"
    with serving(tmp_path, YUEBAO_DATABASE=broken, YUEBAO_WATCH_S="3600", YUEBAO_LOG_FORMAT="json") as served:
        answer = served.client.get("/v1/corrections", headers={"X-Request-ID": "mine"})
        lines = [json.loads(line) for line in served.end()]
    assert answer.status_code == 503
    assert answer.json()["request_id"] == "mine"
    assert [line["message"] for line in lines] == [f"什么都不能保存:{answer.json()['detail']}"]


def test_without_its_libraries_tracing_that_is_asked_for_is_told(tmp_path: Path) -> None:
    with serving(tmp_path, WITHOUT, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9") as served:
        assert served.client.get("/healthz").status_code == 200
        (line,) = served.end()
    assert line.endswith(
        "WARNING yuebao [-] OTEL_ 变量要求发送追踪,但要用的库没有装(缺 opentelemetry.exporter):"
        "请运行 pip install 'yuebao[otel]'"
    )


@pytest.mark.parametrize("given", ["a", "A.b-c_9", "x" * 64])
def test_a_sane_id_of_the_client_comes_back(client: httpx.Client, given: str) -> None:
    assert client.get("/healthz", headers={"X-Request-ID": given}).headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "a;b", "月报", "../x", "a\tb", None])
def test_any_other_gets_a_new_one(client: httpx.Client, given: str | None) -> None:
    headers = {} if given is None else {"X-Request-ID": given.encode()}
    found = [client.get("/healthz", headers=headers).headers["x-request-id"] for _ in range(2)]
    assert all(ID.fullmatch(id) for id in found)
    assert found[0] != found[1]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("DELETE", "/v1/themes", 405), ("POST", "/v1/digests", 415)],
)
def test_every_problem_names_its_request(client: httpx.Client, method: str, path: str, status: int) -> None:
    response = client.request(method, path, headers={"X-Request-ID": "r-1"})
    assert response.status_code == status
    assert response.json()["request_id"] == response.headers["x-request-id"] == "r-1"
