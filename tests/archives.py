"""Small archives of real files, for tests of what is asked of an archive."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from bulletin import __version__
from service.archive import schema
from service.archive.edition import Archive, Commit, Edition, EditionRecord, next_serial
from service.archive.parts import PartMaker, SourceFile


def source(path: Path) -> SourceFile:
    return SourceFile(str(path), hashlib.sha256(path.read_bytes()).hexdigest())


def archive_of(
    folder: Path, files: Sequence[Path], *, bundle: Path | None = None, abstracts: bool = False
) -> Edition:
    """The current edition of a new archive in `folder`, with one part of the rows of `files`."""
    maker = PartMaker(bundle, abstracts=abstracts, vectors=True)
    archive = Archive(folder)
    names = {theme.id: theme.name for theme in maker.taxonomy.themes}
    record = EditionRecord(
        schema_version=schema.VERSION,
        bundle=maker.info.version,
        taxonomy=maker.taxonomy.version,
        themes=names,
        yuebao=__version__,
    )
    edition = archive.open_edition(maker.info.version, record)
    sources = [source(path) for path in files]
    made = maker.make(sources)
    commit = Commit(
        part="part-1",
        serial=next_serial(edition.commits()),
        sources=tuple(file.source for file in sources),
        rows=dict(made.rows),
        abstracts=abstracts,
        vectors=True,
    )
    edition.write(commit, made.tables)
    archive.make_current(edition.name)
    return edition


def replace_parts(edition: Edition, files: Sequence[Path]) -> None:
    """Put one part of `files` in the place of all parts that count, whose files are then gone."""
    maker = PartMaker(None, abstracts=False, vectors=True)
    sources = [source(path) for path in files]
    made = maker.make(sources)
    old = edition.commits()
    serial = next_serial(old)
    commit = Commit(
        part=f"part-{serial}",
        serial=serial,
        sources=tuple(file.source for file in sources),
        rows=dict(made.rows),
        replaces=tuple(one.part for one in old),
        abstracts=False,
        vectors=True,
    )
    edition.write(commit, made.tables)
    edition.sweep()
