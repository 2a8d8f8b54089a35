"""What the server says while it loads, when it cannot, when it is full and when it is at fault."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import httpx
import pytest

from bulletin.errors import InputError, YuebaoError
from models.pipeline import Pipeline
from service import errors, examples
from service.problems import KINDS, kind_of
from service.settings import Settings
from tests.fakes import KeywordDigester
from tests.http.conftest import TIMEOUT_S, running

BODY = {"text": examples.BULLETIN}


class Gate:
    """Holds every job until it is opened, and tells when the first has come."""

    def __init__(self) -> None:
        self.entered, self.opened = threading.Event(), threading.Event()
        self.calls = 0

    def __call__(self) -> None:
        self.calls += 1
        self.entered.set()
        assert self.opened.wait(TIMEOUT_S)


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.opened.set()


def test_not_ready_until_loaded(pipeline: Pipeline, gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow_open(*_: object, **__: object) -> KeywordDigester:
        gate()
        return KeywordDigester(pipeline.info)

    monkeypatch.setattr(Pipeline, "open", slow_open)
    with running(Settings(), None, ready=False) as client:
        assert client.get("/healthz").status_code == 200
        response = client.get("/readyz")
        assert response.status_code == 503
        assert response.headers["retry-after"] == "2"
        assert response.json()["detail"] == "模型正在载入:请稍候几秒再试"
        assert client.post("/v1/digests", json=BODY).json()["title"] == "模型尚未就绪"
        gate.opened.set()


def test_bundle_that_is_missing_is_told_by_readyz(tmp_path: Path) -> None:
    with running(Settings(bundle=tmp_path / "nowhere"), None) as client:
        response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["detail"].startswith("模型载入失败:")
    assert "nowhere" in response.json()["detail"]


def test_full_queue_answers_429_and_the_waiting_are_served(pipeline: Pipeline, gate: Gate) -> None:
    digester = KeywordDigester(pipeline.info, before=gate)
    with running(Settings(max_waiting=1), digester) as client, ThreadPoolExecutor(3) as pool:
        served = [pool.submit(client.post, "/v1/digests", json=BODY) for _ in range(3)]
        refused = next(as_completed(served, TIMEOUT_S)).result()
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) >= 1
        assert refused.json()["detail"] == "已有 1 个请求在排队:请稍后再试"
        gate.opened.set()
        assert sorted(one.result().status_code for one in served) == [200, 200, 429]


def test_a_text_that_is_too_long_beside_others_is_refused_and_alone_it_is_served(
    pipeline: Pipeline, gate: Gate
) -> None:
    digester = KeywordDigester(pipeline.info, before=gate)
    long = 3 * len(examples.BULLETIN)
    with running(Settings(max_waiting_chars=long), digester) as client, ThreadPoolExecutor(2) as pool:
        served = pool.submit(client.post, "/v1/digests", json=BODY)
        assert gate.entered.wait(TIMEOUT_S)
        refused = client.post("/v1/digests", json=BODY)
        assert refused.status_code == 429
        assert refused.json()["detail"] == f"正在处理 {long} 字,上限是 {long} 字:请稍后再试"
        gate.opened.set()
        assert served.result().status_code == 200
        assert client.post("/v1/digests", json=BODY).status_code == 200


def test_a_request_past_its_deadline_is_told_so_and_never_runs(pipeline: Pipeline, gate: Gate) -> None:
    digester = KeywordDigester(pipeline.info, before=gate)
    with running(Settings(), digester) as client, ThreadPoolExecutor(1) as pool:
        first = pool.submit(client.post, "/v1/classifications", json={"items": [{"text": "召开会议。"}]})
        assert gate.entered.wait(TIMEOUT_S)
        asked = {"items": [{"text": "印发通知。"}]}
        late = client.post("/v1/classifications", json=asked, headers={"X-Request-Timeout": "0.01"})
        assert late.status_code == 408
        assert late.json()["detail"] == (
            "0.01 秒内没有做完,已经放弃:请稍后再试,或把 X-Request-Timeout 设得长些"
        )
        gate.opened.set()
        assert first.result().status_code == 200
        assert client.post("/v1/classifications", json=asked).status_code == 200
        # Those of the first and the last.
        assert gate.calls == 2


@pytest.mark.parametrize("given", ["0", "-1", "nan", "inf", "soon", ""])
def test_a_deadline_is_a_number_of_seconds(client: httpx.Client, given: str) -> None:
    refused = client.get("/healthz", headers={"X-Request-Timeout": given})
    assert refused.status_code == 422
    assert refused.json()["detail"] == f"X-Request-Timeout 是“{given}”:请给出一个大于 0 的秒数"


def test_the_work_of_a_client_that_has_gone_never_runs(pipeline: Pipeline, gate: Gate) -> None:
    digester = KeywordDigester(pipeline.info, before=gate)
    asked = {"items": [{"text": "召开会议。"}]}
    with running(Settings(max_waiting=1), digester) as client, ThreadPoolExecutor(1) as pool:
        first = pool.submit(client.post, "/v1/classifications", json=asked)
        assert gate.entered.wait(TIMEOUT_S)
        with pytest.raises(httpx.ReadTimeout):
            client.post("/v1/classifications", json=asked, timeout=httpx.Timeout(TIMEOUT_S, read=0.05))
        # Until its place in the line is free again, the line is full.
        hasty = {"X-Request-Timeout": "0.01"}
        while client.post("/v1/classifications", json=asked, headers=hasty).status_code == 429:
            pass
        gate.opened.set()
        assert first.result().status_code == 200
        assert client.post("/v1/classifications", json=asked).status_code == 200
        assert gate.calls == 2


def test_server_answers_while_a_job_runs(pipeline: Pipeline, gate: Gate) -> None:
    digester = KeywordDigester(pipeline.info, before=gate)
    with running(Settings(), digester) as client, ThreadPoolExecutor(1) as pool:
        job = pool.submit(client.post, "/v1/digests", json=BODY)
        assert gate.entered.wait(TIMEOUT_S)
        assert client.get("/healthz").status_code == 200
        gate.opened.set()
        assert job.result().status_code == 200


def test_defect_is_a_problem_without_internals(pipeline: Pipeline) -> None:
    def fail() -> None:
        raise ZeroDivisionError("secret")

    with running(Settings(), KeywordDigester(pipeline.info, before=fail)) as client:
        response = client.post("/v1/digests", json=BODY)
        assert response.status_code == 500
        assert response.json()["detail"] == "这是程序的错误(ZeroDivisionError),日志里有详情"
        assert client.get("/healthz").status_code == 200


def every_error(base: type[YuebaoError]) -> list[type[YuebaoError]]:
    return [base, *(deeper for cls in base.__subclasses__() for deeper in every_error(cls))]


@pytest.mark.parametrize("cls", every_error(InputError))
def test_every_input_error_is_a_4xx(cls: type[InputError]) -> None:
    error = cls.__new__(cls)
    assert 400 <= kind_of(error).status < 500


@pytest.mark.parametrize("cls", every_error(errors.ServiceError))
def test_every_refusal_of_a_request_has_a_row_of_its_own(cls: type[YuebaoError]) -> None:
    at_start = (errors.ServiceError, errors.SettingsError)
    assert cls in KINDS or cls in at_start or cls.__module__ != errors.__name__
