"""On PostgreSQL a look at a queue asks the database nothing, and still shows what is committed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from api.http.app import create_app
from api.settings import Settings, shipped_ladder
from api.store.database import open_database, reading
from api.store.ladder_log import LadderLog
from api.store.ladder_work import NewReading
from tests.waiting import until

START = datetime(2026, 11, 2, 1, tzinfo=UTC)
SURGE = "/v1/queues/hotline/surge"


@pytest.fixture
def app(fresh_postgresql_url):
    database = {"database_url": fresh_postgresql_url, "tick_seconds": 3600.0, "open_access": True}
    return create_app(Settings(shipped_ladder(), **database))


@pytest.fixture
def client(app):
    with TestClient(app) as made:
        tell(app.state.log, 0, 3)
        until(lambda: app.state.board.news.since("hotline") is not None, seconds=60)
        yield made


@pytest.fixture
def asked(app, monkeypatch):
    """How often the database was asked for a state."""
    calls, state = [], app.state.log.state

    def counted(queue, **more):
        calls.append(queue)
        return state(queue, **more)

    monkeypatch.setattr(app.state.log, "state", counted)
    return calls


def tell(log, minute, waiting):
    at = START + timedelta(minutes=minute)
    log.accept("hotline", [NewReading(at, waiting)], received_at=at)


def tell_elsewhere(app, minute, waiting):
    """Tell it in another process."""
    other = open_database(app.state.settings.database_url)
    try:
        tell(LadderLog(other, app.state.settings), minute, waiting)
    finally:
        other.dispose()


def waiting(client):
    return client.get(SURGE).json()["waiting"]


def test_looks_at_a_queue_that_does_not_change_ask_once(client, app, asked):
    app.state.board.news.silent_seconds = 3600.0  # however slow the machine
    assert [waiting(client) for _ in range(20)] == [3] * 20
    assert len(asked) <= 2  # and once more where the news of the reading came after the first look


def test_what_this_process_commits_is_in_the_next_look(client, app, asked):
    for minute in range(1, 20):
        tell(app.state.log, minute, minute)
        assert waiting(client) == minute
    assert len(asked) >= 19


def test_what_another_process_commits_is_soon_seen(client, app):
    assert waiting(client) == 3
    tell_elsewhere(app, 1, 9)
    until(lambda: waiting(client) == 9, seconds=60)


def test_a_listener_that_is_cut_off_hides_nothing(client, app):
    """While the news are not heard every look asks; they are heard again by themselves."""
    assert waiting(client) == 3
    listening = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'huawu news'"
    with reading(app.state.log.engine) as connection:
        connection.execute(text(listening))
    until(lambda: app.state.board.news.since("hotline") is None, seconds=60)
    tell_elsewhere(app, 1, 9)
    assert waiting(client) == 9
    until(lambda: app.state.board.news.since("hotline") is not None, seconds=60)
    assert waiting(client) == 9


def test_a_queue_that_is_retired_is_gone_from_the_next_look(client):
    assert waiting(client) == 3
    body = {"badge": "1", "reason": "closed"}
    assert client.post("/v1/queues/hotline/retire", json=body).status_code == 200
    assert client.get(SURGE).status_code == 404
