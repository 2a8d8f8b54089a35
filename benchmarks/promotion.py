"""Promotions under load: clients that never pause, while the server changes between two versions."""

import itertools
import shutil
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import numpy as np

from benchmarks import server
from benchmarks.results import BenchmarkError, Result
from models.bundle import open_bundle
from models.registry import Registry
from service import examples
from training.export import write_bundle

CLIENTS = 20
STEADY_S, SETTLE_S = 20.0, 3.0
VERSIONS = ("load-a", "load-b")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request of a client: when it began and ended (seconds), and the bundle of the answer; "" for a failure."""

    client: int
    began: float
    ended: float
    bundle: str


def measure(bundle: Path | None, threads: int, repeats: int) -> list[Result]:
    """p95 of requests during promotions over p95 without; one repeat is one promotion. Raises BenchmarkError for a
    request that failed, and for a client that saw the old version after the new one."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        registry = _registry(bundle, home)
        with server.running({"YUEBAO_HOME": str(home), "YUEBAO_WATCH_S": "0.2"}, threads) as address:
            asked, swaps = _under_load(address, registry, repeats)
    _refuse_failures(asked, swaps)
    steady = _p95([one for one in asked if one.ended < swaps[0][0]])
    during = [_p95([one for one in asked if one.ended > began and one.began < end]) for began, end in swaps]
    note = f"{CLIENTS} clients, {len(asked)} requests, none failed, none mixed; p95 without {steady:.2f} s"
    ratios = tuple(p95 / steady for p95 in during)
    return [Result("p95 during a promotion", "x", ratios, higher_is_better=False, note=note)]


def _registry(bundle: Path | None, home: Path) -> Registry:
    """A registry with two versions that differ in name alone."""
    source = open_bundle(bundle)
    registry = Registry(home)
    for version in VERSIONS:
        copy = home.parent / version
        shutil.copytree(source.path, copy)
        write_bundle(copy, source.manifest.model_copy(update={"version": version}))
        registry.add(copy)
    registry.promote(VERSIONS[0], "", datetime.now(UTC))
    return registry


def _under_load(
    address: str, registry: Registry, repeats: int
) -> tuple[list[Asked], list[tuple[float, float]]]:
    """Every request, and when each promotion began and had settled."""
    done = threading.Event()
    with ThreadPoolExecutor(CLIENTS) as pool:
        asking = [pool.submit(_ask, address, client, done) for client in range(CLIENTS)]
        try:
            time.sleep(STEADY_S)
            swaps = [
                _promote(address, registry, version)
                for version in itertools.islice(itertools.cycle(reversed(VERSIONS)), repeats)
            ]
        finally:
            done.set()
        return [one for future in asking for one in future.result()], swaps


def _promote(address: str, registry: Registry, version: str) -> tuple[float, float]:
    began = time.perf_counter()
    registry.promote(version, "", datetime.now(UTC))
    while httpx.get(f"{address}readyz", timeout=60).json()["bundle"] != version:
        time.sleep(server.POLL_S)
    time.sleep(SETTLE_S)
    return began, time.perf_counter()


def _ask(address: str, client: int, done: threading.Event) -> list[Asked]:
    """Digests and classifications in turn until `done`."""
    asked = []
    with httpx.Client(base_url=address, timeout=60) as http:
        for turn in itertools.count(client):
            if done.is_set():
                break
            began = time.perf_counter()
            bundle = _digest(http) if turn % 2 else _classify(http)
            asked.append(Asked(client, began, time.perf_counter(), bundle))
    return asked


def _digest(http: httpx.Client) -> str:
    answer = http.post("v1/digests", json={"text": examples.BULLETIN})
    return str(answer.json()["versions"]["bundle"]) if answer.status_code == httpx.codes.OK else ""


def _classify(http: httpx.Client) -> str:
    answer = http.post("v1/classifications", json={"items": examples.ITEMS})
    return str(answer.json()["bundle"]) if answer.status_code == httpx.codes.OK else ""


def _refuse_failures(asked: list[Asked], swaps: list[tuple[float, float]]) -> None:
    if failed := sum(one.bundle not in VERSIONS for one in asked):
        raise BenchmarkError(f"{failed} of {len(asked)} requests failed during promotions")
    for client in range(CLIENTS):
        seen = [one.bundle for one in asked if one.client == client]
        if sum(a != b for a, b in itertools.pairwise(seen)) > len(swaps):
            raise BenchmarkError(f"client {client} saw an old version after a new one")


def _p95(asked: list[Asked]) -> float:
    return float(np.quantile([one.ended - one.began for one in asked], 0.95))
