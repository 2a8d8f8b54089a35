"""Putting small parts together: a build commits often, and queries like few files."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from service.archive.edition import Commit, Edition, next_serial
from service.files import whole

# Sources of a part that is left as it is: about a quarter of a million items.
FULL: Final = 2048
# Row groups of about this size are written at once: small ones are slow to scan, large ones take memory.
_GROUP_BYTES: Final = 32 << 20


@dataclass(frozen=True, slots=True)
class _Owned:
    """A commit, and those of its sources whose rows are to stay."""

    commit: Commit
    own: tuple[str, ...]

    @property
    def whole(self) -> bool:
        return len(self.own) == len(self.commit.sources)


def compact(edition: Edition, wanted: frozenset[str]) -> None:
    """Leave parts of FULL sources or more but for the last, and rows of no source outside `wanted`.

    Each new part counts, in place of those that it is made of, from one moment to the next. The next sweep removes
    those.
    """
    owned = [_Owned(commit, tuple(s for s in own if s in wanted)) for commit, own in edition.owned()]
    loose = [one for one in owned if not one.whole or len(one.own) < FULL]
    if len(loose) > 1 or any(not one.whole for one in loose):
        for group in _groups(loose):
            _merge(edition, group)


def _groups(loose: Sequence[_Owned]) -> Iterator[list[_Owned]]:
    """Groups that make a full part each, of commits that hold the same kinds of rows."""
    open_groups: dict[tuple[bool, bool], list[_Owned]] = {}
    for one in loose:
        group = open_groups.setdefault((one.commit.abstracts, one.commit.vectors), [])
        group.append(one)
        if sum(len(member.own) for member in group) >= FULL:
            yield group
            group.clear()
    yield from filter(None, open_groups.values())


def _merge(edition: Edition, group: Sequence[_Owned]) -> None:
    commits = [one.commit for one in group]
    part = f"merged-{sha256(' '.join(commit.part for commit in commits).encode()).hexdigest()[:16]}"
    rows = {table: _merge_table(edition.path / table, group, part) for table in commits[0].rows}
    edition.commit(
        Commit(
            part=part,
            serial=next_serial(edition.commits()),
            sources=tuple(source for one in group for source in one.own),
            rows=rows,
            replaces=tuple(commit.part for commit in commits),
            abstracts=commits[0].abstracts,
            vectors=commits[0].vectors,
        )
    )


def _merge_table(folder: Path, group: Sequence[_Owned], part: str) -> int:
    """Write the rows in `folder` that are to stay to one file; how many they are."""
    first = pq.read_schema(folder / f"{group[0].commit.part}.parquet")
    target = folder / f"{part}.parquet"
    with whole(target) as merged_file, pq.ParquetWriter(merged_file, first, compression="zstd") as writer:
        merged = _RowGroups(writer)
        for one in group:
            with pq.ParquetFile(folder / f"{one.commit.part}.parquet") as file:
                for number in range(file.num_row_groups):
                    table = file.read_row_group(number)
                    merged.add(table if one.whole else _of_sources(table, one.own))
        merged.flush()
    return merged.rows


@dataclass(slots=True)
class _RowGroups:
    """Gathers tables into row groups of a good size."""

    writer: pq.ParquetWriter
    rows: int = 0
    waiting: list[pa.Table] = field(default_factory=list)

    def add(self, table: pa.Table) -> None:
        self.waiting.append(table)
        if sum(one.nbytes for one in self.waiting) >= _GROUP_BYTES:
            self.flush()

    def flush(self) -> None:
        if self.waiting:
            table = pa.concat_tables(self.waiting)
            self.writer.write_table(table)
            self.rows += table.num_rows
            self.waiting = []


def _of_sources(table: pa.Table, sources: Sequence[str]) -> pa.Table:
    return table.filter(pc.is_in(table["source"], pa.array(sources, pa.string())))
