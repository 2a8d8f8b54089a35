"""Does building an archive grow linearly? Archives of growing size, with a stand-in for the model that costs nothing.

Each item costs the model the same, however many there are; what else a build does is to be seen without it. One such
build is `python -m benchmarks.archive_growth FOLDER ARCHIVE`, a process to be watched.
"""

import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.made_archive.archive import write
from benchmarks.made_archive.order import Order
from benchmarks.results import Result
from benchmarks.watching import watched
from bulletin import themes
from models.bundle import open_bundle
from models.classifier import Readings
from models.encoding import WriterItem
from models.pipeline import Pipeline
from models.types import ClassifyRequest
from service.archive.build import Plan, build
from service.archive.engines import Done, LocalEngine, Maker, Unit
from service.archive.parts import PartMaker

SIZES = (100, 1000, 10_000)
_THEMES = 5


class StandInClassifier:
    """Gives an item probabilities that hang on its text alone, at once."""

    def readings(self, requests: Sequence[ClassifyRequest]) -> Readings:
        """See `models.classifier.Classifier.readings`."""
        seeds = np.array([zlib.crc32(request.text.encode()) for request in requests], np.int64)
        found = (seeds[:, None] >> np.arange(0, 5 * _THEMES, 5)) % 32 / 32
        return Readings(found, np.zeros((len(requests), 1), np.float32))


class StandInWriter:
    """Writes nothing."""

    def write(self, units: Sequence[Sequence[WriterItem]]) -> list[list[str]]:
        """See `models.writer.Writer.write`."""
        return [[] for _ in units]


@dataclass(frozen=True, slots=True)
class OpenStandIn:
    """Opens a maker of parts that runs no model."""

    def __call__(self) -> PartMaker:
        """The maker."""
        bundle = open_bundle()
        pipeline = Pipeline(
            bundle,
            bundle.load("themes.toml", themes.load),
            StandInClassifier(),  # type: ignore[arg-type]
            StandInWriter(),  # type: ignore[arg-type]
        )
        return PartMaker(pipeline, abstracts=False, vectors=False)


@dataclass(frozen=True, slots=True)
class StandInEngine:
    """A local engine whose makers are stand-ins, whatever it is asked to open."""

    local: LocalEngine

    def run(
        self, _: Callable[[], Maker], units: Sequence[Unit], stopping: Callable[[], bool]
    ) -> Iterator[Done]:
        """See `service.archive.engines.Engine`."""
        return self.local.run(OpenStandIn(), units, stopping)


class Silent:
    """Progress that nobody watches."""

    def begin(self, what: str, files: int) -> None:
        """See `service.archive.build.Progress`."""

    def step(self, files: int = 1) -> None:
        """See `service.archive.build.Progress`."""

    def stopping(self) -> bool:
        """Never."""
        return False


def measure(threads: int) -> list[Result]:
    """Milliseconds a file and MiB at most, at each of SIZES; the peer is the smallest."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        runs = []
        for size in SIZES:
            write(Order(size), work / str(size))
            command = [sys.executable, "-m", "benchmarks.archive_growth"]
            runs.append(
                watched([*command, str(work / str(size)), str(work / f"archive-{size}"), str(threads)])
            )
    # What starting takes is the same for all: the growth is from each size to the next.
    steps = [
        (size - before, run.seconds - earlier.seconds)
        for (before, earlier), (size, run) in zip(
            list(zip(SIZES, runs, strict=True))[:-1], list(zip(SIZES, runs, strict=True))[1:], strict=True
        )
    ]
    per_file = [1000 * seconds / files for files, seconds in steps]
    return [
        Result(
            name=f"archive build without the model, a file, from {SIZES[1]} to {SIZES[2]}",
            unit="ms",
            ours=(per_file[1],),
            higher_is_better=False,
            peer_name=f"from {SIZES[0]} to {SIZES[1]}",
            peer=(per_file[0],),
        ),
        *(
            Result(
                name=f"memory of that build, {size} files",
                unit="MiB",
                ours=(run.most_mib,),
                higher_is_better=False,
                note=f"{run.seconds:.1f} s",
            )
            for size, run in zip(SIZES, runs, strict=True)
        ),
    ]


def main(arguments: Sequence[str]) -> None:
    """Build the archive `arguments[1]` of the folder `arguments[0]` with so many processes."""
    folder, archive, workers = arguments
    build(Plan((folder,), Path(archive), None), StandInEngine(LocalEngine(int(workers))), Silent())


if __name__ == "__main__":
    main(sys.argv[1:])
