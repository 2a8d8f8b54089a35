"""Source files in, a part of the archive out: the work that engines spread over processes and machines."""

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from bulletin import reasons
from bulletin.document import Bulletin
from bulletin.errors import UnreadableFileError
from bulletin.files import read_text
from bulletin.parse import parse, split
from bulletin.plain import normalise
from models.pipeline import Pipeline
from service.archive import schema, sources
from service.archive.edition import VECTORS
from service.archive.rows import Made, Row, Rows
from service.errors import SourceLostError


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to read: where it lies (a path or an fsspec URL) and the SHA-256 of what it holds."""

    path: str
    source: str


@dataclass(frozen=True, slots=True)
class MadePart:
    """A part ready to be written: Parquet files and their numbers of rows, by table."""

    tables: Mapping[str, bytes]
    rows: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class States:
    """The classifier's (items, hidden) states of one bulletin's items."""

    bulletin: str
    source: str
    items: Sequence[str]
    states: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Text:
    """A bulletin that has been read, the `number`th of its source."""

    made: Made
    number: int
    bulletin: Bulletin


@dataclass(frozen=True, slots=True)
class OpenPartMaker:
    """Opens a `PartMaker` in whatever process it is called."""

    bundle: Path | None
    abstracts: bool
    vectors: bool

    def __call__(self) -> "PartMaker":
        """The maker. One thread: engines run a maker a core. Raises BundleError."""
        # What is wrong with a PDF becomes a row of `errors`; pypdf would also tell it across the progress bar.
        logging.getLogger("pypdf").setLevel(logging.CRITICAL)
        pipeline = Pipeline.open(self.bundle, threads=1)
        return PartMaker(pipeline, abstracts=self.abstracts, vectors=self.vectors)


class PartMaker:
    """A bundle's pipeline that reads files into parts. A file that cannot be read is a row of `errors`."""

    def __init__(self, pipeline: Pipeline, *, abstracts: bool, vectors: bool) -> None:
        self._pipeline = pipeline
        self.info = self._pipeline.info
        self.taxonomy = self._pipeline.taxonomy
        self._abstracts = abstracts
        self._vectors = vectors

    def make(self, files: Sequence[SourceFile]) -> MadePart:
        """The part of `files`; the same files in the same order give the same bytes."""
        try:
            return self._made(files)
        # As in `_texts`: what only shows once a bulletin is classified or stored must not end the run either.
        except Exception as error:
            if len(files) == 1:
                return self._failed(files[0], error)
            return _joined([self.make([file]) for file in files])

    def _made(self, files: Sequence[SourceFile]) -> MadePart:
        rows = Rows()
        texts = [text for file in files for text in self._texts(file, rows)]
        states = add_digests(self._pipeline, texts, rows, abstract=self._abstracts)
        return part_of(rows.tables, states if self._vectors else None)

    def _failed(self, file: SourceFile, error: Exception) -> MadePart:
        made = Made(file.source, self.info.version, self.taxonomy.version)
        return failed(made, error, vectors=self._vectors)

    def _texts(self, file: SourceFile, rows: Rows) -> list[Text]:
        """The bulletins in `file`; what cannot be read is noted in `rows`."""
        made = Made(file.source, self.info.version, self.taxonomy.version)
        try:
            text = normalise(read_text(_content(file), PurePosixPath(file.path).name))
        # A page that breaks a reader in a way nobody foresaw must not end the run of all the others.
        except Exception as error:
            rows.error(made, None, error)
            return []
        spans = split(text)
        found = []
        for number, span in enumerate(spans, 1):
            try:
                found.append(Text(made, number, parse(text[span.start : span.end])))
            except Exception as error:
                rows.error(made, number if len(spans) > 1 else None, error)
        return found


