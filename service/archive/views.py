"""An edition as SQL tables: DuckDB over its Parquet files, unable to read or write anything else.

Each table of `schema.TABLES` is there twice: `items` holds what is kept, `all_items` also the items of bulletins that
are others again (`duplicates`). `files` tells which file is which source.
"""

from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from service.archive import schema
from service.archive.edition import Edition, Part

_DERIVED = {"files": schema.FILES, "duplicates": schema.DUPLICATES}


def connect(edition: Edition, *, threads: int = 2, memory: str = "1GB") -> duckdb.DuckDBPyConnection:
    """A connection of its own in memory, with the views, that can reach the edition's files and no others.

    What was committed when it was opened is what it shows.
    """
    connection = duckdb.connect(":memory:", config={"threads": threads, "memory_limit": memory})
    _lock(connection, _add_views(connection, edition, ""))
    return connection


def connect_both(
    old: Edition, new: Edition, *, threads: int = 2, memory: str = "1GB"
) -> duckdb.DuckDBPyConnection:
    """As `connect`, with the views of two editions: `old_items`, `new_items` and so on."""
    connection = duckdb.connect(":memory:", config={"threads": threads, "memory_limit": memory})
    reached = [*_add_views(connection, old, "old_"), *_add_views(connection, new, "new_")]
    _lock(connection, reached)
    return connection


def _add_views(connection: duckdb.DuckDBPyConnection, edition: Edition, prefix: str) -> list[str]:
    """Create the edition's views; the files that they read."""
    parts = {table: edition.parts(table) for table in schema.TABLES}
    for table, own in parts.items():
        _create(connection, f"{prefix}all_{table}", own, schema.TABLES[table])
    for table, columns in _DERIVED.items():
        path = edition.path / f"{table}.parquet"
        _create(connection, prefix + table, [Part(path, frozenset())] if path.exists() else [], columns)
    for table, columns in schema.TABLES.items():
        others = f" WHERE bulletin NOT IN (SELECT bulletin FROM {prefix}duplicates)"
        kept = others if "bulletin" in columns.names else ""
        connection.execute(f"CREATE VIEW {prefix}{table} AS SELECT * FROM {prefix}all_{table}{kept}")
    reached = [str(part.path) for own in parts.values() for part in own]
    return [*reached, *(str(edition.path / f"{table}.parquet") for table in _DERIVED)]


def _create(
    connection: duckdb.DuckDBPyConnection, name: str, parts: Sequence[Part], columns: pa.Schema
) -> None:
    """The view `name` of the rows of `parts` that count; an empty table where there are none."""
    if not parts:
        connection.from_arrow(columns.empty_table()).create(name)
        return
    whole = [part.path for part in parts if not part.without]
    selects = [_rows(whole)] if whole else []
    selects += [
        f"{_rows([part.path])} WHERE source NOT IN {_tuple(sorted(part.without))}"
        for part in parts
        if part.without
    ]
    connection.execute(f"CREATE VIEW {name} AS {' UNION ALL '.join(selects)}")


def _rows(paths: Sequence[Path]) -> str:
    # A folder called a=b is no column.
    return f"SELECT * FROM read_parquet({_listed(paths)}, hive_partitioning = false)"


def _lock(connection: duckdb.DuckDBPyConnection, reached: Sequence[str]) -> None:
    """Let the connection reach the files `reached` and nothing else, for good."""
    connection.execute(f"SET allowed_paths = {_listed(reached)}")
    connection.execute("SET python_enable_replacements = false")
    connection.execute("SET temp_directory = ''")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _listed(values: Sequence[str | Path]) -> str:
    """`values` as a list of SQL strings."""
    return f"[{', '.join(map(_quoted, values))}]"


def _tuple(values: Sequence[str]) -> str:
    return f"({', '.join(map(_quoted, values))})"


def _quoted(value: str | Path) -> str:
    return "'" + str(value).replace("'", "''") + "'"
