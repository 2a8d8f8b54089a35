"""Whatever is sent, the answer is a result or a problem that is the sender's to mend."""

import json

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scripts.fuzz.mutations import json_values, odd_bulletins, odd_files, odd_values
from tests.http.jobs import zipped

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


WHOLE_FORM = b"".join(
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="%b"\r\n\r\n%b\r\n' % one
    for one in ((b"a.zip", zipped({"a.txt": b"a", "b.txt": b"b"})), (b"c.txt", b"c"))
) + b"--b--\r\n"  # fmt: skip


@FEW
@given(
    st.binary(max_size=100)
    | st.tuples(st.integers(0, len(WHOLE_FORM)), st.binary(max_size=4)).map(
        lambda change: WHOLE_FORM[: change[0]] + change[1] + WHOLE_FORM[change[0] + len(change[1]) :]
    )
)
def test_any_form_of_a_job(client: httpx.Client, content: bytes) -> None:
    kind = {"content-type": "multipart/form-data; boundary=b"}
    response = client.post("/v1/jobs", content=content, headers=kind)
    check(response)
    if response.status_code == 202:
        assert client.delete(f"/v1/jobs/{response.json()['id']}").status_code == 200


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
