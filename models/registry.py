"""The bundles of a machine: immutable versions, and one pointer to the current one.

    <home>/models/versions/<version>/   a bundle, verified when it came and whenever it is opened
    <home>/models/current               the current version's name; without it the built-in bundle is current
    <home>/models/history.jsonl         every move of the pointer: when, from, to, why

`builtin` is always there. Every change is made under a file lock, in files of other names that are renamed when they
are whole: whoever is killed leaves the registry as it was or as it should be.
"""

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from filelock import FileLock

from bulletin import reasons
from bulletin.errors import BundleError, RegistryError
from models.bundle import MANIFEST, Bundle, builtin, content, open_bundle

BUILTIN = "builtin"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Move:
    """One move of the pointer. `at` is ISO 8601."""

    at: str
    kind: Literal["promote", "rollback"]
    origin: str
    target: str
    why: str


class Registry:
    """The registry under `home`, which need not exist yet."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._root = home / "models"
        self._versions = self._root / "versions"
        self._pointer = self._root / "current"
        self._history = self._root / "history.jsonl"

    def versions(self) -> list[str]:
        """Every version by name, `builtin` first."""
        kept = sorted(path.name for path in self._versions.glob("*") if _NAME.fullmatch(path.name))
        return [BUILTIN, *kept]

    def current(self) -> str:
        """The current version's name. Raises RegistryError, with the mend, for a pointer that names none."""
        try:
            name = self._pointer.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return BUILTIN
        except UnicodeDecodeError:
            name = ""
        except OSError as error:
            self._refuse_file(error)
            raise RegistryError(
                f"记着当前版本的文件 {self._pointer} 读不了({reasons.reason(error)});请检查权限,是文件夹的请移走。"
            ) from error
        if not _NAME.fullmatch(name):
            raise RegistryError(
                f"记着当前版本的文件 {self._pointer} 坏了;请运行 yuebao models promote 版本,重新启用一个版本。"
            )
        return name

    def folder(self, version: str) -> Path:
        """The folder of `version`. Raises RegistryError for a version that is not there."""
        if version == BUILTIN:
            return builtin()
        if version not in self.versions():
            known = "、".join(self.versions())
            raise RegistryError(f"没有模型版本 {version};已有:{known}。")
        return self._versions / version

    def serving(self, version: str) -> Path:
        """The folder of `version`, which the pointer names. Raises BundleError with the mend when it is gone."""
        try:
            return self.folder(version)
        except RegistryError as error:
            raise BundleError(
                f"当前的模型版本 {version} 不见了({error});请运行 yuebao models rollback。"
            ) from error

    def open(self, version: str) -> Bundle:
        """The verified bundle of `version`. Raises RegistryError or BundleError."""
        return open_bundle(self.folder(version))

    def add(self, source: Path) -> str:
        """Take a copy of the bundle at `source` in; its version's name.

        Raises BundleError for what is no bundle, RegistryError for a name that cannot be used or is taken by another.
        """
        bundle = open_bundle(source)
        version = bundle.manifest.version
        refuse_name(version)
        with self._locked():
            target = self._versions / version
            if target.exists():
                if not _same(target, source):
                    raise RegistryError(f"模型版本 {version} 已经有了,内容不同;请换一个版本名。")
                return version
            part = self._versions / f".{version}.tmp"
            shutil.rmtree(part, ignore_errors=True)
            shutil.copytree(source, part)
            open_bundle(part)
            part.rename(target)
        return version

    def promote(self, version: str, why: str, when: datetime) -> Move:
        """Make `version` current. Raises RegistryError or BundleError and leaves the pointer alone."""
        self.open(version)
        with self._locked():
            return self._move("promote", version, why, when)

    def rollback(self, why: str, when: datetime) -> Move:
        """Make current again what was so before. Raises RegistryError where there is nothing before, or BundleError."""
        with self._locked():
            target = self.before()
            if target is None:
                raise RegistryError("没有更早的模型版本可以退回。")
            self.open(target)
            return self._move("rollback", target, why, when)

    def before(self) -> str | None:
        """What was current before the current version was promoted, as far as it is still there; None for `builtin`.

        Each rollback takes one promotion back: two of them lead two promotions back.
        """
        standing = [BUILTIN]
        for move in self.history():
            if move.kind == "promote":
                standing.append(move.target)
            elif len(standing) > 1:
                standing.pop()
        known, current = self.versions(), self.current()
        if standing[-1] != current:  # a history that is not this pointer's: cut off, or edited
            return None if current == BUILTIN else BUILTIN
        return next((version for version in reversed(standing[:-1]) if version in known), None)

    def history(self) -> list[Move]:
        """Every move, oldest first. A line that was cut off when its writer died is left out."""
        try:
            lines = self._history.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        return [move for line in lines if (move := _move_of(line)) is not None]

    def gc(self, keep: int) -> list[str]:
        """Remove all but the `keep` newest of the versions that are neither current nor what a rollback returns to."""
        with self._locked():
            held = {BUILTIN, self.current(), self.before()}
            spare = [version for version in self.versions() if version not in held]
            spare.sort(key=lambda version: (self._versions / version).stat().st_mtime, reverse=True)
            for version in spare[keep:]:
                aside = self._versions / f".{version}.old"
                (self._versions / version).rename(aside)
                shutil.rmtree(aside)
            return spare[keep:]

    def _move(self, kind: Literal["promote", "rollback"], version: str, why: str, when: datetime) -> Move:
        try:
            origin = self.current()
        except RegistryError:  # promoting is what mends a broken pointer
            origin = "?"
        move = Move(when.isoformat(timespec="seconds"), kind, origin, version, why)
        part = self._pointer.with_name(self._pointer.name + ".tmp")
        _write_through(part, version + "\n")
        part.replace(self._pointer)
        with self._history.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(move), ensure_ascii=False) + "\n")
        return move

    def _refuse_file(self, error: OSError) -> None:
        """Raise RegistryError where the home is no folder: then nothing in it is to blame."""
        if self._home.exists() and not self._home.is_dir():
            raise RegistryError(
                f"数据文件夹 {self._home} 不是文件夹;请把这个文件移走,或用 YUEBAO_HOME 换一个位置。"
            ) from error

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One writer at a time. Raises RegistryError for what the disk refuses to any of them."""
        try:
            self._versions.mkdir(parents=True, exist_ok=True)
            with FileLock(self._root / ".lock"):
                yield
        except OSError as error:
            self._refuse_file(error)
            raise RegistryError(
                f"模型文件夹 {self._root} 写不了({reasons.reason(error)});请检查磁盘空间和权限。"
            ) from error


def refuse_name(version: str) -> None:
    """Raise RegistryError, with the mend, for a name that no version can have."""
    if not _NAME.fullmatch(version) or version == BUILTIN:
        raise RegistryError(
            f"模型版本名“{version}”不能用;请用字母、数字、点、横线,最多 64 个,不叫 {BUILTIN}。"
        )


def _same(one: Path, other: Path) -> bool:
    manifests = [(folder / MANIFEST).read_bytes() for folder in (one, other)]
    return manifests[0] == manifests[1] and content(one) == content(other)


def _write_through(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _move_of(line: str) -> Move | None:
    try:
        return Move(**json.loads(line))
    except (ValueError, TypeError):
        return None
