"""How often each key may ask."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Keys that are there ask as often as the setting says."""
    op.add_column("api_keys", sa.Column("rate_per_minute", sa.Integer, nullable=True))
