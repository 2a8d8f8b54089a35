"""`yuebao archive report`: three files that say what the archive says."""

import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import docx as word
import pytest
from lxml import etree
from lxml import html as markup
from openpyxl import load_workbook

from benchmarks.archive_report import text
from service.archive.edition import Edition
from service.archive.report import compose, data, sql
from service.archive.report.tables import Report
from service.archive.views import connect
from tests.archives import archive_of
from tests.conftest import REAL_MONTH, ROOT
from training import corpus

DOCS = ROOT / "docs" / "archive-report" / "README.md"
MONTHS = ("2019-05", "2019-11", "2020-02")
NAMES = {
    "network_security": "网络安全", "smart_campus": "智慧校园", "app_governance": "APP治理", "training": "培训",
    "resources": "资源", "-": "其他",
}  # fmt: skip


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Edition:
    """Three synthetic months, the real one, and a file that is none."""
    folder = tmp_path_factory.mktemp("archive")
    paths = [REAL_MONTH, folder / "broken.txt"]
    paths[1].write_text("这里没有月报。", "utf-8")
    for month in corpus.load([corpus.shipped() / f"{name}.yb" for name in MONTHS]):
        paths.append(folder / f"{month.name}.txt")
        paths[-1].write_text(text(month), "utf-8")
    return archive_of(folder / "archive", paths)


@pytest.fixture(scope="module")
def told(edition: Edition) -> Report:
    asked = data.load(edition)
    return compose.report(asked, compose.chinese_font(asked))


