"""SQL over an archive: everything may be asked, nothing may be done."""

import csv
import hashlib
import io
import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

pytest.importorskip("duckdb")

from service.archive import tables
from service.archive.edition import Archive, Edition
from service.archive.sql import asked
from service.errors import AskError

ONLY = "只能运行一条查询(SELECT、WITH、FROM、DESCRIBE、SHOW、SUMMARIZE、EXPLAIN)"
TIMEOUT_S = 60

ALLOWED = [
    "SELECT count(*) FROM items",
    "select 1;",
    "/* a comment */ SELECT 1 -- and another",
    "FROM items LIMIT 1",
    "TABLE files",
    "VALUES (1)",
    "DESCRIBE items",
    "SHOW TABLES",
    "SUMMARIZE facts",
    "EXPLAIN SELECT * FROM items",
    "explain analyze SELECT count(*) FROM items",
    "WITH one AS (SELECT month FROM items) SELECT month, count(*) FROM one GROUP BY month",
    "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 9) SELECT sum(n) FROM t",
    "SELECT theme, count(*) FROM items, unnest(themes) AS one(theme) GROUP BY theme",
    "SELECT month, scores['training'] FROM items WHERE list_contains(themes, 'training')",
    "SELECT * FROM range(3) UNION ALL SELECT 9",
    "PIVOT items ON level IN ('national', 'provincial') USING count(*) GROUP BY month",
    "SELECT text FROM items WHERE text LIKE '%COPY x TO y; DROP TABLE items%'",
]

PART = "{edition}/items/part-1.parquet"
REFUSED = [
    "",
    "-- nothing",
    "SELECT 1; SELECT 2",
    "SELECT 1; DROP VIEW items",
    "CREATE TABLE t AS SELECT 1",
    "CREATE OR REPLACE VIEW items AS SELECT 1",
    "DROP VIEW items",
    "INSERT INTO duplicates VALUES ('a', 'b', 1)",
    "DELETE FROM duplicates",
    "UPDATE duplicates SET kept = 'a'",
    "MERGE INTO duplicates USING (SELECT 1) ON false WHEN NOT MATCHED THEN INSERT VALUES ('a', 'b', 1)",
    "COPY items TO '/tmp/stolen.csv'",
    f"COPY (SELECT 1) TO '{PART}' (USE_TMP_FILE false)",
    f"EXPLAIN ANALYZE COPY (SELECT 1) TO '{PART}' (USE_TMP_FILE false)",
    f"EXPLAIN /* */ ANALYZE COPY (SELECT 1) TO '{PART}' (USE_TMP_FILE false)",
    f"EXPLAIN (ANALYZE) COPY (SELECT 1) TO '{PART}' (USE_TMP_FILE false)",
    f"WITH x AS (COPY (SELECT 1 AS a) TO '{PART}' (FORMAT parquet, USE_TMP_FILE false)) SELECT * FROM x",
    f"EXPLAIN ANALYZE WITH x AS (COPY (SELECT 1) TO '{PART}' (USE_TMP_FILE false)) SELECT * FROM x",
    "WITH x AS (INSERT INTO duplicates VALUES ('a', 'b', 1) RETURNING *) SELECT * FROM x",
    "WITH x AS (WITH y AS (DELETE FROM duplicates RETURNING *) SELECT * FROM y) SELECT * FROM x",
    "FROM json_execute_serialized_sql(json_serialize_sql('WITH x AS (COPY (SELECT 1) TO ''"
    + PART
    + "'' (USE_TMP_FILE false)) SELECT * FROM x'))",
    f"FROM query('WITH x AS (COPY (SELECT 1) TO ''{PART}'' (USE_TMP_FILE false)) SELECT * FROM x')",
    "FROM query('SELECT 1')",
    "SELECT * FROM system.main.\"QUERY\"('SELECT 1')",
    "FROM query_table('/etc/passwd')",
    "ATTACH '/tmp/other.db'",
    f"ATTACH '{PART}' AS other",
    "ATTACH ':memory:' AS other",
    "USE memory",
    "PRAGMA database_list",
    "CALL duckdb_settings()",
    "SET memory_limit = '80GB'",
    "RESET memory_limit",
    "SET VARIABLE a = 1",
    "INSTALL httpfs",
    "LOAD httpfs",
    "EXPORT DATABASE '/tmp/stolen'",
    "IMPORT DATABASE '/tmp'",
    "PREPARE a AS SELECT 1",
    "BEGIN",
    "CHECKPOINT",
    "VACUUM",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_blob('/etc/passwd')",
    "SELECT * FROM read_json('/etc/passwd')",
    "SELECT (SELECT content FROM read_text('/etc/passwd'))",
    "SELECT * FROM items WHERE text IN (SELECT content FROM read_text('/etc/passwd'))",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "SELECT * FROM glob('/etc/*')",
    f"SELECT * FROM read_parquet('{PART}')",
    "SELECT * FROM read_parquet('{edition}/items/../vectors/part-1.parquet')",
    "SELECT * FROM parquet_metadata('/etc/passwd')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM '{edition}/edition.json'",
    "SELECT * FROM '{edition}/items/../vectors/part-1.parquet'",
    "SELECT * FROM 'https://example.org/a.csv'",
    "SELECT * FROM ALLOWED",
    "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM enable_logging()",
    "SELECT * FROM add_grammar_extension('a')",
    "PIVOT items ON level USING count(*)",
    "SELECT ?",
]


