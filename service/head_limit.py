"""ASGI middleware: no request head that is too large, or that is not text, reaches the application."""

from urllib.parse import unquote_to_bytes

from starlette.types import ASGIApp, Receive, Scope, Send

from bulletin.errors import YuebaoError
from service import problems
from service.errors import HeadTooLargeError, NotTextError


class HeadLimit:
    """Refuses a head of more than `max_bytes` with 431, and one with other than UTF-8 in it with 400.

    The server's own bound, in service/server.py, ends a head that never ends; one that comes whole may pass it.
    """

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        refusal = self._refusal(scope) if scope["type"] == "http" else None
        if refusal is not None:
            await problems.of(refusal)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _refusal(self, scope: Scope) -> YuebaoError | None:
        path, query = scope.get("raw_path", b""), scope["query_string"]
        size = len(path) + len(query) + sum(len(name) + len(value) for name, value in scope["headers"])
        if size > self._max_bytes:
            return HeadTooLargeError(
                f"请求行和请求头有 {size} 字节,上限是 {self._max_bytes} 字节:请去掉多余的请求头",
                limit=self._max_bytes,
                given=size,
            )
        parts = {"地址": unquote_to_bytes(path), "查询参数": unquote_to_bytes(query)}
        parts |= {f"请求头 {name.decode('latin-1')}": value for name, value in scope["headers"]}
        wrong = [where for where, given in parts.items() if not _is_text(given)]
        if wrong:
            return NotTextError(f"{wrong[0][:60]} 不是 UTF-8 文字:请检查客户端的编码")
        return None


def _is_text(given: bytes) -> bool:
    try:
        given.decode()
    except UnicodeDecodeError:
        return False
    return b"\0" not in given
