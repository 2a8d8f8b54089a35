"""/v1/jobs against a real server: what is taken in, answered, refused, cancelled and shown to whom."""

import io
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest

from models.pipeline import Pipeline
from service.settings import Settings
from service.store.records import Scope
from tests.fakes import KeywordDigester
from tests.http.conftest import TIMEOUT_S, running
from tests.http.jobs import BAD, GOOD, answers, month, post, until, zipped
from tests.http.processes import serving
from tests.http.test_connections import answer, connection
from tests.http.test_hostile import problem
from tests.http.test_metrics import counts
from tests.http.test_states import Gate
from tests.http.trainings import TRIES, Serve
from tests.keys import bearer, made


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.opened.set()


def left(home: Path) -> list[str]:
    """What lies in the folder of jobs beside its lock and its name."""
    folder = home / "jobs"
    return sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.exists() else []


def until_left(home: Path, client: httpx.Client, count: int) -> None:
    """Wait until so many jobs have a folder."""
    for _ in range(TRIES):
        if len(left(home)) == count:
            return
        client.get("/healthz")
    raise AssertionError(left(home))


def test_a_job_answers_each_file_as_a_digest_and_the_bad_ones_with_their_problems(
    serve: Serve, home: Path
) -> None:
    client = serve()
    response = post(client, month(4), ("坏的.txt", BAD), ("图.png", b"\x89PNG"), month(5))
    job = response.json()
    assert response.status_code == 202
    assert response.headers["location"] == f"/v1/jobs/{job['id']}"
    assert (job["state"], job["abstract"], job["files"], job["done"]) == ("queued", False, 4, 0)
    ended = until(client, job["id"])
    assert (ended["state"], ended["done"], ended["refused"], ended["reason"]) == ("done", 4, 2, None)
    april, bad, picture, may = answers(client, job["id"])
    assert [one["name"] for one in (april, bad, picture, may)] == ["4月.txt", "坏的.txt", "图.png", "5月.txt"]
    for one, sent in ((april, month(4)), (may, month(5))):
        alone = client.post("/v1/digests", files={"file": sent}, data={"abstract": "false"}).json()
        assert (one["digest"], one["problem"]) == (alone, None)
        assert client.get(f"/v1/digests/{alone['id']}").json() == alone
    assert bad["digest"] is None
    assert (bad["problem"]["status"], bad["problem"]["title"]) == (422, "不像一期月报")
    assert picture["problem"] == {
        "type": "urn:yuebao:problem:unreadable-file",
        "title": "文件无法读成文字",
        "status": 422,
        "detail": "“图.png”是PNG 图片,不能读取;请给出 txt、html、docx 或 pdf。",
    }
    # The folder goes last: after the job is told to be done, and after it is counted.
    until_left(home, client, 0)
    found = counts(client)
    assert found["yuebao_jobs_total state=done"] == 1
    assert found["yuebao_job_files_total outcome=digested"] == 2
    assert found["yuebao_job_files_total outcome=refused"] == 2
    assert found["yuebao_jobs_queued"] == 0


def test_a_zip_is_a_job_of_its_members(serve: Serve) -> None:
    client = serve()
    packed = zipped({"2021/4月.txt": month(4)[1], "__MACOSX/2021/._4月.txt": b"x", "里面.zip": b"PK"})
    job = post(client, month(3), ("月报.zip", packed)).json()
    assert job["files"] == 3
    until(client, job["id"])
    first, member, nested = answers(client, job["id"])
    assert (first["name"], member["name"]) == ("3月.txt", "2021/4月.txt")
    assert member["digest"]["month"] == "2021-04"
    assert nested["problem"]["detail"] == "“里面.zip”是压缩包里的压缩包:请解开后再传"


