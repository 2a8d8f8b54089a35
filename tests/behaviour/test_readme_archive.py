"""The README's commands for an archive, run one after another as they stand there."""

import subprocess
from pathlib import Path

import openpyxl
import pytest

from tests.behaviour.test_cli import TIMEOUT_S, environment
from tests.behaviour.test_readme_commands import BLOCKS

(BLOCK,) = (block for block in BLOCKS if "yuebao archive build" in block)
COMMANDS = [line.partition("  #")[0].strip() for line in BLOCK.splitlines()]


@pytest.fixture
def years(folder: Path, real_month: str) -> Path:
    """Two months for the commands to file."""
    bulletins = folder / "历年月报"
    bulletins.mkdir()
    (bulletins / "十二月.txt").write_text(real_month, "utf-8")
    (bulletins / "十一月.txt").write_text(real_month.replace("2019年12月教育", "2019年11月教育"), "utf-8")
    return folder


def test_the_commands_build_search_ask_report_and_list(years: Path) -> None:
    said = {}
    for command in COMMANDS:
        done = subprocess.run(
            ["bash", "-c", command], cwd=years, capture_output=True, timeout=TIMEOUT_S, check=False,
            env=environment(YUEBAO_HOME=str(years / "home")),
        )  # fmt: skip
        # A search says how much it found; a machine without a Chinese font is told so, and gets its report.
        told = [line for line in done.stderr.decode().splitlines() if "fonts-noto-cjk" not in line]
        complaints = [line for line in told if not line.startswith("共 ")]
        assert (done.returncode, complaints) == (0, []), command
        said[command.split()[2]] = done.stdout.decode()
    assert said["build"].startswith("档案 档案(")
    assert "2019-11" in said["query"]
    assert "网络安全" in said["search"]
    assert said["editions"].startswith("* ")
    sheets = openpyxl.load_workbook(years / "report" / "report.xlsx").sheetnames
    assert len(sheets) > 5
    assert (years / "report" / "report.html").read_text("utf-8").startswith("<!DOCTYPE html>")
