"""The README's `yuebao` and `curl` commands, run as they stand there on files of the names they give.

The server's port and address are ours. `make` targets are what runs these tests.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import docx
import openpyxl
import pytest

from service import examples
from tests.behaviour.test_cli import TIMEOUT_S, environment
from tests.conftest import REAL_MONTH, ROOT

README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
# Commands that follow from one another: test_walk_through.py and test_readme_archive.py run them.
APART = [block for block in BLOCKS if "yuebao train" not in block and "yuebao archive" not in block]
LINES = [line.partition("#")[0].strip() for block in APART for line in block.splitlines()]
COMMANDS = [line for line in LINES if "bin/yuebao" in line]
SERVE = next(line for line in COMMANDS if "yuebao serve" in line)
CURL = next(line for line in LINES if line.startswith("curl"))
PRINTED = ROOT / "tests" / "data" / "layouts" / "printed.pdf"


def put(folder: Path, name: str) -> None:
    """The file that a command names: a bulletin, or lines to classify."""
    if name.endswith(".docx"):
        document = docx.Document()
        for line in examples.BULLETIN.splitlines():
            document.add_paragraph(line)
        document.save(str(folder / name))
    elif name.endswith(".pdf"):
        shutil.copy(PRINTED, folder / name)
    elif name == "items.txt":
        (folder / name).write_text("举办网络安全培训班。\n公布精品微课500节。\n", "utf-8")
    elif name.endswith(".xlsx"):
        put(folder, "月报.txt")
        run(folder, f".venv/bin/yuebao labels sheet 月报.txt -o {name}")
    elif name == "*.txt":
        for one in ("三月.txt", "四月.txt"):
            shutil.copy(REAL_MONTH, folder / one)
    else:
        shutil.copy(REAL_MONTH, folder / name)


def run(folder: Path, command: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment(YUEBAO_HOME=str(folder / "home")),
        capture_output=True,
        timeout=TIMEOUT_S,
        check=False,
    )


def outcome(command: str) -> str | None:
    """The file or folder that a command is told to write."""
    words = shlex.split(command)
    return words[words.index("-o") + 1] if "-o" in words else None


def test_the_readme_has_commands_in_both_languages() -> None:
    assert len(COMMANDS) >= 8
    assert any("--lang en" in command for command in COMMANDS)


@pytest.mark.parametrize("command", [line for line in COMMANDS if line != SERVE])
def test_a_command_of_the_readme_does_what_it_says(folder: Path, command: str) -> None:
    written = outcome(command)
    named = re.findall(r"(?<= )[\w*]+\.(?:txt|docx|pdf|xlsx)", command)
    for name in named:
        if name != written:
            put(folder, name)
    done = run(folder, command)
    assert (done.returncode, done.stderr.decode()) == (0, "")
    if written is None:
        assert done.stdout
    elif written.endswith(".xlsx"):
        assert openpyxl.load_workbook(folder / written).worksheets
    elif written.endswith(".docx"):
        assert docx.Document(str(folder / written)).paragraphs
    else:
        assert len(list((folder / written).iterdir())) == 2


def test_the_servers_command_serves_and_the_request_is_answered(folder: Path) -> None:
    put(folder, "月报.txt")
    server = subprocess.Popen(
        ["bash", "-c", "exec " + re.sub(r"--port \d+", "--port 0", SERVE)],
        cwd=folder,
        env=environment(PYTHONUNBUFFERED="1", YUEBAO_HOME=str(folder / "home")),
        stdout=subprocess.PIPE,
        text=True,
    )
    with server:
        try:
            assert server.stdout is not None
            said = [server.stdout.readline().split() for _ in range(5)]
            assert said[4][-1] == "已就绪"
            request = CURL.replace("http://127.0.0.1:8000/", said[1][1])
            assert request != CURL
            answer = subprocess.run(
                ["bash", "-c", request],
                cwd=folder,
                env=dict(os.environ),
                capture_output=True,
                timeout=TIMEOUT_S,
                check=True,
            )
        finally:
            server.terminate()
    digest = json.loads(answer.stdout)
    assert (digest["month"], len(digest["entries"])) == ("2019-12", 28)