@pytest.fixture
def edition(small_archive: Path, tmp_path: Path) -> Edition:
    """Of a copy of the archive: a hole in the guard shall not spoil it for others."""
    return Archive(Path(shutil.copytree(small_archive, tmp_path / "档案"))).current()


def digests(folder: Path) -> Mapping[Path, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.parametrize("sql", ALLOWED)
def test_questions_are_answered(edition: Edition, sql: str) -> None:
    with asked(edition, sql, TIMEOUT_S) as answer:
        rows = [row for block in answer.blocks for row in block]
    assert all(len(row) == len(answer.names) for row in rows)


@pytest.mark.parametrize("sql", REFUSED)
def test_what_does_more_than_ask_is_refused_and_does_nothing(
    edition: Edition, tmp_path: Path, sql: str
) -> None:
    before = digests(tmp_path)
    with (
        pytest.raises(AskError),
        asked(edition, sql.replace("{edition}", str(edition.path)), TIMEOUT_S) as answer,
    ):
        list(answer.blocks)
    assert digests(tmp_path) == before
    assert not Path("/tmp/stolen.csv").exists()


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT 1; SELECT 2", f"{ONLY},这里有 2 条"),
        ("DROP VIEW items", f"{ONLY};PIVOT 要用 IN 写明各列"),
        ("WITH x AS (DELETE FROM files RETURNING *) FROM x", f"{ONLY},不能改动或写出任何东西"),
        ("FROM read_csv('a.csv')", "不能用 read_csv():只能查档案的表,SHOW TABLES 列出它们"),
        ("FROM nowhere", None),
    ],
)
def test_refusals_tell_what_may_be_done(edition: Edition, sql: str, said: str | None) -> None:
    with pytest.raises(AskError) as caught, asked(edition, sql, TIMEOUT_S):
        pass
    if said is None:
        assert str(caught.value).startswith(
            "这条 SQL 没有做成:Catalog Error: Table with name nowhere does not exist!"
        )
    else:
        assert str(caught.value) == said


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT sum(range) FROM range(1000000000000)",
        "SELECT * FROM range(1000000000000)",
        "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT * FROM t",
        "SELECT count(*) FROM items a, items b, items c, items d, items e",
        "SELECT sleep_ms(100000000)",
    ],
)
def test_what_takes_too_long_is_stopped(edition: Edition, sql: str) -> None:
    with pytest.raises(AskError) as caught, asked(edition, sql, 0.2) as answer:
        for _ in answer.blocks:
            pass
    assert str(caught.value) == "查了 0.2 秒还没查完,停下了:请缩小范围,或用 --timeout 多给些时间"


