"""What the archive's commands share: where the archive is, and which edition of it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service import settings
from service.cli_common import archive_module

if TYPE_CHECKING:
    from service.archive.edition import Archive, Edition

ArchiveOption = Annotated[
    Path | None,
    typer.Option("-a", "--archive", help="档案文件夹;不给则用 YUEBAO_ARCHIVE 或数据文件夹里的 archive"),
]
EditionOption = Annotated[str | None, typer.Option("--edition", help="档案的哪一版;不给则用当前的")]


def archive_folder(given: Path | None) -> Path:
    """`given`, or the configured archive."""
    return given or settings.load().archive_folder


def open_archive(given: Path | None) -> "Archive":
    """The archive in `archive_folder`."""
    archive: Archive = archive_module("service.archive.edition").Archive(archive_folder(given))
    return archive


def open_edition(archive: Path | None, name: str | None) -> "Edition":
    """The edition `name`, or the current one, of the archive in `archive_folder`. Raises ArchiveError."""
    opened = open_archive(archive)
    return opened.current() if name is None else opened.edition(name)
