"""The truth about a made archive: one record a file, kept as JSON lines."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True)
class ItemTruth:
    """An item as it is read: its id in the bulletin, its labelled themes, and where the corpus has it (2019-05/N3)."""

    id: str
    themes: tuple[str, ...]
    origin: str


@dataclass(frozen=True, slots=True)
class FileTruth:
    """What a file is and what reading it must give; all but path, kind, broken, error, sha256 and format is None or
    empty for a broken file.

    `path` is relative, with slashes. `broken` names the way in which it is, `error` the class of errors that refuse it.
    `bulletin` names the bulletin, the same for all files that tell it. `duplicate_of` is the path of the file that this
    one repeats, `exact` if byte for byte. `better` files hold the best text of their bulletin: no other has more
    provinces, items or an abstract more; of equal ones all do. `encoding` is None for docx and pdf. `abstract` are the
    printed sentences, none for a bulletin without an abstract. `missing` and `provinces` are in the official order.
    """

    path: str
    kind: Literal["bulletin", "broken"]
    broken: str | None
    error: str | None
    sha256: str
    bulletin: str | None
    duplicate_of: str | None
    exact: bool
    better: bool
    format: str
    encoding: str | None
    layout: str | None
    month: str | None
    source: str | None
    provinces: tuple[str, ...]
    missing: tuple[str, ...]
    abstract: tuple[str, ...]
    entries: int
    national_items: int
    provincial_items: int
    items: tuple[ItemTruth, ...]


def to_line(truth: FileTruth) -> str:
    """A line of JSON."""
    return json.dumps(asdict(truth), ensure_ascii=False, separators=(",", ":"))


def from_line(line: str) -> FileTruth:
    """The record that `to_line` wrote."""
    raw = json.loads(line)
    lists = {name: tuple(raw[name]) for name in ("provinces", "missing", "abstract")}
    items = tuple(ItemTruth(item["id"], tuple(item["themes"]), item["origin"]) for item in raw["items"])
    return FileTruth(**{**raw, **lists, "items": items})


def read(path: Path) -> Iterator[FileTruth]:
    """The records of a file, one at a time."""
    with path.open(encoding="utf-8") as file:
        yield from map(from_line, file)
