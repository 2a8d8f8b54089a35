"""A server that is told to stop answers what it has taken on; told twice, it ends at once and in order."""

import os
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import psutil
import pytest

from tests.http.conftest import TIMEOUT_S
from tests.http.connections import POST, connection, until_end
from tests.http.processes import Served, serving
from tests.http.test_metrics import samples

# The tests may run under nohup.
AS_ON_A_TERMINAL = "import signal; signal.signal(signal.SIGHUP, signal.SIG_DFL)"
PATIENT = {"YUEBAO_BODY_TIMEOUT_S": "600"}
CLIENTS = 6
# Long enough to be under way still when the signal comes: a second of one core each.
ASKED = {
    "items": [{"text": f"召开第{number}次教育信息化工作会议,部署网络安全培训。"} for number in range(100)]
}


def taken_on(served: Served, asked: list["Future[httpx.Response]"]) -> bool:
    """Whether the server has heard all that it is asked."""
    answered = sum(one.done() for one in asked)
    # This request itself is in flight as well.
    return answered + in_flight(served) >= len(asked) + 1


def in_flight(served: Served) -> float:
    return samples(served.client.get("/metrics").text)["yuebao_requests_in_flight"]


@contextmanager
def asked(
    home: Path, first: str = "", **settings: str
) -> Iterator[tuple[Served, list["Future[httpx.Response]"]]]:
    """A server that has taken on a request of each of its clients."""
    with serving(home, first, **settings) as served, ThreadPoolExecutor(CLIENTS) as pool:
        under_way = [
            pool.submit(served.client.post, "/v1/classifications", json=ASKED) for _ in range(CLIENTS)
        ]
        while not taken_on(served, under_way):
            pass
        yield served, under_way


def lets_in(address: httpx.URL) -> bool:
    try:
        return httpx.get(address.join("/healthz"), timeout=TIMEOUT_S).is_success
    except httpx.TransportError:
        return False


@contextmanager
def uploading(served: Served) -> Iterator[socket.socket]:
    """A client that has begun to send a body and sends no more."""
    with connection(served.client) as opened:
        opened.sendall(POST + b"Content-Length: 100\r\n\r\n{")
        # This request itself is in flight as well.
        while in_flight(served) < 2:
            pass
        yield opened


def press_ctrl_c(served: Served) -> None:
    """As a terminal does: each process is told."""
    os.killpg(served.process.pid, signal.SIGINT)


def hung_up(opened: socket.socket) -> None:
    # What was sent and not read makes it a reset.
    with suppress(ConnectionResetError):
        assert until_end(opened) == b""


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGHUP])
def test_ending_fails_no_request_that_was_taken_on(tmp_path: Path, told: signal.Signals) -> None:
    with asked(tmp_path, first=AS_ON_A_TERMINAL) as (served, under_way):
        os.killpg(served.process.pid, told)
        answers = [one.result() for one in under_way]
        assert [answer.status_code for answer in answers] == [200] * CLIENTS
        assert [len(answer.json()["items"]) for answer in answers] == [len(ASKED["items"])] * CLIENTS
        served.process.wait(TIMEOUT_S)
        assert served.process.returncode in (0, -told, 128 + told)


def test_who_has_connected_is_heard_before_the_server_ends(tmp_path: Path) -> None:
    patient = "import service.server; service.server.LAST_WORD_S = 600"
    with serving(tmp_path, patient, YUEBAO_HEAD_TIMEOUT_S="600") as served, connection(served.client) as new:
        # It is taken on: who comes after it is answered.
        assert lets_in(served.client.base_url)
        served.process.send_signal(signal.SIGTERM)
        while lets_in(served.client.base_url):
            pass
        new.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        came = until_end(new).lower()
        assert came.startswith(b"http/1.1 200 ")
        assert b"\r\nconnection: close\r\n" in came
        served.client.close()
        served.process.wait(TIMEOUT_S)


def test_who_says_nothing_is_not_waited_for(tmp_path: Path) -> None:
    with serving(tmp_path, YUEBAO_HEAD_TIMEOUT_S="600") as served, connection(served.client) as silent:
        assert lets_in(served.client.base_url)
        served.process.send_signal(signal.SIGTERM)
        assert until_end(silent) == b""
        served.process.wait(TIMEOUT_S)


@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_second_ctrl_c_hangs_up_on_every_client_and_says_nothing_of_the_program(
    tmp_path: Path, processes: str
) -> None:
    with serving(tmp_path, YUEBAO_WORKERS=processes, **PATIENT) as served, uploading(served) as opened:
        press_ctrl_c(served)
        assert served.process.stdout is not None
        assert served.process.stdout.readline() == "正在答完收下的请求;不等就再按一次 Ctrl+C\n"
        while lets_in(served.client.base_url):
            pass
        press_ctrl_c(served)
        _, errors = served.process.communicate(timeout=TIMEOUT_S)
        assert errors == ""
        hung_up(opened)


def test_the_server_hears_while_its_processes_are_renewed(tmp_path: Path) -> None:
    with serving(tmp_path, YUEBAO_WORKERS="2", **PATIENT) as served, uploading(served) as opened:
        supervisor = psutil.Process(served.process.pid)
        first = set(supervisor.children())
        served.process.send_signal(signal.SIGHUP)
        while set(supervisor.children()) <= first:
            assert lets_in(served.client.base_url)
        press_ctrl_c(served)
        while lets_in(served.client.base_url):
            pass
        press_ctrl_c(served)
        served.process.wait(TIMEOUT_S)
        hung_up(opened)
