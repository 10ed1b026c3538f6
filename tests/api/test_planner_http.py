"""A plan over HTTP: files in, its roster changed by cell, copied, published and superseded; and jobs that survive."""

from __future__ import annotations

import dataclasses
import io
import os
import signal
from datetime import date

import numpy as np
import openpyxl
import pandas as pd
import pytest
from fastapi.testclient import TestClient

from api.http.app import create_app
from api.jobs.queue import claim_job, job_of, unfinished_jobs
from api.keys import RIGHTS, create_key
from api.planner import roster as planned_roster
from api.planner.drafts import draft_of
from api.planner.inputs import last_roster_of
from api.planner.roster import change_roster, roster_of
from api.settings import Settings, shipped_ladder
from api.store.codec import now
from optimizer.law.changes import Cell, code_of, covered_by
from tests.api.in_process import done
from tests.waiting import until

MONTH = "2026-12"


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    folder = tmp_path_factory.mktemp("planner")
    return Settings(
        ladder=shipped_ladder(), database_url=f"sqlite:///{folder / 'huawu.db'}", tick_seconds=3600.0, open_access=True
    )


@pytest.fixture(scope="module")
def client(settings):
    with TestClient(create_app(settings)) as client:
        yield client


def history_csv() -> bytes:
    random = np.random.default_rng(3)
    hours = pd.date_range("2026-06-01", "2026-11-24 23:00", freq="h")
    shape = np.interp(hours.hour, [0, 6, 10, 15, 20, 23], [1, 1, 12, 10, 6, 2])
    frame = pd.DataFrame({"interval_start": hours, "calls_offered": random.poisson(shape)})
    return frame.to_csv(index=False).encode()


def people_csv() -> bytes:
    roles = (
        ["inbound"] * 14 + ["outbound"] * 2 + ["qa"] * 2 + ["back_office"] * 2 + ["expert", "supervisor", "supervisor"]
    )
    return ("badge,role\n" + "".join(f"{1001 + n},{role}\n" for n, role in enumerate(roles))).encode()


def upload(client, plan_id: str, kind: str, name: str, content: bytes):
    return client.put(f"/v1/plans/{plan_id}/files/{kind}", files={"file": (name, content)})


@pytest.fixture(scope="module")
def planned(client):
    """The id of a plan with its roster, made in this process by the very works that the worker does."""
    plan_id = client.post("/v1/plans", json={"month": MONTH, "country": "-"}).json()["plan_id"]
    assert upload(client, plan_id, "history", "calls.csv", history_csv()).status_code == 200
    assert upload(client, plan_id, "people", "people.csv", people_csv()).status_code == 200
    client.app.state.worker.ensure = lambda: None  # no second process: the work is done here
    for kind in ("forecast", "roster"):
        done(client, f"/v1/plans/{plan_id}/jobs", kind=kind, time_limit_seconds=3)
    return plan_id


def test_a_file_that_cannot_be_used_is_refused_in_one_line_and_what_stood_before_stays(client):
    plan_id = client.post("/v1/plans", json={"month": MONTH}).json()["plan_id"]
    good = upload(client, plan_id, "people", "people.csv", people_csv())
    assert good.json()["people"] == 23
    bad = upload(client, plan_id, "people", "staff list.csv", b"badge,role\n1001,wizard\n")
    assert bad.status_code == 422
    assert bad.json()["detail"].startswith("staff list.csv, row 2, column role: 'wizard' is no role")
    assert client.get(f"/v1/plans/{plan_id}").json()["names"]["people"] == "people.csv"
    assert client.get(f"/v1/plans/{plan_id}").json()["people"]["people"] == 23


def test_a_refused_file_comes_back_with_its_faults_marked_and_one_that_is_read_does_not(client):
    plan_id = client.post("/v1/plans", json={"month": MONTH}).json()["plan_id"]
    address = f"/v1/plans/{plan_id}/files/people/marked?lang=en"
    bad = client.post(address, files={"file": ("people.csv", b"badge,role\n1001,wizard\n1002,inbound\n,qa\n")})
    sheet = openpyxl.load_workbook(io.BytesIO(bad.content)).worksheets[0]
    assert [cell.coordinate for row in sheet.iter_rows() for cell in row if cell.comment] == ["B2", "A4"]
    good = client.post(address, files={"file": ("people.csv", people_csv())})
    assert (good.status_code, "nothing to mark" in good.json()["detail"]) == (422, True)


