"""One SQL question to an edition: a SELECT over its tables, and nothing else.

The connection of `views` reaches only the edition's files, but DuckDB lets even a SELECT write them
(`WITH x AS (COPY … TO …) SELECT …`) and run SQL that stands in a string. So a question is read first, as the tree
that DuckDB itself makes of it, and has to consist of queries and known table functions.
"""

import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import duckdb

from service.archive import views
from service.archive.edition import Edition
from service.errors import AskError

FETCHED_ROWS: Final = 1000
# How long after an interrupt there is another one.
_AGAIN_S: Final = 0.1

Row = tuple[Any, ...]

_QUERIES: Final = {"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"}
_TABLE_FUNCTIONS: Final = {
    "duckdb_columns", "duckdb_functions", "duckdb_tables", "duckdb_views", "generate_series", "json_each",
    "json_tree", "range", "repeat", "unnest",
}  # fmt: skip
_EXPLAIN: Final = re.compile(r"\s*EXPLAIN(?:\s+ANALYZE)?\s+(?=[A-Za-z])", re.IGNORECASE)
_ONLY: Final = "只能运行一条查询(SELECT、WITH、FROM、DESCRIBE、SHOW、SUMMARIZE、EXPLAIN)"


@dataclass(frozen=True, slots=True)
class Answer:
    """The names of the columns, and the rows as they come, a block at a time."""

    names: tuple[str, ...]
    blocks: Iterator[list[Row]]


@contextmanager
def asked(edition: Edition, sql: str, timeout_s: float) -> Iterator[Answer]:
    """The answer to `sql`, to be read inside the block within `timeout_s` seconds.

    Raises AskError for SQL that is no single query, that DuckDB refuses, or that takes too long or too much memory.
    """
    connection = views.connect(edition)
    try:
        refuse_all_but_questions(connection, sql)
        with _interrupted_after(connection, timeout_s):
            connection.execute(sql)
            names = tuple(column[0] for column in connection.description or ())
            yield Answer(names, iter(lambda: connection.fetchmany(FETCHED_ROWS), []))
    except duckdb.InterruptException as error:
        raise AskError(
            f"查了 {timeout_s:g} 秒还没查完,停下了:请缩小范围,或用 --timeout 多给些时间"
        ) from error
    except (duckdb.OutOfMemoryException, MemoryError) as error:
        raise AskError("查询要的内存超过了上限:请缩小范围,或分几次查") from error
    except duckdb.Error as error:
        raise AskError(f"这条 SQL 没有做成:{error}") from error
    finally:
        connection.close()


@contextmanager
def _interrupted_after(connection: duckdb.DuckDBPyConnection, timeout_s: float) -> Iterator[None]:
    """Interrupts what the block asks of `connection` when it takes more than `timeout_s` seconds."""
    over = threading.Event()

    def interrupt() -> None:
        wait_s = timeout_s
        while not over.wait(wait_s):
            connection.interrupt()
            # DuckDB forgets an interrupt that comes just before it begins.
            wait_s = _AGAIN_S

    timer = threading.Thread(target=interrupt, daemon=True)
    timer.start()
    try:
        yield
    finally:
        over.set()
        timer.join()


def refuse_all_but_questions(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Raises AskError unless `sql` is one query that only reads tables, or the EXPLAIN of one."""
    try:
        statements = connection.extract_statements(sql)
    except duckdb.Error as error:
        raise AskError(f"这条 SQL 没有做成:{error}") from error
    if len(statements) != 1:
        raise AskError(f"{_ONLY},这里有 {len(statements)} 条")
    if explained := _EXPLAIN.match(sql):
        sql = sql[explained.end() :]
    tree = json.loads(connection.execute("SELECT json_serialize_sql(?)", [sql]).fetchall()[0][0])
    if tree["error"] or len(tree["statements"]) != 1:
        raise AskError(f"{_ONLY};PIVOT 要用 IN 写明各列")
    for node in _nodes(tree):
        kind = node.get("type")
        if isinstance(kind, str) and kind.endswith("_NODE") and kind not in _QUERIES:
            raise AskError(f"{_ONLY},不能改动或写出任何东西")
        if kind == "TABLE_FUNCTION" and (name := _function(node)) not in _TABLE_FUNCTIONS:
            raise AskError(f"不能用 {name}():只能查档案的表,SHOW TABLES 列出它们")


def _function(node: Mapping[str, Any]) -> str:
    function = node["function"]
    return str(function.get("function_name") or function.get("type")).lower()


def _nodes(tree: object) -> Iterator[Mapping[str, Any]]:
    """Every object in the JSON `tree`."""
    waiting = [tree]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield one
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
