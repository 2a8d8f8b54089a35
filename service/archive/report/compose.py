"""An edition's report, chapter by chapter."""

from collections.abc import Iterator

from service.archive.report import chapters, chapters_texts, fonts
from service.archive.report.data import Data
from service.archive.report.tables import Report

_TITLE = "教育信息化和网络安全工作月报 档案报告"


def report(data: Data, family: str | None) -> Report:
    """The report of `data`, its charts laid out in the font `family`."""
    months = [month.month for month in data.months]
    return Report(
        title=_TITLE,
        subtitle=f"{months[0]} 至 {months[-1]}" if months else "没有月报",
        made=(
            f"档案的版 {data.edition} · 模型包 {data.bundle} · 主题表 {data.taxonomy} · 表结构 {data.schema}"
            f" · yuebao {data.yuebao}"
        ),
        chapters=(
            chapters.overview(data),
            chapters.trend(data, family),
            chapters.provinces(data, family),
            chapters.missing(data, family),
            chapters.news(data),
            chapters_texts.documents(data, family),
            chapters_texts.numbers(data, family),
            chapters_texts.doubtful(data),
        ),
    )


def chinese_font(data: Data) -> str | None:
    """A font of this machine that has what the charts say."""
    return fonts.chinese(_written(data))


def _written(data: Data) -> Iterator[str]:
    yield "各主题占当月事项的比例数单位报送情况照录相近天缺"
    yield from (name for _, name in data.themes)
