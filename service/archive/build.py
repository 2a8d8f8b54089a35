"""`yuebao archive build`: files in, an edition of the archive out, each file read exactly once."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final, Protocol

import pyarrow.parquet as pq

from bulletin import __version__, themes
from bulletin.themes import Taxonomy
from models.bundle import MANIFEST, Bundle, open_bundle
from service.archive import compaction, duplicates, index, parts, schema, sources
from service.archive.edition import Archive, Edition, EditionRecord, commit_of, next_serial
from service.archive.engines import Engine, Unit
from service.archive.parts import MadePart, OpenPartMaker, SourceFile
from service.archive.sources import Filed
from service.errors import ArchiveError, SourceLostError
from service.files import write_whole

# Files of a part: enough for full batches, few enough that little is lost when a build is stopped.
UNIT_FILES: Final = 16
FILES: Final = "files.parquet"


@dataclass(frozen=True, slots=True)
class Plan:
    """What to build. `retry` reads files again that failed for what they hold; `prune` forgets files that are gone.

    `unit_files` are read by one process at a time and committed together.
    """

    inputs: tuple[str, ...]
    archive: Path
    bundle: Path | None
    abstracts: bool = False
    vectors: bool = False
    retry: bool = False
    prune: bool = False
    unit_files: int = UNIT_FILES


class Progress(Protocol):
    """Hears how far a build is, and may ask it to stop."""

    def begin(self, what: str, files: int) -> None:
        """`what` begins, of so many files."""
        ...

    def step(self, files: int = 1) -> None:
        """So many more are done."""
        ...

    def stopping(self) -> bool:
        """Whether to begin no more."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a build did: `listed` files were found, of `sources` different contents; `unopened` could not be opened.

    Of the contents `read` were read anew, and `left` are left to a later build. `gone` files are in the archive and no
    longer where they were. `current` is what the archive answers from: `edition`, or what `replay --taxonomy` made of
    it.
    """

    edition: Edition
    current: str
    listed: int
    sources: int
    unopened: int
    read: int
    left: int
    gone: int


def build(plan: Plan, engine: Engine, progress: Progress) -> Outcome:
    """Bring the archive up to date with its files. Stopped or killed, the next build goes on where this one was.

    Raises ArchiveError or BundleError before anything is read; a file that fails is a row of `errors`.
    """
    archive = Archive(plan.archive)
    with archive.locked():
        edition = _edition(archive, plan.bundle)
        edition.sweep()
        before = _filed(edition)
        filed, elsewhere, gone = _inventory(plan, before, progress)
        maker = _maker(edition, plan)
        todo = _todo(edition, filed, maker, retry=plan.retry)
        # The same files fall into the same units after a kill, as all but the last are of one size.
        units = [tuple(todo[k : k + plan.unit_files]) for k in range(0, len(todo), plan.unit_files)]
        progress.begin("归档", len(todo))
        read = _read(edition, maker, units, engine, progress)
        kept = [*filed, *elsewhere, *([] if plan.prune else gone)]
        if read == len(todo):
            _finish(edition, sorted(kept, key=lambda one: one.path))
            _promote(archive, edition)
        sourced = [one.source for one in filed if one.source]
        current = archive.current().name
        return Outcome(
            edition,
            current,
            listed=len(filed),
            sources=len(set(sourced)),
            unopened=len(filed) - len(sourced),
            read=read,
            left=len(todo) - read,
            gone=len(gone),
        )


def _promote(archive: Archive, edition: Edition) -> None:
    """Make the edition current, but not in place of what `replay --taxonomy` made of it."""
    current = archive.current()
    if (current.record.bundle, current.record.manifest) != (edition.record.bundle, edition.record.manifest):
        archive.make_current(edition.name)


def record_of(bundle: Bundle, taxonomy: Taxonomy) -> EditionRecord:
    """What an edition that `bundle` makes says of itself, its themes being those of `taxonomy`."""
    return EditionRecord(
        schema_version=schema.VERSION,
        bundle=bundle.manifest.version,
        manifest=sha256((bundle.path / MANIFEST).read_bytes()).hexdigest(),
        taxonomy=taxonomy.version,
        themes={theme.id: theme.name for theme in taxonomy.themes},
        yuebao=__version__,
    )


def _edition(archive: Archive, folder: Path | None) -> Edition:
    """The edition of the bundle in `folder`; current from its first part on where there was none."""
    bundle = open_bundle(folder)
    record = record_of(bundle, bundle.load("themes.toml", themes.load))
    edition = archive.open_edition(record.bundle, record)
    if archive.has_current():
        archive.current()  # one that cannot be read is refused now, not when all is done
    else:
        archive.make_current(edition.name)
    return edition


def _filed(edition: Edition) -> dict[str, Filed]:
    """The files of the last finished build, by path."""
    path = edition.path / FILES
    rows = pq.read_table(path).to_pylist() if path.exists() else []
    return {row["path"]: Filed(**row) for row in rows}


def _inventory(
    plan: Plan, before: Mapping[str, Filed], progress: Progress
) -> tuple[list[Filed], list[Filed], list[Filed]]:
    """The files that are to be there; of `before`, those that are elsewhere, and those that are gone."""
    found = sources.find(plan.inputs, without=plan.archive)
    if not found:
        raise ArchiveError(f"{'、'.join(plan.inputs)} 里没有文件:请检查路径")
    progress.begin("清点", len(found))
    filed = sources.file(found, before, progress.step)
    there = {one.path for one in filed}
    others = [one for path, one in before.items() if path not in there]
    exist = {one.path for one in others if sources.exists(one.path)}
    elsewhere = [one for one in others if one.path in exist]
    # Of what could never be opened nothing is kept.
    gone = [one for one in others if one.path not in exist and one.source]
    return filed, elsewhere, gone


def _maker(edition: Edition, plan: Plan) -> OpenPartMaker:
    """What makes the parts. What an edition holds of some bulletins, it holds of those that come later too."""
    commits = edition.commits()
    return OpenPartMaker(
        plan.bundle,
        abstracts=plan.abstracts or any(commit.abstracts for commit in commits),
        vectors=plan.vectors or any(commit.vectors for commit in commits),
    )


def _todo(edition: Edition, filed: Sequence[Filed], maker: OpenPartMaker, *, retry: bool) -> list[SourceFile]:
    """The contents that no part holds as they are wanted, each once, where it was found first."""
    done = {
        source
        for commit in edition.commits()
        if commit.abstracts >= maker.abstracts and commit.vectors >= maker.vectors
        for source in commit.sources
    }
    done -= failed(edition, None if retry else SourceLostError.__name__)
    first: dict[str, SourceFile] = {}
    for one in filed:
        if one.source is not None and one.source not in done:
            first.setdefault(one.source, SourceFile(one.path, one.source))
    return list(first.values())


def failed(edition: Edition, kind: str | None = None) -> set[str]:
    """The contents with an error of that kind, or of any, in the newest part that holds them."""
    return {
        row["source"]
        for part in edition.parts("errors")
        for row in pq.read_table(part.path, columns=["source", "kind"]).to_pylist()
        if row["source"] not in part.without and kind in (None, row["kind"])
    }


def _read(
    edition: Edition, maker: OpenPartMaker, units: Sequence[Unit], engine: Engine, progress: Progress
) -> int:
    """Make the parts of `units` and commit each; how many files that were."""
    read = 0
    commits = edition.commits()
    held = frozenset(source for commit in commits for source in commit.sources)
    serial = next_serial(commits)
    for unit, made in engine.run(maker, units, progress.stopping):
        read += _commit(edition, maker, unit, made, serial, held)
        serial += 1
        progress.step(len(unit))
    return read


def _commit(
    edition: Edition,
    maker: OpenPartMaker,
    unit: Unit,
    made: MadePart | None,
    serial: int,
    held: frozenset[str],
) -> int:
    """Write a part; of how many files. `made` None: its one file ended the process that read it, an error of it.

    What is `held` already and was lost on the way stays as it is: a later build may find it.
    """
    record = edition.record
    part = made or parts.crashed(unit[0], record.bundle, record.taxonomy, vectors=maker.vectors)
    part, lost = parts.without_lost(part, held)
    contents = [file.source for file in unit if file.source not in lost]
    if contents:
        commit = commit_of(serial, contents, part.rows, abstracts=maker.abstracts, vectors=maker.vectors)
        edition.write(commit, part.tables)
    return len(contents)


def _finish(edition: Edition, ledger: Sequence[Filed]) -> None:
    """Put small parts together, forget the rows of contents that no file has, and write what is told of the whole."""
    compaction.compact(edition, frozenset(one.source for one in ledger if one.source))
    rows = [asdict(one) for one in ledger]
    write_whole(edition.path / FILES, parts.packed_rows(rows, schema.FILES))
    duplicates.write(edition)
    index.build(edition)
