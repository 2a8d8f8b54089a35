"""ASGI middleware: no request body over a limit reaches the application."""

from collections.abc import Iterator

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service import problems
from service.errors import BodyTooLargeError


class BodyLimit:
    """Reads each request body before the application sees it and refuses one over `max_bytes` with 413.

    The limit also bounds the memory a request takes, so holding the body is sound; a body that tells its
    length is refused before it is read.
    """

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        messages = None if _declared(scope) > self._max_bytes else await self._read(receive)
        if messages is None:
            error = BodyTooLargeError(f"请求体超过 {self._max_bytes} 字节:请分成几次提交")
            await problems.of(error)(scope, receive, send)
            return
        held = iter(messages)
        await self._app(scope, lambda: _replay(held, receive), send)

    async def _read(self, receive: Receive) -> list[Message] | None:
        messages: list[Message] = []
        size = 0
        while True:
            message = await receive()
            messages.append(message)
            size += len(message.get("body", b""))
            if size > self._max_bytes:
                return None
            if not message.get("more_body", False):
                return messages


async def _replay(held: Iterator[Message], receive: Receive) -> Message:
    message = next(held, None)
    return message if message is not None else await receive()


def _declared(scope: Scope) -> int:
    lengths = [value for name, value in scope["headers"] if name == b"content-length"]
    return int(lengths[0]) if lengths and lengths[0].isdigit() else 0
