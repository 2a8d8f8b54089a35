"""Does an archive survive kills? `python -m benchmarks.archive_kills` builds it undisturbed and killed over and over.

Both are `yuebao archive build` of the same made archive, whose truth is known. The second gets SIGKILL at random
moments, after each of which what it committed must open and be asked; the next run goes on. At the end every table of
both is compared row for row, and the undisturbed one with the truth.
"""

import argparse
import json
import random
import subprocess
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks import server
from benchmarks.made_archive import truth as truths
from benchmarks.made_archive.archive import write
from benchmarks.made_archive.order import Order
from service.archive import schema, views
from service.archive.edition import Archive

# Kills fall within this share of the undisturbed run's time, so that a run is killed before, between and after commits.
WINDOW = 1 / 20
_TABLES = (*(f"all_{name}" for name in schema.TABLES), "files", "duplicates")


@dataclass(frozen=True, slots=True)
class Study:
    """Seconds of the undisturbed build, after how many seconds each kill fell, and the tables whose rows differ.

    `untrue` are the counts that are not those of the truth, as (name, found, true).
    """

    files: int
    undisturbed_s: float
    kills_s: tuple[float, ...]
    rows: dict[str, int]
    differing: tuple[str, ...]
    untrue: tuple[tuple[str, int, int], ...]


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--work", type=Path, default=Path("runs/archive-kills"), help="where everything is")
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=50, help="how often the second build is killed")
    parser.add_argument("--seed", type=int, default=1, help="of the moments of the kills")
    chosen = parser.parse_args(arguments)
    found = study(chosen.work, chosen.files, chosen.kills, chosen.seed)
    print(json.dumps(asdict(found), ensure_ascii=False, indent=1))  # noqa: T201 - a command's output


def study(work: Path, files: int, kills: int, seed: int) -> Study:
    """Build twice under `work`. Raises RuntimeError for a build that fails of itself, ArchiveError for an archive that
    a kill left unusable."""
    bulletins = work / "bulletins"
    if not bulletins.exists():
        write(Order(files), bulletins)
    quiet, killed = work / "undisturbed", work / "killed"
    began = time.monotonic()
    _build(bulletins, quiet, None)
    undisturbed_s = time.monotonic() - began
    rng = random.Random(seed)
    delays: list[float] = []
    while len(delays) < kills:
        delay = rng.uniform(0, undisturbed_s * WINDOW)
        if _build(bulletins, killed, delay):
            break  # done before the kill
        delays.append(delay)
        _usable(killed)
    else:
        _build(bulletins, killed, None)
    rows, differing = _compared(quiet, killed)
    return Study(files, undisturbed_s, tuple(delays), rows, differing, _untrue(quiet, work))


def _build(bulletins: Path, archive: Path, kill_after_s: float | None) -> bool:
    """One build; False if it was killed. Raises RuntimeError if it failed."""
    command = [*server.YUEBAO, "archive", "build", str(bulletins), "-o", str(archive), "--max-errors", "3%"]
    with (archive.parent / f"{archive.name}.log").open("a", encoding="utf-8") as log:
        run = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            code = run.wait(kill_after_s)
        except subprocess.TimeoutExpired:
            run.kill()
            run.wait()
            return False
    if code:
        raise RuntimeError(f"yuebao archive build ended with code {code}; see {log.name}")
    return True


def _usable(path: Path) -> None:
    archive = Archive(path)
    if archive.has_current():
        with views.connect(archive.current()) as connection:
            for table in _TABLES:
                connection.execute(f"SELECT count(*) FROM {table}")


def _compared(one: Path, other: Path) -> tuple[dict[str, int], tuple[str, ...]]:
    """The numbers of rows by table, and the tables in which a row of one archive is not in the other."""
    rows, differing = {}, []
    with views.connect(Archive(one).current()) as first, views.connect(Archive(other).current()) as second:
        for table in _TABLES:
            found, again = (sorted(map(repr, c.execute(f"FROM {table}").fetchall())) for c in (first, second))
            rows[table] = len(found)
            if found != again:
                differing.append(table)
    return rows, tuple(differing)


_COUNTS = {
    "files": "SELECT count(*) FROM files",
    "broken": "SELECT count(*) FROM files SEMI JOIN errors USING (source)",
    "bulletins": "SELECT count(*) FROM bulletins",
    "months": "SELECT count(DISTINCT month) FROM bulletins",
    "entries": "SELECT count(*) FROM entries",
    "items": "SELECT count(*) FROM items",
    "missing": "SELECT sum(len(missing)) FROM bulletins",
}


def _untrue(archive: Path, work: Path) -> tuple[tuple[str, int, int], ...]:
    """The counts of the archive that are not those of the truth."""
    known = list(truths.read(work / "bulletins-truth" / "files.jsonl"))
    # Of a bulletin's files the best text is kept; several may be as good.
    best = {one.bulletin: one for one in known if one.better and one.bulletin is not None}.values()
    true = {
        "files": len(known),
        "broken": sum(one.kind == "broken" for one in known),
        "bulletins": len(best),
        "months": len({one.month for one in best}),
        "entries": sum(one.entries for one in best),
        "items": sum(len(one.items) for one in best),
        "missing": sum(len(one.missing) for one in best),
    }
    with views.connect(Archive(archive).current()) as connection:
        found = {name: connection.execute(sql).fetchall()[0][0] for name, sql in _COUNTS.items()}
    return tuple((name, found[name], true[name]) for name in true if found[name] != true[name])


if __name__ == "__main__":
    main()