def test_last_months_roster_may_be_a_grid_made_by_hand(client):
    plan_id = client.post("/v1/plans", json={"month": MONTH, "country": "-"}).json()["plan_id"]
    days = ",".join(map(str, range(1, 31)))
    grid = f"工号,{days}\n1001,{',' * 28},N\n77,D{',' * 29}\n".encode()
    early = upload(client, plan_id, "last_roster", "11月.csv", grid)
    assert (early.status_code, "give the people file first" in early.json()["detail"]) == (422, True)
    upload(client, plan_id, "people", "people.csv", people_csv())
    assert upload(client, plan_id, "last_roster", "11月.csv", grid).json() == {
        "source": "11月.csv", "rows": 1, "people": 1,
    }  # fmt: skip
    engine = client.app.state.log.engine
    row = last_roster_of(engine, draft_of(engine, plan_id)).iloc[0]
    assert (row["badge"], str(row["date"]), row["shift"]) == ("1001", "2026-11-30", "N")
    assert str(row["start_at"]) == "2026-11-30 22:00:00+08:00"


def test_a_roster_just_built_stands_on_the_forecast_and_the_seats_of_its_plan(client, planned):
    told = client.get(f"/v1/plans/{planned}").json()
    assert (told["forecast_stale"], told["roster_stale"]) == (False, False)


def test_the_coverage_worked_out_for_changes_is_the_solvers_own_for_the_solvers_roster(client, planned):
    held = roster_of(client.app.state.log.engine, planned)
    again = covered_by(held.plan.roster, held.plan.coverage, held.situation, before=held.plan.roster)
    for column in held.plan.coverage.columns:
        assert again[column].to_numpy(float) == pytest.approx(held.plan.coverage[column].to_numpy(float)), column


def test_a_change_says_what_it_breaks_and_covers_and_undoing_it_brings_everything_back(client, planned):
    before = client.get(f"/v1/plans/{planned}/roster").json()
    inbound = [one for one in before["people"] if one["role"] == "inbound"]
    person = next(one for one in inbound if not all(one["cells"][:7]))
    free = [n for n, code in enumerate(person["cells"][:7]) if not code]  # seven days in a row are one too many
    week = [{"badge": person["badge"], "date": before["days"][n]["date"], "shift": "D0800/480"} for n in free]
    told = client.put(f"/v1/plans/{planned}/roster/cells", json={"cells": week}).json()
    assert {one["badge"] for one in told["broken_new"]} >= {person["badge"]}
    day = told["coverage"]["by_day"][week[0]["date"]]
    old = before["coverage"]["by_day"][week[0]["date"]]
    added = np.subtract(day["seats_rostered"], old["seats_rostered"])
    assert added.sum() == pytest.approx(7.0, abs=0.51)  # eight hours less a meal
    assert added[:8].sum() == pytest.approx(0)
    undo = [{**one, "shift": ""} for one in week]
    client.put(f"/v1/plans/{planned}/roster/cells", json={"cells": undo})
    after = client.get(f"/v1/plans/{planned}/roster").json()
    assert [one["cells"] for one in after["people"]] == [one["cells"] for one in before["people"]]
    assert after["broken"] == before["broken"]
    assert after["coverage"] == before["coverage"]


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ({"badge": "9999", "date": "2026-12-03", "shift": ""}, "badge '9999' is not among the 23 people"),
        ({"badge": "1001", "date": "2026-11-30", "shift": ""}, "2026-11-30 lies outside 2026-12"),
        ({"badge": "1001", "date": "2026-12-03", "shift": "Q7"}, "'Q7' is no shift of this month"),
    ],
)
def test_a_cell_that_cannot_be_is_refused_by_name(client, planned, cell, words):
    answer = client.put(f"/v1/plans/{planned}/roster/cells", json={"cells": [cell]})
    assert answer.status_code == 422
    assert words in answer.json()["detail"]


