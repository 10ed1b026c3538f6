"""The days of a plan over HTTP: named, learned, changed by hand, given as a calendar file; and another target."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.api.in_process import done, serving

BILLS_BRING = 1.5
CALENDAR = b"""
billing_days = [1]
rest_weekdays = [5, 6]

[[campaign]]
name = "Autumn tariff"
start = 2026-09-07
days = 5
kind = "sms"

[[observance]]
name = "Telecom Day"
date = 2026-05-17

[[fault]]
name = "Switch down"
start_at = 2026-06-18T14:00:00
end_at = 2026-06-18T19:00:00
"""


def history_csv() -> bytes:
    """Office calls of fifteen months; on the first of a month half as many again."""
    random = np.random.default_rng(8)
    hours = pd.date_range("2025-08-01", "2026-11-24 23:00", freq="h")
    shape = np.interp(hours.hour, [0, 6, 10, 15, 20, 23], [3, 3, 60, 50, 25, 6])
    calls = random.poisson(shape * np.where(hours.day == 1, BILLS_BRING, 1.0))
    return pd.DataFrame({"interval_start": hours, "calls_offered": calls}).to_csv(index=False).encode()


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("days") / "huawu.db") as client:
        yield client


def upload(client, plan: str, kind: str, name: str, content: bytes):
    return client.put(f"/v1/plans/{plan}/files/{kind}", files={"file": (name, content)})


def forecast(client, plan: str) -> dict:
    done(client, f"/v1/plans/{plan}/jobs", kind="forecast")
    return client.get(f"/v1/plans/{plan}/forecast").json()


@pytest.fixture
def plan(client):
    """A plan of the test's own: its calendar and target are nobody else's."""
    plan = client.post("/v1/plans", json={"month": "2026-12", "country": "-"}).json()["plan_id"]
    assert upload(client, plan, "history", "calls.csv", history_csv()).status_code == 200
    return plan


def test_a_day_that_is_named_is_learned_from_the_past_and_told_as_the_reason_of_its_forecast(client, plan):
    unnamed = forecast(client, plan)
    assert unnamed["days"][0]["names"] == []
    named = {"billing_days": [1], "campaign": [], "observance": [], "fault": []}
    assert client.put(f"/v1/plans/{plan}/calendar", json=named).status_code == 200
    assert client.get(f"/v1/plans/{plan}").json()["forecast_stale"] is True
    told = forecast(client, plan)
    assert client.get(f"/v1/plans/{plan}").json()["forecast_stale"] is False
    assert told["days"][0]["names_zh"] == ["billing"]
    learned = {one["effect"]: one for one in told["learned"]}["billing day +0"]
    assert learned["lower_95"] < BILLS_BRING < learned["upper_95"]  # what the history was made with
    assert learned["zh"] == "出账日"
    for day, calls in zip(told["labels"], told["calls"], strict=True):
        reasons = told["reasons"][day]
        product = reasons["level"] * np.prod([one["factor"] for one in reasons["factors"]])
        assert product == pytest.approx(calls, rel=0.03)  # factors near one are left out
    told_of = [*told["learned"], *(one for day in told["reasons"].values() for one in day["factors"])]
    assert {one["effect"] for one in told_of if one["zh"] == one["en"]} == set(), "an effect has no Chinese name"
    first = {one["effect"]: one["special"] for one in told["reasons"]["2026-12-01"]["factors"]}
    assert first["billing day +0"] is True
    assert first.get("weekday", False) is False


def test_an_effect_is_set_by_its_name_and_stays_until_it_is_taken_back(client, plan):
    body = {"billing_days": [1], "campaign": [], "observance": [], "fault": []}
    named = {**body, "effect": [{"name": "billing day +0", "factor": 1.9}]}
    assert client.put(f"/v1/plans/{plan}/calendar", json=named).status_code == 200
    kept = client.put(f"/v1/plans/{plan}/calendar", json=body).json()
    assert kept["effect"] == named["effect"]
    words = client.get(f"/v1/plans/{plan}/calendar").json()["effect_names"]
    assert words == {"billing day +0": {"zh": "出账日", "en": "billing day"}}
    told = forecast(client, plan)
    assert "billing day +0" not in {one["effect"] for one in told["learned"]}
    first = {one["effect"]: one["factor"] for one in told["reasons"]["2026-12-01"]["factors"]}
    assert first["billing day +0"] == pytest.approx(1.9)
    assert client.put(f"/v1/plans/{plan}/calendar", json={**body, "effect": []}).json()["effect"] == []
    for wrong in ({"name": "billing day +0", "factor": 0}, {"name": "billing day 0", "factor": 1.9}):
        assert client.put(f"/v1/plans/{plan}/calendar", json={**body, "effect": [wrong]}).status_code == 422, wrong
    assert client.get(f"/v1/plans/{plan}/calendar").json()["effect"] == []


def test_changes_by_hand_are_one_file_whether_made_on_the_page_or_sent_in(client, plan):
    before = forecast(client, plan)
    url = f"/v1/plans/{plan}"
    stretch = {
        "start_at": "2026-12-03T08:00:00+08:00",
        "end_at": "2026-12-03T20:00:00+08:00",
        "factor": 2,
        "reason": "tariff",
    }
    body = [{"date": "2026-12-02", "factor": 0.5, "reason": "quiet"}, stretch]
    assert client.put(f"{url}/adjustments", json=body).json() == {"adjustments": 2}
    after = client.get(f"{url}/forecast").json()
    assert after["calls"][1] == pytest.approx(before["calls"][1] / 2, rel=1e-3)
    assert after["calls_upper_80"][1] == pytest.approx(before["calls_upper_80"][1] / 2, rel=1e-3)
    assert before["calls"][2] < after["calls"][2] < 2 * before["calls"][2]
    assert [one.get("date") for one in after["adjustments"]] == ["2026-12-02", None]
    file = client.get(f"{url}/download/overrides.csv").content
    assert client.put(f"{url}/adjustments", json=[]).status_code == 200
    assert client.get(f"{url}/forecast").json()["calls"] == before["calls"]
    assert upload(client, plan, "overrides", "overrides.csv", file).json() == {"adjustments": 2}
    assert client.get(f"{url}/forecast").json()["calls"] == after["calls"]
    both = {**stretch, "date": "2026-12-02"}
    assert client.put(f"{url}/adjustments", json=[both]).status_code == 422
    late = upload(client, plan, "overrides", "o.csv", b"start_at,end_at,factor,reason\n2027-01-02,2027-01-03,2,late\n")
    assert late.status_code == 422


def test_a_calendar_file_gives_the_days_and_what_the_page_does_not_show_of_it_stays(client, plan):
    given = upload(client, plan, "calendar", "日历.toml", CALENDAR)
    assert given.status_code == 200
    assert given.json()["fault"][0]["start_at"] == "2026-06-18T14:00:00"
    shown = client.get(f"/v1/plans/{plan}/calendar").json()
    body = {name: shown[name] for name in ("billing_days", "campaign", "observance", "fault")}
    body["campaign"].append({"name": "双十二短信", "start": "2026-12-12", "days": 3, "size": 0.4, "kind": "sms"})
    kept = client.put(f"/v1/plans/{plan}/calendar", json=body).json()
    assert kept["rest_weekdays"] == [5, 6]
    assert kept["observance"] == [{"name": "Telecom Day", "first": "2026-05-17", "last": "2026-05-17"}]
    told = forecast(client, plan)
    planned = {one["effect"]: one["factor"] for one in told["reasons"]["2026-12-12"]["factors"]}
    assert planned["双十二短信"] == pytest.approx(1.4)
    assert told["days"][11]["names"] == ["双十二短信"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"billing_days = [1", "日历.toml: is not valid TOML"),
        (b"\xff\xfe\x00", "日历.toml: is not valid TOML"),
        (b"holidays = 3", "日历.toml: unknown key 'holidays'"),
        (b"[[campaign]]\nname = 'x'\nstart = '2026-12-01'\ndays = 2", "campaign 'x': start must be a date"),
        (b"[[fault]]\nname = 'x'\nstart_at = 2026-06-18T19:00:00\nend_at = 2026-06-18T14:00:00", "it ends at"),
        (b"billing_days = [32]", "billing_days: is no day of the month"),
        (b"billing_days = [1]\n[[effect]]\nname = 'billing'\nfactor = 2.0", "the nearest are 'billing day +"),
    ],
)
def test_a_calendar_file_that_cannot_be_used_is_refused_in_one_line_and_changes_nothing(client, plan, content, words):
    before = client.get(f"/v1/plans/{plan}/calendar").json()
    refused = upload(client, plan, "calendar", "日历.toml", content)
    assert refused.status_code == 422
    assert words in refused.json()["detail"]
    assert client.get(f"/v1/plans/{plan}/calendar").json() == before


def test_days_of_ones_own_that_make_no_sense_are_refused(client, plan):
    campaign = {"name": "x", "start": "2026-12-01", "days": 3}
    for body, words in (
        ({"billing_days": [0]}, "billing_days"),
        ({"campaign": [{**campaign, "days": 0}]}, "days"),
        ({"campaign": [{**campaign, "name": " "}]}, "name"),
        ({"observance": [{"name": "x", "first": "2026-12-05", "last": "2026-12-01"}]}, "special days: observance 'x'"),
        ({"fault": [{"name": "x", "start_at": "2026-12-01T10:00Z", "end_at": "2026-12-01T11:00Z"}]}, "local time"),
    ):
        refused = client.put(f"/v1/plans/{plan}/calendar", json=body)
        assert refused.status_code == 422, body
        assert words in refused.text, body


def test_another_target_is_tried_without_a_trace_and_kept_on_demand(client, plan):
    forecast(client, plan)
    before = client.get(f"/v1/plans/{plan}/seats").json()
    tried = client.get(f"/v1/plans/{plan}/seats", params={"shrinkage": 0.5}).json()
    assert tried["seat_hours"] == before["seat_hours"]  # shrinkage asks for people, not for seats on the phone
    seats, people = (np.array(tried[name], dtype=float) for name in ("seats_required", "people_to_roster"))
    # rounded once, on people: a day's people are its need, which lies up to a seat an interval under the whole seats
    assert (people.sum(axis=1) <= np.ceil(seats / 0.5).sum(axis=1) + 1).all()
    assert (people.sum(axis=1) >= (np.clip(seats - 1, 0, None) / 0.5).sum(axis=1) - 1).all()
    assert (people.sum(axis=1) < np.ceil(seats / 0.5).sum(axis=1)).any()
    assert client.get(f"/v1/plans/{plan}/seats").json() == before
    assert client.put(f"/v1/plans/{plan}/target", json={"shrinkage": 0.5}).status_code == 200
    kept = client.get(f"/v1/plans/{plan}/seats").json()
    assert kept["people_to_roster"] == tried["people_to_roster"]
    assert kept["target"]["shrinkage"] == 0.5
    for wrong in ({"service_level": 1}, {"shrinkage": 0.99}, {"max_occupancy": 0}, {"answered": 3}):
        assert client.put(f"/v1/plans/{plan}/target", json=wrong).status_code == 422, wrong
        assert client.get(f"/v1/plans/{plan}/seats", params=wrong).status_code == 422, wrong
