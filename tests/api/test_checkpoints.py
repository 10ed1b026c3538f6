"""A start folds the log from where it was last found right, and finds what the whole fold finds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from api.http import app as service
from api.settings import Settings, shipped_ladder
from api.store import ladder_fold
from api.store.database import writing
from api.store.ladder_fold import (
    Checkpoint,
    checkpoint_of,
    differences,
    differences_since_checkpoint,
    fold,
    keep_checkpoint,
)
from api.store.ladder_log import LadderLog
from api.store.ladder_work import NewReading
from api.store.tables import checkpoints, queues
from tests.waiting import until

START = datetime(2026, 11, 2, 1, tzinfo=UTC)
WAITING = [11 if minute % 25 < 12 else 4 for minute in range(80)]


def send(log: LadderLog, minutes: range) -> None:
    for minute in minutes:
        at = START + timedelta(minutes=minute)
        log.accept("hotline", [NewReading(at, WAITING[minute])], received_at=at)


@pytest.fixture
def log(engine):
    return LadderLog(engine, Settings(ladder=shipped_ladder(), database_url=""))


@pytest.fixture
def folded_entries(monkeypatch):
    """The entries that folding went through, as they come."""
    seen, reduce = [], ladder_fold.reduce
    monkeypatch.setattr(ladder_fold, "reduce", lambda state, event: seen.append(event) or reduce(state, event))
    return seen


def test_from_whatever_entry_the_fold_begins_it_ends_as_the_whole(log, engine):
    marks = []
    for begin in range(0, 80, 8):
        send(log, range(begin, begin + 8))
        here = fold(engine, "hotline")
        marks.append(Checkpoint(here.version, here.state))
    whole = fold(engine, "hotline")
    assert len({str(mark.state.book) for mark in marks}) > 3  # orders came and went
    for mark in marks:
        keep_checkpoint(engine, "hotline", mark, START)  # through the database, as at a start
        again = fold(engine, "hotline", begin=checkpoint_of(engine, "hotline"))
        assert (again.version, again.state) == (whole.version, whole.state)
        assert again.made == [one for one in whole.made if one.seq > mark.version]


def test_only_what_came_since_the_last_check_is_folded(log, engine, folded_entries):
    send(log, range(30))
    assert differences_since_checkpoint(engine, "hotline", START) == []
    assert len(folded_entries) >= 30
    folded_entries.clear()
    assert differences_since_checkpoint(engine, "hotline", START) == []
    assert folded_entries == []
    send(log, range(30, 33))
    assert differences_since_checkpoint(engine, "hotline", START) == []
    assert len(folded_entries) == 3
    folded_entries.clear()
    assert differences(engine, "hotline") == []
    assert len(folded_entries) >= 33  # the whole log, where that is asked for


def test_a_difference_moves_no_checkpoint_and_is_told_again(log, engine):
    send(log, range(20))
    assert differences_since_checkpoint(engine, "hotline", START) == []
    before = checkpoint_of(engine, "hotline")
    send(log, range(20, 40))
    with writing(engine) as connection:
        connection.execute(update(queues).values(waiting=99))
    for _ in range(2):
        assert differences_since_checkpoint(engine, "hotline", START) == [f"waiting: snapshot 99, log {WAITING[39]}"]
    assert checkpoint_of(engine, "hotline") == before


def test_a_checkpoint_that_was_tampered_with_or_is_of_another_version_hides_nothing(log, engine):
    send(log, range(40))
    assert differences_since_checkpoint(engine, "hotline", START) == []
    kept = checkpoint_of(engine, "hotline")
    keep_checkpoint(engine, "hotline", Checkpoint(kept.version - 20, kept.state), START)
    assert differences_since_checkpoint(engine, "hotline", START) != []
    with writing(engine) as connection:
        connection.execute(update(checkpoints).values(state='{"of": "another version"}'))
    assert checkpoint_of(engine, "hotline") is None
    assert differences_since_checkpoint(engine, "hotline", START) == []


def test_the_running_service_looks_again_and_again(settings):
    app = service.create_app(replace(settings, verify_seconds=0.05))
    log, now = app.state.log, datetime.now(UTC)

    def found_right() -> int | None:
        checkpoint = checkpoint_of(log.engine, "hotline")
        return None if checkpoint is None else checkpoint.version

    with TestClient(app):
        for second in range(3):
            at = now + timedelta(seconds=second)
            log.accept("hotline", [NewReading(at, 3)], received_at=at)
            until(lambda: found_right() == log.state("hotline")[0], seconds=60)
