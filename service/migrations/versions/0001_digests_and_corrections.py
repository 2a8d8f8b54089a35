"""Digests, and what people corrected in them."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "digests",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("month", sa.String(7), nullable=True),
        sa.Column("bundle", sa.String(200), nullable=False),
        sa.Column("taxonomy", sa.String(200), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
    )
    op.create_index("ix_digests_month", "digests", ["month"])
    op.create_table(
        "corrections",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("digest", sa.String(64), sa.ForeignKey("digests.id"), nullable=False),
        sa.Column("item", sa.String(200), nullable=True),
        sa.Column("sentence", sa.Integer, nullable=True),
        sa.Column("before", sa.JSON, nullable=False),
        sa.Column("after", sa.JSON, nullable=False),
        sa.Column("author", sa.String(200), nullable=False),
        sa.Column("bundle", sa.String(200), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(item IS NULL) <> (sentence IS NULL)", name="item_or_sentence"),
    )
    op.create_index("ix_corrections_digest", "corrections", ["digest"])
