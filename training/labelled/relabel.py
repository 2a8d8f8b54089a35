"""A theme that came later, asked of items that are labelled already: a sheet of 是 and 否, and its answers read back.

A sheet's rows are the items of which it is not known whether they have the theme, likeliest first by its keywords. An
answer makes the item known; what is left empty stays unknown, and teaches neither that the item has the theme nor that
it has not.
"""

import csv
import io
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from io import BytesIO

from openpyxl import Workbook
from openpyxl.worksheet.datavalidation import DataValidation

from bulletin.themes import Theme
from training.corpus import LabelledItem, LabelledMonth, shipped_themes
from training.labelled.check import sealed
from training.labelled.problems import LabelsError, Problem
from training.labelled.read_text import text_of
from training.labelled.read_xlsx import workbook

YES, NO = "是", "否"
COLUMNS = ("月份", "编号", "省份或专题", "事项", "现有主题", "是否属于")
_MONTH, _ID, _TEXT, _ANSWER = "月份", "编号", "事项", "是否属于"
_WIDTHS = (24, 18, 20, 80, 24, 12)


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether the item `id` of the month `month` has the theme; `text` as the file prints it, "" if it does not."""

    row: int
    month: str
    id: str
    text: str
    answer: str


def sheet(months: Iterable[LabelledMonth], theme: Theme) -> bytes:
    """The workbook of all items of `months` that are unknown for `theme`."""
    rows = [(month, item) for month in months for item in month.items if not item.knows(theme.id)]
    rows.sort(key=lambda row: -sum(word in row[1].text for word in theme.keywords))
    book = Workbook()
    labels = book.worksheets[0]
    labels.title = theme.name
    labels.append(COLUMNS)
    for month, item in rows:
        labels.append((month.name, item.id, item.heading, item.text, "、".join(item.themes), ""))
    for row in labels.iter_rows(min_row=2):
        for cell in row:
            cell.data_type = "s"  # text that begins with = is text
    for letter, width in zip("ABCDEF", _WIDTHS, strict=True):
        labels.column_dimensions[letter].width = width
    choice = DataValidation(type="list", formula1=f'"{YES},{NO}"', allow_blank=True, showErrorMessage=True)
    choice.add(f"F2:F{max(labels.max_row, 2)}")
    labels.add_data_validation(choice)
    labels.freeze_panes = "A2"
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def read(raw: bytes, file: str) -> list[Answer]:
    """The answered rows of a sheet or of a CSV table with the columns 月份, 编号 and 是否属于.

    Raises LabelsError with every problem of form.
    """
    table = list(_csv(raw, file) if file.lower().endswith(".csv") else _workbook(raw, file))
    header = table[0] if table else []
    if missing := [name for name in (_MONTH, _ID, _ANSWER) if name not in header]:
        raise LabelsError([Problem(file, 1, f"表头缺少 {'、'.join(missing)}", "请不要删改第一行")])
    answers = []
    for number, cells in enumerate(table[1:], 2):
        row = dict(zip(header, cells, strict=False))
        if row.get(_ANSWER):
            answers.append(
                Answer(number, row.get(_MONTH, ""), row.get(_ID, ""), row.get(_TEXT, ""), row[_ANSWER])
            )
    if wrong := [one for one in answers if one.answer not in (YES, NO)]:
        raise LabelsError(
            [Problem(file, one.row, f"“{one.answer}”不是答案", f"请填 {YES} 或 {NO}") for one in wrong]
        )
    return answers


def answered(
    months: Sequence[LabelledMonth],
    theme: str,
    answers: Sequence[Answer],
    file: str,
    merged: Collection[str] = (),
) -> list[LabelledMonth]:
    """The months that `answers` change, with the answers in them. `merged` are former themes that `theme` took in.

    Raises LabelsError with every answer that is about no item, about another text, or against another answer.
    """
    items = {(month.name, item.id): item for month in months for item in month.items}
    if problems := list(_problems(items, answers, file)):
        raise LabelsError(problems)
    given = {(one.month, one.id): one.answer == YES for one in answers}
    changed = []
    for month in months:
        kept = tuple(_answered(item, theme, merged, given.get((month.name, item.id))) for item in month.items)
        if kept != month.items:
            changed.append(sealed(replace(month, items=kept)))
    return changed


def _answered(item: LabelledItem, theme: str, merged: Collection[str], has: bool | None) -> LabelledItem:
    if has is None:
        return item
    others = tuple(one for one in item.themes if one != theme and one not in merged)
    asked = tuple(dict.fromkeys((*(item.asked or shipped_themes()), theme)))
    return replace(item, themes=(*others, theme) if has else others, asked=asked)


def _problems(
    items: dict[tuple[str, str], LabelledItem], answers: Sequence[Answer], file: str
) -> Iterator[Problem]:
    first: dict[tuple[str, str], Answer] = {}
    for one in answers:
        item = items.get((one.month, one.id))
        if item is None:
            yield Problem(
                file, one.row, f"没有 {one.month} 的 {one.id}", "请核对月份和编号,或先导入这一期的标注"
            )
        elif one.text and "".join(one.text.split()) != "".join(item.text.split()):
            yield Problem(
                file, one.row, f"{one.month} {one.id} 的文字与已标注的不同", "请不要改动事项,或重新生成表"
            )
        before = first.setdefault((one.month, one.id), one)
        if before.answer != one.answer:
            yield Problem(
                file,
                one.row,
                f"{one.month} {one.id} 填了{one.answer},第{before.row}行填了{before.answer}",
                "请商定后改成一致",
            )


def _csv(raw: bytes, file: str) -> Iterator[list[str]]:
    for cells in csv.reader(io.StringIO(text_of(raw, file))):
        yield [cell.strip() for cell in cells]


def _workbook(raw: bytes, file: str) -> Iterator[list[str]]:
    for cells in workbook(raw, file).worksheets[0].iter_rows(values_only=True):
        yield ["" if cell is None else str(cell).strip() for cell in cells]
