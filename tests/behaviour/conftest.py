"""A folder to run the README's commands in."""

import shlex
import sys
from pathlib import Path

import pytest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder in which `.venv/bin/yuebao` is the code under test."""
    launcher = tmp_path / ".venv" / "bin" / "yuebao"
    launcher.parent.mkdir(parents=True)
    code = shlex.quote("from service.cli import main; main()")
    launcher.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -c {code} "$@"\n', "utf-8")
    launcher.chmod(0o755)
    return tmp_path
