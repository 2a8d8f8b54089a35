"""Why something outside the program went wrong, in Chinese."""

import errno
import json
import os
import re
import socket
import ssl
import tomllib
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from bulletin import reasons
from bulletin.errors import NotABulletinError

COMMON = [
    "EACCES EADDRINUSE EADDRNOTAVAIL EAGAIN EBUSY ECONNABORTED ECONNREFUSED ECONNRESET EDQUOT EEXIST EFBIG",
    "EHOSTUNREACH EINVAL EIO EISDIR ELOOP EMFILE ENAMETOOLONG ENETUNREACH ENFILE ENOENT ENOLCK ENOMEM ENOSPC",
    "ENOTDIR ENOTEMPTY EPERM EPIPE EROFS ETIMEDOUT EXDEV",
]


def raised(read: object, *arguments: object) -> Exception:
    with pytest.raises(Exception) as caught:  # noqa: PT011
        read(*arguments)  # type: ignore[operator]
    return caught.value


def test_what_the_system_refuses_is_told_with_the_path(tmp_path: Path) -> None:
    absent, below = tmp_path / "无.txt", tmp_path / "文件" / "里"
    (tmp_path / "文件").touch()
    assert reasons.told(raised(absent.read_bytes)) == f"没有这个文件或文件夹:{absent}"
    assert reasons.told(raised(tmp_path.read_bytes)) == f"是文件夹:{tmp_path}"
    assert reasons.told(raised(below.read_bytes)) == f"路径里有一段不是文件夹:{below}"
    long = tmp_path / ("长" * 200)
    assert reasons.told(raised(long.read_bytes)) == f"文件名过长:{long}"


def test_the_path_can_be_left_out(tmp_path: Path) -> None:
    error = raised((tmp_path / "无.txt").read_bytes)
    assert isinstance(error, OSError)
    assert reasons.reason(error) == "没有这个文件或文件夹"


def test_ports_in_use_and_refused_connections() -> None:
    with socket.socket() as first, socket.socket() as second:
        first.bind(("127.0.0.1", 0))
        where = first.getsockname()
        assert reasons.told(raised(second.bind, where)) == "端口已占用"
        assert reasons.told(raised(second.connect, where)) == "连接被拒绝"


def test_a_name_of_no_host() -> None:
    assert reasons.told(raised(socket.getaddrinfo, "a.invalid.", "no-such-port")) == "查不到这个主机名"


@pytest.mark.parametrize("name", " ".join(COMMON).split())
def test_common_errors_have_words_without_english(name: str) -> None:
    told = reasons.told(OSError(getattr(errno, name), os.strerror(getattr(errno, name))))
    assert re.fullmatch("[一-鿿,]+", told)


def test_uncommon_errors_keep_their_number() -> None:
    assert reasons.told(OSError(errno.EL2HLT, "Level 2 halted")) == f"系统错误 {errno.EL2HLT}"


def test_an_error_without_a_number_is_told_in_its_own_words() -> None:
    assert reasons.told(OSError("存储没有回应")) == "存储没有回应"
    assert reasons.told(NotABulletinError("没有省份")) == "没有省份"


def test_texts_that_cannot_be_read() -> None:
    assert reasons.told(raised(b"a\xff".decode, "utf-8")) == "第 2 个字节起不是 UTF-8 编码"
    assert reasons.told(raised(json.loads, "[1")) == "第 1 行第 3 列:这里应是逗号或收尾的括号"
    assert reasons.told(raised(json.loads, "[" * 100_000)) == "一层套一层,太深了"
    assert reasons.told(raised(tomllib.loads, "a = 1\nb")) == "没有写完就结束了"
    assert reasons.told(raised(tomllib.loads, "a = 1\nb c = 2")) == "第 2 行第 3 列不合语法"


def test_values_that_are_not_what_was_wanted() -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(dict[str, int]).validate_python({"甲": "乙"})
    assert reasons.told(caught.value) == "甲:应是整数"


def test_openssls_numbers_are_not_taken_for_the_systems() -> None:
    answer = ssl.MemoryBIO()
    answer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    plain = ssl.create_default_context().wrap_bio(answer, ssl.MemoryBIO(), server_hostname="a.invalid")
    assert reasons.told(raised(plain.do_handshake)).startswith("HTTPS 没有谈成(")
