"""`yuebao doctor`: is all there that the service needs?"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Annotated

import typer

from service import settings
from service.cli_common import EXIT_BAD_INPUT
from service.doctor.finding import MARKS, Finding, State
from service.doctor.machine import Machine
from service.errors import SettingsError


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON 行,每项检查一行")] = False,
) -> None:
    """检查模型包、数据库、档案、端口、处理器等,有毛病的说明原因和改法;什么都不改动。有故障时退出码是 1。"""
    if failed(None, Machine.here(), typer.echo, as_json=as_json):
        raise typer.Exit(EXIT_BAD_INPUT)


def failed(
    environ: Mapping[str, str] | None, machine: Machine, say: Callable[[str], None], *, as_json: bool
) -> bool:
    """Say what the checks find under the settings of `environ` (None: this process's); whether any is a failure."""
    from service.doctor.examine import examine

    found = []
    traced = settings.tracing_wanted(environ)
    for one in examine(_settings(environ), machine, traced=traced):
        say(_json(one) if as_json else f"{MARKS[one.state]}  {one.check}:{one.message}")
        found.append(one.state)
    if not as_json:
        say(_summary(found))
    return State.FAILURE in found


def _settings(environ: Mapping[str, str] | None) -> settings.Settings | SettingsError:
    try:
        return settings.load(environ)
    except SettingsError as error:
        return error


def _json(finding: Finding) -> str:
    return json.dumps(asdict(finding), ensure_ascii=False)


def _summary(found: list[State]) -> str:
    failures, warnings = found.count(State.FAILURE), found.count(State.WARNING)
    if not failures and not warnings:
        return f"{len(found)} 项全部正常"
    return f"{len(found)} 项中 {failures} 项故障,{warnings} 项要注意"
