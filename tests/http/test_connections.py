"""Connections that would last for ever: what they are told, and that they end."""

import socket

import httpx
import pytest

from models.pipeline import Pipeline
from service.settings import Settings
from tests.fakes import KeywordDigester
from tests.http.conftest import running
from tests.http.connections import POST, connection, until_answered, until_end
from tests.http.trainings import TRIES

# Long enough for a client to say a little, however much its machine has to do.
HEAD_S = 1


@pytest.fixture
def digester(pipeline: Pipeline) -> KeywordDigester:
    return KeywordDigester(pipeline.info)


def answer(opened: socket.socket) -> httpx.Response:
    """All that comes until the server ends the connection, which it has to."""
    head, _, body = until_end(opened).partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = httpx.Headers([tuple(line.split(": ", 1)) for line in lines])  # type: ignore[arg-type]
    assert headers["connection"] == "close"
    assert headers["content-type"] == "application/problem+json"
    return httpx.Response(int(status.split()[1]), headers=headers, content=body)


def told(response: httpx.Response) -> tuple[int, str, float]:
    body = response.json()
    assert body["status"] == response.status_code
    return response.status_code, body["detail"], body["limit"]


def test_a_body_that_takes_too_long_is_refused(digester: KeywordDigester) -> None:
    with running(Settings(body_timeout_s=0.2), digester) as client, connection(client) as opened:
        opened.sendall(POST + b"Connection: close\r\nContent-Length: 100\r\n\r\n{")
        assert told(answer(opened)) == (408, "请求体在 0.2 秒内没有收完:请检查网络,或分成几次提交", 0.2)
        assert client.get("/healthz").status_code == 200


def test_a_head_that_takes_too_long_is_refused(digester: KeywordDigester) -> None:
    with running(Settings(head_timeout_s=HEAD_S), digester) as client, connection(client) as opened:
        opened.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: 1\r\n")
        assert told(answer(opened)) == (408, "请求头在 1 秒内没有收完:请检查网络和客户端", HEAD_S)


def test_a_connection_on_which_nothing_comes_is_closed(digester: KeywordDigester) -> None:
    with running(Settings(head_timeout_s=HEAD_S), digester) as client, connection(client) as opened:
        assert opened.recv(1) == b""


def test_a_second_head_that_takes_too_long_is_refused_too(digester: KeywordDigester) -> None:
    with running(Settings(head_timeout_s=HEAD_S), digester) as client, connection(client) as opened:
        opened.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert until_answered(opened).startswith(b"HTTP/1.1 200")
        opened.sendall(b"GET /")
        assert told(answer(opened))[0] == 408


def test_a_flood_of_headers_is_refused(digester: KeywordDigester) -> None:
    with running(Settings(max_head_bytes=4096), digester) as client, connection(client) as opened:
        opened.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X-A: 1234567890\r\n" * 300)
        assert told(answer(opened)) == (431, "请求行和请求头超过 4096 字节:请去掉多余的请求头", 4096)
        response = client.get("/healthz", headers={"x-a": "1" * 5000})
        assert response.json()["limit"] == 4096
        assert response.json()["given"] > 5000
        assert response.status_code == 431


@pytest.mark.parametrize(
    "sent", [b"\x16\x03\x01\x02\x00\x01\x00", b"GET / HTTP/9\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n"]
)
def test_what_is_no_http_is_refused(client: httpx.Client, sent: bytes) -> None:
    with connection(client) as opened:
        opened.sendall(sent + b"\r\n\r\n")
        response = answer(opened)
    assert response.status_code == 400
    assert response.json()["detail"] == "收到的不是合法的 HTTP/1.1 请求:请检查客户端和代理"


def test_a_body_in_broken_chunks_is_refused(client: httpx.Client) -> None:
    with connection(client) as opened:
        opened.sendall(POST + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n")
        assert answer(opened).status_code == 400


def test_bodies_that_together_are_too_large_are_refused(digester: KeywordDigester) -> None:
    with (
        running(Settings(max_held_bytes=1024), digester) as client,
        connection(client) as first,
        connection(client) as second,
    ):
        # An open route: no key is looked for in another thread, so that it is held before the next is heard.
        first.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900\r\n\r\n" + b" " * 800)
        assert client.get("/healthz").status_code == 200
        second.sendall(POST + b"Connection: close\r\nContent-Length: 900\r\n\r\n" + b" " * 800)
        response = answer(second)
        assert told(response) == (429, "同时收到的请求体合计超过 1024 字节:请稍后再试", 1024)
        assert response.headers["retry-after"] == "2"
        first.sendall(b" " * 100)
        assert until_answered(first).startswith(b"HTTP/1.1 200")
        assert client.post("/v1/digests", json={"text": "x" * 800}).status_code == 422


def test_connections_beyond_the_limit_are_refused_and_those_far_beyond_are_dropped(
    digester: KeywordDigester,
) -> None:
    with running(Settings(max_connections=1), digester) as client:
        with connection(client), connection(client) as second, connection(client) as third:
            assert third.recv(1) == b""
            second.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            response = answer(second)
            assert told(response) == (429, "已有 1 个连接:请稍后再试,不用的连接请关闭", 1)
        assert client.get("/healthz").status_code == 200


def test_a_client_that_goes_while_it_sends_leaves_nothing_behind(digester: KeywordDigester) -> None:
    with running(Settings(max_held_bytes=1024), digester) as client:
        for _ in range(5):
            with connection(client) as opened:
                opened.sendall(POST + b"Content-Length: 900\r\n\r\n" + b" " * 800)
        answers = (client.post("/v1/digests", json={"text": "x" * 800}).status_code for _ in range(TRIES))
        assert 422 in answers
