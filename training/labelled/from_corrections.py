"""Corrections of stored digests as labelled months: what people said, and if wanted what they let stand."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from bulletin.correction import CorrectedDigest, Correction
from bulletin.digest import Digest, DigestItem
from bulletin.parse import parse
from bulletin.plain import normalise
from bulletin.render_labels import all_items
from bulletin.themes import Taxonomy
from training.corpus import LabelledItem, LabelledMonth, LabelledSentence
from training.labelled.check import labelled_month, renewed, sealed, unlabelled_items
from training.labelled.problems import LabelsError, Problem
from training.labelled.rows import OTHER, Row

# What corrections are called where other labels have the name of a file; the row is the correction's id.
_FILE = "修改"


@dataclass(frozen=True, slots=True)
class CorrectedMonth:
    """A labelled month made of `digests`; `left_out` corrected sentences are not in its abstract, for `reason`.

    `dropped` items of the month's last import are not in it, for the text has them no more.
    """

    month: LabelledMonth
    digests: tuple[str, ...]
    dropped: int = 0
    left_out: int = 0
    reason: str = ""


def months(
    found: Sequence[CorrectedDigest],
    taxonomy: Taxonomy,
    imported: Mapping[str, LabelledMonth],
    *,
    accept_rest: bool = False,
) -> list[CorrectedMonth]:
    """A labelled month for every month of `found`, which is ordered oldest digest first.

    An item's newest correction by an author is that author's word. What nobody corrected stays as `imported` has it,
    the last import by month; and with `accept_rest` as the newest digest has it, except items under review. Raises
    LabelsError with every problem: authors who disagree, digests of different texts of one month, a month of which only
    sentences were corrected.
    """
    by_month = sorted(found, key=lambda one: one.digest.month or "")
    made: list[CorrectedMonth] = []
    problems: list[Problem] = []
    for month, group in groupby(by_month, key=lambda one: one.digest.month or "没有写明年月"):
        try:
            made.append(_month(month, list(group), taxonomy, imported.get(month), accept_rest))
        except LabelsError as error:
            problems += error.problems
    if problems:
        raise LabelsError(problems)
    return made


def _month(
    name: str,
    digests: Sequence[CorrectedDigest],
    taxonomy: Taxonomy,
    before: LabelledMonth | None,
    accept_rest: bool,
) -> CorrectedMonth:
    text = normalise(digests[0].text)
    ids = tuple(one.id for one in digests)
    if any(normalise(one.text) != text for one in digests):
        raise LabelsError([Problem(name, None, f"有不同的原文:{'、'.join(ids)}", "请用 --digest 选定一份")])
    known = _still_there(before, text)
    rows = [_row(one, taxonomy) for one in _newest_words(digests) if one.item is not None]
    if accept_rest:
        said = {row.id for row in rows} | known.keys()
        rows += [_accepted(item, taxonomy) for item in _sure_items(digests[-1].digest) if item.id not in said]
    if not rows and not known:
        raise LabelsError([Problem(name, None, "只改了摘要,没有标注的事项", "请加 --accept-rest 收下其余的")])
    asked = _offered(digests)
    made = CorrectedMonth(labelled_month(rows, text, taxonomy, name, partial=True, asked=asked), ids)
    if before is not None:
        made = _upon(before, known, made, text)
    return _with_abstract(made, digests, accept_rest)


def _still_there(before: LabelledMonth | None, text: str) -> dict[str, LabelledItem]:
    """The items of the last import that the bulletin `text` has as well."""
    known = {} if before is None else before.by_id()
    return {
        item.id: known[item.id]
        for item in unlabelled_items(parse(text))
        if item.id in known and known[item.id].text == item.text
    }


def _upon(
    before: LabelledMonth, known: Mapping[str, LabelledItem], made: CorrectedMonth, text: str
) -> CorrectedMonth:
    """`made` with what the last import says of everything else."""
    labelled = {**known, **renewed(before, made.month)}
    items = tuple(labelled[item.id] for item in unlabelled_items(parse(text)) if item.id in labelled)
    abstract, groups = (
        sentences if all(set(one.sources) <= labelled.keys() for one in sentences) else ()
        for sentences in (before.abstract, before.groups)
    )
    month = sealed(replace(made.month, items=items, abstract=abstract, groups=groups))
    return replace(made, month=month, dropped=len(before.by_id().keys() - labelled.keys()))


def _newest_words(digests: Sequence[CorrectedDigest]) -> list[Correction]:
    """Every author's last word on every item of a month and on every sentence of each of its digests."""
    words = sorted((one for digest in digests for one in digest.corrections), key=lambda one: one.id)
    newest = {(one.item or (one.digest, one.sentence), one.author): one for one in words}
    return sorted(newest.values(), key=lambda one: one.id)


