"""The facts a sentence asserts, and which of them its sources do not say.

A printed abstract condenses: 省教育厅印发通知 becomes 浙江部署. So words are free here and facts are not:
numbers, dates, provinces, places, 《titles》, “quoted names”, bodies and the words that say what happened.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from bulletin import attachment, bodies, dates, events, places, provinces, quantities, quoted
from bulletin.heads import Head, find_heads, segments

Kind = Literal["number", "date", "province", "place", "title", "quote", "body", "event"]


@dataclass(frozen=True, slots=True)
class Fact:
    """Something a text asserts: `text` is the slice `span` (half open) of the text that was searched."""

    kind: Kind
    text: str
    span: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Source:
    """One cited item: its plain text (its topic heading may go before it), and its province or None."""

    text: str
    province: str | None


def find_facts(text: str) -> tuple[Fact, ...]:
    """Every fact of `text`, in order. What lies inside a title or quoted name belongs to that name."""
    plain = quoted.fold(text)
    names = quoted.find_quoted(text)
    found = [Fact(name.kind, name.text, (name.start, name.end)) for name in names]
    plain = _blank(plain, [(name.start, name.end) for name in names])
    finders: tuple[tuple[Kind, Callable[[str], Sequence[tuple[int, int]]]], ...] = (
        ("date", lambda t: [(d.start, d.end) for d in dates.find_dates(t)]),
        ("number", lambda t: [(q.start, q.end) for q in quantities.find_quantities(t)]),
        ("body", bodies.find_bodies),
        ("province", lambda t: [(m.start, m.end) for m in provinces.find(t)]),
        ("place", places.find_places),
        ("event", events.find_events),
    )
    for kind, find in finders:
        spans = find(plain)
        found += [Fact(kind, text[start:end], (start, end)) for start, end in spans]
        if kind == "date":
            plain = _blank(plain, spans)
    return tuple(sorted(found, key=lambda fact: fact.span))


def _blank(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """`text` with the spans replaced by as many marks that no fact can hold or cross."""
    chars = list(text)
    for start, end in spans:
        chars[start:end] = "\x00" * (end - start)
    return "".join(chars)


_CLAUSE_MARKS: Final = ",;。:、 "


def unsupported(sentence: str, sources: Sequence[Source]) -> tuple[str, ...]:
    """The facts of `sentence` that no source says, in order; empty means supported.

    With provincial sources the provinces that open the sentence must be exactly those cited, or a true
    subset with 等 (等地, 等多地, 等6省), and a clause that opens with provinces is held against their items
    alone; a clause that fits the items of other provinces better is returned whole. A cited province that the
    sentence leaves out is returned as "缺:江苏". Without provinces every fact must stand in some source. A
    clause copied whole is supported.
    """
    # Copied whole from the one source: also where a dangling quotation mark opens a name that never ends.
    if len(sources) == 1 and sources[0].province is None and sentence == sources[0].text:
        return ()
    plain = _blank(quoted.fold(sentence), [(q.start, q.end) for q in quoted.find_quoted(sentence)])
    cited = {source.province for source in sources if source.province}
    heads = find_heads(plain) if cited else ()
    faults = list(_province_faults(plain, heads, sources))
    told = [range(head.start, head.end) for head in heads]  # provinces and their count: judged above
    found = [fact for fact in find_facts(sentence) if not any(fact.span[0] in head for head in told)]
    for (start, end), backing in _backing(plain, heads, sources):
        if len(heads) > 1 and _fits_others(plain[start:end], backing, sources):
            faults.append(sentence[start:end].strip(_CLAUSE_MARKS))
        elif not _copied(sentence[start:end], backing):
            inside = [fact for fact in found if start <= fact.span[0] < end]
            faults += [fact.text for fact in inside if not _supported(fact, backing)]
            faults += _clause_faults(plain[start:end], backing)
    return tuple(dict.fromkeys(faults))


def _clause_faults(clause: str, sources: Sequence[Source]) -> Iterator[str]:
    """Numbers of `clause` that stand by other words in the sources, and what it turns into its opposite."""
    texts = [quoted.fold(source.text) for source in sources]
    numbers = [(text, _quantities(text)) for text in texts]
    for quantity in _quantities(clause):
        if attachment.is_elsewhere(clause, quantity, numbers):
            yield quantity.text
    yield from events.reversed_denials(clause, "\n".join(texts))


def _backing(
    plain: str, heads: Sequence[Head], sources: Sequence[Source]
) -> Iterator[tuple[tuple[int, int], list[Source]]]:
    """Each stretch of the sentence with the sources that may support it."""
    if not heads:
        yield (0, len(plain)), list(sources)
        return
    named = {name for head in heads for name in head.names}
    for head, span in zip(heads, segments(plain, heads), strict=True):
        rest = {source.province for source in sources} - named if head.open else set()
        yield span, [s for s in sources if s.province is None or s.province in {*head.names, *rest}]


def _province_faults(plain: str, heads: Sequence[Head], sources: Sequence[Source]) -> Iterator[str]:
    cited = list(dict.fromkeys(source.province for source in sources if source.province))
    told = {mention.name for source in sources for mention in provinces.find(quoted.fold(source.text))}
    leading = {name for head in heads for name in head.names}
    mentions = provinces.find(plain)
    for mention in mentions:
        at_head = any(head.start <= mention.start < head.end for head in heads)
        joined = plain[: mention.start].endswith(("与", "和"))  # 四川与重庆共建: a partner, not a reporter
        if mention.name not in cited and (mention.name not in told or (at_head and not joined)):
            yield plain[mention.start : mention.end]
    if not cited:
        return
    missing = [name for name in cited if name not in leading]
    if not any(head.open for head in heads):
        yield from (f"缺:{name}" for name in missing)
    elif not missing:
        yield "等"
    for head in heads:
        if head.count is not None and head.count != len(cited):
            yield plain[head.start : head.end]


def _fits_others(clause: str, backing: Sequence[Source], sources: Sequence[Source]) -> bool:
    """Whether `clause` shares more pairs of characters with the items of others than with its own."""
    pairs = {clause[i : i + 2] for i in range(len(clause) - 1)}
    own = "\n".join(quoted.fold(source.text) for source in sources if source in backing)
    other = "\n".join(quoted.fold(source.text) for source in sources if source not in backing)
    return sum(pair in other for pair in pairs) > sum(pair in own for pair in pairs)


def _copied(clause: str, sources: Sequence[Source]) -> bool:
    """Whether `clause`, its closing mark aside, stands in a source between marks or its ends."""
    wanted = quoted.fold(clause).strip().rstrip(_CLAUSE_MARKS)
    for source in sources:
        text = quoted.fold(source.text)
        start = text.find(wanted)
        while wanted and start >= 0:
            end = start + len(wanted)
            if (start == 0 or text[start - 1] in _CLAUSE_MARKS) and (
                end == len(text) or text[end] in _CLAUSE_MARKS
            ):
                return True
            start = text.find(wanted, start + 1)
    return not wanted


def _supported(fact: Fact, sources: Sequence[Source]) -> bool:
    """Whether any of `sources` says the fact. Provinces are judged by `_province_faults`."""
    return fact.kind == "province" or any(_says(source.text, fact) for source in sources)


def _says(source: str, fact: Fact) -> bool:
    text = quoted.fold(source)
    claim = quoted.fold(fact.text)
    if fact.kind in ("title", "quote"):
        return any(quoted.supports(source, name) for name in quoted.find_quoted(fact.text))
    if fact.kind == "date":
        return any(dates.covers(s, c) for c in dates.find_dates(claim) for s in dates.find_dates(text))
    if fact.kind == "number":
        return any(
            quantities.supports(s, c) for c in quantities.find_quantities(claim) for s in _quantities(text)
        )
    if fact.kind == "body":
        return bodies.supported_by(claim, text)
    if fact.kind == "place":
        return places.supported_by(claim, text)
    return events.supported_by(claim, text)


def _quantities(text: str) -> tuple[quantities.Quantity, ...]:
    return quantities.find_quantities(_blank(text, [(d.start, d.end) for d in dates.find_dates(text)]))
