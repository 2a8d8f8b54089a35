"""Why a database is of no use, in Chinese, and the mend of each of the common causes."""

import re
import sqlite3
from collections.abc import Mapping
from typing import Final, NamedTuple


class Cause(NamedTuple):
    """The reason, as it stands in brackets, and its mend."""

    reason: str
    mend: str


_BUSY: Final = Cause("数据库正被占用", "别的进程占着数据库,请过一会儿再试;一直这样,请重新启动占着的进程")
_DAMAGED: Final = "请从备份恢复这个文件,或把它移走、从空的数据库重新开始"
_PASSWORD: Final = "请改正 YUEBAO_DATABASE 里的用户和密码,密码里的符号要照网址的规则转写,如 @ 写成 %40"
_PARAMETER: Final = "请改正 YUEBAO_DATABASE 里问号后面的参数"

# By the SQLSTATE of PostgreSQL, which there is once a connection is.
_BY_STATE: Final[Mapping[str, Cause]] = {
    "25006": Cause("只能读,不能写", "连到的是只读的副本,请改连主库"),
    "53100": Cause("磁盘已满", "请在数据库的机器上腾出磁盘空间"),
}
# By the number of SQLite's error.
_BY_NUMBER: Final[Mapping[int, Cause]] = {
    sqlite3.SQLITE_NOTADB: Cause("这个文件不是 SQLite 数据库,或已经损坏", _DAMAGED),
    sqlite3.SQLITE_CORRUPT: Cause("数据库文件已经损坏", _DAMAGED),
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_FULL: Cause("磁盘已满", "请腾出磁盘空间"),
    sqlite3.SQLITE_READONLY: Cause(
        "文件只能读,不能写", "请检查这个文件和它所在的文件夹的权限,磁盘是不是只读的"
    ),
}
# By what libpq and psycopg say while there is no connection yet, and so no SQLSTATE. The first that is found holds: of
# several addresses that were tried, the one where somebody answered tells most.
_BY_WORDS: Final = (
    (r"password authentication failed", Cause("用户或密码不对", _PASSWORD)),
    (r"no password supplied", Cause("没有给密码", _PASSWORD)),
    (
        r'database "(.+)" does not exist',
        Cause("没有名为 {} 的库", "请改正 YUEBAO_DATABASE 里的库名,或用 CREATE DATABASE 建这个库"),
    ),
    (
        r"too many (?:clients|connections)|connection slots are reserved",
        Cause(
            "连接太多",
            "请调高 PostgreSQL 的 max_connections 或这个用户、这个库的 CONNECTION LIMIT,或调低 YUEBAO_WORKERS",
        ),
    ),
    (
        r"server does not support SSL",
        Cause(
            "服务器不支持 SSL,而地址里的 sslmode 要求用",
            "请在 PostgreSQL 里设 ssl = on;网络可信、确实不要加密,请去掉地址里的 sslmode",
        ),
    ),
    (r'invalid connection option "(.+?)"', Cause("地址里的参数 {} 不认得", _PARAMETER)),
    (r"invalid (\w+) value: ", Cause("地址里的参数 {} 取值不对", _PARAMETER)),
    (
        r"failed to resolve host|could not translate host name",
        Cause("查不到这个主机名", "请改正 YUEBAO_DATABASE 里的主机名,或检查域名解析"),
    ),
    (
        r"Connection refused",
        Cause("连接被拒绝", "请启动 PostgreSQL,并检查 YUEBAO_DATABASE 里的主机和端口"),
    ),
)


def cause(error: BaseException) -> Cause | None:
    """The cause of what a driver raised, None where it is not known here."""
    if isinstance(error, sqlite3.Error):
        # The low byte is the kind; the rest says more of it.
        return _BY_NUMBER.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
    state = getattr(error, "sqlstate", None)
    return _BY_STATE.get(state) if state else _by_words(str(error))


def _by_words(told: str) -> Cause | None:
    for pattern, found in _BY_WORDS:
        if match := re.search(pattern, told):
            return Cause(found.reason.format(*match.groups()), found.mend)
    return None
