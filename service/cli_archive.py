"""`yuebao archive`: years of bulletins in one dataset, and what can be asked of it."""

import typer

from service import cli_archive_report

app = typer.Typer(help="月报档案:报告。", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _archive() -> None:
    """Let one command be a command among others."""


app.command()(cli_archive_report.report)
