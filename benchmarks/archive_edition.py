"""Editions for benchmarks, written straight as Parquet files: no bulletin is read for them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from bulletin import __version__, themes
from bulletin.plain import fold
from bulletin.provinces import OFFICIAL_ORDER
from service.archive import schema
from service.archive.edition import VECTORS, Archive, Commit, Edition, EditionRecord
from service.archive.parts import packed
from training.corpus import LabelledItem

BUNDLE = "benchmark"


def begin(folder: Path, bundle: str = BUNDLE) -> Edition:
    """The current edition of a new archive in `folder`, without parts, as if the bundle `bundle` had made it."""
    taxonomy = themes.load()
    record = EditionRecord(
        schema_version=schema.VERSION,
        bundle=bundle,
        manifest="",
        taxonomy=taxonomy.version,
        themes={theme.id: theme.name for theme in taxonomy.themes},
        yuebao=__version__,
    )
    archive = Archive(folder)
    edition = archive.open_edition(bundle, record)
    archive.make_current(bundle)
    return edition


def add_part(edition: Edition, serial: int, sources: Sequence[str], tables: Mapping[str, pa.Table]) -> None:
    """Add a part of `tables`; those that are not given are empty."""
    empty = {name: table.empty_table() for name, table in schema.TABLES.items()}
    made = packed({**empty, **tables})
    commit = Commit(
        part=f"part-{serial:05}",
        serial=serial,
        sources=tuple(sources),
        rows=dict(made.rows),
        abstracts=False,
        vectors=VECTORS in tables,
    )
    edition.write(commit, made.tables)


def corpus_part(
    edition: Edition, items: Sequence[tuple[str, LabelledItem]], states: NDArray[np.float32]
) -> None:
    """Add a part of labelled items, each with the name of its month, and their (items, hidden) states."""
    months = [month for month, _ in items]
    columns: dict[str, Sequence[object]] = {
        "bulletin": months,
        "item": [item.id for _, item in items],
        "position": range(len(items)),
        "level": ["provincial" if item.province else "national" for _, item in items],
        "province": [item.province for _, item in items],
        "text": [item.text for _, item in items],
        "plain": [fold(item.text) for _, item in items],
        "start": [0] * len(items),
        "end": [len(item.text) for _, item in items],
        "themes": [item.themes for _, item in items],
        "review": [False] * len(items),
        "source": months,
    }
    # Each month is the source of itself.
    vectors = _vectors(months, [item.id for _, item in items], states, months)
    add_part(edition, 1, sorted(set(months)), {"items": _table("items", columns), VECTORS: vectors})


def large(folder: Path, bulletins: int, items: Sequence[LabelledItem], each: int, in_part: int) -> Edition:
    """An archive of `bulletins` months with `each` of `items` in turn, a hundredth of them duplicates of others.

    Parts hold `in_part` bulletins. Months go from 2005 on and provinces in the official order; states are random.
    """
    edition = begin(folder)
    rng = np.random.default_rng(1)
    for serial, first in enumerate(range(0, bulletins, in_part), 1):
        numbers = range(first, min(first + in_part, bulletins))
        made = {
            "bulletins": _bulletins(edition, numbers, each),
            "items": _items(edition, numbers, each, items),
            VECTORS: _random_vectors(rng, numbers, each),
        }
        add_part(edition, serial, [_source(number) for number in numbers], made)
    repeated = [
        {"bulletin": _bulletin(number), "kept": _bulletin(number + 1), "similarity": 0.95}
        for number in range(0, bulletins - 1, 100)
    ]
    files = [
        {"path": f"{number}.txt", "source": _source(number), "bytes": 9000, "stamp": "", "error": None}
        for number in range(bulletins)
    ]
    pq.write_table(pa.Table.from_pylist(repeated, schema.DUPLICATES), edition.path / "duplicates.parquet")
    pq.write_table(pa.Table.from_pylist(files, schema.FILES), edition.path / "files.parquet")
    return edition


def _source(number: int) -> str:
    return f"{number:016x}" * 4


def _month(number: int) -> str:
    months = number % 240
    return f"{2005 + months // 12}-{months % 12 + 1:02}"


def _bulletin(number: int) -> str:
    return f"{_source(number)[:16]}-1"


def _made(edition: Edition, numbers: Sequence[int]) -> dict[str, Sequence[object]]:
    return {
        "source": [_source(number) for number in numbers],
        "bundle": [edition.record.bundle] * len(numbers),
        "taxonomy": [edition.record.taxonomy] * len(numbers),
        "schema": [schema.VERSION] * len(numbers),
    }


def _bulletins(edition: Edition, numbers: Sequence[int], each: int) -> pa.Table:
    columns: dict[str, Sequence[object]] = {
        "bulletin": [_bulletin(n) for n in numbers],
        "month": [_month(n) for n in numbers],
        "number": [1] * len(numbers),
        "items": [each] * len(numbers),
        "missing": [[OFFICIAL_ORDER[n % 32], OFFICIAL_ORDER[(n + 7) % 32]] for n in numbers],
        **_made(edition, numbers),
    }
    return _table("bulletins", columns)


def _items(edition: Edition, numbers: Sequence[int], each: int, corpus: Sequence[LabelledItem]) -> pa.Table:
    rows = [(number, place) for number in numbers for place in range(each)]
    chosen = [corpus[(number * each + place) % len(corpus)] for number, place in rows]
    columns: dict[str, Sequence[object]] = {
        "bulletin": [_bulletin(number) for number, _ in rows],
        "month": [_month(number) for number, _ in rows],
        "item": [_item(place, each) for _, place in rows],
        "position": [place for _, place in rows],
        "level": ["provincial" if _province(place, each) else "national" for _, place in rows],
        "province": [_province(place, each) for _, place in rows],
        "text": [item.text for item in chosen],
        "plain": [fold(item.text) for item in chosen],
        "start": [place * 40 for _, place in rows],
        "end": [place * 40 + len(item.text) for item, (_, place) in zip(chosen, rows, strict=True)],
        "themes": [item.themes for item in chosen],
        "review": [(number + place) % 9 == 0 for number, place in rows],
        **_made(edition, [number for number, _ in rows]),
    }
    return _table("items", columns)


def _table(name: str, columns: Mapping[str, Sequence[object]]) -> pa.Table:
    """`columns` as the table `name`; those that are not given are unknown in every row."""
    count = len(columns["bulletin"])
    arrays = [
        pa.array(columns[field.name], field.type) if field.name in columns else pa.nulls(count, field.type)
        for field in schema.TABLES[name]
    ]
    return pa.table(arrays, schema=schema.TABLES[name])


def _province(place: int, each: int) -> str | None:
    """A sixth of a month's items stand above the provinces."""
    return None if place < each // 6 else OFFICIAL_ORDER[place % 32]


def _item(place: int, each: int) -> str:
    return f"{_province(place, each) or 'N'}.{place}"


def _random_vectors(rng: np.random.Generator, numbers: Sequence[int], each: int) -> pa.Table:
    bulletins = [_bulletin(number) for number in numbers for _ in range(each)]
    items = [_item(place, each) for _ in numbers for place in range(each)]
    sources = [_source(number) for number in numbers for _ in range(each)]
    return _vectors(bulletins, items, rng.standard_normal((len(items), 384), np.float32), sources)


def _vectors(
    bulletins: Sequence[str], items: Sequence[str], states: NDArray[np.float32], sources: Sequence[str]
) -> pa.Table:
    flat = pa.array(states.astype(np.float16).ravel())
    offsets = pa.array(np.arange(len(states) + 1, dtype=np.int32) * states.shape[1])
    state = pa.ListArray.from_arrays(offsets, flat)
    return pa.table([pa.array(bulletins), pa.array(items), state, pa.array(sources)], schema=schema.VECTORS)
