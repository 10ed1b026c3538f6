"""The tables of versions: what was made, and what of it was published. The database itself refuses to change them."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from api.store.tables import InstantColumn, PeriodName, RowId, metadata

versions = Table(
    "versions",
    metadata,
    Column("version_id", String(200), primary_key=True),
    Column("kind", String(24), nullable=False),
    Column("queue", String(128), nullable=False),
    Column("month", PeriodName, nullable=False),
    Column("number", Integer, nullable=False),
    Column("made_at", InstantColumn, nullable=False),
    Column("made_by", String(64), nullable=False),
    Column("why", Text, nullable=False),
    Column("inputs", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("content", LargeBinary, nullable=False),
    UniqueConstraint("kind", "queue", "month", "number"),
)

publications = Table(
    "publications",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("version_id", String(200), ForeignKey("versions.version_id"), nullable=False),
    Column("published_at", InstantColumn, nullable=False),
    Column("published_by", String(64), nullable=False),
    Column("why", Text, nullable=False),
    Column("supersedes", String(200), nullable=False),
    UniqueConstraint("version_id"),
    Index("ix_publications_published_at", "published_at"),
)
