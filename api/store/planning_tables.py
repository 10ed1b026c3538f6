"""The planner's tables: drafts, their files, and the long work on them."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from api.store.tables import InstantColumn, PeriodName, metadata

FINISHED = ("done", "failed", "cancelled")  # the states in which a job rests; in all others it waits or runs

plans = Table(
    "plans",
    metadata,
    Column("plan_id", String(32), primary_key=True),
    Column("queue", String(128), nullable=False),
    Column("month", PeriodName, nullable=False),
    Column("settings", Text, nullable=False),
    Column("created_at", InstantColumn, nullable=False),
    Column("created_by", String(64), nullable=False),
    Column("published_at", InstantColumn),
    Column("published_by", String(64), nullable=False),
)

plan_files = Table(
    "plan_files",
    metadata,
    Column("plan_id", String(32), ForeignKey("plans.plan_id"), primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("written_at", InstantColumn, nullable=False),
)

jobs = Table(
    "jobs",
    metadata,
    Column("job_id", String(32), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("arguments", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("wish", String(16), nullable=False),
    Column("progress", Text, nullable=False),
    Column("result", Text, nullable=False),
    Column("error", Text, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("worker", String(128), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("created_at", InstantColumn, nullable=False),
    Column("started_at", InstantColumn),
    Column("beat_at", InstantColumn),
    Column("finished_at", InstantColumn),
    Index("ix_jobs_subject", "subject"),
    Index("ix_jobs_state", "state"),
)