def test_a_workbook_has_a_row_a_file_and_a_row_an_item(serve: Serve) -> None:
    client = serve()
    job = post(client, month(4), ("=坏.txt", BAD)).json()
    until(client, job["id"])
    response = client.get(f"/v1/jobs/{job['id']}/result", params={"format": "xlsx"})
    assert response.headers["content-disposition"] == f'attachment; filename="{job["id"]}.xlsx"'
    book = openpyxl.load_workbook(io.BytesIO(response.content))
    files, items = (list(book[name].iter_rows(values_only=True)) for name in ("文件", "事项"))
    assert [row[:2] for row in files] == [("文件", "月份"), ("4月.txt", "2021-04"), ("=坏.txt", None)]
    assert files[2][3].startswith("没有找到省份条目")
    assert items[0] == ("文件", "月份", "省份", "编号", "内容", "主题", "概率", "待核")
    digest = answers(client, job["id"])[0]["digest"]
    national = [item for one in digest["sections"] for topic in one["topics"] for item in topic["items"]]
    assert len(items) == 1 + len(national) + sum(len(entry["items"]) for entry in digest["entries"])
    sichuan = next(row for row in items if row[2] == "四川")
    assert sichuan[:4] == ("4月.txt", "2021-04", "四川", "四川.1")
    assert (sichuan[5], sichuan[7]) == ("网络安全", None)


def test_a_repeated_request_with_the_same_key_is_the_same_job(serve: Serve) -> None:
    client = serve(max_open_jobs=1)
    key = {"Idempotency-Key": "三月".encode().hex()}
    first = post(client, month(4), headers=key)
    again = post(client, month(4), headers=key)
    assert again.status_code == 202
    assert again.headers["location"] == first.headers["location"]
    until(client, first.json()["id"])
    assert post(client, month(4), headers=key).json()["state"] == "done"
    for other in ([month(5)], [("别名.txt", month(4)[1])], [month(4), month(4)]):
        refused = post(client, *other, headers=key)
        assert problem(refused) == {
            "status": 422,
            "detail": "这个 Idempotency-Key 已经用于另一个任务(内容不同):换了内容请换一个 Key",
        }
    assert post(client, month(4)).json()["id"] != first.json()["id"]


def test_two_requests_at_once_with_the_same_key_are_one_job(serve: Serve, home: Path) -> None:
    clients = [serve(), serve()]
    with ThreadPoolExecutor(4) as pool:
        sent = [
            pool.submit(post, clients[number % 2], month(4), headers={"Idempotency-Key": "k"})
            for number in range(4)
        ]
        found = [one.result() for one in sent]
    assert {one.status_code for one in found} == {202}
    assert len({one.json()["id"] for one in found}) == 1
    assert len(clients[0].get("/v1/jobs").json()["jobs"]) == 1
    until(clients[1], found[0].json()["id"])
    until_left(home, clients[0], 0)


@pytest.mark.parametrize(
    ("keys", "detail"),
    [
        ([b""], "Idempotency-Key 有 0 个字符:请用 1 到 200 个"),
        ([b"k" * 201], "Idempotency-Key 有 201 个字符:请用 1 到 200 个"),
        (["月".encode()], "Idempotency-Key 要有且只有一个,只用可见的 ASCII 字符"),
        ([b"a", b"b"], "Idempotency-Key 要有且只有一个,只用可见的 ASCII 字符"),
    ],
)
def test_what_is_no_key_for_repeating_is_refused(
    client: httpx.Client, keys: list[bytes], detail: str
) -> None:
    refused = client.post(
        "/v1/jobs", files={"file": month(4)}, headers=[(b"idempotency-key", key) for key in keys]
    )
    assert problem(refused) == {"status": 422, "detail": detail}


def test_a_queued_and_a_running_job_are_cancelled_and_what_is_done_stays(
    pipeline: Pipeline,
    home: Path,
    gate: Gate,
) -> None:
    first = threading.Event()

    def before() -> None:
        if first.is_set():
            gate()
        first.set()

    digester = KeywordDigester(pipeline.info, before=before)
    with running(Settings(home=home, watch_s=0.01), digester) as client:
        runs = post(client, month(4), month(5), month(6)).json()["id"]
        waits = post(client, month(7)).json()["id"]
        assert gate.entered.wait(TIMEOUT_S)
        early = client.get(f"/v1/jobs/{runs}/result")
        assert problem(early) == {
            "status": 409,
            "detail": "任务还没有结束(1/3):请等 state 不再是 queued、running,或先取消,再取已经做好的",
        }
        assert problem(client.get(f"/v1/jobs/{waits}/result")) == {
            "status": 409,
            "detail": "任务还在排队(0/1):请等 state 不再是 queued、running,或先取消,再取已经做好的",
        }
        assert client.delete(f"/v1/jobs/{waits}").json()["state"] == "cancelled"
        # While another job is at work: what is cancelled over and over must not fill the disk.
        assert not (home / "jobs" / waits).exists()
        cancelled = client.delete(f"/v1/jobs/{runs}").json()
        assert (cancelled["state"], cancelled["done"]) == ("cancelled", 1)
        gate.opened.set()
        # The next job begins when the file is done that was under way when its job was cancelled.
        until(client, post(client, month(8)).json()["id"])
        assert client.delete(f"/v1/jobs/{runs}").json() == cancelled
        assert [one["name"] for one in answers(client, runs)] == ["4月.txt"]
        assert answers(client, waits) == []
        until_left(home, client, 0)
        assert counts(client)["yuebao_jobs_total state=cancelled"] == 2


