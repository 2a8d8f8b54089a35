"""`yuebao train` and `yuebao evaluate`: a new version, and whether to promote it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from service import cli_models, settings
from service.cli_common import EXIT_BAD_INPUT, training_commands


def train(
    version: Annotated[str, typer.Argument(metavar="新版本名", help="字母、数字、点、横线")],
    fast: Annotated[bool, typer.Option("--fast", help="几分钟训练完,准确率略低")] = False,
    progress: Annotated[
        Path | None, typer.Option("--progress", help="把进度逐行(JSON)接着写进这个文件")
    ] = None,
) -> None:
    """用附带的和导入的月份从头训练分类器,收作一个新版本;最新导入的一期留作评判。中断后再运行就接着做。"""
    commands = training_commands()
    ask = commands.Ask(fast, None if progress is None else commands.ProgressFile(progress))
    home = settings.load().data
    typer.echo(commands.train(version, cli_models.registry(), home, datetime.now(UTC), ask, typer.echo))


def evaluate(
    version: Annotated[str, typer.Argument(metavar="版本", help="收下的模型版本")],
    labels: Annotated[
        list[Path] | None, typer.Option("--labels", help="标注好的月份(.yb);不给则用最新导入的一期")
    ] = None,
    max_drop: Annotated[float, typer.Option("--max-drop", help="宏平均 F1 最多可以降多少")] = 0.01,
    promote: Annotated[bool, typer.Option("--promote", help="没有理由反对就启用")] = False,
    force: Annotated[str, typer.Option("--force", help="照样启用的理由,记在案")] = "",
    slices: Annotated[bool, typer.Option("--slices", help="列出所有切片,不只是变差的")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只说会不会启用,不启用")] = False,
) -> None:
    """在两个版本都没学过的月份和金标上,拿一个版本与当前版本比,说明该不该启用。"""
    commands = training_commands()
    registry = cli_models.registry()
    home = settings.load().data
    months = commands.held_out(labels or [], home, registry)
    strictness = commands.Strictness(max_drop, slices)
    verdict = commands.compare(registry, version, months, strictness, commands.gold_months(home))
    typer.echo(verdict.table)
    for reason in verdict.objections:
        typer.echo(f"反对:{reason}")
    if not verdict.objections:
        typer.echo("没有理由反对")
    why = force or ("评判没有反对" if promote and not verdict.objections else "")
    if dry_run:
        typer.echo(f"试运行:{'会' if why else '不会'}启用 {version},当前版本仍是 {registry.current()}")
    elif why:
        move = registry.promote(version, why, datetime.now(UTC))
        typer.echo(f"当前版本:{move.origin} → {move.target}")
    if verdict.objections and not force:
        raise typer.Exit(EXIT_BAD_INPUT)