def test_a_breach_is_told_in_both_languages_with_what_its_rule_is_called(client, planned):
    told = client.get(f"/v1/plans/{planned}/roster").json()
    person = next(one for one in told["people"] if one["role"] == "inbound" and "N" not in one["cells"][:7])
    week = [{"badge": person["badge"], "date": told["days"][n]["date"], "shift": "N"} for n in range(4)]
    body = {"cells": week}
    breach = next(
        one
        for one in client.put(f"/v1/plans/{planned}/roster/cells", json=body).json()["broken_new"]
        if one["rule"] == "nights_in_a_row"
    )
    assert (breach["label"], breach["label_zh"], breach["unit"]) == ("nights in a row", "连续夜班", "nights")
    assert breach["message"].endswith("4 nights in a row, 3 are allowed")
    assert breach["message_zh"].endswith("连续夜班 4 个，最多 3 个")
    undo = [{**one, "shift": person["cells"][n]} for n, one in enumerate(week)]
    client.put(f"/v1/plans/{planned}/roster/cells", json={"cells": undo})


def test_swapping_two_people_of_a_role_on_one_day_leaves_the_coverage_as_it_was(client, planned):
    told = client.get(f"/v1/plans/{planned}/roster").json()
    inbound = [one for one in told["people"] if one["role"] == "inbound"]
    day = next(n for n in range(31) if inbound[0]["cells"][n] and not inbound[1]["cells"][n])
    swap = {name: {"badge": inbound[n]["badge"], "date": told["days"][day]["date"]} for n, name in enumerate("ab")}
    answer = client.post(f"/v1/plans/{planned}/roster/swap", json=swap).json()
    assert [one["shift"] for one in answer["cells"]] == ["", inbound[0]["cells"][day]]
    assert answer["shortage_change_hours"] == pytest.approx(0, abs=0.5)  # a meal may move within its window
    assert client.get(f"/v1/plans/{planned}/roster").json()["people"] == told["people"], "a check writes nothing"


def test_the_coverage_after_a_change_is_that_of_working_out_the_whole_month_again(client, planned):
    held = roster_of(client.app.state.log.engine, planned)
    random = np.random.default_rng(11)
    codes = ["", "leave", "standby", *(shift.code for shift in held.situation.catalogue.in_month(12))]
    for _ in range(25):
        cells = [
            Cell(
                str(random.choice(held.situation.people).badge), date(2026, 12, int(random.integers(1, 32))), str(code)
            )
            for code in random.choice(codes, size=int(random.integers(1, 4)))
        ]
        if len({(one.badge, one.day) for one in cells}) < len(cells):
            continue
        roster, near, _ = held.with_cells(cells)
        whole = covered_by(roster, held.plan.coverage, held.situation, before=held.plan.roster)
        for column in whole.columns:
            assert near[column].to_numpy(float) == pytest.approx(whole[column].to_numpy(float)), (column, cells)


def test_changes_that_two_planners_make_at_once_are_both_kept(client, planned, monkeypatch):
    engine = client.app.state.log.engine
    held = roster_of(engine, planned)
    first, second = (person.badge for person in held.situation.people[:2])
    day = date(2026, 12, 20)
    before = {one: code_of(held.plan.roster, one, day) for one in (first, second)}
    meanwhile = [Cell(second, day, "standby")]
    real = planned_roster.frame_csv

    def slow(frame):  # the other planner's change is written while this one is being worked out
        if meanwhile:
            change_roster(engine, planned, [meanwhile.pop()], actor="other")
        return real(frame)

    monkeypatch.setattr(planned_roster, "frame_csv", slow)
    told = change_roster(engine, planned, [Cell(first, day, "leave")], actor="one")
    assert told["mark_before"] != held.mark
    after = roster_of(engine, planned)
    kept = {one: code_of(after.plan.roster, one, day) for one in (first, second)}
    assert kept == {first: "leave", second: "standby"}
    change_roster(engine, planned, [Cell(one, day, code) for one, code in before.items()], actor="one")


def test_a_plan_is_named_copied_and_deleted_and_a_copy_shares_nothing_with_it(client, planned):
    url = f"/v1/plans/{planned}"
    named = client.put(url, json={"title": "夜班多四人", "note": "与外呼组商定"}).json()
    assert (named["title"], named["note"]) == ("夜班多四人", "与外呼组商定")
    assert client.put(url, json={"note": ""}).json()["title"] == "夜班多四人"  # what is left out stays
    copy = client.post(f"{url}/copy", json={}).json()
    assert (copy["title"], copy["copied_from"], copy["published_at"]) == ("夜班多四人", planned, None)
    mine, other = (f"/v1/plans/{one}" for one in (planned, copy["plan_id"]))
    assert client.get(f"{other}/roster").json()["people"] == client.get(f"{mine}/roster").json()["people"]
    cell = {"badge": "1001", "date": "2026-12-20", "shift": "leave"}
    before = client.get(f"{mine}/roster").json()["people"]
    client.put(f"{other}/roster/cells", json={"cells": [cell]})
    assert client.get(f"{mine}/roster").json()["people"] == before
    assert client.delete(other).json() == {"deleted": copy["plan_id"]}
    assert client.get(other).status_code == client.delete(other).status_code == 404
    assert copy["plan_id"] not in [one["plan_id"] for one in client.get("/v1/plans").json()]
    entry = client.get("/v1/audit").json()["entries"][0]
    assert (entry["action"], entry["subject"]) == ("plan.delete", copy["plan_id"])
    assert "夜班多四人" in entry["detail"]


