"""A report as page, workbook and document: small archives, odd ones, and text that is no markup."""

from collections.abc import Iterator
from io import BytesIO

import docx as word
import pytest
from lxml import html as markup
from openpyxl import load_workbook

from service.archive.report import compose, data, fonts, tables
from service.archive.report.docx import docx
from service.archive.report.html import html
from service.archive.report.tables import Chapter, Column, Report, Table
from service.archive.report.xlsx import xlsx
from tests import report_rows

SIX = (
    *report_rows.THEMES,
    ("smart_campus", "智慧校园"),
    ("apps", "APP治理"),
    ("resources", "资源"),
    ("ai", "人工智能"),
)


def rendered(report: Report) -> dict[str, bytes]:
    return {"html": html(report), "xlsx": xlsx(report), "docx": docx(report)}


def opened(made: dict[str, bytes]) -> Iterator[int]:
    """The number of tables of each file, which opens."""
    yield len(markup.fromstring(made["html"]).xpath("//table"))
    yield len(load_workbook(BytesIO(made["xlsx"])).sheetnames) - 1
    yield len(word.Document(BytesIO(made["docx"])).tables)


@pytest.mark.parametrize(
    "asked",
    [
        report_rows.data(),
        report_rows.data(["2019-11"], by_month=[("2019-11", "training", 3)]),
        report_rows.data(["2019-11", "2020-02"], by_month=[("2019-11", "ai", 3)], themes=SIX),
        report_rows.data(
            [f"{year}-{month:02d}" for year in range(2015, 2025) for month in range(1, 13)], items=0
        ),
    ],
    ids=["no month", "one month", "six themes", "ten years without items"],
)
def test_small_and_odd_archives_are_told_too(asked: data.Data) -> None:
    made = compose.report(asked, None)
    assert set(opened(rendered(made))) == {len(list(made.tables()))}


def test_an_archive_without_months_says_so() -> None:
    made = compose.report(report_rows.data(), None)
    assert made.subtitle == "没有月报"
    assert made.chapters[0].words[0] == "所选的月份里没有月报。"
    assert [chart for chapter in made.chapters for chart in chapter.charts] == []


def test_one_month_has_nothing_to_be_held_against() -> None:
    made = compose.report(report_rows.data(["2019-11"]), None)
    assert made.chapters[4].words == ("只有一个月的月报,没有上一期可比。",)


def hostile(rows: int = 1) -> Report:
    columns = (Column("<b>名", width=20), Column("数", "count"))
    table = Table(
        "t", "表", "<i>题", columns, tuple(("=1+1<script>alert(1)</script>\x00", n) for n in range(rows))
    )
    return Report("题", "副题", "出处", (Chapter("c", "<u>章", ("<s>话",), (), (table,)),))


def test_whatever_a_bulletin_says_is_text() -> None:
    made = rendered(hostile())
    page = markup.fromstring(made["html"])
    assert page.xpath("//script | //b | //i | //u | //s") == []
    assert "<script>alert(1)</script>" in page.xpath("//tbody//th")[0].text_content()
    cell = load_workbook(BytesIO(made["xlsx"]))["表"]["A2"]
    assert (cell.data_type, cell.quotePrefix, cell.value) == (
        "s",
        True,
        "=1+1<script>alert(1)</script>\ufffd",
    )


def test_what_is_too_long_to_print_is_whole_in_the_workbook() -> None:
    made = rendered(hostile(rows=tables.MOST_PRINTED + 1))
    page = markup.fromstring(made["html"])
    assert len(page.xpath("//tbody/tr")) == tables.MOST_PRINTED
    assert page.xpath("//p[@class='remark']/text()") == ["此处列出前 500 行,全部 501 行见 xlsx 的“表”。"]
    assert load_workbook(BytesIO(made["xlsx"]))["表"].max_row == tables.MOST_PRINTED + 2


def test_figures_are_printed_as_readers_know_them() -> None:
    shown = [
        tables.shown(cell, kind)
        for cell, kind in (
            (None, "count"),
            (12345, "count"),
            (0.1234, "share"),
            (-0.012, "points"),
            (0, "change"),
            (5, "change"),
        )
    ]
    assert shown == ["—", "12,345", "12.3%", "−1.2", "0", "+5"]


def test_a_font_is_chosen_by_its_characters() -> None:
    assert fonts.chinese(["\U0010fffd"]) is None
