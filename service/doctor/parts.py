"""Checks of what the settings name: data folder, disk, bundle, store, archive, port, tracing."""

import json
import os
import stat
import tempfile
import urllib.request
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from bulletin import reasons
from bulletin.errors import BundleError, RegistryError
from models.registry import Registry
from service.asking import archive_module
from service.doctor.finding import Told, failure, ok, warning
from service.doctor.machine import Machine
from service.errors import ArchiveError, ArchiveLibraryError, NotIndexedError, ServiceError, StoreError
from service.settings import Settings

_NO_SPACE_BYTES: Final = 64 * 2**20
_LITTLE_SPACE_BYTES: Final = 2**30
_HEALTH_S: Final = 2.0


def data_folder(settings: Settings) -> Told:
    """Can the data folder be written, or made, and by nobody else?"""
    folder, mend = settings.data, "请检查权限,或用 YUEBAO_HOME 换一个位置"
    existing = _existing(folder)
    if existing != folder:
        if existing.is_dir() and os.access(existing, os.W_OK | os.X_OK):
            return ok(f"{folder} 还没有,用到时新建")
        return failure(f"{folder} 建不了({existing} 不能写):{mend}")
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return failure(f"{folder} 写不进去({reasons.reason(error)}):{mend}")
    if folder.stat().st_mode & stat.S_IWOTH:
        return warning(f"{folder} 谁都能写,模型和数据会被别人改动:请运行 chmod o-w {folder}")
    return ok(f"{folder} 可写")


def disk(settings: Settings, machine: Machine) -> Told:
    """Is there room where the data folder is?"""
    free = machine.free_bytes(_existing(settings.data))
    told = f"{settings.data} 所在的磁盘只剩 {free // 2**20} MiB"
    if free < _NO_SPACE_BYTES:
        return failure(f"{told},数据库写不进去:请腾出空间,或用 YUEBAO_HOME 换一个位置")
    if free < _LITTLE_SPACE_BYTES:
        return warning(f"{told},不够训练和归档:请腾出 {_LITTLE_SPACE_BYTES // 2**20} MiB 以上")
    return ok(f"{settings.data} 所在的磁盘还有 {free // 2**20} MiB")


def _existing(folder: Path) -> Path:
    """`folder`, or else the nearest above it that is there."""
    return next(one for one in (folder, *folder.absolute().parents) if os.path.lexists(one))


def bundle(settings: Settings) -> Told:
    """Does the bundle that would serve open, with every file as its manifest says, and work?"""
    # The engines take as long to import as they take to open.
    from models.pipeline import Pipeline

    registry = Registry(settings.data)
    try:
        folder = settings.bundle or registry.serving(registry.current())
        info = Pipeline.open(folder, threads=1).info
    except (BundleError, RegistryError) as error:
        return failure(str(error))
    return ok(f"{info.version} 完好,试运行了一次;主题表 {info.taxonomy}")


def store(settings: Settings) -> Told:
    """Does the database open, can it be brought to this program's schema and written? Nothing of it is changed."""
    from service.store.connection import FILE, connect
    from service.store.migrate import rehearse
    from service.store.shown import shown

    path = settings.data / FILE
    if settings.database is None and not path.exists():
        return ok(f"{path} 还没有,启动时新建")
    try:
        engine = connect(settings.data, settings.database)
        try:
            behind = rehearse(engine)
        finally:
            engine.dispose()
    except StoreError as error:
        return failure(str(error))
    name = shown(engine.url)
    return ok(f"{name} 可写,启动时会升级到本程序的结构" if behind else f"{name} 可写")


def archive(settings: Settings) -> Told:
    """Can the archive be read, and searched? None need be there."""
    folder = settings.archived
    if not (folder / "archive.json").exists():
        if settings.archive is None:
            return ok("没有档案")
        return warning(f"{folder} 里没有档案:请运行 yuebao archive build,或改正 YUEBAO_ARCHIVE")
    try:
        edition = archive_module("edition").Archive(folder).current()
        if damaged := archive_module("whole").damaged(edition):
            return failure(
                f"{edition.path} 有 {len(damaged)} 个文件不见了或坏了,第一个是 {damaged[0]}:"
                "请从备份取回,或删去这一版,再运行 yuebao archive build"
            )
        note = archive_module("search").SearchIndex(edition).note
    except NotIndexedError as error:
        return warning(str(error))
    except (ArchiveError, ArchiveLibraryError) as error:
        return failure(str(error))
    return warning(note) if note else ok(f"{edition.path} 完好,可以检索")


def port(settings: Settings) -> Told:
    """Is the port free, or has this very service got it?"""
    # FastAPI, which it serves, takes a quarter of a second to import.
    from service.cli_serve import bind

    where = f"{settings.host}:{settings.port}"
    try:
        bind(settings.host, settings.port).close()
    except ServiceError as error:
        version = _running(settings)
        return failure(str(error)) if version is None else ok(f"{where} 上 yuebao {version} 正在运行")
    return ok(f"{where} 空着")


def _running(settings: Settings) -> str | None:
    """The version of the yuebao that answers at the service's own address."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    try:
        with urllib.request.urlopen(f"http://{host}:{settings.port}/healthz", timeout=_HEALTH_S) as answer:
            version = json.load(answer)["version"]
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return str(version)


def tracing(wanted: bool) -> Told:
    """Where OpenTelemetry's variables ask for spans, are its libraries there?"""
    if not wanted:
        return ok("没有设 OTEL_ 变量,不发送")
    if find_spec("opentelemetry") is None or find_spec("opentelemetry.sdk") is None:
        return warning("OTEL_ 变量要求发送追踪,但要用的库没有装:请运行 pip install 'yuebao[otel]'")
    return ok("照 OTEL_ 变量发送")
