"""Whatever is sent, the answer is a result or a problem that is the sender's to mend."""

import json

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scripts.fuzz.mutations import json_values, odd_bulletins, odd_files, odd_values

FEW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def check(response: httpx.Response) -> None:
    assert response.status_code < 500, response.text
    if response.status_code >= 400:
        assert response.headers["content-type"] == "application/problem+json"
        problem = response.json()
        assert problem["status"] == response.status_code
        assert problem["title"]
        assert problem["detail"]


@FEW
@given(odd_bulletins)
def test_any_bulletin(client: httpx.Client, text: str) -> None:
    response = client.post("/v1/digests", json={"text": text})
    check(response)
    if response.status_code == 200:
        for name in ("docx", "xlsx", "markdown"):
            rendered = client.post("/v1/renderings", params={"format": name}, json=response.json())
            assert rendered.status_code == 200


@FEW
@given(odd_files)
def test_any_file(client: httpx.Client, file: tuple[bytes, str]) -> None:
    data, suffix = file
    check(client.post("/v1/digests", files={"file": (f"文件.{suffix}", data)}))


@pytest.mark.parametrize(
    "path", ["/v1/digests", "/v1/corrections", "/v1/classifications", "/v1/renderings", "/v1/trainings"]
)
@FEW
@given(value=json_values)
def test_any_json(client: httpx.Client, path: str, value: object) -> None:
    body = json.dumps(value).encode()
    check(client.post(path, content=body, headers={"content-type": "application/json"}))


@pytest.mark.parametrize("path", ["/v1/archive/items", "/v1/archive/search", "/v1/archive/stats"])
@FEW
@given(
    asked=st.dictionaries(
        st.sampled_from(
            [
                "q",
                "semantic",
                "theme",
                "province",
                "from",
                "to",
                "level",
                "review",
                "bulletin",
                "limit",
                "offset",
            ]
        ),
        odd_values,
    )
)
def test_any_question_to_the_archive(client: httpx.Client, path: str, asked: dict[str, str]) -> None:
    check(client.get(path, params=asked))


@pytest.mark.parametrize(
    "given_type", ["application/json", "multipart/form-data; boundary=x", "text/html", "\xff"]
)
@FEW
@given(body=st.binary(max_size=200))
def test_any_body_of_any_type(client: httpx.Client, given_type: str, body: bytes) -> None:
    headers = {b"content-type": given_type.encode("latin-1")}
    check(client.post("/v1/digests", content=body, headers=headers))