def test_a_job_is_seen_by_its_own_key_and_by_an_admin(serve: Serve, home: Path) -> None:
    client = serve(max_open_jobs=1)
    nobodys = post(client, month(4)).json()["id"]
    until(client, nobodys)
    mine, other, admin = (
        bearer(made(home, name, scope))
        for name, scope in (("我", Scope.READ), ("别人", Scope.READ), ("管理员", Scope.ADMIN))
    )
    id = post(client, month(5), headers=mine | {"Idempotency-Key": "k"}).json()["id"]
    assert post(client, month(6), headers=other | {"Idempotency-Key": "k"}).json()["id"] != id

    def shown(key: dict[str, str]) -> list[str]:
        return [job["id"] for job in client.get("/v1/jobs", headers=key).json()["jobs"]]

    assert shown(mine) == [id]
    assert len(shown(other)) == 1
    assert shown(admin)[:2] == [nobodys, id]
    for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/result")):
        refused = client.request(method, f"/v1/jobs/{id}{path}", headers=other)
        assert problem(refused) == {
            "status": 404,
            "detail": f"没有编号是 {id} 的任务,或者它不是这把密钥的,或者已经过了保留期:编号见 GET /v1/jobs",
        }
    assert client.get("/v1/jobs", params={"after": id}, headers=other).status_code == 404
    assert client.get(f"/v1/jobs/{id}", headers=admin).status_code == 200
    assert client.delete(f"/v1/jobs/{id}", headers=mine).status_code == 200


def test_jobs_are_listed_page_by_page(serve: Serve) -> None:
    client = serve()
    ids = [post(client, month(number)).json()["id"] for number in (4, 5, 6)]
    first = client.get("/v1/jobs", params={"limit": 2}).json()
    assert ([job["id"] for job in first["jobs"]], first["next"]) == (ids[:2], ids[1])
    rest = client.get("/v1/jobs", params={"limit": 2, "after": first["next"]}).json()
    assert ([job["id"] for job in rest["jobs"]], rest["next"]) == (ids[2:], None)
    assert problem(client.get("/v1/jobs", params={"after": "0"}))["status"] == 404


def test_an_upload_over_its_limits_is_refused_and_nothing_of_it_stays(serve: Serve, home: Path) -> None:
    client = serve(max_job_bytes=2048, max_job_files=2, max_file_bytes=1024)
    long = ("长.txt", b"x" * 4096)
    told = problem(post(client, long))
    assert (told["status"], told["limit"]) == (413, 2048)
    assert told["detail"] == "上传的内容超过 2048 字节:请分成几个任务提交"
    boundary = {"content-type": "multipart/form-data; boundary=b"}
    piece = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n' + b"x" * 1000
    told = problem(client.post("/v1/jobs", content=iter([piece, piece, piece]), headers=boundary))
    assert told == {"status": 413, "detail": "上传的内容超过 2048 字节:请分成几个任务提交", "limit": 2048}
    small = [(f"{number}.txt", b"x") for number in range(3)]
    told = problem(post(client, *small))
    assert told == {"status": 413, "detail": "到“2.txt”为止,文件超过 2 个:请分成几个任务提交", "limit": 2}
    packed = ("三个.zip", zipped(dict(small)))
    told = problem(post(client, packed))
    assert told == {"status": 413, "detail": "到“三个.zip”为止,文件超过 2 个:请分成几个任务提交", "limit": 2}
    bomb = ("炸弹.zip", zipped({"a.txt": b"0" * 2048 * 9}))
    told = problem(post(client, bomb))
    assert (told["status"], told["limit"], told["given"]) == (413, 2048 * 8, 2048 * 9)
    for broken in (("a.zip", b"PK"), ("空.zip", zipped({}))):
        assert problem(post(client, broken))["status"] == 422
    assert left(home) == []
    large = post(client, ("大.txt", b"x" * 1025)).json()
    until(client, large["id"])
    assert answers(client, large["id"])[0]["problem"]["given"] == 1025


