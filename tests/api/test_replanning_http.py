"""Covering, repairing and asking on over HTTP, on a month planned by the very works that the worker does."""

from __future__ import annotations

import io
import sqlite3
from contextlib import closing

import numpy as np
import pandas as pd
import pytest
from sqlalchemy.engine import make_url

from api.planner.drafts import file_of
from api.rehearsing import Rehearsal
from forecaster.messages import Words
from optimizer.law.rule_words import RULES
from tests.api.in_process import serving, tried

MONTH = "2026-12"


@pytest.fixture(scope="module")
def client(tmp_path_factory, few_shifts):
    with serving(tmp_path_factory.mktemp("replanning") / "huawu.db") as client:
        yield client


def work(client, plan_id, **body):
    return tried(client, f"/v1/plans/{plan_id}/jobs", **body)


def people() -> str:
    counts = {"inbound": 14, "outbound": 2, "qa": 2, "back_office": 2, "expert": 2, "supervisor": 2}
    roles = [role for role, count in counts.items() for _ in range(count)]
    return "badge,role,fixed_shifts\n" + "".join(f"{1001 + n},{role},\n" for n, role in enumerate(roles))


def upload(client, plan_id, kind, text):
    files = {"file": (f"{kind}.csv", text.encode())}
    assert client.put(f"/v1/plans/{plan_id}/files/{kind}", files=files).status_code == 200


@pytest.fixture(scope="module")
def planned(client):
    random = np.random.default_rng(3)
    hours = pd.date_range("2026-09-01", "2026-11-24 23:00", freq="h")
    shape = np.interp(hours.hour, [0, 6, 10, 15, 20, 23], [1, 1, 12, 10, 6, 2])
    calls = pd.DataFrame({"interval_start": hours, "calls_offered": random.poisson(shape)}).to_csv(index=False)
    plan_id = client.post("/v1/plans", json={"month": MONTH, "country": "-"}).json()["plan_id"]
    upload(client, plan_id, "history", calls)
    upload(client, plan_id, "people", people())
    assert client.put(f"/v1/plans/{plan_id}/calendar", json={"billing_days": [1]}).status_code == 200
    for kind in ("forecast", "roster"):
        assert work(client, plan_id, kind=kind, time_limit_seconds=2)["state"] == "done"
    return plan_id


@pytest.fixture
def alone(client, planned, tmp_path):
    """A service of the test's own on a copy of the database with the plan, to publish it or to change its roster."""
    held, own = make_url(client.app.state.settings.database_url).database, tmp_path / "huawu.db"
    with closing(sqlite3.connect(held)) as old, closing(sqlite3.connect(own)) as copy:
        old.backup(copy)
    with serving(own) as client:
        yield client


def someone_at_work(client, plan_id, day):
    told = client.get(f"/v1/plans/{plan_id}/roster").json()
    column = next(n for n, one in enumerate(told["days"]) if one["date"] == day)
    inbound = [one for one in told["people"] if one["role"] == "inbound"]
    return told, column, next(one for one in inbound if one["cells"][column] not in ("", "leave", "standby"))


def test_cover_names_everybody_of_the_role_who_is_off(client, planned):
    told, column, person = someone_at_work(client, planned, "2026-12-09")
    assert any("last month" in note["en"] and "上月" in note["zh"] for note in told["notes"])
    answer = client.get(f"/v1/plans/{planned}/roster/cover", params={"date": "2026-12-09", "badge": person["badge"]})
    found = answer.json()
    assert found["shift"] == person["cells"][column]
    off = {one["badge"] for one in told["people"] if one["role"] == "inbound" and one["cells"][column] == ""}
    assert {one["badge"] for one in found["people"]} == off
    assert all(one["lawful"] == (one["rule"] == "") for one in found["people"])
    assert {one["how"] for one in found["overtime"]} <= {"stay_on", "come_early", "called_in"}
    assert all(0 < one["minutes"] <= 180 and one["badge"] != person["badge"] for one in found["overtime"])
    where = f"/v1/plans/{planned}/roster/overtime"
    there = client.get(where, params={"at": "2026-12-09T10:00:00+08:00", "minutes": 60}).json()
    assert {one["badge"] for one in there["stay"]}.isdisjoint(one["badge"] for one in there["call"])
    assert all((one["most_minutes"] == 60) == (one["rule"] == "") for one in there["stay"])
    for wrong in ({"at": "2027-01-09T10:00:00+08:00"}, {"at": "2026-12-09T10:00:00"}, {"at": "soon"}):
        assert client.get(where, params=wrong).status_code == 422
    for wrong in ({}, {"badge": "9"}, {"shift": "Q7"}, {"badge": person["badge"], "shift": "N"}):
        assert (
            client.get(f"/v1/plans/{planned}/roster/cover", params={"date": "2026-12-09", **wrong}).status_code == 422
        )


