"""Orders with their action, queues that retire, keys held to queues, links to acknowledge by, the rules in force."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    op.add_column("orders", sa.Column("action", sa.String(length=16), nullable=False, server_default="sign_in"))
    for role, action in (("inbound", "lengthen"), ("standby", "call")):
        op.execute(
            sa.text("UPDATE orders SET action = :action WHERE role = :role").bindparams(action=action, role=role)
        )
    op.add_column("queues", sa.Column("retired_at", sa.String(length=32)))
    op.add_column("api_keys", sa.Column("queues", sa.Text(), nullable=False, server_default="[]"))
    op.add_column("api_keys", sa.Column("may_command", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("outbox", sa.Column("recipient", sa.String(length=200), nullable=False, server_default=""))
    op.create_table(
        "links",
        sa.Column("link_id", sa.String(length=64), nullable=False),
        sa.Column("queue", sa.String(length=128), nullable=False),
        sa.Column("order_id", sa.String(length=160), nullable=False),
        sa.Column("badge", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.String(length=32), nullable=False),
        sa.Column("used_at", sa.String(length=32)),
        sa.PrimaryKeyConstraint("link_id", name="pk_links"),
    )
    op.create_table(
        "facts",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("value", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_facts"),
    )
    # A log that is begun now is one of the newest rules; what was decided by the first stands (`ladder_fold`).
    op.execute("INSERT INTO facts (name, value) SELECT 'rules', '3' WHERE NOT EXISTS (SELECT 1 FROM queues)")


def downgrade() -> None:
    """Take the schema down."""
    for table in ("facts", "links"):
        op.drop_table(table)
    for table, column in (
        ("outbox", "recipient"),
        ("api_keys", "may_command"),
        ("api_keys", "queues"),
        ("queues", "retired_at"),
        ("orders", "action"),
    ):
        op.drop_column(table, column)
