"""A digest as markdown."""

import re
from collections.abc import Iterator, Mapping

from bulletin.digest import Digest, DigestItem
from bulletin.render_labels import LABELS, Labels, Language, origin_words, theme_words, version_words

# Everything that starts markup inside a line; a line's own start is never bulletin text here.
_MARKUP = re.compile(r"([\\`*_\[\]<>|#~&])")


def markdown(digest: Digest, names: Mapping[str, str], lang: Language) -> str:
    """The digest with a heading for each part; every sentence and item carries ids."""
    labels = LABELS[lang]
    lines = [f"# {_plain(digest.title or labels.untitled)}", ""]
    if digest.month:
        lines += [f"{labels.month}:{digest.month}", ""]
    lines += _abstract(digest, labels)
    lines += _national(digest, names, labels)
    lines += _provincial(digest, names, labels)
    if digest.missing:
        lines += [f"**{labels.missing}**:{labels.listing.join(digest.missing)}", ""]
    if digest.warnings:
        lines += [f"## {labels.warnings}", "", *(f"- {_plain(warning)}" for warning in digest.warnings), ""]
    return "\n".join([*lines, "---", "", _plain(version_words(digest)), ""])


def _abstract(digest: Digest, labels: Labels) -> Iterator[str]:
    if digest.abstract is not None:
        yield from (f"## {labels.abstract}", "", _plain(digest.abstract.text), "")
        yield from _table(labels.sentence, labels.origin, labels.sources)
        for sentence in digest.abstract.sentences:
            sources = labels.listing.join(_plain(source) for source in sentence.sources)
            yield f"| {_plain(sentence.text)} | {_plain(origin_words(sentence, labels))} | {sources} |"
        yield ""
    if digest.printed_abstract:
        yield from (f"## {labels.printed_abstract}", "", _plain(digest.printed_abstract), "")


def _national(digest: Digest, names: Mapping[str, str], labels: Labels) -> Iterator[str]:
    for section in digest.sections:
        yield from (f"## {_plain(section.title)}", "")
        for topic in section.topics:
            yield from (f"### {_plain(topic.title)}{labels.withheld if topic.withheld else ''}", "")
            if topic.items:
                yield from (_item(item, names, labels) for item in topic.items)
                yield ""


def _provincial(digest: Digest, names: Mapping[str, str], labels: Labels) -> Iterator[str]:
    yield from (f"## {labels.provincial}", "")
    for entry in digest.entries:
        yield from (f"### {entry.province} · {theme_words(entry.themes, names, labels)}", "")
        yield from (_item(item, names, labels) for item in entry.items)
        yield ""


def _item(item: DigestItem, names: Mapping[str, str], labels: Labels) -> str:
    review = f" ⚑ {labels.review}" if item.review else ""
    return f"- `{item.id}` {_plain(item.text)} **[{theme_words(item.themes, names, labels)}]**{review}"


def _table(*headers: str) -> Iterator[str]:
    yield f"| {' | '.join(headers)} |"
    yield f"|{'---|' * len(headers)}"


def _plain(text: str) -> str:
    """`text` on one line, with nothing in it read as markup."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))
