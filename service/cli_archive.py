"""`yuebao archive …`: years of bulletins in one dataset, and what can be asked of it."""

import typer

from service import cli_archive_ask, cli_archive_build, cli_archive_replay, cli_archive_report

app = typer.Typer(help="档案:把历年月报归类成可查询的档案。", no_args_is_help=True, rich_markup_mode=None)
app.command()(cli_archive_build.build)
app.command()(cli_archive_ask.query)
app.command()(cli_archive_ask.search)
app.command()(cli_archive_report.report)
app.command()(cli_archive_replay.replay)
app.command()(cli_archive_replay.diff)
app.command()(cli_archive_replay.editions)
