"""Queues are declared (L36): an unknown one is refused with the nearest name, a retired one keeps its log."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

from api.settings import settings_from
from api.site import CONFIG
from api.store.ladder_fold import differences

START = datetime(2026, 11, 2, 1, tzinfo=UTC)
WHY = {"reason": "new line"}


@pytest.fixture
def settings(settings):
    """Settings that declare two queues."""
    return replace(settings, queues=("hotline", "vip"))


def reading(minute, waiting):
    return {"at": (START + timedelta(minutes=minute)).isoformat(), "waiting": waiting}


def test_a_queue_nobody_declared_begins_no_ladder_and_the_nearest_is_named(client, keys):
    for path, method in (("readings", "POST"), ("surge", "GET"), ("stream", "GET"), ("orders", "GET"), ("log", "GET")):
        body = {"json": reading(0, 9)} if method == "POST" else {}
        answer = client.request(method, f"/v1/queues/hotlnie/{path}", headers=keys["admin"], **body)
        assert answer.status_code == 404, path
        assert "the nearest is 'hotline'" in answer.json()["detail"]
        assert "最接近的是“hotline”" in answer.json()["detail_zh"]
    for verb, body in (("people", {"seats_free": 3}), ("mode", {"mode": "night", "reason": "x"})):
        assert client.put(f"/v1/queues/hotlnie/{verb}", json=body, headers=keys["admin"]).status_code == 404
    assert client.get("/v1/queues", headers=keys["admin"]).json() == {"queues": []}
    assert "huawu_reading_age_seconds{" not in client.get("/metrics", headers=keys["admin"]).text


def test_what_the_settings_declare_waits_for_its_first_reading(client, keys):
    silent = client.get("/v1/queues/vip/surge", headers=keys["admin"])
    assert (silent.status_code, "has not sent a reading yet" in silent.json()["detail"]) == (404, True)
    assert client.post("/v1/queues/vip/readings", json=reading(0, 3), headers=keys["writer"]).status_code == 200
    assert client.get("/v1/queues/vip/surge", headers=keys["admin"]).json()["waiting"] == 3


def test_an_admin_declares_a_queue_retires_it_and_takes_it_up_again(client, keys, app):
    queue, admin = "/v1/queues/chat", keys["admin"]
    for role in ("writer", "wallboard", "supervisor", "planner"):
        assert client.put(queue, json=WHY, headers=keys[role]).status_code == 403
    begun = client.put(queue, json=WHY, headers=admin).json()
    assert (begun["queue"], begun["waiting"], begun["stale"]) == ("chat", None, True)
    assert client.put(queue, json=WHY, headers=admin).json()["version"] == begun["version"]
    for minute in range(6):
        client.post(f"{queue}/readings", json=reading(minute, 9), headers=keys["writer"])
    assert len(client.get(f"{queue}/surge", headers=admin).json()["orders"]) == 1
    refused = client.post(f"{queue}/retire", json=WHY, headers=admin)
    assert (refused.status_code, "1 open orders" in refused.json()["detail"]) == (409, True)
    release = {"action": "release", "reason": "over"}
    assert client.post(f"{queue}/override", json=release, headers=admin).status_code == 200
    assert client.post(f"{queue}/retire", json=WHY, headers=admin).status_code == 200
    late = client.post(f"{queue}/readings", json=reading(9, 9), headers=keys["writer"])
    assert (late.status_code, "was retired at" in late.json()["detail"]) == (404, True)
    assert client.get(f"{queue}/surge", headers=admin).status_code == 404
    assert client.put(f"{queue}/people", json={"seats_free": 3}, headers=admin).status_code == 404
    assert client.get("/v1/queues", headers=admin).json() == {"queues": []}
    assert 'queue="chat"' not in client.get("/metrics", headers=admin).text.split("huawu_readings")[0]
    assert app.state.log.tick(START + timedelta(minutes=30)) == 0
    assert len(client.get(f"{queue}/log", headers=admin).json()["entries"]) >= 7
    assert len(client.get(f"{queue}/orders?status=all", headers=admin).json()["orders"]) == 1
    assert client.put(queue, json=WHY, headers=admin).status_code == 200
    assert client.post(f"{queue}/readings", json=reading(9, 9), headers=keys["writer"]).status_code == 200
    assert differences(app.state.log.engine, "chat") == []
    audited = [one["action"] for one in client.get("/v1/audit", headers=admin).json()["entries"]]
    assert [one for one in audited if one.startswith("queue.")] == ["queue.declare", "queue.retire", "queue.declare"]


@pytest.mark.parametrize("name", ["...", "-x", "VIP & co", "vip line", "a" * 65, "line\n", "x?"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_name_no_address_can_hold_is_refused_in_words(client, keys, name):
    address = f"/v1/queues/{quote(name, safe='')}"
    for verb, path, body in (("PUT", "", WHY), ("POST", "/readings", reading(0, 3)), ("GET", "/surge", None)):
        answer = client.request(verb, address + path, json=body, headers=keys["admin"])
        assert (answer.status_code, "a queue's name has letters" in answer.json()["detail"]) == (422, True), path
        assert "队列名" in answer.json()["detail_zh"]


def test_the_settings_declare_queues_by_a_list_and_by_ladders_of_their_own(tmp_path):
    file = tmp_path / "huawu.toml"
    file.write_text('queues = ["hotline", "投诉"]\n[ladders]\nvip = "vip.toml"\n', encoding="utf-8")
    shipped = settings_from({}).ladder
    assert settings_from({}).queues == ("hotline",)
    shutil.copy(CONFIG / "ladder-literal.toml", tmp_path / "vip.toml")
    told = settings_from({}, file=file)
    assert (told.queues, told.ladder) == (("hotline", "投诉", "vip"), shipped)
    assert settings_from({"HUAWU_QUEUES": "a, b"}, file=file).queues == ("a", "b", "vip")
    file.write_text('queues = ["VIP & co"]\n', encoding="utf-8")
    with pytest.raises(ValueError, match="not 'VIP & co'"):
        settings_from({}, file=file)