def test_meals_are_told_by_the_hour_moved_within_their_window_and_nowhere_else(client, copy):
    url = f"/v1/plans/{copy}"
    shown = client.get(f"{url}/roster/hours", params={"date": "2026-12-08", "days": 2}).json()
    frame = roster_of(client.app.state.log.engine, copy).plan.roster
    midnight = pd.Timestamp("2026-12-08", tz="Asia/Shanghai")
    near = frame[(frame["end_at"] > midnight) & (frame["start_at"] < midnight + pd.Timedelta("2D"))]
    told = set(zip(near["badge"], (near["start_at"] - midnight) / pd.Timedelta("1min"), strict=True))
    assert {(one["badge"], one["start"]) for one in shown} == told
    one = next(one for one in shown if len(one["meals"]) > 1 and one["date"] == "2026-12-08")
    cell = {"badge": one["badge"], "date": one["date"], "shift": one["shift"]}
    before = client.get(f"{url}/roster").json()["people"]
    for offset in (one["meals"][0], one["meals"][-1]):
        answer = client.put(f"{url}/roster/cells", json={"cells": [{**cell, "meal_minute": offset}]})
        assert (answer.status_code, answer.json()["broken_new"]) == (200, [])
        now_ = client.get(f"{url}/roster/hours", params={"date": "2026-12-08"}).json()
        assert next(x["meal"] - x["start"] for x in now_ if x["badge"] == one["badge"]) == offset
    assert client.get(f"{url}/roster").json()["people"] == before  # the shifts and their hours are the same
    wrong = client.put(f"{url}/roster/cells", json={"cells": [{**cell, "meal_minute": one["meals"][-1] + 1}]})
    assert (wrong.status_code, "it may at" in wrong.json()["detail"]) == (422, True)


def test_a_cell_that_was_changed_elsewhere_is_not_written_over_unseen(client, copy):
    url = f"/v1/plans/{copy}/roster"
    person = client.get(url).json()["people"][0]
    cell = {"badge": person["badge"], "date": "2026-12-05", "shift": "leave"}
    other = "" if person["cells"][4] else "leave"
    refused = client.put(f"{url}/cells", json={"cells": [{**cell, "was": "standby"}]})
    assert (refused.status_code, refused.json()["code"]) == (422, "roster.elsewhere")
    assert client.get(url).json()["people"][0]["cells"] == person["cells"]
    seen = client.put(f"{url}/cells", json={"cells": [{**cell, "shift": other, "was": person["cells"][4]}]})
    assert seen.status_code == 200


@pytest.fixture
def copy(client, planned):
    """The id of a copy of the plan, for a test that publishes or changes it for good."""
    return client.post(f"/v1/plans/{planned}/copy", json={"title": "二版"}).json()["plan_id"]


def test_publishing_freezes_the_plan(client, copy):
    assert client.post(f"/v1/plans/{copy}/publish", json={"reason": "due on the 25th"}).status_code == 200
    again = client.post(f"/v1/plans/{copy}/publish", json={"reason": "again"})
    cells = {"cells": [{"badge": "1001", "date": "2026-12-03", "shift": ""}]}
    change = client.put(f"/v1/plans/{copy}/roster/cells", json=cells)
    file = upload(client, copy, "people", "people.csv", people_csv())
    job = client.post(f"/v1/plans/{copy}/jobs", json={"kind": "forecast"})
    assert [one.status_code for one in (again, change, file, job)] == [422] * 4
    assert all("frozen" in one.json()["detail"] for one in (again, change, file, job))


