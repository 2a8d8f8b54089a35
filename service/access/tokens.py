"""What a key looks like, and what is kept of it.

A key is `yb_<id>_<secret>`: the id finds it and may be seen, the secret proves it. The prefix lets scanners for leaked
secrets find it.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import Final

_ID_BYTES: Final = 6
_SECRET_BYTES: Final = 32
_SHAPE: Final = re.compile(r"yb_([0-9a-f]{12})_[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Presented:
    """A key as a client shows it: its id, and the digest of all of it."""

    id: str
    digest: str


def new_key() -> tuple[str, Presented]:
    """A key that nobody has, and what is kept of it."""
    id = secrets.token_hex(_ID_BYTES)
    token = f"yb_{id}_{secrets.token_urlsafe(_SECRET_BYTES)}"
    return token, Presented(id, _digest(token))


def presented(token: str) -> Presented | None:
    """What a client shows; None for what cannot be a key."""
    shape = _SHAPE.fullmatch(token)
    return None if shape is None else Presented(shape[1], _digest(token))


def _digest(token: str) -> str:
    # Plain SHA-256 is enough: 256 random bits cannot be guessed, however fast guesses are tried. A slow hash with a
    # salt guards what people think up, and here would only make each request slow.
    return hashlib.sha256(token.encode()).hexdigest()
