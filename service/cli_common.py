"""What the commands share: exit codes, the bundle to use, lists, complaints, the way to the training libraries."""

from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Annotated, TypeVar

import typer
from pydantic import TypeAdapter

from service import settings
from service.cli_digest import UsageError
from service.digester import Digester

Record = TypeVar("Record")

EXIT_BAD_INPUT, EXIT_USAGE = 1, 2

BundleOption = Annotated[Path | None, typer.Option("--bundle", help="模型包文件夹;不给则用当前版本")]

JsonOption = Annotated[bool, typer.Option("--json", help="输出 JSON 行,每项一行")]


def open_digester(bundle: Path | None) -> Digester:
    """The pipeline of the bundle in `bundle_folder`."""
    # The engines take as long to import as they take to open, and --help needs none.
    from models.pipeline import Pipeline

    return Pipeline.open(bundle_folder(bundle), threads=settings.load().threads)


def bundle_folder(bundle: Path | None) -> Path:
    """`bundle`, or the configured one, or the registry's current version."""
    from models.registry import Registry

    configured = settings.load(bundle=bundle)
    registry = Registry(configured.data)
    return configured.bundle or registry.serving(registry.current())


def training_commands() -> ModuleType:
    """`training.commands`. Raises UsageError, with the mend, where a training library is missing."""
    training_module("training.retrain")  # what training needs is there, or nothing is begun
    return training_module("training.commands")


def training_module(name: str) -> ModuleType:
    """The module `name`. Raises UsageError, with the mend, where a training library is missing."""
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise UsageError(f"训练和评判要用的库没有装(缺 {error.name}):请运行 make install-train") from error


def echo_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Rows of cells under their header, the same on a terminal and into a pipe."""
    for cells in (header, *rows):
        typer.echo("\t".join(cells))


def echo_json(kind: type[Record], found: Iterable[Record]) -> None:
    """Records, each a line of JSON."""
    shape = TypeAdapter(kind)
    for one in found:
        typer.echo(shape.dump_json(one))


def complain(message: str) -> None:
    """Tell the user on stderr."""
    typer.echo(f"yuebao:{message}", err=True)
