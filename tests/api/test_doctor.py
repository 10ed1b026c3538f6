"""The doctor finds what keeps a service from its work: each fault is made, and looked for."""

from __future__ import annotations

import os
import socket
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, update

from api.doctor import examine, unreachable
from api.keys import create_key
from api.settings import Heartbeat, Settings, Webhook, shipped_ladder
from api.store.database import migrate, open_database, writing
from api.store.ladder_log import LadderLog
from api.store.ladder_work import NewReading
from api.store.planning_tables import jobs
from api.store.tables import instant_text, outbox, queues

AT = datetime(2026, 3, 26, 12, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path):
    return Settings(shipped_ladder(), database_url=f"sqlite:///{tmp_path}/huawu.db")


@pytest.fixture
def engine(settings):
    made = open_database(settings.database_url)
    migrate(made)
    yield made
    made.dispose()


def found(settings, *, at=AT, reach=lambda url: None):
    told = examine(settings, {}, at=at, reach=reach)
    return {one.said.code: one for one in told}


def test_before_the_first_start_nothing_is_wrong_and_the_way_on_is_told(settings):
    told = found(settings)
    assert "serve" in told["doctor.no_database"].said.en
    assert not [one for one in told.values() if one.grade == "wrong"]


def test_a_folder_that_is_not_there(settings, tmp_path):
    told = found(replace(settings, database_url=f"sqlite:///{tmp_path}/none/huawu.db"))
    assert told["doctor.folder"].grade == "wrong"


def test_a_live_queue_is_fresh_and_then_stale(settings, engine):
    LadderLog(engine, settings).accept("hotline", [NewReading(AT, 3)], received_at=AT)
    assert found(settings, at=AT + timedelta(seconds=5))["doctor.fresh"].said.fields["age"] == "5"
    told = found(settings, at=AT + timedelta(seconds=3700))["doctor.stale"]
    assert (told.grade, told.said.fields["age"]) == ("wrong", "3,700")
    assert "hotline" in told.said.zh


def test_a_reading_ahead_of_a_clock_that_was_set_back_is_as_wrong_here_as_on_the_wall(settings, engine):
    LadderLog(engine, settings).accept("hotline", [NewReading(AT, 3)], received_at=AT)
    tolerated = settings.ladder.future_tolerance_seconds
    assert found(settings, at=AT - timedelta(seconds=tolerated))["doctor.fresh"].grade == "well"
    told = found(settings, at=AT - timedelta(seconds=tolerated + 1))["doctor.ahead"]
    assert (told.grade, told.said.fields["age"]) == ("wrong", f"{tolerated + 1:g}")


def test_a_snapshot_changed_by_hand_is_found(settings, engine):
    LadderLog(engine, settings).accept("hotline", [NewReading(AT, 3)], received_at=AT)
    with writing(engine) as connection:
        connection.execute(update(queues).values(waiting=7))
    assert found(settings)["doctor.log"].grade == "wrong"


def test_keys_that_are_missing_and_that_end(settings, engine):
    told = found(settings)
    assert told["doctor.no_key"].grade == "look"
    create_key(engine, label="boss", role="admin", at=AT, expires_at=AT + timedelta(days=3))
    told = found(settings)
    assert "doctor.no_key" not in told  # an admin may do what all of them may
    assert told["doctor.key_ends"].said.fields["label"] == "boss"
    assert "doctor.no_key" in found(settings, at=AT + timedelta(days=4))


def test_from_the_25th_the_next_month_is_asked_for(settings, engine):
    del engine
    asked = {
        day: [
            one.said.fields["month"]
            for one in examine(settings, {}, at=datetime(2026, 3, day, 4, tzinfo=UTC))
            if one.said.code == "doctor.no_roster"
        ]
        for day in (24, 25)
    }
    assert asked == {24: ["2026-03"], 25: ["2026-03", "2026-04"]}


