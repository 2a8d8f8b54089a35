"""`yuebao archive build` as its user runs it: what it says, how it ends, and how it is ended."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest
from typer.testing import CliRunner

from service.archive import views
from service.archive.build import UNIT_FILES
from service.archive.edition import Archive
from service.cli import app
from tests.conftest import ROOT

MAY = "2021年5月教育信息化和网络安全工作月报\n★各地工作动态\n北京 市教委召开网络安全培训会。\n上海 启动智慧校园建设。\n"


def yuebao(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["archive", "build", *arguments])
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture
def months(tmp_path: Path) -> Path:
    folder = tmp_path / "months"
    folder.mkdir()
    (folder / "may.txt").write_text(MAY, "utf-8")
    (folder / "news.txt").write_text("关于报名的通知\n", "utf-8")
    return folder


def test_it_says_what_it_found_and_a_file_that_fails_is_exit_code_1(months: Path, tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    code, said, complained = yuebao(str(months), "-o", str(archive), "--workers", "1")
    assert code == 1
    name = Archive(archive).current().name
    assert said == (
        f"档案 {archive}({name}):2 个文件,内容相同的 0 个,新读 2 份\n"
        "月报 1 期(另有 0 期是别处的重复),条目 2,事项 2,待核 1\n"
    )
    assert complained.splitlines() == [
        "yuebao:1 个文件没读成:",
        f"yuebao:  {months / 'news.txt'}:没有找到省份条目:1行文本中没有一行以省份名称开头(首行是“关于报名的通知”);"
        "请给出月报全文,各省条目另起一行,省名后加空格或冒号。",
    ]
    for allowed, expected in (("0", 1), ("1", 0), ("50%", 0), ("49%", 1)):
        assert yuebao(str(months), "-o", str(archive), "--max-errors", allowed)[0] == expected


def test_a_share_of_errors_is_one_of_all_files_and_exact(tmp_path: Path) -> None:
    folder, archive = tmp_path / "files", tmp_path / "archive"
    folder.mkdir()
    for number in range(29):
        (folder / f"{number}.txt").write_bytes(b" " * number)
    for number in range(71):
        (folder / f"copy-{number}.txt").write_text(MAY, "utf-8")
    for inputs in (folder, folder / "0.txt"):
        for allowed, expected in (("29%", 0), ("28%", 1)):
            said = yuebao(str(inputs), "-o", str(archive), "--workers", "1", "--max-errors", allowed)
            assert said[0] == expected


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "没有给出月报:请写文件夹、文件或 --manifest 清单"),
        (["x", "--max-errors", "some"], "--max-errors some 不是个数:请写 30 或 3%"),
        (["x", "--max-errors", "nan"], "--max-errors nan 不是个数:请写 30 或 3%"),
    ],
)
def test_wrong_usage_is_told_before_any_work(arguments: Sequence[str], message: str, tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "service.cli", "archive", "build", *arguments, "-o", str(tmp_path / "archive")],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (run.returncode, run.stderr) == (2, f"yuebao:{message}\n")
    assert not (tmp_path / "archive").exists()


def started(folder: Path, archive: Path) -> subprocess.Popen[str]:
    """A build of `folder` with two processes of its own, begun."""
    command = [sys.executable, "-m", "service.cli", "archive", "build", str(folder), "-o", str(archive)]
    return subprocess.Popen(
        [*command, "--workers", "2", "--max-errors", "1"], cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, process_group=0,
    )  # fmt: skip


def until_working(run: subprocess.Popen[str]) -> list[psutil.Process]:
    """The processes of `run` when its workers are there."""
    parent = psutil.Process(run.pid)
    while run.poll() is None:
        children = parent.children(recursive=True)
        if len(children) >= 3:  # two workers, and the one that keeps account of what they share
            return children
        os.sched_yield()
    raise AssertionError("ended before its workers were there")


@pytest.fixture
def years(tmp_path: Path) -> Path:
    """More months than two processes have in hand at once."""
    folder = tmp_path / "years"
    folder.mkdir()
    for number in range(8 * UNIT_FILES):
        text = MAY.replace("2021年5月", f"{2000 + number // 12}年{number % 12 + 1}月")
        (folder / f"{number}.txt").write_text(text, "utf-8")
    return folder


def test_a_killed_build_leaves_no_process_and_the_next_one_ends_it(years: Path, tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    run = started(years, archive)
    children = until_working(run)
    run.kill()
    run.communicate()
    _, alive = psutil.wait_procs(children, timeout=60)
    assert alive == []
    again = started(years, archive)
    _, complained = again.communicate()
    assert (again.returncode, complained) == (0, "")
    with views.connect(Archive(archive).current()) as connection:
        assert connection.execute("SELECT count(*), count(DISTINCT month) FROM items").fetchall() == [
            (256, 128)
        ]


def test_ctrl_c_ends_a_build_in_order_and_says_how_to_go_on(years: Path, tmp_path: Path) -> None:
    run = started(years, tmp_path / "archive")
    until_working(run)
    os.killpg(run.pid, signal.SIGINT)
    _, complained = run.communicate()
    assert run.returncode == 130
    first, last = complained.splitlines()
    assert first == "yuebao:正在停下:做完手上的几份就停;再按一次 Ctrl-C 立即停"
    read, left = map(int, re.findall(r"\d+", last))
    assert last == f"yuebao:停下了:读了 {read} 份,还剩 {left} 份。再运行同一条命令就接着做"
    assert (read + left, left > 0) == (8 * UNIT_FILES, True)
