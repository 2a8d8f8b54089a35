"""Does training survive kills? `python -m benchmarks.kills` trains once undisturbed and once killed over and over.

Both runs are `yuebao train NAME` with the options after `--`, each in a home of its own. The second gets SIGKILL at
random moments; after each kill the registry must have a current version that opens, and the next run must go on. At
the end both classifiers are compared byte by byte, and where they differ, by macro F1 on the gold month.
"""

import argparse
import json
import os
import random
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import training
from benchmarks import server
from models.registry import Registry
from training import corpus
from training.judgement import judge

GOLD = Path(training.__file__).resolve().parent / "gold" / "2019-12.yb"
NAME = "study"
# A kill falls anywhere in this share of the undisturbed run's time, so that a run is killed before, between and after
# its checkpoints.
WINDOW = 1 / 3


@dataclass(frozen=True, slots=True)
class Study:
    """Seconds of the undisturbed run, after how many seconds each kill fell, and how far apart both ends are."""

    undisturbed_s: float
    kills_s: tuple[float, ...]
    same_bytes: bool
    undisturbed_f1: float
    killed_f1: float


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--work", type=Path, default=Path("runs/kills"), help="where both homes are")
    parser.add_argument("--kills", type=int, default=20, help="how often the second run is killed")
    parser.add_argument("--seed", type=int, default=1, help="of the moments of the kills")
    parser.add_argument("options", nargs="*", help="of `yuebao train`, after --")
    chosen = parser.parse_args(arguments)
    found = study(chosen.work, chosen.kills, chosen.seed, chosen.options)
    print(json.dumps(_told(found), ensure_ascii=False, indent=1))  # noqa: T201 - a command's output


def study(work: Path, kills: int, seed: int, options: Sequence[str]) -> Study:
    """Train twice under `work`. Raises RuntimeError for a run that fails of itself, BundleError for a registry that a
    kill left without a usable version."""
    quiet, killed = work / "undisturbed", work / "killed"
    began = time.monotonic()
    _run(quiet, options, None)
    undisturbed_s = time.monotonic() - began
    rng = random.Random(seed)
    delays: list[float] = []
    while len(delays) < kills:
        delay = rng.uniform(0, undisturbed_s * WINDOW)
        if _run(killed, options, delay):
            break  # done before the kill
        delays.append(delay)
        _usable(killed)
        if NAME in Registry(killed).versions():
            break  # killed while it tidied up
    else:
        _run(killed, options, None)
    folders = [Registry(home).folder(NAME) for home in (quiet, killed)]
    one, other = ((folder / "classifier" / "model.bin").read_bytes() for folder in folders)
    month = [corpus.read(GOLD)]
    judged = [judge(folder, month).macro_f1 for folder in folders]
    return Study(undisturbed_s, tuple(delays), one == other, judged[0], judged[1])


def _run(home: Path, options: Sequence[str], kill_after_s: float | None) -> bool:
    """One `yuebao train` in `home`; False if it was killed. Raises RuntimeError if it failed."""
    command = [*server.YUEBAO, "train", NAME, *options]
    home.mkdir(parents=True, exist_ok=True)
    with (home / "train.log").open("a", encoding="utf-8") as log:
        run = subprocess.Popen(command, env=_environment(home), stdout=log, stderr=log)
        try:
            code = run.wait(kill_after_s)
        except subprocess.TimeoutExpired:
            run.kill()
            run.wait()
            return False
    if code:
        raise RuntimeError(f"yuebao train ended with code {code}; see {home / 'train.log'}")
    return True


def _environment(home: Path) -> dict[str, str]:
    return {**os.environ, "YUEBAO_HOME": str(home)}


def _usable(home: Path) -> None:
    registry = Registry(home)
    registry.open(registry.current())


def _told(found: Study) -> dict[str, object]:
    return {
        "undisturbed_s": round(found.undisturbed_s),
        "kills_s": [round(delay) for delay in found.kills_s],
        "same_bytes": found.same_bytes,
        "gold_macro_f1": [round(found.undisturbed_f1, 4), round(found.killed_f1, 4)],
    }


if __name__ == "__main__":
    main()
