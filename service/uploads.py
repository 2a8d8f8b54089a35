"""Uploads: the one file of a multipart form, its name and the fields beside it, within limits."""

import re
import sys
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fastapi import Request
from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser

from service.errors import FormError, FormLimitError, MediaTypeError

MAX_FORM_FILES: Final = 4
MAX_FORM_FIELDS: Final = 16
MAX_FIELD_BYTES: Final = 4096

MANY_FILES: Final = "许多文件或装着它们的 zip 请交给 POST /v1/jobs"
REPEATED: Final = "表单里有字段给了几次:请每个只给一次"

_NAMELESS: Final = "上传的文件"
_NAME_CHARS: Final = 60
_NAME_END: Final = 20
_UNSEEN: Final = frozenset(["Cc", "Cf", "Cs"])
# How starlette's complaints begin, and what they are about.
_LIMITS: Final = {
    "Too many files": (MAX_FORM_FILES, f"表单里最多 {MAX_FORM_FILES} 个文件"),
    "Too many fields": (MAX_FORM_FIELDS, f"表单里最多 {MAX_FORM_FIELDS} 个字段"),
    "Part exceeded": (MAX_FIELD_BYTES, f"表单的字段最长 {MAX_FIELD_BYTES} 字节:文件要带文件名"),
}


class _InMemory(MultiPartParser):
    """The body is bounded and in memory already: nothing of it is written to the disk."""

    spool_max_size = sys.maxsize


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that a client sent, with the fields beside it. `name` is for messages and its suffix; never a path."""

    name: str
    data: bytes
    fields: Mapping[str, str | UploadFile]


async def upload(request: Request, max_file_bytes: int) -> Upload:
    """The file named `file` of a multipart form. Raises FormError, FormLimitError or MediaTypeError."""
    check_charset(request)
    form = await _form(request)
    files = form.getlist("file")
    if len(files) != 1 or not isinstance(files[0], UploadFile):
        raise FormError(f"表单里要有且只有一个名为 file 的文件:{MANY_FILES}")
    data = await files[0].read()
    if len(data) > max_file_bytes:
        raise FormLimitError(
            f"文件有 {len(data)} 字节,上限是 {max_file_bytes} 字节:请只传一期月报",
            limit=max_file_bytes,
            given=len(data),
        )
    named = [(key, value) for key, value in form.multi_items() if key != "file"]
    fields = dict(named)
    if len(fields) < len(named):
        raise FormError(REPEATED)
    return Upload(shown_name(files[0].filename or ""), data, fields)


def shown_name(given: str) -> str:
    """What a client calls its file, as messages say it: no folders, nothing unseen, and no more than a line holds."""
    last = re.split(r"[/\\]", given)[-1]
    name = "".join(one for one in last if unicodedata.category(one) not in _UNSEEN).strip()
    if len(name) > _NAME_CHARS:
        name = f"{name[: _NAME_CHARS - _NAME_END - 1]}…{name[-_NAME_END:]}"
    return name or _NAMELESS


def check_charset(request: Request) -> None:
    """Raise MediaTypeError for a form that says it is not UTF-8: other names make Python's decoders do odd things."""
    _, options = parse_options_header(request.headers.get("content-type"))
    charset = options.get(b"charset", b"utf-8").decode("latin-1").lower()
    if charset not in ("utf-8", "utf8"):
        raise MediaTypeError(f"表单的 charset 是“{shown_name(charset)}”:请用 UTF-8")


async def _form(request: Request) -> FormData:
    parser = _InMemory(
        request.headers,
        request.stream(),
        max_files=MAX_FORM_FILES,
        max_fields=MAX_FORM_FIELDS,
        max_part_size=MAX_FIELD_BYTES,
    )
    try:
        return await parser.parse()
    except MultiPartException as error:
        for start, (limit, message) in _LIMITS.items():
            if error.message.startswith(start):
                raise FormLimitError(message, limit=limit) from error
        raise HTTPException(400, error.message) from error
