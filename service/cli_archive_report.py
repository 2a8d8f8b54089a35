"""`yuebao archive report`: an archive as a page, a workbook and a document."""

import re
from pathlib import Path
from typing import Annotated

import typer

from service.asking import archive_module
from service.cli_archive_common import EditionOption, open_edition
from service.cli_common import complain
from service.cli_digest import UsageError
from service.files import write_whole

_MONTH = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])")


def report(
    archive: Annotated[
        Path | None,
        typer.Argument(metavar="档案", help="yuebao archive build 建的文件夹;不给则用 YUEBAO_ARCHIVE"),
    ] = None,
    out: Annotated[Path, typer.Option("-o", "--out", help="写到哪个文件夹")] = Path("report"),
    edition: EditionOption = None,
    first: Annotated[str | None, typer.Option("--from", metavar="YYYY-MM", help="从哪个月起")] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="YYYY-MM", help="到哪个月止")] = None,
) -> None:
    """把档案写成报告:网页、xlsx 和 docx,有走势、缺报、文件传播、跨月的数字和待核事项。"""
    _refuse_unusable(first, last)
    kept = open_edition(archive, edition)
    archive_module("report.charts")  # every library of the report is there, or nothing is begun
    # DuckDB and the charts take long to import, and --help needs neither.
    from service.archive.report import compose, data, fonts
    from service.archive.report.docx import docx
    from service.archive.report.html import html
    from service.archive.report.xlsx import xlsx

    asked = data.load(kept, first, last)
    family = compose.chinese_font(asked)
    if family is None:
        complain(fonts.MISSING)
    made = compose.report(asked, family)
    for kind, render in (("html", html), ("xlsx", xlsx), ("docx", docx)):
        path = out / f"report.{kind}"
        write_whole(path, render(made))
        typer.echo(path)


def _refuse_unusable(first: str | None, last: str | None) -> None:
    for option, month in (("--from", first), ("--to", last)):
        if month is not None and not _MONTH.fullmatch(month):
            raise UsageError(f"{option} 的“{month}”不是月份;请写成 2019-12")
    if first is not None and last is not None and first > last:
        raise UsageError(f"--from {first} 在 --to {last} 之后;请调换")
