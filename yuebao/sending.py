"""What both clients need of httpx: how a call is sent, how long it may take, and what it means that no answer came."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final

import httpx

from bulletin import __version__, reasons
from yuebao.calls import Call, T
from yuebao.errors import OutOfTimeError, SetupError, UnreachableError

_CONNECT_S: Final = 10.0
_LEAST_S: Final = 0.001
_KEY: Final = re.compile(r"[!-~]+")
_UNREACHED: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@dataclass(frozen=True, slots=True)
class Deadline:
    """The moment `timeout_s` after it was made."""

    timeout_s: float
    _begun: float = field(default_factory=monotonic)

    def left_s(self) -> float:
        """Seconds that are left. Raises OutOfTimeError when none are."""
        left = self._begun + self.timeout_s - monotonic()
        if left < _LEAST_S:
            raise late(self.timeout_s)
        return left

    def within(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """`chunks`, as long as there is time. Raises OutOfTimeError."""
        for chunk in chunks:
            yield chunk
            self.left_s()


def options(base_url: str, api_key: str | None) -> Mapping[str, Any]:
    """How an httpx client is made. Raises SetupError.

    What the environment says of proxies is not heeded: a transport of one's own can be.
    """
    headers = {"User-Agent": f"yuebao/{__version__}"}
    if api_key is not None:
        if not _KEY.fullmatch(api_key):
            raise SetupError("密钥是空的,或有空白、不是 ASCII 的字符:请照 yuebao keys add 显示的原样给出")
        headers["Authorization"] = f"Bearer {api_key}"
    return {"base_url": _address(base_url), "headers": headers, "trust_env": False}


def _address(base_url: str) -> httpx.URL:
    with suppress(httpx.InvalidURL):
        url = httpx.URL(base_url)
        if url.scheme in ("http", "https") and url.host:
            return url
    raise SetupError(f"地址是“{base_url}”:请写成 http://127.0.0.1:8000 这样")


def request(call: Call[T], left_s: float) -> Mapping[str, Any]:
    """The arguments of httpx for `call`. The service is told how long the client will wait."""
    body: dict[str, Any] = {"json": call.json} if call.json is not None else {}
    if call.files:
        body = {"files": [("file", (one.name, one.data)) for one in call.files], "data": dict(call.fields)}
    return {
        "method": call.method,
        "url": call.path,
        "params": {name: value for name, value in call.params.items() if value is not None},
        "headers": {**call.headers, "X-Request-Timeout": f"{left_s:.3f}"},
        "timeout": httpx.Timeout(left_s, connect=min(left_s, _CONNECT_S)),
        **body,
    }


@contextmanager
def unanswered(base_url: str, timeout_s: float) -> Iterator[None]:
    """Turns what keeps an answer from coming into an error of the tree."""
    try:
        yield
    except _UNREACHED as error:
        message = f"连不上 {base_url}({_said(error)}):请确认地址,并确认 yuebao serve 在运行"
        raise UnreachableError(message, reached=False) from error
    except (httpx.TimeoutException, TimeoutError) as error:
        raise late(timeout_s) from error
    except httpx.RequestError as error:
        message = f"与 {base_url} 的连接断了({_said(error)}):请看服务的日志"
        raise UnreachableError(message, reached=True) from error


def late(timeout_s: float) -> OutOfTimeError:
    """No answer in `timeout_s`."""
    return OutOfTimeError(f"{timeout_s:g} 秒内没有等到答复:请稍后再试,或把 timeout_s 设得长些", reached=True)


def _said(error: Exception) -> str:
    """Why, by what the system said, from which httpx and the libraries below it made their own errors."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno is not None:
            return reasons.reason(cause)
        # Every address of a name has failed in its way; what the first one met is told.
        several = cause.exceptions if isinstance(cause, BaseExceptionGroup) else ()
        cause = next(iter(several), cause.__cause__ or cause.__context__)
    return str(error) or type(error).__name__
