"""What each route asks of a key, in one table. A test holds it against the routes of the application."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.routing import Match, compile_path
from starlette.types import Scope as HttpScope

from service.store.records import Action, Scope


@dataclass(frozen=True, slots=True)
class Rule:
    """What a route asks for: a scope (None: open to everyone), and what its success is in the audit log."""

    scope: Scope | None
    action: Action | None = None


_OPEN: Final = Rule(None)
_READ: Final = Rule(Scope.READ)
_TRAIN: Final = Rule(Scope.TRAIN)
# What the table does not know is not for everyone, whatever was forgotten.
UNKNOWN: Final = Rule(Scope.ADMIN)

# Reading is whatever changes nothing that anyone else sees: a digest is kept under a name that its text gives it.
RULES: Final[Mapping[tuple[str, str], Rule]] = {
    ("POST", "/v1/digests"): _READ,
    ("GET", "/v1/digests/{id}"): _READ,
    ("POST", "/v1/corrections"): Rule(Scope.CORRECT, Action.CORRECTION),
    ("GET", "/v1/corrections"): _READ,
    ("GET", "/v1/corrections/{id}"): _READ,
    ("POST", "/v1/classifications"): _READ,
    ("POST", "/v1/renderings"): _READ,
    ("GET", "/v1/themes"): _READ,
    ("GET", "/v1/models"): _READ,
    # The log of a training tells of the machine.
    ("POST", "/v1/trainings"): Rule(Scope.TRAIN, Action.TRAINING),
    ("GET", "/v1/trainings"): _TRAIN,
    ("GET", "/v1/trainings/{id}"): _TRAIN,
    ("DELETE", "/v1/trainings/{id}"): Rule(Scope.TRAIN, Action.CANCELLED),
    ("POST", "/v1/jobs"): _READ,
    ("GET", "/v1/jobs"): _READ,
    ("GET", "/v1/jobs/{id}"): _READ,
    ("DELETE", "/v1/jobs/{id}"): _READ,
    ("GET", "/v1/jobs/{id}/result"): _READ,
    ("GET", "/v1/archive/items"): _READ,
    ("GET", "/v1/archive/search"): _READ,
    ("GET", "/v1/archive/stats"): _READ,
    # Prometheus shows a key as its `authorization` is set.
    ("GET", "/metrics"): _READ,
    ("GET", "/healthz"): _OPEN,
    ("GET", "/readyz"): _OPEN,
    ("GET", "/"): _OPEN,
    ("GET", "/docs"): _OPEN,
    ("GET", "/example.txt"): _OPEN,
    ("GET", "/openapi.json"): _OPEN,
}

# Addresses are matched as the router matches them.
_PATTERNS: Final = [(method, compile_path(path)[0], path) for method, path in RULES]


def rule_of(method: str, path: str) -> tuple[Rule, str]:
    """The rule for a request, and its route as text: UNKNOWN and no path where the table has none."""
    asked = "GET" if method == "HEAD" else method
    for known, pattern, template in _PATTERNS:
        if known == asked and pattern.match(path):
            return RULES[known, template], f"{method} {template}"
    # An address that is no route is the client's own words: they do not go into the log.
    return UNKNOWN, f"{method} (没有这个地址)"


def is_served(scope: HttpScope) -> bool:
    """Whether the application has a route for a request, be it in the table or not."""
    # Matching leaves traces in the scope.
    return any(route.matches(dict(scope))[0] is Match.FULL for route in scope["app"].routes)


def methods_of(path: str) -> tuple[str, ...]:
    """Every method that an address answers to, of all its routes."""
    return tuple(sorted(method for method, pattern, _ in _PATTERNS if pattern.match(path)))
