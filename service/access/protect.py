"""All that stands before the application, from the outside in."""

from pathlib import Path
from typing import Final

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from service.access.described import describe_keys
from service.access.guard import Guard
from service.access.headers import SecurityHeaders
from service.access.hosts import OwnHost
from service.access.rates import Rates
from service.access.shared_rates import SharedRates
from service.settings import Settings

_METHODS: Final = ("GET", "POST", "DELETE")
_SENT: Final = ("Authorization", "Content-Type", "Idempotency-Key", "X-Request-ID", "X-Request-Timeout")
_SHOWN: Final = ("Content-Disposition", "Content-Location", "Location", "Retry-After", "X-Request-ID")


def protect(app: FastAPI, settings: Settings, shared: Path | None) -> None:
    """Let into `app` only what `settings` and the keys allow. What is added to `app` later stands before all of it.

    `shared` is the folder of what several server processes have in common, if they are several.
    """
    describe_keys(app)
    app.add_middleware(Guard, settings=settings, rates=Rates() if shared is None else SharedRates(shared))
    if settings.origins:
        # Asked before the guard: a browser asks whether it may ask without showing the key.
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.origins,
            allow_methods=_METHODS,
            allow_headers=_SENT,
            expose_headers=_SHOWN,
        )
    app.add_middleware(OwnHost, settings=settings)
    app.add_middleware(SecurityHeaders, behind_tls=settings.behind_tls)