@pytest.mark.parametrize(
    ("sent", "status", "detail"),
    [
        ({"data": {"a": "b"}, "files": {"other": month(4)}}, 422, "表单里的文件名为 other:请都名为 file"),
        ({"data": {"file": "x"}, "files": {"file": month(4)}}, 422, "body.file:没有这一项"),
        ({"data": {"abstract": "?"}, "files": {"file": month(4)}}, 422, "body.abstract:应是 true 或 false"),
        (
            {"data": {"abstract": ["true", "false"]}, "files": {"file": month(4)}},
            422,
            "表单里有字段给了几次:请每个只给一次",
        ),
        ({"json": {}}, 415, "内容类型是“application/json”:请用 multipart/form-data 传文件"),
    ],
)
def test_a_form_that_is_none_is_refused(
    client: httpx.Client, sent: dict[str, Any], status: int, detail: str
) -> None:
    assert problem(client.post("/v1/jobs", **sent)) == {"status": status, "detail": detail}


def test_a_form_that_breaks_off_is_refused(client: httpx.Client) -> None:
    kind = {"content-type": "multipart/form-data; boundary=b"}
    start = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nx'
    for content in (b"", b"x", start, b"--b\r\n" + b"a" * 10_000, b"--b--\r\n"):
        refused = client.post("/v1/jobs", content=content, headers=kind)
        assert problem(refused)["status"] == 422
    assert (
        client.post("/v1/jobs", content=b"x", headers={"content-type": "multipart/form-data"}).status_code
        == 422
    )


def test_an_upload_that_comes_too_slowly_is_refused(serve: Serve, home: Path) -> None:
    client = serve(body_timeout_s=0.2)
    head = b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    head += b"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000\r\n\r\n--b\r\n"
    with connection(client) as opened:
        opened.sendall(head)
        refused = answer(opened)
    assert problem(refused) == {
        "status": 408,
        "detail": "上传太慢:每 8388608 字节至多 0.2 秒,请检查网络,或分成几个任务提交",
        "limit": 0.2,
    }
    assert left(home) == []


def test_an_upload_whose_client_leaves_is_cleared_away(serve: Serve, home: Path) -> None:
    client = serve(max_open_jobs=1)
    head = b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n"
    head += b"Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n"
    with connection(client) as opened:
        opened.sendall(head)
        until_left(home, client, 1)
        # What is on its way counts already.
        assert post(client, month(4)).status_code == 429
    until_left(home, client, 0)
    # It counts until a moment after its folder is gone.
    assert 202 in (post(client, month(4)).status_code for _ in range(TRIES))


def test_a_caller_has_only_so_many_open_jobs(pipeline: Pipeline, home: Path, gate: Gate) -> None:
    digester = KeywordDigester(pipeline.info, before=gate)
    with running(Settings(home=home, watch_s=0.01, max_open_jobs=1), digester) as client:
        first = post(client, month(4)).json()["id"]
        refused = post(client, month(5))
        assert refused.headers["retry-after"] == "30"
        assert problem(refused) == {
            "status": 429,
            "detail": "已有 1 个任务没有结束:请等它们做完,或取消不要的(DELETE /v1/jobs/编号)",
        }
        assert len(left(home)) == 1
        gate.opened.set()
        until(client, first)
        assert post(client, month(5)).status_code == 202


def test_a_job_takes_no_place_in_the_line(pipeline: Pipeline, home: Path, gate: Gate) -> None:
    digester = KeywordDigester(pipeline.info, before=gate)
    settings = Settings(home=home, watch_s=0.01, max_waiting=1, max_waiting_chars=1)
    with running(settings, digester) as client, ThreadPoolExecutor(1) as pool:
        job = post(client, month(4)).json()["id"]
        assert gate.entered.wait(TIMEOUT_S)
        assert counts(client)["yuebao_queue_requests"] == 0
        asked = pool.submit(client.post, "/v1/digests", json={"text": GOOD.decode()})
        while counts(client)["yuebao_queue_requests"] != 1:
            assert not asked.done()
        gate.opened.set()
        assert asked.result().status_code == 200
        until(client, job)


