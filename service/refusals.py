"""What operations may answer instead of their result, and the headers of it all, in the OpenAPI description."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI

from service import problems, request_id
from service.access.rules import RULES
from service.schemas import Problem

# Whatever stands before the routes may answer these to any request, and a defect of the program is told too.
EVERYWHERE: Final = (400, 408, 413, 421, 422, 429, 431, 500)
# To whoever may need a key; the last when the store that holds the keys fails.
_WHERE_KEYS_ARE_ASKED: Final = (401, 403, 503)
_REFERENCE: Final = {"$ref": "#/components/schemas/Problem"}
_TEXT: Final = {"type": "string"}
_SECONDS: Final = {"type": "integer", "minimum": 1}


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For `responses` of a route: the problems of these statuses."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {problems.MEDIA_TYPE: {"schema": _REFERENCE}},
        }
        for status in statuses
    }


def describe_refusals(app: FastAPI) -> None:
    """Add to the description of `app` what a problem is, who is refused for want of a key, and the headers."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        schema = plain()
        schema["components"]["schemas"]["Problem"] = Problem.model_json_schema()
        for route, operation in _operations(schema):
            responses = operation["responses"]
            rule = RULES.get(route)
            if rule is not None and rule.scope is not None:
                added = refusals(*_WHERE_KEYS_ARE_ASKED)
                responses |= {str(status): told for status, told in added.items()}
            for status, response in responses.items():
                response["headers"] = response.get("headers", {}) | _headers(int(status))
        return schema

    app.openapi = openapi  # type: ignore[method-assign]


def _operations(schema: dict[str, Any]) -> Iterator[tuple[tuple[str, str], dict[str, Any]]]:
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            yield (method.upper(), path), operation


def _headers(status: int) -> dict[str, Any]:
    """The headers that every answer of this status has."""
    told: dict[str, Any] = {request_id.HEADER: {"required": True, "schema": _TEXT}}
    if status in (HTTPStatus.CREATED, HTTPStatus.ACCEPTED):
        told["Location"] = {"required": True, "schema": _TEXT}
    if status in problems.COME_AGAIN:
        told["Retry-After"] = {"required": True, "schema": _SECONDS}
    if status == HTTPStatus.UNAUTHORIZED:
        told["WWW-Authenticate"] = {"required": True, "schema": _TEXT}
    return told
