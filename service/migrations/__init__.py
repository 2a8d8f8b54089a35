"""The schema of the store, step by step, for alembic; `service/store/migrate.py` runs them."""
