"""docs/archive-schema.md says what the archive's files hold: no column more or less, and code that runs."""

import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from service import examples
from service.archive import schema, views
from service.archive.edition import VECTORS, Commit, EditionRecord
from service.archive.parts import OpenPartMaker, packed_rows
from service.files import write_whole
from tests.archives import archive_of, source
from tests.conftest import REAL_MONTH, ROOT

PAGE = (ROOT / "docs" / "archive-schema.md").read_text("utf-8")
TABLES = {**schema.TABLES, "files": schema.FILES, "duplicates": schema.DUPLICATES, VECTORS: schema.VECTORS}
COUNTS = """SELECT month, theme, count(*) FROM (SELECT month, unnest(themes) AS theme FROM items)
GROUP BY month, theme ORDER BY month, theme"""
SECTIONS = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
CODE = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def documented(text: str) -> list[tuple[str, ...]]:
    """The rows of the tables in `text` whose first cell is code, without their code marks."""
    rows = re.findall(r"^\| (`.*) \|$", text, re.MULTILINE)
    return [tuple(cell.strip() for cell in row.split(" | ")) for row in rows]


def type_of(field: pa.Field) -> str:
    return str(field.type).replace("item: ", "").replace("element: ", "")


@pytest.mark.parametrize("table", TABLES)
def test_every_column_is_in_the_page_with_its_type_meaning_and_an_example(table: str) -> None:
    rows = documented(SECTIONS[table])
    assert [row[:2] for row in rows] == [(f"`{field.name}`", type_of(field)) for field in TABLES[table]]
    assert all(len(row) == 4 and row[2] and row[3] for row in rows)


def test_the_page_has_no_table_that_is_not_there_and_tells_the_version() -> None:
    tables = [name for name, text in SECTIONS.items() if "| 列 |" in text]
    assert tables == list(TABLES)
    assert f"第 {schema.VERSION} 版" in PAGE


@pytest.mark.parametrize(("file", "record"), [("edition", EditionRecord), ("commits/<part>", Commit)])
def test_every_item_of_the_json_files_is_in_the_page(file: str, record: type[Any]) -> None:
    text = PAGE.partition(f"`{file}.json` 的各项")[2].partition("\n\n")[2].partition("\n\n")[0]
    assert [row[0] for row in documented(text)] == [f"`{name}`" for name in record.model_fields]


def test_the_code_of_the_page_reads_an_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pandas")
    april = tmp_path / "april.txt"
    april.write_text(examples.BULLETIN, "utf-8")
    edition = archive_of(tmp_path / "archive", [REAL_MONTH, april])
    # The real month was read again: its rows in the first part no longer count.
    (first,) = edition.commits()
    made = OpenPartMaker(None, abstracts=False, vectors=True)().make([source(REAL_MONTH)])
    newer = {"part": "part-2", "serial": 2, "sources": (source(REAL_MONTH).source,), "rows": dict(made.rows)}
    edition.write(first.model_copy(update=newer), made.tables)
    write_whole(edition.path / "duplicates.parquet", packed_rows([], schema.DUPLICATES))
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for code in CODE:
        exec(code, names)
    with views.connect(edition) as connection:
        assert names["counts"] == connection.execute(COUNTS).fetchall()
    assert (
        names["by_month"]["2019-12", "training"]
        == {(month, theme): count for month, theme, count in names["counts"]}["2019-12", "training"]
    )
