"""A database and what it refuses, as users are told: no password, the reason in one line, and the mend."""

from typing import Final

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from service.errors import StoreError
from service.store.causes import cause

_SECRETS: Final = ("password", "sslpassword")
_MEND: Final = "请检查磁盘空间、权限和连接"
_UNREACHED: Final = (
    "请检查 YUEBAO_DATABASE 里的主机、端口、用户、密码和库名,PostgreSQL 是否开着,它的 max_connections 够不够"
)
_NOT_ALLOWED: Final = (
    "这个用户的权限不够:装、升级请用库和表的所有者(ALTER DATABASE 库名 OWNER TO 用户);"
    "平时另用一个用户的,请用所有者运行一次 yuebao audit,再照 docs/security.md 的“审计”给它权限"
)
# By the SQLSTATE of PostgreSQL.
_MENDS: Final = {
    "42501": _NOT_ALLOWED,
    "55P03": "别的进程占着数据库,请过一会儿再试;一直这样,请重新启动占着的进程",
    "57014": "数据库太慢,请检查它的机器",
}


def shown(url: URL) -> str:
    """The address of a database without its passwords, wherever in it they are."""
    return url.difference_update_query(_SECRETS).render_as_string(hide_password=True)


def refused(url: URL, error: SQLAlchemyError) -> str:
    """What a database has refused, why, and the mend."""
    known = cause(error.orig) if isinstance(error, DBAPIError) and error.orig else None
    reason, mend = known or (_reason(error), _mend(url, error))
    return _told(url, reason, mend)


def not_allowed(url: URL, reason: str) -> StoreError:
    """What the user of a database lacks a right for, without trying it."""
    return StoreError(_told(url, reason, _NOT_ALLOWED))


def _told(url: URL, reason: str, mend: str) -> str:
    return f"数据库 {shown(url)} 用不了({reason}):{mend}"


def _reason(error: SQLAlchemyError) -> str:
    said = error.orig if isinstance(error, DBAPIError) else error
    # PostgreSQL's own sentence; what else it tells may hold what was to be kept.
    told = getattr(getattr(said, "diag", None), "message_primary", None) or str(said)
    # A driver's reason may be of several lines; a log and a sentence have room for one.
    return " ".join(told.split())


def _mend(url: URL, error: SQLAlchemyError) -> str:
    if not isinstance(error, DBAPIError) or url.get_backend_name() == "sqlite":
        return _MEND
    # Without a statement there was no connection yet.
    unreached = error.statement is None or error.connection_invalidated
    return _MENDS.get(getattr(error.orig, "sqlstate", None) or "", _UNREACHED if unreached else _MEND)