def test_a_defect_at_one_file_is_told_without_internals_and_the_others_are_answered(
    pipeline: Pipeline, home: Path
) -> None:
    broken = iter([ValueError("secret")])

    def before() -> None:
        for error in broken:
            raise error

    with running(Settings(home=home, watch_s=0.01), KeywordDigester(pipeline.info, before=before)) as client:
        id = post(client, month(4), month(5)).json()["id"]
        assert until(client, id)["refused"] == 1
        first, second = answers(client, id)
        assert first["problem"] == {
            "type": "urn:yuebao:problem:internal",
            "title": "服务内部出错",
            "status": 500,
            "detail": "这是程序的错误(ValueError),日志里有详情",
        }
        assert second["digest"]["month"] == "2021-05"


def test_a_full_disk_is_told_and_nothing_half_written_stays(tmp_path: Path) -> None:
    small = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))"
    with serving(tmp_path, small) as served:
        refused = post(served.client, ("大.txt", b"x" * (2 << 20)))
        assert problem(refused) == {
            "status": 507,
            "detail": "磁盘空间不足,上传的内容没有收下:请在服务器上腾出空间后再提交",
        }
        assert left(tmp_path) == []
        assert post(served.client, month(4)).status_code == 202


def test_a_file_at_which_the_server_died_again_and_again_is_not_tried_for_ever(
    pipeline: Pipeline,
    home: Path,
    gate: Gate,
) -> None:
    settings = Settings(home=home, watch_s=0.01)
    with running(settings, KeywordDigester(pipeline.info, before=gate)) as client:
        id = post(client, month(4), month(5)).json()["id"]
        assert gate.entered.wait(TIMEOUT_S)
        gate.opened.set()
        until(client, id)
    with sqlite3.connect(home / "yuebao.db") as database:
        database.execute("UPDATE jobs SET state = 'running', done = 0, finished = NULL")
        database.execute("UPDATE job_files SET answered = FALSE, begun = 10 * (number = 0)")
    (home / "jobs" / id).mkdir()
    for number in range(2):
        (home / "jobs" / id / str(number)).write_bytes(month(4 + number)[1])
    with running(settings, KeywordDigester(pipeline.info)) as client:
        assert until(client, id)["refused"] == 1
        broken, good = answers(client, id)
        assert (broken["problem"]["status"], broken["problem"]["detail"]) == (
            500,
            "处理“4月.txt”时服务 10 次中断,不再试:请另存为 txt 后再提交",
        )
        assert good["digest"]["month"] == "2021-05"


def test_a_job_whose_uploads_are_gone_fails_with_the_mend(
    pipeline: Pipeline,
    home: Path,
    gate: Gate,
) -> None:
    with running(Settings(home=home, watch_s=0.01), KeywordDigester(pipeline.info, before=gate)) as client:
        id = post(client, month(4), month(5)).json()["id"]
        assert gate.entered.wait(TIMEOUT_S)
        (home / "jobs" / id / "1").unlink()
        gate.opened.set()
        job = until(client, id)
        assert (job["state"], job["done"]) == ("failed", 1)
        assert job["reason"] == ("上传的文件读不出来(没有这个文件或文件夹):请检查服务器的磁盘,再提交一次")
        assert len(answers(client, id)) == 1


def test_ended_jobs_go_after_their_time(serve: Serve, home: Path) -> None:
    client = serve()
    old, young = (post(client, month(number)).json()["id"] for number in (4, 5))
    until(client, young)
    with sqlite3.connect(home / "yuebao.db") as database:
        database.execute("UPDATE jobs SET finished = '2021-04-01 00:00:00.000000' WHERE id = ?", (old,))
    for _ in range(TRIES):
        if client.get(f"/v1/jobs/{old}").status_code == 404:
            break
    assert [job["id"] for job in client.get("/v1/jobs").json()["jobs"]] == [young]
    with sqlite3.connect(home / "yuebao.db") as database:
        assert database.execute("SELECT count(*) FROM job_files").fetchone() == (1,)


def test_the_description_tells_the_form_the_key_and_every_status(client: httpx.Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    create = paths["/v1/jobs"]["post"]
    form = create["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert set(form["properties"]) == {"file", "abstract"}
    assert [one["name"] for one in create["parameters"]] == ["Idempotency-Key"]
    assert {"202", "408", "413", "415", "422", "429", "503", "507"} <= set(create["responses"])
    assert {"200", "404", "409"} <= set(paths["/v1/jobs/{id}/result"]["get"]["responses"])
