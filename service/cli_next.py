"""`yuebao labels next`: bulletins in, the items worth labelling first out, as a table or as sheets."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bulletin.digest import Digest
from bulletin.errors import YuebaoError
from bulletin.render_labels import xml_safe
from service.cli_common import training_module
from service.cli_digest import Complain, Names, UsageError, bulletins
from service.digester import Digester
from service.files import write_whole

if TYPE_CHECKING:
    from models.bundle import Bundle


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked on the command line: `count` items of `files`; `out` is a sheet or a folder, None for a table."""

    files: tuple[str, ...]
    count: int
    out: str | None


def run(
    wanted: Wanted,
    digester: Digester,
    bundle: "Bundle",
    home: Path,
    echo: Callable[[str], None],
    complain: Complain,
) -> int:
    """Tell or write what to label next; how many files could not be read. `digester` runs `bundle`.

    Raises UsageError where a training library is missing, or when several bulletins are to go into one sheet.
    """
    training_module("training.labelled.suggest")
    from training import taxonomy
    from training.labelled import suggest

    read, failed = _read(wanted.files, digester, complain)
    folder = _folder(wanted.out, len(read))
    sources = [suggest.Source(*one) for one in read]
    chosen = suggest.suggestions(sources, bundle, digester.taxonomy, home, wanted.count)
    if not chosen:
        echo("没有还没标注的事项")
    elif wanted.out is None:
        for line in suggest.lines(chosen, digester.taxonomy):
            echo(line)
    else:
        names = Names()
        for made in suggest.sheets(sources, chosen, taxonomy.of(home)):
            target = Path(wanted.out) if folder is None else folder / names.free(made.stem, ".xlsx")
            write_whole(target, made.content)
            echo(f"{target}:要标 {made.chosen} 件")
    return failed


def _read(
    files: Sequence[str], digester: Digester, complain: Complain
) -> tuple[list[tuple[str, str, Digest]], int]:
    """Name, text and digest of every bulletin, and how many files could not be read; each of them is told."""
    read, failed = [], 0
    for file in files:
        try:
            texts = bulletins(file)
            for number, text in enumerate(map(xml_safe, texts), 1):
                name = f"{Path(file).name} 第 {number} 期" if len(texts) > 1 else Path(file).name
                read.append((name, text, digester.digest(text, abstract=False)))
        except YuebaoError as error:
            complain(f"{file}:{error}")
            failed += 1
    return read, failed


def _folder(out: str | None, count: int) -> Path | None:
    """The folder that `out` names, None for a sheet. Raises UsageError for one sheet of `count` bulletins."""
    if out is None:
        return None
    if out.endswith("/") or Path(out).is_dir():
        return Path(out)
    if count > 1:
        raise UsageError(f"有 {count} 期月报,一期一份表:请把 -o 写成文件夹/")
    return None
