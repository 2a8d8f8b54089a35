"""How long do questions to a large archive take? `python -m benchmarks.archive_ask`.

Writes an archive of 10,000 months with 110 items each, of the labelled corpus's texts and with random states, builds
its search index, and tells medians: of questions inside one process (the server's way), and of whole commands.
"""

import argparse
import io
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks import archive_edition
from service.archive import tables
from service.archive.edition import Edition
from service.archive.filters import Filters
from service.archive.opened import Opened
from service.archive.sql import asked
from training import corpus

ITEMS = 110
IN_PART = 250
ROUNDS = 7
YUEBAO = (sys.executable, "-c", "from service.cli import main; main()")

SQL = {
    "count": "SELECT count(*) FROM items",
    "theme by month": "SELECT month, theme, count(*) FROM items, unnest(themes) AS one(theme) GROUP BY ALL",
    "theme by province": "SELECT province, theme, count(*) FROM items, unnest(themes) AS one(theme) GROUP BY ALL",
    "text like": "SELECT month, province, text FROM items WHERE plain LIKE '%网络安全宣传周%' LIMIT 100",
    "missing": "SELECT province, count(*) FROM bulletins, unnest(missing) AS one(province) GROUP BY 1",
}
YEAR = Filters(theme="training", first="2015-01", last="2015-12")
WORDS = {
    "one word": ("网络安全", Filters()),
    "a word that most items hold": ("教育", Filters()),
    "three words": ("教师 信息技术 培训", Filters()),
    "a quoted phrase": ('"网络安全宣传周"', Filters()),
    "one word, filtered": ("网络安全", YEAR),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bulletins", type=int, default=10_000)
    parser.add_argument("--work", type=Path, help="where the archive is (default: a temporary folder)")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        folder = chosen.work or Path(temporary)
        found = measured(folder, chosen.bulletins)
    print(json.dumps(found, ensure_ascii=False, indent=1))  # noqa: T201 - a command's output


def measured(folder: Path, bulletins: int) -> Mapping[str, object]:
    """What the index took, and the medians in milliseconds."""
    items = [item for month in corpus.load() for item in month.items]
    edition = archive_edition.large(folder, bulletins, items, ITEMS, IN_PART)
    built = _built(folder)
    whole = {
        "search 网络安全": ["search", "网络安全"],
        "query count": ["query", SQL["count"]],
        "query theme by month": ["query", SQL["theme by month"]],
    }
    commands = {name: _timed(partial(_command, folder, one)) for name, one in whole.items()}
    commands["--version, for comparison"] = _timed(partial(_run, [*YUEBAO, "--version"]))
    inside = _inside(edition, folder, bulletins)
    return {"items": bulletins * ITEMS, **built, "ms_inside": inside, "ms_commands": commands}


def _inside(edition: Edition, folder: Path, bulletins: int) -> Mapping[str, float]:
    opened = Opened(folder)
    state = np.random.default_rng(2).standard_normal(384).astype(np.float32)
    asking: dict[str, Callable[[], object]] = {
        "items: first page": partial(opened.items, Filters(), 50, 0),
        "items: filtered": partial(opened.items, YEAR, 50, 0),
        "items: far down": partial(opened.items, Filters(), 50, bulletins * ITEMS // 2),
        "stats, once until a build": lambda: Opened(folder).stats,
    }
    for name, (query, filters) in WORDS.items():
        asking[f"search: {name}"] = partial(opened.by_words, query, filters, 20, 0)
        asking[f"by meaning: {name}"] = partial(opened.by_meaning, query, state, filters, 20, 0)
    for name, sql in SQL.items():
        asking[f"query: {name}"] = partial(_table, edition, sql)
    return {name: _timed(call) for name, call in asking.items()}


def _built(folder: Path) -> Mapping[str, object]:
    """Build the index in a process of its own, whose memory is told."""
    code = (
        "import sys; from pathlib import Path; from service.archive import index;"
        "from service.archive.edition import Archive; index.build(Archive(Path(sys.argv[1])).current())"
    )
    began = time.monotonic()
    _run([sys.executable, "-c", code, str(folder)])
    seconds = time.monotonic() - began
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    size = sum(path.stat().st_size for path in folder.rglob("search/**/*") if path.is_file())
    return {"index_s": round(seconds, 1), "index_peak_mib": round(peak), "index_mb": round(size / 1e6)}


def _table(edition: Edition, sql: str) -> None:
    with asked(edition, sql, 60) as answer:
        tables.write_table(answer, io.StringIO())


def _command(folder: Path, arguments: Sequence[str]) -> None:
    _run([*YUEBAO, "archive", *arguments, "-a", str(folder)])


def _run(command: Sequence[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _timed(call: Callable[[], object]) -> float:
    """The median of ROUNDS calls after one to warm up, in milliseconds."""
    call()
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    return round(median(times) * 1000, 1)


if __name__ == "__main__":
    main()
