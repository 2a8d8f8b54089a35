"""The client's branch of the error tree of `bulletin.errors`.

YuebaoError
└── ClientError             what the client of a service meets
    ├── SetupError              an address, a key or an argument that cannot be one
    ├── UnreachableError        no answer came; `reached` tells whether the request may have
    │   └── OutOfTimeError          not within the client's `timeout_s`
    ├── BadAnswerError          what came is no answer of a yuebao service
    └── ApiError                the service refused; `problem` is what it said
        ├── InvalidError            400, 413, 415, 422, …: what was asked, or how much
        ├── AuthError               401, 403: no key, or one that is good for other things
        ├── NotFoundError           404
        ├── DeadlineError           408: the service gave up in time
        ├── ConflictError           409: not now, in the state that it is in
        ├── BusyError               429: come again after `retry_after_s`
        └── UnavailableError        503: not ready, or a part of it fails
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from bulletin.errors import YuebaoError
from service.schemas import Problem


class Said(Problem):
    """A problem as it comes. What is refused before the request has a name, or in no request at all, tells none."""

    request_id: str = ""


class ClientError(YuebaoError):
    """Base of what the client of a service meets."""


class SetupError(ClientError):
    """The address is no address, the key no key, or an argument is not what the call takes; nothing was sent."""


class UnreachableError(ClientError):
    """No answer came. Without `reached` the request surely never came to the service."""

    def __init__(self, message: str, *, reached: bool) -> None:
        super().__init__(message)
        self.reached = reached


class OutOfTimeError(UnreachableError):
    """No answer came in the time that the client gives."""


class BadAnswerError(ClientError):
    """The answer is not what a yuebao service of this version says."""


class ApiError(ClientError):
    """The service refused. `problem` is what it said; `retry_after_s` when it wants to be asked again, if it told."""

    def __init__(self, problem: Problem, *, retry_after_s: float | None = None) -> None:
        super().__init__(f"{problem.title}:{problem.detail}")
        self.problem = problem
        self.retry_after_s = retry_after_s

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.problem.status

    @property
    def type(self) -> str:
        """The problem's type, e.g. urn:yuebao:problem:busy."""
        return self.problem.type

    @property
    def title(self) -> str:
        """What kind of problem it is, in a few words."""
        return self.problem.title

    @property
    def detail(self) -> str:
        """What is wrong, and the mend."""
        return self.problem.detail

    @property
    def limit(self) -> float | None:
        """How much may be, where a limit was passed."""
        return self._number("limit")

    @property
    def given(self) -> float | None:
        """How much it was, where a limit was passed and that is known."""
        return self._number("given")

    @property
    def request_id(self) -> str:
        """The name of the request in the service's log; empty where it has none."""
        return self.problem.request_id

    def _number(self, name: str) -> float | None:
        value = (self.problem.model_extra or {}).get(name)
        return value if isinstance(value, int | float) else None


class InvalidError(ApiError):
    """What was asked, or how much, is refused: asking the same again is of no use."""


class AuthError(ApiError):
    """The key is missing, not or no longer good, or good for other things."""


class NotFoundError(ApiError):
    """There is nothing under that name."""


class DeadlineError(ApiError):
    """The service gave up because time was out."""


class ConflictError(ApiError):
    """Not in the state that things are in."""


class BusyError(ApiError):
    """The service has too much to do, or this client asks too often."""


class UnavailableError(ApiError):
    """The service, or the part of it that was asked, does not work now."""


_BY_STATUS: Final[Mapping[int, type[ApiError]]] = {
    HTTPStatus.UNAUTHORIZED: AuthError,
    HTTPStatus.FORBIDDEN: AuthError,
    HTTPStatus.NOT_FOUND: NotFoundError,
    HTTPStatus.REQUEST_TIMEOUT: DeadlineError,
    HTTPStatus.CONFLICT: ConflictError,
    HTTPStatus.TOO_MANY_REQUESTS: BusyError,
    HTTPStatus.SERVICE_UNAVAILABLE: UnavailableError,
}


def error_of(problem: Problem, retry_after_s: float | None) -> ApiError:
    """The error of the tree for what a service said."""
    other = InvalidError if problem.status < HTTPStatus.INTERNAL_SERVER_ERROR else ApiError
    return _BY_STATUS.get(problem.status, other)(problem, retry_after_s=retry_after_s)
