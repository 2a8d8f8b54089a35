"""Small archives of real files, for tests of what is asked of an archive."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bulletin import __version__
from models.bundle import MANIFEST
from service.archive import schema, views
from service.archive.edition import Archive, Commit, Edition, EditionRecord, next_serial
from service.archive.engines import Done, Unit
from service.archive.parts import OpenPartMaker, PartMaker, SourceFile


def source(path: Path) -> SourceFile:
    return SourceFile(str(path), hashlib.sha256(path.read_bytes()).hexdigest())


def archive_of(
    folder: Path, files: Sequence[Path], *, bundle: Path | None = None, abstracts: bool = False
) -> Edition:
    """The current edition of a new archive in `folder`, with one part of the rows of `files`."""
    maker = OpenPartMaker(bundle, abstracts=abstracts, vectors=True)()
    archive = Archive(folder)
    names = {theme.id: theme.name for theme in maker.taxonomy.themes}
    record = EditionRecord(
        schema_version=schema.VERSION,
        bundle=maker.info.version,
        manifest=hashlib.sha256((maker.info.path / MANIFEST).read_bytes()).hexdigest(),
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


@dataclass
class Told:
    """Progress that remembers what it heard, and asks to stop after `limit` files; never if that is None."""

    limit: int | None = None
    heard: dict[str, int] = field(default_factory=dict)
    _now: str = ""

    def begin(self, what: str, files: int) -> None:
        assert files >= 0
        self._now = what
        self.heard[what] = 0

    def step(self, files: int = 1) -> None:
        self.heard[self._now] += files

    def stopping(self) -> bool:
        return self.limit is not None and self.heard.get("归档", 0) >= self.limit


class InProcess:
    """An engine without processes: makers are opened once a kind and kept."""

    def __init__(self) -> None:
        self._makers: dict[OpenPartMaker, PartMaker] = {}

    def run(
        self, open_maker: OpenPartMaker, units: Sequence[Unit], stopping: Callable[[], bool]
    ) -> Iterator[Done]:
        maker = self._makers.get(open_maker) or self._makers.setdefault(open_maker, open_maker())
        for unit in units:
            if stopping():
                return
            yield unit, maker.make(unit)


class Vanishing(InProcess):
    """An engine before whose work a file is gone for a while."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = file

    def run(
        self, open_maker: OpenPartMaker, units: Sequence[Unit], stopping: Callable[[], bool]
    ) -> Iterator[Done]:
        aside = self._file.rename(self._file.with_suffix(".aside"))
        yield from super().run(open_maker, units, stopping)
        aside.rename(self._file)


def rows_of(edition: Edition) -> dict[str, list[str]]:
    """Every row of every table, in an order that parts do not matter to."""
    with views.connect(edition) as connection:
        tables = (*(f"all_{name}" for name in schema.TABLES), "files", "duplicates")
        return {
            name: sorted(repr(row) for row in connection.execute(f"SELECT * FROM {name}").fetchall())
            for name in tables
        }


def replace_parts(edition: Edition, files: Sequence[Path]) -> None:
    """Put one part of `files` in the place of all parts that count, whose files are then gone."""
    maker = OpenPartMaker(None, abstracts=False, vectors=True)()
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
