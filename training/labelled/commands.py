"""What `yuebao labels` does: make sheets, import labelled files, list what was imported."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from bulletin import reasons
from bulletin.correction import CorrectedDigest
from bulletin.errors import CorpusError, TaxonomyError
from bulletin.files import read_text
from bulletin.plain import normalise
from bulletin.themes import Taxonomy, Theme
from training import corpus, taxonomy
from training.corpus import LabelledMonth
from training.labelled import relabel as relabelling
from training.labelled.check import labelled_month, renewed
from training.labelled.from_corrections import CorrectedMonth, months
from training.labelled.months import labelled_months
from training.labelled.problems import LabelsError, Problem
from training.labelled.read_text import READERS
from training.labelled.read_xlsx import LabelledSheet, read_xlsx
from training.labelled.rows import Row
from training.labelled.store import MonthStore, Revision


@dataclass(frozen=True, slots=True)
class Import:
    """What to import: `files` are one month's labels, of one or several annotators; `bulletin` is its text's file.

    A sheet carries its bulletin; of other formats only .yb does.
    """

    files: tuple[Path, ...]
    bulletin: Path | None = None
    partial: bool = False


def read_month(wanted: Import, themes: Taxonomy) -> LabelledMonth:
    """The checked month. Raises LabelsError with every problem, CorpusError for a .yb file that breaks its format."""
    if any(path.suffix == ".yb" for path in wanted.files):
        return taxonomy.under([_yb(wanted)], themes)[0]
    rows: list[Row] = []
    texts: dict[str, str] = {}
    offered: list[tuple[str, ...]] = []
    problems: list[Problem] = []
    for path in wanted.files:
        try:
            found = _read(path)
        except LabelsError as error:
            problems += error.problems
            continue
        rows += found.rows
        if found.text is not None:
            texts[path.name] = found.text
        if found.offered:
            offered.append(found.offered)
    if problems:
        raise LabelsError(problems)
    name, text = _bulletin(wanted, texts)
    # A sheet may be older than the table: of a theme that it did not offer it says nothing.
    asked = [theme for theme in offered[0] if all(theme in one for one in offered)] if offered else None
    return labelled_month(rows, text, themes, name, partial=wanted.partial, asked=asked)


def keep(month: LabelledMonth, wanted: Import, home: Path, who: str, when: datetime) -> Revision | None:
    """Keep `month` under `home`; None when its newest revision says the same already.

    A partial one is added to what the newest revision says of the other items.
    """
    store = MonthStore(home)
    if wanted.partial:
        month = _on_top(month, store.revisions(month.name)[-1:])
    return store.add(month, who, when, [path.name for path in wanted.files])


def _on_top(month: LabelledMonth, newest: Sequence[Revision]) -> LabelledMonth:
    """`month` with the items, and the sentences, of `newest` that it says nothing of."""
    for before in (revision.month for revision in newest):
        old, new = before.by_id(), renewed(before, month)
        # A sentence on an item that has another text now may no longer be true.
        changed = {ident for ident in old.keys() & new.keys() if old[ident].text != new[ident].text}
        abstract, groups = (
            () if any(changed & {*one.sources} for one in sentences) else sentences
            for sentences in (before.abstract, before.groups)
        )
        month = replace(
            month,
            items=tuple((old | new).values()),
            abstract=month.abstract or abstract,
            groups=month.groups or groups,
        )
    return month


def corrected_months(
    found: Sequence[CorrectedDigest], taxonomy: Taxonomy, home: Path, *, accept_rest: bool
) -> list[CorrectedMonth]:
    """The labelled months of corrected digests, on top of what was imported under `home`. Raises LabelsError."""
    imported = {str(month.month): month for month in MonthStore(home).latest()}
    return months(found, taxonomy, imported, accept_rest=accept_rest)


def keep_corrected(made: CorrectedMonth, home: Path, who: str, when: datetime) -> Revision | None:
    """Keep a month made of corrections under `home`; None when its newest revision says the same already."""
    return MonthStore(home).add(made.month, who, when, [f"分类结果 {id} 的修改" for id in made.digests])


def _yb(wanted: Import) -> LabelledMonth:
    if len(wanted.files) > 1:
        raise LabelsError([Problem(wanted.files[0].name, None, ".yb 一份就是一期", "请逐份导入")])
    path = wanted.files[0]
    try:
        month = corpus.read(path)
    except (OSError, UnicodeDecodeError) as error:
        raise LabelsError(
            [Problem(path.name, None, f"打不开({reasons.told(error)})", "请检查路径和编码")]
        ) from error
    if month.month is None:
        raise CorpusError(f"{path.name}:没有月份(month: none),不能当作一期导入;请写明年月。")
    return replace(month, name=month.month)


def _read(path: Path) -> LabelledSheet:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise LabelsError(
            [Problem(path.name, None, f"打不开({reasons.reason(error)})", "请检查路径和权限")]
        ) from error
    suffix = path.suffix.lower()
    if suffix == ".xlsx":
        return read_xlsx(raw, path.name)
    if suffix not in READERS:
        known = "、".join([".xlsx", *READERS, ".yb"])
        raise LabelsError(
            [Problem(path.name, None, f"不认识的格式 {suffix or '(没有后缀)'}", f"可用:{known}")]
        )
    return LabelledSheet(tuple(READERS[suffix](raw, path.name)), None, ())


def _bulletin(wanted: Import, texts: dict[str, str]) -> tuple[str, str]:
    """The name and text of the bulletin that the labels belong to."""
    if wanted.bulletin is not None:
        path = wanted.bulletin
        try:
            return path.name, normalise(read_text(path.read_bytes(), path.name))
        except OSError as error:
            raise LabelsError(
                [Problem(path.name, None, f"打不开({reasons.reason(error)})", "请检查路径")]
            ) from error
    first = next(iter(texts), None)
    if first is None:
        raise LabelsError(
            [Problem(wanted.files[0].name, None, "不知道是哪一期月报", "请加 --bulletin 月报文件")]
        )
    if others := [name for name, text in texts.items() if text != texts[first]]:
        raise LabelsError([Problem(others[0], None, f"月报原文与 {first} 不同", "请分期导入")])
    return first, texts[first]


def relabel_sheet(home: Path, theme_id: str) -> bytes:
    """A workbook of every labelled item that nobody has been asked about `theme_id` (training/labelled/relabel.py)."""
    months = taxonomy.under(labelled_months(home), taxonomy.of(home))
    return relabelling.sheet(months, _theme(home, theme_id))


def relabel(home: Path, theme_id: str, answers: Path, who: str, when: datetime) -> int:
    """Keep the answers of the file `answers` as new revisions of their months; how many months they change.

    Raises LabelsError with every problem; nothing is kept then.
    """
    theme = _theme(home, theme_id)
    try:
        raw = answers.read_bytes()
    except OSError as error:
        raise LabelsError(
            [Problem(answers.name, None, f"打不开({reasons.reason(error)})", "请检查路径和权限")]
        ) from error
    given = relabelling.read(raw, answers.name)
    merged = [old for old, into in taxonomy.of(home).retired.items() if into == theme.id]
    changed = relabelling.answered(labelled_months(home), theme.id, given, answers.name, merged)
    store = MonthStore(home)
    for month in changed:
        store.add(month, who, when, [answers.name])
    return len(changed)


def _theme(home: Path, theme_id: str) -> Theme:
    known = taxonomy.of(home).themes
    for theme in known:
        if theme.id == theme_id:
            return theme
    raise TaxonomyError(
        f"主题表里没有 {theme_id};可选:{'、'.join(theme.id for theme in known)};增加主题请先 yuebao themes edit。"
    )


def listed(home: Path) -> Sequence[Revision]:
    """Every revision of every imported month."""
    store = MonthStore(home)
    return [revision for month in store.months() for revision in store.revisions(month)]
