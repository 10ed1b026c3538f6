"""Trouble with the database in words: one line and exit code 2 at the start, 503 while the service runs."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import create_engine, event, select, text, update

from api.http.app import create_app
from api.http.connections import listen
from api.http.readiness import beat_forever
from api.keys import create_key
from api.sentences import say
from api.settings import Heartbeat, settings_from
from api.store.audit import AuditNote
from api.store.codec import now
from api.store.database import migrate, open_database, writing
from api.store.database import reading as reading_of
from api.store.ladder_fold import differences
from api.store.tables import facts, queues
from api.store.trouble import trouble_of

START = datetime(2026, 11, 2, 1, tzinfo=UTC)
QUEUE = "/v1/queues/hotline"


@pytest.fixture
def settings(settings):
    """Settings that wait for a locked database for a moment only."""
    return replace(settings, busy_seconds=0.2)


def reading(minute, waiting=9):
    return {"id": f"r{minute}", "at": (START + timedelta(minutes=minute)).isoformat(), "waiting": waiting}


def damaged(path):
    path.write_bytes(random.Random(1).randbytes(8192))


def newer(path):
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "CREATE TABLE alembic_version (version_num VARCHAR(32)); INSERT INTO alembic_version VALUES ('9999')"
        )


def foreign(path):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE queues (name TEXT)")


def held(path):
    engine = open_database(f"sqlite:///{path}")
    migrate(engine)
    engine.dispose()


CASES = {
    "damaged": (damaged, "{path}", "the file is damaged, or no database"),
    "newer": (newer, "{path}", "its tables are another program's, or of a newer huawu"),
    "foreign": (foreign, "{path}", "its tables are another program's, or of a newer huawu"),
    "read-only": (held, "sqlite:///file:{path}?mode=ro&uri=true", "the database is read-only"),
    "folder": (Path.mkdir, "{path}", "no permission, or no such path"),
    "away": (held, "postgresql://127.0.0.1:1/huawu", "the database does not answer"),
}


@pytest.mark.parametrize(
    ("case", "command"),
    [*((case, ["serve"]) for case in CASES), *((case, ["key", "list"]) for case in CASES if case != "read-only")],
)
def test_a_database_that_cannot_be_used_is_one_line_and_exit_code_2(case, command, tmp_path, monkeypatch, huawu):
    prepare, url, said = CASES[case]
    path = tmp_path / "huawu.db"
    prepare(path)
    if command[0] == "serve":
        monkeypatch.setattr("api.http.connections.listen", lambda host, port: listen(host, 0))
    code, _, error = huawu(*command, "--database", url.format(path=path))
    assert code == 2
    (line,) = error.splitlines()
    assert line.startswith("huawu: database ")
    assert said in line


def test_an_address_that_is_taken_is_one_line_and_exit_code_2(tmp_path, huawu):
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        code, _, error = huawu("serve", "--port", port, "--database", tmp_path / "a.db")
    assert code == 2
    assert f"cannot listen on port {port} of 127.0.0.1: Address already in use" in error


def test_the_file_is_its_owners_alone(tmp_path):
    path = tmp_path / "house" / "huawu.db"
    engine = open_database(f"sqlite:///{path}")
    migrate(engine)
    assert {one.name: one.stat().st_mode & 0o777 for one in path.parent.iterdir()} == dict.fromkeys(
        ["huawu.db", "huawu.db-wal", "huawu.db-shm"], 0o600
    )
    engine.dispose()


def test_a_database_that_others_could_read_is_closed_to_them_when_the_service_starts(tmp_path, settings, caplog):
    settings = replace(settings, database_url=f"sqlite:///{tmp_path}/old.db")
    create_app(settings).state.log.engine.dispose()
    (tmp_path / "old.db").chmod(0o664)
    app = create_app(settings)
    assert (tmp_path / "old.db").stat().st_mode & 0o777 == 0o600
    assert "old.db could be read by other users" in caplog.text
    app.state.log.engine.dispose()
    caplog.clear()
    create_app(settings).state.log.engine.dispose()
    assert caplog.text == ""


class Locked:
    """Another program holds the database locked."""

    def __init__(self, url):
        self.engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))

    def __enter__(self):
        self.connection = self.engine.connect()
        if self.engine.dialect.name == "sqlite":
            self.connection.connection.driver_connection.execute("BEGIN IMMEDIATE")
        else:
            self.connection.execute(text("LOCK TABLE queues, events, facts, api_keys IN EXCLUSIVE MODE"))

    def __exit__(self, *_):
        self.connection.connection.driver_connection.rollback()
        self.connection.close()
        self.engine.dispose()


def test_a_locked_database_is_503_with_the_time_to_come_again_and_nothing_is_lost(client, keys, app, settings):
    for minute in range(6):
        client.post(f"{QUEUE}/readings", json=reading(minute), headers=keys["writer"])
    order = client.get(f"{QUEUE}/surge", headers=keys["wallboard"]).json()["orders"][0]["order_id"]
    assert client.get("/readyz").json() == {"status": "ok"}
    with Locked(settings.database_url):
        refused = [
            client.post(f"{QUEUE}/readings", json=reading(6), headers=keys["writer"]),
            client.post(f"{QUEUE}/orders/{order}/acknowledge", json={}, headers=keys["supervisor"]),
        ]
        seen = client.get(f"{QUEUE}/surge", headers=keys["wallboard"])
        ready, alive = client.get("/readyz"), client.get("/healthz")
    for answer in refused:
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert answer.headers["content-type"] == "application/problem+json"
        assert "another program holds the database locked" in answer.json()["detail"]
        assert "占用" in answer.json()["detail_zh"]
    assert (seen.status_code, seen.json()["as_of"]) == (200, reading(5)["at"])
    fault = "another program holds the database locked"
    assert (ready.status_code, ready.json()["fault"]) == (503, fault)
    assert alive.status_code == 200
    again = client.post(f"{QUEUE}/readings", json=reading(6), headers=keys["writer"])
    assert (again.status_code, again.json()["status"]) == (200, "accepted")
    taken = client.post(f"{QUEUE}/orders/{order}/acknowledge", json={}, headers=keys["supervisor"])
    assert taken.json()["status"] == "acknowledged"
    assert differences(app.state.log.engine, "hotline") == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("pragma", "said"), [("max_page_count = 1", "the disk of the database is full"), ("query_only = 1", "read-only")]
)
def test_a_full_or_read_only_database_is_told_and_the_wall_stays_true(client, keys, app, pragma, said):
    engine = app.state.log.engine
    client.post(f"{QUEUE}/readings", json=reading(0), headers=keys["writer"])
    wrong = {"now": True}

    @event.listens_for(engine, "checkout")
    def on_checkout(connection, record, proxy):
        # As many pages as there are: from the next new one on, SQLite says that the disk is full.
        connection.execute(f"PRAGMA {pragma if wrong['now'] else pragma.split(' ')[0] + ' = 1000000'}")
        if not wrong["now"] and "query_only" in pragma:
            connection.execute("PRAGMA query_only = 0")

    answers = []
    for minute in range(1, 400):
        sent = client.post(f"{QUEUE}/readings", json=reading(minute, 3), headers=keys["writer"])
        answers.append(sent.status_code)
        if sent.status_code != 200:
            break
    assert answers[-1] == 503
    assert said in sent.json()["detail"]
    seen = client.get(f"{QUEUE}/surge", headers=keys["wallboard"]).json()
    assert seen["as_of"] == reading(len(answers) - 1)["at"]  # the last that was acknowledged
    wrong["now"] = False
    assert client.post(f"{QUEUE}/readings", json=reading(len(answers), 3), headers=keys["writer"]).status_code == 200
    assert differences(engine, "hotline") == []


def test_a_snapshot_that_was_tampered_with_makes_the_service_unready(settings):
    app = create_app(replace(settings, verify_seconds=0.05))
    secret, _ = create_key(app.state.log.engine, label="wall", role="wallboard", at=now())
    key = {"X-API-Key": secret}
    with TestClient(app) as client:
        app.state.log.declare("vip", now(), note=AuditNote("T1", "queue.declare", "vip", "test"))
        assert client.get("/readyz").status_code == 200
        told = client.get("/readyz", headers=key).json()["readings"]
        assert [(one["queue"], one["age_seconds"], one["stale"]) for one in told] == [("vip", None, True)]
        with writing(app.state.log.engine) as connection:
            connection.execute(update(queues).values(waiting=7))
        answers = []
        for _ in range(600):
            answers.append(client.get("/readyz"))
            if answers[-1].status_code == 503:
                break
            app.state.readiness.verify(stopped=lambda: False)
    assert answers[-1].json()["fault"] == "the log does not give what is stored: vip"


def test_asking_whether_it_is_ready_leaves_nothing_in_the_database_and_a_full_disk_is_still_told(app, client):
    def rows():
        with reading_of(app.state.log.engine) as connection:
            return list(connection.execute(select(facts).order_by(facts.c.name)))

    before = rows()
    assert [client.get("/readyz").status_code for _ in range(3)] == [200] * 3
    assert rows() == before
    app.state.readiness.trouble = say("database.full")  # what the service's own last try to write has found
    assert client.get("/readyz").json()["fault"] == say("database.full").en
    app.state.readiness.write(now())
    assert client.get("/readyz").status_code == 200


def test_an_error_that_is_not_the_databases_is_not_called_one():
    assert trouble_of(ValueError("x")) is None
    assert trouble_of(sqlite3.OperationalError("no such table: x")) is None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_heartbeat_goes_out_while_all_is_well_and_stops_when_it_is_not(app, client):
    asked = []

    def receive(request):
        asked.append(str(request.url))
        return httpx.Response(200)

    async def listen_for(beats, heartbeat, **more):
        task = asyncio.create_task(
            beat_forever(app.state.readiness, heartbeat, transport=httpx.MockTransport(receive), **more)
        )
        for _ in range(500):
            await asyncio.sleep(0.01)
            if len(asked) >= beats:
                break
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return len(asked)

    heartbeat = Heartbeat("https://example.org/ping/x", every_seconds=0.01)
    assert asyncio.run(listen_for(3, heartbeat, resolve=lambda host: ["93.184.216.34"])) >= 3
    assert set(asked) == {"https://example.org/ping/x"}
    asked.clear()
    app.state.readiness.differences["hotline"] = ["waiting: snapshot 9, log 3"]
    assert asyncio.run(listen_for(1, replace(heartbeat, every_seconds=1.0), resolve=None)) == 0
    app.state.readiness.differences.clear()
    for inside in ("http://127.0.0.1/ping", "http://inside.example/ping"):
        told = Heartbeat(inside, every_seconds=1.0)
        assert asyncio.run(listen_for(1, told, resolve=lambda host: ["10.0.0.7"])) == 0
    assert asyncio.run(listen_for(1, Heartbeat("http://127.0.0.1/ping", private=True))) == 1


@pytest.mark.parametrize(
    "table",
    [
        'url = "ftp://x"',
        "every_seconds = 5",
        'url = "https://x"\nevery_seconds = 0',
        'url = "https://x"\nevery_seconds = 0.5',
        'url = "https://x"\nx = 1',
    ],
)
def test_a_heartbeat_that_cannot_be_is_refused(table, tmp_path):
    file = tmp_path / "huawu.toml"
    file.write_text('[heartbeat]\nurl = "https://example.org/x"\nevery_seconds = 30\n')
    assert settings_from({}, file=file).heartbeat == Heartbeat("https://example.org/x", 30.0)
    file.write_text(f"[heartbeat]\n{table}\n")
    with pytest.raises(ValueError, match="heartbeat"):
        settings_from({}, file=file)
