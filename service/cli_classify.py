"""`yuebao classify`: a line in, a line of JSON out, in batches as the lines come."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import BinaryIO, TextIO

from bulletin import reasons
from models.types import ClassifyRequest
from service.digester import Digester
from service.errors import ServiceError

BATCH_LINES = 64


def run(
    files: Iterable[str], heading: str, digester: Digester, out: TextIO, complain: Callable[[str], None]
) -> int:
    """Classify every line of every file ("-": standard input); how many files could not be done.

    Blank lines hold no item; they are counted and told, never passed over silently.
    """
    failed = 0
    for file in files:
        try:
            blank = _file(file, heading, digester, out)
        except ServiceError as error:
            complain(str(error))
            failed += 1
            continue
        if blank:
            complain(f"{_shown(file)}:跳过 {blank} 个空行")
    return failed


def _file(file: str, heading: str, digester: Digester, out: TextIO) -> int:
    blank = 0
    with ExitStack() as stack:
        source, interactive = _open(file, stack)
        lines = _lines(source, _shown(file))
        while batch := list(islice(lines, 1 if interactive else BATCH_LINES)):
            texts = [line for line in batch if line]
            blank += len(batch) - len(texts)
            found = digester.classify([ClassifyRequest(text, heading) for text in texts])
            out.writelines(one.model_dump_json() + "\n" for one in found)
            out.flush()
    return blank


def _open(file: str, stack: ExitStack) -> tuple[BinaryIO, bool]:
    if file == "-":
        return sys.stdin.buffer, sys.stdin.isatty()
    try:
        return stack.enter_context(Path(file).open("rb")), False
    except OSError as error:
        raise ServiceError(f"{file}:打不开({reasons.reason(error)}):请检查路径和权限") from error


def _lines(source: BinaryIO, name: str) -> Iterator[str]:
    for number, raw in enumerate(source, 1):
        try:
            yield raw.decode("utf-8-sig" if number == 1 else "utf-8").strip()
        except UnicodeDecodeError as error:
            raise ServiceError(f"{name} 第 {number} 行不是 UTF-8:请先转换编码") from error


def _shown(file: str) -> str:
    return "标准输入" if file == "-" else file
