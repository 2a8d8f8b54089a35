"""`yuebao serve` under load: what shared batches bring, and what twice its capacity does to it.

Clients run in a process of their own, in threads that do little but wait.
"""

import json
import multiprocessing
import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import psutil

from benchmarks import server, workload
from benchmarks.made_archive.archive import files
from benchmarks.made_archive.order import Order
from benchmarks.results import BenchmarkError, Result
from bulletin.files import read_text

CLIENTS = 32
BATCHED_S = 20.0
OVERLOAD_S = 600.0
# What a server has to warm up: memory is watched after it.
SETTLED_S = 120.0
UNLOADED_REQUESTS = 20
# Enough to keep both engines busy, few enough that none is refused.
CAPACITY_CLIENTS = 2
CAPACITY_S = 40.0
MADE_FILES = 100
# Threads of clients at twice the capacity: a request that is refused is done at once.
_OPEN = 64
_TIMEOUT_S = 120


@dataclass(frozen=True, slots=True)
class Answered:
    """One request: when it was sent (seconds of the run), how long its answer took, and its status."""

    sent_s: float
    took_s: float
    status: int


@dataclass(frozen=True, slots=True)
class Work:
    """Requests to send to `path` of `address`; `rate` a second at random moments, or else each after the last."""

    address: str
    path: str
    bodies: tuple[bytes, ...]
    clients: int
    seconds: float
    rate: float | None = None


def measure(bundle: Path | None, threads: int, repeats: int) -> list[Result]:
    """Requests a second of many clients beside one; and one run at twice the capacity. Raises BenchmarkError."""
    with tempfile.TemporaryDirectory() as home:
        settings = {"YUEBAO_HOME": home} | ({} if bundle is None else {"YUEBAO_BUNDLE": str(bundle)})
        with server.launched(settings, threads) as (process, address):
            return [_batched(address, repeats), *_overloaded(address, psutil.Process(process.pid))]


def _batched(address: str, repeats: int) -> Result:
    bodies = single_items()
    alone: list[float] = []
    together: list[float] = []
    for _ in range(repeats):
        for clients, rates in ((1, alone), (CLIENTS, together)):
            asked = sent(Work(address, "/v1/classifications", bodies, clients, BATCHED_S))
            _refuse_others(asked, {200})
            rates.append(len(asked) / BATCHED_S)
    return Result(
        f"classifications of one item, {CLIENTS} clients",
        "requests/s",
        tuple(together),
        higher_is_better=True,
        peer_name="one client",
        peer=tuple(alone),
    )


def _overloaded(address: str, process: psutil.Process) -> list[Result]:
    bodies = months()

    def asked(clients: int, seconds: float, rate: float | None = None) -> list[Answered]:
        return sent(Work(address, "/v1/digests", bodies, clients, seconds, rate))

    unloaded = asked(1, CAPACITY_S)
    rate = 2 * len(asked(CAPACITY_CLIENTS, CAPACITY_S)) / CAPACITY_S
    memory, loaded = _watched(process, lambda: asked(_OPEN, OVERLOAD_S, rate))
    _refuse_others(loaded, {200, 429})
    return [_latency(unloaded, loaded, rate), _drift([mib for second, mib in memory if second > SETTLED_S])]


def _latency(unloaded: Sequence[Answered], loaded: Sequence[Answered], rate: float) -> Result:
    accepted = [one.took_s for one in loaded if one.status == 200]
    refused = len(loaded) - len(accepted)
    return Result(
        "p99 of accepted digests at twice the capacity",
        "s",
        (float(np.quantile(accepted, 0.99)),),
        higher_is_better=False,
        peer_name="median of one client",
        peer=(float(np.median([one.took_s for one in unloaded])),),
        note=f"{len(accepted)} accepted, {refused} refused in {OVERLOAD_S:.0f} s, {rate:.2f} asked a second",
    )


def _drift(settled: Sequence[float]) -> Result:
    """Growth from the first tenth of the samples (MiB) to the last."""
    tenth = max(1, len(settled) // 10)
    drift = 100 * (np.median(settled[-tenth:]) / np.median(settled[:tenth]) - 1)
    return Result(
        "growth of the server's memory meanwhile",
        "%",
        (float(drift),),
        higher_is_better=False,
        note=f"after {SETTLED_S:.0f} s; at most {max(settled):.0f} MiB",
    )


def months() -> tuple[bytes, ...]:
    """Requests for digests: the plain texts of a made archive."""
    made = [one for one in files(Order(MADE_FILES)) if one.truth.path.endswith(".txt") and one.truth.items]
    return tuple(json.dumps({"text": read_text(one.data, one.truth.path)}).encode() for one in made)


def single_items() -> tuple[bytes, ...]:
    """Requests for classifications, of one item each."""
    return tuple(
        json.dumps({"items": [{"text": one.text, "heading": one.heading, "previous": one.previous}]}).encode()
        for one in workload.requests()
    )


def _watched(
    process: psutil.Process, run: Callable[[], list[Answered]]
) -> tuple[list[tuple[float, float]], list[Answered]]:
    """What `run` gives, and (seconds, MiB resident) of the process meanwhile."""
    seen: list[tuple[float, float]] = []
    done = threading.Event()
    started = time.perf_counter()

    def watch() -> None:
        while not done.wait(1.0):
            seen.append((time.perf_counter() - started, process.memory_info().rss / server.MIB))

    with ThreadPoolExecutor(1) as pool:
        watching = pool.submit(watch)
        try:
            answered = run()
        finally:
            done.set()
        watching.result()
    return seen, answered


def _refuse_others(answered: Sequence[Answered], wanted: set[int]) -> None:
    others = Counter(one.status for one in answered if one.status not in wanted)
    if others or not answered:
        raise BenchmarkError(f"of {len(answered)} requests some were answered otherwise: {dict(others)}")


def sent(work: Work) -> list[Answered]:
    """Send what `work` says from a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_send, (work,))


def _send(work: Work) -> list[Answered]:
    started = time.perf_counter()
    with ThreadPoolExecutor(work.clients) as pool:
        if work.rate is None:
            closed = [pool.submit(_in_turn, work, started, number) for number in range(work.clients)]
            return [one for future in closed for one in future.result()]
        drawn = random.Random(0)
        opened: list[Future[Answered]] = []
        due = started
        while due < started + work.seconds:
            time.sleep(max(0.0, due - time.perf_counter()))
            opened.append(pool.submit(_one, work, started, len(opened)))
            due += drawn.expovariate(work.rate)
        return [future.result() for future in opened]


def _in_turn(work: Work, started: float, number: int) -> list[Answered]:
    """One client that sends each request as soon as the one before is answered."""
    found: list[Answered] = []
    connection = _connection(work)
    while time.perf_counter() < started + work.seconds:
        found.append(_ask(connection, work, started, number + len(found) * work.clients))
    connection.close()
    return found


def _one(work: Work, started: float, number: int) -> Answered:
    connection = _connection(work)
    try:
        return _ask(connection, work, started, number)
    finally:
        connection.close()


def _connection(work: Work) -> HTTPConnection:
    return HTTPConnection(urlsplit(work.address).netloc, timeout=_TIMEOUT_S)


def _ask(connection: HTTPConnection, work: Work, started: float, number: int) -> Answered:
    body = work.bodies[number % len(work.bodies)]
    began = time.perf_counter()
    connection.request("POST", work.path, body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    response.read()
    return Answered(began - started, time.perf_counter() - began, response.status)