def test_the_promise_of_the_roster_says_level_range_and_chance_for_month_and_days(client, planned):
    told = client.get(f"/v1/plans/{planned}/roster/promise").json()
    assert len(told["days"]) == 31
    days = {name: np.array(values, dtype=float) for name, values in told["by_day"].items()}
    assert told["expected"] == pytest.approx(np.average(days["expected"], weights=days["calls"]), abs=0.01)
    assert told["at_the_mean"] == pytest.approx(np.average(days["at_the_mean"], weights=days["calls"]), abs=1e-3)
    assert told["lower_80"] < told["expected"] < told["upper_80"]
    assert 0 <= told["chance"] <= 1
    assert (days["lower_80"] <= days["upper_80"]).all()
    assert told["patience_assumed"]
    assert told["patience_seconds"] == 300
    reserve = told["reserve"]
    assert reserve == client.get(f"/v1/plans/{planned}/roster").json()["facts"]["reserve"]
    assert 0 <= reserve["usual"] <= reserve["most"]
    assert reserve["beyond_ladder"] == max(0, reserve["most"] - 9)
    assert (reserve["standby_minimum"], reserve["standby_target"]) == (5, 7)


def test_what_if_and_shifts_are_answered_as_jobs(client, planned):
    compared = work(client, planned, kind="what_if", headcount=[-4])["result"]["scenarios"]
    assert [(one["scenario"], one["people"]) for one in compared] == [("as it is", 24), ("inbound -4", 20)]
    assert compared[1]["shortage_hours"] >= compared[0]["shortage_hours"]
    office = '[[family]]\ncode = "K"\nstarts = ["09:00"]\nlengths_minutes = [480]\n'
    sets = work(client, planned, kind="what_if", shift_sets={"office hours": office})["result"]["scenarios"]
    assert [one["scenario"] for one in sets] == ["as it is", "office hours"]
    assert sets[1]["shortage_hours"] > sets[0]["shortage_hours"], "nobody is there at night"
    for wrong in ("[[family]]", "no TOML", '[[family]]\ncode = "K"\nstarts = ["9"]\nlengths_minutes = [480]\n'):
        refused = client.post(f"/v1/plans/{planned}/jobs", json={"kind": "what_if", "shift_sets": {"mine": wrong}})
        assert (refused.status_code, "mine" in refused.json()["detail"]) == (422, True), refused.text
    curve = work(client, planned, kind="shifts", start_times=[2])["result"]["curve"]
    assert [one["start_times"] for one in curve] == [2]
    assert len(curve[0]["starts"].split(", ")) <= 2


def test_why_names_roles_that_are_too_few_and_fixed_days_that_cannot_be(client, planned):
    fixed = people().replace("1001,inbound,", "1001,inbound,2026-12-02=N;2026-12-03=S1600/420")
    upload(client, planned, "people", fixed)
    told = work(client, planned, kind="why")["result"]
    upload(client, planned, "people", people())
    messages = {one["about"]: one for one in told["conflicts"]}
    assert messages["1001"]["message"].startswith("badge 1001 has no lawful month: the rule rest_between_shifts")
    # Two people of a role cannot be there every hour of every day.
    assert {"outbound", "qa", "back_office"} <= set(messages)
    assert "无法满足" in messages["qa"]["message_zh"]
    assert told["prices"] == []  # of a month that cannot be, nothing has a price


