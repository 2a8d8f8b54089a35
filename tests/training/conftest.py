"""Tiny models for the tests of training; without the training libraries the folder is left out, and said so."""

from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from training.backbone import Backbone
    from training.corpus import LabelledMonth

_NEEDED = ("torch", "transformers", "datasets", "sklearn", "cleanlab", "networkx", "rouge_score")
_MISSING = [name for name in _NEEDED if find_spec(name) is None]

collect_ignore_glob = ["test_*.py"] if _MISSING else []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _MISSING:
        terminalreporter.write_line(
            f"tests/training was left out: {', '.join(_MISSING)} not installed. "
            "Run `make test`, or install the extra: pip install -e '.[dev,train]'",
            yellow=True,
        )


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Iterator[None]:
    """Threads cost tiny models more than they save, above all on a busy machine."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def months() -> "Sequence[LabelledMonth]":
    """The shipped corpus, hard files last."""
    from training import corpus

    return corpus.load()


@pytest.fixture(scope="session")
def backbone(tmp_path_factory: pytest.TempPathFactory, months: "Sequence[LabelledMonth]") -> "Backbone":
    """A random encoder of two layers, read from a data file of the real layout."""
    from tests.training import tiny

    return tiny.backbone(tmp_path_factory.mktemp("backbone"), months)


@pytest.fixture
def corpus_file(tmp_path: Path) -> "CorpusFile":
    return CorpusFile(tmp_path / "2030-01.yb")


class CorpusFile:
    """A corpus file to write and read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self, *lines: str) -> "LabelledMonth":
        from training import corpus

        self.path.write_text("\n".join(lines), "utf-8")
        return corpus.read(self.path)
