"""`yuebao archive query` and `yuebao archive search`: questions to an archive."""

import io
import resource
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from service import settings
from service.asking import archive_module
from service.cli_archive_common import ArchiveOption, EditionOption, open_edition
from service.cli_common import BundleOption, bundle_folder, complain
from service.files import whole

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from service.archive.edition import Edition
    from service.schemas_archive import ArchiveHit

# What DuckDB takes beside its own limit, for a string or for a row on its way to Python, it takes without limit.
ADDRESS_SPACE_BYTES = 6 << 30

_MARK, _PLAIN = "\033[1;31m", "\033[0m"


class QueryFormat(StrEnum):
    """How `query` writes its rows."""

    table = "table"
    csv = "csv"
    json = "json"


class LevelName(StrEnum):
    """The levels of items."""

    national = "national"
    provincial = "provincial"


def query(
    sql: Annotated[
        str, typer.Argument(metavar="SQL", help="一条查询;SHOW TABLES 列出表,DESCRIBE items 列出列")
    ],
    archive: ArchiveOption = None,
    edition: EditionOption = None,
    format: Annotated[QueryFormat, typer.Option("--format", "-f", help="输出格式")] = QueryFormat.table,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="输出文件;csv 文件可直接用 Excel、WPS 打开")
    ] = None,
    timeout_s: Annotated[float, typer.Option("--timeout", min=0.1, help="最多查几秒")] = 60,
) -> None:
    """用 SQL(DuckDB)查询档案。只能查,不能改,也读不到档案以外的文件。"""
    opened = open_edition(archive, edition)
    ask, tables = archive_module("sql"), archive_module("tables")
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    if most == resource.RLIM_INFINITY or most > ADDRESS_SPACE_BYTES:
        resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE_BYTES, most))
    write = getattr(tables, f"write_{format.value}")
    with ask.asked(opened, sql, timeout_s) as answer, _output(out, excel=format is QueryFormat.csv) as file:
        told = write(answer, file)
    if told:
        typer.echo(told, err=True)


def search(
    query: Annotated[
        list[str], typer.Argument(metavar="词…", help="都要出现的词;引号里的一字不差,如 '\"网络安全宣传周\"'")
    ],
    archive: ArchiveOption = None,
    edition: EditionOption = None,
    theme: Annotated[str | None, typer.Option("--theme", help="主题的编号或名称")] = None,
    province: Annotated[str | None, typer.Option("--province", help="省份")] = None,
    first: Annotated[str | None, typer.Option("--from", help="从哪个月,如 2019-01")] = None,
    last: Annotated[str | None, typer.Option("--to", help="到哪个月为止")] = None,
    level: Annotated[LevelName | None, typer.Option("--level", help="只要全国的或各省的")] = None,
    review: Annotated[
        bool | None, typer.Option("--review/--no-review", help="只要待核的,或不要待核的")
    ] = None,
    semantic: Annotated[bool, typer.Option("--semantic", help="意思相近的也找;词可以写成一句话")] = False,
    limit: Annotated[int, typer.Option("-n", min=1, max=1000, help="列出几件")] = 20,
    json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
    bundle: BundleOption = None,
) -> None:
    """检索档案里的事项,最相关的在前。"""
    opened = open_edition(archive, edition)
    filters = archive_module("filters")
    given = filters.Filters(theme, province, first, last, level.value if level else None, review)
    chosen = filters.checked(given, opened.record)
    index = archive_module("search").SearchIndex(opened)
    asked = " ".join(query)
    if semantic:
        found = index.by_meaning(asked, _state(asked, opened, bundle), chosen, limit)
    else:
        found = index.by_words(asked, chosen, limit)
    if index.note:
        complain(index.note)
    _show_json(found.hits) if json else _show(opened, found.hits)
    typer.echo(_counted(found.total, len(found.hits), semantic), err=True)


def _state(asked: str, edition: "Edition", bundle: Path | None) -> "NDArray[np.float32]":
    """The meaning of what was asked, by the edition's own bundle: the given one, or one of this machine's."""
    from models.registry import Registry

    encoder = archive_module("encoder")
    configured = settings.load(bundle=bundle)
    registry = Registry(configured.data)
    known = [registry.folder(name) for name in registry.versions() if name == edition.record.bundle]
    folders = [bundle_folder(bundle)] if configured.bundle else [bundle_folder(None), *known]
    state: NDArray[np.float32] = encoder.state_of(
        asked, encoder.own_bundle(edition, folders), configured.threads
    )
    return state


def _show_json(hits: Sequence["ArchiveHit"]) -> None:
    for hit in hits:
        typer.echo(hit.model_dump_json())


def _show(edition: "Edition", hits: Sequence["ArchiveHit"]) -> None:
    paths = archive_module("origins").paths(edition, {hit.source for hit in hits})
    clean = archive_module("tables").on_one_line
    for hit in hits:
        about = [hit.month or "月份不明", hit.province or hit.topic or hit.section or "全国"]
        about += [edition.record.themes.get(theme, theme) for theme in hit.themes] or ["其他"]
        about += ["待核"] if hit.review else []
        where = f"{paths.get(hit.source, hit.bulletin)} {hit.item} 第 {hit.span[0]}-{hit.span[1]} 字"
        typer.echo(clean("  ".join(about)))
        typer.echo(f"    {_marked(hit, clean)}\n    {clean(where)}")


def _marked(hit: "ArchiveHit", clean: Callable[[str], str]) -> str:
    """The text with its hits in colour; typer takes the colour away where the output is no terminal."""
    shown, after = "", 0
    for start, end in hit.hits:
        shown += clean(hit.text[after:start]) + _MARK + clean(hit.text[start:end]) + _PLAIN
        after = end
    return shown + clean(hit.text[after:])


def _counted(total: int, shown: int, semantic: bool) -> str:
    if not total:
        return "没有找到" if semantic else "没有找到;词换得短些,或加 --semantic 按意思找"
    listed = f",列出前 {shown} 件" if shown < total else ""
    return f"按词和意思排出 {total} 件{listed}" if semantic else f"共 {total} 件{listed}"


@contextmanager
def _output(out: Path | None, *, excel: bool) -> Iterator[TextIO]:
    """Standard output, or the file `out`, which is there when the block ends well."""
    if out is None:
        yield sys.stdout
        return
    with whole(out) as file:
        # Excel takes a file without the mark for one in the encoding of the machine.
        text = io.TextIOWrapper(file, "utf-8-sig" if excel else "utf-8", newline="")
        yield text
        text.flush()
        text.detach()
