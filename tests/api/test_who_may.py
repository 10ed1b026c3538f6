"""Who may do what on the floor (L37): commands, corrections, queues, streams; and the audit says who it was."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from api.keys import create_key, revoke_key
from api.store.codec import now
from api.store.ladder_fold import differences

pytestmark = pytest.mark.usefixtures("keys_at_once")
START = datetime(2026, 11, 2, 1, tzinfo=UTC)
QUEUE = "/v1/queues/hotline"


def headers(app, role, **more):
    secret, key = create_key(
        app.state.log.engine, label=f"{role} of the test", role=role, at=now(), per_minute=10**6, **more
    )
    return {"Authorization": f"Bearer {secret}"}, key


def reading(minute, waiting, **more):
    return {"at": (START + timedelta(minutes=minute)).isoformat(), "waiting": waiting, **more}


def audited(client, keys, *actions):
    entries = client.get("/v1/audit", headers=keys["admin"]).json()["entries"]
    return [(one["action"], one["badge"], one["reason"], one["detail"]) for one in entries if one["action"] in actions]


@pytest.mark.parametrize("command", [{"mode": "night"}, {"known_fault": True}, {"holiday": True}])
def test_a_writer_calls_nobody_by_a_command_unless_its_key_says_so(client, keys, app, command):
    refused = client.post(f"{QUEUE}/readings", json=reading(0, 3, **command), headers=keys["writer"])
    assert (refused.status_code, "may not tell a mode" in refused.json()["detail"]) == (403, True)
    assert "值班长" in refused.json()["detail_zh"]
    assert client.get(f"{QUEUE}/surge", headers=keys["wallboard"]).status_code == 404  # nothing of it was taken
    commander, _ = headers(app, "writer", may_command=True)
    told = reading(0, 3, **command, reason="by the clock of the switch")
    answer = client.post(f"{QUEUE}/readings", json=told, headers=commander)
    assert answer.status_code == 200
    assert answer.json()["decisions"] != []
    ((action, badge, reason, detail),) = audited(client, keys, "mode.told", "fault.told")
    assert (badge, reason) == ("writer of the test", "by the clock of the switch")
    assert next(iter(command)) in detail or action == "fault.told"


def test_every_decision_of_a_request_is_in_its_answer(client, keys, app):
    people = {"seats_signed_in": 40, "seats_required": 50}
    client.put(f"{QUEUE}/people", json=people, headers=keys["writer"])
    commander, _ = headers(app, "writer", may_command=True)
    answer = client.post(f"{QUEUE}/readings", json=reading(0, 3, known_fault=True), headers=commander).json()
    assert [(one["kind"], one["people"]) for one in answer["decisions"]] == [("fault", None), ("order", 10)]
    body = {"standing": False, "reason": "repaired"}
    cleared = client.post(f"{QUEUE}/known-fault", json=body, headers=keys["supervisor"]).json()
    assert [one["kind"] for one in cleared["decisions"]] == ["fault"]
    body = {"action": "climb", "rung": 2, "reason": "spot"}
    climbed = client.post(f"{QUEUE}/override", json=body, headers=keys["supervisor"]).json()
    assert [(one["kind"], one["rung"]) for one in climbed["decisions"]] == [("override", 2), ("order", 1), ("order", 2)]
    night = client.put(
        f"{QUEUE}/mode", json={"mode": "night", "holiday": True, "reason": "x"}, headers=keys["supervisor"]
    )
    assert [one["code"] for one in night.json()["decisions"]] == ["holiday", "night"]
    assert (night.json()["mode"], night.json()["holiday"]) == ("night", True)
    assert differences(app.state.log.engine, "hotline") == []


def test_a_supervisor_may_correct_people_and_seats(client, keys):
    told = client.put(f"{QUEUE}/people", json={"available": {"qa": 2}, "seats_free": 7}, headers=keys["supervisor"])
    assert (told.status_code, told.json()["seats_free"]) == (200, 7)
    roster = client.put(f"{QUEUE}/people", json={"source": "roster", "available": {"qa": 5}}, headers=keys["writer"])
    assert {one["role"]: one["available"] for one in roster.json()["people"]}["qa"] == 2
    for role, source in (("writer", "supervisor"), ("supervisor", "acd"), ("supervisor", "roster")):
        body = {"source": source, "seats_free": 1}
        assert client.put(f"{QUEUE}/people", json=body, headers=keys[role]).status_code == 403
    assert client.put(f"{QUEUE}/people", json={"seats_free": 1}, headers=keys["wallboard"]).status_code == 403


def test_the_audit_names_the_badge_that_acts_and_the_key_it_acts_with(client, keys):
    client.post(f"{QUEUE}/readings", json=reading(0, 3), headers=keys["writer"])
    for badge in (None, "S7"):
        body = {"action": "climb", "rung": 1 if badge is None else 2, "reason": "spot", "badge": badge}
        assert client.post(f"{QUEUE}/override", json=body, headers=keys["supervisor"]).status_code == 200
    (second, first) = audited(client, keys, "ladder.climb")
    assert (first[1], "by the key of" in first[3]) == ("B-supervisor", False)
    assert (second[1], "(by the key of B-supervisor)" in second[3]) == ("S7", True)


def test_a_key_is_held_to_its_queues(client, keys, app):
    for queue in ("hotline", "vip"):
        client.post(f"/v1/queues/{queue}/readings", json=reading(0, 3), headers=keys["writer"])
    writer, _ = headers(app, "writer", queues=("vip",))
    wall, _ = headers(app, "wallboard", queues=("vip",))
    boss, _ = headers(app, "supervisor", queues=("vip",))
    assert client.post("/v1/queues/vip/readings", json=reading(1, 3), headers=writer).status_code == 200
    refused = client.post(f"{QUEUE}/readings", json=reading(1, 3), headers=writer)
    assert (refused.status_code, refused.json()["detail"]) == (403, "this key is held to vip")
    assert client.get("/v1/queues/vip/surge", headers=wall).status_code == 200
    assert client.get("/v1/me", headers=wall).status_code == 200
    assert [one["queue"] for one in client.get("/v1/queues", headers=wall).json()["queues"]] == ["vip"]
    for path in (f"{QUEUE}/surge", f"{QUEUE}/stream", f"{QUEUE}/orders", f"{QUEUE}/log", f"{QUEUE}/trend", "/metrics"):
        assert client.get(path, headers=wall).status_code == 403
    for path in ("/v1/outbox", "/v1/register.csv?from=2026-11-01T00:00:00Z&to=2026-12-01T00:00:00Z"):
        assert client.get(path, headers=boss).status_code == 403
    body = {"action": "climb", "rung": 1, "reason": "x", "badge": "S1"}
    assert client.post(f"{QUEUE}/override", json=body, headers=boss).status_code == 403
    assert client.post("/v1/queues/vip/override", json=body, headers=boss).status_code == 200


def test_two_who_decide_otherwise_in_the_same_moment_hear_who_was_first(client, keys):
    stream = [reading(minute, 11) for minute in range(6)]
    answers = client.post(f"{QUEUE}/readings", json=stream, headers=keys["writer"]).json()
    order = answers[-1]["decisions"][0]["order_id"]
    said = []

    def act(verb, badge):
        body = {"badge": badge, "reason": "all busy"}
        answer = client.post(f"{QUEUE}/orders/{order}/{verb}", json=body, headers=keys["supervisor"])
        said.append((answer.status_code, verb, answer.json()))

    threads = [threading.Thread(target=act, args=one) for one in (("acknowledge", "S1"), ("decline", "S2"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (good, bad) = sorted(said, key=lambda one: one[0])
    assert (good[0], bad[0]) == (200, 409)
    first = "S1" if good[1] == "acknowledge" else "S2"
    assert first in bad[2]["detail"]
    assert first in bad[2]["detail_zh"]


def test_whoever_acknowledged_may_still_decline(client, keys):
    stream = [reading(minute, 11) for minute in range(6)]
    answers = client.post(f"{QUEUE}/readings", json=stream, headers=keys["writer"]).json()
    order = f"{QUEUE}/orders/{answers[-1]['decisions'][0]['order_id']}"
    client.post(f"{order}/acknowledge", json={"badge": "S1"}, headers=keys["supervisor"])
    body = {"badge": "S1", "reason": "nobody came"}
    assert client.post(f"{order}/decline", json=body, headers=keys["supervisor"]).json()["status"] == "declined"


def test_a_stream_ends_when_its_key_is_revoked(client, keys, app):
    client.post(f"{QUEUE}/readings", json=reading(0, 3), headers=keys["writer"])
    wall, key = headers(app, "wallboard")
    ended = threading.Event()

    def listen():
        client.get(f"{QUEUE}/stream", headers=wall)  # the test client hands a stream over when it has ended
        ended.set()

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    time.sleep(0.5)
    assert not ended.is_set()
    revoke_key(app.state.log.engine, key.id, at=now())
    assert ended.wait(60)
    thread.join()


def test_messages_are_held_back_by_a_supervisor_for_a_while(client, keys):
    client.post(f"{QUEUE}/readings", json=reading(0, 3), headers=keys["writer"])
    until = (now() + timedelta(minutes=30)).isoformat()
    quiet = client.put(f"{QUEUE}/silence", json={"until": until, "reason": "drill"}, headers=keys["supervisor"]).json()
    assert (quiet["silence"]["actor"], quiet["silence"]["reason"]) == ("B-supervisor", "drill")
    assert [one["kind"] for one in quiet["decisions"]] == ["silence"]
    body = {"until": None, "reason": "over"}
    assert client.put(f"{QUEUE}/silence", json=body, headers=keys["supervisor"]).json()["silence"] is None
    assert client.put(f"{QUEUE}/silence", json=body, headers=keys["writer"]).status_code == 403
    assert [one[0] for one in audited(client, keys, "silence.begin", "silence.end")] == ["silence.end", "silence.begin"]


def test_a_wallboard_replays_nothing(client, keys):
    csv = b"at,waiting\n2026-12-01T09:00:00+08:00,3\n"
    asked = {"files": {"file": ("r.csv", csv)}, "data": {"profile": "literal"}}
    for role, status in (("wallboard", 403), ("supervisor", 403), ("planner", 200)):
        assert client.post("/v1/explore/replay", headers=keys[role], **asked).status_code == status
