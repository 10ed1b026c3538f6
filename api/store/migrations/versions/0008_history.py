"""On PostgreSQL the newest history of each queue in rows, in partitions by month that come as they are needed."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(
        "CREATE TABLE history ("
        "queue VARCHAR(128) NOT NULL, interval_start TIMESTAMPTZ NOT NULL, "
        "calls_offered DOUBLE PRECISION, calls_answered DOUBLE PRECISION, calls_abandoned DOUBLE PRECISION, "
        "aht_seconds DOUBLE PRECISION, mean_wait_seconds DOUBLE PRECISION, seats_signed_in DOUBLE PRECISION, "
        "CONSTRAINT pk_history PRIMARY KEY (queue, interval_start)) PARTITION BY RANGE (interval_start)"
    )
    op.execute(
        "CREATE TABLE history_heads ("
        "queue VARCHAR(128) NOT NULL CONSTRAINT pk_history_heads PRIMARY KEY, version_id VARCHAR(200) NOT NULL, "
        "timezone VARCHAR(64) NOT NULL, interval_minutes INTEGER NOT NULL, columns TEXT NOT NULL)"
    )


def downgrade() -> None:
    """Take the schema down."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TABLE history_heads")
        op.execute("DROP TABLE history")