def add_digests(pipeline: Pipeline, texts: Sequence[Text], rows: Rows, *, abstract: bool) -> list[States]:
    """Add to `rows` what the pipeline makes of `texts`; the states of their items."""
    read = pipeline.read([text.bulletin for text in texts], abstract=abstract)
    items = rows.tables["items"]
    found = []
    for text, one in zip(texts, read, strict=True):
        before = len(items)
        ident = rows.bulletin(text.made, text.number, one.bulletin, one.digest)
        found.append(States(ident, text.made.source, [row["item"] for row in items[before:]], one.states))
    return found


def part_of(rows: Mapping[str, Sequence[Row]], states: Sequence[States] | None) -> MadePart:
    """The part of `rows`, by table; with vectors when there are `states`."""
    tables = {name: pa.Table.from_pylist(list(rows[name]), schema.TABLES[name]) for name in schema.TABLES}
    if states is not None:
        tables[VECTORS] = vectors(states)
    return packed(tables)


def vectors(states: Sequence[States]) -> pa.Table:
    """The rows of `schema.VECTORS`."""
    columns = [
        [one.bulletin for one in states for _ in one.items],
        [item for one in states for item in one.items],
        [row for one in states for row in one.states.astype(np.float16)],
        [one.source for one in states for _ in one.items],
    ]
    return pa.table(columns, schema=schema.VECTORS)


def packed(tables: Mapping[str, pa.Table]) -> MadePart:
    """The tables as Parquet files."""
    return MadePart(
        tables={name: _parquet(table) for name, table in tables.items()},
        rows={name: table.num_rows for name, table in tables.items()},
    )


def packed_rows(rows: Sequence[Row], table: pa.Schema) -> bytes:
    """`rows` as a Parquet file of the schema `table`."""
    return _parquet(pa.Table.from_pylist(list(rows), table))


def crashed(file: SourceFile, bundle: str, taxonomy: str, *, vectors: bool) -> MadePart:
    """The part of a file whose reading ended its process: an error and no other row."""
    error = UnreadableFileError(f"读“{file.path}”时进程中止,可能是内存不足;请另存一遍,或先把它拿开。")
    return failed(Made(file.source, bundle, taxonomy), error, vectors=vectors)


def failed(made: Made, error: Exception, *, vectors: bool) -> MadePart:
    """The part of a source of which there is an error and no other row."""
    rows = Rows()
    rows.error(made, None, error)
    return part_of(rows.tables, [] if vectors else None)


def without_lost(made: MadePart, held: frozenset[str]) -> tuple[MadePart, frozenset[str]]:
    """The part without the sources of `held` that were lost on the way, and which these are."""
    if not made.rows["errors"]:
        return made, frozenset()
    errors = pq.read_table(BytesIO(made.tables["errors"]))
    lost = pc.and_(
        pc.equal(errors["kind"], SourceLostError.__name__),
        pc.is_in(errors["source"], pa.array(sorted(held), pa.string())),
    )
    told = packed({"errors": errors.filter(pc.invert(lost))})
    part = MadePart({**made.tables, **told.tables}, {**made.rows, **told.rows})
    return part, frozenset(errors.filter(lost)["source"].to_pylist())


def _joined(made: Sequence[MadePart]) -> MadePart:
    """One part of the rows of several that hold the same tables."""
    return packed(
        {
            name: pa.concat_tables(pq.read_table(BytesIO(one.tables[name])) for one in made)
            for name in made[0].tables
        }
    )


def _parquet(table: pa.Table) -> bytes:
    buffer = BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()


def _content(file: SourceFile) -> bytes:
    """The bytes of `file`. Raises SourceLostError when they are not those that were listed."""
    try:
        with sources.opened(file.path) as opened:
            content = bytes(opened.read())
    # Every file system of fsspec has errors of its own besides OSError.
    except Exception as error:
        raise SourceLostError(
            f"“{file.path}”打不开({reasons.told(error)});请检查路径和权限,再运行一次。"
        ) from error
    if hashlib.sha256(content).hexdigest() != file.source:
        raise SourceLostError(f"“{file.path}”在清点之后变了;请再运行一次。")
    return content
