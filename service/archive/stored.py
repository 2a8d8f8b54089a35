"""What an edition holds, made anew: by another bundle from the stored texts, or under another taxonomy from the rows.

Neither opens a source file. The makers take what is kept of sources and give parts, as `parts.PartMaker` does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bulletin.parse import parse
from models.pipeline import Pipeline
from service.archive import schema
from service.archive.edition import VECTORS
from service.archive.parts import MadePart, Text, add_digests, packed, part_of
from service.archive.relabel import Relabelling
from service.archive.rows import Made, Row, Rows


@dataclass(frozen=True, slots=True)
class Kept:
    """The rows of one source in a part of the edition in the folder `edition`."""

    edition: Path
    part: str
    source: str


@dataclass(frozen=True, slots=True)
class OpenRescorer:
    """Opens a `Rescorer` in whatever process it is called."""

    bundle: Path
    relabelling: Relabelling | None
    abstracts: bool
    vectors: bool

    def __call__(self) -> "Rescorer":
        """The maker. Raises BundleError."""
        return Rescorer(self)


@dataclass(frozen=True, slots=True)
class OpenRelabeller:
    """Opens a `Relabeller` in whatever process it is called."""

    relabelling: Relabelling

    def __call__(self) -> "Relabeller":
        """The maker."""
        return Relabeller(self.relabelling)


class Rescorer:
    """A bundle's pipeline over stored texts: the rows are those of a build with that bundle from the same files."""

    def __init__(self, asked: OpenRescorer) -> None:
        """One thread: engines run a maker a core. Raises BundleError."""
        self._asked = asked
        self._pipeline = Pipeline.open(asked.bundle, threads=1)

    def make(self, unit: Sequence[Kept]) -> MadePart:
        """The part of `unit`, whose sources are of one old part."""
        rows = Rows()
        for row in _read(unit, "errors").to_pylist():
            rows.tables["errors"].append({**row, **self._made(row["source"]).row()})
        texts = [text for row in _read(unit, "bulletins").to_pylist() for text in self._texts(row, rows)]
        states = add_digests(self._pipeline, texts, rows, abstract=self._asked.abstracts)
        relabelling = self._asked.relabelling
        tables = relabelling.tables(rows.tables) if relabelling else rows.tables
        return part_of(tables, states if self._asked.vectors else None)

    def _texts(self, row: Row, rows: Rows) -> list[Text]:
        """The bulletin, read again: its text is the source's, as far as this bulletin goes."""
        made = self._made(row["source"])
        try:
            return [Text(made, row["number"], parse(row["text"]))]
        # As when the file was read: one bulletin must not end the run of all the others.
        except Exception as error:
            rows.error(made, row["number"], error)
            return []

    def _made(self, source: str) -> Made:
        return Made(source, self._pipeline.info.version, self._pipeline.taxonomy.version)


class Relabeller:
    """The rows of an edition under another taxonomy; everything else in them stays."""

    def __init__(self, relabelling: Relabelling) -> None:
        self._relabelling = relabelling

    def make(self, unit: Sequence[Kept]) -> MadePart:
        """The part of `unit`, whose sources are of one old part."""
        rows = {name: _read(unit, name).to_pylist() for name in schema.TABLES}
        part = part_of(self._relabelling.tables(rows), None)
        if not _path(unit, VECTORS).exists():
            return part
        vectors = packed({VECTORS: _read(unit, VECTORS)})
        return MadePart({**part.tables, **vectors.tables}, {**part.rows, **vectors.rows})


def _read(unit: Sequence[Kept], table: str) -> pa.Table:
    own = pc.field("source").isin([kept.source for kept in unit])
    # A folder called a=b is no column.
    return pq.read_table(_path(unit, table), filters=own, partitioning=None)


def _path(unit: Sequence[Kept], table: str) -> Path:
    return unit[0].edition / table / f"{unit[0].part}.parquet"
