"""The words of the command line that are typer's, in Chinese: its help pages, and how it was called wrongly.

Some of them typer looks up with gettext, in the catalogue beside this module. The others are put here: typer has no
public names for the classes that this takes, so pyproject.toml keeps to one minor version of it.
"""

import gettext
import re
import unicodedata
from collections.abc import Sequence
from functools import singledispatch
from importlib import resources
from typing import Final

import typer
from pydantic import ValidationError
from typer._click import Command, HelpFormatter, Parameter
from typer._click.exceptions import (
    BadOptionUsage,
    BadParameter,
    ClickException,
    MissingParameter,
    NoArgsIsHelpError,
    NoSuchOption,
    UsageError,
)
from typer._click.formatting import wrap_text
from typer.core import TyperGroup, _TyperParameter

from bulletin import mistakes
from service import settings

HELP: Final = ("--help", "-h")

_KINDS: Final = {"str": "文字", "int": "整数", "float": "数", "path": "路径"}
_KIND: Final = re.compile(r"<(list\[)?([^<>\]]+?)(?: range)?\]?>")
_SEVERAL: Final = re.compile(r"(?<=…[}\]])\.\.\.")
# What typer makes into a sentence before anybody can ask it for the parts.
_SENTENCES: Final = (
    (re.compile(r"Got unexpected extra argument\(s\) \((.*)\)", re.DOTALL), "多了 {}"),
    (re.compile(r"(.*)\. Did you mean (.*)\?", re.DOTALL), "{}:是不是 {}"),
)


class _Formatter(HelpFormatter):
    """With typer's own the columns stand only where every character is one column wide."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, _SEVERAL.sub("", args), prefix or "用法:")

    def write_heading(self, heading: str) -> None:
        self.write(f"{heading}:\n")

    def write_dl(self, rows: Sequence[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        named = [(_KIND.sub(_kind, name), help) for name, help in rows]
        column = min(max(_columns(name) for name, _ in named), col_max) + col_spacing
        below = "\n" + " " * (self.current_indent + column)
        for name, help in named:
            free = column - _columns(name)
            gap = " " * free if free >= col_spacing else below
            lines = wrap_text(help, self.width - column, preserve_paragraphs=True).splitlines()
            self.write(" " * self.current_indent + name + gap + below.join(lines) + "\n")


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _kind(found: re.Match[str]) -> str:
    return f"<{_KINDS.get(found[2].lower(), found[2])}{'…' if found[1] else ''}>"


class _Context(typer.Context):
    formatter_class = _Formatter


def begin() -> None:
    """Let gettext find what typer looks up in it, whatever language the user's own is."""
    settings.speak_chinese()
    gettext.bindtextdomain("messages", str(resources.files("service") / "locale"))


def in_chinese(command: Command) -> Command:
    """`command` and what is below it, with help pages in Chinese."""
    command.context_class = _Context
    command.options_metavar = "[选项]"
    if option := command.get_help_option(_Context(command, help_option_names=list(HELP))):
        option.help = "显示这段说明"
    if isinstance(command, TyperGroup):
        command.subcommand_metavar = "命令 [参数]…"
        for below in command.commands.values():
            in_chinese(below)
    return command


def run(app: typer.Typer) -> int:
    """Run the command line that `app` describes, its exit code; an error of the tree is the caller's."""
    begin()
    try:
        code: int | None = in_chinese(typer.main.get_command(app)).main(standalone_mode=False)
    except ClickException as error:
        typer.echo(told(error), err=True)
        return error.exit_code
    except typer.Abort:
        typer.echo("yuebao:" + gettext.gettext("Aborted!"), err=True)
        return 1
    return code or 0


def told(error: ClickException) -> str:
    """What is wrong with the call, and where its help is."""
    if isinstance(error, NoArgsIsHelpError):
        return error.format_message()
    lines = [f"yuebao:{_reason(error)}"]
    if isinstance(error, UsageError) and error.ctx is not None:
        lines += [
            "",
            error.ctx.get_usage(),
            f"说明:{error.ctx.command_path} {error.ctx.help_option_names[0]}",
        ]
    return "\n".join(lines)


@singledispatch
def _reason(error: ClickException) -> str:
    message = error.format_message()
    for sentence, chinese in _SENTENCES:
        if found := sentence.fullmatch(message):
            return chinese.format(*found.groups())
    return message


@_reason.register
def _(error: NoSuchOption) -> str:
    meant = "、".join(sorted(error.possibilities or ()))
    return f"没有 {error.option_name} 这个选项" + (f":是不是 {meant}" if meant else "")


@_reason.register
def _(error: BadOptionUsage) -> str:
    flag = "does not take a value" in error.message
    return f"{error.option_name} {'不带值' if flag else '后面要有值'}"


@_reason.register
def _(error: MissingParameter) -> str:
    choices = _choices(error.param)
    return f"缺少 {_name(error.param)}" + (f":可以是 {choices}" if choices else "")


@_reason.register
def _(error: BadParameter) -> str:
    return f"{_name(error.param)} 不合要求:{_mistake(error)}"


def _mistake(error: BadParameter) -> str:
    if not isinstance(error.__cause__, ValidationError):
        return error.message
    if choices := _choices(error.param):
        return f"应是 {choices}"
    return mistakes.told(error.__cause__.errors()[0])


def _name(param: Parameter | None) -> str:
    if not isinstance(param, _TyperParameter):
        return "参数"
    return " / ".join(param.opts) if param.param_type_name == "option" else param.display_name_raw


def _choices(param: Parameter | None) -> str:
    known = param.type_descriptor.choices if isinstance(param, _TyperParameter) else None
    return "、".join(str(getattr(choice, "value", choice)) for choice in known or ())
