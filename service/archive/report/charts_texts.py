"""The report's charts of titles and of numbers."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from service.archive.report import months as calendar
from service.archive.report.charts import month_axis
from service.archive.report.pictures import BLUE, GREY, INK, ORANGE, PALE, picture
from service.archive.report.series import Series
from service.archive.report.tables import Chart
from service.archive.report.titles import Reach, Spread

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_DOCUMENTS: Final = 12
MOST_SERIES: Final = 12
# Days that the axis of lags spans on both sides at most: one late comer would push all others together.
_MOST_DAYS: Final = 92
# What words stand on, so that no line runs through them.
_PLATE: Final = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
# Characters of a name that fit over a panel or a line.
_FIT: Final = 30
_FIT_PANEL: Final = 18
_ACROSS: Final = 3


def spread(spreads: Sequence[Spread], family: str | None) -> Chart:
    """When the provinces mention a document after its first national mention, in days: known, or between two."""
    title = "部委文件首见于全国工作之后,各地首次提到的时间(天)"
    words = (
        f"{title}:一行一份文件;点是知道日期的,横线是只知道月份的起止范围,超出 {_MOST_DAYS} 天的不画;"
        "蓝色为照录标题,橙色为相近标题。"
    )
    shown = spreads[:MOST_DOCUMENTS]
    height = 0.42 * len(shown) + 0.45
    with picture("spread", words, height, family) as drawn:
        axes = drawn.figure.add_axes((0.03, 0.34 / height, 0.955, 1 - 0.4 / height))
        for row, document in enumerate(shown):
            axes.axhline(row, color=PALE, linewidth=0.6)
            _reached(axes, row - 0.13, document.exact, BLUE)
            _reached(axes, row + 0.13, document.near, ORANGE)
            told = _told(document)
            axes.text(
                0.0,
                row - 0.3,
                told,
                transform=axes.get_yaxis_transform(),
                fontsize=7.5,
                va="bottom",
                bbox=_PLATE,
            )
        axes.set_ylim(len(shown) - 0.5, -0.85)
        axes.set_xlim(-_MOST_DAYS / 2, _MOST_DAYS)
        axes.set_yticks([])
        axes.axvline(0, color=GREY, linewidth=0.8)
        axes.spines["left"].set_visible(False)
    return Chart("spread", title, words, drawn.svg)


def _told(document: Spread) -> str:
    late = sum(reach.lag.least > _MOST_DAYS for reach in (*document.exact, *document.near))
    more = f" · {late} 个在 {_MOST_DAYS} 天以后" if late else ""
    return f"{_cut(document.title, _FIT)} 照录 {len(document.exact)} · 相近 {len(document.near)}{more}"


def _reached(axes: "Axes", row: float, reaches: Sequence[Reach], colour: str) -> None:
    for place, reach in enumerate(reaches):
        # Ranges that are the same lie side by side.
        y = row + 0.02 * (place % 5)
        if reach.lag.exact:
            axes.plot([reach.lag.least], [y], "o", color=colour, markersize=3.5)
        elif reach.lag.least <= _MOST_DAYS:
            ends = [reach.lag.least, min(reach.lag.most, _MOST_DAYS)]
            axes.plot(ends, [y, y], color=colour, linewidth=1, alpha=0.6, solid_capstyle="butt")


def series(found: Sequence[Series], family: str | None) -> Chart:
    """Each of the first series in a panel of its own scale, with its first and its newest value."""
    title = "跨月的数字(每格各有标尺)"
    words = f"{title}:每格一个数,从最早到最新;红色三角是累计数下降;数值见下表。"
    shown = found[:MOST_SERIES]
    rows = -(-len(shown) // _ACROSS)
    height = 1.25 * rows + 0.2
    with picture("series", words, height, family) as drawn:
        panels = drawn.figure.subplots(rows, _ACROSS, squeeze=False).flatten()
        drawn.figure.subplots_adjust(0.02, 0.24 / height, 0.985, 1 - 0.24 / height, 0.12, 0.75)
        for place, axes in enumerate(panels):
            if place < len(shown):
                _panel(axes, shown[place])
            else:
                axes.set_visible(False)
    return Chart("series", title, words, drawn.svg)


def _panel(axes: "Axes", one: Series) -> None:
    points = [(calendar.number(value.month), float(value.value)) for value in one.values]
    axes.plot(*zip(*points, strict=True), color=BLUE, marker="o", markersize=2.8, linewidth=1.1)
    fallen = [point for point, value in zip(points, one.values, strict=True) if value.fell]
    axes.plot([x for x, _ in fallen], [y for _, y in fallen], "v", color=ORANGE, markersize=6)
    axes.set_title(_cut(one.counted.name(), _FIT_PANEL), loc="left", fontsize=8, color=INK)
    for side, place in (("left", 0), ("right", -1)):
        axes.annotate(
            one.values[place].text, points[place], (0, 5), textcoords="offset points", ha=side, fontsize=7.5
        )
    month_axis(axes, [value.month for value in one.values])
    axes.margins(y=0.45)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)


def _cut(words: str, most: int) -> str:
    return words if len(words) <= most else words[: most - 1] + "…"
