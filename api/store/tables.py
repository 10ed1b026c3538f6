"""The tables. Instants are ISO 8601 text in UTC with microseconds, so that they sort as they happened."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, String, Table, Text, UniqueConstraint

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers its rows itself only for INTEGER keys.
RowId = BigInteger().with_variant(Integer, "sqlite")
InstantColumn = String(32)
PeriodName = String(7).with_variant(String(32), "postgresql")  # as it was made: SQLite holds texts to no length

queues = Table(
    "queues",
    metadata,
    Column("queue", String(128), primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("at", InstantColumn),
    Column("waiting", BigInteger),
    Column("cell", Integer, nullable=False),
    Column("wake_at", InstantColumn, nullable=False),
    Column("book", Text, nullable=False),
    Column("retired_at", InstantColumn),
)

events = Table(
    "events",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("queue", String(128), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("kind", String(24), nullable=False),
    Column("at", InstantColumn, nullable=False),
    Column("received_at", InstantColumn, nullable=False),
    Column("reading_id", String(128)),
    Column("body", Text, nullable=False),
    Column("answer", Text),
    Column("actor", String(64)),
    UniqueConstraint("queue", "seq"),
    UniqueConstraint("queue", "reading_id"),
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("queue", String(128), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("place", Integer, nullable=False),
    Column("at", InstantColumn, nullable=False),
    Column("kind", String(24), nullable=False),
    Column("rung", Integer),
    Column("role", String(64), nullable=False),
    Column("people", Integer),
    Column("needed", Integer),
    Column("code", String(64), nullable=False),
    Column("rule", String(32), nullable=False),
    Column("reason", Text, nullable=False),
    Column("reason_zh", Text, nullable=False),
    Column("order_id", String(160), nullable=False),
    Column("badges", Text, nullable=False),
    Column("actor", String(64), nullable=False),
    UniqueConstraint("queue", "seq", "place"),
    Index("ix_decisions_order_id", "order_id"),
)

orders = Table(
    "orders",
    metadata,
    Column("order_id", String(160), primary_key=True),
    Column("queue", String(128), nullable=False),
    Column("rung", Integer, nullable=False),
    Column("role", String(64), nullable=False),
    Column("people", Integer),
    Column("people_signed_in", Integer),
    Column("badges", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("rule", String(32), nullable=False),
    Column("reason", Text, nullable=False),
    Column("reason_zh", Text, nullable=False),
    Column("ordered_at", InstantColumn, nullable=False),
    Column("delivered_at", InstantColumn),
    Column("acknowledged_at", InstantColumn),
    Column("acknowledged_by", String(64), nullable=False),
    Column("signed_in_at", InstantColumn),
    Column("closed_at", InstantColumn),
    Column("action", String(16), nullable=False, server_default="sign_in"),
    Index("ix_orders_queue_status", "queue", "status"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("key", String(200), nullable=False),
    Column("order_id", String(160), nullable=False),
    Column("queue", String(128), nullable=False),
    Column("kind", String(24), nullable=False),
    Column("webhook", String(64), nullable=False),
    Column("body", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("created_at", InstantColumn, nullable=False),
    Column("due_at", InstantColumn, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("sent_at", InstantColumn),
    Column("error", Text, nullable=False),
    Column("recipient", String(200), nullable=False, server_default=""),
    UniqueConstraint("key", "webhook"),
    Index("ix_outbox_status_due_at", "status", "due_at"),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("label", String(128), nullable=False),
    Column("role", String(16), nullable=False),
    Column("badge", String(64), nullable=False),
    Column("key_hash", String(64), nullable=False, unique=True),
    Column("per_minute", Integer, nullable=False),
    Column("created_at", InstantColumn, nullable=False),
    Column("expires_at", InstantColumn),
    Column("revoked_at", InstantColumn),
    Column("queues", Text, nullable=False, server_default="[]"),
    Column("may_command", Integer, nullable=False, server_default="0"),
)

audit = Table(
    "audit",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("at", InstantColumn, nullable=False),
    Column("badge", String(64), nullable=False),
    Column("key_id", RowId),
    Column("action", String(64), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("reason", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Index("ix_audit_at", "at"),
)

handovers = Table(
    "handovers",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("queue", String(128), nullable=False),
    Column("opened_at", InstantColumn, nullable=False),
    Column("from_badge", String(64), nullable=False),
    Column("to_badge", String(64), nullable=False),
    Column("note", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("from_signed_at", InstantColumn),
    Column("to_signed_at", InstantColumn),
    Index("ix_handovers_queue", "queue"),
)


links = Table(
    "links",
    metadata,
    Column("link_id", String(64), primary_key=True),
    Column("queue", String(128), nullable=False),
    Column("order_id", String(160), nullable=False),
    Column("badge", String(64), nullable=False),
    Column("expires_at", InstantColumn, nullable=False),
    Column("used_at", InstantColumn),
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("queue", String(128), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("verified_at", InstantColumn, nullable=False),
)

facts = Table(
    "facts",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", String(64), nullable=False),
)


def instant_text(at: datetime) -> str:
    """Return the instant as the tables keep it."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def instant(text: str) -> datetime:
    """Return the instant that the tables keep as `text`."""
    return datetime.fromisoformat(text)
