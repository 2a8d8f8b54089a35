"""`yuebao train` and `yuebao evaluate`: a new version, and whether to promote it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from service import cli_models, settings
from service.cli_common import EXIT_BAD_INPUT, training_commands


def train(
    version: Annotated[str, typer.Argument(metavar="新版本名", help="字母、数字、点、横线")],
) -> None:
    """用附带的和导入的月份从头训练分类器,收作一个新版本;最新导入的一期留作评判。中断后再运行就接着做。"""
    told = training_commands().train(version, cli_models.registry(), settings.load().data, datetime.now(UTC))
    typer.echo(told)


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
    commands = training_commands()
    registry = cli_models.registry()
    home = settings.load().data
    months = commands.held_out(labels or [], home)
    verdict = commands.compare(registry, version, months, home, max_drop)
    typer.echo(verdict.table)
    for line in verdict.drift:
        typer.echo(line)
    for reason in verdict.objections:
        typer.echo(f"反对:{reason}")
    if (promote and not verdict.objections) or force:
        move = registry.promote(version, force or "评判没有反对", datetime.now(UTC))
        typer.echo(f"当前版本:{move.origin} → {move.target}")
    elif verdict.objections:
        raise typer.Exit(EXIT_BAD_INPUT)
    else:
        typer.echo("没有理由反对")
