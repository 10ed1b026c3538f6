"""Readings in and the state out, over HTTP, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from api.http.surge_document import surge_at
from api.store.ladder_fold import differences, fold

# The service refuses what is more than 30 s in the future, so its test stream lies in the past.
START = datetime(2026, 11, 2, 1, tzinfo=UTC)
READINGS = "/v1/queues/hotline/readings"
SURGE = "/v1/queues/hotline/surge"


def stamp(minute: float) -> str:
    return (START + timedelta(minutes=minute)).isoformat()


def reading(minute: float, waiting: int | None, **more) -> dict:
    return {"at": stamp(minute), "waiting": waiting, **more}


def orders(answers: list[dict]) -> list[tuple[str, int, str]]:
    return [(one["kind"], one["rung"], one["at"]) for answer in answers for one in answer["decisions"]]


def test_a_surge_climbs_over_http_as_it_does_on_paper(client, keys):
    answers = [client.post(READINGS, json=reading(m, 11), headers=keys["writer"]).json() for m in range(28)]
    assert orders(answers) == [("order", rung, stamp(m)) for rung, m in enumerate((5, 10, 15, 16, 21, 26), start=1)]
    seen = client.get(SURGE, headers=keys["wallboard"]).json()
    assert (seen["rung"], seen["waiting"], seen["band"], seen["as_of"]) == (6, 11, "high", stamp(27))
    assert [one["role"] for one in seen["orders"]] == ["expert", "outbound", "qa", "back_office", "inbound", "standby"]
    assert seen["stale"] is True
    assert seen["age_seconds"] > 90


def test_a_batch_is_the_same_as_its_readings_one_by_one(client, keys):
    stream = [reading(m, 12 if m < 18 else 2) for m in range(50)]
    one_by_one = [
        client.post("/v1/queues/a/readings", json=one, headers=keys["writer"]).json()["decisions"] for one in stream
    ]
    batch = client.post("/v1/queues/b/readings", json=stream, headers=keys["writer"])
    assert batch.status_code == 200
    strip = [[{k: v for k, v in d.items() if k != "order_id"} for d in made] for made in one_by_one]
    assert [[{k: v for k, v in d.items() if k != "order_id"} for d in a["decisions"]] for a in batch.json()] == strip
    assert sum(map(len, strip)) >= 8


def test_the_same_id_is_answered_the_same_and_another_body_is_a_conflict(client, keys):
    for minute in range(5):
        client.post(READINGS, json=reading(minute, 6, id=f"r{minute}"), headers=keys["writer"])
    first = client.post(READINGS, json=reading(5, 6, id="r5"), headers=keys["writer"])
    assert orders([first.json()]) == [("order", 1, stamp(5))]
    again = client.post(READINGS, json=reading(5, 6, id="r5"), headers=keys["writer"])
    assert (again.status_code, again.text) == (200, first.text)
    other = client.post(READINGS, json=reading(5, 7, id="r5"), headers=keys["writer"])
    assert other.status_code == 409
    assert other.headers["content-type"].startswith("application/problem+json")
    batch = client.post(READINGS, json=[reading(5, 6, id="r5"), reading(6, 6, id="r6")], headers=keys["writer"]).json()
    assert batch[0] == first.json()
    assert batch[1]["version"] == first.json()["version"] + 1


def test_late_missing_and_future_readings_change_nothing(client, keys):
    client.post(READINGS, json=reading(5, 6), headers=keys["writer"])
    before = client.get(SURGE, headers=keys["wallboard"]).json()
    assert client.post(READINGS, json=reading(4, 0), headers=keys["writer"]).json()["status"] == "late"
    assert client.post(READINGS, json=reading(6, None), headers=keys["writer"]).json()["status"] == "missing"
    assert client.post(READINGS, json=reading(6, -1), headers=keys["writer"]).json()["status"] == "missing"
    ahead = {"at": (datetime.now(UTC) + timedelta(minutes=2)).isoformat(), "waiting": 0}
    refused = client.post(READINGS, json=ahead, headers=keys["writer"])
    assert refused.status_code == 422
    assert "future" in refused.json()["detail"]
    after = client.get(SURGE, headers=keys["wallboard"]).json()
    for key in ("as_of", "waiting", "rung", "run_started_at"):
        assert after[key] == before[key]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"{", "JSON"),
        (b"[]", "a batch has 1 to 1000 readings"),
        (b'{"at":"2026-11-02T09:00:00","waiting":3}', "no zone"),
        (b'{"at":"today","waiting":3}', "ISO 8601"),
        (b'{"at":1795276949,"waiting":3}', "ISO 8601"),
        (b'{"at":"2026-11-02T09:00:00Z","waiting":"3"}', "waiting"),
        (b'{"at":"2026-11-02T09:00:00Z","waiting":3.5}', "waiting"),
        (b'{"at":"2026-11-02T09:00:00Z"}', "waiting: Field required"),
        (b'{"at":"2026-11-02T09:00:00Z","waiting":3,"queue":"x"}', "queue: Extra inputs"),
        (b'{"at":"2026-11-02T09:00:00Z","waiting":3,"mode":"dusk"}', "mode"),
        (b'{"at":"0001-01-01T00:00:00+14:00","waiting":3}', "2000 to 2100"),
        (b'{"at":"2026-11-02T09:00:00Z","waiting":99999999999999999999}', "waiting"),
        (b'{"at":"2026-11-02T09:00:00Z","waiting":3,"id":"a\\u0000b"}', "id"),
    ],
    ids=lambda value: value if isinstance(value, str) else value[:40].decode(),
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_cannot_be_read_is_a_problem_that_names_the_place(client, keys, body, says):
    answer = client.post(READINGS, content=body, headers=keys["writer"])
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert says in answer.json()["detail"]


def test_a_body_above_the_limit_is_refused_before_it_is_read(client, keys, settings):
    huge = b"[" + b" " * settings.max_body_bytes + b"]"
    assert client.post(READINGS, content=huge, headers=keys["writer"]).status_code == 413
    chunks = (b" " * 100_000 for _ in range(12))
    assert client.post(READINGS, content=chunks, headers=keys["writer"]).status_code == 413


def test_the_etag_is_the_version_and_spares_what_is_not_new(client, keys):
    client.post(READINGS, json=reading(0, 6), headers=keys["writer"])
    first = client.get(SURGE, headers=keys["wallboard"])
    etag = first.headers["etag"]
    assert etag == f'"{first.json()["version"]}-stale"'
    same = client.get(SURGE, headers={**keys["wallboard"], "If-None-Match": etag})
    assert (same.status_code, same.content) == (304, b"")
    client.post(READINGS, json=reading(1, 6), headers=keys["writer"])
    news = client.get(SURGE, headers={**keys["wallboard"], "If-None-Match": etag})
    assert (news.status_code, news.json()["as_of"]) == (200, stamp(1))


def test_a_fresh_reading_is_not_stale(client, keys):
    at = datetime.now(UTC)
    client.post(READINGS, json={"at": at.isoformat(), "waiting": 6}, headers=keys["writer"])
    seen = client.get(SURGE, headers=keys["wallboard"])
    assert seen.json()["stale"] is False
    assert seen.headers["etag"] == f'"{seen.json()["version"]}"'
    due = datetime.fromisoformat(seen.json()["next_rung_at"]) - at
    assert (seen.json()["next_rung"], due) == (1, timedelta(seconds=300))


@pytest.mark.parametrize(("set_back_seconds", "stale"), [(0, False), (29, False), (31, True), (120, True)])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_clock_that_was_set_back_makes_nothing_fresh(client, keys, app, set_back_seconds, stale):
    at = datetime.now(UTC)
    client.post(READINGS, json={"at": at.isoformat(), "waiting": 6}, headers=keys["writer"])
    version, state = app.state.log.state("hotline")
    shown = surge_at(state, version, timezone="UTC", now_timestamp=at.timestamp() - set_back_seconds)
    assert (shown["stale"], shown["age_seconds"]) == (stale, 0)
    assert [one["code"] for one in shown["warnings"]] == ["stale"] * stale
    assert (shown["next"] is None) is stale
    if stale:
        assert f"{set_back_seconds} s ahead of this clock" in shown["warnings"][0]["en"]


def test_a_queue_nobody_knows_is_not_found(client, keys):
    assert client.get("/v1/queues/nowhere/surge", headers=keys["wallboard"]).status_code == 404


def test_the_log_folded_again_is_the_snapshot_and_every_decision(client, keys, app):
    stream = [reading(m, 11 if m < 28 else 3, seats_free=30 - m // 10, outbound_available=4) for m in range(70)]
    client.post(READINGS, json=stream[:33], headers=keys["writer"])
    for one in stream[33:]:
        client.post(READINGS, json=one, headers=keys["writer"])
    log = app.state.log
    assert differences(log.engine, "hotline") == []
    folded = fold(log.engine, "hotline")
    assert (folded.version, folded.state) == log.state("hotline")
    assert [one.kind for _, _, one in folded.made].count("release") == 6


def test_who_has_no_key_or_the_wrong_one_does_not_get_in(client, keys):
    assert client.get(SURGE).status_code == 401
    assert client.get(SURGE, headers={"Authorization": "Bearer hw_guess"}).status_code == 401
    for role in ("wallboard", "supervisor", "planner"):
        assert client.post(READINGS, json=reading(0, 1), headers=keys[role]).status_code == 403
    assert client.get(SURGE, headers=keys["writer"]).status_code == 403
    assert client.post(READINGS, json=reading(0, 1), headers=keys["admin"]).status_code == 200


def test_the_wallboard_is_served_at_the_root(client):
    page = client.get("/")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
