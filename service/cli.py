"""`yuebao …`: the one place that knows every package.

Exit codes: 0 all well, 1 some input could not be done (the others were), 2 wrong usage or no model.
"""

import sys
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer

from bulletin import __version__
from bulletin import themes as taxonomy
from bulletin.errors import YuebaoError
from service import cli_classify, cli_digest, cli_labels, cli_models, settings
from service.digester import Digester

EXIT_BAD_INPUT, EXIT_USAGE = 1, 2

app = typer.Typer(
    name="yuebao",
    help="读教育信息化和网络安全工作月报:归类各地工作,起草句句有出处的摘要。全部在本机运行。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

labels = typer.Typer(
    help="标注:生成标注表,检查并导入标注好的月份。", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(labels, name="labels")
app.add_typer(cli_models.app, name="models")


class FormatName(StrEnum):
    """The formats of `bulletin.render`."""

    json = "json"
    markdown = "markdown"
    docx = "docx"
    xlsx = "xlsx"


class LanguageName(StrEnum):
    """The languages of `bulletin.render`."""

    zh = "zh"
    en = "en"


BundleOption = Annotated[Path | None, typer.Option("--bundle", help="模型包文件夹;不给则用当前版本")]


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"yuebao {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="显示版本")
    ] = False,
) -> None:
    """Options before any command; --version acts in its callback."""


@app.command()
def digest(
    files: Annotated[
        list[str], typer.Argument(metavar="文件…", help="txt、html、docx 或 pdf;- 表示标准输入")
    ],
    format: Annotated[FormatName, typer.Option("--format", "-f", help="输出格式")] = FormatName.json,
    out: Annotated[str | None, typer.Option("-o", "--out", help="输出文件;多个输入时是文件夹")] = None,
    no_abstract: Annotated[bool, typer.Option("--no-abstract", help="只归类,不起草摘要")] = False,
    lang: Annotated[LanguageName, typer.Option("--lang", help="表头语言")] = LanguageName.zh,
    bundle: BundleOption = None,
) -> None:
    """把月报变成分类和摘要。"""
    plan = cli_digest.Plan(tuple(files), format.value, out, not no_abstract, lang.value)
    cli_digest.refuse_unusable(plan, sys.stdout.isatty())
    failed = cli_digest.run(plan, _open(bundle), sys.stdout.buffer, _complain)
    if failed:
        raise typer.Exit(EXIT_BAD_INPUT)


@app.command()
def classify(
    files: Annotated[
        list[str] | None, typer.Argument(metavar="[文件…]", help="每行一个事项;默认标准输入")
    ] = None,
    heading: Annotated[str, typer.Option("--heading", help="各行共同的省份或专题标题")] = "",
    bundle: BundleOption = None,
) -> None:
    """给一行一个的事项归类,输出 JSON 行。"""
    failed = cli_classify.run(files or ["-"], heading, _open(bundle), sys.stdout, _complain)
    if failed:
        raise typer.Exit(EXIT_BAD_INPUT)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option("--host", help="监听地址")] = None,
    port: Annotated[int | None, typer.Option("--port", help="监听端口;0 表示任选")] = None,
    bundle: BundleOption = None,
) -> None:
    """启动网页和 HTTP 接口。设置也可用 YUEBAO_ 开头的环境变量给出。"""
    # FastAPI takes a quarter of a second to import: only the server pays.
    from service import cli_serve

    failure = cli_serve.run(settings.load(host=host, port=port, bundle=bundle), typer.echo)
    if failure is not None:
        raise failure


@app.command()
def train(
    version: Annotated[str, typer.Argument(metavar="新版本名", help="字母、数字、点、横线")],
) -> None:
    """用附带的和导入的月份从头训练分类器,收作一个新版本;最新导入的一期留作评判。中断后再运行就接着做。"""
    told = _training().train(version, cli_models.registry(), settings.load().data, datetime.now(UTC))
    typer.echo(told)


