"""A bulletin and what was found of its items, put together into a digest. Pure: no engine runs."""

from collections.abc import Iterator, Mapping, Sequence

from bulletin import __version__, themes
from bulletin.digest import (
    Abstract,
    Classification,
    Digest,
    DigestEntry,
    DigestItem,
    DigestSection,
    DigestTopic,
    EntryTheme,
    Versions,
)
from bulletin.document import Bulletin, Entry, Item
from bulletin.plain import fold, normalise
from bulletin.themes import Taxonomy
from models.salience import PlanItem
from models.types import ClassifyRequest


def requests_of(bulletin: Bulletin) -> dict[str, ClassifyRequest]:
    """Every item by id, with its heading and the item before it."""
    topics = (topic for section in bulletin.sections for topic in section.topics)
    asked = {id: request for topic in topics for id, request in _with_context(topic.items, fold(topic.title))}
    for entry in bulletin.entries:
        asked.update(_with_context(entry.items, entry.province))
    return asked


def plain_request(given: ClassifyRequest) -> ClassifyRequest:
    """An item that no bulletin holds, as items are read inside one: it may be traditional or full-width."""
    return ClassifyRequest(_plain(given.text), _plain(given.heading), _plain(given.previous))


def digest_of(
    bulletin: Bulletin,
    by_id: Mapping[str, Classification],
    abstract: Abstract | None,
    taxonomy: Taxonomy,
    bundle: str,
    warnings: Sequence[str] = (),
) -> Digest:
    """The digest of `bulletin` by the bundle of that version, with `warnings` after the bulletin's own."""
    return Digest(
        title=bulletin.title,
        month=bulletin.month,
        printed_abstract=bulletin.printed_abstract,
        sections=_sections(bulletin, by_id),
        entries=tuple(_entry(entry, by_id, taxonomy) for entry in bulletin.entries),
        missing=bulletin.missing,
        abstract=abstract,
        warnings=(*bulletin.warnings, *warnings),
        versions=Versions(bundle=bundle, taxonomy=taxonomy.version, yuebao=__version__),
    )


def plan_items(bulletin: Bulletin, by_id: Mapping[str, Classification]) -> Iterator[PlanItem]:
    """The items as the planner of abstracts takes them."""
    for number, section in enumerate(bulletin.sections):
        for topic in section.topics:
            for item in topic.items:
                scores = tuple(by_id[item.id].scores.values())
                yield PlanItem(item.id, None, fold(topic.title), _joined(item), scores, number)
    local = len(bulletin.sections)
    for entry in bulletin.entries:
        for item in entry.items:
            scores = tuple(by_id[item.id].scores.values())
            yield PlanItem(item.id, entry.province, entry.province, _joined(item), scores, local)


def _with_context(items: Sequence[Item], heading: str) -> Iterator[tuple[str, ClassifyRequest]]:
    previous = ""
    for item in items:
        yield item.id, ClassifyRequest(_joined(item), heading, previous)
        previous = _joined(item)


def _joined(item: Item) -> str:
    """The item's plain text with lines that the layout broke put together again."""
    return item.plain.replace("\n", "")


def _plain(text: str) -> str:
    return fold(normalise(text)).replace("\n", "").strip()


def _digest_item(item: Item, by_id: Mapping[str, Classification]) -> DigestItem:
    one = by_id[item.id]
    return DigestItem(
        id=item.id, text=item.text, span=item.span, themes=one.themes, scores=one.scores, review=one.review
    )


def _sections(bulletin: Bulletin, by_id: Mapping[str, Classification]) -> tuple[DigestSection, ...]:
    return tuple(
        DigestSection(
            title=section.title,
            topics=tuple(
                DigestTopic(
                    title=topic.title,
                    withheld=topic.withheld,
                    items=tuple(_digest_item(item, by_id) for item in topic.items),
                )
                for topic in section.topics
            ),
        )
        for section in bulletin.sections
    )


def _entry(entry: Entry, by_id: Mapping[str, Classification], taxonomy: Taxonomy) -> DigestEntry:
    items = tuple(_digest_item(item, by_id) for item in entry.items)
    found = themes.united((theme.id, theme.score) for item in items for theme in item.themes)
    union = tuple(EntryTheme(id=id, name=taxonomy.name(id), score=score) for id, score in found)
    return DigestEntry(province=entry.province, text=entry.text, span=entry.span, themes=union, items=items)
