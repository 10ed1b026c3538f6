"""A log that is begun now is one of the third rules, whose state knows the last act on an order."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    op.execute("UPDATE facts SET value = '3' WHERE name = 'rules' AND NOT EXISTS (SELECT 1 FROM queues)")


def downgrade() -> None:
    """Take the schema down."""
    op.execute("UPDATE facts SET value = '2' WHERE name = 'rules' AND NOT EXISTS (SELECT 1 FROM queues)")
