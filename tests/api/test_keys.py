"""Keys: roles, ends, revocation, rates; and the demo's open door, which opens to this machine alone."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.http import access
from api.http.app import create_app
from api.http.problems import HttpRefusal
from api.keys import RIGHTS, create_key, key_hash, list_keys, revoke_key
from api.store.audit import audit_entries
from api.store.codec import now
from api.store.database import reading
from api.store.tables import api_keys

NOW = datetime(2026, 12, 1, tzinfo=UTC)


def test_a_key_is_kept_only_as_its_hash(engine):
    secret, key = create_key(engine, label="wall", role="wallboard", at=NOW)
    with reading(engine) as connection:
        kept = str([tuple(row) for row in connection.execute(select(api_keys))])
    assert secret not in kept
    assert secret.removeprefix("hw_") not in kept
    assert list_keys(engine) == [key]
    assert [one["action"] for one in audit_entries(engine)] == ["key.create"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"role": "boss"}, "role 'boss' is none of writer"),
        ({"label": " "}, "needs a label"),
        ({"expires_at": NOW}, "must be a later time"),
        ({"per_minute": 0}, "per_minute 0 must be above 0"),
    ],
)
def test_a_key_that_makes_no_sense_is_not_made(engine, change, says):
    with pytest.raises(ValueError, match=says):
        create_key(engine, **{"label": "wall", "role": "wallboard", "at": NOW, **change})
    assert list_keys(engine) == []


def test_revoking_a_key_that_is_not_there_is_an_error(engine):
    with pytest.raises(ValueError, match="key 7 does not exist"):
        revoke_key(engine, 7, at=NOW)


@pytest.mark.usefixtures("keys_at_once")
def test_a_revoked_or_expired_key_is_refused_in_a_running_service(client, app, monkeypatch):
    engine = app.state.log.engine
    secret, key = create_key(engine, label="wall", role="wallboard", at=now())
    ends = now() + timedelta(seconds=60)
    brief, _ = create_key(engine, label="brief", role="wallboard", at=now(), expires_at=ends)
    for one in (secret, brief):
        assert client.get("/v1/queues", headers={"X-API-Key": one}).status_code == 200
    revoke_key(engine, key.id, at=now(), actor="A1", reason="lost")
    assert client.get("/v1/queues", headers={"X-API-Key": secret}).status_code == 401
    monkeypatch.setattr(access, "now", lambda: ends)
    assert client.get("/v1/queues", headers={"X-API-Key": brief}).status_code == 401


def test_a_key_is_held_to_its_rate(client, app, monkeypatch):
    secret, _ = create_key(app.state.log.engine, label="slow", role="wallboard", at=now(), per_minute=3)
    clock = {"at": 1000.0}
    monkeypatch.setattr(access.time, "monotonic", lambda: clock["at"])
    statuses = [client.get("/v1/queues", headers={"X-API-Key": secret}).status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    clock["at"] += 20
    answer = client.get("/v1/queues", headers={"X-API-Key": secret})
    assert answer.status_code == 200
    refused = client.get("/v1/queues", headers={"X-API-Key": secret})
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "21")
    clock["at"] += 3600  # an hour's silence is no more than a minute's at once
    statuses = [client.get("/v1/queues", headers={"X-API-Key": secret}).status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]


def test_a_key_comes_as_bearer_as_header_or_as_cookie(client, app):
    secret, _ = create_key(app.state.log.engine, label="wall", role="wallboard", at=now())
    for headers in (
        {"Authorization": f"Bearer {secret}"},
        {"authorization": f"bearer {secret}"},
        {"X-API-Key": secret},
        {"Cookie": f"theme=dark; huawu_key={secret}"},
    ):
        assert client.get("/v1/queues", headers=headers).status_code == 200
    assert client.get("/v1/queues", headers={"Authorization": f"Basic {secret}"}).status_code == 401


@pytest.fixture
def gate(settings, engine, monkeypatch):
    """A gate, with the seconds its clock shows."""
    seconds = {"at": 1000.0}
    monkeypatch.setattr(access.time, "monotonic", lambda: seconds["at"])
    return access.Gate(engine, settings), seconds


def scope(secret, method="GET", **headers):
    named = {"x-api-key": secret, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return {"method": method, "headers": [(name.encode(), value.encode()) for name, value in named.items() if value]}


def refused(gate, asked, *permissions):
    with pytest.raises(HttpRefusal) as refusal:
        gate.admit(asked, *permissions)
    return refusal.value.status_code


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_keys_are_read_again_after_half_a_second_and_not_before(gate, engine):
    gate, seconds = gate
    assert refused(gate, scope("hw_nobody"), "read") == 401
    secret, key = create_key(engine, label="wall", role="wallboard", at=now())
    seconds["at"] += 0.5
    assert refused(gate, scope(secret), "read") == 401
    seconds["at"] += 0.25
    assert gate.admit(scope(secret), "read") == key
    revoke_key(engine, key.id, at=now())
    seconds["at"] += 0.5
    assert gate.still_admits(key)
    seconds["at"] += 0.25
    assert not gate.still_admits(key)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_known_key_is_hashed_once_between_two_looks_and_a_strangers_is_not_kept(gate, engine, monkeypatch):
    gate, seconds = gate
    secret, key = create_key(engine, label="wall", role="wallboard", at=now())
    hashed = []
    monkeypatch.setattr(access, "key_hash", lambda text: hashed.append(text) or key_hash(text))
    for _ in range(3):
        assert gate.admit(scope(secret), "read") == key
        assert refused(gate, scope("hw_nobody"), "read") == 401
    assert (hashed.count(secret), len(gate.by_secret)) == (1, 1)
    seconds["at"] += 1
    gate.admit(scope(secret), "read")
    assert hashed.count(secret) == 2


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("method", "headers", "admitted"),
    [
        ("POST", {"sec_fetch_site": "same-origin"}, True),
        ("POST", {"sec_fetch_site": "none"}, True),
        ("POST", {"sec_fetch_site": "same-site"}, False),
        ("POST", {"origin": "http://wall.example:8000", "host": "wall.example:8000"}, True),
        ("POST", {"origin": "http://wall.example", "host": "wall.example:8000"}, False),
        ("POST", {"origin": "null", "host": "wall.example:8000"}, False),
        ("POST", {"host": "wall.example:8000"}, True),
        ("GET", {"origin": "http://elsewhere.example", "host": "wall.example:8000"}, True),
        ("HEAD", {"sec_fetch_site": "cross-site"}, True),
    ],
)
def test_a_cookie_counts_for_the_houses_own_pages_alone(gate, engine, method, headers, admitted):
    secret, key = create_key(engine, label="desk", role="supervisor", at=now())
    asked = scope("", method, cookie=f"huawu_key={secret}", **headers)
    if admitted:
        assert gate[0].admit(asked, "act") == key
    else:
        assert refused(gate[0], asked, "act") == 403


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_where_access_is_open_a_stream_goes_on(settings, engine):
    assert access.Gate(engine, dataclasses.replace(settings, open_access=True)).still_admits(access.OPEN_KEY)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("base", "where", "status"),
    [
        ("http://127.0.0.1:8000", ("127.0.0.1", 1), 200),
        ("http://localhost", ("::1", 1), 200),
        ("http://127.0.0.1:8000", ("10.0.0.9", 1), 403),
        ("http://rebound.example:8000", ("127.0.0.1", 1), 403),
        ("http://[::1]:8000", ("::1", 1), 200),
        ("http://[::1]", ("::1", 1), 200),
        ("http://[2001:db8::1]", ("127.0.0.1", 1), 403),
    ],
)
def test_open_access_is_for_this_machine_alone(settings, base, where, status):
    app = create_app(dataclasses.replace(settings, open_access=True))
    with TestClient(app, base_url=base, client=where) as client:
        assert client.get("/v1/queues").status_code == status


def test_every_role_is_allowed_what_it_needs_and_no_more():
    assert RIGHTS["writer"] == {"write"}
    assert RIGHTS["wallboard"] == {"read"}
    assert "act" in RIGHTS["supervisor"]
    assert not RIGHTS["supervisor"] & {"write", "admin"}
    assert RIGHTS["admin"] >= set().union(*RIGHTS.values())
