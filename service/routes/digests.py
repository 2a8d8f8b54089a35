"""POST /v1/digests: one bulletin in, as JSON text or as a file; its digest out, now and by its id later."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException

from bulletin.errors import FileLimitError, UnreadableFileError
from service.context import Context, ContextDep, media_type
from service.digests import check_length, digest_id
from service.errors import MediaTypeError, NotKeptError
from service.jobs.zips import is_zip
from service.reading import FileReader
from service.refusals import refusals
from service.schemas import DigestAnswer, DigestForm, DigestRequest
from service.store.records import StoredDigest
from service.uploads import MANY_FILES, Upload, upload

router = APIRouter(tags=["digests"])

Shape = TypeVar("Shape", bound=BaseModel)

_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": DigestRequest.model_json_schema()},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "description": "txt(任何编码)、html、docx 或 pdf",
                        },
                        "abstract": {"type": "boolean", "default": True, "description": "是否起草摘要"},
                    },
                }
            },
        },
    }
}

_KEPT: dict[str, Any] = {
    "headers": {
        "Content-Location": {
            "description": "保存下来的地址;没有保存就没有这个头",
            "schema": {"type": "string"},
        }
    }
}


@router.post(
    "/v1/digests",
    summary="月报 → 分类与摘要",
    description="读一期月报,把每件工作归入主题,起草摘要,每句注明出处。结果按 id 保存,供查阅和修改;"
    "设 YUEBAO_STORE_DIGESTS=false 则不保存任何内容。保存了的,答复有响应头 Content-Location;没有这个头的没有保存。",
    openapi_extra=_BODY,
    responses={200: _KEPT, **refusals(415)},
)
async def create_digest(request: Request, response: Response, context: ContextDep) -> DigestAnswer:
    """Reads one bulletin, files its items under themes and drafts the abstract with its sources.

    Answers 200, not 201: the same request always gets the same answer, whether it could be kept or not.
    """
    text_of, abstract = await _asked(request, context)
    digester = context.digester

    async def read() -> str:
        text = await text_of()
        check_length(text, context.settings.max_text_chars)
        return text

    text, digest = await context.queue.digest(digester, read, abstract=abstract)
    id = digest_id(text, digest)
    context.metrics.digest(digest)
    with context.metrics.stage("store"):
        if await to_thread.run_sync(context.keeping.keep, id, text, digest):
            response.headers["Content-Location"] = f"/v1/digests/{id}"
    return DigestAnswer(**dict(digest), id=id)


@router.get(
    "/v1/digests/{id}",
    summary="保存的分类与摘要",
    description="POST /v1/digests 答复过的分类与摘要,原样;改过的地方见 GET /v1/corrections。",
    responses=refusals(404),
)
async def read_digest(id: str, context: ContextDep) -> DigestAnswer:
    """The digest as it was answered. Raises NotKeptError."""
    stored = await to_thread.run_sync(stored_digest, id, context)
    return DigestAnswer(**dict(stored.digest), id=stored.id)


def stored_digest(id: str, context: Context) -> StoredDigest:
    """The stored digest of that id. Blocks; raises NotKeptError with the mend, or StoreError."""
    found = context.keeping.store.digest(id)
    if found is None:
        mend = (
            "请先 POST /v1/digests,再用答复里的 id"
            if context.settings.store_digests
            else "服务设了 YUEBAO_STORE_DIGESTS=false,请改成 true 后重新 POST /v1/digests"
        )
        raise NotKeptError(f"没有保存过分类结果 {id}:{mend}")
    return found


async def _asked(request: Request, context: Context) -> tuple[Callable[[], Awaitable[str]], bool]:
    """How to get the text (slow for a file, so not done here), and whether an abstract is wanted."""
    given = media_type(request)
    if given == "application/json":
        body = validated(DigestRequest, await request.body())

        async def given_text() -> str:
            return body.text

        return given_text, body.abstract
    if given == "multipart/form-data":
        sent = await upload(request, context.settings.max_file_bytes)
        options = validated(DigestForm, sent.fields)
        return partial(_file_text, context.reader, sent), options.abstract
    raise MediaTypeError(
        f"内容类型是“{given or '未说明'}”:请用 application/json 传文字,或用 multipart/form-data 传文件,"
        f"{MANY_FILES}"
    )


async def _file_text(reader: FileReader, sent: Upload) -> str:
    """The text of an upload. Raises UnreadableFileError, for a zip with where it belongs, or FileLimitError."""
    try:
        return await reader.read_in_turn(sent.data, sent.name)
    except UnreadableFileError as error:
        # A document is one, whatever it is called; what is none goes by its name, as in a job.
        if isinstance(error, FileLimitError) or not is_zip(sent.name):
            raise
        raise UnreadableFileError(f"{error}{MANY_FILES}。") from error


def validated(shape: type[Shape], given: bytes | Mapping[str, object]) -> Shape:
    """What was given, as a `shape`. Raises RequestValidationError, or as FastAPI does for bytes that are no text."""
    try:
        if isinstance(given, bytes):
            return shape.model_validate_json(given.decode())
        return shape.model_validate(given)
    except UnicodeDecodeError as error:
        raise HTTPException(400) from error
    except ValidationError as error:
        found = [detail | {"loc": ("body", *detail["loc"])} for detail in error.errors(include_url=False)]
        raise RequestValidationError(found) from error
