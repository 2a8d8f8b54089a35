"""Building an archive: beside the classifier's engine alone, and by Ray beside local processes."""

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks import server
from benchmarks.made_archive.archive import write
from benchmarks.made_archive.order import Order
from benchmarks.results import BenchmarkError, Result
from benchmarks.watching import Run, watched
from bulletin.plain import fold
from models.bundle import Bundle
from models.classifier import Classifier
from models.types import ClassifyRequest
from service.archive import views
from service.archive.edition import Archive

# In units of the build, so that both processes have work to the end.
FILES = 640
FILES_BY_RAY = 160
_COMMITS_BEFORE_KILL = 3
_SAME = "bulletin, item, position, level, section, topic, province, text, plain, review, themes"


def measure(bundle: Bundle, threads: int, repeats: int) -> list[Result]:
    """Items a second of the whole command beside the engine's on the same items, and the build's memory."""
    with _made(FILES) as (files, work):
        builds, engine_s, read = [], [], 0
        # In turn, so that what disturbs the machine disturbs both.
        for k in range(repeats):
            builds.append(built(files, work / f"local-{k}", "local", threads, bundle.path))
            asked = _requests(work / f"local-{k}")
            engine_s.append(_seconds(Classifier(bundle, threads), asked))
            read = len(asked)
    return [
        Result(
            name="archive build, all of it",
            unit="items/s",
            ours=tuple(read / build.seconds for build in builds),
            higher_is_better=True,
            peer_name="the classifier's engine alone on the same items",
            peer=tuple(read / taken for taken in engine_s),
            note=f"{FILES} files, {read} items",
        ),
        Result(
            name="memory of the build",
            unit="MiB",
            ours=tuple(build.most_mib for build in builds),
            higher_is_better=False,
            note="proportional set size of all its processes, at most",
        ),
    ]


def measure_ray(bundle: Bundle, threads: int, repeats: int) -> list[Result]:
    """The same build by Ray on this machine, an actor of which is killed on the way in a last run.

    Raises BenchmarkError where the rows are not those of the local build.
    """
    with _made(FILES_BY_RAY) as (files, work):
        local, by_ray = [], []
        for k in range(repeats):
            local.append(built(files, work / f"local-{k}", "local", threads, bundle.path))
            by_ray.append(built(files, work / f"ray-{k}", "ray", threads, bundle.path))
        killed = built(files, work / "killed", "ray", threads, bundle.path, kill="ray::MapWorker")
        if not killed.killed:
            raise BenchmarkError("no actor of Ray was there to be killed")
        shift = max(_shift(work / "local-0", work / name) for name in ("ray-0", "killed"))
    return [
        Result(
            name="archive build by Ray",
            unit="files/s",
            ours=tuple(FILES_BY_RAY / run.seconds for run in by_ray),
            higher_is_better=True,
            peer_name="the same by local processes",
            peer=tuple(FILES_BY_RAY / run.seconds for run in local),
            note=f"{threads} workers each; the same rows, also after an actor was killed; scores differ by {shift:.4f}",
        )
    ]


def built(
    files: Path, archive: Path, engine: str, workers: int, bundle: Path, kill: str | None = None
) -> Run:
    """One `yuebao archive build`, watched; `kill` names a process of it to kill once it has committed a little."""
    command = [*server.YUEBAO, "archive", "build", str(files), "-o", str(archive), "--engine", engine]
    command += ["--workers", str(workers), "--bundle", str(bundle), "--max-errors", "4%"]
    return watched(
        command, kill, lambda: len(list(archive.glob("editions/*/commits/*"))) >= _COMMITS_BEFORE_KILL
    )


@contextmanager
def _made(files: int) -> Iterator[tuple[Path, Path]]:
    """A made archive and a folder to work in."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        write(Order(files), work / "bulletins")
        yield work / "bulletins", work


def _requests(archive: Path) -> list[ClassifyRequest]:
    """The items of an archive as its build classified them."""
    sql = """SELECT plain, coalesce(province, topic), lag(plain, 1, '') OVER (
        PARTITION BY bulletin, section, topic, province ORDER BY position) FROM all_items ORDER BY bulletin, position"""
    with views.connect(Archive(archive).current()) as connection:
        rows = connection.execute(sql).fetchall()
    return [ClassifyRequest(text, fold(heading), previous) for text, heading, previous in rows]


def _seconds(classifier: Classifier, asked: Sequence[ClassifyRequest]) -> float:
    started = time.perf_counter()
    classifier.probabilities(asked)
    return time.perf_counter() - started


def _shift(one: Path, other: Path) -> float:
    """The largest difference of a score between two archives. Raises BenchmarkError where anything else differs."""
    sql = f"SELECT {_SAME}, map_values(scores) FROM all_items ORDER BY bulletin, position"
    with views.connect(Archive(one).current()) as first, views.connect(Archive(other).current()) as second:
        rows, again = (connection.execute(sql).fetchall() for connection in (first, second))
    if [row[:-1] for row in rows] != [row[:-1] for row in again]:
        raise BenchmarkError(f"the rows of {one.name} and {other.name} differ beyond their scores")
    return max(
        abs(score - seen)
        for row, same in zip(rows, again, strict=True)
        for score, seen in zip(row[-1], same[-1], strict=True)
    )
