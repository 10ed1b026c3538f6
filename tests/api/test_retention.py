"""What is older than is kept goes, and what stays says what it said before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, func, insert, select
from sqlalchemy.exc import DatabaseError

from api.settings import Retention, Settings, settings_from, shipped_ladder
from api.store import retention
from api.store.audit import audit_entries
from api.store.backup import back_up
from api.store.database import reading, writing
from api.store.ladder_fold import differences, differences_since_checkpoint, fold
from api.store.ladder_log import LadderLog
from api.store.ladder_work import NewReading
from api.store.planning_tables import jobs
from api.store.retention import outdated, purge
from api.store.tables import events, instant_text, links, orders, outbox

START = datetime(2026, 3, 2, 1, tzinfo=UTC)
LATER = START + timedelta(days=9, minutes=130)
KEPT = Retention(log_days=9)  # at `LATER`, the first 130 minutes are too old


@pytest.fixture
def log(engine):
    return LadderLog(engine, Settings(ladder=shipped_ladder(), queues=("hotline", "vip"), database_url=""))


def send(log, minutes, queue="hotline"):
    for minute in minutes:
        at = START + timedelta(minutes=minute)
        log.accept(queue, [NewReading(at, 11 if minute % 25 < 12 else 4, reading_id=f"r{minute}")], received_at=at)


def rows_of(engine, table):
    with reading(engine) as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def test_the_log_folds_to_the_same_state_and_goes_on(log, engine):
    send(log, range(200))
    send(log, range(0, 200, 50), queue="vip")
    before, snapshot = fold(engine, "hotline"), log.state("hotline")
    told = [one for one in before.made if one.seq > 140]
    assert differences_since_checkpoint(engine, "hotline", LATER) == []
    expected = outdated(engine, KEPT, LATER)
    gone = purge(engine, KEPT, LATER, actor="8801")
    assert gone == expected
    # The ladders with which both begin; minutes 0-128 of the one (129 holds the state), 0 and 50 of the other.
    assert gone["events"] == 2 + 129 + 2
    after = fold(engine, "hotline")
    assert (after.version, after.state) == (before.version, before.state)
    assert [one for one in after.made if one.seq > 140] == told
    assert differences(engine, "hotline") == differences(engine, "vip") == []
    assert log.state("hotline") == snapshot
    send(log, range(200, 230))
    assert differences(engine, "hotline") == []
    assert [one["action"] for one in audit_entries(engine)] == ["database.purge"]
    assert audit_entries(engine)[0]["badge"] == "8801"
    assert purge(engine, KEPT, LATER) == {}


def test_orders_stay_for_the_duty_register(log, engine):
    send(log, range(200))
    before = rows_of(engine, orders)
    purge(engine, KEPT, LATER)
    assert rows_of(engine, orders) == before > 0


def test_a_purge_that_is_broken_off_harms_nothing_and_is_taken_up(log, engine, monkeypatch):
    send(log, range(200))
    before = fold(engine, "hotline")
    monkeypatch.setattr(retention, "ROWS_PURGED_AT_ONCE", 30)
    transactions, left = retention.writing, iter(range(3))

    def breaking(engine):
        next(left)
        return transactions(engine)

    monkeypatch.setattr(retention, "writing", breaking)
    with pytest.raises(StopIteration):
        purge(engine, KEPT, LATER)
    monkeypatch.setattr(retention, "writing", transactions)
    assert rows_of(engine, events) < 201
    half = fold(engine, "hotline")
    assert (half.version, half.state) == (before.version, before.state)
    assert differences(engine, "hotline") == []
    purge(engine, KEPT, LATER)
    assert fold(engine, "hotline").state == before.state
    with reading(engine) as connection:
        assert connection.execute(select(func.min(events.c.received_at))).scalar() == instant_text(
            START + timedelta(minutes=129)
        )


def test_the_databases_own_guard_is_there_again(log, engine):
    send(log, range(200))
    purge(engine, KEPT, LATER)
    with pytest.raises(DatabaseError, match="append-only"), writing(engine) as connection:
        connection.execute(delete(events))


def test_the_newest_entry_stays_however_old(log, engine):
    send(log, range(30))
    purge(engine, KEPT, LATER + timedelta(days=300))
    assert rows_of(engine, events) == 2  # the state before it, and it
    assert differences(engine, "hotline") == []


def test_a_copy_of_what_was_left_is_whole(log, engine, tmp_path):
    send(log, range(200))
    purge(engine, KEPT, LATER)
    assert not back_up(engine, tmp_path / "copy.db").disagreements


def test_messages_links_and_jobs_go_by_age_and_what_is_due_stays(engine):
    old, new = instant_text(START), instant_text(LATER)
    message = {
        "order_id": "",
        "queue": "q",
        "kind": "order",
        "webhook": "w",
        "body": "{}",
        "due_at": old,
        "attempts": 1,
    }
    words = dict.fromkeys(
        ("kind", "subject", "arguments", "wish", "progress", "result", "error", "actor", "worker"), ""
    )
    with writing(engine) as connection:
        for key, status, at in (("a", "sent", old), ("b", "pending", old), ("c", "sent", new), ("d", "failed", old)):
            row = {**message, "key": key, "status": status, "created_at": at, "error": ""}
            connection.execute(insert(outbox).values(row))
        for name, state, at in (("1", "done", old), ("2", "running", old), ("3", "failed", new)):
            connection.execute(
                insert(jobs).values({**words, "job_id": name, "state": state, "created_at": at, "attempt": 1})
            )
        for name, at in (("x", old), ("y", new)):
            row = {"link_id": name, "queue": "q", "order_id": "", "badge": "", "expires_at": at}
            connection.execute(insert(links).values(row))
    kept = Retention(messages_days=5, jobs_days=5)
    expected = {"outbox": 2, "links": 1, "jobs": 1}
    assert outdated(engine, kept, LATER) == expected
    assert purge(engine, kept, LATER) == expected
    with reading(engine) as connection:
        assert {row.key for row in connection.execute(select(outbox.c.key))} == {"b", "c"}
        assert {row.job_id for row in connection.execute(select(jobs.c.job_id))} == {"2", "3"}


def test_without_a_rule_nothing_goes(log, engine):
    send(log, range(40))
    assert purge(engine, Retention(), LATER + timedelta(days=999)) == {}


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("log_days = 0", r"\[retention\] log_days = 0"),
        ("log_days = 1.5", "must be a whole number"),
        ("readings = 3", "unknown key 'readings'"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(tmp_path, written, said):
    file = tmp_path / "huawu.toml"
    file.write_text(f"[retention]\n{written}\n")
    with pytest.raises(ValueError, match=said):
        settings_from({}, file=file)
