"""/v1/trainings: a real server, a real database, and a process that stands in for the training."""

import fcntl
import os
from pathlib import Path

import httpx
import pytest

from models.registry import Registry
from service.trainings.runner import Trainer
from tests.conftest import ROOT
from tests.http.test_digests import problem
from tests.http.trainings import AGAIN, Serve, ask, holder, pipe, until
from tests.unit.test_registry import bundle

PROGRESS = {"phase": "classifier", "step": 25, "steps": 100, "loss": 0.5, "seconds_left": 30.0}
# Nothing is nicer than 19.
NICE = min(os.nice(0) + 10, 19)


@pytest.fixture
def client(serve: Serve) -> httpx.Client:
    return serve()


def test_a_training_is_queued_runs_tells_how_far_it_is_and_is_done(client: httpx.Client, home: Path) -> None:
    order = pipe(home, "2024-05")
    response = ask(client, "2024-05")
    assert response.status_code == 202
    assert response.headers["location"] == "/v1/trainings/1"
    assert {key: response.json()[key] for key in ("id", "version", "reason", "finished")} == {
        "id": 1,
        "version": "2024-05",
        "reason": None,
        "finished": None,
    }
    found = until(client, 1, "running")
    assert found["progress"] == PROGRESS
    assert found["log"] == [f"开始 classifier 2024-05,nice {NICE}"]
    order.write_text("done", "utf-8")
    found = until(client, 1, "done")
    assert found["reason"] is None
    assert found["created"] <= found["started"] <= found["finished"]
    listed = client.get("/v1/trainings").json()
    assert listed == {"trainings": [{key: found[key] for key in listed["trainings"][0]}], "next": None}


def test_the_command_is_told_what_to_train(client: httpx.Client, home: Path) -> None:
    order = pipe(home, "m-1")
    body = {"version": "m-1", "part": "all", "fast": True}
    answer = client.post("/v1/trainings", json=body).json()
    assert {key: answer[key] for key in body} == body
    assert until(client, 1, "running")["log"] == [f"开始 all m-1 --fast,nice {NICE}"]
    order.write_text("done", "utf-8")
    until(client, 1, "done")


def test_a_writer_is_not_trained_fast(client: httpx.Client) -> None:
    refused = client.post("/v1/trainings", json={"version": "m-1", "part": "writer", "fast": True})
    assert refused.status_code == 422
    assert refused.json()["detail"] == "body:fast 是分类器的;训练写作模型请去掉它"


def test_one_trains_at_a_time_and_the_others_wait_their_turn(client: httpx.Client, home: Path) -> None:
    orders = [pipe(home, version) for version in ("a", "b", "c")]
    ids = [ask(client, version).json()["id"] for version in ("a", "b", "c")]
    for id, order in zip(ids, orders, strict=True):
        until(client, id, "running")
        states = [one["state"] for one in client.get("/v1/trainings").json()["trainings"]]
        assert states == ["done"] * ids.index(id) + ["running"] + ["queued"] * (2 - ids.index(id))
        order.write_text("done", "utf-8")
    until(client, ids[-1], "done")
    page = client.get("/v1/trainings", params={"after": 1, "limit": 1}).json()
    assert ([one["id"] for one in page["trainings"]], page["next"]) == ([2], 2)


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        ("complain", "标注太少:training 只有 3 件;\n请再标注一些。"),
        ("abort", f"训练没有做完就停了(日志最后一行:开始 classifier m-1,nice {NICE}):{AGAIN}"),
    ],
    ids=["complains", "aborts"],
)
def test_a_training_that_fails_tells_why_and_may_be_asked_for_again(
    client: httpx.Client, home: Path, order: str, reason: str
) -> None:
    path = pipe(home, "m-1")
    for id in (1, 2):
        assert ask(client, "m-1").json()["id"] == id
        until(client, id, "running")
        path.write_text(order, "utf-8")
        assert until(client, id, "failed")["reason"] == reason


