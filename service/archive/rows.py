"""A read bulletin as rows of the archive's tables."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from bulletin.digest import Digest, DigestItem
from bulletin.document import Bulletin, Item
from bulletin.facts import find_facts
from bulletin.quantities import find_quantities
from service.archive import schema, signature

Row = dict[str, Any]

_TOO_LARGE: Final = Decimal(10) ** (schema.NUMBER.precision - schema.NUMBER.scale)
_SENTENCE: Final = re.compile(r"[^。;!?]*[。;!?]?")


@dataclass(frozen=True, slots=True)
class Made:
    """What every row says of its making."""

    source: str
    bundle: str
    taxonomy: str

    def row(self) -> Row:
        """The columns of it."""
        return {
            "source": self.source,
            "bundle": self.bundle,
            "taxonomy": self.taxonomy,
            "schema": schema.VERSION,
        }


@dataclass(slots=True)
class Rows:
    """Rows by table, as they gather."""

    tables: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in schema.TABLES})

    def error(self, made: Made, number: int | None, error: Exception) -> None:
        """Note that a file, or the bulletin `number` in it, could not be read."""
        self.tables["errors"].append(
            {"number": number, "kind": type(error).__name__, "reason": str(error), **made.row()}
        )

    def bulletin(self, made: Made, number: int, bulletin: Bulletin, digest: Digest) -> str:
        """Add the rows of one bulletin, the `number`th of its file; its id."""
        ident = f"{made.source[:16]}-{number}"
        about = {"bulletin": ident, "month": bulletin.month}
        items = list(_items(bulletin, digest))
        self.tables["bulletins"].append(
            {**about, "number": number, **_bulletin(bulletin, digest, len(items)), **made.row()}
        )
        for table, found in (
            ("entries", _entries(digest)),
            ("items", items),
            ("sentences", _sentences(bulletin, digest)),
            ("facts", _facts(bulletin)),
        ):
            self.tables[table] += [{**about, **row, **made.row()} for row in found]
        return ident


def _bulletin(bulletin: Bulletin, digest: Digest, items: int) -> Row:
    return {
        "title": bulletin.title,
        "publisher": bulletin.source,
        "printed_abstract": bulletin.printed_abstract,
        "abstract": digest.abstract.text if digest.abstract else None,
        "text": bulletin.text,
        "provinces": len({entry.province for entry in bulletin.entries}),
        "entries": len(bulletin.entries),
        "items": items,
        "missing": list(bulletin.missing),
        "unplaced": sum(span.end - span.start for span in bulletin.unplaced),
        "warnings": list(bulletin.warnings),
        "minhash": signature.of(_words(bulletin)),
    }


def _words(bulletin: Bulletin) -> str:
    """What two copies of a bulletin share whatever page they stand on: the plain texts of the items."""
    own = [item.plain for _, item in bulletin.national_items()]
    return "\n".join([*own, *(item.plain for _, item in bulletin.provincial_items())])


def _entries(digest: Digest) -> Iterator[Row]:
    for position, entry in enumerate(digest.entries):
        yield {
            "position": position,
            "province": entry.province,
            "text": entry.text,
            "start": entry.span[0],
            "end": entry.span[1],
            "themes": [{"id": theme.id, "score": theme.score} for theme in entry.themes],
        }


def _items(bulletin: Bulletin, digest: Digest) -> Iterator[Row]:
    """The items in the order of the digest, which is the bulletin's."""
    plain = {item.id: item.plain.replace("\n", "") for _, item in _all_items(bulletin)}
    position = 0
    for section in digest.sections:
        for topic in section.topics:
            for item in topic.items:
                yield {
                    "position": position,
                    "level": "national",
                    "section": section.title,
                    "topic": topic.title,
                    "province": None,
                    **_scored(item, plain[item.id]),
                }
                position += 1
    for entry in digest.entries:
        for item in entry.items:
            yield {
                "position": position,
                "level": "provincial",
                "section": None,
                "topic": None,
                "province": entry.province,
                **_scored(item, plain[item.id]),
            }
            position += 1


def _scored(item: DigestItem, plain: str) -> Row:
    return {
        "item": item.id,
        "text": item.text,
        "plain": plain,
        "start": item.span[0],
        "end": item.span[1],
        "themes": [theme.id for theme in item.themes],
        "scores": list(item.scores.items()),
        "review": item.review,
    }


def _sentences(bulletin: Bulletin, digest: Digest) -> Iterator[Row]:
    position = 0
    after = 0
    for match in _SENTENCE.finditer(bulletin.printed_abstract or ""):
        if text := match.group().strip():
            start = bulletin.text.find(text, after)
            after = max(after, start)
            # A sentence that the page broke is whole in the abstract and nowhere in the text.
            span = {"start": start, "end": start + len(text)} if start >= 0 else {"start": None, "end": None}
            yield {
                "position": position,
                "origin": "printed",
                "level": None,
                "text": text,
                **span,
                "sources": None,
            }
            position += 1
    for sentence in digest.abstract.sentences if digest.abstract else ():
        yield {
            "position": position,
            "origin": sentence.origin,
            "level": sentence.kind,
            "text": sentence.text,
            "start": None,
            "end": None,
            "sources": list(sentence.sources),
        }
        position += 1


def _facts(bulletin: Bulletin) -> Iterator[Row]:
    for province, item in _all_items(bulletin):
        # A line that the page broke breaks no fact.
        kept = [place for place, char in enumerate(item.plain) if char != "\n"]
        plain = item.plain.replace("\n", "")
        for fact in find_facts(plain):
            if fact.kind != "event":
                start, end = fact.span
                yield {
                    "item": item.id,
                    "province": province,
                    "start": item.span.start + kept[start],
                    "end": item.span.start + kept[end - 1] + 1,
                    **_measured(fact.kind, plain[start:end]),
                }


def _measured(kind: str, text: str) -> Row:
    """A fact's kind and text; of a number that counts something also the value, the unit and the hedge.

    Numbers that name (第三届, 5G) are kinds of their own, without a value to add up.
    """
    row: Row = {"kind": kind, "text": text, "value": None, "upper": None, "unit": None, "hedge": None}
    quantity = next(iter(find_quantities(text)), None) if kind == "number" else None
    if quantity is None:
        return row
    if quantity.literal or quantity.ordinal:
        return {**row, "kind": "literal" if quantity.literal else "ordinal"}
    measure = {"value": _stored(quantity.value), "upper": _stored(quantity.upper), "unit": quantity.unit}
    return {**row, **measure, "hedge": quantity.hedge.value}


def _stored(value: Decimal | None) -> Decimal | None:
    """The value as its column holds it: null where it has more places than that, as no other figure is the same."""
    if value is None or not value.is_finite() or abs(value) >= _TOO_LARGE:
        return None
    stored = round(value, schema.NUMBER.scale)
    return stored if stored == value else None


def _all_items(bulletin: Bulletin) -> Iterator[tuple[str | None, Item]]:
    """Every item with its province, in order."""
    for _, item in bulletin.national_items():
        yield None, item
    for entry, item in bulletin.provincial_items():
        yield entry.province, item
