"""A training, the server that started it and the servers that did not: who stops, dies, adopts and shares."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from models.pipeline import Pipeline
from service.keeping import Keeping
from service.schemas import TrainingRequest
from service.settings import Settings
from service.store.store import Store
from service.trainings.lock import Holder, TrainingLock, note
from service.trainings.runner import Trainings
from tests.fakes import KeywordDigester
from tests.http.conftest import running
from tests.http.trainings import AGAIN, STAND_IN, Serve, ask, holder, pipe, until


def test_a_server_that_stops_takes_its_training_along_and_the_next_start_goes_on(
    pipeline: Pipeline, home: Path
) -> None:
    digester, settings = KeywordDigester(pipeline.info), Settings(home=home, watch_s=0.01)
    order = pipe(home, "m-1")
    with running(settings, digester, trainer=STAND_IN) as client:
        ask(client, "m-1")
        until(client, 1, "running")
        pid = holder(home).pid
    assert not Path(f"/proc/{pid}").exists()
    with running(settings, digester, trainer=STAND_IN) as client:
        until(client, 1, "running")
        assert holder(home).pid != pid
        order.write_text("done", "utf-8")
        until(client, 1, "done")


def left_running(home: Path) -> Trainings:
    """The trainings of a server that died while one ran."""
    keeping = Keeping(lambda: Store.open(home, None), digests=True)
    trainings = Trainings(keeping, home, STAND_IN)
    trainings.ask(TrainingRequest(version="m-1"))
    keeping.close()
    return trainings


def test_a_training_whose_server_died_is_adopted(serve: Serve, home: Path) -> None:
    order = pipe(home, "m-1")
    dead = left_running(home)
    client = serve()
    until(client, 1, "running")
    order.write_text("done", "utf-8")
    until(client, 1, "done")
    dead.stop()


def test_an_adopted_training_is_cancelled(serve: Serve, home: Path) -> None:
    pipe(home, "m-1")
    pipe(home, "m-2")
    dead = left_running(home)
    client = serve()
    until(client, 1, "running")
    ask(client, "m-2")
    assert client.delete("/v1/trainings/1").json()["state"] == "cancelled"
    until(client, 2, "running")
    dead.stop()


def test_a_training_that_died_with_its_server_is_told_with_the_mend(serve: Serve, home: Path) -> None:
    pipe(home, "m-1")
    dead = left_running(home)
    os.kill(holder(home).pid, signal.SIGKILL)
    assert until(serve(), 1, "failed")["reason"].endswith(f":{AGAIN}")
    dead.stop()


def test_a_process_that_only_has_the_number_of_a_training_is_no_training(tmp_path: Path) -> None:
    lock = TrainingLock(tmp_path / "lock")
    other = Holder(1, os.getppid())
    with lock.held() as file:
        assert file is not None
        note(file, other)
        assert lock.holder() is None
        file.truncate(0)
        note(file, Holder(1, os.getpid()))
        assert lock.holder() == Holder(1, os.getpid())
    assert lock.holder() is None


def test_the_lock_is_free_as_soon_as_the_process_that_inherited_it_ends(tmp_path: Path) -> None:
    lock = TrainingLock(tmp_path / "lock")
    with lock.held() as file:
        assert file is not None
        child = subprocess.Popen(
            [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=[file.fileno()]
        )
    with lock.held() as file:
        assert file is None
    child.communicate(b"\n")
    with lock.held() as file:
        assert file is not None


def test_servers_of_one_folder_share_its_trainings(serve: Serve, home: Path) -> None:
    one, other = serve(), serve()
    for version in ("a", "b", "c"):
        pipe(home, version)
        ask(one, version)
    until(other, 1, "running")
    assert [item["state"] for item in other.get("/v1/trainings").json()["trainings"]] == [
        "running",
        "queued",
        "queued",
    ]
    other.delete("/v1/trainings/1")
    until(one, 2, "running")
    one.delete("/v1/trainings/2")
    until(other, 3, "running")


def test_folders_that_share_a_database_keep_to_their_own_trainings(serve: Serve, tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'shared.db'}"
    homes = [tmp_path / "one", tmp_path / "other"]
    for home in homes:
        home.mkdir()
        pipe(home, "m-1")
    one, other = (serve(home=home, database=database) for home in homes)
    for id, client in ((1, one), (2, other)):
        assert ask(client, "m-1").json()["id"] == id
        until(client, id, "running")
    assert one.get("/v1/trainings/1").json()["state"] == "running"
    (homes[0] / "pipe-m-1").write_text("done", "utf-8")
    until(other, 1, "done")
    assert other.get("/v1/trainings/2").json()["state"] == "running"
