"""ASGI middleware: no request body that is too large, too slow or one too many reaches the application."""

from dataclasses import dataclass, field
from typing import Final

from anyio import fail_after
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service import problems
from service.errors import (
    BodiesFullError,
    BodyTooLargeError,
    BodyTooSlowError,
    LimitError,
    TooManyValuesError,
)
from service.json_limit import holds_more
from service.settings import Settings

# What reads its body itself, piece by piece to the disk, and sees to its own limits.
STREAMED: Final = frozenset([("POST", "/v1/jobs")])


@dataclass(slots=True)
class _Body:
    """What has come of a body; its pieces may be of a byte each. `left` tells that the client went before its end."""

    content: bytearray = field(default_factory=bytearray)
    left: bool = False


class BodyLimit:
    """Reads each request body before the application sees it.

    One over `max_body_bytes`, or JSON of over `max_json_values` values, is refused with 413, one that takes more than
    `body_timeout_s` to come with 408, and one that would bring all that are held together over `max_held_bytes` with
    429. So the memory that bodies take is bounded, and holding them is sound; a body that tells its length is refused
    before it is read.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._held_bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http" or (scope["method"], scope["path"]) in STREAMED:
            await self._app(scope, receive, send)
            return
        body = _Body()
        try:
            refusal = await self._read(body, scope, receive)
            if refusal is not None:
                await problems.of(refusal)(scope, receive, send)
            elif not body.left:
                await self._app(scope, _Replay(bytes(body.content), receive), send)
        finally:
            self._held_bytes -= len(body.content)

    async def _read(self, body: _Body, scope: Scope, receive: Receive) -> LimitError | None:
        """Read the whole body; why it is refused, if it is."""
        if (declared := _declared(scope)) > self._settings.max_body_bytes:
            return self._too_large(declared)
        seconds = self._settings.body_timeout_s
        try:
            with fail_after(seconds):
                refusal = await self._take(body, receive)
        except TimeoutError:
            message = f"请求体在 {seconds:g} 秒内没有收完:请检查网络,或分成几次提交"
            return BodyTooSlowError(message, limit=seconds)
        return refusal or (None if _is_form(scope) else self._too_many_values(body))

    async def _take(self, body: _Body, receive: Receive) -> LimitError | None:
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                body.left = True
                return None
            came = message.get("body", b"")
            body.content += came
            self._held_bytes += len(came)
            if len(body.content) > self._settings.max_body_bytes:
                return self._too_large(None)
            if self._held_bytes > (most := self._settings.max_held_bytes):
                return BodiesFullError(f"同时收到的请求体合计超过 {most} 字节:请稍后再试", limit=most)
            if not message.get("more_body", False):
                return None

    def _too_many_values(self, body: _Body) -> LimitError | None:
        most = self._settings.max_json_values
        if not holds_more(body.content, most):
            return None
        return TooManyValuesError(f"请求体里的值超过 {most} 个:请分成几次提交", limit=most)

    def _too_large(self, declared: int | None) -> BodyTooLargeError:
        most = self._settings.max_body_bytes
        return BodyTooLargeError(f"请求体超过 {most} 字节:请分成几次提交", limit=most, given=declared)


class _Replay:
    """Tells the application the body in one piece, and then what the server tells."""

    def __init__(self, content: bytes, receive: Receive) -> None:
        self._message: Message | None = {"type": "http.request", "body": content, "more_body": False}
        self._receive = receive

    async def __call__(self) -> Message:
        message, self._message = self._message, None
        return message if message is not None else await self._receive()


def _is_form(scope: Scope) -> bool:
    """Whether the body is a form; nothing else but JSON is read."""
    types = [value for name, value in scope["headers"] if name == b"content-type"]
    return bool(types) and types[0].strip().lower().startswith(b"multipart/")


def _declared(scope: Scope) -> int:
    lengths = [value for name, value in scope["headers"] if name == b"content-length"]
    return int(lengths[0]) if lengths and lengths[0].isdigit() else 0
