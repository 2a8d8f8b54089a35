"""The examples of docs/clients.md, run as they stand there against a real server. The address is ours."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import docx
import httpx
import openpyxl
import pytest
import typer

pytest.importorskip("duckdb")

from service import examples
from service.cli import app
from tests.behaviour.test_cli import TIMEOUT_S, environment
from tests.conftest import REAL_MONTH, ROOT
from yuebao import errors
from yuebao.client import Client

PAGE = (ROOT / "docs" / "clients.md").read_text("utf-8")
ADDRESS = "http://127.0.0.1:8000"
# Every answer counts, and a refusal ends the block.
CHECKED = 'set -euo pipefail\ncurl() { command curl --fail-with-body "$@"; }\n'


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


SYNC, AWAITED, JOBS = blocks("python")
CURL, CURL_JOBS = blocks("bash")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the files that the examples name."""
    shutil.copy(REAL_MONTH, tmp_path / "月报.txt")
    document = docx.Document()
    for line in examples.BULLETIN.splitlines():
        document.add_paragraph(line)
    document.save(str(tmp_path / "月报.docx"))
    return tmp_path


def run(command: list[str], folder: Path) -> str:
    done = subprocess.run(
        command, cwd=folder, env=environment(), capture_output=True, timeout=TIMEOUT_S, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def python(block: str, client: httpx.Client, folder: Path) -> str:
    return run([sys.executable, "-c", block.replace(ADDRESS, str(client.base_url).rstrip("/"))], folder)


def bash(block: str, client: httpx.Client, folder: Path) -> str:
    return run(["bash", "-c", CHECKED + block.replace(ADDRESS, str(client.base_url).rstrip("/"))], folder)


def test_the_python_example_works(client: httpx.Client, folder: Path) -> None:
    said = python(SYNC, client, folder)
    assert said.startswith("2019-12 ")
    assert "404 没有保存过 " in said
    assert docx.Document(str(folder / "摘要.docx")).paragraphs


def test_the_awaited_example_works(client: httpx.Client, folder: Path) -> None:
    first, second = python(AWAITED, client, folder).split("\n", 1)
    assert first
    assert second.startswith("2019年12月教育信息化和网络安全工作月报 ")


def test_the_curl_examples_work(client: httpx.Client, folder: Path) -> None:
    said = bash(CURL, client, folder)
    assert '"author":"张三"' in said
    assert json.loads((folder / "分类.json").read_text("utf-8"))["month"] == "2019-12"
    assert docx.Document(str(folder / "摘要.docx")).paragraphs


def test_the_python_example_of_jobs_works(client: httpx.Client, folder: Path) -> None:
    assert python(JOBS, client, folder).splitlines() == ["done 2 0", "月报.txt 2019-12", "月报.docx 2021-04"]
    assert openpyxl.load_workbook(folder / "结果.xlsx").worksheets


def test_the_curl_examples_of_jobs_work(client: httpx.Client, folder: Path) -> None:
    said = bash(CURL_JOBS, client, folder)
    named = re.findall(r'\{"name": ?"([^"]+)", ?"digest": ?\{', said)
    assert named == ["月报.txt", "月报.docx"]
    assert openpyxl.load_workbook(folder / "结果.xlsx").worksheets


def test_the_curl_examples_have_every_address_that_the_client_asks() -> None:
    told = {re.sub(r"\$\w+", "{id}", path) for path in re.findall(rf"{ADDRESS}(/[\w/$]+)", CURL + CURL_JOBS)}
    calls = (ROOT / "yuebao" / "calls.py").read_text("utf-8")
    asked = {path.replace("{_name(id)}", "{id}") for path in re.findall(r'"(/(?:v1/|readyz)[^"]*)"', calls)}
    assert told == asked


def test_every_operation_and_error_of_the_client_is_told() -> None:
    operations = {name for name in vars(Client) if not name.startswith("_")} - {"close"}
    assert {name for name in operations if f".{name}(" not in PAGE and f"`{name}" not in PAGE} == set()
    own = {name for name in vars(errors) if name.endswith("Error") and name != "YuebaoError"}
    assert {name for name in own if f"`{name}`" not in PAGE and f"ient.{name}`" not in PAGE} == set()


def test_the_configuration_starts_the_command_that_there_is() -> None:
    (block,) = blocks("json")
    started = json.loads(block)["mcpServers"]["yuebao"]
    name, *rest = started["args"]
    command = typer.main.get_command(app).commands[name]  # type: ignore[attr-defined]
    options = {one: parameter for parameter in command.params for one in parameter.opts}
    assert {word for word in rest if word.startswith("-")} <= options.keys()
    assert started["env"].keys() <= {parameter.envvar for parameter in command.params}
