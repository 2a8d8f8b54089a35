"""`yuebao archive …`: build the archive."""

from pathlib import Path
from typing import Annotated

import typer

from service import settings

app = typer.Typer(help="档案:把历年月报归类成可查询的档案。", no_args_is_help=True, rich_markup_mode=None)

ArchiveOption = Annotated[
    Path | None,
    typer.Option("-a", "--archive", help="档案文件夹;不给则用 YUEBAO_ARCHIVE 或数据文件夹里的 archive"),
]


def archive_folder(given: Path | None) -> Path:
    """`given`, or the configured archive."""
    return given or settings.load().archive_folder
