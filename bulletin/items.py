"""Cutting an entry or a topic into items: one event each."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from bulletin.document import Span

_PAIRS: Final = {"》": "《", ")": "(", "]": "[", "〉": "〈", "】": "【"}
_LONGEST_BRACKET: Final = 200
_LONGEST_QUOTE: Final = 80
_QUOTE: Final = re.compile("[“”]")
_STRAIGHT_QUOTE: Final = re.compile('"[^"。;!?\n]*"')
_END: Final = re.compile("[。;!?…]+")

# A clause that opens with one of these reports something new. Verbs that mostly carry on the event before
# (部署、通报、发布、征集、组织、组建 after a meeting or a start) are left out: on the labelled months a comma
# before them is no boundary.
_NEW_REPORT: Final = re.compile(
    "(?:正式|全面|联合|集中|陆续|同步)?"
    "(?:印发|出台|下发|公布|公开(?!通报|征集)|召开|举办|举行|启动|组织开展|开展|完成|成立|认定|评选)(?![了出])"
)
_REPORTED: Final = re.compile(
    "印发|出台|下发|公布|公开|发布|召开|举办|举行|主办|启动|开展|组织|完成|成立|认定|评选|进行|实施|上线|开通|建成|制定|编制|命名"
)
# Such a clause only prepares the next one (根据…部署,开展…).
_PREPARES: Final = re.compile(
    "^[^,]{0,14}(?:根据|按照|依据|依托|采取|为了|为进一步|为贯彻|为落实|为加强|为做好|为推|针对|围绕|结合|随着)"
)
# A clause that closes with a count says what came of the event before (…活动,完成作品380件).
_COUNT_AT_END: Final = re.compile("[0-9][万亿余多]*(?:[个件项节场次堂门款条份所期起人家名篇套]|人次|课时)$")
_SHORTEST_REPORT: Final = 8


def split(plain: str, start: int = 0, end: int | None = None) -> tuple[Span, ...]:
    """The items of `plain[start:end]`, a folded text, as spans of `plain`.

    A cut is made after 。 ; ! ? and, where the next clause starts a new report, after a comma; never inside
    “”, 《》 or (), an unbalanced quote protecting nothing. The spans are in order, hold every visible
    character between them, begin and end with one, and each holds a letter, digit or Chinese character
    unless the whole text holds none. Empty when there is nothing visible.
    """
    end = len(plain) if end is None else end
    text = plain[start:end]
    cuts = [*_cuts(text), len(text)]
    spans: list[Span] = []
    before = 0
    for cut in cuts:
        if any(character.isalnum() for character in text[before:cut]):
            spans.append(_trimmed(text, before, cut))
        elif spans:
            spans[-1] = _trimmed(text, spans[-1].start, cut)
        else:
            continue
        before = cut
    if not spans and text.strip():
        spans = [_trimmed(text, 0, len(text))]
    return tuple(Span(start + span.start, start + span.end) for span in spans)


def _trimmed(text: str, start: int, end: int) -> Span:
    piece = text[start:end]
    return Span(start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip()))


def _cuts(text: str) -> Iterator[int]:
    """The positions after which an item ends, in order."""
    protected = _protected(text)
    sentence = 0
    for match in _END.finditer(text):
        if protected[match.start()] or match.group() == "…":
            continue
        yield from _comma_cuts(text, sentence, match.end(), protected)
        sentence = match.end()
        yield sentence
    yield from _comma_cuts(text, sentence, len(text), protected)


def _comma_cuts(text: str, start: int, end: int, protected: bytearray) -> Iterator[int]:
    commas = [k for k in range(start, end) if text[k] == "," and not protected[k]]
    report = clause = start
    for k, comma in enumerate(commas):
        following = text[comma + 1 : commas[k + 1] if k + 1 < len(commas) else end]
        if (
            comma - report >= _SHORTEST_REPORT
            and _reports(_unbroken(text[clause:comma]))
            and _starts_report(_unbroken(following))
        ):
            yield comma + 1
            report = comma + 1
        clause = comma + 1


def _unbroken(clause: str) -> str:
    """The clause without the line ends that a page's width put into its words."""
    return clause.replace("\n", "").strip()


def _reports(clause: str) -> bool:
    """Whether what ends with `clause` stands alone as a report."""
    return bool(_REPORTED.search(clause)) and not _PREPARES.match(clause)


def _starts_report(clause: str) -> bool:
    clause = clause.rstrip("。;!?")
    if len(clause) < _SHORTEST_REPORT or _COUNT_AT_END.search(clause):
        return False
    return bool(_NEW_REPORT.match(clause))


def _protected(text: str) -> bytearray:
    """1 for every character inside a quotation, title or bracket."""
    mask = bytearray(len(text))
    for start, end in (*_brackets(text), *_quotations(text)):
        mask[start:end] = b"\x01" * (end - start)
    return mask


def _brackets(text: str) -> Iterator[tuple[int, int]]:
    """The closed 《》 and () of a plausible length."""
    open_at: dict[str, list[int]] = {opener: [] for opener in _PAIRS.values()}
    for k, character in enumerate(text):
        if character in open_at:
            open_at[character].append(k)
        elif (opener := _PAIRS.get(character)) and open_at[opener]:
            start = open_at[opener].pop()
            if k - start <= _LONGEST_BRACKET:
                yield start, k


def _quotations(text: str) -> Iterator[tuple[int, int]]:
    """The quotations: every pair if the marks alternate (some pages print ”…“), else the short ones."""
    marks = list(_QUOTE.finditer(text))
    signs = "".join(mark.group() for mark in marks)
    alternating = signs in ("“”" * (len(signs) // 2), "”“" * (len(signs) // 2))
    pairs = zip(marks[::2], marks[1::2], strict=True) if alternating else _near_pairs(text, marks)
    for opening, closing in pairs:
        if closing.start() - opening.start() <= _LONGEST_QUOTE:
            yield opening.start(), closing.start()
    for match in _STRAIGHT_QUOTE.finditer(text):
        yield match.start(), match.end() - 1


def _near_pairs(text: str, marks: list[re.Match[str]]) -> Iterator[tuple[re.Match[str], re.Match[str]]]:
    for opening, closing in pairwise(marks):
        faces = opening.group() == "“" and closing.group() == "”"
        if faces and not _END.search(text, opening.end(), closing.start()):
            yield opening, closing
