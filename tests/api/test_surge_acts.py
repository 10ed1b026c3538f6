"""What supervisors do over HTTP: orders acknowledged and carried out, the ladder in hand, two at once."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from api.store.ladder_fold import differences
from escalation.ladder import mapping_from_ladder

START = datetime(2026, 11, 2, 1, tzinfo=UTC)
QUEUE = "/v1/queues/hotline"


def climb(client, keys, minutes: int) -> list[str]:
    """Feed a minute-by-minute surge and return the ids of the orders it gave."""
    stream = [{"at": (START + timedelta(minutes=m)).isoformat(), "waiting": 11} for m in range(minutes)]
    answers = client.post(f"{QUEUE}/readings", json=stream, headers=keys["writer"]).json()
    return [one["order_id"] for answer in answers for one in answer["decisions"] if one["kind"] == "order"]


def surge(client, keys) -> dict:
    return client.get(f"{QUEUE}/surge", headers=keys["wallboard"]).json()


def test_an_order_goes_from_issued_to_released(client, keys):
    first, second = climb(client, keys, 11)
    here = f"{QUEUE}/orders/{second}"
    seen = client.post(f"{here}/acknowledge", json={"badge": "S7"}, headers=keys["supervisor"])
    assert (seen.status_code, seen.json()["status"], seen.json()["acknowledged_by"]) == (200, "acknowledged", "S7")
    again = client.post(f"{here}/acknowledge", json={"badge": "S8"}, headers=keys["supervisor"])
    assert again.json() == seen.json()
    short = client.post(f"{here}/signed-in", json={"people": 2, "badges": ["O1", "O2"]}, headers=keys["supervisor"])
    assert (short.json()["status"], short.json()["people_signed_in"]) == ("short", 2)
    full = client.post(
        f"{here}/signed-in", json={"people": 3, "badges": ["O1", "O2", "O3"]}, headers=keys["supervisor"]
    )
    assert full.json()["status"] == "signed_in"
    gone = client.post(f"{here}/release", json={"reason": "queue is short"}, headers=keys["supervisor"])
    assert (gone.status_code, gone.json()["status"]) == (200, "released")
    assert [one["order_id"] for one in surge(client, keys)["orders"]] == [first]
    for verb, body in (("decline", {"reason": "late"}), ("signed-in", {"people": 1}), ("release", {"reason": "x"})):
        assert client.post(f"{here}/{verb}", json=body, headers=keys["supervisor"]).status_code == 409
    listed = client.get(f"{QUEUE}/orders?status=all", headers=keys["wallboard"]).json()["orders"]
    assert [(one["order_id"], one["status"]) for one in listed] == [(second, "released"), (first, "issued")]


def test_a_declined_order_is_closed_and_says_why(client, keys):
    (first,) = climb(client, keys, 6)
    body = {"reason": "all on outside lines", "badge": "S7"}
    answer = client.post(f"{QUEUE}/orders/{first}/decline", json=body, headers=keys["supervisor"])
    assert answer.json()["status"] == "declined"
    assert surge(client, keys)["orders"] == []
    log = client.get(f"{QUEUE}/log?kind=decline", headers=keys["wallboard"]).json()["entries"]
    assert [(one["actor"], one["body"]["reason"]) for one in log] == [("S7", "all on outside lines")]


@pytest.mark.parametrize(
    ("verb", "body"), [("acknowledge", {}), ("decline", {"reason": "a slip"}), ("signed-in", {"people": 1})]
)
def test_a_slip_is_taken_back_and_stays_in_the_log_and_the_audit(client, keys, verb, body):
    (first,) = climb(client, keys, 6)
    here = f"{QUEUE}/orders/{first}"
    (before,) = surge(client, keys)["orders"]
    assert client.post(f"{here}/undo", json={}, headers=keys["supervisor"]).status_code == 409  # nothing was done
    client.post(f"{here}/{verb}", json={"badge": "S7", **body}, headers=keys["supervisor"])
    other = client.post(f"{here}/undo", json={"badge": "S8"}, headers=keys["supervisor"])
    assert (other.status_code, "S7" in other.json()["detail"], "S7" in other.json()["detail_zh"]) == (409, True, True)
    back = client.post(f"{here}/undo", json={"badge": "S7"}, headers=keys["supervisor"])
    assert (back.status_code, back.json()["status"]) == (200, "issued")
    assert surge(client, keys)["orders"] == [before]
    (row,) = client.get(f"{QUEUE}/orders?status=all", headers=keys["wallboard"]).json()["orders"]
    assert (row["status"], row["closed_at"], row["acknowledged_by"]) == ("issued", None, "")
    entries = client.get(f"{QUEUE}/log", headers=keys["wallboard"]).json()["entries"]
    assert [one["kind"] for one in entries[-2:]] == [verb.replace("-", "_"), "taken_back"]
    audited = client.get("/v1/audit", headers=keys["admin"]).json()["entries"]
    assert [(one["action"], one["badge"]) for one in audited if one["subject"] == first] == [
        ("order.undo", "S7"),
        (f"order.{verb}", "S7"),
    ]
    assert client.get(f"{QUEUE}/verification", headers=keys["admin"]).json()["differences"] == []


def test_an_order_nobody_gave_is_not_found(client, keys):
    climb(client, keys, 2)
    for path, status in (
        (f"{QUEUE}/orders/hotline-000009/acknowledge", 404),
        ("/v1/queues/x/orders/y/acknowledge", 404),
    ):
        assert client.post(path, json={}, headers=keys["supervisor"]).status_code == status


def test_two_supervisors_with_the_same_state_in_hand_cannot_both_act(client, keys):
    (first,) = climb(client, keys, 6)
    etag = client.get(f"{QUEUE}/surge", headers=keys["wallboard"]).headers["etag"]
    body = {"action": "climb", "rung": 2, "reason": "television spot"}
    answers = []

    def act():
        headers = {**keys["supervisor"], "If-Match": etag}
        answers.append(client.post(f"{QUEUE}/override", json=body, headers=headers))

    threads = [threading.Thread(target=act) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one.status_code for one in answers) == [200, 412, 412, 412]
    refused = next(one for one in answers if one.status_code == 412)
    assert refused.headers["etag"] == f'"{surge(client, keys)["version"]}"'
    assert len(surge(client, keys)["orders"]) == 2
    odd = {**keys["supervisor"], "If-Match": "whatever"}
    assert client.post(f"{QUEUE}/orders/{first}/acknowledge", json={}, headers=odd).status_code == 412


def test_holding_needs_an_end_and_climbing_a_rung(client, keys):
    climb(client, keys, 6)
    for body, says in (
        ({"action": "hold", "rung": 1, "reason": "drill"}, "a hold needs its end"),
        ({"action": "climb", "reason": "drill"}, "rung = None must be 1 to 6"),
        ({"action": "climb", "rung": 1}, "reason"),
        ({"action": "release", "order_id": "nothing", "reason": "drill"}, "is not an open order"),
    ):
        answer = client.post(f"{QUEUE}/override", json=body, headers=keys["supervisor"])
        assert answer.status_code == 422
        assert says in answer.json()["detail"]
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    held = client.post(
        f"{QUEUE}/override",
        json={"action": "hold", "rung": 1, "until": until, "reason": "drill"},
        headers=keys["supervisor"],
    )
    assert held.json()["hold"]["rung"] == 1
    assert held.json()["warnings"][0]["code"] == "held"


def test_a_known_fault_calls_standby_with_the_seats_needed(client, keys):
    people = {
        "seats_signed_in": 40,
        "seats_required": 52,
        "call": [
            {"badge": "A2", "hours_headroom": 9},
            {"badge": "A1", "standby": True},
            {"badge": "A3", "lawful": False},
        ],
    }
    climb(client, keys, 2)
    assert client.put(f"{QUEUE}/people", json=people, headers=keys["writer"]).status_code == 200
    flagged = {"standing": True, "reason": "billing is down"}
    seen = client.post(f"{QUEUE}/known-fault", json=flagged, headers=keys["supervisor"]).json()
    assert [(one["rung"], one["badges"]) for one in seen["orders"]] == [(6, ["A1", "A2"])]
    assert "12 needed" in seen["orders"][0]["reason"]
    assert seen["known_fault"]["reason"] == "billing is down"


def test_the_switch_stands_against_the_roster(client, keys):
    def tell(**body):
        return client.put(f"{QUEUE}/people", json=body, headers=keys["writer"]).json()["people"]

    def available(people):
        return {one["role"]: one["available"] for one in people}

    assert available(tell(source="roster", available={"qa": 4, "outbound": 5}))["qa"] == 4
    assert available(tell(source="acd", available={"qa": 1}))["qa"] == 1
    told = available(tell(source="roster", available={"qa": 4, "outbound": 6}))
    assert (told["qa"], told["outbound"]) == (1, 6)


def test_one_person_is_not_sent_to_two_queues(client, keys):
    both = {"badges": {"expert": ["E1", "E2"], "outbound": ["O1", "O2", "O3"]}}
    for queue in ("a", "b"):
        client.put(f"/v1/queues/{queue}/people", json=both, headers=keys["writer"])
    answers = {}
    for minute in range(7):
        for queue in ("a", "b"):
            at = START + timedelta(minutes=minute, seconds=0 if queue == "a" else 20)
            body = {"at": at.isoformat(), "waiting": 6}
            answer = client.post(f"/v1/queues/{queue}/readings", json=body, headers=keys["writer"]).json()
            answers.setdefault(queue, []).extend(answer["decisions"])
    assert [(one["kind"], one["badges"]) for one in answers["a"]] == [("order", ["E1", "E2"])]
    assert [(one["kind"], one["code"], one["rung"]) for one in answers["b"]] == [
        ("skipped", "engaged", 1),
        ("order", "order", 2),
    ]


@pytest.mark.parametrize("called_elsewhere", [True, False])
def test_a_decline_is_not_taken_back_when_another_queue_has_called_the_people(client, keys, called_elsewhere):
    experts = {"badges": {"expert": ["E1", "E2"]}}
    for queue in ("a", "b"):
        client.put(f"/v1/queues/{queue}/people", json=experts, headers=keys["writer"])

    def climbed(queue):
        body = [{"at": (START + timedelta(minutes=minute)).isoformat(), "waiting": 6} for minute in range(6)]
        client.post(f"/v1/queues/{queue}/readings", json=body, headers=keys["writer"])
        return client.get(f"/v1/queues/{queue}/surge", headers=keys["wallboard"]).json()["orders"]

    (order,) = climbed("a")
    here = f"/v1/queues/a/orders/{order['order_id']}"
    client.post(f"{here}/decline", json={"badge": "S7", "reason": "a slip"}, headers=keys["supervisor"])
    if called_elsewhere:
        assert [one["badges"] for one in climbed("b")] == [["E1", "E2"]]
    back = client.post(f"{here}/undo", json={"badge": "S7"}, headers=keys["supervisor"])
    assert back.status_code == (409 if called_elsewhere else 200)
    if called_elsewhere:
        assert back.json()["detail"].endswith("E1, E2 went to queue b meanwhile")
        assert "E1、E2 已被队列 b 调用" in back.json()["detail_zh"]


def test_a_ladder_that_is_not_valid_is_refused_and_the_running_one_stays(client, keys, app):
    climb(client, keys, 6)
    before = surge(client, keys)["ladder"]
    mapping = mapping_from_ladder(app.state.settings.ladder)
    broken = {**mapping, "rung": [one for one in mapping["rung"] if one["number"] != 3]}
    answer = client.put(f"{QUEUE}/ladder", json={"ladder": broken, "reason": "test"}, headers=keys["admin"])
    assert (answer.status_code, "rung 3 is missing" in answer.json()["detail"]) == (422, True)
    assert surge(client, keys)["ladder"] == before
    other = {**mapping, "name": "quick", "people_max": 4}
    answer = client.put(f"{QUEUE}/ladder", json={"ladder": other, "reason": "test"}, headers=keys["admin"]).json()
    assert (answer["ladder"]["name"], answer["rung"]) == ("quick", 1)
    assert differences(app.state.log.engine, "hotline") == []


def test_a_handover_keeps_the_state_and_wants_both_badges(client, keys):
    climb(client, keys, 6)
    body = {"from_badge": "S1", "to_badge": "S2", "note": "experts are in"}
    opened = client.post(f"{QUEUE}/handovers", json=body, headers=keys["admin"])
    assert (opened.status_code, opened.json()["complete"]) == (201, False)
    assert opened.json()["state"]["rung"] == 1
    here = f"{QUEUE}/handovers/{opened.json()['id']}/sign"
    assert client.post(here, json={"badge": "S9"}, headers=keys["admin"]).status_code == 422
    assert client.post(here, json={"badge": "S1"}, headers=keys["supervisor"]).status_code == 403
    assert client.post(here, json={"badge": "S1"}, headers=keys["admin"]).json()["complete"] is False
    done = client.post(here, json={"badge": "S2"}, headers=keys["admin"]).json()
    assert done["complete"] is True
    assert client.post(here, json={"badge": "S2"}, headers=keys["admin"]).json() == done
    assert client.get(f"{QUEUE}/handovers", headers=keys["wallboard"]).json()["handovers"] == [done]
    assert client.post(f"{QUEUE}/handovers/999/sign", json={"badge": "S2"}, headers=keys["admin"]).status_code == 404


def test_every_change_and_export_is_in_the_audit(client, keys):
    (first,) = climb(client, keys, 6)
    client.post(f"{QUEUE}/orders/{first}/acknowledge", json={"badge": "S7"}, headers=keys["supervisor"])
    client.post(f"{QUEUE}/override", json={"action": "climb", "rung": 2, "reason": "spot"}, headers=keys["supervisor"])
    span = {"from": "2026-11-01T00:00:00+08:00", "to": "2026-12-31T00:00:00+08:00"}
    client.get("/v1/register.csv", params=span, headers=keys["planner"])
    entries = client.get("/v1/audit", headers=keys["admin"]).json()["entries"]
    done = [
        (one["action"], one["badge"], one["subject"], one["reason"]) for one in entries if "key." not in one["action"]
    ]
    assert done == [
        ("export.register", "B-planner", "register", ""),
        ("ladder.climb", "B-supervisor", "hotline", "spot"),
        ("order.acknowledge", "S7", first, ""),
    ]
    assert client.get("/v1/audit", headers=keys["supervisor"]).status_code == 403


def test_the_duty_register_shows_who_was_redeployed_and_for_how_long(client, keys):
    _, second = climb(client, keys, 11)
    here = f"{QUEUE}/orders/{second}"
    client.post(f"{here}/signed-in", json={"people": 2, "badges": ["O1", "O2"]}, headers=keys["supervisor"])
    client.post(f"{here}/release", json={"reason": "over"}, headers=keys["supervisor"])
    span = {"from": "2026-11-01T00:00:00+08:00", "to": "2026-12-31T00:00:00+08:00"}
    answer = client.get("/v1/register.csv", params=span, headers=keys["supervisor"])
    assert answer.headers["content-type"].startswith("text/csv")
    lines = answer.text.lstrip("\ufeff").splitlines()
    assert lines[0].startswith("badge,date,entry,entry_zh,queue")
    rows = [line.split(",") for line in lines[1:]]
    assert [row[0] for row in rows if row[5] == "outbound"] == ["O1", "O2"]
    assert {row[3] for row in rows} == {"临时调配"}
    assert client.get("/v1/register.csv", params=span, headers=keys["wallboard"]).status_code == 403


def test_the_log_comes_in_pages_and_as_csv(client, keys):
    climb(client, keys, 30)
    entries, after = [], 0
    while after is not None:
        page = client.get(f"{QUEUE}/log", params={"after": after, "limit": 7}, headers=keys["wallboard"]).json()
        entries += page["entries"]
        after = page["next_after"]
    assert [one["seq"] for one in entries] == list(range(1, 32))  # the ladder, then 30 readings
    made = [one for entry in entries for one in entry["decisions"]]
    span = {"from": "2026-11-01T00:00:00+08:00", "to": "2027-01-01T00:00:00+08:00"}
    text = client.get(f"{QUEUE}/decisions.csv", params=span, headers=keys["supervisor"]).text
    assert len(text.splitlines()) == 1 + len(made)


@pytest.mark.parametrize("role", ["wallboard", "planner", "writer"])
def test_only_supervisors_act(client, keys, role):
    (first,) = climb(client, keys, 6)
    assert client.post(f"{QUEUE}/orders/{first}/acknowledge", json={}, headers=keys[role]).status_code == 403
    assert client.post(f"{QUEUE}/override", json={}, headers=keys[role]).status_code == 403


def test_who_asks_can_see_what_the_key_permits(client, keys):
    seen = client.get("/v1/me", headers=keys["supervisor"]).json()
    assert (seen["role"], seen["badge"], seen["permissions"]) == (
        "supervisor",
        "B-supervisor",
        ["act", "export", "read"],
    )
