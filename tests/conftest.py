"""What tests of every layer share: the shipped models, and the real month."""

from pathlib import Path

import pytest

from models.pipeline import Pipeline

ROOT = Path(__file__).resolve().parent.parent
REAL_MONTH = ROOT / "tests" / "data" / "2019-12.txt"


@pytest.fixture(scope="session")
def pipeline() -> Pipeline:
    """The bundle that ships, opened once."""
    return Pipeline.open()


@pytest.fixture(scope="session")
def real_month() -> str:
    return REAL_MONTH.read_text("utf-8")
