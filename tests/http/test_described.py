"""What the description of the API says is what the server does: a few hundred made-up requests say so."""

import json
from http import HTTPStatus
from io import BytesIO

import httpx
import openpyxl
import pytest

from scripts.fuzz import described, own, requests
from scripts.fuzz.tally import Tally
from service import examples
from tests.http.test_digests import problem


@pytest.fixture(scope="module")
def kept(client: httpx.Client) -> str:
    return str(client.post("/v1/digests", json={"text": examples.BULLETIN}).json()["id"])


def findings(tally: Tally) -> list[object]:
    return [one for several in tally.kept.values() for one in several]


def test_made_up_requests_get_no_answer_that_the_description_lacks(client: httpx.Client, kept: str) -> None:
    address = str(client.base_url).rstrip("/")
    schema = described.description(address, {}, 1, ("examples", "fuzzing", "stateful"), examples=5)
    tally = Tally()
    described.try_out(schema, tally, 400)
    kinds = requests.strategies(requests.operations(client.get("/openapi.json").json()), [kept])
    own.send(client, schema, kinds, tally, 30, 1)
    assert findings(tally) == []
    assert tally.server_faults == 0
    assert tally.requests > 300


def test_every_operation_names_the_statuses_that_stand_before_it(client: httpx.Client) -> None:
    api = client.get("/openapi.json").json()
    lacking = [
        (path, method)
        for path, operations in api["paths"].items()
        for method, operation in operations.items()
        if not {"400", "408", "413", "422", "429", "431", "500"} <= operation["responses"].keys()
    ]
    assert lacking == []


def test_an_answer_that_the_description_lacks_is_found(client: httpx.Client) -> None:
    schema = described.description(str(client.base_url).rstrip("/"), {}, 1, (), examples=1)

    def faults(status: int, **more: object) -> list[str]:
        headers = {"X-Request-ID": "1", "Content-Type": "application/json"}
        answer = httpx.Response(status, content=iter([json.dumps(more).encode()]), headers=headers)
        with httpx.Client(transport=httpx.MockTransport(lambda _: answer), base_url=client.base_url) as other:
            asked = other.get("/v1/themes")
        return [fault for fault, _ in described.faults(schema, "GET", "/v1/themes", asked)]

    assert faults(HTTPStatus.OK, version="1", themes=[]) == []
    assert faults(HTTPStatus.OK, version=1, themes=[]) == ["Response violates schema"]
    assert faults(HTTPStatus.IM_A_TEAPOT) == ["Undocumented status code"]
    assert faults(HTTPStatus.NOT_FOUND) == ["Undocumented status code"]


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/v1/corrections", "GET, POST"),
        ("/v1/trainings/1", "DELETE, GET"),
        ("/v1/digests", "POST"),
        ("/healthz", "GET"),
    ],
)
def test_a_wrong_method_is_told_every_right_one(client: httpx.Client, path: str, methods: str) -> None:
    answer = client.put(path)
    assert (answer.status_code, answer.headers["allow"]) == (405, methods)


@pytest.mark.parametrize("format", ["docx", "xlsx", "markdown", "json"])
def test_a_digest_of_odd_characters_is_rendered(client: httpx.Client, format: str) -> None:
    odd = "四川\x00\x1b\ud7ff\ufffe"
    theme = {"id": odd, "score": 1, "name": odd}
    entry = examples.DIGEST["entries"][0] | {"province": odd, "themes": [theme]}
    body = examples.DIGEST | {"title": odd, "month": odd, "entries": [entry], "missing": [odd]}
    answer = client.post("/v1/renderings", params={"format": format}, json=body)
    assert answer.status_code == 200
    if format == "xlsx":
        openpyxl.load_workbook(BytesIO(answer.content))


def test_a_digest_of_more_themes_than_a_workbook_has_columns_is_refused(client: httpx.Client) -> None:
    entry = examples.DIGEST["entries"][0]
    item = entry["items"][0] | {"scores": {f"t{number}": 0.5 for number in range(20_000)}}
    body = examples.DIGEST | {"entries": [entry | {"items": [item]}]}
    answer = client.post("/v1/renderings?format=xlsx", json=body)
    assert answer.status_code == 422
    assert problem(answer)["detail"] == "body:scores 里的主题合计最多 50 个,这里有 20000 个"


@pytest.mark.parametrize(
    ("path", "body", "detail"),
    [
        ("/v1/digests", {"text": "月报", "abstract": 0}, "body.abstract:应是 true 或 false"),
        ("/v1/trainings", {"version": "m-1", "fast": "yes"}, "body.fast:应是 true 或 false"),
    ],
)
def test_only_true_and_false_are_true_and_false(
    client: httpx.Client, path: str, body: dict[str, object], detail: str
) -> None:
    answer = client.post(path, json=body)
    assert (answer.status_code, problem(answer)["detail"]) == (422, detail)


@pytest.mark.parametrize(
    "path", ["/v1/digests/a%2F", "/v1/corrections/%2F", "/v1/themes/", "/docs/", "/v1//themes"]
)
def test_an_address_with_a_slash_too_many_is_no_address(client: httpx.Client, path: str) -> None:
    answer = client.get(path, follow_redirects=False)
    assert (answer.status_code, problem(answer)["title"]) == (404, "没有这个地址")
