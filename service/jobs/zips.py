"""The files of a zip that a client sent: listed without unpacking, unpacked one at a time, in bounded memory."""

import io
import struct
import sys
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final

from bulletin.errors import FileLimitError, UnreadableFileError
from service.errors import UploadTooLargeError
from service.store.records import JobFile
from service.uploads import shown_name

SUFFIX: Final = ".zip"
# What the list of a zip may take for each file that a job may have, and at least: names, and what systems add to them.
_LISTED_BYTES: Final = 2048
_LISTED_LEAST: Final = 1024 * 1024
_ENCRYPTED: Final = 0x1
_UTF_8: Final = 0x800
# The others give a few bytes back as a gigabyte in one piece.
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_PIECE_BYTES: Final = 64 * 1024
_DAMAGES: Final = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, ValueError)
# What systems put into a zip beside the files that a person chose.
_FOREIGN_FOLDER: Final = "__MACOSX"
_FOREIGN_FILES: Final = (".DS_Store", "Thumbs.db", "desktop.ini")
# A folder of the zip is told with the name of a file, since one name a year is common.
_TOLD_PARTS: Final = 2


class _ListTooLongError(Exception):
    pass


class _Bounded(io.RawIOBase):
    """A zip's file that gives no more than so many bytes at a time: zipfile holds the list of a zip in one piece."""

    def __init__(self, file: BinaryIO, most: int) -> None:
        self._file = file
        self._most = most

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_SET and not 0 <= offset < sys.maxsize:
            raise zipfile.BadZipFile("a place that is in no file")
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def read(self, size: int = -1) -> bytes:
        if size > self._most:
            raise _ListTooLongError
        return self._file.read(size)


def is_zip(name: str) -> bool:
    """Whether a file of that name is taken for a zip of files."""
    return name.lower().endswith(SUFFIX)


def members(path: Path, name: str, upload: int, most_files: int, most_bytes: int) -> list[JobFile]:
    """The files in the zip at `path`, in its order, named as a person named them; `name` is what the zip is called.

    Folders, and what systems add, are left out. Raises UnreadableFileError for what is no zip or holds no file, and
    UploadTooLargeError for more than `most_files` files or, by what the zip says, `most_bytes` unpacked; what it says
    of a file is all that `unpacked` gives of it.
    """
    try:
        with _opened(path, name, max(_LISTED_LEAST, most_files * _LISTED_BYTES)) as archive:
            found = [(at, one) for at, one in enumerate(archive.infolist()) if _is_meant(one)]
    except _ListTooLongError as error:
        raise too_many(name, most_files) from error
    if not found:
        raise UnreadableFileError(f"压缩包“{name}”里没有文件:请把月报放进去再传")
    if len(found) > most_files:
        raise too_many(name, most_files)
    total = sum(one.file_size for _, one in found)
    if total > most_bytes:
        raise UploadTooLargeError(
            f"压缩包“{name}”解压后有 {total} 字节,上限是 {most_bytes} 字节:请分成几个任务提交",
            limit=most_bytes,
            given=total,
        )
    return [JobFile(_told(one), upload, at) for at, one in found]


def unpacked(path: Path, file: JobFile, most_bytes: int) -> bytes:
    """The bytes of a member. Raises UnreadableFileError for one that is encrypted, damaged or a zip itself, and
    FileLimitError for one of more than `most_bytes`.
    """
    assert file.member is not None
    with _opened(path, file.name, sys.maxsize) as archive:
        info = archive.infolist()[file.member]
        _refuse(info, file.name, most_bytes)
        # No more comes out than the zip says, and what is not what it says fails its check sum. Asked for all at once,
        # zipfile would unpack the whole before it looks at that.
        try:
            with archive.open(info) as member:
                return b"".join(iter(partial(member.read, _PIECE_BYTES), b""))
        except _DAMAGES as error:
            raise UnreadableFileError(f"“{file.name}”在压缩包里已损坏:请重新压缩后再传") from error


def too_many(name: str, most_files: int) -> UploadTooLargeError:
    """The error for a job of more than `most_files` files, which shows at `name`."""
    return UploadTooLargeError(
        f"到“{name}”为止,文件超过 {most_files} 个:请分成几个任务提交", limit=most_files
    )


@contextmanager
def _opened(path: Path, name: str, most_listed: int) -> Iterator[zipfile.ZipFile]:
    with path.open("rb") as file:
        try:
            archive = zipfile.ZipFile(_Bounded(file, most_listed))
        except _DAMAGES as error:
            raise UnreadableFileError(f"“{name}”不是能读的 zip 压缩包:请重新压缩后再传") from error
        with archive:
            yield archive


def _is_meant(info: zipfile.ZipInfo) -> bool:
    parts = info.filename.split("/")
    return not (info.is_dir() or parts[0] == _FOREIGN_FOLDER or parts[-1] in _FOREIGN_FILES)


def _refuse(info: zipfile.ZipInfo, name: str, most_bytes: int) -> None:
    if info.flag_bits & _ENCRYPTED:
        raise UnreadableFileError(f"“{name}”在压缩包里加了密:请不设密码重新压缩后再传")
    if is_zip(info.filename):
        raise UnreadableFileError(f"“{name}”是压缩包里的压缩包:请解开后再传")
    if info.compress_type not in _METHODS:
        raise UnreadableFileError(f"“{name}”在压缩包里的压缩方法不支持:请用普通的 zip(deflate)重新压缩")
    if info.file_size > most_bytes:
        raise FileLimitError(
            f"“{name}”解压后有 {info.file_size} 字节,上限是 {most_bytes} 字节:请只传一期月报",
            limit=most_bytes,
            given=info.file_size,
        )


def _told(info: zipfile.ZipInfo) -> str:
    parts = _name(info).replace("\\", "/").split("/")
    return "/".join(map(shown_name, parts[-_TOLD_PARTS:]))


def _name(info: zipfile.ZipInfo) -> str:
    """The name as it was meant: a zip that does not say UTF-8 has it in the encoding of the system that made it."""
    if info.flag_bits & _UTF_8:
        return info.filename
    try:
        raw = info.filename.encode("cp437")
    except UnicodeEncodeError:
        return info.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.filename