def test_a_queued_and_a_running_training_are_cancelled_and_the_next_goes_on(
    client: httpx.Client, home: Path
) -> None:
    for version in ("a", "b", "c"):
        pipe(home, version)
        ask(client, version)
    until(client, 1, "running")
    pid = holder(home).pid
    assert client.delete("/v1/trainings/2").json()["state"] == "cancelled"
    assert client.delete("/v1/trainings/1").json()["state"] == "cancelled"
    until(client, 3, "running")
    assert not Path(f"/proc/{pid}").exists()
    client.delete("/v1/trainings/3")
    ended = client.get("/v1/trainings/3").json()
    assert client.delete("/v1/trainings/3").json() == ended
    assert ask(client, "a").status_code == 202


def test_a_version_that_is_there_or_on_its_way_is_refused(
    client: httpx.Client, home: Path, tmp_path: Path
) -> None:
    Registry(home).add(bundle(tmp_path / "m-1", "m-1"))
    for version in ("m-1", "builtin"):
        response = ask(client, version)
        told = f"模型版本 {version} 已经有了:请换一个版本名"
        assert (response.status_code, problem(response)["detail"]) == (409, told)
    for version in ("a", "b"):
        pipe(home, version)
        ask(client, version)
        response = ask(client, version)
        told = f"版本 {version} 已经在训练或排队:见 GET /v1/trainings"
        assert (response.status_code, problem(response)["detail"]) == (409, told)


def test_without_the_training_libraries_nothing_is_queued(serve: Serve) -> None:
    client = serve(Trainer(needs=("sys", "no_such_library")))
    response = ask(client, "m-1")
    assert (response.status_code, problem(response)["detail"]) == (
        501,
        "训练要用的库没有装(缺 no_such_library):请运行 make install-train",
    )
    assert client.get("/v1/trainings").json() == {"trainings": [], "next": None}


@pytest.mark.parametrize("version", ["", "../a", "a b", "-a", "版本", "a" * 65])
def test_a_name_that_cannot_be_a_version_is_refused(client: httpx.Client, version: str) -> None:
    response = ask(client, version)
    told = "body.version:只能用字母、数字、点、横线,字母或数字开头,最多 64 字"
    assert (response.status_code, problem(response)["detail"]) == (422, told)


def test_a_training_that_was_never_asked_for_is_404(client: httpx.Client) -> None:
    for method in ("GET", "DELETE"):
        response = client.request(method, "/v1/trainings/7")
        told = "没有编号是 7 的训练:编号见 GET /v1/trainings"
        assert (response.status_code, problem(response)["detail"]) == (404, told)


def test_a_training_that_cannot_be_started_is_told(serve: Serve) -> None:
    client = serve(Trainer(command=("/no/such/python",), needs=()))
    ask(client, "m-1")
    assert until(client, 1, "failed")["reason"] == (
        "训练开不了头(没有这个文件或文件夹:/no/such/python):请检查磁盘空间和权限,再 POST 一次"
    )


def test_a_queue_that_stands_still_is_told_and_goes_on(client: httpx.Client, home: Path) -> None:
    lock = home / "trainings" / "lock"
    # In one step: the server makes the lock itself in a folder that has none.
    (home / "made" / "lock").mkdir(parents=True)
    (home / "made").rename(home / "trainings")
    order = pipe(home, "m-1")
    assert ask(client, "m-1").json()["state"] == "queued"
    told = f"训练的队列停着:是文件夹:{lock}。"
    assert client.get("/readyz").json()["warning"] == told
    lock.rmdir()
    until(client, 1, "running")
    order.write_text("done", "utf-8")
    until(client, 1, "done")
    assert "warning" not in client.get("/readyz").json()


def test_the_real_command_is_run_and_its_complaint_is_the_reason(
    serve: Serve, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pointer = home / "models" / "current"
    pointer.parent.mkdir()
    pointer.write_bytes(b"\xff")
    client = serve(Trainer())
    ask(client, "m-1")
    with (home / "trainings" / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # until it has ended
    assert until(client, 1, "failed")["reason"] == (
        f"记着当前版本的文件 {pointer} 坏了;请运行 yuebao models promote 版本,重新启用一个版本。"
    )
