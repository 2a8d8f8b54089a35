"""`yuebao serve --workers`: several processes are one server."""

import os
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import httpx
import psutil
import pytest

from tests.http.processes import Served, serving
from tests.http.test_metrics import samples

ITEMS = {"items": [{"text": "开展网络安全培训。"}]}
RATE = 20
TWO = {"YUEBAO_WORKERS": "2", "YUEBAO_THREADS": "1"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("workers"), **TWO) as one:
        yield one


def workers(served: Served) -> set[int]:
    """The process ids of the server's processes that live."""
    found = set()
    for one in psutil.Process(served.process.pid).children():
        with suppress(psutil.NoSuchProcess):  # a zombie has no command line
            found |= {one.pid} if "spawn_main" in " ".join(one.cmdline()) else set()
    return found


def asked(served: Served) -> int:
    """The status of a request on a connection of its own, which any of the processes may take."""
    return httpx.post(served.client.base_url.join("/v1/classifications"), json=ITEMS, timeout=60).status_code


def counts(served: Served) -> dict[str, float]:
    return samples(httpx.get(served.client.base_url.join("/metrics")).text)


def test_the_counts_are_those_of_all_processes(served: Served) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: asked(served), range(16))) == {200}
    found = counts(served)
    assert found["yuebao_requests_total method=POST route=/v1/classifications status=200"] == 16
    assert (found["yuebao_workers"], found["yuebao_queue_requests"]) == (2, 0)
    assert found["yuebao_bundle_info taxonomy=1 version=builtin-3"] == 1
    assert found["yuebao_requests_in_flight"] == 1


def test_a_process_that_dies_is_replaced_and_what_it_counted_stays(served: Served) -> None:
    before = counts(served)
    first = workers(served)
    assert len(first) == 2
    os.kill(min(first), signal.SIGKILL)
    while workers(served) in (first, first - {min(first)}):
        assert served.process.poll() is None
    assert asked(served) == 200
    while counts(served)["yuebao_workers"] != 2:
        assert served.process.poll() is None
    assert counts(served)["yuebao_items_total"] >= before["yuebao_items_total"]


def test_what_a_client_may_ask_is_counted_by_all_processes_together(tmp_path: Path) -> None:
    with serving(tmp_path, **TWO, YUEBAO_RATE_PER_MINUTE=str(RATE)) as limited:
        statuses = [asked(limited) for _ in range(RATE + 5)]
    assert statuses[:RATE] == [200] * RATE
    # A bucket fills while it is emptied.
    assert 429 in statuses[RATE:]


def test_sigterm_ends_every_process_and_fails_nothing_taken_on(tmp_path: Path) -> None:
    with serving(tmp_path, **TWO) as ended:
        running = [psutil.Process(pid) for pid in workers(ended)]
        ended.process.send_signal(signal.SIGTERM)
        assert ended.process.wait(60) in (0, -signal.SIGTERM)
        assert not any(one.is_running() for one in running)


def test_no_process_outlives_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    with serving(tmp_path, **TWO) as ended:
        running = [psutil.Process(pid) for pid in workers(ended)]
        ended.process.kill()
        psutil.wait_procs(running, timeout=60)
        assert not any(one.is_running() for one in running)
        with socket.socket() as taken:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind((ended.client.base_url.host, ended.client.base_url.port or 0))
