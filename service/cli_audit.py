"""`yuebao audit`, and what commands note for it."""

import os
import pwd
from datetime import UTC, datetime
from typing import Annotated, Final

import typer

from service import settings
from service.cli_common import JsonOption, complain, echo_json, echo_table
from service.errors import StoreError
from service.store.records import Action, Event

_WORDS: Final = {
    Action.CORRECTION: "修改",
    Action.TRAINING: "训练",
    Action.CANCELLED: "取消训练",
    Action.PROMOTION: "启用",
    Action.ROLLBACK: "退回",
    Action.KEY_ADDED: "发密钥",
    Action.KEY_RATE: "改速率",
    Action.KEY_REVOKED: "撤销密钥",
    Action.KEY_USED: "用密钥",
    Action.REFUSED: "拒绝",
}
_HEADER: Final = ("时间(UTC)", "何人", "做了什么", "对什么", "地址", "请求编号")


def audit(
    count: Annotated[int, typer.Option("-n", "--count", min=1, help="最多列几条")] = 100,
    as_json: JsonOption = False,
) -> None:
    """列出审计记录,从早到晚:何时(UTC)、何人、做了什么、对什么、从哪里、请求编号。"""
    from service.store.store import Store

    configured = settings.load()
    store = Store.open(configured.data, configured.database)
    try:
        events = store.audit.last(count)
    finally:
        store.close()
    if as_json:
        echo_json(Event, events)
    elif events:
        echo_table(_HEADER, map(_cells, events))
    else:
        typer.echo("还没有审计记录")


def by_command(action: Action, subject: str) -> Event:
    """What a command does, as the audit log notes it."""
    return Event(datetime.now(UTC), action, f"{_user()}(命令行)", subject)


def note(action: Action, subject: str) -> None:
    """Note what a command has done. A store that fails is told: what was done is done."""
    from service.store.store import Store

    configured = settings.load()
    try:
        store = Store.open(configured.data, configured.database)
        try:
            store.audit.add(by_command(action, subject))
        finally:
            store.close()
    except StoreError as error:
        complain(f"没有记入审计:{error}")


def _cells(event: Event) -> tuple[str, ...]:
    who, address, request = (one or "-" for one in (event.who, event.address, event.request))
    return f"{event.at:%Y-%m-%d %H:%M:%S}", who, _WORDS[event.action], event.subject, address, request


def _user() -> str:
    # A container may run as a number that has no name.
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