@pytest.fixture(scope="module")
def files(edition: Edition, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the command wrote."""
    out = tmp_path_factory.mktemp("out")
    done = run("archive", "report", str(edition.path.parents[1]), "-o", str(out))
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(out / f"report.{kind}") for kind in ("html", "xlsx", "docx")]
    return out


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "service.cli", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def sheet(files: Path, name: str) -> list[list[Any]]:
    """The rows of a sheet, below its heading."""
    book = load_workbook(files / "report.xlsx")
    return [[cell.value for cell in row] for row in book[name].iter_rows(min_row=2)]


def page_table(files: Path, id: str) -> list[list[str]]:
    """The rows of a table of the page, below its heading."""
    page = markup.fromstring((files / "report.html").read_bytes())
    rows = page.xpath(f"//table[@id='table-{id}']/tbody/tr")
    return [[cell.text_content() for cell in row] for row in rows]


def figures(rows: list[list[str]]) -> list[list[Any]]:
    """Page cells as numbers where they are."""
    return [
        [int(cell.replace(",", "")) if re.fullmatch(r"[\d,]+", cell) else cell for cell in row]
        for row in rows
    ]


def questions() -> list[str]:
    """The SQL that the documentation gives."""
    return re.findall(r"```sql\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)


def answer(edition: Edition, question: str) -> list[tuple[Any, ...]]:
    return connect(edition).execute(question).fetchall()


def crossed(answers: list[tuple[Any, ...]]) -> dict[tuple[str, str], int]:
    return {(place, NAMES[theme]): count for place, theme, count in answers}


def crossed_rows(rows: list[list[Any]]) -> dict[tuple[str, str], int]:
    """Place × theme from a table of the report: place, items, then a column a theme."""
    return {
        (row[0], name): count
        for row in rows
        for name, count in zip(NAMES.values(), row[2:], strict=True)
        if count
    }


def test_the_documentation_gives_the_reports_own_questions() -> None:
    own = {value.strip() for value in vars(sql).values() if isinstance(value, str) and "SELECT" in value}
    given = [question.strip() for question in questions()]
    assert len(given) == 8
    assert set(given) <= own


def test_the_overview_is_what_the_query_answers(edition: Edition, files: Path) -> None:
    assert sql.OVERVIEW.strip() + "\n" in questions()
    ((bulletins, months, undated, entries),) = answer(edition, sql.OVERVIEW)
    ((items, national, other, review),) = answer(edition, sql.ITEMS)
    unread = answer(edition, sql.ERRORS)
    errors = len(unread)
    assert page_table(files, "errors") == [list(row) for row in unread]
    assert sheet(files, "读不了的")[0] == list(unread[0])
    assert (bulletins, months, undated, errors) == (4, 4, 0, 1)
    expected = {
        "有月报的月份": months, "其间没有月报的月份": 6, "月报(期)": bulletins, "各地条目": entries, "事项": items,
        "其中全国的": national, "其中各地的": items - national, "不属任何主题(其他)": other, "待核": review,
        "读不了的文件和月报": errors,
    }  # fmt: skip
    assert expected.items() <= dict(sheet(files, "概况")).items()
    assert expected.items() <= dict(figures(page_table(files, "overview"))).items()


def test_months_are_what_the_query_answers(edition: Edition, files: Path) -> None:
    expected = [list(row) for row in answer(edition, sql.MONTHS)]
    assert [row[:4] for row in sheet(files, "各月")] == expected
    assert [row[:4] for row in figures(page_table(files, "months"))] == expected


@pytest.mark.parametrize(
    ("question", "name", "id"),
    [
        (sql.THEMES_BY_MONTH, "主题逐月件数", "trend-items"),
        (sql.THEMES_BY_PROVINCE, "主题×省份", "provinces"),
    ],
)
def test_themes_are_what_the_query_answers(
    edition: Edition, files: Path, question: str, name: str, id: str
) -> None:
    expected = crossed(answer(edition, question))
    assert crossed_rows(sheet(files, name)) == expected
    assert crossed_rows(figures(page_table(files, id))) == expected


def test_shares_are_of_the_months_items(edition: Edition, files: Path) -> None:
    items = {month: count for month, _, _, count in answer(edition, sql.MONTHS)}
    counts = crossed(answer(edition, sql.THEMES_BY_MONTH))
    for row, printed in zip(sheet(files, "主题逐月占比"), page_table(files, "trend-shares"), strict=True):
        shares = [counts.get((row[0], name), 0) / items[row[0]] for name in NAMES.values()]
        assert row[1:] == pytest.approx(shares)
        assert printed[1:] == [f"{share:.1%}" for share in shares]


def test_the_ledger_is_what_the_query_answers(edition: Edition, files: Path) -> None:
    expected: dict[str, list[str]] = {}
    for province, month in answer(edition, sql.MISSING):
        expected.setdefault(province, []).append(month)
    for rows in (sheet(files, "缺报"), figures(page_table(files, "missing"))):
        assert {row[0]: row[5].split("、") for row in rows if row[1]} == expected
        assert {row[0]: row[1] for row in rows if row[1]} == {
            name: len(own) for name, own in expected.items()
        }


def test_every_number_of_a_series_stands_where_it_is_cited(edition: Edition, files: Path) -> None:
    texts = dict(answer(edition, "SELECT month, text FROM bulletins"))
    rows = sheet(files, "数字逐月")
    assert len(rows) >= 9
    for row in rows:
        month, _, span = row[-1].split(" ")
        start, end = map(int, span.split("–"))
        assert (month, texts[month][start:end].replace("\n", "")) == (row[2], row[3])


def test_titles_stand_where_they_are_cited_and_new_ones_in_no_month_before(
    edition: Edition, files: Path
) -> None:
    texts = dict(answer(edition, "SELECT month, text FROM bulletins"))
    rows = sheet(files, "新标题")
    assert rows
    for title, _, _, place in rows:
        month, _, span = place.split(" ")
        start, end = map(int, span.split("–"))
        assert texts[month][start:end] == title
        assert not any(title in text for other, text in texts.items() if other < month)


def test_the_page_is_whole_and_reaches_for_nothing(files: Path) -> None:
    content = (files / "report.html").read_text("utf-8")
    page = markup.fromstring(content.encode())
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert page.xpath("//script | //link | //img | //iframe") == []
    assert set(page.xpath("//a/@href")) <= {f"#{id}" for id in ids}
    assert "http" not in content.replace("http://www.w3.org/", "")
    assert page.get("lang") == "zh-CN"
    for table in page.xpath("//table"):
        assert table.xpath("caption")
        assert table.xpath("thead//th[not(@scope='col')] | tbody//th[not(@scope='row')]") == []


def test_every_chart_is_well_formed_svg_with_words_and_a_table_beside_it(told: Report) -> None:
    charts = [(chapter, chart) for chapter in told.chapters for chart in chapter.charts]
    assert [chart.id for _, chart in charts] == ["trend", "heat", "grid", "spread", "series"]
    for chapter, chart in charts:
        root = etree.fromstring(chart.svg.encode())
        assert root.get("aria-label") == chart.words
        assert chapter.tables
        words = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
        assert any(word and not word.isascii() for word in words), "text stays text"


def test_the_document_has_every_table_with_chinese_fonts(files: Path, told: Report) -> None:
    document = word.Document(str(files / "report.docx"))
    headings = [[cell.text for cell in table.rows[0].cells] for table in document.tables]
    assert headings == [[column.label for column in table.columns] for table in told.tables()]
    assert [len(table.rows) - 1 for table in document.tables] == [len(table.rows) for table in told.tables()]
    fonts_of = document.styles["Normal"].element.rPr.rFonts
    assert fonts_of.get("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}eastAsia") == "宋体"


def test_the_workbook_has_every_table_a_scale_and_lines(files: Path, told: Report) -> None:
    book = load_workbook(files / "report.xlsx")
    assert book.sheetnames == ["说明", *(table.sheet for table in told.tables())]
    assert {book[table.sheet].freeze_panes for table in told.tables()} == {"B2"}
    assert len(book["主题×省份"].conditional_formatting) == 1
    # openpyxl reads no charts back.
    with zipfile.ZipFile(files / "report.xlsx") as content:
        assert [name for name in content.namelist() if "charts/chart" in name] == ["xl/charts/chart1.xml"]


def test_the_same_edition_makes_the_same_files(edition: Edition, files: Path, tmp_path: Path) -> None:
    assert (
        run(
            "archive", "report", str(edition.path.parents[1]), "--edition", edition.name, "-o", str(tmp_path)
        ).returncode
        == 0
    )
    for kind in ("html", "xlsx", "docx"):
        assert (tmp_path / f"report.{kind}").read_bytes() == (files / f"report.{kind}").read_bytes()


def test_chosen_months_are_counted_alone_but_titles_know_those_before(edition: Edition) -> None:
    asked = data.load(edition, "2019-11", "2019-12")
    assert [month.month for month in asked.months] == ["2019-11", "2019-12"]
    assert asked.overview.bulletins == 2
    assert {mention.place.month for mention in asked.titles} == {"2019-05", "2019-11", "2019-12"}
    assert {number.place.month for number in asked.numbers} == {"2019-11", "2019-12"}


def test_without_a_chinese_font_the_words_are_chinese_all_the_same(edition: Edition) -> None:
    asked = replace(data.load(edition), titles=(), numbers=())
    chart = compose.report(asked, None).chapters[1].charts[0]
    assert ">网络安全<" in chart.svg


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--from", "2019-13"], "yuebao:--from 的“2019-13”不是月份;请写成 2019-12\n"),
        (["--from", "2020-02", "--to", "2019-02"], "yuebao:--from 2020-02 在 --to 2019-02 之后;请调换\n"),
    ],
)
def test_months_that_are_none_are_refused(options: list[str], message: str, tmp_path: Path) -> None:
    done = run("archive", "report", str(tmp_path), *options)
    assert (done.returncode, done.stderr) == (2, message)


def test_a_folder_without_an_archive_is_refused(tmp_path: Path) -> None:
    done = run("archive", "report", str(tmp_path))
    assert done.stderr == f"yuebao:{tmp_path} 里没有档案(缺 archive.json);请先运行 yuebao archive build\n"
    assert done.returncode == 2
