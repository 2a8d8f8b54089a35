"""The report's chapters on what stands in the items: titles, numbers, and what is to be looked at again."""

from collections.abc import Iterator, Sequence

from service.archive.report import alike, charts_texts, review, series, titles
from service.archive.report.data import Data, Place
from service.archive.report.days import Days, Lag
from service.archive.report.series import Series, Value
from service.archive.report.tables import Cell, Chapter, Column, Table, listed, plain, shown
from service.archive.report.titles import Reach, Spread

_PLACE = Column("出处", width=28)
_MONTH = Column("月份", width=13)
_NATIONAL = "全国"
_HEDGED = {
    "近": "近",
    "超": "超",
    "约": "约",
    "不少于": "不少于",
    "不超过": "不超过",
    "不足": "不足",
    "exact": "",
}


def documents(data: Data, family: str | None) -> Chapter:
    """New titles, and how those of the ministry spread."""
    newest = data.months[-1].month if data.months else ""
    spreads = titles.spreads(data.titles)
    told = [one for one in spreads if one.exact or one.near]
    words = (
        "全国工作里提到的《标题》当作部委文件(其中也有文章、栏目和书名,一并列出)。各省首次提到的日期取事项里写在标题之前的"
        "最近一个日期;事项没有写日期的,只知道在那个月,记作“(月)”,滞后写成可能的天数范围。负数表示该省的日期更早。",
        "“照录”是标题逐字相同;“相近”是去掉省名、年份、“关于做好”“的通知”之类之后,一个包含另一个,或相同的字达到"
        f" {alike.LEAST_RATIO:.0%}(difflib),是不是同一件事请读者判断。只做了事而没有写出标题的不算提到。",
        "标题是否首次出现,同档案里这之前的所有月份比。",
    )
    drawn = (charts_texts.spread(told, family),) if told else ()
    tables = (
        _new_titles(data, newest),
        _documents(data, told),
        _reaches(data, told),
        _unspread(data, [one for one in spreads if not one.exact and not one.near]),
    )
    return Chapter("titles", "文件和《标题》", words, drawn, tables)


def _new_titles(data: Data, newest: str) -> Table:
    columns = (Column("标题", width=50), Column("在哪里", width=12), Column("提到的事项", "count"), _PLACE)
    rows = tuple(
        (one.title, one.province or _NATIONAL, one.items, _cited(data, one.place))
        for one in titles.new(data.titles, newest)
    )
    return Table("new-titles", "新标题", f"{newest or '最新一期'}首次出现的《标题》", columns, rows)


def _documents(data: Data, spreads: Sequence[Spread]) -> Table:
    columns = (
        Column("文件", width=38), Column("全国首见", width=18), Column("照录", "count", 7), Column("相近", "count", 7),
        Column("滞后(天)", "count", 9), Column("未见的单位", width=60), _PLACE,
    )  # fmt: skip
    rows = tuple(
        (
            one.title,
            _day(one.days),
            len(one.exact),
            len(one.near),
            one.median_lag,
            f"{len(one.absent)} 个:{listed(one.absent)}" if one.absent else "",
            _cited(data, one.place),
        )
        for one in spreads
    )
    notes = ("照录、相近是单位数;滞后是中位数,只算照录而且两头都知道日期的。",)
    return Table("documents", "文件传播", "部委文件传到了哪些单位", columns, rows, notes=notes)


def _reaches(data: Data, spreads: Sequence[Spread]) -> Table:
    columns = (
        Column("文件", width=38), Column("单位", width=12), Column("写法", width=60),
        Column("首次提到", width=18), Column("隔月", "count", 8), Column("滞后(天)", width=15), _PLACE,
    )  # fmt: skip
    rows = tuple(
        (
            one.title,
            reach.province,
            way,
            _day(reach.days),
            reach.lag.months,
            _lag(reach.lag),
            _cited(data, reach.place),
        )
        for one in spreads
        for way, reach in _ways(one)
    )
    return Table("reaches", "各地首见", "各单位首次提到", columns, rows)


def _ways(spread: Spread) -> Iterator[tuple[str, Reach]]:
    yield from (("照录", reach) for reach in spread.exact)
    yield from ((f"相近:{reach.title}", reach) for reach in spread.near)


def _unspread(data: Data, spreads: Sequence[Spread]) -> Table:
    columns = (Column("标题", width=50), Column("全国首见", width=18), _PLACE)
    rows = tuple((one.title, _day(one.days), _cited(data, one.place)) for one in spreads)
    return Table("unspread", "只见于全国", "只在全国工作里提到的《标题》", columns, rows)


def _day(days: Days) -> str:
    if not days.told:
        return f"{days.first:%Y-%m}(月)"
    if days.first == days.last:
        return days.first.isoformat()
    return f"{days.first.isoformat()} 至 {days.last.isoformat()}"


def _lag(lag: Lag) -> str:
    least, most = (str(days).replace("-", "−") for days in (lag.least, lag.most))
    return least if lag.exact else f"{least} 至 {most}"


