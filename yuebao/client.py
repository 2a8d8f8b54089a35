"""The client of a yuebao service: `Client`, and `AsyncClient` to be awaited; both know the same operations.

The shapes of what they answer are those of the service: `bulletin.digest`, `service.schemas` and its neighbours.
"""

from service.schemas import ItemRequest
from yuebao.async_client import AsyncClient
from yuebao.calls import Upload, Where
from yuebao.errors import (
    ApiError,
    AuthError,
    BadAnswerError,
    BusyError,
    ClientError,
    ConflictError,
    DeadlineError,
    InvalidError,
    NotFoundError,
    OutOfTimeError,
    SetupError,
    UnavailableError,
    UnreachableError,
)
from yuebao.retries import Retries
from yuebao.sync_client import Client

__all__ = [
    "ApiError",
    "AsyncClient",
    "AuthError",
    "BadAnswerError",
    "BusyError",
    "Client",
    "ClientError",
    "ConflictError",
    "DeadlineError",
    "InvalidError",
    "ItemRequest",
    "NotFoundError",
    "OutOfTimeError",
    "Retries",
    "SetupError",
    "UnavailableError",
    "UnreachableError",
    "Upload",
    "Where",
]
