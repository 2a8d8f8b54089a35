"""The digest: a bulletin with themes, abstract and provenance. Its JSON is the contract of every interface."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt

SpanPair = tuple[StrictInt, StrictInt]
Probability = Annotated[float, Field(strict=True, ge=0, le=1)]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ItemTheme(_Value):
    """A theme that passed its threshold, with its calibrated probability."""

    id: str
    score: Probability


class EntryTheme(ItemTheme):
    """A theme of an entry: the best score among its items, with the theme's name."""

    name: str


class DigestItem(_Value):
    """A classified item. `themes` best first; empty means other. `scores` holds every theme."""

    id: str
    text: str
    span: SpanPair
    themes: tuple[ItemTheme, ...]
    scores: dict[str, Probability]
    review: StrictBool


class Classification(_Value):
    """An item classified on its own, outside a bulletin. The fields mean what they mean in `DigestItem`."""

    text: str
    themes: tuple[ItemTheme, ...]
    scores: dict[str, Probability]
    review: StrictBool


class DigestTopic(_Value):
    """A headed paragraph of a section."""

    title: str
    withheld: StrictBool
    items: tuple[DigestItem, ...]


class DigestSection(_Value):
    """A ★ part."""

    title: str
    topics: tuple[DigestTopic, ...]


class DigestEntry(_Value):
    """One province's report; `themes` is the union of its items' themes, best first."""

    province: str
    text: str
    span: SpanPair
    themes: tuple[EntryTheme, ...]
    items: tuple[DigestItem, ...]


class AbstractSentence(_Value):
    """A drafted sentence and the ids of the items it is drawn from.

    `origin` is "written" (by the model, every fact verified) or "extracted" (the source's own words, cut).
    `unsupported` lists facts that no source supports: empty in every sentence that yuebao drafts.
    """

    text: str
    kind: Literal["national", "provincial"]
    sources: tuple[str, ...]
    origin: Literal["written", "extracted"]
    unsupported: tuple[str, ...] = ()


class Abstract(_Value):
    """The drafted 摘要."""

    text: str
    sentences: tuple[AbstractSentence, ...]


class Versions(_Value):
    """Which bundle, taxonomy and program made a digest."""

    bundle: str
    taxonomy: str
    yuebao: str


class Digest(_Value):
    """A bulletin, read, classified and abstracted. `abstract` is null when none was asked for."""

    title: str | None
    month: str | None
    printed_abstract: str | None
    sections: tuple[DigestSection, ...]
    entries: tuple[DigestEntry, ...]
    missing: tuple[str, ...]
    abstract: Abstract | None
    warnings: tuple[str, ...]
    versions: Versions
