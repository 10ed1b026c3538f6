"""A plan of several queues that share people over HTTP: files in, what each queue gets, published by queue."""

from __future__ import annotations

import io
import json
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest

from api.planner.drafts import draft_of
from api.planner.inputs import demand_of
from api.planner.roster import roster_of
from forecaster.requirement import shared_queues
from optimizer.law.changes import people_by_slot
from tests.api.in_process import done, serving

MONTH = "2026-12"


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("queues") / "huawu.db") as client:
        yield client


def history_csv(seed: int, most: float, **columns: str) -> bytes:
    hours = pd.date_range("2026-09-01", "2026-11-24 23:00", freq="h")
    shape = np.interp(hours.hour, [0, 7, 8, 12, 18, 20, 23], [0, 0, most / 2, most, most, 0, 0])
    calls = np.random.default_rng(seed).poisson(shape)
    return pd.DataFrame({"interval_start": hours, "calls_offered": calls, **columns}).to_csv(index=False).encode()


def people_csv(skills: list[str]) -> bytes:
    return ("badge,role,skills\n" + "".join(f"{1001 + n},inbound,{one}\n" for n, one in enumerate(skills))).encode()


SKILLS = ["tech"] * 3 + ["billing"] * 3 + ["tech;billing"] * 3
FILES = [("file", ("tech.csv", history_csv(1, 9.0))), ("file", ("billing.csv", history_csv(2, 6.0)))]


def begun(client) -> str:
    return client.post("/v1/plans", json={"month": MONTH, "country": "-"}).json()["plan_id"]


def upload(client, plan_id, kind, files, **reading):
    return client.put(f"/v1/plans/{plan_id}/files/{kind}", files=files, data={"reading": json.dumps(reading)})


def worked(client, plan_id, kind, **arguments):
    return done(client, f"/v1/plans/{plan_id}/jobs", kind=kind, **arguments)


@pytest.fixture(scope="module")
def planned(client):
    """The id of a plan of two queues with its roster, tried on few futures."""
    plan_id = begun(client)
    told = upload(client, plan_id, "history", FILES).json()
    assert [(one["queue"], one["source"]) for one in told["queues"]] == [
        ("tech", "tech.csv"),
        ("billing", "billing.csv"),
    ]
    assert told["queue"] == "billing+tech"
    assert upload(client, plan_id, "people", {"file": ("people.csv", people_csv(SKILLS))}).status_code == 200
    worked(client, plan_id, "forecast")
    with patch.object(shared_queues, "MOST_PATHS", shared_queues.FEWEST_PATHS):
        worked(client, plan_id, "roster", time_limit_seconds=2)
    return plan_id


def by_name(view):
    names = [one["name"] for one in view["heads"]]
    return {row[0]: dict(zip(names, row, strict=True)) for row in view["rows"]}


def test_each_queue_has_its_row_its_coverage_and_its_promise(client, planned):
    told = client.get(f"/v1/plans/{planned}/roster").json()
    rows = by_name(told["queues"])
    assert {name: row["people"] for name, row in rows.items()} == {"tech": "6", "billing": "6"}
    days = told["coverage"]["by_day"]
    for day, whole in days.items():
        parts = [told["coverage_of"][queue]["by_day"][day]["seats_rostered"] for queue in rows]
        assert np.sum(parts, axis=0).tolist() == pytest.approx(whole["seats_rostered"], abs=0.03)
        serve_either = told["able"]["billing+tech"]["by_day"][day]["seats_rostered"]
        assert serve_either == pytest.approx(whole["seats_rostered"], abs=0.03)  # a person counts once
    promised = client.get(f"/v1/plans/{planned}/roster/promise").json()
    assert all(row["promise"].endswith(")") for row in by_name(promised["queues"]).values())
    levels = [float(row["promise"].partition("%")[0]) for row in by_name(promised["queues"]).values()]
    assert min(levels) - 0.1 <= 100 * promised["expected"] <= max(levels) + 0.1
    assert client.get(f"/v1/plans/{planned}").json()["roster_stale"] is False


def test_a_change_by_hand_is_counted_for_the_queues_of_the_person(client, planned):
    engine = client.app.state.log.engine
    before = client.get(f"/v1/plans/{planned}/roster").json()
    tech = {one["badge"]: one for one in before["people"] if one["skills"] == ["tech"]}
    badge, day = next((b, d) for b, one in tech.items() for d, code in enumerate(one["cells"]) if code)
    date = before["days"][day]["date"]
    cell = {"badge": badge, "date": date, "shift": ""}
    told = client.put(f"/v1/plans/{planned}/roster/cells", json={"cells": [cell]}).json()

    def there(view, name):
        return sum(view["able"][name]["by_day"][date]["seats_rostered"])

    assert there(told, "tech") < there(before, "tech") - 3
    assert there(told, "billing") == pytest.approx(there(before, "billing"), abs=0.05)
    held = roster_of(engine, planned)
    roster, coverage = held.plan.roster, held.plan.coverage
    for skills, column in (({"tech"}, "on_phone.tech"), ({"tech", "billing"}, "on_phone.billing+tech")):
        mine = {one.badge for one in held.situation.people if set(one.skills) == skills}
        rows = roster[roster["badge"].astype(str).isin(mine)]
        seats = people_by_slot(rows, coverage, held.situation, {"inbound"}, meals=True)
        assert coverage[column].tolist() == pytest.approx(seats.reshape(len(coverage), -1).mean(axis=1), abs=0.01)
    again = client.get(f"/v1/plans/{planned}/roster").json()
    assert again["queues"]["rows"] == told["queues"]["rows"]
    assert again["able"]["tech"]["by_day"][date] == told["able"]["tech"]["by_day"][date]


