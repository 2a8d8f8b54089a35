"""What docs/security.md says holds each risk is there."""

import re

from service.settings import PREFIX, Settings
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
RISKS = re.split(r"^### (API\d+) ", PAGE.partition("\n## 不管的")[0], flags=re.MULTILINE)
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)


def test_each_of_the_ten_risks_names_tests() -> None:
    assert RISKS[1::2] == [f"API{number}" for number in range(1, 11)]
    assert [risk for risk, text in zip(RISKS[1::2], RISKS[2::2], strict=True) if "::test_" not in text] == []


def test_every_named_test_exists() -> None:
    missing = [
        f"{file}::{name}" for file, name in NAMED if f"def {name}(" not in (ROOT / file).read_text("utf-8")
    ]
    assert missing == []


def test_every_named_setting_exists() -> None:
    named = {name.lower() for name in re.findall(rf"{PREFIX}(\w+)", PAGE)}
    assert named
    assert named <= set(Settings.model_fields)
