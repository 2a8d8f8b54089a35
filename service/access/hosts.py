"""ASGI middleware: requests under a name that is not this server's, and from the pages of others.

A page of a stranger can make its own name point to 127.0.0.1 (DNS rebinding) and then read whatever a server there
answers, or send it a form without reading the answer. The browser tells both: by the Host and by Sec-Fetch-Site.
"""

from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from service import problems
from service.access.network import is_loopback
from service.errors import ForeignHostError, ForeignPageError, ServiceError
from service.settings import Settings

_OWN_PAGES: Final = ("same-origin", "none")
_READING: Final = ("GET", "HEAD", "OPTIONS")


class OwnHost:
    """Refuses what is addressed to another host, and what the pages of others would change.

    The names of loopback and the allowed hosts are this server's; where a network reaches it and no host is allowed by
    name, every name is. No browser leaves out the Host, so what comes without one is let in.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._names = settings.hosts
        self._any = not self._names and not is_loopback(settings.host)
        self._origins = settings.origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        error = self._refusal(scope["method"], Headers(scope=scope)) if scope["type"] == "http" else None
        answer = self._app if error is None else problems.of(error)
        await answer(scope, receive, send)

    def _refusal(self, method: str, headers: Headers) -> ServiceError | None:
        host = headers.get("host", "")
        if not self._is_own(host):
            return ForeignHostError(
                f"这里不是 {host}:请用 127.0.0.1 或 localhost;用别的名称或经过代理,"
                "请把名称写进 YUEBAO_ALLOWED_HOSTS"
            )
        if method not in _READING and self._is_foreign_page(headers):
            return ForeignPageError(
                "别的网站的网页不能这样请求:确实要允许,请把它的来源写进 YUEBAO_CORS_ORIGINS"
            )
        return None

    def _is_own(self, host: str) -> bool:
        if not host or self._any:
            return True
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        return is_loopback(name) or name in self._names

    def _is_foreign_page(self, headers: Headers) -> bool:
        if headers.get("sec-fetch-site", "none") in _OWN_PAGES:
            return False
        return headers.get("origin", "") not in self._origins
