"""A theme that came later is asked of items that were labelled before it."""

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

from bulletin.errors import TaxonomyError
from bulletin.themes import Theme
from training import corpus, taxonomy
from training.corpus import LabelledMonth, shipped_themes
from training.labelled import commands, relabel
from training.labelled.months import labelled_months
from training.labelled.problems import LabelsError
from training.labelled.store import MonthStore

THEME = Theme("data_governance", "教育数字治理", "数据与管理系统。", ("学籍", "填报"))
WHEN = datetime(2024, 5, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def months() -> list[LabelledMonth]:
    return corpus.load()[:2]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home whose table has the new theme."""
    path = taxonomy.begin(tmp_path / "home")
    new = f'\n[[themes]]\nid = "{THEME.id}"\nname = "{THEME.name}"\nguidance = "说明"\nkeywords = ["学籍"]\n'
    path.write_text(path.read_text("utf-8").replace('version = "1"', 'version = "2"') + new, "utf-8")
    return path.parent


def table(*rows: Sequence[str]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerows([("月份", "编号", "是否属于"), *rows])
    return buffer.getvalue().encode()


def answers(months: Sequence[LabelledMonth], *rows: Sequence[str]) -> list[LabelledMonth]:
    return relabel.answered(months, THEME.id, relabel.read(table(*rows), "答.csv"), "答.csv")


def test_a_sheet_has_every_item_that_was_not_asked_about_likeliest_first(
    months: list[LabelledMonth],
) -> None:
    rows = list(openpyxl.load_workbook(BytesIO(relabel.sheet(months, THEME))).worksheets[0].values)
    assert rows[0] == relabel.COLUMNS
    assert {(row[0], row[1]) for row in rows[1:]} == {(m.name, i.id) for m in months for i in m.items}
    hits = [any(word in str(row[3]) for word in THEME.keywords) for row in rows[1:]]
    assert any(hits)
    assert hits == sorted(hits, reverse=True)
    assert {row[5] for row in rows[1:]} == {None}


def test_a_filled_sheet_is_read_back(months: list[LabelledMonth]) -> None:
    book = openpyxl.load_workbook(BytesIO(relabel.sheet(months, THEME)))
    book.worksheets[0]["F2"], book.worksheets[0]["F3"] = "是", "否"
    buffer = BytesIO()
    book.save(buffer)
    found = relabel.read(buffer.getvalue(), "答.xlsx")
    assert [(one.row, one.answer) for one in found] == [(2, "是"), (3, "否")]
    changed = relabel.answered(months, THEME.id, found, "答.xlsx")
    assert sum(item.knows(THEME.id) for month in changed for item in month.items) == 2


def test_answers_make_items_known_and_leave_the_rest_as_it_was(months: list[LabelledMonth]) -> None:
    month = months[0]
    yes, no, unasked = month.items[:3]
    (changed,) = answers(months, (month.name, yes.id, "是"), (month.name, no.id, "否"))
    asked = (*shipped_themes(), THEME.id)
    assert changed.items[:2] == (
        replace(yes, themes=(*yes.themes, THEME.id), asked=asked),
        replace(no, asked=asked),
    )
    assert changed.items[2:] == (unasked, *month.items[3:])
    assert changed.sha256 != month.sha256
    assert not unasked.knows(THEME.id)
    assert changed.items[1].knows(THEME.id)
    (taken_back,) = answers([changed], (month.name, yes.id, "否"))
    assert taken_back.items[0].themes == yes.themes
    assert answers([changed], (month.name, yes.id, "是")) == []


def test_every_answer_that_cannot_be_used_is_named(months: list[LabelledMonth]) -> None:
    month, item = months[0], months[0].items[0]
    with pytest.raises(LabelsError) as caught:
        answers(
            months,
            (month.name, item.id, "是"),
            (month.name, item.id, "否"),
            ("1999-01", item.id, "是"),
        )
    assert str(caught.value) == (
        "标注有 2 处问题,什么都没有导入:\n"
        f"  答.csv 第3行:{month.name} {item.id} 填了否,第2行填了是;请商定后改成一致。\n"
        f"  答.csv 第4行:没有 1999-01 的 {item.id};请核对月份和编号,或先导入这一期的标注。"
    )
    with pytest.raises(LabelsError) as caught:
        answers(months, (month.name, item.id, "也许"))
    assert str(caught.value).endswith("答.csv 第2行:“也许”不是答案;请填 是 或 否。")
    with pytest.raises(LabelsError) as caught:
        relabel.read(b"a,b\n", "答.csv")
    assert str(caught.value).endswith("答.csv 第1行:表头缺少 月份、编号、是否属于;请不要删改第一行。")


def test_what_is_no_workbook_is_refused() -> None:
    with pytest.raises(LabelsError) as caught:
        relabel.read(b"no zip", "答.xlsx")
    assert str(caught.value).endswith(
        "答.xlsx:打不开(BadZipFile);请确认它是 xlsx,并用 WPS 或 Excel 另存一次。"
    )


def test_answers_are_kept_as_revisions_also_of_files_without_a_month(home: Path, tmp_path: Path) -> None:
    months = labelled_months(home)
    chosen = [months[0], months[-1]]
    assert chosen[1].month is None
    path = tmp_path / "答.csv"
    path.write_bytes(table(*((month.name, month.items[0].id, "是") for month in chosen)))
    assert commands.relabel(home, THEME.id, path, "张三", WHEN) == 2
    assert commands.relabel(home, THEME.id, path, "张三", WHEN) == 0
    assert MonthStore(home).months() == [month.name for month in chosen]
    now = labelled_months(home)
    assert [month.name for month in now] == [month.name for month in months]
    assert [THEME.id in month.items[0].themes for month in (now[0], now[-1], now[1])] == [True, True, False]


def test_a_theme_of_no_table_is_refused_with_the_mend(tmp_path: Path) -> None:
    with pytest.raises(TaxonomyError) as caught:
        commands.relabel_sheet(tmp_path, "data_governance")
    known = "、".join(shipped_themes())
    assert str(caught.value) == (
        f"主题表里没有 data_governance;可选:{known};增加主题请先 yuebao themes edit。"
    )
