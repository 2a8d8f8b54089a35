"""`yuebao digest`: files in, digests out as lines, files or one document."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import BinaryIO

from bulletin import reasons
from bulletin.digest import Digest
from bulletin.errors import FileLimitError, UnreadableFileError, YuebaoError
from bulletin.files import read_text
from bulletin.parse import split
from bulletin.plain import normalise
from bulletin.render import FORMATS, Format, render
from bulletin.render_labels import Language
from service.digester import Digester
from service.errors import ServiceError
from service.files import write_whole

Complain = Callable[[str], None]


class UsageError(ServiceError):
    """The options do not go together."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What was asked on the command line. `files` may hold "-" for standard input."""

    files: tuple[str, ...]
    format: Format
    out: str | None
    abstract: bool
    lang: Language

    @property
    def folder(self) -> Path | None:
        """The folder to write into: -o names one, or there are several inputs."""
        return _folder(self.files, self.out)


@dataclass(slots=True)
class Names:
    """Gives each digest its own file name, so that a/x.txt and b/x.txt do not meet in one folder."""

    taken: set[str] = field(default_factory=set)

    def free(self, stem: str, suffix: str) -> str:
        """`stem` and `suffix`, with a number between them if that name has been given out before."""
        name, number = f"{stem}{suffix}", 2
        while name in self.taken:
            name, number = f"{stem}-{number}{suffix}", number + 1
        self.taken.add(name)
        return name


def format_of(asked: Format | None, out: str | None, files: Sequence[str]) -> Format:
    """The format to write: what is `asked`, or what the suffix of `out` says.

    Raises UsageError where they differ, and where nothing is asked and the suffix of a file says no format.
    """
    suffix = PurePath(out or "").suffix.lower()
    told = next((name for name, kind in FORMATS.items() if kind.suffix == suffix), None)
    if asked and told and asked != told:
        raise UsageError(f"{out} 的扩展名是 {told},而 --format 是 {asked}:请改成一样的")
    if suffix and not asked and not told and _folder(files, out) is None:
        known = "、".join(kind.suffix for kind in FORMATS.values())
        raise UsageError(f"{out} 的扩展名不是能写的格式:请改成 {known} 之一,或用 --format 说明格式")
    return asked or told or "json"


def _folder(files: Sequence[str], out: str | None) -> Path | None:
    if out is None:
        return None
    several = len(files) > 1 or out.endswith("/") or Path(out).is_dir()
    return Path(out) if several else None


def refuse_unusable(plan: Plan, terminal: bool) -> None:
    """Raise UsageError when `plan` cannot end well, before any work."""
    kind = FORMATS[plan.format]
    if plan.out is None and kind.binary and terminal:
        raise UsageError(f"{plan.format} 不能显示在终端:请加 -o 文件名{kind.suffix}")
    if plan.out is None and kind.binary and len(plan.files) > 1:
        raise UsageError(f"多份 {plan.format} 不能写进同一个输出:请加 -o 文件夹")
    if plan.files.count("-") > 1:
        raise UsageError("标准输入(-)只能读一次:请只写一个 -")
    if plan.folder is not None and plan.folder.is_file():
        raise UsageError(f"{plan.folder} 是文件:多个输入要写进文件夹,请换一个 -o")


def run(plan: Plan, digester: Digester, stdout: BinaryIO, complain: Complain) -> int:
    """Digest every file; how many bulletins could not be done. Each failure is told, the rest go on."""
    failed = 0
    deliver = _Delivery(plan, {theme.id: theme.name for theme in digester.taxonomy.themes}, stdout)
    for file in plan.files:
        try:
            texts = bulletins(file)
        except YuebaoError as error:
            complain(f"{_shown(file)}:{error}")
            failed += 1
            continue
        for number, text in enumerate(texts, 1):
            place = f" 第 {number} 期" if len(texts) > 1 else ""
            try:
                deliver(digester.digest(text, abstract=plan.abstract), file, number, len(texts))
            except YuebaoError as error:
                complain(f"{_shown(file)}{place}:{error}")
                failed += 1
    return failed


def bulletins(file: str) -> list[str]:
    """The texts of the bulletins in `file` ("-": standard input). Raises a YuebaoError when it cannot be read."""
    text = normalise(_text(file))
    return [text[part.start : part.end] for part in split(text)]


def _text(file: str) -> str:
    try:
        return read_text(_read(file), _shown(file))
    except UnreadableFileError as error:
        # A document is one, whatever it is called; what is none goes by its name.
        if isinstance(error, FileLimitError) or not file.lower().endswith(".zip"):
            raise
        raise UnreadableFileError(
            f"{error}装着月报的 zip 请解开,许多年的月报请用 yuebao archive build 文件夹;"
            "有服务的可以整个交给 POST /v1/jobs。"
        ) from error


def _read(file: str) -> bytes:
    if file == "-":
        return sys.stdin.buffer.read()
    if Path(file).is_dir():
        raise ServiceError(f"是文件夹:请写 {file.rstrip('/')}/*,许多年的月报请用 yuebao archive build")
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise ServiceError(f"打不开({reasons.reason(error)}):请检查路径和权限") from error


def _shown(file: str) -> str:
    return "标准输入" if file == "-" else file


@dataclass(frozen=True, slots=True)
class _Delivery:
    """Writes digests as they come, to standard output or to files."""

    plan: Plan
    theme_names: Mapping[str, str]
    stdout: BinaryIO
    taken: Names = field(default_factory=Names)

    def __call__(self, digest: Digest, file: str, number: int, count: int) -> None:
        """Deliver the `number`th of the `count` digests of `file`."""
        if self.plan.out is not None:
            write_whole(self._target(file, number, count), self._content(digest))
            return
        if FORMATS[self.plan.format].binary and count > 1:
            raise UsageError(f"文件里有 {count} 期月报,不能写进同一个 {self.plan.format}:请加 -o 文件夹/")
        as_line = self.plan.format == "json" and (count > 1 or len(self.plan.files) > 1)
        self.stdout.write(digest.model_dump_json().encode() + b"\n" if as_line else self._content(digest))
        self.stdout.flush()

    def _content(self, digest: Digest) -> bytes:
        return render(digest, self.plan.format, self.theme_names, self.plan.lang)

    def _target(self, file: str, number: int, count: int) -> Path:
        named = Path(self.plan.out or "")
        folder = self.plan.folder
        if folder is None and count == 1:
            return named
        stem = named.stem if folder is None else ("stdin" if file == "-" else Path(file).stem)
        stem += f"-{number}" if count > 1 else ""
        return (folder or named.parent) / self.taken.free(stem, FORMATS[self.plan.format].suffix)
