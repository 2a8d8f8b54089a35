"""`yuebao labels`: sheets to label, labelled months in."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from service import cli_corrections, label_sheets, settings
from service.cli_common import EXIT_BAD_INPUT, BundleOption, bundle_folder, complain, open_digester
from service.cli_digest import UsageError
from service.files import write_whole

app = typer.Typer(
    help="标注:生成标注表,检查并导入标注好的月份。", no_args_is_help=True, rich_markup_mode=None
)


@app.command("sheet")
def sheet(
    files: Annotated[list[str], typer.Argument(metavar="月报…", help="txt、html、docx 或 pdf")],
    out: Annotated[str, typer.Option("-o", "--out", help="标注表 .xlsx;多期月报时是文件夹")],
    bundle: BundleOption = None,
) -> None:
    """生成预先归好类的标注表(xlsx):拿不准的排在前面,主题从下拉列表里选。"""
    from training import taxonomy
    from training.labelled.sheet import sheet as make

    failed = label_sheets.sheets(
        files, out, open_digester(bundle), taxonomy.of(settings.load().data), make, complain
    )
    if failed:
        raise typer.Exit(EXIT_BAD_INPUT)


@app.command("next")
def next_(
    files: Annotated[list[str], typer.Argument(metavar="月报…", help="txt、html、docx 或 pdf")],
    count: Annotated[int, typer.Option("-n", "--count", min=1, help="最多挑几件")] = 50,
    out: Annotated[
        str | None, typer.Option("-o", "--out", help="写成标注表 .xlsx;多期月报时是文件夹/")
    ] = None,
    bundle: BundleOption = None,
) -> None:
    """从没标过的事项里挑最值得先标的:模型拿不准的,又互不雷同。标好后用 labels import --partial 导入。"""
    from models.bundle import open_bundle
    from service import cli_next

    wanted = cli_next.Wanted(tuple(files), count, out)
    opened = open_bundle(bundle_folder(bundle))
    home = settings.load().data
    failed = cli_next.run(wanted, open_digester(opened.path), opened, home, typer.echo, complain)
    if failed:
        raise typer.Exit(EXIT_BAD_INPUT)


@app.command("doubt")
def doubt(
    top: Annotated[int, typer.Option("--top", min=1, help="最多列几件")] = 30,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="写成 .xlsx 或 .csv,供逐件核对")] = None,
) -> None:
    """列出附带的和导入的月份里可能标错的事项,最可疑的在前:没学过这一期的模型不同意的。"""
    from service import cli_doubt

    cli_doubt.run(top, out, settings.load().data, typer.echo)


@app.command("import")
def import_(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="标注…", help="同一期的 xlsx、jsonl、csv、yb 或 Label Studio 的 json"),
    ],
    by: Annotated[str, typer.Option("--by", help="谁导入的,记在案")],
    bulletin: Annotated[
        Path | None, typer.Option("--bulletin", help="标注的是哪一期月报;标注表自带原文,不用给")
    ] = None,
    partial: Annotated[bool, typer.Option("--partial", help="只导入标了的事项,其余的照上一版")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查,不导入")] = False,
) -> None:
    """检查并导入一期标注。有一处问题就全不导入,并逐行说明怎么改。"""
    from training import taxonomy
    from training.labelled import commands

    wanted = commands.Import(tuple(files), bulletin, partial)
    month = commands.read_month(wanted, taxonomy.of(settings.load().data))
    labelled = f"{month.month}:{len(month.items)} 件"
    if dry_run:
        typer.echo(f"{labelled},没有问题(没有导入)")
        return
    kept = commands.keep(month, wanted, settings.load().data, by, datetime.now(UTC))
    if kept is None:
        typer.echo(f"{labelled},已是最新,没有变化")
    else:
        before = len(kept.month.items) - len(month.items)
        told = f"{labelled},连同上一版的 {before} 件" if before else labelled
        typer.echo(f"{told},导入为第 {kept.number} 版")


@app.command("relabel")
def relabel(
    theme: Annotated[str, typer.Argument(metavar="主题", help="后来增加的主题的编号")],
    out: Annotated[Path | None, typer.Option("-o", "--out", help="生成待答的表 .xlsx")] = None,
    answers: Annotated[Path | None, typer.Option("--from", help="答好的表 .xlsx 或 .csv")] = None,
    by: Annotated[str, typer.Option("--by", help="谁答的,记在案")] = "",
) -> None:
    """已标注的事项要不要补标一个新主题:生成一张逐件答“是”“否”的表(-o),再读回来(--from)。"""
    from training.labelled import commands

    home = settings.load().data
    if (out is None) == (answers is None):
        raise UsageError("请给 -o 生成表,或给 --from 读回答好的表")
    if answers is None:
        assert out is not None
        write_whole(out, commands.relabel_sheet(home, theme))
        return
    if not by:
        raise UsageError("请用 --by 写明谁答的")
    kept = commands.relabel(home, theme, answers, by, datetime.now(UTC))
    typer.echo(f"{theme}:补标了 {kept} 期" if kept else f"{theme}:没有变化")


app.command("from-corrections")(cli_corrections.from_corrections)


@app.command("list")
def list_() -> None:
    """列出导入过的月份:每一版何时、何人、来自哪些文件。"""
    from training.labelled import commands

    revisions = commands.listed(settings.load().data)
    if not revisions:
        typer.echo("还没有导入过标注")
    for revision in revisions:
        month = revision.month
        line = f"{month.name}\t第{revision.number}版\t{len(month.items)}件\t{revision.imported_at}"
        typer.echo(f"{line}\t{revision.imported_by}\t{'、'.join(revision.files)}")
