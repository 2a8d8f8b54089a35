"""`yuebao train` and `yuebao evaluate`: a new version, and whether to promote it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from service import cli_audit, cli_models, settings
from service.cli_common import EXIT_BAD_INPUT, training_commands
from service.cli_digest import UsageError
from service.store.records import Action

_PARTS = ("classifier", "writer", "all")


def train(
    what: Annotated[
        str, typer.Argument(metavar="classifier|writer|all|新版本名", help="训练什么;是新版本名则训练分类器")
    ],
    version: Annotated[
        str | None, typer.Argument(metavar="新版本名", help="字母、数字、点、横线", show_default=False)
    ] = None,
    fast: Annotated[bool, typer.Option("--fast", help="分类器几分钟训练完,准确率略低")] = False,
    base: Annotated[
        str | None,
        typer.Option("--base", help="分类器的底座:检查点文件夹或 hub 编号;不给则用附带的编码器"),
    ] = None,
    writer_base: Annotated[
        str | None,
        typer.Option("--writer-base", help="写作模型的底座:BART 或编码器的检查点;不给则用附带的编码器"),
    ] = None,
    months: Annotated[
        str | None, typer.Option("--months", help="只学这些月份,如 2018-03..2020-12 或 2019-05,2020-11")
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="随机种子;不给则用配方里的")] = None,
    early_stop: Annotated[
        bool, typer.Option("--early-stop", help="分类器不学最新的一个月,一轮下来它的 F1 没有提高就停")
    ] = False,
    progress: Annotated[
        Path | None, typer.Option("--progress", help="把进度逐行(JSON)接着写进这个文件")
    ] = None,
) -> None:
    """用附带的和导入的月份从头训练分类器、写作模型或两者,收作一个新版本;最新导入的一期留作评判。

    没有重新训练的部分沿用当前版本。中断后再运行同一条命令就接着做。
    """
    part, name = _asked(what, version)
    if part == "writer" and (base or early_stop or fast):
        raise UsageError("--base、--early-stop 和 --fast 是分类器的;训练写作模型请用 --writer-base")
    if part == "classifier" and writer_base:
        raise UsageError("--writer-base 是写作模型的;请运行 yuebao train writer 或 yuebao train all")
    commands = training_commands()
    asked = commands.Training(
        classifier=part != "writer",
        writer=part != "classifier",
        base=base,
        writer_base=writer_base,
        months=months,
        seed=seed,
        early_stop=early_stop,
        fast=fast,
        progress=None if progress is None else commands.ProgressFile(progress),
    )
    home = settings.load().data
    typer.echo(commands.train(name, cli_models.registry(), home, datetime.now(UTC), asked, typer.echo))
    cli_audit.note(Action.TRAINING, name)


def _asked(what: str, version: str | None) -> tuple[str, str]:
    """What to train and the version's name; one word alone is the name of a classifier's."""
    if version is None and what not in _PARTS:
        return "classifier", what
    if version is None:
        raise UsageError(f"缺新版本名;请写成 yuebao train {what} 新版本名")
    if what not in _PARTS:
        raise UsageError(f"没有 {what} 可以训练;可以训练的是 {'、'.join(_PARTS)}")
    return what, version


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
    verdict = commands.compare(registry, version, months, home, strictness)
    typer.echo(verdict.table)
    for line in verdict.drift:
        typer.echo(line)
    for reason in verdict.objections:
        typer.echo(f"反对:{reason}")
    if not verdict.objections:
        typer.echo("没有理由反对")
    why = force or ("评判没有反对" if promote and not verdict.objections else "")
    if dry_run:
        typer.echo(f"试运行:{'会' if why else '不会'}启用 {version},当前版本仍是 {registry.current()}")
    elif why:
        move = registry.promote(version, why, datetime.now(UTC))
        cli_audit.note(Action.PROMOTION, f"{move.origin} → {move.target}")
        typer.echo(f"当前版本:{move.origin} → {move.target}")
    if verdict.objections and not force:
        raise typer.Exit(EXIT_BAD_INPUT)
