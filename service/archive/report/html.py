"""The report as one page that needs nothing else: no script, no network, ready for A4."""

from importlib import resources
from typing import Final

from jinja2 import Environment

from service.archive.report.fonts import STACK
from service.archive.report.tables import Report, Table, shown, width

# Columns of print on A4 at the size of a table's text, and what lies between two cells.
_PAGE: Final = 126
_BETWEEN: Final = 2.5
# The deepest shade still lets black figures be read.
_DEEPEST: Final = 0.62


def html(report: Report) -> bytes:
    """The page, in UTF-8. Whatever came from a bulletin is escaped."""
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(_page())
    page: str = template.render(report=report, shown=shown, shade=_shade, short=_short, stack=STACK)
    return page.encode()


def _page() -> str:
    return (resources.files("service.archive.report") / "page.html").read_text("utf-8")


def _shade(table: Table, column: int, cell: object) -> str:
    """How dark a shaded cell is, from 0 to 1, as it stands in the page's style; "" for other cells."""
    if column not in table.shaded or not isinstance(cell, int):
        return ""
    most = max(value for row in table.rows for place in table.shaded if isinstance(value := row[place], int))
    return f"{_DEEPEST * cell / most:.3f}" if most else ""


def _short(words: str, share: float) -> bool:
    """Do the words fit into `share` of the page? What does is not broken."""
    return width(words) <= share * _PAGE - _BETWEEN