def _row(word: Correction, taxonomy: Taxonomy) -> Row:
    return Row(_FILE, word.id, word.item or "", "", _today(word.after, taxonomy) or OTHER[:1], word.author)


def _accepted(item: DigestItem, taxonomy: Taxonomy) -> Row:
    themes = _today([theme.id for theme in item.themes], taxonomy)
    return Row("分类结果", 0, item.id, "", themes or OTHER[:1], "")


def _today(themes: Sequence[str], taxonomy: Taxonomy) -> tuple[str, ...]:
    """The themes with retired ones as they are now; an id that never was one is told with the row it stands in."""
    now = [taxonomy.retired.get(theme, theme) for theme in themes]
    return tuple(dict.fromkeys(theme for theme in now if theme))


def _sure_items(digest: Digest) -> Iterator[DigestItem]:
    return (item for item in all_items(digest) if not item.review)


def _offered(digests: Sequence[CorrectedDigest]) -> tuple[str, ...]:
    """The themes that the bundles of all `digests` knew: those that whoever corrected them could have in mind."""
    first, *others = [
        dict.fromkeys(theme for item in all_items(one.digest) for theme in item.scores) for one in digests
    ]
    return tuple(theme for theme in first if all(theme in other for other in others))


def _with_abstract(
    made: CorrectedMonth, digests: Sequence[CorrectedDigest], accept_rest: bool
) -> CorrectedMonth:
    """`made` with the newest corrected abstract, if every sentence of it is known and draws on labelled items."""
    said = [one for one in _newest_words(digests) if one.sentence is not None]
    if not said:
        return made
    chosen = next(one for one in reversed(digests) if one.id in {word.digest for word in said})
    sentences = chosen.digest.abstract.sentences if chosen.digest.abstract else ()
    after = _agreed([one for one in said if one.digest == chosen.id])
    corrected = {(one.digest, one.sentence) for one in said}
    unlabelled = {source for one in sentences for source in one.sources} - made.month.by_id().keys()
    if len(after) < len(sentences) and not accept_rest:
        return replace(
            made, left_out=len(corrected), reason="其余的句子没有人改过,收下它们请加 --accept-rest"
        )
    if unlabelled:
        return replace(
            made, left_out=len(corrected), reason=f"摘要依据的 {'、'.join(sorted(unlabelled))} 还没有标注"
        )
    kept = tuple(LabelledSentence(after.get(at, one.text), one.sources) for at, one in enumerate(sentences))
    others = len(corrected) - len(after)
    reason = f"它们改的是另一份摘要,收下的是 {chosen.id} 的" if others else ""
    return replace(made, month=sealed(replace(made.month, abstract=kept)), left_out=others, reason=reason)


def _agreed(words: Sequence[Correction]) -> Mapping[int, str]:
    """The sentences that `words` put in place, by number. Raises LabelsError where authors disagree."""
    first: dict[int, Correction] = {}
    problems = []
    for word in words:
        at = word.sentence or 0
        agreed = first.setdefault(at, word)
        if agreed.after != word.after:
            what = f"摘要第 {at} 句 {word.author}改的与{agreed.author}在{_FILE} 第{agreed.id}行改的不同"
            problems.append(Problem(_FILE, word.id, what, "请商定后改成一致"))
    if problems:
        raise LabelsError(problems)
    return {at: str(word.after) for at, word in first.items()}
