"""`yuebao evaluate`, run as its own process on a registry of its own."""

import json
import shutil
from pathlib import Path

import pytest

from models.bundle import MANIFEST, builtin
from tests.behaviour.test_cli import yuebao
from training import gold

REAL = gold.shipped() / "2019-12.yb"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A registry with `m-1`, which is the shipped bundle by another name."""
    folder = tmp_path / "m-1"
    shutil.copytree(builtin(), folder)
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    (folder / MANIFEST).write_text(json.dumps({**manifest, "version": "m-1"}), "utf-8")
    yuebao("models", "add", folder, YUEBAO_HOME=str(tmp_path / "home"))
    return tmp_path / "home"


def evaluated(home: Path, *options: str) -> tuple[int, list[str]]:
    done = yuebao("evaluate", "m-1", "--labels", REAL, *options, YUEBAO_HOME=str(home))
    assert done.stderr.decode() == ""
    return done.returncode, done.stdout.decode().splitlines()


def test_a_dry_run_says_what_it_would_do_and_does_nothing(home: Path) -> None:
    code, said = evaluated(home, "--promote", "--dry-run", "--slices")
    assert (code, said[-2:]) == (
        0,
        ["没有理由反对", "试运行:会启用 m-1,当前版本仍是 builtin"],
    )
    assert "  全国工作(19 件)从" in "\n".join(said)
    assert yuebao("models", "list", YUEBAO_HOME=str(home)).stdout.decode() == "* builtin\n  m-1\n"


def test_what_nothing_speaks_against_is_promoted(home: Path) -> None:
    assert evaluated(home, "--promote")[1][-1] == "当前版本:builtin → m-1"
