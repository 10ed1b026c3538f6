"""A plan may be of other periods than a month, whose names are longer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def _to_length(characters: int) -> None:
    if op.get_bind().dialect.name != "postgresql":  # SQLite holds texts to no length
        return
    for table in ("plans", "versions"):
        op.alter_column(table, "month", type_=sa.String(characters), existing_nullable=False)


def upgrade() -> None:
    """Bring the schema up."""
    _to_length(32)


def downgrade() -> None:
    """Take the schema down."""
    _to_length(7)
