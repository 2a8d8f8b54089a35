"""The report's charts over months and provinces."""

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from bulletin.provinces import XPCC
from service.archive.report import months as calendar
from service.archive.report.ledger import Record
from service.archive.report.pictures import BLUE, GREY, INK, ORANGE, PALE, WIDTH_IN, picture
from service.archive.report.tables import Chart
from service.archive.report.themes import Line

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ACROSS: Final = 3
_SHORT: Final = {XPCC: "兵团"}


def trend(lines: Sequence[Line], themes: Sequence[tuple[str, str]], family: str | None) -> Chart:
    """The share of each theme over the months, a panel a theme; a line is dotted where months have no bulletin."""
    title = "各主题占当月事项的比例"
    words = f"{title}:{lines[0].place} 至 {lines[-1].place},每个主题一格;数字见下表。"
    rows = -(-len(themes) // _ACROSS)
    top = max((share or 0.0) for line in lines for share in line.shares()) * 100 or 1.0
    with picture("trend", words, 1.55 * rows + 0.35, family) as drawn:
        panels = drawn.figure.subplots(rows, _ACROSS, sharex=True, sharey=True, squeeze=False).flatten()
        drawn.figure.subplots_adjust(0.05, 0.32 / (1.55 * rows), 0.985, 1 - 0.28 / (1.55 * rows), 0.08, 0.32)
        for place, axes in enumerate(panels):
            if place >= len(themes):
                axes.set_visible(False)
                continue
            points = [(calendar.number(line.place), (line.shares()[place] or 0.0) * 100) for line in lines]
            _line(axes, points)
            axes.set_title(themes[place][1], loc="left", fontsize=9, fontweight="bold")
            axes.set_ylim(0, top * 1.25)
            axes.yaxis.set_major_formatter("{x:.0f}%")
            axes.grid(axis="y", color=PALE, linewidth=0.6)
            axes.set_axisbelow(True)
            month_axis(axes, [line.place for line in lines])
            axes.tick_params(labelbottom=place + _ACROSS >= len(themes))
    return Chart("trend", title, words, drawn.svg)


def _line(axes: "Axes", points: Sequence[tuple[int, float]]) -> None:
    """Points in order of time; the newest with its value."""
    for (x, y), (next_x, next_y) in pairwise(points):
        apart = next_x - x > 1
        axes.plot(
            [x, next_x],
            [y, next_y],
            color=BLUE,
            linewidth=0.7 if apart else 1.4,
            linestyle=":" if apart else "-",
        )
    axes.plot(*zip(*points, strict=True), color=BLUE, marker="o", markersize=2.8, linestyle="")
    x, y = points[-1]
    axes.plot([x], [y], color=ORANGE, marker="o", markersize=4)
    axes.annotate(
        f"{y:.0f}%", (x, y), (0, 5), textcoords="offset points", ha="right", color=ORANGE, fontsize=8
    )


def month_axis(axes: "Axes", months: Sequence[str]) -> None:
    """The axis of months: years where there are several, else months."""
    first, last = calendar.number(months[0]), calendar.number(months[-1])
    axes.set_xlim(first - 1, last + 1)
    if last - first < 14:
        step = max(1, (last - first) // 3)
        ticks = list(range(first, last + 1, step))
        axes.set_xticks(ticks, [calendar.named(tick)[2:] for tick in ticks])
        return
    years = [tick for tick in range(first, last + 1) if tick % 12 == 0]
    years = years[:: -(-len(years) // 6)]
    axes.set_xticks(years, [calendar.named(tick)[:4] for tick in years])


def heat(lines: Sequence[Line], themes: Sequence[tuple[str, str]], family: str | None) -> Chart:
    """How many items of each province have each theme, the darker the more."""
    title = "各省各主题的事项数"
    words = f"{title}:一行一个单位,按官方次序;一列一个主题;数字见下表。"
    counts = [list(line.by_theme) for line in lines]
    top = max(max(row) for row in counts) or 1
    with picture("heat", words, 0.205 * len(lines) + 0.45, family) as drawn:
        axes = drawn.figure.add_axes((0.105, 0.01, 0.885, 1 - 0.4 / (0.205 * len(lines) + 0.45)))
        axes.pcolormesh(counts, cmap="Blues", vmin=0, vmax=top * 1.15, edgecolors="white", linewidth=1)
        for row, line in enumerate(counts):
            for column, count in enumerate(line):
                colour = "white" if count > top * 0.62 else INK
                axes.text(
                    column + 0.5,
                    row + 0.5,
                    str(count),
                    ha="center",
                    va="center_baseline",
                    color=colour,
                    fontsize=7.5,
                )
        axes.set_xticks([place + 0.5 for place in range(len(themes))], [name for _, name in themes])
        axes.set_yticks([place + 0.5 for place in range(len(lines))], [_short(line.place) for line in lines])
        _grid_axes(axes)
    return Chart("heat", title, words, drawn.svg)


def grid(records: Sequence[Record], months: Sequence[str], family: str | None) -> Chart:
    """Who is missing in which month: a cell a bulletin, a gap where months have none."""
    title = "各单位各期报送情况"
    words = f"{title}:一行一个单位,一列一期;橙色有叉的格子是缺报;月份间的空隙表示其间没有月报。"
    places = _columns(months)
    with picture("grid", words, 0.19 * len(records) + 0.62, family) as drawn:
        height = 0.19 * len(records) + 0.62
        axes = drawn.figure.add_axes((0.085, 0.01, 0.905, 1 - 0.6 / height))
        size = min(7.0, 0.62 * WIDTH_IN * 72 / (max(places) + 1))
        for row, record in enumerate(records):
            gone = [place for place, month in zip(places, months, strict=True) if month in record.months]
            axes.broken_barh([(place + 0.06, 0.88) for place in places], (row + 0.08, 0.84), facecolor=PALE)
            axes.broken_barh([(place + 0.06, 0.88) for place in gone], (row + 0.08, 0.84), facecolor=ORANGE)
            middle = [place + 0.5 for place in gone]
            axes.plot(
                middle, [row + 0.5] * len(gone), "x", color="white", markersize=size * 0.6, markeredgewidth=1
            )
        axes.set_xlim(0, max(places) + 1)
        axes.set_ylim(0, len(records))
        step = -(-len(months) // 30)
        shown = list(zip(places, months, strict=True))[::step]
        axes.set_xticks(
            [place + 0.5 for place, _ in shown], [month[2:] for _, month in shown], rotation=90, fontsize=7
        )
        axes.set_yticks([row + 0.5 for row in range(len(records))], [_short(one.province) for one in records])
        _grid_axes(axes)
    return Chart("grid", title, words, drawn.svg)


def _columns(months: Sequence[str]) -> list[float]:
    """Where each month's column stands: a third of a column further off where months lie between."""
    places = [0.0]
    for before, after in pairwise(months):
        places.append(places[-1] + (1.0 if calendar.number(after) - calendar.number(before) == 1 else 1.35))
    return places


def _grid_axes(axes: "Axes") -> None:
    """First row on top, names above and at the left, no frame."""
    axes.invert_yaxis()
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.spines["left"].set_color(GREY)


def _short(province: str) -> str:
    return _SHORT.get(province, province)
