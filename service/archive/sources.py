"""Which files an archive is built from, and the SHA-256 of each.

A file is where fsspec finds it: a path here, or a URL of an object store whose package is installed.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

import fsspec
from fsspec.core import url_to_fs

from service.errors import ArchiveError

# What desktops and editors leave beside documents, none of it a document.
_LEFT_BEHIND: Final = {"thumbs.db", "desktop.ini"}
_GLOB: Final = frozenset("*?[")
_BLOCK_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Listed:
    """A file that was found: its path or URL, its size, and what changes whenever it does.

    `regular` is False of what is there and holds no bytes to read to an end: a pipe, a link that leads nowhere.
    """

    path: str
    bytes: int
    stamp: str
    regular: bool = True


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

    Hidden files (.x, ~$x) and what desktops leave behind are not documents. Raises ArchiveError for an input that is
    not there or that no installed file system reads.
    """
    own = without.absolute().as_posix() + "/"
    found = (listed for given in inputs for listed in _of(given))
    return list({one.path: one for one in found if not one.path.startswith(own)}.values())


def manifest(path: Path) -> list[str]:
    """The inputs that a manifest names, one a line; relative paths count from its folder. Raises ArchiveError."""
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ArchiveError(
            f"清单 {path} 读不了({error}):应是 UTF-8 文本,每行一个文件、文件夹或网址"
        ) from error
    named = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    return [line if "://" in line else str(path.parent / line) for line in named]


def _of(given: str) -> Iterator[Listed]:
    try:
        system, path = url_to_fs(given)
        if _GLOB & set(path) and not system.exists(path):
            infos = system.glob(path, detail=True)
        elif system.isdir(path):
            infos = system.find(path, detail=True)
        else:
            infos = {path: system.info(path)}
    except FileNotFoundError as error:
        raise ArchiveError(f"{given} 不存在:请检查路径") from error
    # Each file system has errors of its own: a scheme without its package, a refused login, a lost connection.
    except Exception as error:
        raise ArchiveError(f"{given} 列不出来({error})") from error
    for name, info in sorted(infos.items()):
        if info["type"] != "directory" and not _left_behind(name):
            yield _listed(system, name, info)


def _listed(system: fsspec.AbstractFileSystem, name: str, info: Mapping[str, Any]) -> Listed:
    protocol = system.protocol if isinstance(system.protocol, str) else system.protocol[0]
    path = name if protocol in ("file", "local") else system.unstrip_protocol(name)
    regular = info["type"] == "file"
    return Listed(path, int(info.get("size") or 0), str(system.ukey(name)) if regular else "", regular)


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
    if not listed.regular:
        return Filed(listed.path, listed.bytes, listed.stamp, None, "不是普通文件,或是失效的链接:请检查路径")
    digest = hashlib.sha256()
    try:
        with fsspec.open(listed.path, "rb") as opened:
            for block in _blocks(opened):
                digest.update(block)
    # As above: a file that cannot be read is told of, and the others go on.
    except Exception as error:
        return Filed(listed.path, listed.bytes, listed.stamp, None, f"打不开({error}):请检查路径和权限")
    return Filed(listed.path, listed.bytes, listed.stamp, digest.hexdigest())


def _blocks(opened: Any) -> Iterable[bytes]:
    while block := opened.read(_BLOCK_BYTES):
        yield block