def test_what_is_out_of_time_before_it_begins_is_stopped(edition: Edition) -> None:
    with pytest.raises(AskError) as caught, asked(edition, "SELECT sum(range) FROM range(1000000000000)", 0):
        pass
    assert str(caught.value) == "查了 0 秒还没查完,停下了:请缩小范围,或用 --timeout 多给些时间"


def test_what_takes_too_much_memory_is_stopped(edition: Edition) -> None:
    with (
        pytest.raises(AskError) as caught,
        asked(edition, "SELECT list(range) FROM range(1000000000)", 60),
    ):
        pass
    assert str(caught.value) == "查询要的内存超过了上限:请缩小范围,或分几次查"


def written(edition: Edition, sql: str, kind: str) -> tuple[str, str | None]:
    out = io.StringIO()
    with asked(edition, sql, TIMEOUT_S) as answer:
        told = getattr(tables, f"write_{kind}")(answer, out)
    return out.getvalue(), told


def test_table_lines_up_wide_characters_and_numbers(edition: Edition) -> None:
    sql = "SELECT * FROM (VALUES ('内蒙古', 12, NULL), ('B', 3, 1.5)) t(省份, n, 比例)"
    assert written(edition, sql, "table") == (
        "省份     n  比例\n──────  ──  ────\n内蒙古  12\nB        3   1.5\n",
        "共 2 行",
    )


def test_table_tells_the_rows_and_cells_that_it_does_not_show(edition: Edition) -> None:
    shown, told = written(edition, "SELECT range, repeat('很长', 99) FROM range(250)", "table")
    assert len(shown.splitlines()) == 102
    assert shown.splitlines()[2].endswith("很长" * 14 + "很…")
    assert told == "共 250 行,只列出前 100 行;有 100 格太长,只显示开头;用 --format csv 或 json 得到全部"


def test_table_lets_no_control_character_through(edition: Edition) -> None:
    shown, _ = written(edition, "SELECT chr(27) || '[31m红' || chr(10) || '色' AS a", "table")
    assert shown == "a\n" + "─" * 10 + "\n [31m红 色\n"


def test_a_plan_is_shown_as_drawn(edition: Edition) -> None:
    shown, _ = written(edition, "EXPLAIN SELECT 1", "table")
    assert shown.startswith("╭─ Projection")
    assert len(shown.splitlines()) > 3


def test_csv_and_json_hold_all_rows_exactly(edition: Edition) -> None:
    sql = (
        "SELECT range AS n, ['a', '逗,号'] AS l, {'k': 0.1::DECIMAL(9, 3)} AS s, 'x' || chr(10) || '\"' AS t, "
        "NULL AS u, DATE '2021-04-01' AS d, 'nan'::DOUBLE AS f, 12345678901234567890.123456::DECIMAL(28, 6) AS e "
        "FROM range(2500)"
    )
    text, told = written(edition, sql, "csv")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert told is None
    assert len(rows) == 2500
    assert rows[2] == {
        "n": "2",
        "l": '["a", "逗,号"]',
        "s": '{"k": 0.1}',
        "t": 'x\n"',
        "u": "",
        "d": "2021-04-01",
        "f": "nan",
        "e": "12345678901234567890.123456",
    }
    records = json.loads(written(edition, sql, "json")[0])
    assert len(records) == 2500
    assert records[2] == {
        "n": 2,
        "l": ["a", "逗,号"],
        "s": {"k": 0.1},
        "t": 'x\n"',
        "u": None,
        "d": "2021-04-01",
        "f": "nan",
        "e": "12345678901234567890.123456",
    }


def test_json_keeps_columns_of_one_name_apart(edition: Edition) -> None:
    assert json.loads(written(edition, "SELECT 1 AS a, 2 AS a, 3 AS a_2", "json")[0]) == [
        {"a": 1, "a_2": 2, "a_2_2": 3}
    ]


def test_an_empty_answer_has_its_head(edition: Edition) -> None:
    sql = "SELECT month, text FROM items WHERE false"
    assert written(edition, sql, "table") == ("month  text\n─────  ────\n", "共 0 行")
    assert written(edition, sql, "csv") == ("month,text\n", None)
    assert written(edition, sql, "json") == ("[]\n", None)
