"""Why something outside this program went wrong, in Chinese: what stands in the brackets of a message."""

import errno
import json
import os
import re
import socket
import ssl
import tomllib
from collections.abc import Mapping
from functools import singledispatch
from typing import Final

from pydantic import ValidationError

from bulletin import json_errors, mistakes

_WORDS: Final[Mapping[int, str]] = {
    errno.EPERM: "没有权限",
    errno.ENOENT: "没有这个文件或文件夹",
    errno.EIO: "磁盘读写出错",
    errno.ENXIO: "没有这个设备",
    errno.ENOEXEC: "不是能运行的程序",
    errno.EAGAIN: "暂时不可用",
    errno.ENOMEM: "内存不够",
    errno.EACCES: "没有权限",
    errno.EBUSY: "正被占用",
    errno.EEXIST: "已有同名的文件或文件夹",
    errno.EXDEV: "不在同一个磁盘上",
    errno.ENODEV: "没有这个设备",
    errno.ENOTDIR: "路径里有一段不是文件夹",
    errno.EISDIR: "是文件夹",
    errno.EINVAL: "系统不接受这样的值",
    errno.ENFILE: "系统打开的文件太多",
    errno.EMFILE: "打开的文件太多",
    errno.ETXTBSY: "程序正在运行",
    errno.EFBIG: "文件太大",
    errno.ENOSPC: "磁盘已满",
    errno.EROFS: "只读文件系统",
    errno.EMLINK: "链接太多",
    errno.EPIPE: "接收的一方已经关闭",
    errno.ENAMETOOLONG: "文件名过长",
    errno.ENOLCK: "系统的锁不够用",
    errno.ENOTEMPTY: "文件夹不是空的",
    errno.ELOOP: "链接绕成了圈",
    errno.EDQUOT: "磁盘配额已用完",
    errno.ESTALE: "网络文件系统上的文件已经变了",
    errno.EADDRINUSE: "端口已占用",
    errno.EADDRNOTAVAIL: "本机没有这个地址",
    errno.ENETDOWN: "网络不通",
    errno.ENETUNREACH: "网络到不了",
    errno.ECONNABORTED: "连接中断",
    errno.ECONNRESET: "连接被对方断开",
    errno.ETIMEDOUT: "等得太久,没有回应",
    errno.ECONNREFUSED: "连接被拒绝",
    errno.EHOSTUNREACH: "主机到不了",
    errno.EAFNOSUPPORT: "系统不支持这种地址",
    errno.ENOTSUP: "系统不支持这样做",
    errno.EILSEQ: "里面有不合编码的字符",
    errno.EOVERFLOW: "数值太大",
    errno.ENOBUFS: "网络的缓冲区不够用",
    errno.ENOTCONN: "还没有连接",
    errno.EHOSTDOWN: "主机没有开",
    # Linux alone has this one.
    **({errno.EUCLEAN: "文件系统已经损坏"} if hasattr(errno, "EUCLEAN") else {}),
}
_TOML_PLACE: Final = re.compile(r"\(at line (\d+), column (\d+)\)$")
# How the parser's words for what was there already begin.
_TOML_TWICE: Final = ("Cannot declare", "Cannot overwrite", "Cannot mutate", "Cannot redefine", "Duplicate")
# By OpenSSL's number of what is wrong with a certificate.
_CERTIFICATES: Final[Mapping[int, str]] = {
    10: "证书已经过期",
    18: "证书是自签的",
    19: "证书链里有自签的证书",
    20: "不认识证书的签发者",
    62: "证书上的名称与地址不合",
    64: "证书上的名称与地址不合",
}


@singledispatch
def told(error: BaseException) -> str:
    """Why, with the path if there is one; what is not known here is told in its own words."""
    return str(error)


@told.register
def _(error: OSError) -> str:
    paths = [str(path) for path in (error.filename, error.filename2) if path is not None]
    return f"{reason(error)}:{' → '.join(paths)}" if error.errno and paths else reason(error)


@told.register
def _(error: UnicodeDecodeError) -> str:
    return f"第 {error.start + 1} 个字节起不是 {error.encoding.upper()} 编码"


@told.register
def _(error: json.JSONDecodeError) -> str:
    return json_errors.told(error)


@told.register
def _(error: tomllib.TOMLDecodeError) -> str:
    message = str(error)
    found = _TOML_PLACE.search(message)
    place = f"第 {found[1]} 行第 {found[2]} 列" if found else ""
    if message.startswith(_TOML_TWICE):
        return f"{place}把同一项写了两次"
    return "没有写完就结束了" if message.endswith("(at end of document)") else f"{place}不合语法"


@told.register
def _(_: RecursionError) -> str:
    return "一层套一层,太深了"


@told.register
def _(error: ValidationError) -> str:
    return mistakes.first(error)


def reason(error: OSError) -> str:
    """Why, without the path, for a message that names it already."""
    if isinstance(error, socket.gaierror):
        return "查不到这个主机名"
    # Its numbers are OpenSSL's.
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"HTTPS 没有谈成({_CERTIFICATES.get(error.verify_code, error.verify_message)})"
    if isinstance(error, ssl.SSLError):
        return f"HTTPS 没有谈成({error.reason or error})"
    if error.errno is None:
        return str(error)
    return _WORDS.get(error.errno, f"系统错误 {error.errno}:{os.strerror(error.errno)}")
