"""How far a training is: told on standard output, and a line of JSON each in a file if one is wanted."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

EVERY = 25


@dataclass(frozen=True, slots=True)
class Progress:
    """`step` of the `steps` of `phase`."""

    phase: str
    step: int
    steps: int
    loss: float
    seconds_left: float

    def __str__(self) -> str:
        done = f"{self.phase}: step {self.step}/{self.steps}"
        return f"{done}, loss {self.loss:.4f}, {self.seconds_left:.0f} s left"


# What a training loop tells after each step: step, steps, loss.
Steps = Callable[[int, int, float], None]


def paced(phase: str, tell: Callable[[Progress], None], every: int = EVERY) -> Steps:
    """A teller of steps that passes every so many of them, and the last, on to `tell` with the time left."""
    started, before = time.monotonic(), -1

    def show(step: int, steps: int, loss: float) -> None:
        nonlocal before
        if before < 0:
            before = step - 1  # a run that was taken up again has steps behind it that took no time now
        if step % every == 0 or step == steps:
            left = (time.monotonic() - started) / (step - before) * (steps - step)
            tell(Progress(phase, step, steps, loss, left))

    return show


def printed(progress: Progress) -> None:
    """Tell on standard output."""
    print(progress, flush=True)  # noqa: T201 - progress of a command


class ProgressFile:
    """The file at `path`, to which progress is appended, and at last what was done."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def teller(self, phase: str) -> Steps:
        """Tells of a phase on standard output and in the file."""

        def tell(progress: Progress) -> None:
            printed(progress)
            self._append(asdict(progress))

        return paced(phase, tell)

    def done(self, told: str) -> None:
        """Say that all of it is done."""
        self._append({"done": told})

    def _append(self, record: dict[str, object]) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
