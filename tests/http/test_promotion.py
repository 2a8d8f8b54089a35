"""A running server changes over to the version that becomes current, and stays up whatever that is."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import httpx
import pytest

from bulletin.errors import BundleError
from models.pipeline import Pipeline
from models.registry import Registry
from service import examples
from service.settings import Settings
from tests.fakes import KeywordDigester
from tests.http.conftest import TIMEOUT_S, running
from tests.http.test_states import Gate
from tests.unit.test_registry import bundle

WHEN = datetime(2024, 5, 1, tzinfo=UTC)
BODY = {"text": examples.BULLETIN}
TRIES = 100_000


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    registry = Registry(tmp_path / "home")
    for version in ("m-1", "m-2", "broken"):
        registry.add(bundle(tmp_path / version, version))
    registry.promote("m-1", "", WHEN)
    return registry


@pytest.fixture
def gates(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> dict[str, Gate]:
    """Bundles open as digesters of their version; a digest waits at its version's gate if there is one."""
    gates: dict[str, Gate] = {}

    def opened(folder: Path, **_: object) -> KeywordDigester:
        if folder.name == "broken":
            raise BundleError("模型包 broken 坏了。")

        def wait() -> None:
            if gate := gates.get(folder.name):
                gate()

        return KeywordDigester(replace(pipeline.info, version=folder.name), before=wait)

    monkeypatch.setattr(Pipeline, "open", opened)
    return gates


@pytest.fixture
def client(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[httpx.Client]:
    request.getfixturevalue("registry")
    request.getfixturevalue("gates")
    with running(Settings(home=tmp_path / "home", watch_s=0.01), None) as client:
        yield client


def until(client: httpx.Client, wanted: dict[str, object]) -> None:
    """Ask /readyz until it answers so, and gives its one warning as the one reason."""
    for _ in range(TRIES):
        answer = client.get("/readyz").json()
        reasons = [one["reason"] for one in answer.pop("reasons")]
        if answer == wanted:
            assert reasons == ([wanted["warning"]] if "warning" in wanted else [])
            return
    raise AssertionError(f"still {answer}, not {wanted}")


def test_the_current_version_answers_and_then_the_promoted_one(
    client: httpx.Client, registry: Registry
) -> None:
    assert client.post("/v1/digests", json=BODY).json()["versions"]["bundle"] == "m-1"
    registry.promote("m-2", "", WHEN)
    until(client, {"status": "ready", "bundle": "m-2"})
    assert client.post("/v1/digests", json=BODY).json()["versions"]["bundle"] == "m-2"
    assert client.get("/v1/models").json()["current"] == "m-2"
    registry.rollback("", WHEN)
    until(client, {"status": "ready", "bundle": "m-1"})


def test_a_version_that_cannot_be_opened_is_told_and_the_old_one_answers(
    client: httpx.Client, registry: Registry
) -> None:
    registry.promote("broken", "", WHEN)
    warning = "新的模型 broken 载入失败:模型包 broken 坏了。 仍在用 m-1。"
    until(client, {"status": "ready", "bundle": "m-1", "warning": warning})
    assert client.get("/v1/models").json()["warning"] == warning
    assert client.post("/v1/digests", json=BODY).json()["versions"]["bundle"] == "m-1"
    registry.promote("m-2", "", WHEN)
    until(client, {"status": "ready", "bundle": "m-2"})


def test_a_pointer_that_cannot_be_read_leaves_the_server_up(
    client: httpx.Client, registry: Registry, tmp_path: Path
) -> None:
    pointer = tmp_path / "home" / "models" / "current"
    pointer.write_bytes(b"\xff")
    until_bundle(client, "m-1", warned=True)
    assert client.post("/v1/digests", json=BODY).status_code == 200
    registry.promote("m-1", "", WHEN)
    until(client, {"status": "ready", "bundle": "m-1"})
    registry.promote("m-2", "", WHEN)
    until(client, {"status": "ready", "bundle": "m-2"})


def test_a_request_is_answered_by_the_version_that_it_began_with(
    client: httpx.Client, registry: Registry, gates: dict[str, Gate]
) -> None:
    gates["m-1"] = gate = Gate()
    with ThreadPoolExecutor(1) as pool:
        early = pool.submit(client.post, "/v1/digests", json=BODY)
        assert gate.entered.wait(TIMEOUT_S)
        registry.promote("m-2", "", WHEN)
        until(client, {"status": "ready", "bundle": "m-2"})
        gate.opened.set()
        assert early.result().json()["versions"]["bundle"] == "m-1"


def test_no_request_fails_while_versions_change(client: httpx.Client, registry: Registry) -> None:
    done = threading.Event()

    def ask(_: int) -> list[tuple[int, str]]:
        answers = []
        for asked in count():
            response = client.post("/v1/digests", json=BODY)
            answers.append((response.status_code, response.json().get("versions", {}).get("bundle", "")))
            if done.is_set() and asked:
                return answers
        return answers

    with ThreadPoolExecutor(4) as pool:
        asking = [pool.submit(ask, number) for number in range(4)]
        for version in ("m-2", "m-1", "broken", "m-2"):
            registry.promote(version, "", WHEN)
            wanted = "m-1" if version == "broken" else version
            until_bundle(client, wanted, warned=version == "broken")
        done.set()
        answers = [answer for one in asking for answer in one.result()]
    assert {status for status, _ in answers} == {200}
    assert {version for _, version in answers} <= {"m-1", "m-2"}


def until_bundle(client: httpx.Client, version: str, *, warned: bool) -> None:
    for _ in range(TRIES):
        answer = client.get("/readyz").json()
        if answer["bundle"] == version and ("warning" in answer) == warned:
            return
    raise AssertionError(f"still {answer}")
