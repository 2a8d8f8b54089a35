"""The smaller resources, and what holds for all of them."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

import bulletin
from bulletin.themes import load
from models.pipeline import Pipeline
from service import examples
from service.schemas import MAX_ITEM_CHARS, MAX_ITEMS
from service.settings import Settings
from tests.http.conftest import running


def test_classifications_are_those_of_the_library(client: httpx.Client, pipeline: Pipeline) -> None:
    answer = client.post("/v1/classifications", json={"items": examples.ITEMS}).json()
    assert answer["bundle"] == pipeline.info.version
    assert [item["text"] for item in answer["items"]] == [item["text"] for item in examples.ITEMS]
    assert [theme["id"] for theme in answer["items"][0]["themes"]] == ["network_security"]
    assert set(answer["items"][0]["scores"]) == set(pipeline.taxonomy.ids)


@pytest.mark.parametrize(
    ("items", "detail"),
    [
        ([], "body.items:至少 1 个"),
        ([{"text": ""}], "body.items.0.text:不能为空"),
        ([{"text": "a" * (MAX_ITEM_CHARS + 1)}], f"body.items.0.text:最多 {MAX_ITEM_CHARS} 字"),
        ([{"text": "a"}] * (MAX_ITEMS + 1), f"body.items:最多 {MAX_ITEMS} 个"),
        ([{"heading": "北京"}], "body.items.0.text:缺少这一项"),
    ],
)
def test_bad_items_are_refused(client: httpx.Client, items: list[dict[str, str]], detail: str) -> None:
    response = client.post("/v1/classifications", json={"items": items})
    assert response.status_code == 422
    assert response.json()["detail"] == detail


def test_lone_surrogate_is_refused_without_echo(client: httpx.Client) -> None:
    body = b'{"items": [{"text": "\\ud800"}]}'
    headers = {"content-type": "application/json"}
    response = client.post("/v1/classifications", content=body, headers=headers)
    assert response.status_code == 422
    assert response.json()["errors"][0] == {
        "location": "body.items.0.text",
        "message": "不是合法的 Unicode 文字",
    }


@pytest.mark.parametrize("path", ["/v1/digests", "/v1/classifications", "/v1/renderings", "/v1/corrections"])
@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('{"text": "月报",\n "items" []}'.encode(), "第 2 行第 10 列:这里应是冒号"),
        (b"\xff", "第 1 个字节起不是 UTF-8 编码:请用 UTF-8"),
        (b'{"text": "\xff"}', "第 11 个字节起不是 UTF-8 编码:请用 UTF-8"),
    ],
)
def test_a_body_that_is_no_json_is_told_with_its_place(
    client: httpx.Client, path: str, body: bytes, message: str
) -> None:
    assert no_json(client, path, body) == message


@pytest.mark.parametrize("path", ["/v1/classifications", "/v1/renderings", "/v1/corrections"])
@pytest.mark.parametrize(
    ("body", "message"),
    [(b"[" * 100_000, "一层套一层,太深了"), (b"[" + b"1" * 5000 + b"]", "里面有位数太多的整数")],
)
def test_json_that_pythons_parser_gives_up_on_is_told_in_chinese(
    client: httpx.Client, path: str, body: bytes, message: str
) -> None:
    assert no_json(client, path, body) == message


def no_json(client: httpx.Client, path: str, body: bytes) -> str:
    """What is said of a body that is no JSON."""
    response = client.post(path, content=body, headers={"content-type": "application/json"})
    found = response.json()
    (mistake,) = found["errors"]
    assert (response.status_code, found["type"]) == (400, "urn:yuebao:problem:bad-json")
    assert (found["title"], mistake["location"]) == ("请求体不是合法的 JSON", "body")
    assert found["detail"] == f"body:{mistake['message']}"
    message: str = mistake["message"]
    return message


@pytest.mark.parametrize("path", ["/v1/classifications", "/v1/renderings"])
def test_json_resources_refuse_other_media_types(client: httpx.Client, path: str) -> None:
    response = client.post(path, content=b"{}", headers={"content-type": "text/plain"})
    assert response.status_code == 415
    assert response.json()["detail"] == "内容类型是“text/plain”:请用 application/json"


def test_themes_are_the_taxonomy(client: httpx.Client) -> None:
    taxonomy = load()
    answer = client.get("/v1/themes").json()
    assert answer["version"] == taxonomy.version
    assert [(theme["id"], theme["name"]) for theme in answer["themes"]] == [
        (theme.id, theme.name) for theme in taxonomy.themes
    ]


def test_models_name_the_loaded_bundle_and_no_path(client: httpx.Client, pipeline: Pipeline) -> None:
    response = client.get("/v1/models")
    answer = response.json()
    assert answer["current"] == pipeline.info.version
    assert [model["version"] for model in answer["models"]] == [pipeline.info.version]
    assert set(answer["models"][0]["thresholds"]) == set(pipeline.taxonomy.ids)
    assert str(pipeline.info.path) not in response.text


def test_health_and_readiness(client: httpx.Client, pipeline: Pipeline) -> None:
    assert client.get("/healthz").json() == {"status": "ok", "version": bulletin.__version__}
    assert client.get("/readyz").json() == {
        "status": "ready",
        "bundle": pipeline.info.version,
        "reasons": [],
    }


@pytest.mark.parametrize(
    ("method", "path", "status", "title", "detail"),
    [
        ("GET", "/v2/digests", 404, "没有这个地址", "没有 /v2/digests 这个地址:接口列在 /docs"),
        (
            "DELETE",
            "/v1/themes",
            405,
            "这个地址不接受该方法",
            "/v1/themes 不接受 DELETE:可用的方法见 Allow 头和 /docs",
        ),
    ],
)
def test_unknown_places_and_methods_are_problems(
    client: httpx.Client, method: str, path: str, status: int, title: str, detail: str
) -> None:
    response = client.request(method, path)
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json() == {
        "type": f"urn:yuebao:problem:http-{status}",
        "title": title,
        "status": status,
        "detail": detail,
        "request_id": response.headers["x-request-id"],
    }
    assert status != 405 or response.headers["allow"] == "GET"


@pytest.fixture
def untouched(pipeline: Pipeline, small_archive: Path) -> Iterator[httpx.Client]:
    """A client of a server whose queues nobody else fills."""
    with running(Settings(archive=small_archive), pipeline) as client:
        yield client


def test_every_documented_request_example_works(untouched: httpx.Client) -> None:
    client = untouched
    api = client.get("/openapi.json").json()
    digest = client.post("/v1/digests", json={"text": examples.BULLETIN}).json()["id"]
    correction = client.post("/v1/corrections", json=examples.CORRECTION | {"digest": digest}).json()["id"]
    training = client.post("/v1/trainings", json={"version": "2024-04"}).json()["id"]
    upload = {"file": ("月报.txt", examples.BULLETIN.encode())}
    job = client.post("/v1/jobs", files=upload).json()["id"]
    kept = {
        "/v1/jobs/{id}": job,
        "/v1/jobs/{id}/result": job,
        "/v1/digests/{id}": digest,
        "/v1/corrections/{id}": correction,
        "/v1/trainings/{id}": training,
    }
    tried = []
    for path, methods in api["paths"].items():
        for method, operation in methods.items():
            example = None
            forms = operation.get("requestBody", {}).get("content", {})
            if "application/json" in forms:
                schema = forms["application/json"]["schema"]
                if "$ref" in schema:
                    schema = api["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
                example = schema["example"]
            if path == "/v1/corrections" and method == "post":
                example |= {"digest": digest}
            asked = {
                parameter["name"]: parameter["schema"]["examples"][0]
                for parameter in operation.get("parameters", [])
                if parameter["in"] == "query" and parameter["required"]
            }
            address = path.format(id=kept.get(path))
            files = upload if list(forms) == ["multipart/form-data"] else None
            response = client.request(method, address, params=asked, json=example, files=files)
            assert str(response.status_code) in operation["responses"], (path, response.text)
            assert response.is_success, (path, response.text)
            tried.append(path)
    assert set(tried) >= {
        "/v1/digests",
        "/v1/corrections",
        "/v1/classifications",
        "/v1/renderings",
        "/v1/trainings",
        "/v1/jobs",
    }
    assert set(tried) >= {"/v1/themes", "/v1/models", "/v1/archive/search", *kept}


def test_documented_schemas_name_every_reference(client: httpx.Client) -> None:
    api = client.get("/openapi.json").json()
    references = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(api)))
    assert references <= set(api["components"]["schemas"])


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_pages_need_no_other_host(client: httpx.Client, path: str) -> None:
    response = client.get(path)
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in response.headers["content-security-policy"]
    loads = re.findall(r"""(?:src|href|@import|url)\s*[=(]\s*["']?([^"'\s)>]+)""", response.text)
    assert [where for where in loads if re.match(r"(?:https?:)?//", where)] == []
    assert ".innerHTML" not in response.text


def test_page_offers_the_example(client: httpx.Client) -> None:
    assert client.get("/example.txt").text == examples.BULLETIN