@pytest.mark.parametrize("spoken_of", [[], ["hotline"]])
def test_rosters_are_asked_for_of_queues_that_have_spoken_though_nobody_declared_them(settings, engine, spoken_of):
    undeclared = replace(settings, queues=())
    for queue in spoken_of:
        LadderLog(engine, settings).accept(queue, [NewReading(AT, 3)], received_at=AT)
    told = found(undeclared)
    assert "doctor.roster" not in told
    assert [one.said.fields["queues"] for code, one in told.items() if code == "doctor.no_roster"] == (
        [spoken_of] if spoken_of else []
    )


def test_a_calendar_that_is_not_there_yet(settings, engine):
    del engine
    assert found(settings, at=datetime(2090, 12, 1, tzinfo=UTC))["doctor.calendar"].said.fields["year"] == 2091


def test_messages_that_nobody_takes_and_that_nobody_is_told(settings, engine):
    row = {
        "key": "k",
        "order_id": "o",
        "queue": "hotline",
        "kind": "order",
        "webhook": "floor",
        "body": "{}",
        "status": "pending",
        "created_at": instant_text(AT - timedelta(minutes=9)),
        "due_at": instant_text(AT),
        "attempts": 3,
        "error": "HTTP 500",
    }
    with writing(engine) as connection:
        connection.execute(insert(outbox).values(row))
    hook = Webhook("floor", "https://floor.example.org/hook", private=True)
    told = found(replace(settings, webhooks=(hook,)))["doctor.unsent"].said.fields
    assert (told["count"], told["minutes"], told["error"]) == (1, "9", "HTTP 500")
    assert found(settings)["doctor.unsent_nowhere"].grade == "wrong"


def test_work_that_does_not_end(settings, engine):
    row = dict.fromkeys(("kind", "subject", "arguments", "wish", "progress", "result", "error", "actor", "worker"), "")
    row |= {"attempt": 1, "created_at": instant_text(AT - timedelta(hours=3)), "state": "running", "job_id": "j1"}
    with writing(engine) as connection:
        connection.execute(insert(jobs).values(row))
    assert found(settings)["doctor.job"].said.fields["job"] == "j1"


def test_what_cannot_be_reached_or_may_not_be(settings):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/beat"
        assert unreachable(address) is None
        within = replace(settings, heartbeat=Heartbeat(address))
        assert found(within, reach=None)["doctor.private"].grade == "wrong"
        allowed = replace(settings, heartbeat=Heartbeat(address, private=True))
        assert found(allowed, reach=unreachable)["doctor.reached"].grade == "well"
    assert "refused" in found(allowed, reach=unreachable)["doctor.unreachable"].said.en


def test_a_schema_behind_the_newest_and_one_of_somebody_else(settings, engine):
    file = engine.url.database
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    assert found(settings)["doctor.schema"].said.fields["count"] >= 1
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'theirs'")
    assert found(settings)["doctor.database"].grade == "wrong"


def test_a_file_that_is_no_database(settings, tmp_path):
    (tmp_path / "huawu.db").write_text("nothing of the kind" * 100)
    told = found(settings)["doctor.database"]
    assert (told.grade, told.said.fields["cause"].code) == ("wrong", "database.damaged")


def test_looking_changes_nothing(settings, engine, tmp_path):
    engine.dispose()
    before = (tmp_path / "huawu.db").read_bytes()
    found(settings)
    assert (tmp_path / "huawu.db").read_bytes() == before


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
def test_a_database_that_others_can_read(settings, engine, tmp_path):
    del engine
    assert "doctor.readable" not in found(settings)
    (tmp_path / "huawu.db").chmod(0o644)
    assert found(settings)["doctor.readable"].grade == "look"


def test_the_command_ends_with_1_when_something_is_wrong(tmp_path, monkeypatch, huawu):
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "huawu.toml"
    file.write_text('timezone = "Asia/Shanghai"\n')
    code, said, error = huawu("doctor", "--settings", file, "--language", "zh")
    assert code == 0, error
    assert "huawu.toml" in said
    file.write_text('timezone = "Asia/Shanghi"\n')
    code, said, _ = huawu("doctor", "--settings", file)
    assert code == 1
    assert "✗ there is no time zone 'Asia/Shanghi'" in said
