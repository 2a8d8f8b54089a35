"""`yuebao themes`: the themes in use, and a table of one's own to add, rename, merge and retire them."""

import typer

from service import cli_models, settings
from service.cli_common import BundleOption, open_digester, training_commands

app = typer.Typer(help="主题表:列出、改动、检查。", invoke_without_command=True, rich_markup_mode=None)


@app.callback()
def list_(context: typer.Context, bundle: BundleOption = None) -> None:
    """列出当前模型的主题。"""
    if context.invoked_subcommand is None:
        for theme in open_digester(bundle).taxonomy.themes:
            typer.echo(f"{theme.id}\t{theme.name}\t{theme.guidance}")


@app.command("edit")
def edit() -> None:
    """在 YUEBAO_HOME 里放一份主题表,供你增加、改名、合并或停用主题。"""
    from training import taxonomy

    typer.echo(f"请编辑 {taxonomy.begin(settings.load().data)},改完运行 yuebao themes check")


@app.command("check")
def check() -> None:
    """检查改过的主题表:与当前模型比改了什么,每个主题有多少标注,够不够训练。"""
    training_commands()
    from training import taxonomy
    from training.commands import themes_told
    from training.retrain import known_months, learnable

    home, registry = settings.load().data, cli_models.registry()
    live = registry.open(registry.current())
    months, _ = known_months(home, live.manifest.data)
    for line in themes_told(live, home, months):
        typer.echo(line)
    learnable(months, taxonomy.file(home))
    typer.echo("可以训练")
