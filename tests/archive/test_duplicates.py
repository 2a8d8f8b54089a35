"""Which bulletin is another one again, from rows of bulletins alone."""

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from service.archive import duplicates, schema
from service.archive.edition import Archive, Edition, EditionRecord, commit_of
from service.archive.parts import packed

MADE = {"source": "s", "bundle": "b", "taxonomy": "1", "schema": schema.VERSION}


def edition_of(folder: Path, bulletins: Mapping[str, tuple[str | None, int, list[int]]]) -> Edition:
    """An edition of bulletins by name: month, provinces, signature."""
    record = EditionRecord(
        schema_version=schema.VERSION, bundle="b", manifest="m", taxonomy="1", themes={}, yuebao="0"
    )
    edition = Archive(folder).open_edition("b", record)
    rows = [
        {"bulletin": name, "month": month, "provinces": provinces, "items": 1, "unplaced": 0, "minhash": own, **MADE}
        for name, (month, provinces, own) in bulletins.items()
    ]  # fmt: skip
    made = packed({"bulletins": pa.Table.from_pylist(rows, schema.TABLES["bulletins"])})
    edition.write(commit_of(1, ["s"], made.rows, abstracts=False, vectors=False), made.tables)
    return edition


def links(edition: Edition) -> dict[str, tuple[str, float]]:
    duplicates.write(edition)
    rows = pq.read_table(edition.path / "duplicates.parquet").to_pylist()
    return {row["bulletin"]: (row["kept"], row["similarity"]) for row in rows}


def shared(places: int, other: int = 1) -> list[int]:
    """A signature that agrees with `shared(128)` in so many of its 128 places."""
    return [0] * places + [other] * (128 - places)


def test_a_copy_without_a_month_makes_no_two_months_one(tmp_path: Path) -> None:
    edition = edition_of(
        tmp_path,
        {
            "may": ("2021-05", 5, shared(128)),
            "june": ("2021-06", 5, shared(120, 6)),
            "undated": (None, 9, shared(124)),
        },
    )
    assert links(edition) == {"undated": ("may", 124 / 128)}


def test_what_is_like_a_copy_and_not_like_what_is_kept_is_kept_too(tmp_path: Path) -> None:
    edition = edition_of(
        tmp_path,
        {
            "whole": ("2021-05", 9, shared(128)),
            "copy": ("2021-05", 8, shared(100)),
            "far": ("2021-05", 7, shared(72)),
        },
    )
    assert links(edition) == {"copy": ("whole", 100 / 128)}


def test_of_copies_the_one_with_a_month_and_the_most_provinces_is_kept(tmp_path: Path) -> None:
    edition = edition_of(
        tmp_path,
        {
            "undated": (None, 9, shared(128)),
            "less": ("2021-05", 5, shared(128)),
            "more": ("2021-05", 8, shared(128)),
        },
    )
    assert links(edition) == {"undated": ("more", 1.0), "less": ("more", 1.0)}
