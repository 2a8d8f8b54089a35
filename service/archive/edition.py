"""Where an archive lies on disk, and which of its files count.

archive/
├── archive.json            format, and the current edition
└── editions/<name>/        what one bundle and taxonomy made of the sources: old ones stay as they are
    ├── edition.json            schema, bundle, taxonomy
    ├── commits/<part>.json     a part that is complete: its sources, its rows, the parts that it replaces
    ├── items/<part>.parquet    and so for every table of `schema.TABLES`, and vectors/ where they were asked for
    ├── files.parquet           which file is which source
    └── duplicates.parquet      which bulletin is another one again

A part's files are written first and its commit last, so that what has no commit was never there. Of a source that
several parts hold, the newest part counts.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final, Literal, TypeVar

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, ValidationError

from bulletin import reasons
from service.archive import schema
from service.errors import ArchiveError, NoArchiveError
from service.files import write_whole

VECTORS: Final = "vectors"


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


R = TypeVar("R", bound=_Record)


class ArchiveRecord(_Record):
    """`archive.json`."""

    format: Literal[1] = 1
    current: str


class EditionRecord(_Record):
    """`edition.json`: what made the edition. `manifest` is the SHA-256 of the bundle's manifest, which names its files.

    `themes` are the ids and names of the taxonomy's themes, in order; `yuebao` the program that began the edition.
    """

    schema_version: int
    bundle: str
    manifest: str
    taxonomy: str
    themes: dict[str, str]
    yuebao: str


class Commit(_Record):
    """`commits/<part>.json`. `serial` grows from commit to commit; `rows` counts them by table."""

    part: str
    serial: int
    sources: tuple[str, ...]
    rows: dict[str, int]
    replaces: tuple[str, ...] = ()
    abstracts: bool
    vectors: bool


# Parts, oldest first, each with those of its sources that no newer part holds.
Owned = tuple[tuple[Commit, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One Parquet file that counts, but for the rows of the sources `without`, which a newer part holds."""

    path: Path
    without: frozenset[str]


class Edition:
    """One edition of an archive."""

    def __init__(self, path: Path, record: EditionRecord) -> None:
        self.path = path
        self.record = record

    @property
    def name(self) -> str:
        """The edition's name in its archive."""
        return self.path.name

    def commits(self) -> tuple[Commit, ...]:
        """The parts that count, oldest first."""
        found = self._listed()
        replaced = {name for commit in found for name in commit.replaces}
        live = (commit for commit in found if commit.part not in replaced)
        return tuple(sorted(live, key=lambda commit: commit.serial))

    def _listed(self) -> list[Commit]:
        """What lies in `commits/`, read again when a build took some of it away meanwhile."""
        while True:
            paths = sorted((self.path / "commits").glob("*.json"))
            try:
                found = [_read(path, Commit) for path in paths]
            except ArchiveError:
                if all(path.exists() for path in paths):
                    raise
                continue
            if paths == sorted((self.path / "commits").glob("*.json")):
                return found

    def owned(self) -> Owned:
        """The parts that count, oldest first, each with those of its sources that no newer part holds."""
        commits = self.commits()
        owner = {source: commit.part for commit in commits for source in commit.sources}
        return tuple(
            (commit, tuple(source for source in commit.sources if owner[source] == commit.part))
            for commit in commits
        )

    def parts(self, table: str, owned: Owned | None = None) -> tuple[Part, ...]:
        """The files of `table` with rows that may count, in the order of their commits, as `owned` has them."""
        return tuple(
            Part(
                self.path / table / f"{commit.part}.parquet",
                frozenset(commit.sources).difference(own),
            )
            for commit, own in (self.owned() if owned is None else owned)
            if own and table in commit.rows
        )

    def write(self, commit: Commit, tables: Mapping[str, bytes]) -> None:
        """Write a part's Parquet files, then its commit."""
        for table, content in tables.items():
            write_whole(self.path / table / f"{commit.part}.parquet", content)
        self.commit(commit)

    def commit(self, commit: Commit) -> None:
        """Make a part count whose files are in place."""
        write_whole(self.path / "commits" / f"{commit.part}.json", commit.model_dump_json(indent=1).encode())

    def sweep(self) -> None:
        """Remove the files of parts that do not count. Only under the archive's lock.

        Builds and replays begin with it: those who ask while one ends may still read what it put together.
        """
        live = {commit.part for commit in self.commits()}
        for folder in (self.path / name for name in (*schema.TABLES, VECTORS, "commits")):
            for path in folder.glob("*"):
                if path.name.startswith(".") or path.stem not in live:
                    path.unlink()


