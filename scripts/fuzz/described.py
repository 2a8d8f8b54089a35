"""Schemathesis on our description: requests that it makes up, and what it holds against every answer."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import httpx
import schemathesis
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.transport import Response
from schemathesis.engine import events, from_schema
from schemathesis.engine.recorder import ScenarioRecorder
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from scripts.fuzz.tally import NO_ANSWER, Finding, Tally

_TIMEOUT_S: Final = 60
_PARAMETER: Final = re.compile(r"{(\w+)}")
# Held against every answer, whoever thought of the request.
_ANSWER_CHECKS: Final[list[CheckFunction]] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
# What the description allows may still be refused for what it says: a text that is no bulletin, a theme that is none.
# What is cancelled with DELETE is still there to be looked at.
_OFF: Final = ("positive_data_acceptance", "use_after_free")


def description(
    address: str, headers: Mapping[str, str], seed: int, phases: Iterable[str], examples: int
) -> BaseSchema:
    """The description of the server at `address`, to be tried in `phases` with `examples` an operation."""
    asked = set(phases)
    settings: dict[str, Any] = {
        "seed": seed,
        "base-url": address,
        "headers": dict(headers),
        "continue-on-failure": True,
        "request-timeout": _TIMEOUT_S,
        "generation": {"max-examples": examples, "no-shrink": True, "database": "none"},
        "checks": {
            **{name: {"enabled": False} for name in _OFF},
            # Too much of what is wrong may be refused for being too much; a 5xx is another check's.
            "negative_data_rejection": {"expected-statuses": ["4xx", "5xx"]},
        },
        "phases": {
            name: {"enabled": name in asked} for name in ("examples", "coverage", "fuzzing", "stateful")
        },
    }
    config = schemathesis.Config.from_dict(settings)
    return schemathesis.openapi.from_url(f"{address}/openapi.json", config=config, headers=dict(headers))


def try_out(schema: BaseSchema, tally: Tally, most: int) -> None:
    """Send what Schemathesis makes up until `most` requests are in `tally`, or it has no more."""
    stream = from_schema(schema).execute()
    for event in stream:
        if isinstance(event, events.ScenarioFinished | events.FuzzScenarioFinished):
            _count(event.recorder, tally)
        elif isinstance(event, events.NonFatalError):
            tally.add(Finding(event.label, "the tool failed", str(event.value), ""))
        elif isinstance(event, events.FatalError):
            tally.add(Finding("", "the tool failed", str(event.exception), ""))
        if tally.requests >= most:
            stream.stop()


def faults(schema: BaseSchema, method: str, path: str, answer: httpx.Response) -> list[tuple[str, str]]:
    """What is wrong with an answer of the operation, each with its details."""
    try:
        # Only what a failure shows of its request needs the parameters.
        filled = dict.fromkeys(_PARAMETER.findall(path), "1")
        case = schema[path][method].Case(path_parameters=filled)
        case.validate_response(Response.from_any(answer), checks=_ANSWER_CHECKS)
    except FailureGroup as group:
        return [(one.title, one.message) for one in group.exceptions if isinstance(one, Failure)]
    return []


def _count(recorder: ScenarioRecorder, tally: Tally) -> None:
    for id, interaction in recorder.interactions.items():
        route = recorder.cases[id].value.operation.label if id in recorder.cases else recorder.label
        status = NO_ANSWER if interaction.response is None else interaction.response.status_code
        tally.answered(route, status)
        for check in recorder.checks.get(id, ()):
            if (info := check.failure_info) is not None:
                tally.add(Finding(route, info.failure.title, info.failure.message, info.code_sample))
