"""The README's walk-through, run as it stands there with a tiny base: import, train, evaluate, promote, roll back."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from service import examples
from tests.behaviour.test_cli import environment
from tests.behaviour.test_readme_commands import BLOCKS, run

pytest.importorskip("torch")
pytest.importorskip("transformers")

TRIES = 100_000
(WALK,) = [block for block in BLOCKS if "yuebao train" in block]
STEPS = [line.partition("#")[0].strip() for line in WALK.splitlines()]
VERSION = "2024-11"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random BERT of a few small layers, saved as any checkpoint is."""
    from tests.training import tiny_bases
    from training import corpus

    texts = [item.text for month in corpus.load()[:6] for item in month.items]
    return tiny_bases.bert(tmp_path_factory.mktemp("base"), texts)


@pytest.fixture
def server(folder: Path) -> Iterator[httpx.Client]:
    """A running server on the folder's registry."""
    process = subprocess.Popen(
        ["bash", "-c", "exec .venv/bin/yuebao serve --port 0"],
        cwd=folder,
        env=environment(YUEBAO_HOME=str(folder / "home"), YUEBAO_WATCH_S="0.05", PYTHONUNBUFFERED="1"),
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            said = [process.stdout.readline().split() for _ in range(5)]
            assert said[4][-1] == "已就绪"
            with httpx.Client(base_url=said[1][1], timeout=60) as client:
                yield client
        finally:
            process.terminate()


def until_current(server: httpx.Client, version: str) -> None:
    for _ in range(TRIES):
        if server.get("/v1/models").json()["current"] == version:
            return
    raise AssertionError(f"the server never came to {version}")


def answered_by(server: httpx.Client) -> str:
    answer = server.post("/v1/digests", json={"text": examples.BULLETIN})
    return str(answer.json()["versions"]["bundle"])


def test_the_readme_leads_from_a_labelled_month_to_a_new_version_and_back(
    folder: Path, server: httpx.Client, base: Path
) -> None:
    label, train, evaluate, curl, rollback = STEPS
    builtin = answered_by(server)
    (folder / "月报.txt").write_text(examples.BULLETIN, "utf-8")
    run(folder, ".venv/bin/yuebao labels sheet 月报.txt -o 标注.xlsx")
    assert "导入为第 1 版" in run(folder, label).stdout.decode()

    trained = run(folder, f"{train} --fast --base {shlex.quote(str(base))} --months 2017-05..2019-06")
    assert trained.returncode == 0, trained.stderr.decode()
    assert f"收下了 {VERSION}" in trained.stdout.decode()
    assert "留作评判:2021-04" in trained.stdout.decode()

    # A model of random weights must be objected to; promoting it all the same takes a reason.
    refused = run(folder, evaluate)
    assert (refused.returncode, answered_by(server)) == (1, builtin)
    assert "反对:" in refused.stdout.decode()
    assert re.search(r"2021-04 与学过的月份相比:.*生词", refused.stdout.decode())
    promoted = run(folder, f"{evaluate} --force 走一遍")
    assert promoted.returncode == 0, promoted.stderr.decode()
    until_current(server, VERSION)
    assert answered_by(server) == VERSION
    models = run(folder, curl.replace("http://127.0.0.1:8000/", str(server.base_url)))
    assert f'"current":"{VERSION}"' in models.stdout.decode()

    assert run(folder, rollback).returncode == 0
    until_current(server, builtin)
    assert answered_by(server) == builtin
    history = (folder / "home" / "models" / "history.jsonl").read_text("utf-8")
    assert "走一遍" in history
