"""The report's chapters on what was told, by whom and about which themes."""

from collections.abc import Iterator, Sequence

from service.archive.report import changes, charts, ledger, months, themes, titles
from service.archive.report.data import Data
from service.archive.report.tables import Cell, Chapter, Column, Table, listed, shown
from service.archive.report.themes import Line

_READING = (
    "一件事项可以有不止一个主题,在每个主题里各算一次,所以各主题相加多于事项数;“其他”是不属任何主题的事项。",
    "主题是模型判的,判得不稳的标作“待核”,列在最后一节;数字、日期、《标题》是从原文里逐字取出的。",
    "“占比”都是占当月(或该单位)事项数的比例。两期之间隔了几个月的,图上用虚线相连。",
    "出处写作“月份 事项编号 起–止”,起止是在该期全文里的字符位置;一个月有几期的,再写明是哪一期。",
    "每个数都可以用 yuebao archive query 再查一遍,查法见 docs/archive-report。",
)


def overview(data: Data) -> Chapter:
    """What the archive holds and what made it."""
    told = [month.month for month in data.months]
    gaps = months.between(told)
    between = f"其间没有月报的有 {len(gaps)} 个月:{listed(_runs(gaps))}。" if gaps else ""
    span = f"档案里有 {told[0]} 至 {told[-1]} 的月报。{between}" if told else "所选的月份里没有月报。"
    undated = data.overview.undated
    lost = f"有 {undated} 期看不出月份,只计入总数,不进各月的统计。" if undated else ""
    tables = [
        Table(
            "overview",
            "概况",
            "概况",
            (Column("项目", width=28), Column("数值", "count", 24)),
            _summary(data, gaps),
        )
    ]
    if data.months:
        tables.append(_months(data))
    if data.overview.errors:
        columns = (Column("文件", width=48), Column("原因", width=64))
        notes = ("读不了的文件不知道月份,选了月份也全部列在这里。",)
        tables.append(
            Table("errors", "读不了的", "读不了的文件和月报", columns, data.overview.errors, notes=notes)
        )
    return Chapter("overview", "概况", tuple(filter(None, (span, lost, *_READING))), (), tuple(tables))


def _summary(data: Data, gaps: Sequence[str]) -> tuple[tuple[Cell, ...], ...]:
    one = data.overview
    return (
        ("有月报的月份", one.months),
        ("其间没有月报的月份", len(gaps)),
        ("月报(期)", one.bulletins),
        ("与别的重复、不再计入的月报(期)", one.duplicates),
        ("各地条目", one.entries),
        ("事项", one.items),
        ("其中全国的", one.national),
        ("其中各地的", one.items - one.national),
        ("不属任何主题(其他)", one.other),
        ("其他占比", shown(one.other / one.items if one.items else None, "share")),
        ("待核", one.review),
        ("待核占比", shown(one.review / one.items if one.items else None, "share")),
        ("读不了的文件和月报", len(one.errors)),
        ("档案的版", data.edition),
        ("模型包", data.bundle),
        ("主题表", data.taxonomy),
        ("表结构", str(data.schema)),
        ("建档程序", f"yuebao {data.yuebao}"),
        ("建档的批次", data.parts),
    )


def _months(data: Data) -> Table:
    missing = {month.month: sum(one.month == month.month for one in data.missing) for month in data.months}
    columns = (Column("月份"), *(Column(label, "count") for label in ("期数", "条目", "事项", "缺报单位")))
    rows = tuple(
        (one.month, one.bulletins, one.entries, one.items, missing[one.month]) for one in data.months
    )
    return Table("months", "各月", "各月的月报", columns, rows)


def _runs(gaps: Sequence[str]) -> list[str]:
    """Months in a row as one stretch."""
    runs: list[list[str]] = []
    for month in gaps:
        if runs and months.number(month) - months.number(runs[-1][-1]) == 1:
            runs[-1].append(month)
        else:
            runs.append([month])
    return [run[0] if len(run) == 1 else f"{run[0]} 至 {run[-1]}" for run in runs]


def trend(data: Data, family: str | None) -> Chapter:
    """Themes over months."""
    lines, names = themes.trend(data), themes.columns(data)
    drawn = (charts.trend(lines, names, family),) if lines else ()
    return Chapter(
        "trend",
        "主题逐月走势",
        ("左起按时间排列;图的纵轴是占当月事项的比例,各格同一标尺。",),
        drawn,
        (
            _counts("trend-items", "主题逐月件数", "各月各主题的事项数", "月份", lines, names, lined=True),
            Table(
                "trend-shares",
                "主题逐月占比",
                "各月各主题占当月事项的比例",
                (Column("月份"), *(Column(name, "share") for _, name in names)),
                tuple((line.place, *line.shares()) for line in lines),
            ),
        ),
    )