def test_only_a_planner_may_plan(settings):
    shut = create_app(dataclasses.replace(settings, open_access=False))
    engine = shut.state.log.engine
    with TestClient(shut) as client:
        made = {role: create_key(engine, label=role, role=role, at=now(), per_minute=10**6)[0] for role in RIGHTS}
        for role, secret in made.items():
            answer = client.get("/v1/plans", headers={"Authorization": f"Bearer {secret}"})
            assert answer.status_code == (200 if role in ("planner", "admin") else 403), role
        assert client.get("/v1/plans").status_code == 401


def test_a_restart_loses_no_job_and_a_cancelled_one_ends(settings, tmp_path):
    """The worker is killed in the middle of its work; the service that comes next has the work done after all."""
    url = f"sqlite:///{tmp_path / 'huawu.db'}"
    settings = dataclasses.replace(settings, database_url=url)
    with TestClient(create_app(settings)) as client:
        plan_id = client.post("/v1/plans", json={"month": MONTH, "country": "-"}).json()["plan_id"]
        upload(client, plan_id, "history", "calls.csv", history_csv())
        upload(client, plan_id, "people", "people.csv", people_csv())
        engine = client.app.state.log.engine
        client.app.state.worker.ensure = lambda: None
        job = client.post(f"/v1/plans/{plan_id}/jobs", json={"kind": "forecast"}).json()["job_id"]
        # a worker took the job and died with it, long enough ago that nobody waits for it any more
        assert claim_job(engine, "dead", now=now() - pd.Timedelta(minutes=1)).job_id == job
        assert unfinished_jobs(engine) == 1
    app = create_app(settings)
    with TestClient(app) as client:  # the start alone is enough: nobody has to ask
        until(lambda: job_of(app.state.log.engine, job).state == "done", seconds=120)
        assert client.get(f"/v1/plans/{plan_id}").json()["files"].count("forecast.csv") == 1
        roster = client.post(f"/v1/plans/{plan_id}/jobs", json={"kind": "roster", "time_limit_seconds": 3000}).json()
        until(lambda: job_of(app.state.log.engine, roster["job_id"]).progress.get("objective") is not None, seconds=120)
        worker = app.state.worker._process.pid
        os.kill(worker, signal.SIGTERM)  # told to go, it gives the job back; whoever looks starts the next worker
        place = f"/v1/plans/{plan_id}/jobs/{roster['job_id']}"
        until(
            lambda: client.get(place).json()["state"] == "running" and app.state.worker._process.pid != worker,
            seconds=120,
        )
        assert client.post(f"{place}/cancel").json()["wish"] == "cancel"
        until(lambda: client.get(place).json()["state"] == "cancelled", seconds=120)
        assert "roster.csv" not in client.get(f"/v1/plans/{plan_id}").json()["files"]


def test_a_published_month_is_superseded_by_a_copy_that_says_what_it_changes(client, copy):
    first = f"/v1/plans/{copy}"
    assert client.post(f"{first}/publish", json={"reason": "due on the 25th"}).status_code == 200
    assert client.delete(first).status_code == 422  # what is published stays
    second = client.post(f"{first}/copy", json={}).json()["plan_id"]
    url = f"/v1/plans/{second}"
    told = client.get(f"{url}/supersedes").json()
    assert (told["version"]["published_by"], told["cells"]) == (client.get(first).json()["published_by"], [])
    assert all(before == after for before, after in told["sums"].values())
    roster = client.get(f"{url}/roster").json()
    cells = [
        {"badge": one["badge"], "date": roster["days"][n]["date"], "before": one["cells"][n], "after": ""}
        for one in roster["people"]
        for n in (4, 11)
        if one["role"] == "inbound" and one["cells"][n] not in ("", "leave", "standby")
    ]
    written = [{"badge": one["badge"], "date": one["date"], "shift": ""} for one in cells]
    assert len(written) > 2
    client.put(f"{url}/roster/cells", json={"cells": written})
    told = client.get(f"{url}/supersedes").json()
    assert told["cells"] == sorted(cells, key=lambda one: (one["badge"], one["date"]))
    before, after = told["sums"]["shortage_hours"]
    assert (before, after) == tuple(
        client.get(f"/v1/plans/{one}/roster").json()["coverage"]["shortage_hours"] for one in (copy, second)
    )
    assert told["sums"]["seat_hours"][1] < told["sums"]["seat_hours"][0]
    assert client.post(f"{url}/publish", json={"reason": "two days off for all"}).status_code == 200
    heads = {one["plan_id"]: one for one in client.get("/v1/plans").json()}
    assert (heads[copy]["superseded"], heads[second]["superseded"]) == (True, False)
