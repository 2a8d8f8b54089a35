"""The keys in the OpenAPI description: a scheme, and the scope that each operation asks for."""

from typing import Any

from fastapi import FastAPI

from service.access.rules import RULES

_SCHEME = {"type": "http", "scheme": "bearer", "description": "yuebao keys add 发的密钥;服务要密钥时才要给"}


def describe_keys(app: FastAPI) -> None:
    """Add the keys to the description of `app`. Each operation may do without, for a server need not ask for keys."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        schema = plain()
        schema["components"]["securitySchemes"] = {"key": _SCHEME}
        for path, operations in schema["paths"].items():
            for method, operation in operations.items():
                rule = RULES.get((method.upper(), path))
                if rule is not None and rule.scope is not None:
                    operation["security"] = [{"key": [rule.scope.value]}, {}]
        return schema

    app.openapi = openapi  # type: ignore[method-assign]
