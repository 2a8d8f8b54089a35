"""Labelled rows against their bulletin and the taxonomy: a labelled month, or everything that is wrong."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace

from bulletin.document import Bulletin, Item
from bulletin.errors import InputError
from bulletin.parse import parse
from bulletin.plain import fold
from bulletin.themes import Taxonomy
from training.corpus import LabelledItem, LabelledMonth, shipped_themes
from training.labelled.problems import LabelsError, Problem
from training.labelled.rows import OTHER, Row

# Of items without a label a message names this many.
_NAMED = 8


def labelled_month(
    rows: Sequence[Row],
    text: str,
    taxonomy: Taxonomy,
    file: str,
    *,
    partial: bool = False,
    asked: Sequence[str] | None = None,
) -> LabelledMonth:
    """The month of the bulletin `text` with the labels of `rows`, which may be several annotators'.

    With `partial`, items without a label are left out; otherwise they are a problem. Raises LabelsError with every
    problem: unknown themes and items, texts that are not the bulletin's, rows given twice, annotators who disagree.
    `file` names the bulletin in messages; `asked` are the themes that could be given, those of `taxonomy` unless told.
    """
    try:
        bulletin = parse(text)
    except InputError as error:
        raise LabelsError(
            [Problem(file, None, f"月报读不懂({error})", "请给出标注所用的那期月报")]
        ) from error
    items = {item.id: item for item in unlabelled_items(bulletin)}
    problems = list(_row_problems(rows, items, taxonomy))
    chosen, conflicts = _agreed(rows, taxonomy)
    problems += conflicts
    missing = [ident for ident in items if ident not in {row.id for row in rows}]
    if missing and not partial:
        some = "、".join(missing[:_NAMED]) + ("等" if len(missing) > _NAMED else "")
        problems.append(
            Problem(file, None, f"有 {len(missing)} 件没有标注:{some}", "请补上,或用 --partial 只导入标了的")
        )
    if bulletin.month is None:
        problems.append(Problem(file, None, "月报没有写明年月", "请在标题里写上,如“2019年12月”"))
    if problems:
        raise LabelsError(problems)
    could = tuple(taxonomy.ids if asked is None else asked)
    offered = () if set(could) == set(shipped_themes()) else could
    kept = tuple(
        replace(item, themes=chosen[ident], asked=offered) for ident, item in items.items() if ident in chosen
    )
    return sealed(LabelledMonth(bulletin.month or "", bulletin.title or "", bulletin.month, "", kept, (), ()))


def renewed(before: LabelledMonth, new: LabelledMonth) -> dict[str, LabelledItem]:
    """The items of `new` by id, with the briefs that `before` has of the same texts: whoever labels gives none."""
    known = {(item.id, item.text): item.brief for item in before.items}
    return {
        item.id: replace(item, brief=item.brief or known.get((item.id, item.text), "")) for item in new.items
    }


def sealed(month: LabelledMonth) -> LabelledMonth:
    """`month` with the SHA-256 of its content as `sha256`."""
    told = asdict(replace(month, sha256=""))
    for item in told["items"]:
        # Months that were kept before themes could be added say nothing of what was asked.
        if not item["asked"]:
            del item["asked"]
    content = json.dumps(told, ensure_ascii=False, sort_keys=True)
    return replace(month, sha256=hashlib.sha256(content.encode()).hexdigest())


def unlabelled_items(bulletin: Bulletin) -> Iterator[LabelledItem]:
    """Every item of `bulletin` as training reads it, without themes and brief."""
    for section in bulletin.sections:
        for topic in section.topics:
            yield from _placed(topic.items, fold(topic.title), None, section.title)
    for entry in bulletin.entries:
        yield from _placed(entry.items, entry.province, entry.province, "各地工作动态")


def _placed(
    items: Sequence[Item], heading: str, province: str | None, section: str
) -> Iterator[LabelledItem]:
    previous = ""
    for item in items:
        text = item.plain.replace("\n", "")
        yield LabelledItem(item.id, (), "", heading, text, previous, province, section)
        previous = text


def _row_problems(
    rows: Sequence[Row], items: dict[str, LabelledItem], taxonomy: Taxonomy
) -> Iterator[Problem]:
    names = "、".join([*(theme.name for theme in taxonomy.themes), OTHER[0]])
    for row in rows:
        if row.id not in items:
            what = f"月报里没有编号 {row.id}" if row.id else "没有编号"
            yield Problem(row.file, row.number, what, "编号形如 北京.1 或 N3,请照标注表填写")
        elif row.text and _squeezed(fold(row.text)) != _squeezed(items[row.id].text):
            yield Problem(
                row.file, row.number, f"{row.id} 的文字与月报不同", "请核对是不是这一期,不要改动事项"
            )
        if not row.themes:
            yield Problem(row.file, row.number, f"{row.id} 没有主题", f"都不是请填“{OTHER[0]}”")
        elif unknown := [
            theme for theme in row.themes if theme not in OTHER and not _theme_id(theme, taxonomy)
        ]:
            yield Problem(row.file, row.number, f"没有主题 {'、'.join(unknown)}", f"可选:{names}")
        elif len(row.themes) > 1 and set(row.themes) & set(OTHER):
            yield Problem(row.file, row.number, f"{row.id} 既有主题又填了“{OTHER[0]}”", "请只留一种")


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _theme_id(word: str, taxonomy: Taxonomy) -> str | None:
    return next((theme.id for theme in taxonomy.themes if word in (theme.id, theme.name)), None)


def _ids(row: Row, taxonomy: Taxonomy) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found for word in row.themes if (found := _theme_id(word, taxonomy))))


def _agreed(rows: Sequence[Row], taxonomy: Taxonomy) -> tuple[dict[str, tuple[str, ...]], list[Problem]]:
    """The themes of every labelled item, and rows given twice and annotators who disagree."""
    chosen: dict[str, tuple[Row, tuple[str, ...]]] = {}
    seen: dict[tuple[str, str], Row] = {}
    problems = []
    for row in rows:
        who = row.annotator or row.file
        if (twice := seen.get((row.id, who))) is not None:
            problems.append(Problem(row.file, row.number, f"{row.id} 与{_place(twice)}重复", "请只留一行"))
            continue
        seen[row.id, who] = row
        themes = _ids(row, taxonomy)
        first, agreed = chosen.setdefault(row.id, (row, themes))
        if set(agreed) != set(themes):
            here = f"{row.annotator}标的" if row.annotator else "标的"
            there = f"{first.annotator}在" if first.annotator else ""
            what = f"{row.id} {here}是{_words(themes, taxonomy)},{there}{_place(first)}标的是"
            problems.append(
                Problem(row.file, row.number, what + _words(agreed, taxonomy), "请商定后改成一致")
            )
    return {ident: themes for ident, (_, themes) in chosen.items()}, problems


def _place(row: Row) -> str:
    return f"{row.file} 第{row.number}行"


def _words(themes: Sequence[str], taxonomy: Taxonomy) -> str:
    return "、".join(taxonomy.name(theme) for theme in themes) or OTHER[0]
