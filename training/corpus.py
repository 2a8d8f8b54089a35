"""Labelled months in the light markup of `training/corpus/*.yb`, as values and as `datasets`.

The markup, one bulletin a file (UTF-8):

    title: 2020年9月教育信息化和网络安全工作月报
    month: 2020-09
    source: 科技司
    【摘要】
    <sentence。> <- <item ids>
    ★<section>
    N1 | <themes> | <brief> | <topic heading> | <text>
    ★各地工作动态
    北京.1 | <themes> | <brief> | <text>
    【合写】
    <sentence。> <- <item ids>

`themes` are ids, comma-separated, the primary one first, or `-`; they are of the shipped taxonomy unless the header
has a line `themes:` with the ids that were asked about. Files named `hard-*.yb` have `month: none` and
only provincial items: training material for every split and no test's.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datasets import Dataset

from bulletin import themes
from bulletin.errors import CorpusError
from bulletin.provinces import OFFICIAL_ORDER

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class LabelledItem:
    """One item with its labels; `heading` is its province or topic, `previous` the item before it there.

    `asked` are the themes that its annotator could give, () for the shipped ones: of a theme that came later nobody
    knows yet whether the item has it.
    """

    id: str
    themes: tuple[str, ...]
    brief: str
    heading: str
    text: str
    previous: str
    province: str | None
    section: str
    asked: tuple[str, ...] = ()

    def knows(self, theme: str) -> bool:
        """Is it known whether the item has `theme`?"""
        return theme in self.themes or theme in (self.asked or shipped_themes())


@cache
def shipped_themes() -> tuple[str, ...]:
    """The ids of the shipped taxonomy."""
    return themes.load().ids


@dataclass(frozen=True, slots=True)
class LabelledSentence:
    """An abstract sentence and the ids of the items it is drawn from."""

    text: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LabelledMonth:
    """One corpus file. `month` is None for a file of hard items."""

    name: str
    title: str
    month: str | None
    sha256: str
    items: tuple[LabelledItem, ...]
    abstract: tuple[LabelledSentence, ...]
    groups: tuple[LabelledSentence, ...]

    def by_id(self) -> dict[str, LabelledItem]:
        """The items by id."""
        return {item.id: item for item in self.items}


@dataclass(slots=True)
class _Draft:
    """What has been read of a file so far."""

    header: dict[str, str] = field(default_factory=dict)
    items: dict[str, LabelledItem] = field(default_factory=dict)
    abstract: list[LabelledSentence] = field(default_factory=list)
    groups: list[LabelledSentence] = field(default_factory=list)
    part: str = "header"
    section: str = ""
    previous: tuple[str, str] = ("", "")


def shipped() -> Path:
    """The folder of the shipped corpus."""
    return Path(str(resources.files("training") / "corpus"))


def load(paths: Sequence[Path] | None = None) -> list[LabelledMonth]:
    """The months at `paths` (default: the shipped corpus), oldest first, hard files last.

    Raises CorpusError naming file and line for anything that breaks the format.
    """
    chosen = sorted(shipped().glob("*.yb")) if paths is None else list(paths)
    months = [read(path) for path in chosen]
    return sorted(months, key=lambda month: (month.month or "9999", month.name))


def read(path: Path) -> LabelledMonth:
    """One corpus file."""
    draft = _Draft()
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line := raw.strip():
            try:
                _read_line(draft, line)
            except ValueError as error:
                raise CorpusError(f"{path.name}:{number}: {error}") from error
    for key in ("title", "month", "source"):
        if not draft.header.get(key):
            raise CorpusError(f"{path.name}: no {key}: in the header")
    for sentence in (*draft.abstract, *draft.groups):
        if unknown := [source for source in sentence.sources if source not in draft.items]:
            raise CorpusError(f"{path.name}: {sentence.text} cites unknown items {unknown}")
    month = draft.header["month"]
    if month != "none" and not _MONTH.fullmatch(month):
        raise CorpusError(f"{path.name}: month: {month!r} is not YYYY-MM or none")
    return LabelledMonth(
        name=path.stem,
        title=draft.header["title"],
        month=None if month == "none" else month,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        items=tuple(draft.items.values()),
        abstract=tuple(draft.abstract),
        groups=tuple(draft.groups),
    )


def _read_line(draft: _Draft, line: str) -> None:
    if line.startswith("【摘要】"):
        draft.part = "abstract"
    elif line.startswith("【合写】"):
        draft.part = "groups"
    elif line.startswith("★"):
        draft.section = line.lstrip("★").strip()
        draft.part = "provinces" if "各地工作动态" in line else "national"
    elif draft.part == "header":
        key, colon, value = line.partition(":")
        if not colon:
            raise ValueError(f"header line without a colon: {line!r}")
        draft.header[key.strip()] = value.strip()
    elif draft.part in ("abstract", "groups"):
        (draft.abstract if draft.part == "abstract" else draft.groups).append(_sentence(line))
    else:
        _add_item(draft, _item(draft, [cell.strip() for cell in line.split("|")]))


def _sentence(line: str) -> LabelledSentence:
    text, arrow, refs = line.partition("<-")
    if not arrow or not refs.split():
        raise ValueError("a sentence needs ' <- ' and the ids it is drawn from")
    return LabelledSentence(text.strip(), tuple(refs.split()))


def _item(draft: _Draft, cells: list[str]) -> LabelledItem:
    national = draft.part == "national"
    if len(cells) != (5 if national else 4):
        raise ValueError(f"{len(cells)} cells; a {draft.part} item has {5 if national else 4}")
    ident, text = cells[0], cells[-1]
    labels = () if cells[1] == "-" else tuple(label.strip() for label in cells[1].split(","))
    asked = _asked(draft.header)
    if unknown := set(labels) - set(asked or shipped_themes()):
        raise ValueError(f"unknown themes {sorted(unknown)}")
    province = None if national else ident.rpartition(".")[0]
    if province is not None and province not in OFFICIAL_ORDER:
        raise ValueError(f"unknown province {province!r}")
    heading = cells[3] if province is None else province
    before = draft.previous[1] if draft.previous[0] == heading else ""
    return LabelledItem(ident, labels, cells[2], heading, text, before, province, draft.section, asked)


def _asked(header: Mapping[str, str]) -> tuple[str, ...]:
    given = header.get("themes", "")
    asked = tuple(theme.strip() for theme in given.split(",") if theme.strip())
    return () if set(asked) == set(shipped_themes()) else asked


def _add_item(draft: _Draft, item: LabelledItem) -> None:
    if item.id in draft.items:
        raise ValueError(f"id {item.id} twice")
    draft.items[item.id] = item
    draft.previous = (item.heading, item.text)


def digests(months: Sequence[LabelledMonth]) -> dict[str, str]:
    """The SHA-256 of every month's file, by its name: what a model was made from."""
    return {month.name: month.sha256 for month in months}


def rows(months: Sequence[LabelledMonth]) -> Iterator[dict[str, object]]:
    """Every item of `months` as a flat row."""
    for month in months:
        for item in month.items:
            yield {
                "file": month.name,
                "id": item.id,
                "month": month.month or "",
                "heading": item.heading,
                "previous": item.previous,
                "text": item.text,
                "themes": list(item.themes),
            }


def dataset(months: Sequence[LabelledMonth]) -> "Dataset":
    """The items of `months` as a `datasets.Dataset`, one row an item."""
    # Labels are read and kept on machines that never train.
    from datasets import Dataset

    return Dataset.from_list(list(rows(months)))