class Archive:
    """An archive's folder: its editions, the current one, and the lock of those that write."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def has_current(self) -> bool:
        """Whether an edition has been made current."""
        return (self.path / "archive.json").exists()

    def current(self) -> Edition:
        """The edition that is asked when none is named. Raises ArchiveError where there is no archive."""
        return self.edition(_read(self.path / "archive.json", ArchiveRecord).current)

    def edition(self, name: str) -> Edition:
        """The edition `name`. Raises ArchiveError when there is none, or one of another schema."""
        path = self.path / "editions" / name
        if name not in self.names():
            raise ArchiveError(f"档案 {self.path} 没有 {name} 这一版;已有:{'、'.join(self.names()) or '无'}")
        record = _read(path / "edition.json", EditionRecord)
        if record.schema_version != schema.VERSION:
            raise ArchiveError(
                f"档案 {path} 的表结构是第 {record.schema_version} 版,本程序用第 {schema.VERSION} 版:"
                "请换用建它的程序,或另建一个档案"
            )
        return Edition(path, record)

    def names(self) -> list[str]:
        """The names of the editions."""
        return sorted(path.parent.name for path in (self.path / "editions").glob("*/edition.json"))

    def open_edition(self, name: str, record: EditionRecord) -> Edition:
        """The edition `name`, made if it is not there. Raises ArchiveError when it is there and of another making."""
        if name in self.names():
            edition = self.edition(name)
            if edition.record.model_copy(update={"yuebao": record.yuebao}) != record:
                raise ArchiveError(
                    f"档案 {self.path} 里的 {name} 出自同名的另一个模型;请给模型换一个版本名,或另建一个档案"
                )
            return edition
        path = self.path / "editions" / name
        write_whole(path / "edition.json", record.model_dump_json(indent=1).encode())
        return Edition(path, record)

    def make_current(self, name: str) -> None:
        """Let the edition `name` be the one that is asked."""
        write_whole(self.path / "archive.json", ArchiveRecord(current=name).model_dump_json().encode())

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Held while writing. Raises ArchiveError when another process writes, or nothing can be written there."""
        lock = FileLock(self.path / ".lock", timeout=0)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            lock.acquire()
        except Timeout as error:
            raise ArchiveError(f"另一个程序正在写档案 {self.path};请等它做完") from error
        except OSError as error:
            raise ArchiveError(f"档案 {self.path} 写不进去({reasons.reason(error)}):请换一个位置") from error
        try:
            yield
        finally:
            lock.release()


def next_serial(commits: Sequence[Commit]) -> int:
    """The serial of a commit after `commits`."""
    return max((commit.serial for commit in commits), default=0) + 1


def commit_of(
    serial: int, sources: Sequence[str], rows: Mapping[str, int], *, abstracts: bool, vectors: bool
) -> Commit:
    """The commit of a new part, which is named after its serial and its sources."""
    part = f"{serial:06d}-{sha256(' '.join(sources).encode()).hexdigest()[:8]}"
    return Commit(
        part=part,
        serial=serial,
        sources=tuple(sources),
        rows=dict(rows),
        abstracts=abstracts,
        vectors=vectors,
    )


def _read(path: Path, kind: type[R]) -> R:
    try:
        return kind.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise NoArchiveError(
            f"{path.parent} 里没有档案(缺 {path.name});请先运行 yuebao archive build"
        ) from error
    except (OSError, ValidationError) as error:
        raise ArchiveError(f"{path} 读不懂({reasons.told(error)});档案可能已损坏或出自别的版本") from error
