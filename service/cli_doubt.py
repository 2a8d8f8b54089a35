"""`yuebao labels doubt`: the labels that are likely wrong, told or in a file to go through."""

import csv
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO, StringIO
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font

from bulletin.themes import Taxonomy
from service.cli_common import training_module
from service.cli_digest import UsageError
from service.files import write_whole

HEADER = ("月份", "编号", "省份或专题", "标注的主题", "疑问", "模型的看法", "事项", "核对结果")
_WIDTHS = (10, 12, 16, 20, 26, 26, 70, 16)
# The model's themes: those it thinks likelier than not.
_LIKELY = 0.5
_OTHER = "其他"


def run(top: int, out: Path | None, home: Path, echo: Callable[[str], None]) -> None:
    """Tell or write the `top` most doubtful labels of the months shipped and imported under `home`.

    Raises UsageError for a kind of file that is not written, or where a training library is missing.
    """
    if out is not None and out.suffix not in (".xlsx", ".csv"):
        raise UsageError(f"不会写 {out.name}:请用 .xlsx 或 .csv")
    training_module("training.doubt")
    from training import doubt, taxonomy
    from training.labelled.months import labelled_months

    themes = taxonomy.of(home)
    found = doubt.doubts(taxonomy.under(labelled_months(home), themes), themes.ids)
    rows = [
        (
            one.month,
            one.item.id,
            one.item.heading,
            *_words(one.item.themes, one.theme, one.probabilities, themes),
            one.item.text,
        )
        for one in found[:top]
    ]
    flagged = sum(one.flagged for one in found)
    if out is None:
        for row in (HEADER[:-1], *rows):
            echo("\t".join(row))
    else:
        write_whole(out, _xlsx(rows) if out.suffix == ".xlsx" else _csv(rows))
    echo(f"查了 {len(found)} 件,{flagged} 件可疑,列出 {len(rows)} 件" + (f":{out}" if out else ""))


def _words(
    given: Sequence[str], doubted: str, probabilities: Mapping[str, float], themes: Taxonomy
) -> tuple[str, str, str]:
    """The themes that were given, what is doubted of them, and what the model believes."""
    likely = sorted(probabilities.items(), key=lambda pair: -pair[1])
    believed = "、".join(f"{themes.name(theme)} {p:.0%}" for theme, p in likely if p >= _LIKELY)
    wrong = "不该有" if doubted in given else "漏了"
    doubt = f"{wrong}{themes.name(doubted)}?模型 {probabilities[doubted]:.0%}"
    return "、".join(themes.name(theme) for theme in given) or _OTHER, doubt, believed or _OTHER


def _csv(rows: Sequence[tuple[str, ...]]) -> bytes:
    buffer = StringIO()
    csv.writer(buffer).writerows([HEADER, *rows])
    # Office programs take a CSV without the mark for the system's own encoding.
    return buffer.getvalue().encode("utf-8-sig")


def _xlsx(rows: Sequence[tuple[str, ...]]) -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "可疑的标注"
    for number, row in enumerate([HEADER, *rows], 1):
        for column, value in enumerate(row, 1):
            cell = sheet.cell(number, column, value)
            # Text that begins with = is text.
            cell.data_type, cell.alignment = "s", Alignment(wrap_text=True, vertical="top")
    for column, width in enumerate(_WIDTHS):
        sheet.cell(1, column + 1).font = Font(bold=True)
        sheet.column_dimensions[chr(ord("A") + column)].width = width
    sheet.freeze_panes = "A2"
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()
