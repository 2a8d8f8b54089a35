"""`yuebao archive query` and `search`, run as processes of their own."""

import json
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("duckdb")

import pyarrow as pa
import pyarrow.parquet as pq

from service.archive import schema
from service.archive.edition import Archive
from tests.archives import source
from tests.behaviour.test_cli import COMMAND, TIMEOUT_S, environment, yuebao
from tests.conftest import REAL_MONTH

THEMES = "网络安全(network_security)、智慧校园(smart_campus)、APP治理(app_governance)、培训(training)、资源(resources)"


def told(done: subprocess.CompletedProcess[bytes]) -> tuple[int, str, str]:
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_query_prints_a_table(small_archive: Path) -> None:
    sql = "SELECT level, count(*) AS 件数 FROM items WHERE month = '2019-12' GROUP BY level ORDER BY level"
    assert told(yuebao("archive", "query", sql, "-a", small_archive)) == (
        0,
        "level       件数\n──────────  ────\nnational      19\nprovincial    61\n",
        "共 2 行\n",
    )


def test_query_writes_files_that_excel_reads(small_archive: Path, tmp_path: Path) -> None:
    out = tmp_path / "新" / "数.csv"
    done = yuebao(
        "archive", "query", "SELECT 1 AS 数, '甲' AS 名", "--format", "csv", "-o", out,
        YUEBAO_ARCHIVE=str(small_archive),
    )  # fmt: skip
    assert told(done) == (0, "", "")
    assert out.read_bytes() == "\ufeff数,名\n1,甲\n".encode()


def test_a_failed_query_leaves_no_file(small_archive: Path, tmp_path: Path) -> None:
    out = tmp_path / "数.json"
    sql = "SELECT CASE WHEN range = 5000 THEN error('坏了') ELSE 'x' END FROM range(9000)"
    done = yuebao("archive", "query", sql, "-f", "json", "-o", out, "-a", small_archive)
    assert told(done) == (2, "", "yuebao:这条 SQL 没有做成:Invalid Input Error: 坏了\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        (
            "COPY items TO '/tmp/x.csv'",
            "只能运行一条查询(SELECT、WITH、FROM、DESCRIBE、SHOW、SUMMARIZE、EXPLAIN);PIVOT 要用 IN 写明各列",
        ),
        ("FROM read_text('/etc/passwd')", "不能用 read_text():只能查档案的表,SHOW TABLES 列出它们"),
        ("SELECT range(2000000000)", "查询要的内存超过了上限:请缩小范围,或分几次查"),
    ],
)
def test_what_query_refuses_ends_with_2(small_archive: Path, sql: str, said: str) -> None:
    assert told(yuebao("archive", "query", sql, "-a", small_archive)) == (2, "", f"yuebao:{said}\n")


def test_search_tells_month_province_themes_and_place(small_archive: Path) -> None:
    assert told(yuebao("archive", "search", "网络安全", "培训会", "-a", small_archive)) == (
        0,
        "2019-12  北京  培训  网络安全\n"
        "    12月20日,市教委召开网络安全培训会,共计180人参加培训。\n"
        "    50529db06050bca2-1 北京.1 第 1794-1825 字\n",
        "共 1 件\n",
    )


def test_search_names_the_file_that_it_found(small_archive: Path, tmp_path: Path) -> None:
    own = Path(shutil.copytree(small_archive, tmp_path / "档案"))
    row = {
        "path": "年/2019-12.txt",
        "source": source(REAL_MONTH).source,
        "bytes": 1,
        "stamp": "",
        "error": None,
    }
    pq.write_table(pa.Table.from_pylist([row], schema.FILES), Archive(own).current().path / "files.parquet")
    done = yuebao("archive", "search", '"网络安全培训会"', "-a", own)
    assert "\n    年/2019-12.txt 北京.1 第 1794-1825 字\n" in done.stdout.decode()


def test_search_as_json_is_one_hit_a_line(small_archive: Path) -> None:
    done = yuebao("archive", "search", "网络", "--theme", "培训", "-n", "2", "--json", "-a", small_archive)
    hits = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert len(hits) == 2
    assert all("training" in hit["themes"] and hit["hits"] for hit in hits)


def test_search_by_meaning(small_archive: Path) -> None:
    done = yuebao("archive", "search", "防范黑客", "--semantic", "-n", "1", "--json", "-a", small_archive)
    assert json.loads(done.stdout)["themes"][0] == "network_security"
    assert done.stderr.decode() == "按词和意思排出 135 件,列出前 1 件\n"


def test_search_that_finds_nothing_says_what_else_to_try(small_archive: Path) -> None:
    assert told(yuebao("archive", "search", "潜水艇", "-a", small_archive)) == (
        0,
        "",
        "没有找到;词换得短些,或加 --semantic 按意思找\n",
    )


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--theme", "体育"], f"档案里没有主题“体育”;已有:{THEMES}"),
        (["--from", "2019"], "月份“2019”不对:请写作 2021-04 这样"),
    ],
)
def test_search_refuses_filters_that_nothing_passes(
    small_archive: Path, options: list[str], said: str
) -> None:
    done = yuebao("archive", "search", "网络", *options, "-a", small_archive)
    assert told(done) == (2, "", f"yuebao:{said}\n")


def test_without_an_archive_the_mend_is_told(tmp_path: Path) -> None:
    said = f"yuebao:{tmp_path / 'archive'} 里没有档案(缺 archive.json);请先运行 yuebao archive build\n"
    for asked in (["search", "网络"], ["query", "SELECT 1"]):
        assert told(yuebao("archive", *asked, YUEBAO_HOME=str(tmp_path))) == (2, "", said)


def test_an_edition_that_is_not_there_is_told(small_archive: Path) -> None:
    name = Archive(small_archive).current().name
    done = yuebao("archive", "search", "网络", "--edition", "2031", "-a", small_archive)
    assert told(done) == (2, "", f"yuebao:档案 {small_archive} 没有 2031 这一版;已有:{name}\n")


def test_hits_are_coloured_on_a_terminal(small_archive: Path) -> None:
    ours, theirs = pty.openpty()
    command = [*COMMAND, "archive", "search", '"安全培训会"', "-a", str(small_archive)]
    done = subprocess.run(
        command, stdout=theirs, env=environment(TERM="xterm"), timeout=TIMEOUT_S, check=False
    )
    os.close(theirs)
    shown = os.read(ours, 4096).decode()
    os.close(ours)
    assert done.returncode == 0
    assert "网络\033[1;31m安全培训会\033[0m,共计" in shown


def test_the_command_line_loads_no_archive_library_before_it_asks() -> None:
    code = (
        "import sys, service.cli, service.app\n"
        "print(sorted({'pyarrow', 'duckdb', 'tantivy', 'rjieba', 'faiss'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_a_search_for_words_loads_no_model_and_no_database(small_archive: Path) -> None:
    code = (
        "import sys\n"
        "from service.cli import app\n"
        "app(['archive', 'search', '网络', '--json', '-a', sys.argv[1]], standalone_mode=False)\n"
        "print(sorted({'duckdb', 'faiss', 'ctranslate2', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(small_archive)],
        env=environment(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "[]"
