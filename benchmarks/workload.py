"""The texts that both sides of a comparison read: fixed months of the synthetic corpus, and checkpoints."""

from collections.abc import Iterator
from pathlib import Path

from benchmarks.results import BenchmarkError
from models.encoding import WriterItem
from models.types import ClassifyRequest
from training import corpus
from training.corpus import LabelledMonth
from training.pairs import writer_item

CLASSIFIED = ("2020-09", "2019-05", "2024-03")
WRITTEN = ("2017-09", "2019-03", "2020-09", "2022-03", "2022-05", "2024-03")


def _months(names: tuple[str, ...]) -> list[LabelledMonth]:
    return corpus.load([corpus.shipped() / f"{name}.yb" for name in names])


def requests() -> list[ClassifyRequest]:
    """Every item of three months, one of them plain, in printed order."""
    items = [item for month in _months(CLASSIFIED) for item in month.items]
    return [ClassifyRequest(item.text, item.heading, item.previous) for item in items]


def units() -> list[list[WriterItem]]:
    """The items of every abstract sentence of six months."""
    return list(_units(_months(WRITTEN)))


def _units(months: list[LabelledMonth]) -> Iterator[list[WriterItem]]:
    for month in months:
        items = month.by_id()
        for sentence in month.abstract:
            yield [writer_item(items[source]) for source in sentence.sources]


def checkpoint(folder: Path, name: str) -> Path:
    """The checkpoint `name` under `folder`. Raises BenchmarkError when it is not there."""
    found = folder / name
    if not (found / "config.json").is_file():
        raise BenchmarkError(
            f"{found}: no checkpoint there, and the repository holds none (it is the model before int8). "
            "`make bundle` writes it to runs/bundle/checkpoints; name another folder with --checkpoints."
        )
    return found
