"""Which file a source is."""

from collections.abc import Collection

import pyarrow.parquet as pq

from service.archive.edition import Edition


def paths(edition: Edition, sources: Collection[str]) -> dict[str, str]:
    """A path for each of `sources` that `files` knows, the first where several files are the same."""
    path = edition.path / "files.parquet"
    if not path.exists():
        return {}
    rows = pq.ParquetFile(path).read(columns=["path", "source"]).to_pydict()
    found: dict[str, str] = {}
    for name, source in zip(rows["path"], rows["source"], strict=True):
        if source in sources:
            found.setdefault(source, name)
    return found
