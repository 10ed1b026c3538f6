"""The schema is what the tables say, on both databases, and what is logged stays logged."""

from __future__ import annotations

import threading

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import DatabaseError

from api.store.database import migrate, open_database, reading, writing
from api.store.tables import audit, metadata

ENTRY = {
    "at": "2026-12-01T00:00:00.000000+00:00",
    "badge": "S1",
    "action": "test",
    "subject": "",
    "reason": "",
    "detail": "",
}


def test_the_migrations_arrive_at_the_tables(engine):
    with reading(engine) as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_migrating_from_several_processes_at_once_happens_once(database_url):
    engines = [open_database(database_url) for _ in range(4)]
    failures = []

    def run(engine):
        try:
            migrate(engine)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(engine,)) for engine in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for engine in engines:
        engine.dispose()
    assert failures == []


@pytest.mark.parametrize("change", [update(audit).values(badge="X"), delete(audit)], ids=["update", "delete"])
def test_what_is_logged_can_be_neither_changed_nor_deleted(engine, change):
    with writing(engine) as connection:
        connection.execute(insert(audit).values(**ENTRY))
    with pytest.raises(DatabaseError, match="append-only"), writing(engine) as connection:
        connection.execute(change)
    with reading(engine) as connection:
        assert connection.execute(select(audit.c.badge)).scalars().all() == ["S1"]


def test_a_failed_transaction_leaves_nothing(engine):
    def fail():
        with writing(engine) as connection:
            connection.execute(insert(audit).values(**ENTRY))
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        fail()
    with reading(engine) as connection:
        assert connection.execute(select(audit)).all() == []


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("nonsense", "is not a URL"),
        ("sqlite://", "SQLite needs a file"),
        ("mysql://localhost/x", "mysql is neither sqlite nor postgresql"),
    ],
)
def test_a_database_that_cannot_be_used_is_named(url, says):
    with pytest.raises(ValueError, match=says):
        open_database(url)
