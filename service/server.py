"""uvicorn as it is run here: every connection has an end, and what it refuses it says as a problem."""

import asyncio
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Final

import h11
import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from bulletin.errors import YuebaoError
from service import problems
from service.errors import ConnectionsFullError, HeadTooLargeError, HeadTooSlowError, NotHttpError
from service.settings import Settings

_REQUEST_HEADER_FIELDS_TOO_LARGE: Final = 431
# After an answer that came before the whole request: how long the rest is read and thrown away, so that the client
# gets the answer; and how long a connection that is to end waits for the next bit of an answer to be fetched.
_LINGER_S: Final = 5.0
# The same for an answer that is longer than what a connection holds.
FETCH_S: Final = 30.0

# Its processes ask one another only whether they live: who does long work must not be killed for it.
_ALIVE_S: Final = 30
# How long a server that ends waits for the request of a client that has a connection and no answer to wait for.
LAST_WORD_S: Final = 1.0
# How often it is looked whether the user has lost patience, and how long what clients asked for has to be cancelled.
_LOOK_S: Final = 0.1
_CANCEL_S: Final = 5.0


class ServerConfig(uvicorn.Config):
    """How uvicorn serves `app`, or what `app` makes, under the limits of `settings`."""

    def __init__(
        self, app: FastAPI | Callable[[], FastAPI], settings: Settings, log_level: str | None = None
    ) -> None:
        super().__init__(
            app,
            factory=not isinstance(app, FastAPI),
            workers=settings.workers,
            timeout_worker_healthcheck=_ALIVE_S,
            http=_Protocol,
            ws="none",
            lifespan="on",
            # logs.begin says how it logs; its own access log would tell what people search for.
            log_config=None,
            access_log=False,
            log_level=log_level or settings.log_level,
            h11_max_incomplete_event_size=settings.max_head_bytes,
        )
        self.settings = settings
        # Who is let in while the server is about to end is told of it, too.
        self.ending = False


class Server(uvicorn.Server):
    """uvicorn's, which when told a second time waits for no client, but still lets the application end in order."""

    config: ServerConfig

    def __init__(self, config: ServerConfig, say: Callable[[str], None] | None = None) -> None:
        super().__init__(config)
        self._say = say

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """As uvicorn's, but what ends the process in the end is one signal, not each: the first."""
        if not self.should_exit:
            super().handle_exit(sig, frame)
        elif sig == signal.SIGINT:
            self.force_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's; once forced, every client is hung up on, which cancels what it asked for."""
        self.config.ending = True
        if self.server_state.tasks and self._say is not None:
            say_ending(self._say)
        ending = asyncio.ensure_future(super().shutdown(sockets))
        while not (ending.done() or self.force_exit):
            await asyncio.wait({ending}, timeout=_LOOK_S)
        if self.force_exit:
            for connection in self.server_state.connections:
                connection.transport.abort()
        await ending
        if self.force_exit:
            if self.server_state.tasks:
                await asyncio.wait(self.server_state.tasks, timeout=_CANCEL_S)
            # uvicorn leaves it out, and then what the application holds is torn from it.
            await self.lifespan.shutdown()


def say_ending(say: Callable[[str], None]) -> None:
    """Tell the user what is waited for, and how not to wait."""
    # The terminal may have been closed.
    with suppress(OSError):
        say("正在答完收下的请求;不等就再按一次 Ctrl+C")


