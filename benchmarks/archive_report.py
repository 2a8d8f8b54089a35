"""The report that docs/archive-report shows: `python -m benchmarks.archive_report FOLDER`.

The newest 24 months of the synthetic corpus as text files, an archive of them, and its report. The months between them
are as missing as they are in the corpus.
"""

import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from service.archive.edition import Edition
from service.archive.report import compose, data
from service.archive.report.docx import docx
from service.archive.report.html import html
from service.archive.report.tables import Report
from service.archive.report.xlsx import xlsx
from service.files import write_whole
from tests.archives import archive_of
from training import corpus
from training.corpus import LabelledMonth

MONTHS = 24


def text(month: LabelledMonth) -> str:
    """A labelled month as the bulletin that it stands for."""
    lines = [month.title, "【摘要】" + "".join(sentence.text for sentence in month.abstract)]
    for section, items in groupby(month.items, key=lambda item: item.section):
        lines.append(f"★{section}")
        for heading, own in groupby(items, key=lambda item: item.heading):
            lines.append(f"{heading} {''.join(item.text for item in own)}")
    return "\n".join(lines) + "\n"


def archive(folder: Path, months: Sequence[LabelledMonth]) -> Edition:
    """An archive of `months` in `folder`, beside their text files."""
    paths = []
    for month in months:
        paths.append(folder / "months" / f"{month.name}.txt")
        write_whole(paths[-1], text(month).encode())
    return archive_of(folder / "archive", paths)


def report(edition: Edition) -> Report:
    """The edition's report, which says that its data are synthetic."""
    asked = data.load(edition)
    made = compose.report(asked, compose.chinese_font(asked))
    return replace(made, subtitle=f"{made.subtitle}(合成数据)")


def main() -> None:
    """Write the archive and its report into the folder that is named."""
    folder = Path(sys.argv[1])
    dated = [month for month in corpus.load() if month.month]
    made = report(archive(folder, dated[-MONTHS:]))
    for kind, render in (("html", html), ("xlsx", xlsx), ("docx", docx)):
        write_whole(folder / "report" / f"report.{kind}", render(made))


if __name__ == "__main__":
    main()
