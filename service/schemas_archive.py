"""What is told of an archive: over HTTP, and by `yuebao archive search --json`."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ArchiveItem(_Shape):
    """An item of the archive. `span` counts in the text of its bulletin, `source` is the SHA-256 of the file."""

    bulletin: str
    source: str
    month: str | None
    item: str
    level: Literal["national", "provincial"]
    section: str | None
    topic: str | None
    province: str | None
    text: str
    span: tuple[int, int]
    themes: tuple[str, ...]
    review: bool


class ArchiveHit(ArchiveItem):
    """An item that was found. `hits` are the places in `text` that hold what was asked for; higher `score` first."""

    hits: tuple[tuple[int, int], ...]
    score: float


class ArchiveItemsAnswer(_Shape):
    """A page of items, the newest month first; `next` is the `offset` of the next page, null at the end."""

    total: int
    items: tuple[ArchiveItem, ...]
    next: int | None


class ArchiveSearchAnswer(_Shape):
    """A page of what was found, best first; `note` tells what the index does not hold yet.

    `total` is how many items hold all the words; by meaning, how many were ranked.
    """

    total: int
    items: tuple[ArchiveHit, ...]
    next: int | None
    note: str | None


class ThemeCounts(_Shape):
    """How many items there are, how many of them to review, how many without a theme, and how many of each theme."""

    items: int
    review: int
    none: int
    themes: dict[str, int]


class MonthCounts(ThemeCounts):
    """The counts of a month; null where the bulletin does not tell its month."""

    month: str | None


class ProvinceCounts(ThemeCounts):
    """The counts of a province's items."""

    province: str


class MissingCount(_Shape):
    """In how many bulletins a province did not report."""

    province: str
    bulletins: int


class ArchiveVersions(_Shape):
    """What made the edition."""

    edition: str
    bundle: str
    taxonomy: str
    schema_version: int
    yuebao: str


class ArchiveStats(ThemeCounts):
    """What an edition holds: `items` and their themes in all, by month and by province; duplicates do not count."""

    bulletins: int
    duplicates: int = Field(description="与别的月报重复、不计在内的月报")
    errors: int = Field(description="读不了的文件和月报")
    names: dict[str, str] = Field(description="主题编号 → 名称")
    months: tuple[MonthCounts, ...]
    provinces: tuple[ProvinceCounts, ...]
    missing: tuple[MissingCount, ...]
    versions: ArchiveVersions
