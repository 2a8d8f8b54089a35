"""What the client refuses before it asks, and what it makes of what comes back."""

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from service import problems
from service.errors import BusyError as ServiceBusyError
from yuebao import calls
from yuebao.answers import Lines, refusal
from yuebao.client import (
    ApiError,
    AsyncClient,
    AuthError,
    BusyError,
    Client,
    ConflictError,
    DeadlineError,
    InvalidError,
    NotFoundError,
    OutOfTimeError,
    SetupError,
    UnavailableError,
    Upload,
)
from yuebao.sending import Deadline


@pytest.mark.parametrize("address", ["127.0.0.1:8000", "ftp://x", "http://", "/v1", "http://x:port"])
def test_what_is_no_address_is_refused_at_once(address: str) -> None:
    with pytest.raises(SetupError) as told:
        Client(address)
    assert str(told.value) == f"地址是“{address}”:请写成 http://127.0.0.1:8000 这样"


@pytest.mark.parametrize("key", ["", "yb_1\n", "密钥"])
def test_what_is_no_key_is_refused_at_once_and_not_repeated(key: str) -> None:
    with pytest.raises(SetupError) as told:
        AsyncClient("http://x", key)
    assert str(told.value) == "密钥是空的,或有空白、不是 ASCII 的字符:请照 yuebao keys add 显示的原样给出"


@pytest.mark.parametrize("kind", sorted({kind.status for kind in problems.KINDS.values()}))
def test_every_problem_of_the_service_has_its_error(kind: int) -> None:
    by_status = {
        401: AuthError,
        403: AuthError,
        404: NotFoundError,
        408: DeadlineError,
        409: ConflictError,
        429: BusyError,
        503: UnavailableError,
    }
    said = {"type": "urn:yuebao:problem:x", "title": "题", "status": kind, "detail": "因"}
    headers = httpx.Headers({"content-type": problems.MEDIA_TYPE, "x-request-id": "r"})
    error = refusal(kind, headers, json.dumps(said).encode())
    assert isinstance(error, ApiError)
    assert (error.status, error.detail, error.request_id) == (kind, "因", "r")
    assert type(error) is by_status.get(kind, InvalidError if kind < 500 else ApiError)


def test_a_problem_says_the_same_to_the_client_as_the_service_said() -> None:
    said = problems.of(ServiceBusyError("忙", retry_after_s=9), limit=64, given=65)
    error = refusal(said.status_code, httpx.Headers(dict(said.headers)), bytes(said.body))
    assert isinstance(error, BusyError)
    assert (error.title, error.detail, error.limit, error.given, error.retry_after_s) == (
        "服务繁忙",
        "忙",
        64,
        65,
        9,
    )


def test_a_body_that_comes_too_slowly_is_given_up() -> None:
    over = Deadline(1.0, _begun=-1e9)
    with pytest.raises(OutOfTimeError):
        list(over.within(iter([b"a", b"b"])))


def test_lines_are_cut_at_line_feeds_wherever_the_chunks_end() -> None:
    lines = Lines()
    assert [*lines.feed(b"a\nb"), *lines.feed(b"c\n\nd"), *lines.feed(b""), *lines.rest()] == [
        b"a",
        b"bc",
        b"d",
    ]
    assert list(lines.feed(b"\n")) == [b"d"]


def test_a_job_without_files_is_refused_before_it_is_sent() -> None:
    with Client("http://127.0.0.1:9") as client, pytest.raises(SetupError) as told:
        client.create_job([])
    assert str(told.value) == "没有给文件:一个任务至少要有一个"


@pytest.mark.parametrize("key", ["中文", "k\n"])
def test_a_key_of_a_job_that_no_header_can_hold_is_refused_before_it_is_sent(key: str) -> None:
    with Client("http://127.0.0.1:9") as client, pytest.raises(SetupError) as told:
        client.create_job([Upload("a.txt", b"a")], key=key)
    assert str(told.value) == "key 里有不是可见 ASCII 的字符:请只用字母、数字和 ASCII 标点"


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda client: client.classify("一句话"), "items 要列表,给的是一段文字:只有一个也请写成 [item]"),
        (lambda client: client.create_job("a.txt"), "files 要列表,给的是一段文字:只有一个也请写成 [file]"),
        (
            lambda client: client.correct_item("d", "N1", "training", "张三"),
            "themes 要列表,给的是一段文字:只有一个也请写成 [theme]",
        ),
    ],
    ids=["classify", "create_job", "correct_item"],
)
def test_a_text_is_not_taken_for_a_list_of_its_characters(ask: Callable[[Client], object], said: str) -> None:
    with Client("http://127.0.0.1:9") as client, pytest.raises(SetupError) as told:
        ask(client)
    assert str(told.value) == said


@pytest.mark.parametrize("kind", [Path, str])
def test_a_file_may_be_named_by_a_path_or_by_its_text(
    tmp_path: Path, kind: Callable[[Path], Path | str]
) -> None:
    (tmp_path / "月报.txt").write_bytes(b"a")
    given = kind(tmp_path / "月报.txt")
    called = calls.digest_file(given, abstract=True), calls.create_job([given], abstract=True, key=None)
    assert [call.files for call in called] == [(Upload("月报.txt", b"a"),)] * 2
