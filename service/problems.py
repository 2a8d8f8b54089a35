"""Errors as problem+json (RFC 9457): one table from error classes to status and title."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NamedTuple

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from bulletin import errors as bulletin_errors
from bulletin import json_errors, mistakes, reasons
from bulletin.errors import FileLimitError, SeveralBulletinsError, YuebaoError
from service import errors, request_id
from service.access import headers as access_headers
from service.access.rules import methods_of

MEDIA_TYPE = "application/problem+json"


class Kind(NamedTuple):
    """What an error class is over HTTP. `slug` ends the problem's type URI."""

    status: int
    slug: str
    title: str


# The most derived class wins, so the order does not matter.
KINDS: Mapping[type[YuebaoError], Kind] = {
    bulletin_errors.UnreadableFileError: Kind(422, "unreadable-file", "文件无法读成文字"),
    bulletin_errors.FileLimitError: Kind(413, "file-over-limit", "文件超出限度"),
    bulletin_errors.EmptyTextError: Kind(422, "empty-text", "没有文字"),
    bulletin_errors.NotABulletinError: Kind(422, "not-a-bulletin", "不像一期月报"),
    bulletin_errors.SeveralBulletinsError: Kind(422, "several-bulletins", "含有不止一期月报"),
    bulletin_errors.InputError: Kind(422, "bad-input", "输入无法处理"),
    errors.LimitError: Kind(413, "over-limit", "超出限度"),
    errors.BodyTooLargeError: Kind(413, "body-too-large", "请求体过大"),
    errors.BodyTooSlowError: Kind(408, "body-too-slow", "请求体来得太慢"),
    errors.TooManyValuesError: Kind(413, "too-many-values", "请求体过大"),
    errors.BodiesFullError: Kind(429, "bodies-full", "服务繁忙"),
    errors.TextTooLongError: Kind(413, "text-too-long", "文字过长"),
    errors.FormLimitError: Kind(413, "form-over-limit", "表单超出限度"),
    errors.HeadTooLargeError: Kind(431, "head-too-large", "请求头过大"),
    errors.HeadTooSlowError: Kind(408, "head-too-slow", "请求头来得太慢"),
    errors.ConnectionsFullError: Kind(429, "connections-full", "服务繁忙"),
    errors.NotHttpError: Kind(400, "not-http", "请求无法解析"),
    errors.NotTextError: Kind(400, "not-text", "请求不是文字"),
    errors.MediaTypeError: Kind(415, "media-type", "不支持的内容类型"),
    errors.FormError: Kind(422, "bad-form", "表单不合要求"),
    errors.TimeoutHeaderError: Kind(422, "bad-timeout", "时限不合要求"),
    errors.DeadlineError: Kind(408, "deadline", "没有赶上时限"),
    errors.BusyError: Kind(429, "busy", "服务繁忙"),
    errors.JobsFullError: Kind(429, "jobs-full", "未完的任务太多"),
    errors.JobKeyError: Kind(422, "bad-idempotency-key", "Idempotency-Key 不能这样用"),
    errors.JobOpenError: Kind(409, "job-open", "任务还没有结束"),
    errors.JobBrokenError: Kind(500, "job-file-broken", "处理时服务中断"),
    errors.StorageFullError: Kind(507, "storage-full", "磁盘空间不足"),
    errors.UploadTooLargeError: Kind(413, "upload-too-large", "上传的内容过大"),
    errors.NotReadyError: Kind(503, "not-ready", "模型尚未就绪"),
    errors.StoreError: Kind(503, "store-unavailable", "数据库用不了"),
    errors.NotKeptError: Kind(404, "not-kept", "没有保存过"),
    errors.CorrectionError: Kind(422, "bad-correction", "修改不合要求"),
    errors.CannotTrainError: Kind(501, "cannot-train", "这台机器不能训练"),
    errors.VersionTakenError: Kind(409, "version-taken", "版本名已有"),
    errors.ArchiveError: Kind(503, "archive-unavailable", "档案用不了"),
    errors.NoArchiveError: Kind(404, "no-archive", "没有档案"),
    errors.NotIndexedError: Kind(409, "not-indexed", "档案不能这样检索"),
    errors.ArchiveLibraryError: Kind(501, "no-archive-libraries", "这台机器不能查档案"),
    errors.AskError: Kind(422, "bad-question", "查询不合要求"),
    errors.NoKeyError: Kind(401, "no-key", "要有密钥"),
    errors.BadKeyError: Kind(401, "bad-key", "密钥无效"),
    errors.ScopeError: Kind(403, "no-scope", "密钥没有这个权限"),
    errors.RateError: Kind(429, "too-often", "请求太密"),
    errors.ForeignHostError: Kind(421, "foreign-host", "不是这台服务器的名称"),
    errors.ForeignPageError: Kind(403, "foreign-page", "请求来自别的网站"),
    YuebaoError: Kind(500, "internal", "服务内部出错"),
}

_HTTP_TITLES = {
    400: "请求无法解析",
    404: "没有这个地址",
    405: "这个地址不接受该方法",
}
# The upper bounds of a field, by the mistake that tells of them.
_BOUNDS = {"too_long": "max_length", "string_too_long": "max_length", "less_than_equal": "le"}
_MOST_TOLD = 20
_NAME_CHARS = 60
_DEEPEST = 20
_RETRY_AFTER_S = "2"
COME_AGAIN = (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS)


def told(error: YuebaoError) -> dict[str, object]:
    """The members of the problem of an error of the tree, for an answer that holds it beside other things."""
    kind = kind_of(error)
    return _body(kind.status, kind.slug, kind.title, str(error), **_members(error))


