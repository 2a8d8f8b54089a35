"""A `yuebao serve` to be tried: a data folder with an archive, a key, and nothing that trains for hours."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx
import psutil

from bulletin.errors import YuebaoError
from service.examples import BULLETIN

_YUEBAO: Final = (sys.executable, "-X", "utf8", "-c", "from service.cli import main; main()")
_ROOT: Final = Path(__file__).resolve().parent.parent.parent
_BULLETINS: Final = _ROOT / "tests" / "data"
_LONGEST_START_S: Final = 120.0
_POLL_S: Final = 0.1
_SAMPLE_S: Final = 1.0
_MIB: Final = 1 << 20
_TOKEN_START: Final = "yb_"


class FuzzError(YuebaoError):
    """The server to be tried cannot be prepared or started."""


@dataclass(slots=True)
class Memory:
    """MiB resident of the server and its children: when it was ready, the most, and the last."""

    first: float = 0.0
    most: float = 0.0
    last: float = 0.0


@dataclass(frozen=True, slots=True)
class Served:
    """A running server, the key that opens it, and what it takes."""

    address: str
    key: str
    process: subprocess.Popen[bytes]
    log: Path
    memory: Memory = field(default_factory=Memory)

    @property
    def headers(self) -> dict[str, str]:
        """Those that show the key."""
        return {"Authorization": f"Bearer {self.key}"}

    @property
    def alive(self) -> bool:
        """Whether the process that was started still runs."""
        return self.process.poll() is None


@contextmanager
def served(home: Path) -> Iterator[Served]:
    """A server on the data folder `home`, which is filled. Raises FuzzError."""
    environ = _environ(home)
    # Two of them are no bulletins.
    _yuebao(environ, "archive", "build", "--semantic", "--max-errors", "2", str(_BULLETINS))
    said = _yuebao(environ, "keys", "add", "fuzz", "--scope", "admin")
    key = next(word for word in said.split() if word.startswith(_TOKEN_START))
    log = home.parent / "server.log"
    with (
        log.open("wb") as out,
        subprocess.Popen((*_YUEBAO, "serve"), env=environ, stdout=out, stderr=out) as process,
    ):
        try:
            yield from _watched(Served(_address(process, log), key, process, log))
        finally:
            process.terminate()


def _watched(server: Served) -> Iterator[Served]:
    ended = threading.Event()
    watch = threading.Thread(target=_watch, args=(server, ended))
    watch.start()
    try:
        yield server
    finally:
        ended.set()
        watch.join()


def _environ(home: Path) -> dict[str, str]:
    """The environment, in which the `nice` that every training starts with does nothing: it would train for hours."""
    tools = home.parent / "bin"
    tools.mkdir(parents=True)
    (tools / "nice").write_text("#!/bin/sh\nexit 0\n", encoding="utf-8")
    (tools / "nice").chmod(0o755)
    own = {
        name: value for name, value in os.environ.items() if not name.upper().startswith(("YUEBAO_", "OTEL_"))
    }
    path = {"PATH": f"{tools}{os.pathsep}{own.get('PATH', '')}", "PYTHONPATH": str(_ROOT)}
    return own | path | {"YUEBAO_HOME": str(home), "YUEBAO_PORT": "0"}


def _yuebao(environ: Mapping[str, str], *arguments: str) -> str:
    done = subprocess.run(
        (*_YUEBAO, *arguments), env=environ, capture_output=True, text=True, encoding="utf-8"
    )
    if done.returncode:
        raise FuzzError(f"yuebao {' '.join(arguments[:2])} failed: {done.stdout}{done.stderr}")
    return done.stdout


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + _LONGEST_START_S
    while time.monotonic() < deadline:
        said = log.read_text("utf-8")
        if "已就绪" in said:
            return next(word for word in said.split() if word.startswith("http")).rstrip("/")
        if process.poll() is not None:
            break
        time.sleep(_POLL_S)
    raise FuzzError(f"yuebao serve is not ready: {log.read_text('utf-8')}")


def _watch(server: Served, ended: threading.Event) -> None:
    memory = server.memory
    while not ended.wait(_SAMPLE_S):
        try:
            process = psutil.Process(server.process.pid)
            own = process.cmdline()
            # A child that has not begun its own program yet still shares all the memory of the server.
            children = [one for one in process.children(recursive=True) if one.cmdline() != own]
            memory.last = sum(one.memory_info().rss for one in (process, *children)) / _MIB
        except psutil.Error:
            continue
        memory.first = memory.first or memory.last
        memory.most = max(memory.most, memory.last)


def keep_a_digest(server: Served) -> str:
    """Have the example kept; its id."""
    with httpx.Client(base_url=server.address, headers=server.headers, timeout=_LONGEST_START_S) as client:
        answer = client.post("/v1/digests", json={"text": BULLETIN}).raise_for_status()
        return str(answer.json()["id"])
