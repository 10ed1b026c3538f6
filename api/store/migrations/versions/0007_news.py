"""PostgreSQL tells every process of a queue that has changed, so that none has to ask for each look."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(
        "CREATE FUNCTION huawu_queue_news() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN PERFORM pg_notify('huawu_' || TG_TABLE_SCHEMA, NEW.queue); RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER queues_news AFTER INSERT OR UPDATE ON queues FOR EACH ROW EXECUTE FUNCTION huawu_queue_news()"
    )


def downgrade() -> None:
    """Take the schema down."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER queues_news ON queues")
        op.execute("DROP FUNCTION huawu_queue_news()")
