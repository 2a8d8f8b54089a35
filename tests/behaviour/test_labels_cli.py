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


def test_what_to_label_next_is_told_in_a_table(april: Path, home: Path, tmp_path: Path) -> None:
    code, out, err = said(
        yuebao("labels", "next", april, tmp_path / "没有.txt", "-n", 3, YUEBAO_HOME=str(home))
    )
    assert (code, err) == (
        1,
        f"yuebao:{tmp_path}/没有.txt:打不开(没有这个文件或文件夹):请检查路径和权限\n",
    )
    header, *rows = [line.split("\t") for line in out.splitlines()]
    assert header == ["月报", "编号", "省份或专题", "模型的主题", "为什么", "事项"]
    assert [row[0] for row in rows] == ["四月.txt"] * 3
    assert all("门槛" in row[4] for row in rows)
    assert not home.exists()


def test_the_next_items_make_a_sheet_whose_import_keeps_what_was_labelled(
    april: Path, home: Path, tmp_path: Path
) -> None:
    at = {"YUEBAO_HOME": str(home)}
    first, second = tmp_path / "一.xlsx", tmp_path / "二.xlsx"
    done = yuebao("labels", "next", april, "-n", 3, "-o", first, **at)
    assert said(done) == (0, f"{first}:要标 3 件\n", "")
    command = ("--by", "张三", "--partial")
    assert said(yuebao("labels", "import", first, *command, **at)) == (0, "2021-04:3 件,导入为第 1 版\n", "")
    done = yuebao("labels", "next", april, "-n", 2, "-o", second, **at)
    assert said(done) == (0, f"{second}:要标 2 件\n", "")
    assert said(yuebao("labels", "import", second, *command, **at)) == (
        0,
        "2021-04:2 件,连同上一版的 3 件,导入为第 2 版\n",
        "",
    )


def test_the_next_items_of_several_bulletins_need_a_folder(april: Path, home: Path, tmp_path: Path) -> None:
    may = tmp_path / "五月.txt"
    may.write_text(examples.BULLETIN.replace("2021年4月", "2021年5月").replace("省教育厅", "教育厅"), "utf-8")
    command = ("labels", "next", april, may, "-o")
    assert said(yuebao(*command, tmp_path / "一份.xlsx", YUEBAO_HOME=str(home))) == (
        2,
        "",
        "yuebao:有 2 期月报,一期一份表:请把 -o 写成文件夹/\n",
    )
    assert yuebao(*command, f"{tmp_path}/表/", YUEBAO_HOME=str(home)).returncode == 0
    assert sorted(path.name for path in (tmp_path / "表").iterdir()) == ["2021-04.xlsx", "2021-05.xlsx"]


def test_doubtful_labels_are_listed_in_a_file_to_go_through(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "可疑.csv"
    code, out, err = said(yuebao("labels", "doubt", "--top", 5, "-o", path, YUEBAO_HOME=str(home)))
    assert (code, err) == (0, "")
    assert out.startswith("查了 ")
    assert out.endswith(f"列出 5 件:{path}\n")
    header, *rows = path.read_text("utf-8-sig").splitlines()
    assert header == "月份,编号,省份或专题,标注的主题,疑问,模型的看法,事项,核对结果"
    assert len(rows) == 5


def test_doubtful_labels_are_written_as_a_table_or_not_at_all(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "可疑.txt"
    assert said(yuebao("labels", "doubt", "-o", path, YUEBAO_HOME=str(home))) == (
        2,
        "",
        "yuebao:不会写 可疑.txt:请用 .xlsx 或 .csv\n",
    )
