"""Our own requests, each answer held against the description as Schemathesis' are."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

import httpx
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.schemas import BaseSchema

from scripts.fuzz.described import faults
from scripts.fuzz.requests import UNKNOWN, Sent
from scripts.fuzz.tally import NO_ANSWER, Finding, Tally
from service.problems import MEDIA_TYPE
from service.schemas import Problem

_MEMBERS: Final = frozenset(Problem.model_fields)


def send(
    client: httpx.Client,
    schema: BaseSchema,
    kinds: Sequence[st.SearchStrategy[Sent]],
    tally: Tally,
    many: int,
    start: int,
) -> None:
    """Send `many` requests of each of `kinds`, the same for the same `start`; what is found is counted, not raised."""
    for number, kind in enumerate(kinds):
        one = given(kind)(lambda sent: judge(client, schema, sent, tally))
        # What fails is counted as it comes: there is nothing to shrink or to try again.
        chosen = settings(
            max_examples=many,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        seed(start + number)(chosen(one))()


def judge(client: httpx.Client, schema: BaseSchema, sent: Sent, tally: Tally) -> None:
    """Send one and count what came of it."""
    try:
        answer = sent.to(client)
    except httpx.HTTPError as error:
        tally.answered(sent.route, NO_ANSWER)
        tally.add(Finding(sent.route, "no answer", repr(error), repr(sent)))
        return
    tally.answered(sent.route, answer.status_code)
    for fault, told in wrong(schema, sent, answer):
        tally.add(Finding(sent.route, fault, f"{told}\n{answer.text[:500]}", repr(sent)))


def wrong(schema: BaseSchema, sent: Sent, answer: httpx.Response) -> list[tuple[str, str]]:
    """What is wrong with an answer, each with its details."""
    if answer.status_code == HTTPStatus.METHOD_NOT_ALLOWED or sent.template == UNKNOWN:
        return _no_problem(answer)
    return faults(schema, sent.method, sent.template, answer)


def _no_problem(answer: httpx.Response) -> list[tuple[str, str]]:
    """What is wrong with an answer outside of the description: anything but pages and problems of the client's."""
    if answer.status_code < HTTPStatus.BAD_REQUEST:
        return []
    if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return [("Server error", str(answer.status_code))]
    if answer.headers.get("content-type") != MEDIA_TYPE:
        return [("not a problem", str(answer.headers.get("content-type")))]
    missing = _MEMBERS - answer.json().keys()
    return [("not a problem", f"without {sorted(missing)}")] if missing else []
