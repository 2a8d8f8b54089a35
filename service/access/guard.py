"""ASGI middleware: who may ask for what, how often, and the note of it in the audit log."""

import logging
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from math import ceil
from typing import Final

from anyio import CancelScope, CapacityLimiter, to_thread
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service import problems, request_id
from service.access.admission import Admission, refuse_beyond
from service.access.network import client_network
from service.access.rates import Buckets
from service.access.rules import UNKNOWN, is_served, rule_of
from service.access.uses import Uses
from service.context import KEY, Context
from service.errors import BadKeyError, NoKeyError, RateError, ScopeError, ServiceError, StoreError
from service.keeping import Keeping
from service.settings import Settings
from service.store.records import Action, Event, Key

# Refusals are the client's to cause, so they fill the audit log only so fast; the rest are counted in the next note.
REFUSALS_NOTED_PER_MINUTE: Final = 10
# The store has no more connections than five ready: who asks for another waits longer than who waits a turn.
_ADMITTED_AT_ONCE: Final = 4
# Their buckets, beside those of addresses and of keys. Who has no key does not use up the notes of those who have one.
_REFUSALS: Final = "refusals"
_REFUSALS_OF_KEYS: Final = "refusals of keys"
# As many as the audit log holds.
_ADDRESS_CHARS: Final = 100
_REALM: Final = 'Bearer realm="yuebao"'


class Guard:
    """Refuses before a body is read: without a good key, without the scope of the route, or too often.

    Who has a good key is told by the application what is no address, and which methods one takes.
    What `rule_of` calls an action is noted when the application has done it, before the client is told.
    """

    def __init__(self, app: ASGIApp, settings: Settings, rates: Buckets) -> None:
        self._app = app
        self._admission = Admission(settings)
        self._rates = rates
        self._doors = CapacityLimiter(_ADMITTED_AT_ONCE)
        self._uses = Uses()
        self._rate_per_minute = settings.rate_per_minute
        self._unnoted = Counter[str]()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        rule, route = rule_of(scope["method"], scope["path"])
        if rule.scope is None:
            await self._app(scope, receive, send)
            return
        context = scope["app"].state.context
        assert isinstance(context, Context)
        request = Event(datetime.now(UTC), Action.REFUSED, None, route, _address(scope), request_id.current())
        authorization = Headers(scope=scope).get("authorization", "")
        try:
            key = await self._let_in(authorization, request, context.keeping)
            if rule is not UNKNOWN or is_served(scope):
                refuse_beyond(key, rule)
        except ServiceError as error:
            await self._note_refusal(request, error, context.keeping)
            await refusal(error)(scope, receive, send)
            return
        scope.setdefault("state", {})[KEY] = key
        if rule.action is not None:
            done = replace(request, action=rule.action, who=None if key is None else key.name)
            send = partial(_noting, send, replace(done, subject=scope["path"]), context.keeping)
        await self._app(scope, receive, send)

    async def _let_in(self, authorization: str, request: Event, keeping: Keeping) -> Key | None:
        """Whose key it is. Raises NoKeyError, RateError or StoreError."""
        client = client_network(request.address or "")
        try:
            key = await to_thread.run_sync(
                self._admission.admit, authorization, request, keeping, limiter=self._doors
            )
        except NoKeyError:
            # Whoever tries keys is held up as well.
            self._spend(client, None)
            raise
        self._spend(client, key)
        if key is not None:
            await self._uses.note(key, request, keeping)
        return key

    def _spend(self, client: str, key: Key | None) -> None:
        name, whose = (client, "这个地址") if key is None else (key.id, f"密钥 {key.name} ")
        own = None if key is None else key.rate_per_minute
        per_minute = self._rate_per_minute if own is None else own
        wait_s = self._rates.wait_s(name, per_minute)
        if wait_s:
            seconds = ceil(wait_s)
            raise RateError(
                f"{whose}每分钟最多 {per_minute} 个请求:请过 {seconds} 秒再来",
                limit=per_minute,
                retry_after_s=seconds,
            )

    async def _note_refusal(self, request: Event, error: ServiceError, keeping: Keeping) -> None:
        if isinstance(error, StoreError):
            return
        who = error.who if isinstance(error, BadKeyError | ScopeError) else None
        bucket = _REFUSALS if who is None else _REFUSALS_OF_KEYS
        if self._rates.wait_s(bucket, REFUSALS_NOTED_PER_MINUTE):
            self._unnoted[bucket] += 1
            return
        unnoted = self._unnoted.pop(bucket, 0)
        more = f",之前还有 {unnoted} 次没有逐次记下" if unnoted else ""
        subject = f"{request.subject}:{problems.kind_of(error).title}{more}"
        await _note(replace(request, who=who, subject=subject), keeping)


def refusal(error: ServiceError) -> Response:
    """The problem for what the guard refuses, with what a client needs to do better."""
    response = problems.of(error)
    match error:
        case BadKeyError():
            response.headers["WWW-Authenticate"] = f'{_REALM}, error="invalid_token"'
        case NoKeyError():
            response.headers["WWW-Authenticate"] = _REALM
        case ScopeError():
            response.headers["WWW-Authenticate"] = (
                f'{_REALM}, error="insufficient_scope", scope="{error.missing}"'
            )
    return response


async def _noting(send: Send, done: Event, keeping: Keeping, message: Message) -> None:
    """Send on; before the start of an answer that tells of success, note it under the address of what came of it."""
    if message["type"] == "http.response.start" and message["status"] < 400:
        made = Headers(raw=message["headers"]).get("location", done.subject)
        await _note(replace(done, subject=made), keeping)
    await send(message)


async def _note(event: Event, keeping: Keeping) -> None:
    """Note an event; what was done is done, so that a store that fails is told in the log."""
    try:
        # Neither a deadline nor a client that leaves keeps it from being noted.
        with CancelScope(shield=True):
            await to_thread.run_sync(lambda: keeping.store.audit.add(event))
    except StoreError as error:
        told = f"没有记入审计({event.action} {event.subject},{event.who or event.address}):{error}"
        logging.getLogger("uvicorn.error").error(told)


def _address(scope: Scope) -> str | None:
    client = scope.get("client")
    if client is None:
        return None
    # Behind a proxy it is what the client says of itself, of any length.
    given = str(client[0])
    return given if len(given) <= _ADDRESS_CHARS else f"{given[: _ADDRESS_CHARS - 1]}…"
