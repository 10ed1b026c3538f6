"""The schema is what the tables say, on both databases, and what is logged stays logged."""

from __future__ import annotations

import re
import sqlite3
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, delete, insert, select, update
from sqlalchemy.exc import DatabaseError

import api.store
from api.keys import create_key, key_hash, keys_by_hash
from api.settings import Settings, shipped_ladder
from api.store.database import migrate, open_database, put, reading, writing
from api.store.history_rows import of_postgresql
from api.store.ladder_fold import differences, take_up_rules
from api.store.ladder_log import LadderLog
from api.store.ladder_work import NewReading
from api.store.tables import audit, facts, metadata

ENTRY = {
    "at": "2026-12-01T00:00:00.000000+00:00",
    "badge": "S1",
    "action": "test",
    "subject": "",
    "reason": "",
    "detail": "",
}


def beside_the_tables(connection):
    """Where the database's schema is not that of the tables."""
    told = [metadata] if connection.dialect.name == "sqlite" else [metadata, of_postgresql]
    months = {"include_name": lambda name, kind, parents: kind != "table" or not re.fullmatch(r"history_\d+_\d+", name)}
    return compare_metadata(MigrationContext.configure(connection, opts=months), told)


def test_the_migrations_arrive_at_the_tables(engine):
    with reading(engine) as connection:
        assert beside_the_tables(connection) == []


def test_what_is_read_together_is_of_one_moment_whatever_is_written_meanwhile(engine):
    with reading(engine) as connection:
        before = connection.execute(select(facts)).all()
        with writing(engine) as other:
            put(other, facts, {"name": "meanwhile", "value": "1"})
        assert connection.execute(select(facts)).all() == before
    with reading(engine) as connection:
        assert len(connection.execute(select(facts)).all()) == len(before) + 1


def schema_of(engine, revision):
    """Bring the database to an older schema, and return its tables as they are there."""
    config = Config()
    config.set_main_option("script_location", str(Path(api.store.__file__).parent / "migrations"))
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        there = MetaData()
        there.reflect(connection)
    return {name: table for name, table in there.tables.items() if name != "alembic_version"}


def rows_of(engine, tables):
    with reading(engine) as connection:
        return {
            name: [dict(row._mapping) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for name, table in tables.items()
        }


@pytest.fixture
def floor_rows(tmp_path):
    """What a floor leaves behind: rows of a surge that came and went, a key, a note, a handover, by table."""
    engine = open_database(f"sqlite:///{tmp_path / 'written.db'}")
    migrate(engine)
    log = LadderLog(engine, Settings(ladder=shipped_ladder(), database_url=""))
    for minute in range(60):
        at = datetime(2026, 11, 2, 1, tzinfo=UTC) + timedelta(minutes=minute)
        log.accept("hotline", [NewReading(at, 11 if minute < 30 else 3)], received_at=at)
    secret, _ = create_key(engine, label="switch", role="writer", at=datetime(2026, 11, 1, tzinfo=UTC))
    found = rows_of(engine, metadata.tables)
    engine.dispose()
    found["handovers"] = [
        {"queue": "hotline", "opened_at": ENTRY["at"], "from_badge": "S1", "to_badge": "S2", "note": "交接",
         "state": "{}", "from_signed_at": ENTRY["at"], "to_signed_at": None},
    ]  # fmt: skip
    return found, secret


@pytest.mark.parametrize("revision", ["0001", "0003"])
def test_a_database_of_an_older_schema_keeps_all_its_rows_when_it_is_brought_to_the_newest(
    database_url, floor_rows, revision
):
    given, secret = floor_rows
    engine = open_database(database_url)
    old = schema_of(engine, revision)
    kept = ("queues", "events", "decisions", "orders", "outbox", "api_keys", "audit", "handovers")
    with writing(engine) as connection:
        for name in kept:
            rows = [{c: v for c, v in row.items() if c in old[name].columns and c != "id"} for row in given[name]]
            if rows:
                connection.execute(insert(old[name]), rows)
    before = rows_of(engine, old)
    assert all(before[name] for name in ("queues", "events", "decisions", "orders", "api_keys", "audit", "handovers"))
    assert {"inbound", "standby"} <= {order["role"] for order in before["orders"]}

    migrate(engine)

    with reading(engine) as connection:
        assert beside_the_tables(connection) == []
    after = rows_of(engine, metadata.tables)
    for name, rows in before.items():
        assert [{column: row[column] for column in rows[0]} for row in after[name]] == rows
    now = datetime(2026, 11, 3, tzinfo=UTC)
    assert take_up_rules(engine, now) == ["hotline"]  # begun under older rules: what they decided stands
    assert take_up_rules(engine, now) == []
    assert differences(engine, "hotline") == []
    with pytest.raises(DatabaseError, match="append-only"), writing(engine) as connection:
        connection.execute(delete(metadata.tables["events"]))
    assert keys_by_hash(engine)[key_hash(secret)].label == "switch"
    engine.dispose()


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


def test_a_file_that_another_writes_in_the_old_mode_is_waited_for(tmp_path):
    another = sqlite3.connect(tmp_path / "huawu.db", isolation_level=None, check_same_thread=False)
    another.execute("BEGIN IMMEDIATE")
    done = threading.Timer(0.3, another.execute, ["COMMIT"])
    done.start()
    engine = open_database(f"sqlite:///{tmp_path}/huawu.db")
    migrate(engine)
    done.join()
    another.close()
    with reading(engine) as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    engine.dispose()


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


def test_two_writers_of_the_same_new_row_both_get_through(engine):
    """The second looks before the first has committed, and writes after it: two services that start together."""
    second_done = threading.Event()

    def second():
        with writing(engine) as connection:
            put(connection, facts, {"name": "seen", "value": "second"})
        second_done.set()

    later = threading.Thread(target=second)
    with writing(engine) as connection:
        put(connection, facts, {"name": "seen", "value": "first"})
        later.start()
        assert not second_done.wait(0.3)  # it waits for the row
    later.join(30)
    assert second_done.is_set()
    assert [row["value"] for row in rows_of(engine, {"facts": facts})["facts"] if row["name"] == "seen"] == ["second"]
