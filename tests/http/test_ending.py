"""What only a server in the test's own loop lets be seen of how connections end."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

import service.server
from service.cli_serve import bind
from service.server import Server, ServerConfig
from service.settings import Settings
from tests.http.conftest import TIMEOUT_S

GET = b"GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n"

app = FastAPI()


@app.get("/endless")
def endless() -> StreamingResponse:
    def more() -> AsyncIterator[bytes]:
        async def made() -> AsyncIterator[bytes]:
            while True:
                yield b"x" * 65536
                await asyncio.sleep(0)  # lets the loop hear that the client has gone

        return made()

    return StreamingResponse(more())


@asynccontextmanager
async def started() -> AsyncIterator[tuple[Server, socket.socket]]:
    """A server that has begun to serve, and where it listens."""
    config = ServerConfig(app, Settings())
    config.load()
    server = Server(config)
    server.lifespan = config.lifespan_class(config)
    listener = bind("127.0.0.1", 0)
    await server.startup([listener])
    yield server, listener


def test_who_is_let_in_when_the_others_have_been_told_is_told_that_the_server_ends() -> None:
    async def story() -> bytes:
        loop = asyncio.get_running_loop()
        ours, theirs = socket.socketpair()
        async with started() as (server, listener):
            ending = asyncio.ensure_future(server.shutdown([listener]))
            await asyncio.sleep(0)
            await loop.connect_accepted_socket(
                lambda: server.config.http_protocol_class(server.config, server.server_state, {}), theirs
            )
            ours.setblocking(False)
            await loop.sock_sendall(ours, b"GET /no HTTP/1.1\r\nHost: localhost\r\n\r\n")
            came = b""
            while more := await loop.sock_recv(ours, 65536):
                came += more
            await ending
        ours.close()
        return came

    came = asyncio.run(asyncio.wait_for(story(), TIMEOUT_S))
    assert came.startswith(b"HTTP/1.1 404 ")
    assert b"\r\nconnection: close\r\n" in came


def test_who_fetches_nothing_more_of_an_answer_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service.server, "FETCH_S", 0.2)

    async def story() -> None:
        loop = asyncio.get_running_loop()
        async with started() as (server, listener):
            with socket.create_connection(listener.getsockname()) as opened:
                opened.setblocking(False)
                await loop.sock_sendall(opened, GET)
                assert (await loop.sock_recv(opened, 65536)).startswith(b"HTTP/1.1 200 ")
                while server.server_state.connections:
                    await asyncio.sleep(0)
            await server.shutdown([listener])

    asyncio.run(asyncio.wait_for(story(), TIMEOUT_S))
