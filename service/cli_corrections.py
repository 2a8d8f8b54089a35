"""`yuebao labels from-corrections`: what people corrected over HTTP, as labelled months."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer

from bulletin.correction import CorrectedDigest
from service import settings
from service.cli_digest import UsageError


def from_corrections(
    by: Annotated[str, typer.Option("--by", help="谁导入的,记在案")],
    month: Annotated[str | None, typer.Option("--month", help="只取这一期,如 2024-05;不给则每一期")] = None,
    digest: Annotated[
        list[str] | None, typer.Option("--digest", help="只取这份分类结果的修改;可以给几次")
    ] = None,
    accept_rest: Annotated[
        bool, typer.Option("--accept-rest", help="没有人改过的也照分类结果收下,待核的除外")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查,不导入")] = False,
) -> None:
    """把 HTTP 收到的修改变成标注并导入。默认只收改过的事项,加在上次导入的上面;有分歧就列出来,什么都不导入。"""
    from training import taxonomy
    from training.labelled import commands

    configured = settings.load()
    found = _corrected(configured, month, digest or [])
    home = configured.data
    for one in commands.corrected_months(found, taxonomy.of(home), home, accept_rest=accept_rest):
        labelled = f"{one.month.month}:{len(one.month.items)} 件"
        if dry_run:
            typer.echo(f"{labelled},没有问题(没有导入)")
        else:
            kept = commands.keep_corrected(one, home, by, datetime.now(UTC))
            new = "已是最新,没有变化" if kept is None else f"导入为第 {kept.number} 版"
            typer.echo(f"{labelled},{new}")
        if one.dropped:
            typer.echo(f"{one.month.month}:上一版有 {one.dropped} 件在这份原文里没有,没有留下")
        if one.left_out:
            typer.echo(f"{one.month.month}:改过的摘要句子有 {one.left_out} 句没有收下({one.reason})")


def _corrected(configured: settings.Settings, month: str | None, ids: Sequence[str]) -> list[CorrectedDigest]:
    """The corrected digests that are asked for, oldest first. Raises UsageError when there are none."""
    from service.store.store import Store

    store = Store.open(configured.data, configured.database)
    try:
        corrected = store.corrected_digests()
    finally:
        store.close()
    found = [
        one
        for one in corrected
        if (not ids or one.id in ids) and (month is None or one.digest.month == month)
    ]
    if absent := [id for id in ids if id not in {one.id for one in found}]:
        raise UsageError(f"没有对分类结果 {'、'.join(absent)} 的修改:编号见 GET /v1/corrections")
    if not found:
        raise UsageError(f"{f'{month} ' if month else ''}还没有修改:请先 POST /v1/corrections")
    return found
