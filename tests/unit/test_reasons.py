"""Why something outside the program went wrong, in Chinese."""

import errno
import json
import os
import re
import socket
import ssl
import tomllib
from contextlib import suppress
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from bulletin import reasons
from bulletin.errors import NotABulletinError
from tests.certificates import Signed, server, signed

COMMON = [
    "EACCES EADDRINUSE EADDRNOTAVAIL EAGAIN EBUSY ECONNABORTED ECONNREFUSED ECONNRESET EDQUOT EEXIST EFBIG",
    "EHOSTUNREACH EINVAL EIO EISDIR ELOOP EMFILE ENAMETOOLONG ENETUNREACH ENFILE ENOENT ENOLCK ENOMEM ENOSPC",
    "ENOTDIR ENOTEMPTY EPERM EPIPE EROFS ETIMEDOUT EXDEV ENOTSUP ENOEXEC EILSEQ EOVERFLOW ENOBUFS ENOTCONN EHOSTDOWN",
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


@pytest.mark.skipif(not hasattr(errno, "EUCLEAN"), reason="this system has no EUCLEAN")
def test_a_broken_file_system_has_words_where_there_is_a_number_for_it() -> None:
    assert reasons.told(OSError(errno.EUCLEAN, "Structure needs cleaning")) == "文件系统已经损坏"


def test_both_paths_of_a_rename_are_told(tmp_path: Path) -> None:
    absent, new = tmp_path / "无.txt", tmp_path / "新.txt"
    assert reasons.told(raised(absent.rename, new)) == f"没有这个文件或文件夹:{absent} → {new}"


def test_uncommon_errors_keep_their_number_and_the_systems_words() -> None:
    words = os.strerror(errno.EL2HLT)
    assert reasons.told(OSError(errno.EL2HLT, words)) == f"系统错误 {errno.EL2HLT}:{words}"
    assert reasons.told(OSError(errno.EL2HLT, words, "甲")) == f"系统错误 {errno.EL2HLT}:{words}:甲"


def test_an_error_without_a_number_is_told_in_its_own_words() -> None:
    assert reasons.told(OSError("存储没有回应")) == "存储没有回应"
    assert reasons.told(NotABulletinError("没有省份")) == "没有省份"


def test_texts_that_cannot_be_read() -> None:
    assert reasons.told(raised(b"a\xff".decode, "utf-8")) == "第 2 个字节起不是 UTF-8 编码"
    assert reasons.told(raised(json.loads, "[1")) == "第 1 行第 3 列:这里应是逗号或收尾的括号"
    assert reasons.told(raised(json.loads, "[" * 100_000)) == "一层套一层,太深了"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a = 1\nb", "没有写完就结束了"),
        ("a = [", "没有写完就结束了"),
        ('a = "一', "没有写完就结束了"),
        ("a = 1\nb c = 2", "第 2 行第 3 列不合语法"),
        ("a = 1\na = 2", "把同一项写了两次"),
        ("a = 1\na = 2\nb = 3", "第 2 行第 6 列把同一项写了两次"),
        ("[a]\n[a]\n", "第 2 行第 3 列把同一项写了两次"),
        ("a = {}\na.b = 2", "把同一项写了两次"),
        ("[a.b]\nc = 1\n[a]\nb.d = 1", "把同一项写了两次"),
        ("a = {b = 1, b = 2}\n", "第 1 行第 18 列把同一项写了两次"),
    ],
)
def test_toml_that_cannot_be_read(text: str, told: str) -> None:
    assert reasons.told(raised(tomllib.loads, text)) == told


def test_values_that_are_not_what_was_wanted() -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(dict[str, int]).validate_python({"甲": "乙"})
    assert reasons.told(caught.value) == "甲:应是整数"


def test_openssls_numbers_are_not_taken_for_the_systems() -> None:
    answer = ssl.MemoryBIO()
    answer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    plain = ssl.create_default_context().wrap_bio(answer, ssl.MemoryBIO(), server_hostname="a.invalid")
    assert reasons.told(raised(plain.do_handshake)).startswith("HTTPS 没有谈成(")


def greeted(server: ssl.SSLContext, trusted: str, name: str) -> None:
    """Shake hands with `server`, in memory, as a client that trusts the certificate `trusted`."""
    context = ssl.create_default_context(cadata=trusted)
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(back, there, server_hostname=name)
    other = server.wrap_bio(there, back, server_side=True)
    for side in (client, other, client):
        with suppress(ssl.SSLWantReadError):
            side.do_handshake()


def test_a_certificate_that_is_not_accepted_is_told_with_what_is_wrong(tmp_path: Path) -> None:
    known, unknown = signed("known.invalid", is_ca=True), signed("unknown.invalid", is_ca=True)
    own, good = signed("a.invalid"), signed("a.invalid", known)

    def told(*shown: Signed, name: str = "a.invalid") -> str:
        return reasons.told(raised(greeted, server(tmp_path, *shown), known.pem, name))

    greeted(server(tmp_path, good), known.pem, "a.invalid")
    assert told(signed("a.invalid", known, begins_in_days=-20)) == "HTTPS 没有谈成(证书已经过期)"
    assert told(own) == "HTTPS 没有谈成(证书是自签的)"
    assert told(signed("a.invalid", unknown), unknown) == "HTTPS 没有谈成(证书链里有自签的证书)"
    assert told(signed("a.invalid", unknown)) == "HTTPS 没有谈成(不认识证书的签发者)"
    assert told(good, name="b.invalid") == "HTTPS 没有谈成(证书上的名称与地址不合)"
    assert told(good, name="127.0.0.1") == "HTTPS 没有谈成(证书上的名称与地址不合)"
    early = told(signed("a.invalid", known, begins_in_days=1))
    assert early == "HTTPS 没有谈成(certificate is not yet valid)"
