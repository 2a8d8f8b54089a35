"""ASGI middleware: every request gets an id, and is counted, timed, logged and traced, whatever becomes of it."""

from collections.abc import Sequence
from time import perf_counter

from starlette.datastructures import MutableHeaders
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service import logs, request_id
from service.metrics import UNKNOWN_ROUTE, Metrics

# As nginx has it: the client went before there was an answer.
_CLIENT_GONE = 499


class Seeing:
    """Sees the requests of `app`. It is the outermost middleware, so that refusals of the others are seen too.

    `routes` tell the template of an address that was refused before it came to its route.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, routes: Sequence[BaseRoute]) -> None:
        self._app = app
        self._metrics = metrics
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        id = request_id.begin(scope["headers"])
        answer = _Answer(send, id)
        began = perf_counter()
        self._metrics.arrived()
        with self._metrics.tracing.request(scope["method"], scope["headers"]) as ended:
            try:
                await self._app(scope, receive, answer.send)
            except Exception:
                # Somebody further out answers a defect.
                answer.status = answer.status or 500
                raise
            finally:
                method, route, status = scope["method"], self._route(scope), answer.status or _CLIENT_GONE
                seconds = perf_counter() - began
                self._metrics.request(method, route, status, seconds)
                logs.access(method, route, status, seconds, answer.sent)
                ended(route, status)

    def _route(self, scope: Scope) -> str:
        """The template of the address: there are as many as routes, however many addresses are tried."""
        routed = scope.get("route")
        if routed is None:
            routed = next((one for one in self._routes if one.matches(scope)[0] != Match.NONE), None)
        template = getattr(routed, "path", UNKNOWN_ROUTE)
        return template if isinstance(template, str) else UNKNOWN_ROUTE


class _Answer:
    """An answer on its way: its status once it has begun, and the bytes of its body so far."""

    def __init__(self, send: Send, id: str) -> None:
        self._send = send
        self._id = id
        self.status: int | None = None
        self.sent = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            MutableHeaders(scope=message)[request_id.HEADER] = self._id
        elif message["type"] == "http.response.body":
            self.sent += len(message.get("body", b""))
        await self._send(message)
