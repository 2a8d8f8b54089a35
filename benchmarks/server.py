"""`yuebao serve` as a user starts it: time until it is ready, memory while it idles."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import psutil

from benchmarks.results import BenchmarkError, Result

LONGEST_START_S = 120.0
POLL_S = 0.01
MIB = 1024 * 1024
YUEBAO = (sys.executable, "-c", "from service.cli import main; main()")


def measure(bundle: Path | None, threads: int, repeats: int) -> list[Result]:
    """Seconds from process start to the first 200 of /readyz, and MiB resident then. Raises BenchmarkError."""
    runs = [_start(bundle, threads) for _ in range(repeats)]
    return [
        Result(name="start to ready", unit="s", ours=tuple(run[0] for run in runs), higher_is_better=False),
        Result(
            name="memory of the idle server",
            unit="MiB",
            ours=tuple(run[1] for run in runs),
            higher_is_better=False,
        ),
    ]


def _start(bundle: Path | None, threads: int) -> tuple[float, float]:
    """Seconds to ready and MiB of one server, which is stopped again."""
    with tempfile.TemporaryDirectory() as home:
        settings = {"YUEBAO_HOME": home} | ({} if bundle is None else {"YUEBAO_BUNDLE": str(bundle)})
        started = time.perf_counter()
        with launched(settings, threads) as (server, address):
            taken = time.perf_counter() - started
            # The store is opened after the models, and its libraries count as well.
            with urllib.request.urlopen(f"{address}v1/corrections", timeout=LONGEST_START_S):
                return taken, psutil.Process(server.pid).memory_info().rss / MIB


@contextmanager
def running(settings: Mapping[str, str], threads: int) -> Iterator[str]:
    """The address of a server that is ready. Raises BenchmarkError."""
    with launched(settings, threads) as (_, address):
        yield address


@contextmanager
def launched(
    settings: Mapping[str, str], threads: int, cores: Collection[int] | None = None
) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """The process and the address of a server that is ready, on `cores` alone if given. Raises BenchmarkError."""
    port = _free_port()
    own = {"YUEBAO_PORT": str(port), "YUEBAO_THREADS": str(threads), **settings}
    environment = {k: v for k, v in os.environ.items() if not k.upper().startswith("YUEBAO_")} | own
    started = time.perf_counter()
    address = f"http://127.0.0.1:{port}/"
    with subprocess.Popen(
        (*YUEBAO, "serve"),
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        preexec_fn=None if cores is None else partial(os.sched_setaffinity, 0, cores),
    ) as server:
        try:
            _wait(server, f"{address}readyz", started + LONGEST_START_S)
            yield server, address
        finally:
            server.terminate()


def _wait(server: subprocess.Popen[bytes], address: str, deadline: float) -> None:
    while time.perf_counter() < deadline:
        if server.poll() is not None:
            said = server.stderr.read().decode(errors="replace").strip() if server.stderr else ""
            raise BenchmarkError(
                f"`yuebao serve` ended with code {server.returncode} before it was ready: {said}"
            )
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            # Not listening yet, or 503 while the models load.
            time.sleep(POLL_S)
    raise BenchmarkError(
        f"`yuebao serve` was not ready after {LONGEST_START_S:.0f} s; run it by hand to see why"
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
