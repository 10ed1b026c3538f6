"""Weeks in place of a month over HTTP: begun by their first and last day, planned, published, found by their name."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from api.planner.drafts import draft_of
from api.planner.inputs import demand_of, take_published_roster
from tests.api.in_process import done, serving

WEEKS = "2026-12-07..2026-12-20"


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("weeks") / "huawu.db") as client:
        yield client


def history_csv() -> bytes:
    hours = pd.date_range("2026-09-01", "2026-12-05 23:00", freq="h")
    shape = np.interp(hours.hour, [0, 7, 8, 12, 18, 20, 23], [0, 0, 5, 9, 9, 0, 0])
    calls = np.random.default_rng(1).poisson(shape)
    return pd.DataFrame({"interval_start": hours, "calls_offered": calls}).to_csv(index=False).encode()


@pytest.fixture(scope="module")
def published(client):
    """Two weeks planned and published, and what the list of versions then has of them."""
    begun = client.post("/v1/plans", json={"month": WEEKS, "country": "-"}).json()
    assert begun["month"] == WEEKS
    assert begun["first_day"] == "2026-12-07"
    assert begun["period"] == {"zh": "2026-12-07 至 2026-12-20", "en": "2026-12-07 to 2026-12-20"}
    address = f"/v1/plans/{begun['plan_id']}"
    history = client.put(f"{address}/files/history", files={"file": ("calls.csv", history_csv())}).json()
    assert history["used_through"].startswith("2026-11-30")  # a week before the first day
    people = b"badge,role,leave\n" + b"".join(b"%d,inbound,%s\n" % (1001 + n, b"" if n else b"2026-12-18..2026-12-24")
                                             for n in range(5))  # fmt: skip
    assert client.put(f"{address}/files/people", files={"file": ("people.csv", people)}).json()["leave_days"] == 3
    done(client, f"{address}/jobs", kind="forecast")
    days = [f"{day:%Y-%m-%d}" for day in pd.date_range("2026-12-07", periods=14)]
    assert client.get(f"{address}/forecast").json()["labels"] == days
    outside = client.get(f"{address}/forecast?day=2026-12-21")
    assert outside.status_code == 422
    assert outside.json()["detail"] == "2026-12-21 lies outside 2026-12-07 to 2026-12-20"
    done(client, f"{address}/jobs", kind="roster", time_limit_seconds=1)
    roster = client.get(f"{address}/roster").json()
    assert [one["date"] for one in roster["days"]] == days
    assert roster["broken"] == []
    assert client.post(f"{address}/publish", json={"reason": "for these weeks"}).status_code == 200
    return client.get("/v1/versions", params={"kind": "roster", "month": WEEKS}).json()


def test_two_weeks_are_planned_published_and_found(client, published) -> None:
    assert [one["month"] for one in published] == [WEEKS]
    queue = published[0]["queue"]
    days = [f"{day:%Y-%m-%d}" for day in pd.date_range("2026-12-07", periods=14)]
    tables = client.get(f"/v1/queues/{queue}/months/{WEEKS}/tables").json()
    assert (tables["month"], tables["last_month"]) == (WEEKS, "2026-11-23..2026-12-06")
    assert [row["date"] for row in tables["tables"][1]["rows"]] == days
    csv = client.get(f"/v1/queues/{queue}/months/{WEEKS}/roster?format=csv")
    assert csv.status_code == 200


@pytest.mark.usefixtures("published")
def test_the_weeks_after_begin_with_the_roster_of_those_published(client) -> None:
    engine = client.app.state.log.engine
    for name in ("2026-12-21..2027-01-17", "2026-12-21..2026-12-27"):
        begun = client.post("/v1/plans", json={"month": name, "country": "-"}).json()
        client.put(f"/v1/plans/{begun['plan_id']}/files/history", files={"file": ("calls.csv", history_csv())})
        draft = draft_of(engine, begun["plan_id"])
        taken = take_published_roster(engine, draft, demand_of(engine, draft))
        assert taken.settings["last_roster_name"] == f"published roster {WEEKS} v1.csv"


@pytest.mark.parametrize(
    "name", ["2026-12-07..2026-12-06", "2026-12-07..2027-03-07", "2026-02-30..2026-03-10", "2026-12-07", "2026-13"]
)
def test_what_names_no_period_is_refused(client, name: str) -> None:
    assert client.post("/v1/plans", json={"month": name}).status_code == 422
    assert client.get(f"/v1/queues/hotline/months/{name}/tables").status_code == 422
