"""`yuebao serve --workers`: several processes are one server."""

import json
import os
import shutil
import signal
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

import httpx
import psutil
import pytest
from sqlalchemy import text

from service import examples
from service.access.guard import REFUSALS_NOTED_PER_MINUTE
from service.processes import OurProcess
from service.server import ServerConfig
from service.settings import Settings
from service.store.records import Scope
from service.workers import application, own_folder
from tests.databases import connected, variables
from tests.http.conftest import TIMEOUT_S
from tests.http.jobs import month
from tests.http.processes import Served, serving
from tests.http.test_drain import ASKED as LONG
from tests.http.test_drain import CLIENTS
from tests.http.test_metrics import samples
from tests.keys import bearer, made, noted

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


def asked(served: Served, items: object = ITEMS) -> int:
    """The status of a request on a connection of its own, which any of the processes may take."""
    return httpx.post(served.client.base_url.join("/v1/classifications"), json=items, timeout=60).status_code


def counting(served: Served) -> set[int]:
    """The process ids whose counts of now are added up."""
    environ = psutil.Process(min(workers(served))).environ()
    found = Path(environ["PROMETHEUS_MULTIPROC_DIR"]).glob("gauge_livesum_*.db")
    return {int(path.stem.rpartition("_")[2]) for path in found}


def eventually(holds: Callable[[], bool]) -> None:
    """Wait for what must come to be, and fail where it does not."""
    latest = monotonic() + TIMEOUT_S
    while not holds():
        assert monotonic() < latest


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
    before, first = counts(served), workers(served)
    assert len(first) == 2
    os.kill(min(first), signal.SIGKILL)
    eventually(lambda: len(workers(served) - {min(first)}) == 2)
    # The new one counts itself when it is made, and the dead one is forgotten.
    eventually(lambda: counting(served) == workers(served))
    assert counts(served)["yuebao_workers"] == 2
    assert asked(served) == 200
    assert counts(served)["yuebao_items_total"] > before["yuebao_items_total"]


def test_a_signal_puts_new_processes_in_the_place_of_all_and_fails_no_request(served: Served) -> None:
    first = workers(served)
    os.killpg(served.process.pid, signal.SIGHUP)
    statuses: set[int] = set()

    def renewed() -> bool:
        statuses.add(asked(served))
        return len(workers(served)) == 2 and not workers(served) & first

    eventually(renewed)
    assert statuses == {200}
    eventually(lambda: counting(served) == workers(served))
    assert counts(served)["yuebao_workers"] == 2


def test_a_process_that_has_died_is_not_waited_for(tmp_path: Path) -> None:
    settings = Settings(workers=2, home=tmp_path)
    process = OurProcess(ServerConfig(partial(application, settings, tmp_path), settings), [])
    process.start()
    process.process.kill()
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(process.ping, 2 * TIMEOUT_S).result(TIMEOUT_S) is False
    process.join()


def test_folders_of_servers_that_were_killed_are_cleared_away_and_no_others(tmp_path: Path) -> None:
    with own_folder(tmp_path) as lives:
        left = tmp_path / f"{Path(lives).name}-left"
        shutil.copytree(lives, left)
        with own_folder(tmp_path) as own:
            assert {*tmp_path.iterdir()} == {Path(lives), Path(own)}
    assert not [*tmp_path.iterdir()]


def test_processes_that_cannot_start_take_no_place(tmp_path: Path) -> None:
    with serving(tmp_path, **TWO) as kept:
        first = workers(kept)
        (tmp_path / "models").mkdir(exist_ok=True)
        (tmp_path / "models" / "current").write_text("gone\n", "utf-8")
        kept.process.send_signal(signal.SIGHUP)
        assert kept.process.stderr is not None
        told = iter(kept.process.stderr.readline, "")
        assert any("没有就绪,还用旧的" in line for line in told)
        assert workers(kept) == first
        assert {asked(kept) for _ in range(4)} == {200}
        for pid in first:
            os.kill(pid, signal.SIGKILL)
        assert any("yuebao:没有一个服务进程能启动" in line for line in told)
        assert kept.process.wait(60) == 2


def test_what_a_client_may_ask_is_counted_by_all_processes_together(tmp_path: Path) -> None:
    with serving(tmp_path, **TWO, YUEBAO_RATE_PER_MINUTE=str(RATE)) as limited:
        statuses = [asked(limited) for _ in range(RATE + 5)]
    assert statuses[:RATE] == [200] * RATE
    # A bucket fills while it is emptied.
    assert 429 in statuses[RATE:]


def test_refusals_fill_the_audit_log_no_faster_for_being_refused_by_several_processes(tmp_path: Path) -> None:
    with serving(tmp_path, **TWO, YUEBAO_REQUIRE_KEYS="true") as guarded:
        began = monotonic()
        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(lambda _: asked(guarded), range(100))) == {401}
        minutes = (monotonic() - began) / 60
    assert len(noted(tmp_path)) <= REFUSALS_NOTED_PER_MINUTE * (1 + minutes) + 1


def test_what_is_kept_is_kept_in_one_database_and_a_job_is_done_by_one_process(
    tmp_path: Path, database: str | None
) -> None:
    settings = TWO | variables(database)
    with serving(tmp_path, **settings, YUEBAO_WATCH_S="0.05") as kept, ThreadPoolExecutor(8) as pool:
        address = kept.client.base_url
        token = made(tmp_path, "张三", Scope.ADMIN, database=database)

        def ask(method: str, path: str, **sent: Any) -> httpx.Response:
            """On a connection of its own, which any of the processes may take."""
            return httpx.request(method, address.join(path), headers=bearer(token), timeout=TIMEOUT_S, **sent)

        assert asked(kept) == 401
        sent = [("file", month(number)) for number in range(1, 7)]
        asking = pool.submit(ask, "POST", "/v1/jobs", files=sent, data={"abstract": "false"})
        bulletin = {"text": examples.BULLETIN, "abstract": False}
        digests = [pool.submit(ask, "POST", "/v1/digests", json=bulletin) for _ in range(4)]
        (digest,) = {one.result().json()["id"] for one in digests}
        change = {"digest": digest, "item": "四川.1", "themes": ["training"], "author": "张三"}
        corrections = [pool.submit(ask, "POST", "/v1/corrections", json=change) for _ in range(16)]
        numbers = sorted(one.result().json()["id"] for one in corrections)
        for _ in range(4):
            listed = ask("GET", "/v1/corrections").json()["corrections"]
            assert [one["id"] for one in listed] == numbers
        job = asking.result().json()["id"]
        eventually(lambda: ask("GET", f"/v1/jobs/{job}").json()["state"] == "done")
        lines = ask("GET", f"/v1/jobs/{job}/result").text.splitlines()
        assert [json.loads(line)["name"] for line in lines] == [file[0] for _, file in sent]
    with connected(tmp_path, database) as connection:
        assert connection.execute(text("SELECT begun FROM job_files")).scalars().all() == [1] * 6
    assert [one[0] for one in noted(tmp_path, database)].count("key-used") == 1


def test_sigterm_ends_every_process_and_fails_nothing_taken_on(tmp_path: Path) -> None:
    with serving(tmp_path, **TWO) as ended, ThreadPoolExecutor(CLIENTS) as pool:
        running = [psutil.Process(pid) for pid in workers(ended)]
        taken = [pool.submit(asked, ended, LONG) for _ in range(CLIENTS)]
        eventually(lambda: counts(ended)["yuebao_requests_in_flight"] == CLIENTS + 1)
        ended.process.send_signal(signal.SIGTERM)
        assert [one.result() for one in taken] == [200] * CLIENTS
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
