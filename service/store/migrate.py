"""Bring a database to the schema that this program knows."""

from importlib import resources

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from service.errors import StoreError
from service.store.postgres import refuse_encoding, try_writing
from service.store.sessions import told
from service.store.shown import shown


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
    if connection.dialect.name == "postgresql":
        refuse_encoding(connection)
    found = set(MigrationContext.configure(connection).get_current_heads())
    if unknown := found - known:
        raise StoreError(
            f"数据库 {shown(connection.engine.url)} 是更新的 yuebao 写的(结构 {'、'.join(sorted(unknown))},"
            f"本程序只认识到 {max(known)}):请换用新版的 yuebao"
        )
    missing = found != set(script.get_heads())
    if missing:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    if connection.dialect.name == "postgresql":
        try_writing(connection)
    return missing