def problem(
    status: int,
    slug: str,
    title: str,
    detail: str,
    headers: Mapping[str, str] | None = None,
    **members: object,
) -> JSONResponse:
    """A problem+json response; `members` are the extension members, with the request's id where there is one."""
    body = _body(status, slug, title, detail, **members)
    if id := request_id.current():
        body["request_id"] = id
    return JSONResponse(body, status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def _body(status: int, slug: str, title: str, detail: str, **members: object) -> dict[str, object]:
    kind = f"urn:yuebao:problem:{slug}"
    return {"type": kind, "title": title, "status": status, "detail": detail, **members}


def kind_of(error: YuebaoError) -> Kind:
    """The table's row for the nearest class of `error`."""
    return next(KINDS[cls] for cls in type(error).__mro__ if cls in KINDS)


def of(error: YuebaoError, **more: object) -> JSONResponse:
    """The response for an error of the tree, with `more` extension members."""
    kind = kind_of(error)
    headers = {"Retry-After": _RETRY_AFTER_S} if kind.status in COME_AGAIN else None
    if isinstance(error, errors.BusyError | errors.RateError):
        headers = {"Retry-After": str(error.retry_after_s)}
    return problem(kind.status, kind.slug, kind.title, str(error), headers, **_members(error), **more)


def _members(error: YuebaoError) -> dict[str, object]:
    """What a program may want to read off the problem of an error."""
    if isinstance(error, SeveralBulletinsError):
        return {"parts": [list(part) for part in error.parts]}
    if isinstance(error, FileLimitError | errors.LimitError):
        known = {"limit": error.limit, "given": error.given}
        return {name: value for name, value in known.items() if value is not None}
    return {}


def install(app: FastAPI) -> None:
    """Answer every error of `app` as problem+json."""
    app.add_exception_handler(YuebaoError, _on_yuebao)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(Exception, _on_defect)


async def _on_yuebao(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, YuebaoError)
    return of(error)


async def _on_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    # So FastAPI and `digests.validated` tell of a body that could not even be parsed.
    if isinstance(error.__cause__, ValueError | RecursionError):
        return _bad_json([{"location": "body", "message": _unparsed(error.__cause__)}])
    status = error.status_code
    title = _HTTP_TITLES.get(status, HTTPStatus(status).phrase)
    details = {
        404: f"没有 {request.url.path} 这个地址:接口列在 /docs",
        405: f"{request.url.path} 不接受 {request.method}:可用的方法见 Allow 头和 /docs",
    }
    headers = dict(error.headers or {})
    # The router names the methods of one route, and an address may have several.
    if status == HTTPStatus.METHOD_NOT_ALLOWED and (methods := methods_of(request.url.path)):
        headers["Allow"] = ", ".join(methods)
    return problem(status, f"http-{status}", title, details.get(status, str(error.detail)), headers)


async def _on_validation(_: Request, error: Exception) -> JSONResponse:
    """Field errors by place; what was sent is not echoed, for it may be long or not even Unicode."""
    assert isinstance(error, RequestValidationError)
    details = error.errors()
    found = [
        {"location": _location(detail), "message": _message(detail, error.body)}
        for detail in details[:_MOST_TOLD]
    ]
    told = _listing(found) + (f";还有 {more} 处" if (more := len(details) - len(found)) else "")
    if any(detail["type"] == "json_invalid" for detail in details):
        return _bad_json(found)
    bounds: dict[str, object] = next(filter(None, map(_bound, details[:_MOST_TOLD])), {})
    return problem(422, "bad-request", "请求不合要求", told, None, errors=found, **bounds)


def _bad_json(found: list[dict[str, str]]) -> JSONResponse:
    return problem(400, "bad-json", "请求体不是合法的 JSON", _listing(found), errors=found)


def _unparsed(cause: BaseException) -> str:
    """Why a body could not be parsed; of what its parser raises, Python's words for one mistake are English."""
    if isinstance(cause, UnicodeDecodeError):
        return f"{reasons.told(cause)}:请用 UTF-8"
    return reasons.told(cause) if isinstance(cause, RecursionError) else "里面有位数太多的整数"


def _location(detail: Mapping[str, Any]) -> str:
    """Where in the request; its names may be the client's own, of any length."""
    # What FastAPI names below a body that is no JSON is a count of characters.
    parts = 1 if detail["type"] == "json_invalid" else _DEEPEST
    return ".".join(str(part)[:_NAME_CHARS] for part in detail["loc"][:parts])


def _bound(detail: Mapping[str, Any]) -> dict[str, object]:
    """The limit that was passed, and what was given, where that is known; nothing for another mistake."""
    context = detail.get("ctx", {})
    known = {"limit": context.get(_BOUNDS.get(detail["type"])), "given": context.get("actual_length")}
    return {name: value for name, value in known.items() if known["limit"] is not None and value is not None}


def _message(detail: Mapping[str, Any], body: object) -> str:
    """What is wrong with a field. FastAPI tells of a `body` that is no JSON by its place alone."""
    if detail["type"] == "json_invalid" and isinstance(body, str):
        return json_errors.at(detail["ctx"]["error"], body, detail["loc"][-1])
    return mistakes.told(detail)


def _listing(found: list[dict[str, str]]) -> str:
    return ";".join(f"{one['location']}:{one['message']}" for one in found)


async def _on_defect(_: Request, error: Exception) -> JSONResponse:
    """The server logs the traceback itself; the client gets no internals.

    uvicorn drops the connection after a defect, so the client is told not to use it again.
    """
    detail = f"这是程序的错误({type(error).__name__}),日志里有详情"
    # This answer is made outside of every middleware.
    own = {"Connection": "close", request_id.HEADER: request_id.current() or ""}
    return problem(500, "internal", "服务内部出错", detail, {**own, **access_headers.ALWAYS})
