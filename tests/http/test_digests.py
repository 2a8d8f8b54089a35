"""POST /v1/digests with the shipped models."""

from io import BytesIO

import docx
import httpx
import pytest

from bulletin.digest import Digest
from models.pipeline import Pipeline
from service import examples
from service.settings import Settings
from tests.http.conftest import running
from tests.http.jobs import zipped

MANY = "许多文件或装着它们的 zip 请交给 POST /v1/jobs"
ONE_FILE = f"表单里要有且只有一个名为 file 的文件:{MANY}"

PROBLEM = "application/problem+json"


def post(client: httpx.Client, text: str, **options: object) -> httpx.Response:
    return client.post("/v1/digests", json={"text": text, **options})


def problem(response: httpx.Response) -> dict[str, object]:
    assert response.headers["content-type"] == PROBLEM
    body: dict[str, object] = response.json()
    assert body["status"] == response.status_code
    return body


def test_real_month_has_28_entries_and_every_sentence_cites_items(
    client: httpx.Client, real_month: str
) -> None:
    response = post(client, real_month)
    assert response.status_code == 200
    digest = Digest.model_validate({k: v for k, v in response.json().items() if k != "id"})
    ids = {item.id for entry in digest.entries for item in entry.items}
    ids |= {item.id for section in digest.sections for topic in section.topics for item in topic.items}
    assert len(digest.entries) == 28
    assert digest.missing == ("内蒙古", "山东", "广东", "海南")
    assert digest.abstract is not None
    assert all(one.sources and set(one.sources) <= ids for one in digest.abstract.sentences)


def test_http_and_library_give_the_same_digest(
    client: httpx.Client, pipeline: Pipeline, real_month: str
) -> None:
    answer = post(client, real_month).json()
    answer.pop("id")
    assert Digest.model_validate(answer) == pipeline.digest(real_month)


def test_file_and_text_give_the_same_answer_and_id(client: httpx.Client) -> None:
    uploaded = client.post("/v1/digests", files={"file": ("四月.txt", examples.BULLETIN.encode("gb18030"))})
    assert uploaded.status_code == 200
    assert uploaded.json() == post(client, examples.BULLETIN).json()


def test_word_file_is_read(client: httpx.Client) -> None:
    document = docx.Document()
    for line in examples.BULLETIN.splitlines():
        document.add_paragraph(line)
    buffer = BytesIO()
    document.save(buffer)
    answer = client.post("/v1/digests", files={"file": ("四月.docx", buffer.getvalue())}).json()
    assert [entry["province"] for entry in answer["entries"]] == ["河北", "上海", "浙江", "湖北", "四川"]


def test_abstract_false_leaves_the_abstract_out(client: httpx.Client) -> None:
    with_it, without = (post(client, examples.BULLETIN, abstract=wanted).json() for wanted in (True, False))
    assert without["abstract"] is None
    assert without["entries"] == with_it["entries"]
    assert without["id"] != with_it["id"]


def test_abstract_false_as_a_form_field(client: httpx.Client) -> None:
    files = {"file": ("a.txt", examples.BULLETIN.encode())}
    answer = client.post("/v1/digests", files=files, data={"abstract": "false"}).json()
    assert answer == post(client, examples.BULLETIN, abstract=False).json()


def test_two_bulletins_are_refused_with_their_places(client: httpx.Client) -> None:
    second = examples.BULLETIN.replace("2021年4月", "2021年5月")
    text = examples.BULLETIN + "\n" + second
    response = post(client, text)
    found = problem(response)
    assert response.status_code == 422
    assert found["type"] == "urn:yuebao:problem:several-bulletins"
    assert found["title"] == "含有不止一期月报"
    (first_start, first_end), (second_start, second_end) = found["parts"]  # type: ignore[misc]
    assert text[first_start:first_end].strip() == examples.BULLETIN.strip()
    assert text[second_start:second_end].strip() == second.strip()


@pytest.mark.parametrize(
    ("text", "slug", "title"),
    [
        ("", "empty-text", "没有文字"),
        (" \n\u3000\n", "empty-text", "没有文字"),
        ("今天天气很好。", "not-a-bulletin", "不像一期月报"),
        ("\x00\x01", "not-a-bulletin", "不像一期月报"),
    ],
)
def test_text_that_is_no_bulletin_is_refused(client: httpx.Client, text: str, slug: str, title: str) -> None:
    response = post(client, text)
    assert response.status_code == 422
    assert problem(response)["type"] == f"urn:yuebao:problem:{slug}"
    assert problem(response)["title"] == title


@pytest.mark.parametrize("name", ["图.png", "../../图.png", ""])
def test_picture_is_refused_as_unreadable(client: httpx.Client, name: str) -> None:
    response = client.post("/v1/digests", files={"file": (name or "图", b"\x89PNG\r\n\x1a\n" + bytes(64))})
    assert response.status_code == 422
    assert problem(response)["type"] == "urn:yuebao:problem:unreadable-file"


