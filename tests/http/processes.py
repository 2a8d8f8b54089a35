"""A `yuebao serve` in a process of its own, as a user starts it."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.conftest import ROOT
from tests.http.conftest import TIMEOUT_S


@dataclass
class Served:
    """A client of a `yuebao serve` of its own, and what it has logged once it has ended."""

    client: httpx.Client
    process: subprocess.Popen[str]
    said: str = ""

    def end(self) -> list[str]:
        self.process.terminate()
        _, self.said = self.process.communicate(timeout=TIMEOUT_S)
        return self.said.splitlines()


@contextmanager
def serving(home: Path, first: str = "", **settings: str) -> Iterator[Served]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("YUEBAO_", "OTEL_"))}
    process = subprocess.Popen(
        [sys.executable, "-X", "utf8", "-u", "-c", f"{first}\nfrom service.cli import main\nmain()", "serve"],
        env=environ | {"PYTHONPATH": str(ROOT), "YUEBAO_PORT": "0", "YUEBAO_HOME": str(home)} | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        # As a terminal's: what is sent to all of its processes is for these alone.
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        told = ""
        while "已就绪" not in told:
            line = process.stdout.readline()
            assert line, process.communicate()[1]
            told += line
        address = re.search(r"http://\S+:\d+", told)
        assert address
        with httpx.Client(base_url=address[0], timeout=TIMEOUT_S) as client:
            yield Served(client, process)
    finally:
        process.kill()
        process.communicate()
