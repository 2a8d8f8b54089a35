"""What the documents promise is there."""

import re
import shlex
from pathlib import Path

import pytest
import typer

from service.app import create_app
from service.cli import app
from service.settings import PREFIX, Settings
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text("utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md"]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_and_named_file_exists(document: Path) -> None:
    text = document.read_text("utf-8")
    linked = re.findall(r"\]\(([^)#:]+)\)", text)
    named = re.findall(r"`((?:bulletin|models|training|service|tests|scripts|docs)/[\w./-]*)`", text)
    assert [name for name in linked + named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_make_target_exists(document: Path) -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    told = re.findall(r"(?:^|`)make ((?:[a-z]+ ?)+)", document.read_text("utf-8"), re.MULTILINE)
    assert told
    assert {target for targets_told in told for target in targets_told.split()} <= targets


def test_every_command_and_option_exists() -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    lines = re.findall(r"bin/yuebao ([^\n#`]+)", README)
    assert len(lines) > 5
    for line in lines:
        name, *rest = shlex.split(line)
        command = commands[name]
        if hasattr(command, "commands") and rest:
            command = command.commands[rest.pop(0)]
        known = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in rest if word.startswith("-")} <= known, line


def test_the_settings_that_are_told_are_right() -> None:
    rows = dict(re.findall(rf"^\| `{PREFIX}(\w+)` \| (\S+) \|", README, re.MULTILINE))
    defaults = {name.upper(): field.default for name, field in Settings.model_fields.items()}
    assert rows
    assert rows == {
        name: "内置" if (value := defaults[name]) is None else str(value).lower() for name in rows
    }


def test_every_resource_is_told() -> None:
    paths = create_app(Settings()).openapi()["paths"]
    told = set(re.findall(r"`(GET|POST|DELETE) (/[\w/{}]+)`", README))
    assert told == {(method.upper(), path) for path, methods in paths.items() for method in methods}
