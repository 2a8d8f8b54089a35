"""What alembic runs to migrate: on the connection that `service/store/migrate.py` passes in, in its transaction."""

from alembic import context


def migrate() -> None:
    """Run the steps that are asked for."""
    context.configure(connection=context.config.attributes["connection"])
    context.run_migrations()


# The name alembic runs this file under; importing it does nothing.
if __name__ == "env_py":
    migrate()