@pytest.mark.parametrize(
    ("header", "row", "named"),
    [
        ("badge,role", "1001,pilot", ["row 3", "column role", "pilot", "inbound"]),
        ("badge,role", "1000,qa", ["row 3", "column badge", "1000", "row 2"]),
        ("badge,role,leave", "1001,inbound,2026-11-30", ["row 3", "1001", "leave", "2026-11-30", "2026-12"]),
        ("badge,role,fixed_shifts", "1001,inbound,2027-01-01=N", ["row 3", "1001", "fixed_shifts", "2027-01-01"]),
        ("badge,role,leave,fixed_shifts", "1001,inbound,2026-12-05,2026-12-05=N", ["row 3", "1001", "2026-12-05"]),
    ],
)
def test_a_staff_list_that_cannot_be_is_refused_and_the_one_before_stays(client, planned, header, row, named):
    before = client.get(f"/v1/plans/{planned}").json()["people"]
    empty = "," * (header.count(",") - 1)
    text = f"{header}\n1000,inbound{empty}\n{row}\n"
    answer = client.put(f"/v1/plans/{planned}/files/people", files={"file": ("staff.csv", text.encode())})
    assert answer.status_code == 422
    for word in ["staff.csv", *named]:
        assert word in answer.json()["detail"], (word, answer.json()["detail"])
    assert client.get(f"/v1/plans/{planned}").json()["people"] == before


def test_fixed_shifts_that_break_a_rule_are_refused_before_any_work_begins(client, planned):
    jobs = len(client.get(f"/v1/plans/{planned}").json()["jobs"])
    for fixed, rule in (("2026-12-02=N;2026-12-03=S1600/420", "rest_between_shifts"), ("2026-12-02=Q7", "Q7")):
        upload(client, planned, "people", people().replace("1001,inbound,", f"1001,inbound,{fixed}"))
        answer = client.post(f"/v1/plans/{planned}/jobs", json={"kind": "roster"})
        assert answer.status_code == 422
        for word in ("people.csv", "badge 1001", "2026-12-0", rule):
            assert word in answer.json()["detail"]
        if rule in RULES:
            assert f"规则“{RULES[rule].label.zh}”" in answer.json()["detail_zh"]
    upload(client, planned, "people", people())
    assert len(client.get(f"/v1/plans/{planned}").json()["jobs"]) == jobs


def test_the_next_days_are_found_by_a_job_and_decided_line_by_line(alone, planned):
    random = np.random.default_rng(4)
    hours = pd.date_range("2026-09-01", "2026-12-07 23:00", freq="h")
    shape = np.interp(hours.hour, [0, 6, 10, 15, 20, 23], [1, 1, 12, 10, 6, 2])
    calls = random.poisson(np.where(hours >= "2026-12-01", 3.0, 1.0) * shape)
    text = pd.DataFrame({"interval_start": hours, "calls_offered": calls}).to_csv(index=False)
    queue = alone.get(f"/v1/plans/{planned}/roster").json()["facts"]["queue"]
    kept = alone.put(f"/v1/queues/{queue}/history", files={"file": ("calls.csv", text.encode())})
    assert kept.status_code == 200, kept.text
    assert alone.get(f"/v1/plans/{planned}/tomorrow").status_code == 404
    found = work(alone, planned, kind="tomorrow", days=2)
    assert found["state"] == "done", found["error"]
    told = alone.get(f"/v1/plans/{planned}/tomorrow").json()
    assert told == found["result"]
    assert [day["date"] for day in told["days"]] == ["2026-12-08", "2026-12-09"]
    assert told["history_through"] == "2026-12-08T00:00:00+08:00"
    assert all(day["calls"] > day["published_calls"] for day in told["days"])
    changes = told["changes"]
    assert [one["change"] for one in changes] == list(range(1, len(changes) + 1))
    assert changes
    assert all(one["kind_zh"] and one["touches"] and one["touches_zh"] for one in changes)
    assert told["totals"]["hours"] == pytest.approx(sum(one["hours"] for one in changes), abs=0.01)
    decide = f"/v1/plans/{planned}/tomorrow/decisions"
    for wrong, said in (({"taken": [999]}, "999"), ({"taken": [1], "refused": [1]}, "both taken and refused")):
        refused = alone.post(decide, json=wrong)
        assert (refused.status_code, said in refused.json()["detail"]) == (422, True), refused.text
    seats = alone.get(f"/v1/plans/{planned}/roster").json()["coverage"]["by_day"]
    done = alone.post(decide, json={"taken": [1], "refused": [one["change"] for one in changes[1:]]})
    assert (done.status_code, done.json()["taken"]) == (200, 1), done.text
    after = alone.get(f"/v1/plans/{done.json()['plan_id']}/roster").json()["coverage"]["by_day"]
    moved = sum(sum(after[day]["seats_rostered"]) - sum(seats[day]["seats_rostered"]) for day in seats)
    assert moved == pytest.approx(changes[0]["hours"], abs=1.01)
    stale = alone.post(decide, json={"taken": [1]})
    assert (stale.status_code, "look again" in stale.json()["detail"]) == (422, True), stale.text


