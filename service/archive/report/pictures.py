"""Drawing on axes, and the drawing as SVG that stands inside a page."""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Final

from lxml import etree

from service.archive.report.fonts import STACK

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Colours that the colour-blind tell apart (Okabe and Ito, 2008).
BLUE: Final = "#0072b2"
ORANGE: Final = "#d55e00"
INK: Final = "#22272e"
GREY: Final = "#8b949e"
PALE: Final = "#e7ebf0"

WIDTH_IN: Final = 7.1

_SVG: Final = "http://www.w3.org/2000/svg"
_HREF: Final = "{http://www.w3.org/1999/xlink}href"
_FONT: Final = re.compile(r"font-family:[^;]*;?\s*")


@dataclass(slots=True)
class Picture:
    """A figure to draw on; when the drawing ends, `svg` holds it."""

    figure: "Figure"
    svg: str = ""


@contextmanager
def picture(id: str, words: str, height_in: float, family: str | None) -> Iterator[Picture]:
    """A figure of WIDTH_IN; text is laid out in the font `family` and stays text. The same drawing is the same SVG."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    settings = {
        "font.family": [family] if family else ["DejaVu Sans"],
        "font.size": 8, "axes.unicode_minus": False, "axes.edgecolor": GREY, "axes.linewidth": 0.6,
        "axes.spines.top": False, "axes.spines.right": False, "text.color": INK, "axes.labelcolor": INK,
        "xtick.color": GREY, "ytick.color": GREY, "xtick.labelcolor": INK, "ytick.labelcolor": INK,
        "xtick.major.width": 0.6, "ytick.major.width": 0.6, "xtick.major.size": 2.5, "ytick.major.size": 2.5,
        "svg.fonttype": "none", "svg.hashsalt": id,
    }  # fmt: skip
    with rc_context(settings), warnings.catch_warnings():
        # Without a Chinese font here the reader's draws the words.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        drawn = Picture(Figure(figsize=(WIDTH_IN, height_in)))
        yield drawn
        buffer = BytesIO()
        drawn.figure.savefig(
            buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None}
        )
    drawn.svg = _inline(buffer.getvalue(), id, words)


def _inline(content: bytes, id: str, words: str) -> str:
    """The SVG element alone, its names its own on the page, its text in whatever Chinese font the reader has."""
    root = etree.fromstring(content, etree.XMLParser(remove_comments=True))
    for element in root.iter():
        for name, value in ((str(name), str(value)) for name, value in element.attrib.items()):
            if name == "id":
                element.set(name, f"{id}-{value}")
            elif name == _HREF and value.startswith("#"):
                element.set(name, f"#{id}-{value[1:]}")
            elif "url(#" in value:
                element.set(name, value.replace("url(#", f"url(#{id}-"))
            elif name == "style" and "font" in value:
                element.set(name, _FONT.sub("", value))
    # A style sheet inside would hold for the whole page.
    for alien in root.findall(f"{{{_SVG}}}metadata") + root.findall(f"{{{_SVG}}}defs"):
        root.remove(alien)
    root.set("style", f"font-family: {STACK}; stroke-linejoin: round")
    for size in ("width", "height"):
        del root.attrib[size]
    root.set("role", "img")
    root.set("aria-label", words)
    return etree.tostring(root, encoding="unicode")
