"""ASGI middleware: no request body that is too large, too slow or one too many reaches the application."""

from collections.abc import Iterator
from dataclasses import dataclass, field

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


@dataclass(slots=True)
class _Body:
    """What has come of a body. `left` tells that the client went before its end."""

    messages: list[Message] = field(default_factory=list)
    size: int = 0
    left: bool = False


class BodyLimit:
    """Reads each request body before the application sees it.

    One over `max_bytes`, or JSON of over `max_values` values, is refused with 413, one that takes more than `timeout_s`
    to come with 408, and one that would bring all that are held together over `max_held_bytes` with 429. So the memory
    that bodies take is bounded, and holding them is sound; a body that tells its length is refused before it is read.
    """

    def __init__(
        self, app: ASGIApp, *, max_bytes: int, timeout_s: float, max_held_bytes: int, max_values: int
    ) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._timeout_s = timeout_s
        self._max_held_bytes = max_held_bytes
        self._max_values = max_values
        self._held_bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = _Body()
        try:
            refusal = await self._read(body, scope, receive)
            if refusal is not None:
                await problems.of(refusal)(scope, receive, send)
            elif not body.left:
                held = iter(body.messages)
                await self._app(scope, lambda: _replay(held, receive), send)
        finally:
            self._held_bytes -= body.size

    async def _read(self, body: _Body, scope: Scope, receive: Receive) -> LimitError | None:
        """Read the whole body; why it is refused, if it is."""
        if (declared := _declared(scope)) > self._max_bytes:
            return self._too_large(declared)
        try:
            with fail_after(self._timeout_s):
                refusal = await self._take(body, receive)
        except TimeoutError:
            return BodyTooSlowError(
                f"请求体在 {self._timeout_s:g} 秒内没有收完:请检查网络,或分成几次提交", limit=self._timeout_s
            )
        return refusal or (None if _is_form(scope) else self._too_many_values(body))

    async def _take(self, body: _Body, receive: Receive) -> LimitError | None:
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                body.left = True
                return None
            body.messages.append(message)
            came = len(message.get("body", b""))
            body.size += came
            self._held_bytes += came
            if body.size > self._max_bytes:
                return self._too_large(None)
            if self._held_bytes > self._max_held_bytes:
                return BodiesFullError(
                    f"同时收到的请求体合计超过 {self._max_held_bytes} 字节:请稍后再试",
                    limit=self._max_held_bytes,
                )
            if not message.get("more_body", False):
                return None

    def _too_many_values(self, body: _Body) -> LimitError | None:
        whole = b"".join(message.get("body", b"") for message in body.messages)
        if not holds_more(whole, self._max_values):
            return None
        message = f"请求体里的值超过 {self._max_values} 个:请分成几次提交"
        return TooManyValuesError(message, limit=self._max_values)

    def _too_large(self, declared: int | None) -> BodyTooLargeError:
        message = f"请求体超过 {self._max_bytes} 字节:请分成几次提交"
        return BodyTooLargeError(message, limit=self._max_bytes, given=declared)


async def _replay(held: Iterator[Message], receive: Receive) -> Message:
    message = next(held, None)
    return message if message is not None else await receive()


def _is_form(scope: Scope) -> bool:
    """Whether the body is a form; nothing else but JSON is read."""
    types = [value for name, value in scope["headers"] if name == b"content-type"]
    return bool(types) and types[0].strip().lower().startswith(b"multipart/")


def _declared(scope: Scope) -> int:
    lengths = [value for name, value in scope["headers"] if name == b"content-length"]
    return int(lengths[0]) if lengths and lengths[0].isdigit() else 0