@pytest.mark.parametrize("broken", [b"PK\x03\x04 not a zip", b"%PDF-1.7 not a pdf", b"<html><body>"])
def test_broken_file_is_a_problem_not_a_crash(client: httpx.Client, broken: bytes) -> None:
    response = client.post("/v1/digests", files={"file": ("坏.bin", broken)})
    assert response.status_code == 422
    problem(response)


@pytest.mark.parametrize(
    ("body", "status", "detail"),
    [
        (b"{", 400, None),
        (b"\xff\xfe", 400, None),
        (b'{"text": "\\ud800"}', 400, None),
        (b"[]", 422, None),
        (b"{}", 422, "body.text:缺少这一项"),
        (b'{"text": 1}', 422, "body.text:应是字符串"),
        (b'{"text": "a", "abstract": "maybe"}', 422, "body.abstract:应是 true 或 false"),
        (b'{"text": "a", "verbose": true}', 422, "body.verbose:没有这一项"),
        (b"[" * 100_000, 400, None),
    ],
)
def test_bad_json_is_refused_with_the_place(
    client: httpx.Client, body: bytes, status: int, detail: str | None
) -> None:
    response = client.post("/v1/digests", content=body, headers={"content-type": "application/json"})
    assert response.status_code == status
    found = problem(response)
    assert detail is None or found["detail"] == detail


@pytest.mark.parametrize("name", ["历年.zip", "历年.ZIP"])
def test_a_zip_is_refused_with_where_it_belongs(client: httpx.Client, name: str) -> None:
    response = client.post("/v1/digests", files={"file": (name, zipped({"a.txt": b"a"}))})
    found = problem(response)
    assert (response.status_code, found["type"]) == (422, "urn:yuebao:problem:unreadable-file")
    assert found["detail"] == (f"“{name}”是压缩包但不是 Word 文档;请给出 txt、html、docx 或 pdf。{MANY}。")


def test_a_word_document_is_read_whatever_it_is_called(client: httpx.Client) -> None:
    document = docx.Document()
    for line in examples.BULLETIN.splitlines():
        document.add_paragraph(line)
    buffer = BytesIO()
    document.save(buffer)
    assert client.post("/v1/digests", files={"file": ("四月.zip", buffer.getvalue())}).status_code == 200


@pytest.mark.parametrize("given", ["text/plain", "application/zip", ""])
def test_other_media_types_are_refused(client: httpx.Client, given: str) -> None:
    response = client.post("/v1/digests", content=b"x", headers={"content-type": given})
    assert response.status_code == 415
    assert problem(response)["detail"] == (
        f"内容类型是“{given or '未说明'}”:请用 application/json 传文字,或用 multipart/form-data 传文件,{MANY}"
    )


@pytest.mark.parametrize(
    ("files", "data", "detail"),
    [
        ([("other", ("a.txt", b"a"))], {}, ONE_FILE),
        ([("file", ("a.txt", b"a")), ("file", ("b.txt", b"b"))], {}, ONE_FILE),
        ([("file", ("a.txt", b"a"))], {"verbose": "1"}, "body.verbose:没有这一项"),
        (
            [("file", ("a.txt", b"a"))],
            {"abstract": ["true", "false"]},
            "表单里有字段给了几次:请每个只给一次",
        ),
    ],
)
def test_form_with_wrong_parts_is_refused(
    client: httpx.Client,
    files: list[tuple[str, tuple[str, bytes]]],
    data: dict[str, str | list[str]],
    detail: str,
) -> None:
    response = client.post("/v1/digests", files=files, data=data)
    assert response.status_code == 422
    assert problem(response)["detail"] == detail


def test_form_without_boundary_is_a_problem(client: httpx.Client) -> None:
    response = client.post("/v1/digests", content=b"x", headers={"content-type": "multipart/form-data"})
    assert response.status_code == 400
    assert problem(response)["title"] == "请求无法解析"


def test_text_over_the_limit_is_413(pipeline: Pipeline) -> None:
    with running(Settings(max_text_chars=100), pipeline) as client:
        response = post(client, examples.BULLETIN)
    assert response.status_code == 413
    assert problem(response)["detail"] == (f"文字有 {len(examples.BULLETIN)} 字,上限是 100 字:请只传一期月报")


@pytest.mark.parametrize("told", [True, False])
def test_body_over_the_limit_is_413_whether_its_length_is_told_or_not(pipeline: Pipeline, told: bool) -> None:
    chunk = b"x" * 600
    with running(Settings(max_body_bytes=1024), pipeline) as client:
        response = client.post(
            "/v1/digests",
            content=chunk * 2 if told else iter([chunk, chunk]),
            headers={"content-type": "application/json"},
        )
    assert response.status_code == 413
    assert problem(response)["detail"] == "请求体超过 1024 字节:请分成几次提交"
