"""Connections as they are, below HTTP."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from tests.http.conftest import TIMEOUT_S

POST = b"POST /v1/digests HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


@contextmanager
def connection(client: httpx.Client) -> Iterator[socket.socket]:
    """A connection of its own to the server of `client`."""
    address = (client.base_url.host, client.base_url.port)
    with socket.create_connection(address, TIMEOUT_S) as opened:  # type: ignore[arg-type]
        yield opened


def until_answered(opened: socket.socket) -> bytes:
    """An answer whose length is told, whole: it may come in pieces, and what comes next is not of it."""
    came = b""
    while b"\r\n\r\n" not in came:
        came += _more(opened)
    head, _, body = came.partition(b"\r\n\r\n")
    length = re.search(rb"\r\ncontent-length: (\d+)", head.lower())
    assert length
    while len(body) < int(length[1]):
        body += _more(opened)
    return head + b"\r\n\r\n" + body


def _more(opened: socket.socket) -> bytes:
    more = opened.recv(65536)
    assert more, "the server ended the connection"
    return more


def until_end(opened: socket.socket) -> bytes:
    """All that comes until the server ends the connection, which it has to."""
    came = b""
    while more := opened.recv(65536):
        came += more
    return came
