"""A job and the servers of its data folder: who stops, dies, goes on and shares."""

import signal
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from tests.databases import connected, variables
from tests.http.jobs import BAD, answers, month, until, zipped
from tests.http.processes import Served, serving
from tests.http.test_connections import connection
from tests.http.test_jobs import left, until_left
from tests.http.trainings import TRIES

QUICK = {"YUEBAO_WATCH_S": "0.05"}
SENT = [month(1), ("坏.txt", BAD), ("包.zip", zipped(dict(map(month, (2, 3))))), month(4), month(5)]
FILES = 6


def ask(client: httpx.Client) -> str:
    """A job with abstracts, accepted."""
    response = client.post("/v1/jobs", files=[("file", one) for one in SENT])
    assert response.status_code == 202
    id: str = response.json()["id"]
    return id


def done(client: httpx.Client, id: str, count: int) -> dict[str, Any]:
    return until(client, id, lambda job: job["done"] >= count)


def kill(served: Served) -> None:
    served.process.send_signal(signal.SIGKILL)
    served.process.wait()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    with serving(tmp_path_factory.mktemp("home"), **QUICK) as served:
        id = ask(served.client)
        until(served.client, id)
        return answers(served.client, id)


@pytest.fixture
def settings(database: str | None) -> dict[str, str]:
    return QUICK | variables(database)


def test_a_server_that_is_killed_again_and_again_loses_nothing_and_does_nothing_twice(
    tmp_path: Path, settings: dict[str, str], database: str | None, undisturbed: list[dict[str, Any]]
) -> None:
    with serving(tmp_path, **settings) as served:
        id = ask(served.client)
        kill(served)
    before = 0
    for count in (1, 3, 5):
        with serving(tmp_path, **settings) as served:
            assert served.client.get(f"/v1/jobs/{id}").json()["done"] >= before
            before = done(served.client, id, count)["done"]
            kill(served)
    with serving(tmp_path, **settings) as served:
        job = until(served.client, id)
        assert (job["state"], job["files"], job["done"], job["refused"]) == ("done", FILES, FILES, 1)
        assert answers(served.client, id) == undisturbed
        until_left(tmp_path, served.client, 0)
    with connected(tmp_path, database) as connection:
        begun = connection.execute(text("SELECT begun FROM job_files")).scalars().all()
    # Each death can cost the work at one file, and only that.
    assert sum(begun) <= FILES + 4


def test_a_server_that_is_told_to_stop_puts_the_file_at_work_back(
    tmp_path: Path, settings: dict[str, str], database: str | None, undisturbed: list[dict[str, Any]]
) -> None:
    with serving(tmp_path, **settings) as served:
        id = ask(served.client)
        done(served.client, id, 1)
        served.end()
        assert served.process.returncode in (0, -signal.SIGTERM)
    with connected(tmp_path, database) as connection:
        left_over = text("SELECT count(*) FROM job_files WHERE begun <> CASE WHEN answered THEN 1 ELSE 0 END")
        assert connection.execute(left_over).scalar_one() == 0
    with serving(tmp_path, **settings) as served:
        until(served.client, id)
        assert answers(served.client, id) == undisturbed


def test_of_the_servers_of_a_folder_another_goes_on_when_one_dies(
    tmp_path: Path, settings: dict[str, str], undisturbed: list[dict[str, Any]]
) -> None:
    with serving(tmp_path, **settings) as one, serving(tmp_path, **settings) as other:
        id = ask(other.client)
        done(one.client, id, 2)
        kill(one)
        until(other.client, id)
        assert answers(other.client, id) == undisturbed


def test_an_upload_that_a_death_broke_off_is_cleared_away(tmp_path: Path) -> None:
    head = b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999999\r\n"
    head += b"Content-Type: multipart/form-data; boundary=b\r\n\r\n"
    part = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n' + b"x" * 1_000_000
    with serving(tmp_path, **QUICK) as served, connection(served.client) as opened:
        opened.sendall(head + part)
        for _ in range(TRIES):
            if any((tmp_path / "jobs" / id / "0").exists() for id in left(tmp_path)):
                break
            # While it comes, who clears away leaves it alone.
            assert served.client.get("/healthz").status_code == 200
        assert len(left(tmp_path)) == 1
        kill(served)
    assert len(left(tmp_path)) == 1
    with serving(tmp_path, **QUICK) as served:
        until_left(tmp_path, served.client, 0)