def test_a_rehearsal_is_a_job_and_says_from_when_on_it_would_work(client, planned, monkeypatch):
    short = work(client, planned, kind="rehearse", months=1)
    assert (short["state"], "it would work from the whole month" in short["error"]) == ("failed", True)
    assert "整月起可以" in short["error_zh"]
    asked = {}

    def told(demand, supply_of, **given):
        asked.update(given, people=len(supply_of(pd.Period("2026-05", "M")).situation.people))
        months = pd.DataFrame({"kept": [0.8], "held": [True], "more_people": [np.nan]}, index=["2026-10"])
        days = pd.DataFrame({"kept": [0.7]}, index=["2026-10-01"])
        return Rehearsal(months.rename_axis("month"), days, (Words("守住", "held"),))

    monkeypatch.setattr("api.jobs.works.rehearse", told)
    done = work(client, planned, kind="rehearse", months=2, daily=True, ladders=["brisk"])
    assert done["result"] == {
        "months": [{"month": "2026-10", "kept": 0.8, "held": True, "more_people": None}],
        "days": [{"date": "2026-10-01", "kept": 0.7}],
        "sentences": [{"zh": "守住", "en": "held"}],
    }
    assert (asked["months"], asked["daily"], list(asked["ladders"]), asked["people"]) == (2, True, ["brisk"], 24)
    assert asked["ladders"]["brisk"].name == "brisk"
    wrong = client.post(f"/v1/plans/{planned}/jobs", json={"kind": "rehearse", "ladders": ["slow"]})
    assert wrong.status_code == 422


def test_leave_is_a_job_that_counts_places_and_decides(client, planned):
    people = {one["badge"] for one in client.get(f"/v1/plans/{planned}/roster").json()["people"]}
    badge = min(people)
    asked = [{"badge": badge, "first_on": "2027-02-03"}, {"badge": "nobody", "first_on": "2027-02-03"}]
    done = work(client, planned, kind="leave", first_month="2027-02", months=1, requests=asked, ranking="first")
    assert done["state"] == "done", done["error"]
    places = [one for one in done["result"]["places"] if one["group"] == "inbound"]
    assert [one["date"] for one in places] == [f"2027-02-{day:02d}" for day in range(1, 29)]
    assert all(one["left"] == max(0, one["may_be_away"] - one["away"]) for one in places)
    first, second = done["result"]["decisions"]
    assert first["granted"] == (places[2]["may_be_away"] > 0)
    assert second["reason_zh"] == "人员表中没有工号 nobody"
    for wrong in ({"months": 13}, {"requests": [{"badge": "1", "first_on": "2027-02-03", "last_on": "2027-02-01"}]}):
        answer = client.post(f"/v1/plans/{planned}/jobs", json={"kind": "leave", **wrong})
        assert answer.status_code == 422


