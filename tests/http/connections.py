"""Connections as they are, below HTTP."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from tests.http.conftest import TIMEOUT_S


@contextmanager
def connection(client: httpx.Client) -> Iterator[socket.socket]:
    """A connection of its own to the server of `client`."""
    address = (client.base_url.host, client.base_url.port)
    with socket.create_connection(address, TIMEOUT_S) as opened:  # type: ignore[arg-type]
        yield opened


def until_end(opened: socket.socket) -> bytes:
    """All that comes until the server ends the connection, which it has to."""
    came = b""
    while more := opened.recv(65536):
        came += more
    return came
