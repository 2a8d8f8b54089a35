"""`python -m benchmarks.made_archive N FOLDER`: a made archive of N files, and its truth in FOLDER-truth."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.made_archive import archive
from benchmarks.made_archive.order import Order
from benchmarks.results import BenchmarkError


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the files; 1 when that cannot be done."""
    chosen = _parser().parse_args(arguments)
    try:
        order = Order(chosen.files, chosen.seed, chosen.broken, chosen.duplicates, chosen.abstracts)
        truth = archive.write(order, chosen.folder)
    except BenchmarkError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    counts = f"{order.bulletins} bulletins, {order.copies} copies, {order.broken_files} broken files"
    print(f"{counts}; the truth: {truth}")  # noqa: T201 - the command's output
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.made_archive", description=__doc__)
    parser.add_argument("files", type=int, help="how many files in all")
    parser.add_argument("folder", type=Path, help="where they are written; a new or empty folder")
    parser.add_argument("--seed", type=int, default=0, help="another seed makes another archive")
    parser.add_argument("--broken", type=float, default=0.03, help="the share that cannot be read")
    parser.add_argument("--duplicates", type=float, default=0.05, help="the share that repeats another file")
    parser.add_argument(
        "--abstracts",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="most bulletins have an abstract",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
