"""ASGI middleware: how long a request is worked on. Its deadline, and its client, end it wherever it is."""

from math import inf, isfinite
from typing import Final

from anyio import (
    CancelScope,
    EndOfStream,
    Event,
    create_memory_object_stream,
    create_task_group,
    current_time,
)
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service import problems
from service.errors import DeadlineError, TimeoutHeaderError

HEADER: Final = "X-Request-Timeout"
_NAME: Final = HEADER.lower().encode()


class Patience:
    """Ends a request `default_s` after it was read, or what its X-Request-Timeout says, at most `most_s`.

    What waits for an engine then never reaches it, what an engine is just running is finished first, and the client is
    answered 408. A client that has gone is not answered, and its work ends just so. An answer once begun is finished.
    """

    def __init__(self, app: ASGIApp, default_s: float, most_s: float) -> None:
        self._app = app
        self._default_s = default_s
        self._most_s = most_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            timeout_s = self._timeout_s(scope)
        except TimeoutHeaderError as error:
            await problems.of(error)(scope, receive, send)
            return
        request = _Request(self._app, scope, receive, send)
        if not await request.serve(timeout_s):
            late = DeadlineError(f"{timeout_s:g} 秒内没有做完,已经放弃:请稍后再试,或把 {HEADER} 设得长些")
            await problems.of(late)(scope, receive, send)

    def _timeout_s(self, scope: Scope) -> float:
        given = [value for name, value in scope["headers"] if name == _NAME]
        if not given:
            return self._default_s
        try:
            seconds = float(given[0])
        except ValueError:
            seconds = float("nan")
        if len(given) > 1 or not isfinite(seconds) or seconds <= 0:
            shown = given[0].decode("latin-1")[:20]
            raise TimeoutHeaderError(f"{HEADER} 是“{shown}”:请给出一个大于 0 的秒数")
        return min(seconds, self._most_s)


class _Request:
    """One request on its way through the application."""

    def __init__(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        self._app = app
        self._scope = scope
        self._receive = receive
        self._send = send
        self._deadline = CancelScope()
        self._begun = False
        self._answered = False
        self._gone = Event()
        self._failure: Exception | None = None
        # A body that comes in pieces waits with the client for the application to take them.
        self._put, self._get = create_memory_object_stream[Message](1)

    async def serve(self, timeout_s: float) -> bool:
        """Whether all is done that can be for the client; False when the deadline came before an answer had begun."""
        with self._deadline, self._get:
            async with create_task_group() as tasks:
                tasks.start_soon(self._watch, tasks.cancel_scope, timeout_s)
                await self._answer()
                tasks.cancel_scope.cancel()
        if self._failure is not None:
            raise self._failure
        return not self._deadline.cancelled_caught

    async def _watch(self, serving: CancelScope, timeout_s: float) -> None:
        """Hand the body on, whose end starts the clock; then wait for the client to go, whose answer nobody needs."""
        with self._put:
            while (message := await self._receive())["type"] != "http.disconnect":
                if not (self._begun or message.get("more_body", False)):
                    self._deadline.deadline = current_time() + timeout_s
                await self._put.send(message)
        self._gone.set()
        if not self._answered:
            serving.cancel()

    async def _answer(self) -> None:
        try:
            await self._app(self._scope, self._hear, self._tell)
        # A task group would hand it on in a group, which no handler of errors knows.
        except Exception as error:
            self._failure = error

    async def _hear(self) -> Message:
        try:
            return await self._get.receive()
        except EndOfStream:
            await self._gone.wait()
            return {"type": "http.disconnect"}

    async def _tell(self, message: Message) -> None:
        self._begun, self._deadline.deadline = True, inf
        self._answered = message["type"] == "http.response.body" and not message.get("more_body", False)
        await self._send(message)
