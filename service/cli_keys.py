"""`yuebao keys`: hand out, list, change and revoke the keys to the HTTP interface."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Final

import typer

from service import settings
from service.cli_audit import by_command
from service.cli_common import JsonOption, echo_json, echo_table
from service.cli_digest import UsageError
from service.store.records import Action, Key, Scope

if TYPE_CHECKING:
    from service.store.keys import Keys

MAX_NAME_CHARS = 100
_HEADER: Final = (
    "编号",
    "名称",
    "权限",
    "每分钟请求",
    "发于(UTC)",
    "到期(UTC)",
    "最近使用(UTC)",
    "状态",
)

app = typer.Typer(
    help="密钥:发给用 HTTP 接口的人,列出,改速率,撤销。", no_args_is_help=True, rich_markup_mode=None
)

NameArgument = Annotated[str, typer.Argument(metavar="名称", help="谁用的,如 信息中心或张三;记入审计")]

Rate = Annotated[
    int | None,
    typer.Option(
        "--rate",
        metavar="N",
        min=0,
        max=settings.MOST_PER_MINUTE,
        help="每分钟最多几个请求,0 表示不限;不给则照 YUEBAO_RATE_PER_MINUTE",
    ),
]


@app.command("add")
def add(
    name: NameArgument,
    scope: Annotated[
        list[Scope],
        typer.Option(
            "--scope", help="能做什么:read 归类和查阅,correct 修改,train 训练,admin 全部;可以给几次"
        ),
    ],
    days: Annotated[
        int | None, typer.Option("--days", min=1, max=36500, help="几天后过期;不给则不过期")
    ] = None,
    rate: Rate = None,
) -> None:
    """发一把密钥。只显示这一次,程序只留它的指纹。正在运行的服务马上认得。"""
    # A name is one word in a line of the audit log.
    if not name.isprintable() or not name.strip() or len(name) > MAX_NAME_CHARS:
        raise UsageError(f"密钥的名称要有字,不换行,最多 {MAX_NAME_CHARS} 字")
    scopes = [one for one in Scope if one in scope]
    own = () if rate is None else (_pace(rate),)
    event = by_command(Action.KEY_ADDED, f"{name}({','.join(('、'.join(scopes), *own))})")
    expires = None if days is None else event.at + timedelta(days=days)
    with _keys() as keys:
        token = keys.add(name, scopes, expires, event, rate)
    if token is None:
        raise UsageError(f"名称 {name} 已经用过:审计里一个名称只指一把密钥,请换一个")
    typer.echo(token)
    typer.echo("请现在记下来,以后不再显示。用法:Authorization: Bearer 密钥", err=True)
    typer.echo("发过密钥的服务从此都要密钥,撤销了也要;改回来请设 YUEBAO_REQUIRE_KEYS=false", err=True)


@app.command("list")
def list_(as_json: JsonOption = False) -> None:
    """列出密钥:编号、名称、权限、速率、发于、到期、最近用于哪天、是否有效。密钥本身不再显示。"""
    now = datetime.now(UTC)
    with _keys() as keys:
        found = keys.listed()
    if as_json:
        echo_json(Key, found)
    elif found:
        echo_table(_HEADER, (_cells(key, now) for key in found))
    else:
        typer.echo("还没有密钥;请用 yuebao keys add 名称 --scope read 发一把")


@app.command("rate")
def rate(
    name: NameArgument,
    per_minute: Annotated[
        int | None,
        typer.Argument(
            metavar="N", min=0, max=settings.MOST_PER_MINUTE, help="每分钟最多几个请求;0 表示不限"
        ),
    ] = None,
    by_setting: Annotated[bool, typer.Option("--default", help="不再另定,照 YUEBAO_RATE_PER_MINUTE")] = False,
) -> None:
    """改一把密钥的速率。正在运行的服务马上照新的算。"""
    if by_setting == (per_minute is not None):
        raise UsageError("请给出每分钟最多几个请求,或用 --default 改回照设置:两样只给一样")
    event = by_command(Action.KEY_RATE, f"{name}({_pace(per_minute)})")
    with _keys() as keys:
        found = keys.set_rate(name, per_minute, event)
    if found is None:
        raise _unknown(name)
    if found.revoked is not None:
        raise UsageError(f"密钥 {name} 已经撤销,改不了速率:请用 yuebao keys add 换个名称另发一把")
    typer.echo(f"{found.name}:{_pace(found.rate_per_minute)}")


@app.command("revoke")
def revoke(name: NameArgument) -> None:
    """撤销一把密钥。正在运行的服务马上不认;名称不能再用。"""
    with _keys() as keys:
        event = by_command(Action.KEY_REVOKED, name)
        found = keys.revoke(name, event)
        left = [key for key in keys.listed() if _state(key, event.at) == "有效"]
    if found is None:
        raise _unknown(name)
    again = found.revoked is not None and found.revoked != event.at
    typer.echo(f"{found.name} 已经在 {found.revoked:%Y-%m-%d} 撤销" if again else f"撤销了 {found.name}")
    if not left:
        typer.echo("现在没有有效的密钥,接口谁也用不了:请再发一把,或设 YUEBAO_REQUIRE_KEYS=false", err=True)


@contextmanager
def _keys() -> "Iterator[Keys]":
    from service.store.store import Store

    configured = settings.load()
    store = Store.open(configured.data, configured.database)
    try:
        yield store.keys
    finally:
        store.close()


def _unknown(name: str) -> UsageError:
    return UsageError(f"没有叫 {name} 的密钥:名称见 yuebao keys list")


def _pace(per_minute: int | None) -> str:
    if per_minute is None:
        return "速率照设置"
    return f"每分钟 {per_minute} 个请求" if per_minute else "速率不限"


def _cells(key: Key, now: datetime) -> tuple[str, ...]:
    return (
        key.id,
        key.name,
        "、".join(key.scopes),
        "照设置" if key.rate_per_minute is None else str(key.rate_per_minute or "不限"),
        f"{key.created:%Y-%m-%d}",
        "不过期" if key.expires is None else f"{key.expires:%Y-%m-%d %H:%M}",
        "没用过" if key.used is None else str(key.used),
        _state(key, now),
    )


def _state(key: Key, now: datetime) -> str:
    if key.revoked is not None:
        return f"{key.revoked:%Y-%m-%d}撤销"
    return "过期" if key.expires is not None and key.expires <= now else "有效"