def test_publishing_publishes_each_queue_under_its_own_name(client, planned):
    copy = client.post(f"/v1/plans/{planned}/copy", json={}).json()["plan_id"]
    held = roster_of(client.app.state.log.engine, copy)
    answer = client.post(f"/v1/plans/{copy}/publish", json={"reason": "for December"})
    assert answer.status_code == 200, answer.text
    versions = answer.json()["versions"]
    assert {"roster", "roster of tech", "roster of billing", "ladder of tech"} <= set(versions)
    for queue in ("tech", "billing", "billing+tech"):
        kept = client.get("/v1/versions", params={"queue": queue, "month": MONTH}).json()
        kinds = {one["kind"] for one in kept if one["published_at"]}
        assert {"forecast", "requirement", "roster", "coverage", "people"} <= kinds
    for queue, part in held.plan.queues.items():
        tables = client.get(f"/v1/queues/{queue}/months/{MONTH}/tables?lang=en").json()
        assert tables["tables"][1]["total"]["calls_forecast"] == pytest.approx(part.forecast["calls"].sum(), rel=0.01)


def test_a_repair_divides_the_people_anew_and_stays_a_plan_of_two_queues(client, planned):
    done = worked(client, planned, "replan", away=[{"badge": "1001", "days": "2026-12-07..2026-12-11"}])
    told = client.get(f"/v1/plans/{done['result']['plan_id']}/roster").json()
    assert list(by_name(told["queues"])) == ["tech", "billing"]


def test_a_file_of_several_queues_may_have_each_planned(client):
    plan_id = begun(client)
    both = pd.concat([pd.read_csv(io.BytesIO(history_csv(n, 9.0, queue=name))) for n, name in enumerate(("a", "b"))])
    file = {"file": ("both.csv", both.to_csv(index=False).encode())}
    asked = upload(client, plan_id, "history", file)
    assert asked.status_code == 422
    assert asked.json()["ask"]["setting"] == "queue"
    told = upload(client, plan_id, "history", file, queue="each").json()
    assert [one["queue"] for one in told["queues"]] == ["a", "b"]
    assert [one["calls_total"] for one in told["queues"]] == both.groupby("queue")["calls_offered"].sum().tolist()
    pooled = upload(client, plan_id, "history", {}, queue="all")
    assert pooled.json()["queues"] == []


def test_what_cannot_be_of_several_queues_is_refused_with_the_way_out(client, planned):
    plan_id = begun(client)
    same = upload(client, plan_id, "history", [FILES[0], FILES[0]])
    assert (same.status_code, "give each queue a file of its own name" in same.json()["detail"]) == (422, True)
    two = upload(client, plan_id, "people", [("file", (f"{n}.csv", people_csv(SKILLS))) for n in "ab"])
    assert (two.status_code, two.json()["detail"]) == (422, "people takes one file, and 2 were sent")
    assert "history" not in client.get(f"/v1/plans/{plan_id}").json()["files"]
    for kind in ("rehearse", "tomorrow", "leave"):
        answer = client.post(f"/v1/plans/{planned}/jobs", json={"kind": kind})
        assert (answer.status_code, "begin a plan of that queue" in answer.json()["detail"]) == (422, True)
    copy = client.post(f"/v1/plans/{planned}/copy", json={}).json()["plan_id"]
    upload(client, copy, "people", {"file": ("people.csv", people_csv([*SKILLS, "tehc"]))})
    answer = client.post(f"/v1/plans/{copy}/jobs", json={"kind": "roster"})
    assert answer.status_code == 422
    assert "row 11" in answer.json()["detail"]
    assert "the nearest is tech" in answer.json()["detail"]


def test_a_value_put_for_the_floor_falls_to_the_queues_by_their_calls(client, planned):
    copy = client.post(f"/v1/plans/{planned}/copy", json={}).json()["plan_id"]
    stretch = {"start_at": "2026-11-02T10:00:00+08:00", "end_at": "2026-11-02T11:00:00+08:00", "reason": "outage"}
    body = [{**stretch, "treat": "value", "value": 50.0}]
    assert client.put(f"/v1/plans/{copy}/treatments", json=body).status_code == 200
    demand = demand_of(client.app.state.log.engine, draft_of(client.app.state.log.engine, copy))
    at = pd.Timestamp("2026-11-02T10:00:00+08:00")
    parts = [one.history.frame["calls_offered"].loc[at] for one in demand.queues]
    assert sum(parts) == pytest.approx(50.0)
    assert demand.history.frame["calls_offered"].loc[at] == pytest.approx(50.0)
    assert parts[0] / parts[1] == pytest.approx(1.5, abs=0.05)  # 9 against 6 calls an hour
