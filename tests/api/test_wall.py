"""The group's wall: a line a queue, the worst first, in pages, as exact as the queues' own states."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from api.http import wall
from api.keys import create_key
from api.store.codec import now
from api.store.database import open_database
from api.store.ladder_log import LadderLog
from api.store.ladder_work import Arrival, NewReading

WORST_FIRST = ["high", "raised", "unknown", "calm"]


@pytest.fixture(autouse=True)
def always_new(monkeypatch):
    """Make the wall anew at every look."""
    monkeypatch.setattr(wall, "AGE_SECONDS", 0.0)


def arrival(queue, *waiting, age_seconds=0.0):
    """Return what a queue told, a minute apart, the last of it so old."""
    newest = now() - timedelta(seconds=age_seconds)
    told = [NewReading(newest - timedelta(minutes=place), one) for place, one in enumerate(reversed(waiting))]
    return Arrival(queue, told[::-1], newest)


def asked(client, keys, **query):
    answer = client.get("/v1/wall", params=query, headers=keys["wallboard"])
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture
def floor(app, client):
    """Twenty queues of every kind, told in no order."""
    numbers = random.Random(4)
    names = [f"q{number:02d}" for number in range(20)]
    numbers.shuffle(names)
    told = [arrival(name, *[numbers.choice((1, 7, 12))] * numbers.choice((1, 8))) for name in names]
    app.state.log.accept_together([*told, arrival("silent", 14, age_seconds=900.0)])


def line_of(state):
    """What a wall has to say of a queue, from its whole state."""
    band = "unknown" if state["stale"] else state["band"]
    rung = max([one["rung"] for one in state["orders"]], default=0)
    return {"queue": state["queue"], "band": band, "waiting": state["waiting"], "rung": rung, "stale": state["stale"]}


def test_the_wall_says_of_every_queue_what_its_state_says_and_the_worst_first(floor, client, keys):
    told = asked(client, keys)
    states = client.get("/v1/queues", headers=keys["wallboard"]).json()["queues"]
    lines = [line_of(one) for one in states]
    by_name = sorted(lines, key=lambda one: one["queue"])
    by_need = sorted(by_name, key=lambda one: (WORST_FIRST.index(one["band"]), -one["waiting"]))
    assert told["queues"] == by_need
    assert max(one["rung"] for one in lines) > min(one["rung"] for one in lines) == 0
    assert told["bands"] == {name: sum(one["band"] == name for one in lines) for name in WORST_FIRST}
    assert told["bands"]["unknown"] == 1
    assert told["total"] == 21


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_pages_hold_every_queue_once_and_a_band_can_be_asked_for_alone(floor, client, keys):
    whole = asked(client, keys, limit=1000)["queues"]
    pages = [asked(client, keys, offset=first, limit=7)["queues"] for first in range(0, 28, 7)]
    assert [line for page in pages for line in page] == whole
    for band, count in asked(client, keys)["bands"].items():
        alone = asked(client, keys, band=band)
        assert (alone["total"], alone["queues"]) == (count, [one for one in whole if one["band"] == band])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_key_sees_its_own_queues_alone(floor, app, client):
    made = {"label": "wall", "role": "wallboard", "at": now(), "queues": ("q01", "silent")}
    secret, _ = create_key(app.state.log.engine, **made)
    told = client.get("/v1/wall", headers={"X-API-Key": secret}).json()
    assert {one["queue"] for one in told["queues"]} == {"q01", "silent"}
    assert (told["total"], sum(told["bands"].values())) == (2, 2)


def test_nothing_new_is_304_and_whatever_another_process_commits_is_seen(floor, app, client, keys):
    def look(etag):
        return client.get("/v1/wall", headers={**keys["wallboard"], "If-None-Match": etag})

    first = look("")
    assert look(first.headers["etag"]).status_code == 304
    other = open_database(app.state.settings.database_url)
    try:
        elsewhere = LadderLog(other, app.state.settings)
        elsewhere.accept_together([arrival("q01", 30)])
        second = look(first.headers["etag"])
        assert (second.status_code, second.json()["queues"][0]["queue"]) == (200, "q01")
        elsewhere.accept_together([arrival("q01", 31)])
        assert look(second.headers["etag"]).json()["queues"][0]["waiting"] == 31
    finally:
        other.dispose()
    client.post("/v1/queues/q02/retire", json={"reason": "closed"}, headers=keys["admin"])
    names = {one["queue"] for one in asked(client, keys, limit=1000)["queues"]}
    standing = client.get("/v1/queues", headers=keys["admin"]).json()["queues"]
    assert names == {one["queue"] for one in standing}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_many_looks_within_a_second_read_the_database_once(floor, app, client, keys, monkeypatch):
    monkeypatch.setattr(wall, "AGE_SECONDS", 3600.0)
    reads, read = [], app.state.wall.read
    monkeypatch.setattr(app.state.wall, "read", lambda clock: reads.append(clock) or read(clock))
    app.state.wall.made = None
    told = [asked(client, keys, limit=1 + place) for place in range(5)]
    assert len(reads) == 1
    assert [len(one["queues"]) for one in told] == [1, 2, 3, 4, 5]
