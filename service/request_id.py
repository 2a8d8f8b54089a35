"""The name of a request, by which a client, its answer and the log's lines about it find one another."""

import re
import uuid
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Final

HEADER: Final = "X-Request-ID"
_SANE = re.compile(rb"[A-Za-z0-9._-]{1,64}")
# Worker threads run in a copy of the request's context, so that what they log has it too.
_CURRENT: ContextVar[str | None] = ContextVar("request_id", default=None)


def current() -> str | None:
    """The id of the request that this code runs for; None outside requests."""
    return _CURRENT.get()


def begin(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The id of the request with these headers, which is `current` from now on in its task.

    It is the client's own where that is sane: letters, digits, dots, underlines and hyphens, 64 at most.
    """
    name = HEADER.lower().encode()
    given = next((value for key, value in headers if key == name), b"")
    id = given.decode() if _SANE.fullmatch(given) else uuid.uuid4().hex
    _CURRENT.set(id)
    return id
