"""`yuebao labels sheet`: bulletins in, a workbook to label for each."""

from collections.abc import Callable, Sequence
from pathlib import Path

from bulletin.digest import Digest
from bulletin.errors import YuebaoError
from bulletin.render_labels import xml_safe
from bulletin.themes import Taxonomy
from service.cli_digest import Complain, Names, UsageError, bulletins
from service.digester import Digester
from service.files import write_whole

MakeSheet = Callable[[str, Digest, Taxonomy], bytes]


def sheets(
    files: Sequence[str],
    out: str,
    digester: Digester,
    taxonomy: Taxonomy,
    make: MakeSheet,
    complain: Complain,
) -> int:
    """Write a sheet for every bulletin of every file; how many could not be done. Each failure is told.

    `out` is a folder if it ends with / or is one, or if there are several files. Raises UsageError when several
    bulletins of one file are to go into one sheet.
    """
    failed, names = 0, Names()
    folder = Path(out) if out.endswith("/") or Path(out).is_dir() or len(files) > 1 else None
    for file in files:
        try:
            texts = bulletins(file)
            if folder is None and len(texts) > 1:
                raise UsageError(f"里面有 {len(texts)} 期月报:请把 -o 写成文件夹/")
            for text in map(xml_safe, texts):
                digest = digester.digest(text, abstract=False)
                stem = digest.month or Path(file).stem
                target = Path(out) if folder is None else folder / names.free(stem, ".xlsx")
                write_whole(target, make(text, digest, taxonomy))
        except YuebaoError as error:
            complain(f"{file}:{error}")
            failed += 1
    return failed