class _Protocol(H11Protocol):
    """uvicorn's, which by itself waits for ever for a client that says no more or fetches no answer."""

    config: ServerConfig
    _clock: asyncio.TimerHandle | None = None
    _fetching: asyncio.TimerHandle | None = None

    @property
    def _settings(self) -> Settings:
        return self.config.settings

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Answer one connection too many with 429; far too many are not even listened to."""
        super().connection_made(transport)
        most, now = self._settings.max_connections, len(self.connections)
        if now > 2 * most:
            transport.abort()
        elif now > most:
            error = ConnectionsFullError(
                f"已有 {most} 个连接:请稍后再试,不用的连接请关闭", limit=most, given=now
            )
            answer = problems.of(error)
            answer.headers["Connection"] = "close"
            self.app = answer
        self._watch()
        if self.config.ending:
            self.shutdown()

    def data_received(self, data: bytes) -> None:
        """As uvicorn's; then mind the time if the client has more to say."""
        super().data_received(data)
        if self.config.ending:
            self._make_last()
        self._watch()

    def shutdown(self) -> None:
        """As uvicorn's, but what is on its way is heard and answered first: a new connection is no idle one."""
        self._make_last()
        self.loop.call_later(LAST_WORD_S, self._end_idle)

    def connection_lost(self, exc: Exception | None) -> None:
        """As uvicorn's."""
        self._stop_clock()
        self._stop_fetching()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """As uvicorn's; who fetches nothing any more is not waited for."""
        super().pause_writing()
        self._mind_fetching(FETCH_S)

    def resume_writing(self) -> None:
        """As uvicorn's; what still waits on a connection that is to end is minded until it is fetched."""
        self._stop_fetching()
        if self.transport.is_closing():
            self._end_soon()
        super().resume_writing()

    def on_response_complete(self) -> None:
        """As uvicorn's; where the connection ends with the answer, it ends whether or not that is fetched."""
        super().on_response_complete()
        if self.transport.is_closing():
            self._end_soon()

    def timeout_keep_alive_handler(self) -> None:
        """As uvicorn's, and likewise."""
        super().timeout_keep_alive_handler()
        self._end_soon()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  (uvicorn's own words)
        """Answer what is no HTTP with a problem; uvicorn calls this while it handles what h11 said of it."""
        said = sys.exception()
        hint = said.error_status_hint if isinstance(said, h11.RemoteProtocolError) else None
        if hint == _REQUEST_HEADER_FIELDS_TOO_LARGE:
            most = self._settings.max_head_bytes
            self._refuse(HeadTooLargeError(f"请求行和请求头超过 {most} 字节:请去掉多余的请求头", limit=most))
        else:
            self._refuse(NotHttpError("收到的不是合法的 HTTP/1.1 请求:请检查客户端和代理"))

    def _make_last(self) -> None:
        """Let the answer that is under way say that the connection ends with it."""
        if self.cycle is not None and self.cycle.keep_alive:
            self.cycle.keep_alive = False
            self.cycle.default_headers = [*self.cycle.default_headers, (b"connection", b"close")]

    def _end_idle(self) -> None:
        idle = self.cycle is None or self.cycle.response_complete
        if idle and not self.transport.is_closing():
            super().shutdown()

    def _watch(self) -> None:
        """The clock runs while a head, or the rest of a body that was answered already, is on its way."""
        theirs, ours = self.conn.their_state, self.conn.our_state
        answered = ours is not h11.SEND_RESPONSE and ours is not h11.SEND_BODY
        if theirs is h11.IDLE:
            self._start_clock(self._settings.head_timeout_s)
        elif theirs is h11.SEND_BODY and answered:
            self._start_clock(_LINGER_S)
        else:
            self._stop_clock()

    def _start_clock(self, seconds: float) -> None:
        if self._clock is None:
            self._clock = self.loop.call_later(seconds, self._late)

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _late(self) -> None:
        begun, _ = self.conn.trailing_data
        if self.conn.our_state is h11.IDLE and begun:
            seconds = self._settings.head_timeout_s
            message = f"请求头在 {seconds:g} 秒内没有收完:请检查网络和客户端"
            self._refuse(HeadTooSlowError(message, limit=seconds))
        else:
            self.transport.close()
            self._end_soon()

    def _refuse(self, error: YuebaoError) -> None:
        """Answer with a problem, if there is no answer yet, and end the connection."""
        if self.conn.our_state is h11.IDLE or self.conn.our_state is h11.SEND_RESPONSE:
            response = problems.of(error)
            headers = [*response.raw_headers, (b"connection", b"close")]
            status = response.status_code
            events = (
                h11.Response(status_code=status, headers=headers),
                h11.Data(data=bytes(response.body)),
                h11.EndOfMessage(),
            )
            for event in events:
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
        self._end_soon()

    def _end_soon(self) -> None:
        self._mind_fetching(_LINGER_S)

    def _mind_fetching(self, seconds: float) -> None:
        """End the connection once so many seconds have passed in which nothing was fetched of what waits."""
        self._stop_fetching()
        before = self.transport.get_write_buffer_size()

        def look() -> None:
            if self.transport.get_write_buffer_size() < before:
                self._mind_fetching(seconds)
            else:
                self.transport.abort()

        self._fetching = self.loop.call_later(seconds, look)

    def _stop_fetching(self) -> None:
        if self._fetching is not None:
            self._fetching.cancel()
            self._fetching = None
