"""A database copied at work is the database as of one moment, and comes back on either kind."""

from __future__ import annotations

import itertools
import sqlite3
import threading
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import insert, select

from api.keys import create_key, key_hash, keys_by_hash
from api.settings import Settings, shipped_ladder
from api.store.backup import Pace, back_up, restore
from api.store.database import migrate, open_database, reading, writing
from api.store.ladder_fold import fold
from api.store.ladder_log import LadderLog
from api.store.ladder_work import NewReading
from api.store.tables import audit, metadata

START = datetime(2026, 11, 2, 1, tzinfo=UTC)


def surge(log: LadderLog, queue: str, minutes: range) -> None:
    for minute in minutes:
        at = START + timedelta(minutes=minute)
        log.accept(queue, [NewReading(at, 11 if minute % 60 < 30 else 3, reading_id=f"r{minute}")], received_at=at)


def rows_of(engine):
    with reading(engine) as connection:
        return {
            name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for name, table in metadata.tables.items()
        }


@pytest.fixture
def floor(engine):
    """A database with a surge that came and went on two queues, and a key."""
    log = LadderLog(engine, Settings(ladder=shipped_ladder(), database_url="", queues=("hotline", "出境")))
    for queue in ("hotline", "出境"):
        surge(log, queue, range(60))
    secret, _ = create_key(engine, label="switch", role="writer", at=START)
    return log, secret


@pytest.fixture
def another_engine(request, tmp_path):
    """An engine on a second, empty database of the kind the test asks for."""
    url = f"sqlite:///{tmp_path / 'second.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("second_postgresql_url")
    engine = open_database(url)
    yield engine
    engine.dispose()


@pytest.mark.parametrize("another_engine", ["sqlite", "postgresql"], indirect=True)
def test_a_copy_put_back_is_the_same_to_the_last_row_and_goes_on(floor, engine, another_engine, tmp_path):
    log, secret = floor
    copied = back_up(engine, tmp_path / "copy.db")
    given = rows_of(engine)
    assert copied.rows == {name: len(rows) for name, rows in given.items()}
    assert copied.disagreements == {}
    assert {path.name for path in tmp_path.glob("*copy*")} == {"copy.db"}

    assert restore(tmp_path / "copy.db", another_engine) == copied
    assert rows_of(another_engine) == given
    assert keys_by_hash(another_engine)[key_hash(secret)].label == "switch"
    second = LadderLog(another_engine, Settings(ladder=shipped_ladder(), database_url="", queues=("hotline", "出境")))
    for one in (log, second):
        surge(one, "hotline", range(60, 120))  # new rows are numbered after the old, and decide the same
    assert fold(another_engine, "hotline") == fold(engine, "hotline")


def test_a_copy_made_while_readings_arrive_is_of_one_moment(floor, engine, tmp_path):
    log, _ = floor
    begun, stop = threading.Event(), threading.Event()
    written = []

    def write():
        minute = 60
        while not stop.is_set():
            surge(log, "hotline", range(minute, minute + 1))
            written.append(minute)
            minute += 1
            begun.set()

    writer = threading.Thread(target=write)
    writer.start()
    assert begun.wait(60)
    try:
        for number in range(3):
            before = len(written)
            copied = back_up(engine, tmp_path / f"copy{number}.db")
            after = len(written)
            copy = open_database(f"sqlite:///{tmp_path / f'copy{number}.db'}")
            with reading(copy) as connection:
                events = metadata.tables["events"]
                query = select(events.c.seq).where(events.c.queue == "hotline").order_by(events.c.seq)
                logged = connection.execute(query).scalars().all()
                version = connection.execute(
                    select(metadata.tables["queues"].c.version).where(metadata.tables["queues"].c.queue == "hotline")
                ).scalar_one()
                ids = connection.execute(
                    select(events.c.reading_id).where(events.c.kind == "reading", events.c.queue == "hotline")
                ).scalars()
                latest = max(int(one[1:]) for one in ids) - 59
            copy.dispose()
            assert logged == list(range(1, len(logged) + 1)), "no entry is missing in between"
            assert version == logged[-1], "the snapshot is of the same moment as the log"
            assert before <= latest <= after + 1
            assert copied.disagreements == {}
    finally:
        stop.set()
        writer.join(60)


def test_a_log_that_was_tampered_with_is_told_by_queue(floor, engine, tmp_path):
    with writing(engine) as connection:
        queues = metadata.tables["queues"]
        connection.execute(queues.update().where(queues.c.queue == "出境").values(waiting=99))
    assert back_up(engine, tmp_path / "copy.db").disagreements == {"出境": ["waiting: snapshot 99, log 3"]}


def test_what_is_there_is_never_written_over(floor, engine, tmp_path):
    back_up(engine, tmp_path / "copy.db")
    before = (tmp_path / "copy.db").read_bytes()
    with pytest.raises(ValueError, match="is there already"):
        back_up(engine, tmp_path / "copy.db")
    with pytest.raises(ValueError, match="is not empty"):
        restore(tmp_path / "copy.db", engine)
    assert (tmp_path / "copy.db").read_bytes() == before


def test_a_copy_that_fails_half_way_leaves_nothing(tmp_path, monkeypatch):
    engine = open_database(f"sqlite:///{tmp_path / 'huawu.db'}")
    migrate(engine)
    with writing(engine) as connection:
        entry = dict.fromkeys(("badge", "action", "subject", "reason", "detail"), "x")
        connection.execute(insert(audit).values(at="2026-12-01T00:00:00.000000+00:00", **entry))
    with monkeypatch.context() as broken:
        broken.setattr("api.store.backup._disagreements", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            back_up(engine, tmp_path / "copies" / "copy.db")
    assert list((tmp_path / "copies").iterdir()) == []
    engine.dispose()


@pytest.mark.parametrize("content", [b"", b"time,calls\n", "sqlite"])
def test_a_file_that_is_no_copy_is_refused_by_name(tmp_path, content):
    path = tmp_path / "other.db"
    if content == "sqlite":
        sqlite3.connect(path).execute("CREATE TABLE things (id INTEGER)").connection.close()
    else:
        path.write_bytes(content)
    engine = open_database(f"sqlite:///{tmp_path / 'huawu.db'}")
    with pytest.raises(ValueError, match=r"other\.db: is not a copy"):
        restore(path, engine)
    engine.dispose()


def test_a_copy_rests_three_times_as_long_as_it_works_after_every_thousand_rows(tmp_path, monkeypatch):
    """A clock that goes on by a second at every look, and rests that are only noted."""
    engine = open_database(f"sqlite:///{tmp_path / 'huawu.db'}")
    log = LadderLog(engine, Settings(ladder=shipped_ladder(), database_url="", queues=("hotline",)))
    migrate(engine)
    told = [NewReading(START + timedelta(minutes=minute), 3) for minute in range(2_500)]
    log.accept("hotline", told, received_at=START + timedelta(minutes=2_500))
    seconds, rests = itertools.count(), []
    monkeypatch.setattr("api.store.backup.Pace", partial(Pace, clock=seconds.__next__, sleep=rests.append))
    copied = back_up(engine, tmp_path / "copy.db")
    pieces = sum(-(-rows // 1_000) for rows in copied.rows.values())
    folded = copied.rows["events"] // 1_000  # and while the copy's log is folded
    assert copied.rows["events"] > 2_500
    assert rests == [3.0] * (pieces + folded)
    engine.dispose()
