"""Are the files of an edition all there and readable?"""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from service.archive.edition import Edition


def damaged(edition: Edition) -> list[Path]:
    """The Parquet files that count and are missing, unreadable, or without the rows that their commit tells of.

    Looks at each file's footer, which tells how many rows it holds, and not at the rows.
    """
    told = [
        (edition.path / table / f"{commit.part}.parquet", rows)
        for commit in edition.commits()
        for table, rows in commit.rows.items()
    ]
    return [path for path, rows in told if _rows(path) != rows]


def _rows(path: Path) -> int | None:
    try:
        return int(pq.read_metadata(path).num_rows)
    except (OSError, pa.ArrowInvalid):
        return None