def provinces(data: Data, family: str | None) -> Chapter:
    """Themes over provinces."""
    lines, names = themes.by_province(data), themes.columns(data)
    drawn = (charts.heat(lines, names, family),) if data.provinces else ()
    table = _counts("provinces", "主题×省份", "各单位各主题的事项数", "单位", lines, names, shaded=True)
    return Chapter(
        "provinces", "主题与省份", ("只数各地工作动态里的事项,颜色越深件数越多。",), drawn, (table,)
    )


def _counts(
    id: str,
    sheet: str,
    caption: str,
    heading: str,
    lines: Sequence[Line],
    names: Sequence[tuple[str, str]],
    *,
    shaded: bool = False,
    lined: bool = False,
) -> Table:
    places = tuple(range(2, 2 + len(names)))
    return Table(
        id,
        sheet,
        caption,
        (Column(heading, width=18), Column("事项", "count"), *(Column(name, "count") for _, name in names)),
        tuple((line.place, line.items, *line.by_theme) for line in lines),
        shaded=places if shaded else (),
        lined=places if lined else (),
    )


def missing(data: Data, family: str | None) -> Chapter:
    """Who did not report."""
    told = [month.month for month in data.months]
    records = ledger.ledger(data.missing, told)
    ever = sum(bool(record.months) for record in records)
    now = [record.province for record in records if record.current]
    words = [
        f"{len(told)} 个月的月报里,{ever} 个单位缺过报,共 {sum(len(record.months) for record in records)} 次。",
        f"最新一期({told[-1]})缺报:{listed(now) or '无'}。" if told else "",
        "连续期数只数有月报的月份;没有月报的月份不算缺报,也不打断连续。一个月有几期的,各期都没有才算缺报。",
    ]
    columns = (
        Column("单位", width=18), Column("缺报(期)", "count"), Column("缺报率", "share"),
        Column("当前连续", "count"), Column("最长连续", "count"), Column("缺报的月份", width=60),
    )  # fmt: skip
    rows = tuple(
        (
            record.province,
            len(record.months),
            len(record.months) / len(told) if told else None,
            record.current,
            record.longest,
            listed(record.months),
        )
        for record in records
    )
    drawn = (charts.grid(records, told, family),) if told else ()
    table = Table("missing", "缺报", "缺报台账", columns, rows)
    return Chapter("missing", "缺报台账", tuple(filter(None, words)), drawn, (table,))


def news(data: Data) -> Chapter:
    """What the newest month brought."""
    found = changes.changes(data)
    if found is None or found.before is None:
        words: tuple[str, ...] = ("只有一个月的月报,没有上一期可比。" if found else "没有月报可比。",)
        return Chapter("changes", "与上一期相比", words, (), ())
    now, before = found.now, found.before
    apart = "" if found.apart == 1 else f"(中间有 {found.apart - 1} 个月没有月报)"
    fresh = len(titles.new(data.titles, now.place))
    words = (
        f"最新一期是 {now.place},上一期是 {before.place}{apart}。事项 {now.items} 件,上一期 {before.items} 件,"
        f"增减 {shown(now.items - before.items, 'change')}。",
        f"上一期缺报、本期报送:{listed(found.back) or '无'}。上一期报送、本期缺报:{listed(found.gone) or '无'}。",
        f"首次出现的《标题》{fresh} 个,见下一节。",
    )
    columns = (
        Column("主题"), Column("本期件数", "count"), Column("上期件数", "count"), Column("增减", "change"),
        Column("本期占比", "share"), Column("上期占比", "share"), Column("占比增减(百分点)", "points", 18),
    )  # fmt: skip
    table = Table(
        "changes",
        "与上期比",
        f"{now.place} 与 {before.place} 的主题",
        columns,
        tuple(_changed(data, now, before)),
    )
    return Chapter("changes", "与上一期相比", words, (), (table,))


def _changed(data: Data, now: Line, before: Line) -> Iterator[tuple[Cell, ...]]:
    names = [name for _, name in themes.columns(data)]
    for name, new, old, share, old_share in zip(
        names, now.by_theme, before.by_theme, now.shares(), before.shares(), strict=True
    ):
        points = None if share is None or old_share is None else share - old_share
        yield name, new, old, new - old, share, old_share, points
