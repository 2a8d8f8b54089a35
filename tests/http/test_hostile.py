"""Hostile requests: each is refused with a problem that tells its limit, and the server goes on answering."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from models.pipeline import Pipeline
from service import examples
from service.settings import Settings
from service.uploads import shown_name
from tests.fakes import KeywordDigester
from tests.hostile import LAUGHS, docx, paragraph, pdf, reading_processes, slow_pdf, xml, zip_bomb
from tests.http.conftest import running
from tests.http.processes import serving

JSON = {"content-type": "application/json"}
MIB = 1024 * 1024


@pytest.fixture
def digester(pipeline: Pipeline) -> KeywordDigester:
    return KeywordDigester(pipeline.info)


def problem(response: httpx.Response) -> dict[str, object]:
    """The members of a problem that a reader of limits wants, after the check that it is one."""
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, object] = response.json()
    assert body["status"] == response.status_code
    return {name: body[name] for name in ("status", "detail", "limit", "given") if name in body}


def upload(client: httpx.Client, name: str, data: bytes) -> dict[str, object]:
    return problem(client.post("/v1/digests", files={"file": (name, data)}))


def test_hostile_files_are_refused_with_their_limits(client: httpx.Client) -> None:
    assert upload(client, "a.docx", zip_bomb()) == {
        "status": 413,
        "detail": "Word 文档“a.docx”展开后超过 16777216 字节;请只给出一期月报。",
        "limit": 16 * MIB,
    }
    assert upload(client, "a.pdf", pdf(pages=10_000)) == {
        "status": 413,
        "detail": "PDF“a.pdf”有 10000 页,上限是 300 页;请只给出一期月报。",
        "limit": 300,
        "given": 10_000,
    }
    bomb = upload(client, "a.docx", docx(xml(paragraph("&j;"), doctype=LAUGHS)))
    assert (bomb["status"], bomb["limit"]) == (413, 256)
    deep = upload(client, "a.html", b"<html>" + b"<div>" * 5000)
    assert (deep["status"], deep["limit"]) == (413, 2048)


def test_a_document_with_macros_is_read(client: httpx.Client) -> None:
    text = "".join(paragraph(line) for line in examples.BULLETIN.splitlines())
    data = docx(xml(text), word__vbaProject__bin=b"Sub AutoOpen()")
    answer = client.post("/v1/digests", files={"file": ("月报.docm", data)})
    assert answer.status_code == 200
    assert len(answer.json()["entries"]) == 5


def test_server_answers_while_a_file_takes_too_long(digester: KeywordDigester) -> None:
    before = reading_processes()
    with running(Settings(read_timeout_s=0.5), digester) as client, ThreadPoolExecutor(1) as pool:
        slow = pool.submit(upload, client, "a.pdf", slow_pdf())
        answered = 0
        while not slow.done():
            assert client.get("/healthz").status_code == 200
            answered += 1
        assert answered > 1
        assert slow.result() == {
            "status": 413,
            "detail": "“a.pdf”在 0.5 秒内读不完,已经放弃;请另存为 txt 或 docx 后再试。",
            "limit": 0.5,
        }
        sent = {"file": ("a.txt", examples.BULLETIN.encode())}
        assert client.post("/v1/digests", files=sent).status_code == 200
    assert reading_processes() == before


def test_hostile_requests_at_once_hold_up_nobody_and_take_little_memory(tmp_path: Path) -> None:
    asked = {"items": [{"text": "召开网络安全工作会。"}]}
    chunk = b" " * MIB
    sent: list[dict[str, Any]] = [
        {"files": {"file": ("a.docx", zip_bomb())}},
        {"files": {"file": ("a.pdf", pdf(pages=10_000))}},
        {"files": {"file": ("a.docx", docx(xml(paragraph("&j;"), doctype=LAUGHS)))}},
        {"files": {"file": ("a.pdf", slow_pdf())}},
        {"content": (chunk for _ in range(100)), "headers": JSON},
        {"content": b"{}", "headers": JSON | {f"x-{number}": "a" * 1000 for number in range(20)}},
        {"content": b'{"text": "\xff"}', "headers": JSON},
        {"content": b"[" + b"0," * 1_000_000 + b"0]", "headers": JSON},
    ]
    with serving(tmp_path, YUEBAO_READ_TIMEOUT_S="0.5") as served, ThreadPoolExecutor(len(sent)) as pool:
        process = psutil.Process(served.process.pid)
        served.client.post("/v1/classifications", json=asked)
        before = most = process.memory_info().rss
        hostile = [pool.submit(served.client.post, "/v1/digests", **one) for one in sent]
        answered = 0
        while not all(one.done() for one in hostile):
            assert served.client.post("/v1/classifications", json=asked).status_code == 200
            most = max(most, process.memory_info().rss)
            answered += 1
        assert answered > 1
        assert [one.result().status_code for one in hostile] == [413, 413, 413, 413, 413, 431, 400, 413]
        # What it may hold of bodies at once (YUEBAO_MAX_HELD_BYTES), twice: as they come and as they are read.
        assert most - before < 2 * 64 * MIB
        served.client.post(
            "/v1/digests", files={"file": ("a.txt", examples.BULLETIN.encode())}
        ).raise_for_status()


def test_a_file_over_the_limit_is_refused(digester: KeywordDigester) -> None:
    with running(Settings(max_file_bytes=1024), digester) as client:
        assert upload(client, "a.txt", b"x" * 1025) == {
            "status": 413,
            "detail": "文件有 1025 字节,上限是 1024 字节:请只传一期月报",
            "limit": 1024,
            "given": 1025,
        }


@pytest.mark.parametrize(
    ("files", "fields", "detail", "limit"),
    [
        (5, {}, "表单里最多 4 个文件", 4),
        (1, {f"f{k}": "1" for k in range(17)}, "表单里最多 16 个字段", 16),
        (1, {"abstract": "1" * 4097}, "表单的字段最长 4096 字节:文件要带文件名", 4096),
    ],
)
def test_forms_of_too_much_are_refused(
    client: httpx.Client, files: int, fields: dict[str, str], detail: str, limit: int
) -> None:
    sent = [("file", ("a.txt", b"a"))] * files
    response = client.post("/v1/digests", files=sent, data=fields)
    assert problem(response) == {"status": 413, "detail": detail, "limit": limit}


@pytest.mark.parametrize("charset", ["undefined", "unicode_escape", "idna", "utf-16", "rot13", "x" * 200])
def test_forms_in_odd_character_sets_are_refused(client: httpx.Client, charset: str) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="\\ud800.txt"\r\n\r\na\r\n--x--\r\n'
    headers = {"content-type": f"multipart/form-data; boundary=x; charset={charset}"}
    assert problem(client.post("/v1/digests", content=body, headers=headers)) == {
        "status": 415,
        "detail": f"表单的 charset 是“{shown_name(charset)}”:请用 UTF-8",
    }


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../../etc/图.png", "图.png"),
        ("/etc/图.png", "图.png"),
        ("..\\..\\图.png", "图.png"),
        ("图\x00\x1b\u202e.png", "图.png"),
        ("../..", ".."),
        ("\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "í "),
        ("字" * 1000 + ".png", "字" * 39 + "…" + "字" * 16 + ".png"),
        ("/" * 10_000, "上传的文件"),
    ],
)
def test_names_of_uploads_are_only_said(name: str, shown: str) -> None:
    assert shown_name(name) == shown.strip()


def test_names_of_uploads_never_reach_the_disk(digester: KeywordDigester, tmp_path: Path) -> None:
    home = tmp_path / "home"
    name = f"{tmp_path}/../{tmp_path.name}/out.png"
    with running(Settings(home=home), digester) as client:
        for given in (name, f"{'../' * 30}{name[1:]}", "out.png\x00.txt"):
            body = (
                b'--x\r\nContent-Disposition: form-data; name="file"; filename="%b"\r\n\r\n\x89PNG\r\n--x--\r\n'
                % given.encode()
            )
            headers = {"content-type": "multipart/form-data; boundary=x"}
            found = problem(client.post("/v1/digests", content=body, headers=headers))
            assert found["status"] in (400, 422)
            assert str(tmp_path) not in str(found["detail"])
    assert [path for path in tmp_path.rglob("*") if "out" in path.name] == []


@pytest.mark.parametrize("told", [True, False])
def test_a_body_of_100_megabytes_is_refused_and_not_held(client: httpx.Client, told: bool) -> None:
    chunk = b" " * MIB
    headers = JSON | ({"content-length": str(100 * MIB)} if told else {})
    response = client.post("/v1/digests", content=(chunk for _ in range(100)), headers=headers)
    found = {"status": 413, "detail": "请求体超过 8388608 字节:请分成几次提交", "limit": 8 * MIB}
    assert problem(response) == found | ({"given": 100 * MIB} if told else {})
    assert client.get("/healthz").status_code == 200


def test_json_of_too_many_values_is_refused(client: httpx.Client) -> None:
    keys = ",".join(f'"k{number}":0' for number in range(60_000))
    for body in (f"{{{keys}}}", f"[{'0,' * 60_000}0]", "[" + '"a" ' * 200_000 + "," * 60_000):
        assert problem(client.post("/v1/digests", content=body, headers=JSON)) == {
            "status": 413,
            "detail": "请求体里的值超过 50000 个:请分成几次提交",
            "limit": 50_000,
        }


def test_commas_in_a_text_are_no_values(client: httpx.Client) -> None:
    text = r"\"," * 60_000
    response = client.post("/v1/digests", content=f'{{"text": "{text}"}}', headers=JSON)
    assert problem(response)["status"] == 422


def test_of_many_mistakes_twenty_are_told_and_names_are_cut(client: httpx.Client) -> None:
    body = {"x" * 1000: 1} | {f"k{number}": number for number in range(100)}
    found = client.post("/v1/digests", json=body).json()
    assert len(found["errors"]) == 20
    assert found["errors"][1]["location"] == "body." + "x" * 60
    assert found["detail"].endswith(";还有 82 处")


def test_fields_over_their_bounds_tell_them(client: httpx.Client) -> None:
    items = {"items": [{"text": "开会。"}] * 1001}
    assert problem(client.post("/v1/classifications", json=items)) == {
        "status": 422,
        "detail": "body.items:最多 1000 个",
        "limit": 1000,
        "given": 1001,
    }
    items = {"items": [{"text": "会" * 4001}]}
    assert problem(client.post("/v1/classifications", json=items)) == {
        "status": 422,
        "detail": "body.items.0.text:最多 4000 字",
        "limit": 4000,
    }


@pytest.mark.parametrize("path", ["/v1/digests", "/v1/classifications", "/v1/corrections", "/v1/renderings"])
@pytest.mark.parametrize("body", [b'{"text": "\xff\xfe"}', b'{"\xc3\x28": 1}', b'"\xed\xa0\x80"', b"\xff"])
def test_json_that_is_not_utf_8_is_refused(client: httpx.Client, path: str, body: bytes) -> None:
    assert problem(client.post(path, content=body, headers=JSON))["status"] in (400, 422)


@pytest.mark.parametrize("name", [b"\xff", b"file\xff", b"\xed\xa0\x80"])
def test_forms_whose_names_are_not_utf_8_are_refused(client: httpx.Client, name: bytes) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="%b"; filename="%b"\r\n\r\na\r\n--x--\r\n' % (
        name,
        name,
    )
    headers = {"content-type": "multipart/form-data; boundary=x"}
    assert problem(client.post("/v1/digests", content=body, headers=headers))["status"] == 422


def test_addresses_and_headers_that_are_not_utf_8_are_refused(client: httpx.Client) -> None:
    def asked(path: str, **headers: bytes) -> dict[str, object]:
        return problem(client.get(path, headers=[(name.encode(), value) for name, value in headers.items()]))

    assert asked("/v1/digests/%ff") == {"status": 400, "detail": "地址 不是 UTF-8 文字:请检查客户端的编码"}
    assert asked("/v1/archive/search?q=%00") == {
        "status": 400,
        "detail": "查询参数 不是 UTF-8 文字:请检查客户端的编码",
    }
    assert asked("/v1/themes", author=b"\xc3\x28") == {
        "status": 400,
        "detail": "请求头 author 不是 UTF-8 文字:请检查客户端的编码",
    }
    assert client.get("/v1/themes", headers=[(b"author", "张三".encode())]).status_code == 200


def test_the_schema_of_problems_tells_of_limits(client: httpx.Client) -> None:
    document = json.dumps(client.get("/openapi.json").json())
    assert "`limit` and `given`" in document
