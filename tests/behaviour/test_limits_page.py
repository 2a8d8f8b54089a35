"""What docs/limits.md says of settings, defaults and tests is so."""

import re

import pytest

from service.settings import PREFIX, Settings
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "limits.md").read_text("utf-8")
ROWS = re.findall(rf"^\| [^|]+ \| `{PREFIX}(\w+)` \| (\S+) \|", PAGE, re.MULTILINE)


def test_every_limit_has_the_default_that_is_told() -> None:
    assert dict(ROWS) == {name: str(Settings.model_fields[name.lower()].default) for name, _ in ROWS}


def test_every_limit_of_the_settings_is_told() -> None:
    limits = {"max_connections", "max_head_bytes", "head_timeout_s", "max_body_bytes", "body_timeout_s"}
    limits |= {"max_held_bytes", "max_json_values", "max_text_chars", "max_file_bytes", "read_timeout_s"}
    limits |= {"read_memory_bytes", "max_unpacked_bytes", "max_pdf_pages", "max_job_bytes", "max_job_files"}
    limits |= {"max_open_jobs"}
    assert {name.lower() for name, _ in ROWS} == limits


@pytest.mark.parametrize("page", ["limits.md", "service.md"])
def test_every_named_test_exists(page: str) -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", (ROOT / "docs" / page).read_text("utf-8"))
    assert named
    missing = [
        f"{file}::{name}" for file, name in named if f"def {name}(" not in (ROOT / file).read_text("utf-8")
    ]
    assert missing == []
