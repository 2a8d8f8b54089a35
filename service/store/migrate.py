"""Bring a database to the schema that this program knows."""

from importlib import resources

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from service.errors import StoreError
from service.store.sessions import told

# Any number that no other program on the same PostgreSQL server locks.
_LOCK = 0x79756562616F


def upgrade(engine: Engine) -> None:
    """Make what is missing, in one transaction. Servers that start together wait for one another.

    Raises StoreError, before anything is changed, for a database of a schema that this program does not know.
    """
    with engine.execution_options(immediate=True).begin() as connection:
        _upgrade(connection)


def rehearse(engine: Engine) -> bool:
    """Do what `upgrade` does and take it back: would anything be made? Raises StoreError when it could not be."""
    with told(engine), engine.execution_options(immediate=True).connect() as connection:
        with connection.begin() as transaction:
            made = _upgrade(connection)
            transaction.rollback()
        return made


def _upgrade(connection: Connection) -> bool:
    """Whether anything was missing."""
    config = Config()
    # alembic reads % in a value as the start of a name.
    folder = str(resources.files("service") / "migrations")
    config.set_main_option("script_location", folder.replace("%", "%%"))
    script = ScriptDirectory.from_config(config)
    known = {step.revision for step in script.walk_revisions()}
    _wait_for_others(connection)
    found = set(MigrationContext.configure(connection).get_current_heads())
    if unknown := found - known:
        shown = connection.engine.url.render_as_string(hide_password=True)
        raise StoreError(
            f"数据库 {shown} 是更新的 yuebao 写的(结构 {'、'.join(sorted(unknown))},"
            f"本程序只认识到 {max(known)}):请换用新版的 yuebao"
        )
    missing = found != set(script.get_heads())
    if missing:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return missing


def _wait_for_others(connection: Connection) -> None:
    """Hold off other migrations until this transaction ends. On SQLite the transaction itself has done so."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
