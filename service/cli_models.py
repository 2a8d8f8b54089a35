"""`yuebao models`: list, compare, add, promote and roll back the versions of the models."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service import cli_audit, settings
from service.cli_digest import UsageError
from service.files import write_whole
from service.store.records import Action

if TYPE_CHECKING:
    from models.registry import Registry

app = typer.Typer(help="模型:列出、比较、启用、退回各个版本。", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def list_() -> None:
    """列出模型版本;* 是当前版本。"""
    known = registry()
    current = known.current()
    for version in known.versions():
        typer.echo(f"{'*' if version == current else ' '} {version}")


@app.command("show")
def show(
    version: Annotated[str, typer.Argument(metavar="版本")] = "",
    plots: Annotated[Path | None, typer.Option("--plots", help="把模型卡和图写进这个文件夹")] = None,
) -> None:
    """显示一个版本的模型卡;不给则是当前版本。"""
    known = registry()
    bundle = known.open(version or known.current())
    card = bundle.path / "README.md"
    if plots is None:
        typer.echo(card.read_text(encoding="utf-8"))
        return
    pictures = [name for name in bundle.manifest.files if name.startswith("card/")]
    if not pictures:
        raise UsageError(f"模型 {bundle.manifest.version} 没有图;yuebao train 训练的版本才有")
    for name in (*pictures, card.name):
        write_whole(plots / name, (bundle.path / name).read_bytes())
    typer.echo(f"{len(pictures)} 幅图,见 {plots / card.name}")


@app.command("diff")
def diff(
    one: Annotated[str, typer.Argument(metavar="版本")], other: Annotated[str, typer.Argument(metavar="版本")]
) -> None:
    """比较两个版本:底座、学过的月份、门槛、指标。"""
    from models.differences import differences

    known = registry()
    for line in differences(known.open(one), known.open(other)) or ["没有差别"]:
        typer.echo(line)


@app.command("add")
def add(folder: Annotated[Path, typer.Argument(metavar="模型包文件夹")]) -> None:
    """收下一个模型包(校验后复制);不改变当前版本。"""
    typer.echo(f"收下了 {registry().add(folder)}")


@app.command("promote")
def promote(
    version: Annotated[str, typer.Argument(metavar="版本")],
    why: Annotated[str, typer.Option("--why", help="理由,记在案")] = "",
) -> None:
    """启用一个版本;正在运行的服务随后换用,不中断。"""
    move = registry().promote(version, why, datetime.now(UTC))
    cli_audit.note(Action.PROMOTION, f"{move.origin} → {move.target}")
    typer.echo(f"当前版本:{move.origin} → {move.target}")


@app.command("rollback")
def rollback(why: Annotated[str, typer.Option("--why", help="理由,记在案")] = "") -> None:
    """退回上一个当前版本。"""
    move = registry().rollback(why, datetime.now(UTC))
    cli_audit.note(Action.ROLLBACK, f"{move.origin} → {move.target}")
    typer.echo(f"当前版本:{move.origin} → {move.target}")


@app.command("gc")
def gc(
    keep: Annotated[int, typer.Option("--keep", min=0, help="除当前和上一个外,再留几个最新的")] = 3,
) -> None:
    """清理不用的旧版本。"""
    removed = registry().gc(keep)
    typer.echo(f"清理了 {'、'.join(removed)}" if removed else "没有可清理的")


def registry() -> "Registry":
    """The registry of this machine's data folder."""
    # The command line of a machine that only reads bulletins need not import it.
    from models.registry import Registry

    return Registry(settings.load().data)
