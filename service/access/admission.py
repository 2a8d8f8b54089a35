"""Whose key a request comes with. The store is asked each time, so that a revoked key opens nothing any more."""

from datetime import UTC, datetime
from typing import Final

from service.access.network import keys_demanded
from service.access.rules import Rule
from service.access.tokens import presented
from service.errors import BadKeyError, NoKeyError, ScopeError, StoreError
from service.keeping import Keeping
from service.settings import Settings
from service.store.records import Event, Key, Scope

# Who found a key that was revoked need not be told that it was one.
_NOT_GOOD: Final = "没有这把密钥,或已经撤销:请核对有没有抄全,或向管理员要一把新的"


class Admission:
    """Lets requests in by the keys of a store that may be down: then nobody comes in who might need a key.

    Its methods block and may be called from any thread.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._demanded = keys_demanded(settings)
        self._made: bool | None = None

    def admit(self, authorization: str, request: Event, keeping: Keeping) -> Key | None:
        """Whose key `request` shows; None where no key is needed. Raises NoKeyError, BadKeyError or StoreError.

        It only reads: whoever writes may have to wait for others.
        """
        if not self._required(keeping):
            return None
        key = _genuine(authorization, keeping)
        _refuse_ended(key, request.at)
        return key

    def _required(self, keeping: Keeping) -> bool:
        if self._demanded is not None:
            return self._demanded
        if not self._made:  # what was made once stays made
            try:
                self._made = keeping.store.keys.any_made()
            except StoreError:
                if self._made is None and self._may_hold_keys():
                    raise
                return False
        return self._made

    def _may_hold_keys(self) -> bool:
        """Whether the store that cannot be opened may be one that has keys."""
        from service.store.connection import FILE

        if self._settings.database is not None:
            return True
        try:
            return (self._settings.data / FILE).exists()
        except OSError:
            return True


def refuse_beyond(key: Key | None, rule: Rule) -> None:
    """Raise ScopeError for a key that lacks the scope of `rule`."""
    if key is not None and rule.scope not in key.scopes and Scope.ADMIN not in key.scopes:
        raise ScopeError(
            f"密钥 {key.name} 没有 {rule.scope} 权限:请向管理员要一把有的",
            who=key.name,
            missing=str(rule.scope),
        )


def _genuine(authorization: str, keeping: Keeping) -> Key:
    kind, _, token = authorization.strip().partition(" ")
    if kind.lower() != "bearer" or not token:
        raise NoKeyError("这里要密钥:请在 Authorization 头里写 Bearer 和密钥,网页上填在“密钥”栏")
    shown = presented(token.strip())
    key = None if shown is None else keeping.store.keys.find(shown)
    if key is None:
        raise BadKeyError(_NOT_GOOD)
    return key


def _refuse_ended(key: Key, now: datetime) -> None:
    if key.revoked is not None:
        raise BadKeyError(_NOT_GOOD, who=key.name)
    if key.expires is not None and key.expires <= now:
        day = key.expires.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
        raise BadKeyError(f"密钥 {key.name} 在 {day} 过期了:请向管理员要一把新的", who=key.name)
