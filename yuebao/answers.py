"""What comes back from a service, whichever way it came: as a value, or as an error of the tree."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError

from service.schemas import Problem
from yuebao.errors import BadAnswerError, ClientError, Said, error_of

Shape = TypeVar("Shape", bound=BaseModel)

_PROBLEM: Final = "application/problem+json"


def refusal(code: int, headers: Mapping[str, str], body: bytes) -> ClientError:
    """What an answer that is not well says. The names of `headers` are found in any case."""
    try:
        status = HTTPStatus(code)
    except ValueError:
        return BadAnswerError(f"答复的状态是 {code}:请确认地址是 yuebao 服务的")
    if status < HTTPStatus.BAD_REQUEST:
        return BadAnswerError(f"答复是 {code} {status.phrase}:请确认地址是 yuebao 服务的")
    return error_of(_problem(status, headers, body), _seconds(headers.get("retry-after")))


def _problem(status: HTTPStatus, headers: Mapping[str, str], body: bytes) -> Problem:
    """What the service said; a proxy in between may say nothing that can be read."""
    name = headers.get("x-request-id", "")
    if headers.get("content-type", "").partition(";")[0] == _PROBLEM:
        with suppress(ValidationError):
            said = Said.model_validate_json(body)
            return said if said.request_id else said.model_copy(update={"request_id": name})
    return Problem(
        type="about:blank",
        title=f"{status} {status.phrase}",
        status=status,
        detail="答复里没有说明原因:可能来自服务前面的代理",
        request_id=name,
    )


def shaped(shape: type[Shape]) -> Callable[[bytes], Shape]:
    """Reads a body as `shape`, passing over what a later version of the service adds. Raises BadAnswerError."""

    def read(body: bytes) -> Shape:
        try:
            return shape.model_validate_json(body, extra="ignore")
        except ValidationError as error:
            raise BadAnswerError(f"答复不是预期的样子({shape.__name__}):请确认服务的版本和地址") from error

    return read


@dataclass(slots=True)
class Lines:
    """Cuts chunks into lines at line feeds alone: texts may hold the other characters that end a line."""

    _begun: bytes = field(default=b"")

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The lines that `chunk` ends."""
        *whole, self._begun = (self._begun + chunk).split(b"\n")
        yield from filter(None, whole)

    def rest(self) -> Iterator[bytes]:
        """The last line, where no line feed ends it."""
        yield from filter(None, [self._begun])


def _seconds(told: str | None) -> float | None:
    """What Retry-After says: seconds, or a date; None where it says nothing that can be read."""
    if told is None:
        return None
    if told.isdecimal():
        return float(told)
    try:
        return max((parsedate_to_datetime(told) - datetime.now(UTC)).total_seconds(), 0.0)
    except (TypeError, ValueError):  # a date without its zone, or none at all
        return None
