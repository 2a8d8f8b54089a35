"""/v1/jobs: many files, or a zip of files, answered one after another beside the requests."""

from collections.abc import Iterator
from functools import partial
from typing import Annotated, Any, Final

from anyio import to_thread
from fastapi import APIRouter, Header, Path, Query, Request, Response, status
from fastapi.responses import StreamingResponse

from service.context import ContextDep, KeyDep, media_type
from service.errors import JobKeyError, MediaTypeError
from service.jobs.results import MEDIA_TYPES, ResultFormat, lines, pieces, workbook
from service.refusals import refusals
from service.routes.digests import validated
from service.routes.trainings import MOST_LISTED
from service.schemas import DigestForm, Job, JobsAnswer
from service.store.records import Key, Scope
from service.uploads import check_charset

router = APIRouter(tags=["jobs"])

_KEY_HEADER: Final = "Idempotency-Key"
_KEY_CHARS: Final = 200
_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {
                            "type": "array",
                            "items": {"type": "string", "format": "binary"},
                            "description": "txt(任何编码)、html、docx、pdf,或装着它们的 zip;一个或几个",
                        },
                        "abstract": {"type": "boolean", "default": True, "description": "是否起草摘要"},
                    },
                }
            }
        },
    }
}
JobId = Annotated[str, Path(description="任务的编号", max_length=64)]


@router.post(
    "/v1/jobs",
    summary="许多文件 → 任务",
    description=(
        "收下许多文件,或装着它们的 zip,在请求的间隙里一个一个做,做法与 POST /v1/digests 相同。读不了的文件单独说明"
        "原因,其余照做。服务重启、断电都接着做,做好的不重做。带 Idempotency-Key 的请求重发多少次都是同一个任务。"
    ),
    status_code=status.HTTP_202_ACCEPTED,
    openapi_extra=_BODY,
    responses=refusals(415, 507),
)
async def create_job(
    request: Request,
    context: ContextDep,
    key: KeyDep,
    response: Response,
    idempotency_key: Annotated[  # noqa: ARG001  (told here, read by `_promise`)
        str | None,
        Header(
            alias=_KEY_HEADER,
            description=f"自己编的名字,1 到 {_KEY_CHARS} 个可见的 ASCII 字符;重发时用同一个",
        ),
    ] = None,
) -> Job:
    """Takes a job in. Raises what `Intake` raises, JobKeyError and MediaTypeError."""
    promise = _promise(request)
    given = media_type(request)
    if given != "multipart/form-data":
        raise MediaTypeError(f"内容类型是“{given or '未说明'}”:请用 multipart/form-data 传文件")
    check_charset(request)
    intake, caller = context.jobs.intake, "" if key is None else key.id
    async with intake.upload(caller, promise) as incoming:
        form = await intake.receive(request, incoming)
        options = validated(DigestForm, form.fields)
        job = await to_thread.run_sync(
            lambda: intake.accept(incoming, form.files, abstract=options.abstract, caller=caller, key=promise)
        )
    context.jobs.wake()
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    return job


@router.get(
    "/v1/jobs",
    summary="任务的列表",
    description="这把密钥的任务,从早到晚;next 不为 null 时还有下一页。不要密钥的服务列出所有的,admin 也是。",
    responses=refusals(404),
)
async def list_jobs(
    context: ContextDep,
    key: KeyDep,
    after: Annotated[str | None, Query(max_length=64, description="只列在这个编号之后的")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_LISTED, description="最多列几个")] = 100,
) -> JobsAnswer:
    """A page of jobs, oldest first."""
    # One more than asked for tells whether there is another page.
    found = await to_thread.run_sync(context.jobs.listed, _seen_by(key), after, limit + 1)
    more = len(found) > limit
    return JobsAnswer(jobs=tuple(found[:limit]), next=found[limit - 1].id if more else None)


@router.get(
    "/v1/jobs/{id}",
    summary="一个任务",
    description="state 是 queued、running、done、failed 或 cancelled;done 是答复过的文件数,其中 refused 个没有做成。",
    responses=refusals(404),
)
async def read_job(id: JobId, context: ContextDep, key: KeyDep) -> Job:
    """A job with its progress. Raises NotKeptError."""
    return await to_thread.run_sync(context.jobs.get, id, _seen_by(key))


@router.delete(
    "/v1/jobs/{id}",
    summary="取消任务",
    description="没做的文件不再做,做好的照样可以取;已经结束的照旧。",
    responses=refusals(404),
)
async def cancel_job(id: JobId, context: ContextDep, key: KeyDep) -> Job:
    """Cancels a job that is queued or running. Raises NotKeptError."""
    job = await to_thread.run_sync(context.jobs.cancel, id, _seen_by(key))
    context.jobs.wake()
    return job


@router.get(
    "/v1/jobs/{id}/result",
    summary="任务的结果",
    description=(
        "按上传的次序。jsonl 每行一个文件:name、digest(与 POST /v1/digests 的答复相同)或 problem;"
        "xlsx 一张表一行一个文件,一张表一行一件事项。"
    ),
    response_class=StreamingResponse,
    responses={
        200: {
            "content": {kind: {"schema": {"type": "string"}} for kind in MEDIA_TYPES.values()},
            "description": "结果,作为附件",
        },
        **refusals(404, 409),
    },
)
async def read_result(
    id: JobId,
    context: ContextDep,
    key: KeyDep,
    format: Annotated[ResultFormat, Query(description="文件格式")] = "jsonl",
) -> StreamingResponse:
    """The answers of a job that has ended. Raises NotKeptError or JobOpenError."""
    caller = _seen_by(key)
    answers = partial(context.jobs.answers, id, caller)
    content: Iterator[str] | Iterator[bytes]
    if format == "jsonl":
        content = lines(await to_thread.run_sync(answers))
    else:
        names = {theme.id: theme.name for theme in context.digester.taxonomy.themes}
        # Made before the answer begins: what fails then is a problem, and what takes too long is given up.
        content = pieces(await to_thread.run_sync(workbook, answers, names, limiter=context.jobs.workbooks))
    disposition = {"Content-Disposition": f'attachment; filename="{id}.{format}"'}
    return StreamingResponse(content, media_type=MEDIA_TYPES[format], headers=disposition)


def _promise(request: Request) -> str | None:
    """The Idempotency-Key of a request, if it has one. Raises JobKeyError."""
    given = request.headers.getlist(_KEY_HEADER)
    if not given:
        return None
    if len(given) > 1 or not given[0].isascii() or not given[0].isprintable():
        raise JobKeyError(f"{_KEY_HEADER} 要有且只有一个,只用可见的 ASCII 字符")
    if not 1 <= len(given[0]) <= _KEY_CHARS:
        raise JobKeyError(f"{_KEY_HEADER} 有 {len(given[0])} 个字符:请用 1 到 {_KEY_CHARS} 个")
    return given[0]


def _seen_by(key: Key | None) -> str | None:
    """Whose jobs a key shows: its own, or everyone's for an admin's key, and where no key is needed."""
    return None if key is None or Scope.ADMIN in key.scopes else key.id
