"""`yuebao labels`, run as its own process: from a bulletin to a sheet to an imported month."""

from pathlib import Path

import openpyxl
import pytest

from service import examples
from tests.behaviour.test_cli import yuebao
from training.labelled.sheet import LABELS_SHEET


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def april(tmp_path: Path) -> Path:
    path = tmp_path / "四月.txt"
    path.write_text(examples.BULLETIN, "utf-8")
    return path


@pytest.fixture
def sheet(tmp_path: Path, april: Path) -> Path:
    path = tmp_path / "四月.xlsx"
    done = yuebao("labels", "sheet", april, "-o", path)
    assert (done.returncode, done.stderr) == (0, b"")
    return path


def said(done: object) -> tuple[int, str, str]:
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_a_sheet_is_checked_imported_once_and_listed(sheet: Path, home: Path) -> None:
    items = sum(1 for _ in openpyxl.load_workbook(sheet)[LABELS_SHEET].iter_rows(min_row=2))
    command = ("labels", "import", sheet, "--by", "张三")
    assert said(yuebao(*command, "--dry-run", YUEBAO_HOME=str(home))) == (
        0,
        f"2021-04:{items} 件,没有问题(没有导入)\n",
        "",
    )
    assert not home.exists()
    assert said(yuebao(*command, YUEBAO_HOME=str(home))) == (0, f"2021-04:{items} 件,导入为第 1 版\n", "")
    assert said(yuebao(*command, YUEBAO_HOME=str(home))) == (
        0,
        f"2021-04:{items} 件,已是最新,没有变化\n",
        "",
    )
    code, out, _ = said(yuebao("labels", "list", YUEBAO_HOME=str(home)))
    assert code == 0
    assert out.split("\t")[:3] == ["2021-04", "第1版", f"{items}件"]
    assert out.split("\t")[4:] == ["张三", "四月.xlsx\n"]


def test_a_faulty_sheet_changes_nothing_and_names_the_row(sheet: Path, home: Path) -> None:
    book = openpyxl.load_workbook(sheet)
    book[LABELS_SHEET]["E2"] = "网络"
    book.save(sheet)
    assert said(yuebao("labels", "import", sheet, "--by", "张三", YUEBAO_HOME=str(home))) == (
        2,
        "",
        "yuebao:标注有 1 处问题,什么都没有导入:\n"
        "  四月.xlsx 第2行:没有主题 网络;可选:网络安全、智慧校园、APP治理、培训、资源、其他。\n",
    )
    assert not home.exists()


def test_rows_of_other_formats_need_their_bulletin(tmp_path: Path, april: Path, home: Path) -> None:
    rows = tmp_path / "四月.csv"
    rows.write_text("id,themes\nN1,其他\n", "utf-8")
    command = ("labels", "import", rows, "--by", "张三", "--partial")
    assert said(yuebao(*command, YUEBAO_HOME=str(home))) == (
        2,
        "",
        "yuebao:标注有 1 处问题,什么都没有导入:\n  四月.csv:不知道是哪一期月报;请加 --bulletin 月报文件。\n",
    )
    done = yuebao(*command, "--bulletin", april, YUEBAO_HOME=str(home))
    assert said(done) == (0, "2021-04:1 件,导入为第 1 版\n", "")


def test_several_bulletins_get_a_sheet_each(tmp_path: Path) -> None:
    may = examples.BULLETIN.replace("2021年4月", "2021年5月")
    both = tmp_path / "两期.txt"
    both.write_text(f"{examples.BULLETIN}\n{may}", "utf-8")
    done = yuebao("labels", "sheet", both, "-o", tmp_path / "一份.xlsx")
    assert said(done) == (1, "", f"yuebao:{both}:里面有 2 期月报:请把 -o 写成文件夹/\n")
    assert yuebao("labels", "sheet", both, both, "-o", f"{tmp_path}/表/").returncode == 0
    names = sorted(path.name for path in (tmp_path / "表").iterdir())
    assert names == ["2021-04-2.xlsx", "2021-04.xlsx", "2021-05-2.xlsx", "2021-05.xlsx"]