def test_replanning_a_draft_changes_it_and_a_published_plan_is_left_alone(alone, planned):
    told, column, person = someone_at_work(alone, planned, "2026-12-16")
    away = {"kind": "replan", "away": [{"badge": person["badge"], "days": "2026-12-16..2026-12-17"}]}
    done = work(alone, planned, **away, frozen_before="2026-12-16", most_changes=1)
    assert done["state"] == "done", done["error"]
    result = done["result"]
    assert result["plan_id"] == planned
    forced = sum(person["cells"][n] != "" for n in (column, column + 1))
    assert result["needed"] == forced <= len(result["changes"]) <= forced + 1
    after = alone.get(f"/v1/plans/{planned}/roster").json()
    changed = {
        (one["badge"], told["days"][n]["date"])
        for one, other in zip(told["people"], after["people"], strict=True)
        for n, (old, new) in enumerate(zip(one["cells"], other["cells"], strict=True))
        if old != new and new != "leave"
    }
    assert changed <= {(one["badge"], one["date"]) for one in result["changes"]}
    assert all(one["date"] >= "2026-12-16" for one in result["changes"])
    assert {one["rule"] for one in after["broken"]} <= {"ladder_material", "holiday_standby"}
    assert alone.post(f"/v1/plans/{planned}/publish", json={"reason": "due"}).status_code == 200
    frozen = alone.get(f"/v1/plans/{planned}/roster").json()["people"]
    later = work(alone, planned, kind="replan", away=[{"badge": person["badge"], "days": "2026-12-23"}])["result"]
    assert later["plan_id"] != planned
    assert alone.get(f"/v1/plans/{planned}/roster").json()["people"] == frozen
    again = alone.get(f"/v1/plans/{later['plan_id']}/roster").json()
    mine = next(one for one in again["people"] if one["badge"] == person["badge"])
    assert mine["cells"][22] == "leave"
    assert mine["cells"][column] == "leave", "the first absence is still known"
    kept = {one["kind"] for one in alone.get("/v1/versions").json() if one["published_at"]}
    files = {"people", "calendar", "ladder"}
    assert kept == {"forecast", "requirement", "roster", "coverage", "burdens", "promise"} | files
    refused = work(alone, later["plan_id"], kind="replan", away=[{"badge": "77", "days": "2026-12-23"}])
    assert (refused["state"], refused["error"]) == ("failed", "badge '77' is not among the 24 people of this plan")


def test_the_next_month_carries_on_from_what_is_published_without_being_told(alone, planned):
    assert alone.post(f"/v1/plans/{planned}/publish", json={"reason": "due"}).status_code == 200
    engine = alone.app.state.log.engine
    plan_id = alone.post("/v1/plans", json={"month": "2027-01", "country": "-"}).json()["plan_id"]
    upload(alone, plan_id, "history", file_of(engine, planned, "history").decode())
    upload(alone, plan_id, "people", people())
    for kind in ("forecast", "roster"):
        assert work(alone, plan_id, kind=kind, time_limit_seconds=1)["state"] == "done"
    assert alone.get(f"/v1/plans/{plan_id}").json()["names"]["last_roster"] == "published roster 2026-12 v1.csv"

    def frame(plan, name):
        return pd.read_csv(io.BytesIO(file_of(engine, plan, name)), dtype={"badge": str})

    before, after = frame(planned, "roster.csv"), frame(plan_id, "roster.csv")

    def weekend_days(roster):
        counts = (pd.to_datetime(roster["date"]).dt.day_of_week >= 5) & (roster["worked_minutes"] > 0)
        return roster[counts].groupby("badge").size()

    told = frame(plan_id, "burdens.csv").set_index("badge")["weekends"]
    expected = weekend_days(after).reindex(told.index, fill_value=0) + 0.5 * weekend_days(before).reindex(
        told.index, fill_value=0
    )
    assert told.tolist() == expected.tolist()
