"""What the tests of trainings share: a process in the place of `yuebao train`, which a pipe tells how to end."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from service.trainings.lock import Holder, TrainingLock
from service.trainings.runner import Trainer

SCRIPT = str(Path(__file__).with_name("stand_in_trainer.py"))
STAND_IN = Trainer(command=("nice", "-n", "10", sys.executable, SCRIPT), needs=())
AGAIN = "再 POST 一次同一个版本,就从中断处接着做"
TRIES = 100_000

# Starts a server with a trainer and settings, which runs until the test ends.
Serve = Callable[..., httpx.Client]


def pipe(home: Path, version: str) -> Path:
    """The pipe at which the training of `version` waits: write done, complain or abort."""
    path = home / f"pipe-{version}"
    os.mkfifo(path)
    return path


def ask(client: httpx.Client, version: str) -> httpx.Response:
    return client.post("/v1/trainings", json={"version": version})


def until(client: httpx.Client, id: int, state: str) -> dict[str, Any]:
    """Ask for a training until its state is `state` and, while it runs, it has told of a step."""
    for _ in range(TRIES):
        answer: dict[str, Any] = client.get(f"/v1/trainings/{id}").json()
        if answer["state"] == state and (state != "running" or answer["progress"]):
            return answer
    raise AssertionError(f"still {answer}, not {state}")


def holder(home: Path) -> Holder:
    found = TrainingLock(home / "trainings" / "lock").holder()
    assert found is not None
    return found