def numbers(data: Data, family: str | None) -> Chapter:
    """Counts that are told month after month."""
    found = series.find(data.numbers)
    fallen = sum(one.fell for one in found.series)
    words = (
        f"同一个数在 {series.LEAST_MONTHS} 个月以上说到的有 {len(found.series)} 个,其中累计数下降的 {fallen} 个。"
        "认作同一个数,要数字前后的词、单位、省份(全国的看专题)都相同;换了说法的认不出来,不在此列。",
        "“累计”是原文写明截至、累计、已达、总数之类的;累计数低于以前说过的(近、超、约之类按可能的范围算)标作下降,"
        "请核对是不是口径变了。比例和单月的数升降都属平常,不标。",
        f"同一个月里同一种说法有几个不同的数的,分不清是哪一个,没有用,共 {found.unclear} 处。"
        if found.unclear
        else "",
    )
    drawn = (charts_texts.series(found.series, family),) if found.series else ()
    return Chapter(
        "series",
        "跨月的数字",
        tuple(filter(None, words)),
        drawn,
        (_series(found.series), _values(data, found.series)),
    )


def _series(found: Sequence[Series]) -> Table:
    columns = (
        Column("数的是什么", width=38), Column("省份或专题", width=26), Column("口径", width=8),
        Column("月数", "count", 8), Column("起", width=12), Column("止", width=12), Column("最早", width=13),
        Column("最新", width=13), Column("增幅", "share", 9), Column("标记", width=12),
    )  # fmt: skip
    rows = tuple(
        (
            one.counted.name(),
            one.counted.where,
            _basis(one),
            len(one.values),
            one.values[0].month,
            one.values[-1].month,
            one.values[0].text,
            one.values[-1].text,
            series.growth(one.values[0].value, one.values[-1].value, one.counted.unit),
            "累计数下降" if one.fell else "",
        )
        for one in found
    )
    return Table("series", "数字序列", "跨月的数字", columns, rows)


def _basis(one: Series) -> str:
    return one.counted.span or ("累计" if one.counted.total else "")


def _values(data: Data, found: Sequence[Series]) -> Table:
    columns = (
        Column("数的是什么", width=36), Column("省份或专题", width=24), _MONTH, Column("原文", width=12),
        Column("数值", "count", 12), Column("单位", width=8), Column("约数", width=8), Column("增减", "change", 11),
        Column("增幅", "share", 9), Column("标记", width=8), _PLACE,
    )  # fmt: skip
    rows = tuple(_value(data, one, value) for one in found for value in one.values)
    notes = ("增减和增幅都是同上一次说到的比,约数按所写的数算;比例的增减是百分点,不算增幅。",)
    return Table("values", "数字逐月", "逐月的数值", columns, rows, notes=notes)


def _value(data: Data, one: Series, value: Value) -> tuple[Cell, ...]:
    return (
        one.counted.name(),
        one.counted.where,
        value.month,
        value.text,
        plain(value.value),
        one.counted.unit,
        _HEDGED.get(value.hedge, value.hedge),
        None if value.change is None else plain(value.change),
        value.growth,
        "下降" if value.fell else "",
        _cited(data, value.place),
    )


def doubtful(data: Data) -> Chapter:
    """What a person should look at."""
    names = dict(data.themes)
    queued = review.queue(data.review, data.thresholds)
    columns = (
        _MONTH, Column("省份或专题", width=18), Column("内容", width=60), Column("判给的主题", width=18),
        Column("接近门槛的概率", width=40), _PLACE,
    )  # fmt: skip
    rows = tuple(
        (
            one.item.place.month or "",
            one.item.province or one.item.topic or "",
            one.item.text,
            listed([names.get(theme, theme) for theme in one.item.themes]) or "其他",
            ";".join(_near(near, names) for near in one.near),
            _cited(data, one.item.place),
        )
        for one in queued
    )
    words = (
        f"待核的事项共 {len(rows)} 件,新的在前。概率接近门槛,判得不稳,请看一眼。",
        "门槛在模型包里,档案只知道它落在哪两个概率之间:没有判给的最高概率,和判给了的最低概率。",
    )
    return Chapter("review", "待核事项", words, (), (Table("review", "待核", "待核事项", columns, rows),))


def _near(near: review.Near, names: dict[str, str]) -> str:
    ends = f"{shown(near.below, 'share')} 至 {shown(near.above, 'share')}"
    return f"{names.get(near.theme, near.theme)} {near.score:.1%}({'判给' if near.given else '未判给'},门槛在 {ends})"


def _cited(data: Data, place: Place) -> str:
    """Month, item and span; the bulletin too where its month does not tell it."""
    cited = f"{place.month or '月份不详'} {place.item} {place.start}–{place.end}"
    alone = {month.month for month in data.months if month.bulletins == 1}
    return cited if place.month in alone else f"{cited}({place.bulletin})"
