"""The form of a job on its way in: each file goes to the disk as it comes, so that no memory holds one."""

import hashlib
from dataclasses import dataclass, field
from typing import BinaryIO, Final, Protocol

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from service.errors import FormError, FormLimitError
from service.jobs.folder import Incoming, stored
from service.jobs.zips import too_many
from service.uploads import MAX_FIELD_BYTES, MAX_FORM_FIELDS, REPEATED, shown_name

_FILE: Final = "file"
_BROKEN: Final = "表单不完整或格式有误:请用 multipart/form-data 重新提交"


class _Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...

    def hexdigest(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Sent:
    """An upload as it lies on the disk. `name` is what the client calls it, for messages and its suffix."""

    name: str
    sha256: str


@dataclass(slots=True)
class _Part:
    disposition: bytes = b""
    name: str = ""
    filename: str | None = None
    value: bytearray = field(default_factory=bytearray)
    file: BinaryIO | None = None
    hash: _Hash = field(default_factory=hashlib.sha256)


class FormReader:
    """Reads a multipart form piece by piece; its methods block. `fields` and `files` are complete after `finish`."""

    def __init__(self, content_type: str, incoming: Incoming, most_files: int) -> None:
        """Raise FormError for a content type without a boundary."""
        _, options = parse_options_header(content_type)
        if b"boundary" not in options:
            raise FormError(_BROKEN)
        self._incoming = incoming
        self._most_files = most_files
        self._part = _Part()
        self._header = self._header_value = b""
        self._ended = False
        self._parts = 0
        self.fields: dict[str, str] = {}
        self.files: list[Sent] = []
        try:
            self._parser = MultipartParser(
                options[b"boundary"],
                {
                    "on_part_begin": self._on_begin,
                    "on_header_field": self._on_header_name,
                    "on_header_value": self._on_header_value,
                    "on_header_end": self._on_header_end,
                    "on_headers_finished": self._on_headers,
                    "on_part_data": self._on_data,
                    "on_part_end": self._on_end,
                    "on_end": self._on_form_end,
                },
            )
        except FormParserError as error:
            raise FormError(_BROKEN) from error

    def write(self, data: bytes) -> None:
        """Take a piece. Raises FormError, FormLimitError, UploadTooLargeError, StorageFullError or StoreError."""
        try:
            with stored():
                self._parser.write(data)
        except FormParserError as error:
            raise FormError(_BROKEN) from error

    def finish(self) -> None:
        """The form is there. Raises FormError for one that is not whole or has no file."""
        if not self._ended:
            raise FormError(_BROKEN)
        if not self.files:
            raise FormError("表单里要有名为 file 的文件,一个或几个")

    def close(self) -> None:
        """Let go of the file that was under way."""
        if self._part.file is not None:
            with stored():
                self._part.file.close()

    def _on_begin(self) -> None:
        self._parts += 1
        if self._parts > self._most_files + MAX_FORM_FIELDS:
            raise FormLimitError(f"表单里最多 {MAX_FORM_FIELDS} 个字段", limit=MAX_FORM_FIELDS)
        self._part, self._header, self._header_value = _Part(), b"", b""

    def _on_header_name(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _on_header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._part.disposition = self._header_value
        self._header = self._header_value = b""

    def _on_headers(self) -> None:
        _, options = parse_options_header(self._part.disposition)
        self._part.name = _text(options.get(b"name", b""))
        if b"filename" not in options:
            return
        if self._part.name != _FILE:
            raise FormError(f"表单里的文件名为 {shown_name(self._part.name)}:请都名为 file")
        self._part.filename = shown_name(_text(options[b"filename"]))
        if len(self.files) >= self._most_files:
            raise too_many(self._part.filename, self._most_files)
        self._part.file = self._incoming.upload(len(self.files)).open("xb")

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        part, piece = self._part, data[start:end]
        if part.file is not None:
            part.file.write(piece)
            part.hash.update(piece)
            return
        part.value += piece
        if len(part.value) > MAX_FIELD_BYTES:
            raise FormLimitError(
                f"表单的字段最长 {MAX_FIELD_BYTES} 字节:文件要带文件名", limit=MAX_FIELD_BYTES
            )

    def _on_end(self) -> None:
        part = self._part
        if part.file is None:
            if part.name in self.fields:
                raise FormError(REPEATED)
            self.fields[part.name] = _text(bytes(part.value))
            return
        part.file.close()
        assert part.filename is not None
        self.files.append(Sent(part.filename, part.hash.hexdigest()))

    def _on_form_end(self) -> None:
        self._ended = True


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", errors="replace")
