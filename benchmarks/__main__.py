"""`python -m benchmarks`: every comparison in one run, as a table."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from logging import CRITICAL
from pathlib import Path

import torch
from transformers.utils import logging

from benchmarks import (
    archive_build,
    archive_growth,
    classifier,
    digest,
    load,
    promotion,
    server,
    sizing,
    writer,
)
from benchmarks.results import Result, table, to_json
from bulletin.errors import YuebaoError
from models.bundle import open_bundle

REAL_MONTH = Path(__file__).resolve().parent.parent / "tests" / "data" / "2019-12.txt"
_MOST_ARCHIVES = 2
PARTS = (
    "classifier",
    "writer",
    "digest",
    "server",
    "promotion",
    "load",
    "sizing",
    "archive",
    "archive-growth",
    "archive-ray",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and return 1 when a part could not be measured."""
    chosen = _parser().parse_args(arguments)
    torch.set_num_threads(chosen.threads)
    # The tokenizers library would take every core beside the threads that are measured.
    os.environ["RAYON_NUM_THREADS"] = str(chosen.threads)
    logging.set_verbosity(CRITICAL)
    logging.disable_progress_bar()
    results, failures = _measured(chosen)
    print(table(results))  # noqa: T201 - the command's output
    for failure in failures:
        sys.stderr.write(f"not measured: {failure}\n")
    if chosen.json is not None:
        chosen.json.write_text(to_json(results, chosen.threads, chosen.repeats), encoding="utf-8")
    return 1 if failures else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--checkpoints", type=Path, default=Path("runs/bundle/checkpoints"), help="fp32 models"
    )
    parser.add_argument("--bundle", type=Path, default=None, help="the bundle; without it the built-in one")
    parser.add_argument("--bulletin", type=Path, default=REAL_MONTH, help="the month that is digested")
    parser.add_argument("--threads", type=int, default=2, help="threads of both sides")
    parser.add_argument("--repeats", type=int, default=5, help="measured repeats of each side")
    parser.add_argument("--json", type=Path, default=None, help="write every repeat to this file")
    parser.add_argument("--only", choices=PARTS, nargs="+", default=PARTS, help="measure these alone")
    return parser


def _measured(chosen: argparse.Namespace) -> tuple[list[Result], list[str]]:
    threads, repeats = chosen.threads, chosen.repeats
    # An archive takes minutes, long enough to even out what disturbs.
    few = min(repeats, _MOST_ARCHIVES)

    def compared(part: Callable[..., Result]) -> list[Result]:
        return [part(open_bundle(chosen.bundle), chosen.checkpoints, threads, repeats)]

    parts: dict[str, Callable[[], list[Result]]] = {
        "classifier": lambda: compared(classifier.measure),
        "writer": lambda: compared(writer.measure),
        "digest": lambda: digest.measure(chosen.bundle, chosen.bulletin, threads, repeats),
        "server": lambda: server.measure(chosen.bundle, threads, repeats),
        "promotion": lambda: promotion.measure(chosen.bundle, threads, repeats),
        "load": lambda: load.measure(chosen.bundle, threads, few),
        "sizing": lambda: sizing.measure(chosen.bundle),
        "archive": lambda: archive_build.measure(open_bundle(chosen.bundle), threads, few),
        "archive-growth": lambda: archive_growth.measure(threads),
        "archive-ray": lambda: archive_build.measure_ray(open_bundle(chosen.bundle), threads, few),
    }
    results: list[Result] = []
    failures: list[str] = []
    for name in PARTS:
        if name in chosen.only:
            try:
                results += parts[name]()
            except YuebaoError as error:
                failures.append(f"{name}: {error}")
    return results, failures


if __name__ == "__main__":
    sys.exit(main())
