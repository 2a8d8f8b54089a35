"""`yuebao …`: the one place that knows every package.

Exit codes: 0 all well, 1 some input could not be done (the others were), 2 wrong usage or no model.
"""

import signal
import sys
from enum import StrEnum
from typing import Annotated

import typer

from bulletin import __version__
from bulletin.errors import YuebaoError
from service import (
    cli_archive,
    cli_audit,
    cli_classify,
    cli_digest,
    cli_doctor,
    cli_keys,
    cli_labels,
    cli_mcp,
    cli_models,
    cli_themes,
    cli_training,
    cli_words,
    settings,
)
from service.cli_common import EXIT_BAD_INPUT, EXIT_USAGE, BundleOption, complain, open_digester

app = typer.Typer(
    name="yuebao",
    help="读教育信息化和网络安全工作月报:归类各地工作,起草句句有出处的摘要。全部在本机运行。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": list(cli_words.HELP)},
)


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
    format: Annotated[
        FormatName | None, typer.Option("--format", "-f", help="输出格式;不给则看 -o 的扩展名,没有则是 json")
    ] = None,
    out: Annotated[str | None, typer.Option("-o", "--out", help="输出文件;多个输入时是文件夹")] = None,
    no_abstract: Annotated[bool, typer.Option("--no-abstract", help="只归类,不起草摘要")] = False,
    lang: Annotated[LanguageName, typer.Option("--lang", help="表头语言")] = LanguageName.zh,
    bundle: BundleOption = None,
) -> None:
    """把月报变成分类和摘要。"""
    wanted = cli_digest.format_of(format.value if format else None, out, files)
    plan = cli_digest.Plan(tuple(files), wanted, out, not no_abstract, lang.value)
    cli_digest.refuse_unusable(plan, sys.stdout.isatty())
    failed = cli_digest.run(plan, open_digester(bundle), sys.stdout.buffer, complain)
    if failed:
        raise typer.Exit(EXIT_BAD_INPUT)


@app.command()
def classify(
    files: Annotated[
        list[str] | None, typer.Argument(metavar="文件…", help="每行一个事项;默认标准输入")
    ] = None,
    heading: Annotated[str, typer.Option("--heading", help="各行共同的省份或专题标题")] = "",
    bundle: BundleOption = None,
) -> None:
    """给一行一个的事项归类,输出 JSON 行。"""
    failed = cli_classify.run(files or ["-"], heading, open_digester(bundle), sys.stdout, complain)
    if failed:
        raise typer.Exit(EXIT_BAD_INPUT)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option("--host", help="监听地址")] = None,
    port: Annotated[int | None, typer.Option("--port", help="监听端口;0 表示任选")] = None,
    workers: Annotated[int | None, typer.Option("--workers", help="服务进程数")] = None,
    bundle: BundleOption = None,
) -> None:
    """启动网页和 HTTP 接口。设置也可用 YUEBAO_ 开头的环境变量给出。"""
    # FastAPI takes a quarter of a second to import: only the server pays.
    from service import cli_serve

    failure = cli_serve.run(settings.load(host=host, port=port, workers=workers, bundle=bundle), typer.echo)
    if failure is not None:
        raise failure


app.command()(cli_doctor.doctor)
app.add_typer(cli_themes.app, name="themes")
app.command()(cli_training.train)
app.command()(cli_training.evaluate)
app.add_typer(cli_labels.app, name="labels")
app.add_typer(cli_models.app, name="models")
app.add_typer(cli_archive.app, name="archive")
app.add_typer(cli_keys.app, name="keys")
app.command()(cli_audit.audit)
app.command()(cli_mcp.mcp)


def main() -> None:
    """Run the command line; every foreseen error is one Chinese message on stderr."""
    try:
        sys.exit(cli_words.run(app))
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
    except YuebaoError as error:
        complain(str(error))
        sys.exit(EXIT_USAGE)


if __name__ == "__main__":
    main()
