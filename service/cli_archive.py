"""`yuebao archive`: years of bulletins in one place, and what is asked of them."""

import typer

from service import cli_archive_ask

app = typer.Typer(help="档案:多年的月报,可以查询和检索。", no_args_is_help=True, rich_markup_mode=None)

app.command()(cli_archive_ask.query)
app.command()(cli_archive_ask.search)
