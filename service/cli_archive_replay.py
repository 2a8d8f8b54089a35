"""`yuebao archive replay`, `diff` and `editions`: one archive as several bundles and taxonomies made it."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bulletin import themes
from service.asking import archive_module
from service.cli_archive_build import EXIT_INTERRUPTED, Bar
from service.cli_archive_common import ArchiveOption, open_archive, open_edition
from service.cli_common import EXIT_BAD_INPUT, bundle_folder, complain
from service.cli_digest import UsageError
from service.cli_models import registry

if TYPE_CHECKING:
    from service.archive.edition import Archive, Edition
    from service.archive.replay import Replayed, Target

OutOption = Annotated[Path, typer.Option("-o", "--out", help="把差异写进这个文件夹")]


def replay(
    archive: ArchiveOption = None,
    origin: Annotated[
        str | None,
        typer.Option(
            "--from-edition",
            metavar="版",
            help="从哪一版重做;不给则从当前这一版,它就是这张主题表做的则从模型自己的那一版",
        ),
    ] = None,
    bundle: Annotated[
        str | None, typer.Option("--bundle", help="模型版本名,或模型包文件夹;不给则用当前的模型")
    ] = None,
    taxonomy: Annotated[
        Path | None, typer.Option("--taxonomy", help="主题表;不给 --bundle 就只换主题表,不动模型")
    ] = None,
    abstracts: Annotated[bool, typer.Option("--abstracts", help="也重新起草摘要(慢得多)")] = False,
    no_promote: Annotated[bool, typer.Option("--no-promote", help="做好后不当作当前这一版")] = False,
    workers: Annotated[int | None, typer.Option("--workers", min=1, help="几个进程;默认每核一个")] = None,
    out: OutOption = Path("diff"),
) -> None:
    """用另一个模型或主题表重做档案,写出差异:不用原文件,旧版不动;中断后再运行同一条命令就接着做。"""
    replaying = archive_module("replay")
    opened = open_archive(archive)
    old = _origin(opened, open_edition(archive, origin), taxonomy if bundle is None and not origin else None)
    target = _target(opened, old, bundle, taxonomy, abstracts=abstracts)
    engine = archive_module("engines").LocalEngine(workers or os.cpu_count() or 1)
    with Bar() as bar:
        done: Replayed = replaying.replay(opened, old, target, engine, bar, promote=not no_promote)
    for source in done.crashed:
        complain(f"重做来源 {source} 时进程中止,可能是内存不足")
    if done.left:
        complain(f"没有做完:做了 {done.made} 份,还剩 {done.left} 份。再运行同一条命令就接着做")
        raise typer.Exit(EXIT_BAD_INPUT if done.crashed else EXIT_INTERRUPTED)
    current = "" if no_promote else ",现在是当前这一版"
    typer.echo(f"重做成 {done.edition.name}:{done.made} 份{current}")
    _write(old, done.edition, out)


def diff(
    old: Annotated[str, typer.Argument(metavar="旧版")],
    new: Annotated[str, typer.Argument(metavar="新版")],
    archive: ArchiveOption = None,
    out: OutOption = Path("diff"),
) -> None:
    """比较档案的两版:各月、各主题、每件事项有什么变化。"""
    opened = open_archive(archive)
    _write(opened.edition(old), opened.edition(new), out)


def editions(archive: ArchiveOption = None) -> None:
    """列出档案的各版;* 是当前这一版。"""
    opened = open_archive(archive)
    current = opened.current().name
    for name in opened.names():
        typer.echo(f"{'*' if name == current else ' '} {name}\t{_described(opened.edition(name))}")


def _origin(archive: "Archive", current: "Edition", taxonomy: Path | None) -> "Edition":
    """What to replay: the current edition, but where `taxonomy` made that, what the bundle itself made."""
    own = current.record.bundle
    again = taxonomy is not None and themes.load(taxonomy).version == current.record.taxonomy
    return archive.edition(own) if again and own in archive.names() else current


def _target(
    archive: "Archive", old: "Edition", bundle: str | None, taxonomy: Path | None, *, abstracts: bool
) -> "Target":
    """What to make: by a model, or where only a taxonomy is given without any."""
    replaying = archive_module("replay")
    named = themes.load(taxonomy) if taxonomy else None
    target: Target
    if named is not None and bundle is None:
        if abstracts:
            raise UsageError("只换主题表时摘要不重新起草;要起草请用 --bundle 说明用哪个模型")
        target = replaying.relabelled(old, named)
    else:
        from models.bundle import open_bundle

        opened = open_bundle(_folder(bundle))
        target = replaying.rescored(archive, old, opened, named, abstracts=abstracts)
    return target


def _folder(bundle: str | None) -> Path:
    """The bundle's folder: as named, or of the version so named."""
    if bundle is None or Path(bundle).is_dir():
        return bundle_folder(Path(bundle) if bundle else None)
    return registry().folder(bundle)


def _write(old: "Edition", new: "Edition", out: Path) -> None:
    files = archive_module("diff_files")
    with archive_module("compare").compared(old, new) as comparison:
        files.write(comparison, out)
        for line in files.told(comparison):
            typer.echo(line)
    typer.echo(f"差异:{out / files.WORKBOOK}")


def _described(edition: "Edition") -> str:
    counts = archive_module("counts").of(edition)
    record = edition.record
    return f"模型 {record.bundle},主题表 {record.taxonomy},{counts.bulletins} 期 {counts.items} 件"
