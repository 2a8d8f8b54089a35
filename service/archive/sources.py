"""Which files an archive is built from, and the SHA-256 of each.

A file is where fsspec finds it: a path here, or a URL of an object store whose package is installed.
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

import fsspec
from fsspec import AbstractFileSystem
from fsspec.core import OpenFile, url_to_fs
from fsspec.implementations.local import LocalFileSystem

from bulletin import reasons
from service.errors import ArchiveError

# What desktops and editors leave beside documents, none of it a document.
_LEFT_BEHIND: Final = {"thumbs.db", "desktop.ini"}
_GLOB: Final = frozenset("*?[")
_BLOCK_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Listed:
    """A file that was found: its path or URL, its size, and what changes whenever it does.

    `error` says why what is there cannot be read: a pipe, a link that leads nowhere, a name that is no text.
    """

    path: str
    bytes: int
    stamp: str
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Filed:
    """A file as the archive's `files` table holds it: `source` is its SHA-256, or `error` says why there is none."""

    path: str
    bytes: int
    stamp: str
    source: str | None
    error: str | None = None


def find(inputs: Sequence[str], *, without: Path) -> list[Listed]:
    """The files of the folders, globs, files and URLs `inputs`, each once, in order; none below the folder `without`.

    Hidden files and folders (.x, ~$x) and what desktops leave behind are not documents. Raises ArchiveError for an
    input, or a folder in one, that is not there or that no installed file system reads.
    """
    own = without.resolve()
    found = (listed for given in inputs for listed in _of(given))
    return list({one.path: one for one in found if own not in _real(one.path).parents}.values())


def exists(path: str) -> bool:
    """Whether the file is there, or may be: a store that does not answer has not lost it."""
    try:
        system, name = _system(path)
        return bool(system.exists(name))
    # As below.
    except Exception:
        return True


def opened(path: str) -> OpenFile:
    """The file, to be opened. Raises what its file system raises."""
    # `a::b` is to fsspec a file inside another one.
    return fsspec.open(path, "rb") if "://" in path else OpenFile(LocalFileSystem(), path)


def manifest(path: Path) -> list[str]:
    """The inputs that a manifest names, one a line; relative paths count from its folder. Raises ArchiveError."""
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ArchiveError(
            f"清单 {path} 读不了({reasons.told(error)}):应是 UTF-8 文本,每行一个文件、文件夹或网址"
        ) from error
    named = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    return [line if "://" in line else str(path.parent / line) for line in named]


def _of(given: str) -> Iterator[Listed]:
    try:
        system, path = _system(given)
        if _GLOB & set(path) and not system.exists(path):
            infos = system.glob(path, detail=True)
            if not infos:
                raise FileNotFoundError(path)
        elif system.isdir(path):
            infos = {info["name"]: info for info in _below(system, path)}
        else:
            infos = {path: system.info(path)}
    except FileNotFoundError as error:
        raise ArchiveError(f"{given} 不存在:请检查路径") from error
    # Each file system has errors of its own: a scheme without its package, a refused login, a lost connection.
    except Exception as error:
        raise ArchiveError(f"{given} 列不出来({reasons.told(error)})") from error
    for name, info in sorted(infos.items()):
        if info["type"] != "directory" and not _left_behind(name):
            yield _listed(system, name, info)


def _system(given: str) -> tuple[AbstractFileSystem, str]:
    """The file system of a path or URL, and its path there: one that leads to a file here by no other way."""
    if "://" not in given:
        return LocalFileSystem(), str(Path(given).resolve())
    system, path = url_to_fs(given)
    return system, str(path)


def _below(system: AbstractFileSystem, folder: str) -> Iterator[Mapping[str, Any]]:
    """What lies below a folder. `find` of a disk would leave out, without a word, what may not be entered."""
    if not isinstance(system, LocalFileSystem):
        yield from system.find(folder, detail=True).values()
        return
    for info in system.ls(folder, detail=True):
        if info["type"] != "directory":
            yield info
        elif not _left_behind(info["name"]):
            yield from _below(system, info["name"])


def _listed(system: AbstractFileSystem, name: str, info: Mapping[str, Any]) -> Listed:
    size = int(info.get("size") or 0)
    if not isinstance(system, LocalFileSystem):
        return Listed(system.unstrip_protocol(name), size, str(system.ukey(name)))
    # Of a link what it leads to counts, which a listing does not tell.
    if not Path(name).is_file():
        return Listed(_shown(name), size, "", "不是普通文件,或是失效的链接:请检查路径")
    if _shown(name) != name:
        return Listed(_shown(name), size, "", "文件名不是 UTF-8:请改名")
    return Listed(name, size, str(system.ukey(name)))


def _shown(path: str) -> str:
    """The path with what is no UTF-8 in it as \\x.."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _real(path: str) -> Path:
    return Path(path) if "://" in path else Path(path).resolve()


def _left_behind(path: str) -> bool:
    name = PurePosixPath(path).name
    return name.startswith((".", "~$")) or name.lower() in _LEFT_BEHIND


def file(found: Sequence[Listed], before: Mapping[str, Filed], step: Callable[[], object]) -> list[Filed]:
    """Every file of `found` with its SHA-256; one that is as it was `before` is not read again. `step` counts them."""
    filed = []
    for listed in found:
        known = before.get(listed.path)
        same = (
            known is not None and known.source and (known.bytes, known.stamp) == (listed.bytes, listed.stamp)
        )
        filed.append(known if known is not None and same else _hashed(listed))
        step()
    return filed


def _hashed(listed: Listed) -> Filed:
    if listed.error is not None:
        return Filed(listed.path, listed.bytes, listed.stamp, None, listed.error)
    digest = hashlib.sha256()
    try:
        with opened(listed.path) as file:
            for block in _blocks(file):
                digest.update(block)
    # As above: a file that cannot be read is told of, and the others go on.
    except Exception as error:
        return Filed(
            listed.path, listed.bytes, listed.stamp, None, f"打不开({reasons.told(error)}):请检查路径和权限"
        )
    return Filed(listed.path, listed.bytes, listed.stamp, digest.hexdigest())


def _blocks(file: Any) -> Iterable[bytes]:
    while block := file.read(_BLOCK_BYTES):
        yield block
