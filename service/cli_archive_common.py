"""What the commands of `yuebao archive` share: which archive, and which edition of it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service import settings
from service.asking import archive_module

if TYPE_CHECKING:
    from service.archive.edition import Archive, Edition

ArchiveOption = Annotated[
    Path | None,
    typer.Option("--archive", "-a", help="档案文件夹;不给则用设置里的,没有设置则用数据文件夹里的 archive"),
]
EditionOption = Annotated[
    str | None, typer.Option("--edition", help="档案里的哪一版(模型的版本名);不给则用当前的")
]


def archive_folder(archive: Path | None) -> Path:
    """`archive`, or the configured one."""
    return settings.load(archive=archive).archived


def open_archive(archive: Path | None) -> "Archive":
    """The archive in `archive_folder`. Raises ArchiveLibraryError."""
    opened: Archive = archive_module("edition").Archive(archive_folder(archive))
    return opened


def open_edition(archive: Path | None, edition: str | None) -> "Edition":
    """The edition `edition` of the archive, or its current one. Raises ArchiveError, or ArchiveLibraryError."""
    opened = open_archive(archive)
    return opened.edition(edition) if edition else opened.current()