@app.command()
def evaluate(
    version: Annotated[str, typer.Argument(metavar="版本", help="收下的模型版本")],
    labels: Annotated[
        list[Path] | None, typer.Option("--labels", help="标注好的月份(.yb);不给则用最新导入的一期")
    ] = None,
    max_drop: Annotated[float, typer.Option("--max-drop", help="宏平均 F1 最多可以降多少")] = 0.01,
    promote: Annotated[bool, typer.Option("--promote", help="没有理由反对就启用")] = False,
    force: Annotated[str, typer.Option("--force", help="照样启用的理由,记在案")] = "",
) -> None:
    """在两个版本都没学过的月份上,拿一个版本与当前版本比,说明该不该启用。"""
    commands = _training()
    registry = cli_models.registry()
    months = commands.held_out(labels or [], settings.load().data)
    verdict = commands.compare(registry, version, months, max_drop)
    typer.echo(verdict.table)
    for reason in verdict.objections:
        typer.echo(f"反对:{reason}")
    if (promote and not verdict.objections) or force:
        move = registry.promote(version, force or "评判没有反对", datetime.now(UTC))
        typer.echo(f"当前版本:{move.origin} → {move.target}")
    elif verdict.objections:
        raise typer.Exit(EXIT_BAD_INPUT)
    else:
        typer.echo("没有理由反对")


@app.command()
def themes(bundle: BundleOption = None) -> None:
    """列出主题表。"""
    for theme in _open(bundle).taxonomy.themes:
        typer.echo(f"{theme.id}\t{theme.name}\t{theme.guidance}")


@labels.command("sheet")
def labels_sheet(
    files: Annotated[list[str], typer.Argument(metavar="月报…", help="txt、html、docx 或 pdf")],
    out: Annotated[str, typer.Option("-o", "--out", help="标注表 .xlsx;多期月报时是文件夹")],
    bundle: BundleOption = None,
) -> None:
    """生成预先归好类的标注表(xlsx):拿不准的排在前面,主题从下拉列表里选。"""
    from training.labelled.sheet import sheet

    failed = cli_labels.sheets(files, out, _open(bundle), sheet, _complain)
    if failed:
        raise typer.Exit(EXIT_BAD_INPUT)


@labels.command("import")
def labels_import(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="标注…", help="同一期的 xlsx、jsonl、csv、yb 或 Label Studio 的 json"),
    ],
    by: Annotated[str, typer.Option("--by", help="谁导入的,记在案")],
    bulletin: Annotated[
        Path | None, typer.Option("--bulletin", help="标注的是哪一期月报;标注表自带原文,不用给")
    ] = None,
    partial: Annotated[bool, typer.Option("--partial", help="只导入标了的事项")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查,不导入")] = False,
) -> None:
    """检查并导入一期标注。有一处问题就全不导入,并逐行说明怎么改。"""
    from training.labelled import commands

    wanted = commands.Import(tuple(files), bulletin, partial)
    month = commands.read_month(wanted, taxonomy.load())
    labelled = f"{month.month}:{len(month.items)} 件"
    if dry_run:
        typer.echo(f"{labelled},没有问题(没有导入)")
        return
    kept = commands.keep(month, wanted, settings.load().data, by, datetime.now(UTC))
    typer.echo(f"{labelled},已是最新,没有变化" if kept is None else f"{labelled},导入为第 {kept.number} 版")


@labels.command("list")
def labels_list() -> None:
    """列出导入过的月份:每一版何时、何人、来自哪些文件。"""
    from training.labelled import commands

    revisions = commands.listed(settings.load().data)
    if not revisions:
        typer.echo("还没有导入过标注")
    for revision in revisions:
        month = revision.month
        line = f"{month.month}\t第{revision.number}版\t{len(month.items)}件\t{revision.imported_at}"
        typer.echo(f"{line}\t{revision.imported_by}\t{'、'.join(revision.files)}")


def main() -> None:
    """Run the command line; every foreseen error is one Chinese message on stderr."""
    try:
        app()
    except YuebaoError as error:
        _complain(str(error))
        sys.exit(EXIT_USAGE)


def _open(bundle: Path | None) -> Digester:
    # The engines take as long to import, and --help needs none.
    from models.pipeline import Pipeline
    from models.registry import Registry

    configured = settings.load(bundle=bundle)
    registry = Registry(configured.data)
    folder = configured.bundle or registry.serving(registry.current())
    return Pipeline.open(folder, threads=configured.threads)


def _training() -> ModuleType:
    try:
        from training import commands, retrain  # noqa: F401 - what training needs is there, or nothing is begun
    except ModuleNotFoundError as error:
        raise cli_digest.UsageError(
            f"训练和评判要用的库没有装(缺 {error.name}):请运行 make install-train"
        ) from error
    return commands


def _complain(message: str) -> None:
    typer.echo(f"yuebao:{message}", err=True)
