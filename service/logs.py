"""What the server logs, and how: one line a record, as text or as JSON, with the id of its request.

No line holds what clients send: no bulletin, no query, no address but its template.
"""

import logging
import logging.config
from typing import Any, Final, Literal

from service import request_id

LogFormat = Literal["text", "json"]

_ACCESS = "yuebao.access"
_TEXT: Final = "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"
_JSON: Final = {
    "()": "pythonjsonlogger.json.JsonFormatter",
    "fmt": "%(levelname)s %(name)s %(message)s %(request_id)s",
    "rename_fields": {"levelname": "level", "name": "logger"},
    "timestamp": "time",
    "json_ensure_ascii": False,
}


class OfRequest(logging.Filter):
    """Puts the id of the request that a record belongs to into it, or else `without`; lets every record through."""

    def __init__(self, without: str | None) -> None:
        super().__init__()
        self._without = without

    def filter(self, record: logging.LogRecord) -> bool:
        """True, with `request_id` set."""
        record.request_id = request_id.current() or self._without
        # uvicorn's second copy of a message, for terminals.
        record.__dict__.pop("color_message", None)
        return True


def begin(format: LogFormat, level: str) -> None:
    """Let uvicorn's loggers and ours log to stderr from `level` on."""
    logging.config.dictConfig(_config(format, level))


def _config(format: LogFormat, level: str) -> dict[str, Any]:
    own = {"handlers": ["stderr"], "level": level.upper(), "propagate": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"request": {"()": OfRequest, "without": None if format == "json" else "-"}},
        "formatters": {"line": _JSON if format == "json" else {"format": _TEXT}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "stream": "ext://sys.stderr",
                "formatter": "line",
                "filters": ["request"],
            }
        },
        "loggers": {"uvicorn": own, "yuebao": own},
    }


def access(method: str, route: str, status: int, seconds: float, sent: int) -> None:
    """Log one answered request at info: `route` is the address's template, `sent` the bytes of the answer's body."""
    logger = logging.getLogger(_ACCESS)
    if logger.isEnabledFor(logging.INFO):
        ms = round(seconds * 1000, 1)
        said = {"method": method, "route": route, "status": status, "ms": ms, "bytes": sent}
        logger.info("%s %s %d %.1f ms %d bytes", method, route, status, ms, sent, extra=said)
