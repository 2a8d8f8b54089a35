"""What changed from one edition to another, on rows made by hand, and the files that tell it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

from bulletin import __version__
from service.archive import diff_files, schema, sheets
from service.archive.compare import Comparison, compared
from service.archive.edition import Archive, Commit, Edition, EditionRecord
from service.archive.parts import packed_rows, part_of
from service.archive.rows import Made, Row
from service.archive.sheets import Column
from service.files import write_whole

Scores = Mapping[str, float]


def item(
    bulletin: str, number: int, month: str | None, themes: Sequence[str], scores: Scores, review: bool = False
) -> Row:
    return {
        "bulletin": bulletin,
        "month": month,
        "item": f"北京.{number}",
        "position": number,
        "level": "provincial",
        "province": "北京",
        "text": f"第{number}件。",
        "themes": list(themes),
        "scores": list(scores.items()),
        "review": review,
    }


def edition(
    archive: Archive, name: str, themes: Mapping[str, str], items: Sequence[Row], again: Sequence[str] = ()
) -> Edition:
    """An edition of `items`; the bulletins `again` are others again."""
    record = EditionRecord(
        schema_version=schema.VERSION,
        bundle=name,
        manifest="00",
        taxonomy=f"{name}-themes",
        themes=dict(themes),
        yuebao=__version__,
    )
    made = archive.open_edition(name, record)
    source = Made("s", name, record.taxonomy).row()
    rows: dict[str, list[Row]] = {table: [] for table in schema.TABLES}
    rows["items"] = [{**row, **source} for row in items]
    part = part_of(rows, None)
    commit = Commit(part="p", serial=1, sources=("s",), rows=dict(part.rows), abstracts=False, vectors=False)
    made.write(commit, part.tables)
    duplicates = [{"bulletin": one, "kept": "a", "similarity": 0.9} for one in again]
    write_whole(made.path / "duplicates.parquet", packed_rows(duplicates, schema.DUPLICATES))
    return made


OLD = (
    item("a", 1, "2024-01", ["x"], {"x": 0.9, "y": 0.1}, review=True),
    item("a", 2, "2024-01", ["x", "y"], {"x": 0.8, "y": 0.7}),
    item("a", 3, "2024-01", [], {"x": 0.2, "y": 0.3}),
    item("a", 4, "2024-01", ["y"], {"x": 0.0, "y": 0.6}),
    item("b", 1, "2024-02", ["y"], {"x": 0.0, "y": 0.9}, review=True),
    item("c", 1, None, ["x"], {"x": 0.9, "y": 0.0}),
    item("d", 1, "2024-02", ["x"], {"x": 0.9, "y": 0.0}),
)
NEW = (
    item("a", 1, "2024-01", ["y", "x"], {"x": 0.7, "y": 0.75, "z": 0.1}),
    item("a", 2, "2024-01", ["y", "x"], {"x": 0.8, "y": 0.9, "z": 0.0}, review=True),
    item("a", 3, "2024-01", ["z"], {"x": 0.2, "y": 0.3, "z": 0.8}, review=True),
    item("b", 1, "2024-02", [], {"x": 0.0, "y": 0.4, "z": 0.0}),
    item("b", 2, "2024-02", ["x"], {"x": 0.6, "y": 0.0, "z": 0.0}),
    item("c", 1, None, ["x"], {"x": 0.9, "y": 0.0, "z": 0.0}),
    item("d", 1, "2024-02", ["y"], {"x": 0.0, "y": 0.9, "z": 0.0}),
)


@pytest.fixture
def comparison(tmp_path: Path) -> Iterator[Comparison]:
    archive = Archive(tmp_path / "archive")
    old = edition(archive, "m-1", {"x": "甲", "y": "乙"}, OLD, ["d"])
    new = edition(archive, "m-2", {"y": "乙类", "x": "甲", "z": "丙", "w": "丁"}, NEW, ["d"])
    with compared(old, new) as opened:
        yield opened


def test_months_tell_items_changes_and_reviews(comparison: Comparison) -> None:
    assert [tuple(row.values()) for row in comparison.rows("months")] == [
        # month, items before and after, changed, review before and after
        ("2024-01", 4, 3, 3, 1, 2),
        ("2024-02", 1, 2, 2, 1, 0),
        (None, 1, 1, 0, 0, 0),
    ]


def test_each_theme_of_each_month_tells_what_it_gained_and_lost(comparison: Comparison) -> None:
    assert [tuple(row.values()) for row in comparison.rows("month_themes")] == [
        # month, id, name, items before and after, gained, lost, shares and their change, review before and after
        ("2024-01", "y", "乙类", 2, 2, 1, 1, 0.5, 0.6667, 0.1667, 0, 1),
        ("2024-01", "x", "甲", 2, 2, 0, 0, 0.5, 0.6667, 0.1667, 1, 1),
        ("2024-01", "z", "丙", 0, 1, 1, 0, 0.0, 0.3333, 0.3333, 0, 1),
        ("2024-01", "", "其他", 1, 0, 0, 1, 0.25, 0.0, -0.25, 0, 0),
        ("2024-02", "y", "乙类", 1, 0, 0, 1, 1.0, 0.0, -1.0, 1, 0),
        ("2024-02", "x", "甲", 0, 1, 1, 0, 0.0, 0.5, 0.5, 0, 0),
        ("2024-02", "", "其他", 0, 1, 1, 0, 0.0, 0.5, 0.5, 0, 0),
        (None, "x", "甲", 1, 1, 0, 0, 1.0, 1.0, 0.0, 0, 0),
    ]


def test_the_whole_tells_each_theme_and_how_far_its_scores_moved(comparison: Comparison) -> None:
    assert [tuple(row.values()) for row in comparison.rows("themes")] == [
        # id, name, items before and after, gained, lost, shares, change, review before and after, mean, largest
        ("y", "乙类", 3, 2, 1, 2, 0.5, 0.3333, -0.1667, 1, 1, 0.27, 0.65),
        ("x", "甲", 3, 4, 1, 0, 0.5, 0.6667, 0.1667, 1, 1, 0.04, 0.2),
        ("z", "丙", 0, 1, 1, 0, 0.0, 0.1667, 0.1667, 0, 1, None, None),
        ("w", "丁", 0, 0, 0, 0, 0.0, 0.0, 0.0, 0, 0, None, None),
        ("", "其他", 1, 1, 1, 1, 0.1667, 0.1667, 0.0, 0, 0, None, None),
    ]


def test_every_item_whose_themes_changed_is_told_with_both_sides(comparison: Comparison) -> None:
    found = list(comparison.rows("items"))
    assert [(row["bulletin"], row["item"], row["old_themes"], row["new_themes"]) for row in found] == [
        ("a", "北京.1", ["x"], ["y", "x"]),
        ("a", "北京.3", [], ["z"]),
        ("a", "北京.4", ["y"], None),
        ("b", "北京.1", ["y"], []),
        ("b", "北京.2", None, ["x"]),
    ]
    assert found[0] == {
        "month": "2024-01",
        "bulletin": "a",
        "item": "北京.1",
        "heading": "北京",
        "text": "第1件。",
        "old_themes": ["x"],
        "new_themes": ["y", "x"],
        "old_scores": {"x": 0.9, "y": 0.1},
        "new_scores": {"x": 0.7, "y": 0.75, "z": 0.1},
        "old_review": True,
        "new_review": False,
    }


def test_the_scores_that_moved_are_told_from_the_largest_on(comparison: Comparison) -> None:
    found = [(row["bulletin"], row["item"], row["name"], row["shift"]) for row in comparison.rows("scores")]
    assert found == [
        ("a", "北京.1", "乙类", 0.65),
        ("b", "北京.1", "乙类", -0.5),
        ("a", "北京.1", "甲", -0.2),
        ("a", "北京.2", "乙类", 0.2),
    ]


def test_an_edition_does_not_differ_from_itself(comparison: Comparison) -> None:
    with compared(comparison.new, comparison.new) as same:
        assert [row["changed"] for row in same.rows("months")] == [0, 0, 0]
        assert not any(row["gained"] or row["lost"] for row in same.rows("month_themes"))
        assert list(same.rows("items")) == list(same.rows("scores")) == []


def test_the_workbook_says_the_same_in_chinese(comparison: Comparison, tmp_path: Path) -> None:
    diff_files.write(comparison, tmp_path / "diff")
    book = openpyxl.load_workbook(tmp_path / "diff" / "diff.xlsx")
    assert book.sheetnames == ["说明", "各月", "各月各主题", "各主题", "主题变了的事项", "概率变化最大"]
    values = {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets}
    assert values["说明"] == [
        (None, "旧版", "新版"),
        ("档案版本", "m-1", "m-2"),
        ("模型", "m-1", "m-2"),
        ("主题表版本", "m-1-themes", "m-2-themes"),
        ("主题", "甲、乙", "乙类、甲、丙、丁"),
    ]
    assert values["各月"][:2] == [
        ("月份", "旧版事项", "新版事项", "主题变了", "旧版待核", "新版待核"),
        ("2024-01", 4, 3, 3, 1, 2),
    ]
    for title, table in (("各月各主题", "month_themes"), ("各主题", "themes"), ("概率变化最大", "scores")):
        assert len(values[title]) == 1 + len(list(comparison.rows(table)))
    assert values["主题变了的事项"] == [
        ("月份", "月报", "编号", "省份或专题", "内容", "旧版主题", "新版主题", "增加", "减少", "旧版待核", "新版待核"),
        ("2024-01", "a", "北京.1", "北京", "第1件。", "甲", "乙类、甲", "乙类 0.10→0.75", None, "待核", None),
        ("2024-01", "a", "北京.3", "北京", "第3件。", "其他", "丙", "丙 —→0.80", None, None, "待核"),
        ("2024-01", "a", "北京.4", "北京", "第4件。", "乙类", "(没有这一件)", None, "乙类 0.60→—", None, None),
        ("2024-02", "b", "北京.1", "北京", "第1件。", "乙类", "其他", None, "乙类 0.90→0.40", "待核", None),
        ("2024-02", "b", "北京.2", "北京", "第2件。", "(没有这一件)", "甲", "甲 —→0.60", None, None, None),
    ]  # fmt: skip
    shares = book["各主题"]["G2"]
    assert (shares.value, shares.number_format, book["各主题"].freeze_panes) == (0.5, "0.0%", "A2")


def test_the_json_lines_hold_the_rows_and_the_editions(comparison: Comparison, tmp_path: Path) -> None:
    diff_files.write(comparison, tmp_path)
    for table in ("months", "month_themes", "themes", "items", "scores"):
        lines = (tmp_path / f"{table.replace('_', '-')}.jsonl").read_text("utf-8").splitlines()
        assert [json.loads(line) for line in lines] == list(comparison.rows(table))
    editions = json.loads((tmp_path / "editions.json").read_text("utf-8"))
    assert editions["new"] == {"edition": "m-2", **comparison.new.record.model_dump()}


def test_the_comparison_is_told_in_a_few_lines(comparison: Comparison) -> None:
    assert list(diff_files.told(comparison)) == [
        "m-1(主题表 m-1-themes)→ m-2(主题表 m-2-themes)",
        "3 个月 6 件:主题变了的 5 件,待核 2 → 2 件",
        "  乙类:3 → 2 件(增 1,减 2),占 50.0% → 33.3%",
        "  甲:3 → 4 件(增 1,减 0),占 50.0% → 66.7%",
        "  丙:0 → 1 件(增 1,减 0),占 0.0% → 16.7%",
        "  丁:0 → 0 件(增 0,减 0),占 0.0% → 0.0%",
        "  其他:1 → 1 件(增 1,减 1),占 16.7% → 16.7%",
    ]


def test_rows_that_a_sheet_cannot_hold_go_on_in_the_next_one() -> None:
    target = BytesIO()
    rows = [(number, "=1+1") for number in range(5)]
    sheets.write(target, [("事项", (Column("数", 6), Column("文", 6)), rows)], max_rows=3)
    book = openpyxl.load_workbook(target)
    assert book.sheetnames == ["事项", "事项 2", "事项 3"]
    found = [row for sheet in book.worksheets for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert found == rows
    assert [sheet.auto_filter.ref for sheet in book.worksheets] == ["A1:B3", "A1:B3", "A1:B2"]
    assert book["事项"]["B2"].data_type == "s"


def test_a_sheet_without_rows_has_its_header() -> None:
    target = BytesIO()
    sheets.write(target, [("事项", (Column("数", 6),), [])])
    assert list(openpyxl.load_workbook(target)["事项"].iter_rows(values_only=True)) == [("数",)]
