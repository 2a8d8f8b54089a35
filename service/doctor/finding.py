"""What a check finds."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class State(StrEnum):
    """How well a part is: after a failure the service, or what was set up of it, cannot do its work."""

    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"


MARKS: Final = {State.OK: "正常", State.WARNING: "注意", State.FAILURE: "故障"}


@dataclass(frozen=True, slots=True)
class Told:
    """What a check tells: unless all is well, `message` says what is wrong, why, and the mend."""

    state: State
    message: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What the check named `check` tells."""

    check: str
    state: State
    message: str


def ok(message: str) -> Told:
    """All is well."""
    return Told(State.OK, message)


def warning(message: str) -> Told:
    """It works, but not as well as it should, or nobody could look."""
    return Told(State.WARNING, message)


def failure(message: str) -> Told:
    """It does not work."""
    return Told(State.FAILURE, message)
