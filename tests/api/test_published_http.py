"""A history kept, a plan published, and the tables of it over HTTP, on both databases."""

from __future__ import annotations

import hashlib
import io
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

import openpyxl
import pandas as pd
import pytest

from api.http import acts
from api.publishing import publish_plan
from forecaster.history.intervals import month_intervals

ZONE = "Asia/Shanghai"
TABLES = "/v1/queues/hotline/months/2026-12/tables"
HISTORY = "/v1/queues/hotline/history"


def plan_of(month: str, level: float) -> dict[str, pd.DataFrame]:
    grid = month_intervals(pd.Period(month), ZONE)
    calls = pd.Series(level, index=grid)
    forecast = pd.DataFrame({"calls": calls, "aht_seconds": 180.0})
    for limit in (80, 95):
        forecast[f"calls_lower_{limit}"], forecast[f"calls_upper_{limit}"] = calls - 3, calls + 3
    coverage = pd.DataFrame({"seats_required": 4, "seats_rostered": 5, "shortage": 0}, index=grid)
    days = pd.DataFrame({"date": grid.strftime("%Y-%m-%d").unique(), "expected": level / 50.0})
    promise = days.assign(lower_80=0.5, upper_80=0.9, chance=0.4)
    return {"forecast": forecast, "coverage": coverage, "promise": promise}


def history_bytes() -> bytes:
    at = pd.date_range("2026-11-01", "2026-12-01", freq="60min", inclusive="left")
    return pd.DataFrame({"时间": at, "话务量": 31, "接通量": 30}).to_csv(index=False).encode("gbk")


@pytest.fixture
def published(app, client, keys):
    engine = app.state.log.engine
    for month, level, at in (("2026-11", 30.0, datetime(2026, 10, 25, tzinfo=UTC)), ("2026-12", 40.0, None)):
        frames = plan_of(month, level)
        publish_plan(engine, queue="hotline", month=pd.Period(month), frames=frames, published_by="8801", at=at)
    files = {"file": ("话务.csv", history_bytes())}
    answer = client.put(HISTORY, files=files, headers=keys["planner"])
    assert answer.status_code == 200, answer.text
    assert answer.json()["summary"]["calls"] == 31 * 720
    return engine


def test_the_tables_of_what_was_published_come_in_every_form(published, client, keys) -> None:
    document = client.get(TABLES, headers=keys["planner"]).json()
    assert document["tables"][1]["total"]["calls_forecast"] == 40 * 744
    assert document["tables"][3]["total"]["error"] == -720
    assert document["last_version"] == "forecast v1, roster v1 2026-10-25T08:00+08:00"
    page = client.get(TABLES, params={"format": "html"}, headers=keys["planner"])
    assert page.text.count("<svg") == 5
    text = client.get(TABLES, params={"format": "csv", "number": 4}, headers=keys["planner"]).text
    assert pd.read_csv(io.StringIO(text)).iloc[-1]["calls_offered"] == 31 * 720
    for number, days, promised in ((2, 31, 0.8), (5, 30, 0.6)):  # what was promised of each day as it was published
        text = client.get(TABLES, params={"format": "csv", "number": number}, headers=keys["planner"]).text
        assert pd.read_csv(io.StringIO(text))["level_expected"].dropna().tolist() == [promised] * days
    book = client.get(TABLES, params={"format": "xlsx"}, headers=keys["planner"])
    assert len(openpyxl.load_workbook(io.BytesIO(book.content)).sheetnames) == 7


def test_a_form_that_needs_more_installed_says_what(published, client, keys, without_pictures) -> None:
    answer = client.get(TABLES, params={"format": "pdf"}, headers=keys["planner"])
    assert answer.status_code == 422
    assert answer.json()["code"] == "extra.missing"
    assert "pip install 'huawu[pictures]'" in answer.json()["detail_zh"]


def test_a_month_that_is_not_published_is_not_there(published, client, keys) -> None:
    answer = client.get("/v1/queues/hotline/months/2027-01/tables", headers=keys["planner"])
    assert answer.status_code == 404
    assert "no forecast of hotline is published for 2027-01" in answer.json()["detail"]


def test_statistics_leave_with_a_key_that_may_export_alone(published, client, keys) -> None:
    for path in (TABLES, "/v1/queues/hotline/report"):
        assert client.get(path).status_code == 401
        assert client.get(path, headers=keys["wallboard"]).status_code == 403
    assert client.put(HISTORY, files={"file": ("a.csv", b"x")}, headers=keys["supervisor"]).status_code == 403


def test_a_file_with_a_fault_is_refused_in_one_line_and_leaves_nothing(client, keys) -> None:
    content = b"interval_start,calls\n2026-11-01 00:00,3\n2026-11-01 01:00,many\n"
    answer = client.put(HISTORY, files={"file": ("calls.csv", content)}, headers=keys["planner"])
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("calls.csv, row 3, column calls: 'many' is not a number")
    assert client.get("/v1/versions", headers=keys["planner"]).json() == []


def test_another_queues_file_is_refused(client, keys) -> None:
    content = b"queue,interval_start,calls\nbills,2026-11-01 00:00,3\nbills,2026-11-01 01:00,4\n"
    answer = client.put(HISTORY, files={"file": ("calls.csv", content)}, headers=keys["planner"])
    assert answer.status_code == 422
    assert "hotline" in answer.json()["detail"]


def test_the_files_of_a_queue_with_a_chinese_name_are_called_by_it(client, keys) -> None:
    address = "/v1/queues/热线/history"
    assert client.put(address, files={"file": ("话务.csv", history_bytes())}, headers=keys["planner"]).is_success
    answer = client.get(address, params={"format": "parquet"}, headers=keys["planner"])
    assert pd.read_parquet(io.BytesIO(answer.content))["calls_offered"].sum() == 31 * 720
    name = answer.headers["content-disposition"].removeprefix("attachment; filename*=UTF-8''")
    assert unquote(name) == "热线-history.parquet"


def test_the_report_rolls_the_history_up(published, client, keys) -> None:
    answer = client.get("/v1/queues/hotline/report", params={"by": "half_year"}, headers=keys["planner"]).json()
    assert [(row["period"], row["calls_offered"]) for row in answer] == [("2026-H2", 31 * 720)]
    assert answer[0]["aht_seconds"] is None
    assert client.get("/v1/queues/nobody/report", headers=keys["planner"]).status_code == 404


def test_the_versions_and_their_trail_are_told(published, client, keys) -> None:
    found = client.get("/v1/versions", params={"month": "2026-11"}, headers=keys["planner"]).json()
    assert {one["version_id"] for one in found} == {
        f"{kind}/hotline/2026-11/v1" for kind in ("forecast", "coverage", "promise")
    }
    trail = client.get("/v1/versions/audit", headers=keys["planner"]).json()
    assert [one["action"] for one in trail].count("version published") == 6
    assert all(one["badge"] for one in trail)


def roster_of(month: str) -> pd.DataFrame:
    rows = []
    for badge, role in (("O1", "outbound"), ("A1", "inbound")):
        for day in (2, 3):
            start = pd.Timestamp(f"{month}-{day:02d}T08:00", tz=ZONE)
            end = start + pd.Timedelta(hours=9)
            rows.append((badge, role, start.date(), "D", start, end, pd.NaT, pd.NaT, 480))
    columns = ["badge", "role", "date", "shift", "start_at", "end_at", "meal_start_at", "meal_end_at", "worked_minutes"]
    return pd.DataFrame(rows, columns=columns)


def test_the_register_holds_the_published_roster_the_floors_orders_and_the_marks(
    app, client, keys, monkeypatch
) -> None:
    frames = {"roster": roster_of("2026-11")}
    publish_plan(app.state.log.engine, queue="hotline", month=pd.Period("2026-11"), frames=frames, published_by="8801")
    start = datetime(2026, 11, 2, 1, tzinfo=UTC)
    monkeypatch.setattr(acts, "now", lambda: start + timedelta(minutes=11))  # when people are signed in
    stream = [{"at": (start + timedelta(minutes=m)).isoformat(), "waiting": 11} for m in range(11)]
    answers = client.post("/v1/queues/hotline/readings", json=stream, headers=keys["writer"]).json()
    orders = [one["order_id"] for answer in answers for one in answer["decisions"] if one["kind"] == "order"]
    here = f"/v1/queues/hotline/orders/{orders[1]}"
    client.post(f"{here}/signed-in", json={"people": 1, "badges": ["O1"]}, headers=keys["supervisor"])
    client.post(f"{here}/release", json={"reason": "over"}, headers=keys["supervisor"])
    path = "/v1/queues/hotline/months/2026-11"
    marks = {"file": ("考勤.csv", "工号,日期,类别,分钟\nA1,2026-11-03,迟到,20\n".encode("gbk"))}
    assert client.put(f"{path}/attendance", files=marks, headers=keys["planner"]).json()["marks"] == 1

    told = client.get(f"{path}/register", headers=keys["supervisor"]).json()
    by_badge = {one["badge"]: one for one in told["register"]}
    assert by_badge["O1"]["temporary_redeployment_times"] == 1
    assert by_badge["A1"]["late_hours"] == pytest.approx(1 / 3)
    assert sorted({(one["badge"], one["kind"]) for one in told["entries"]}) == [
        ("", "temporary_redeployment"), ("A1", "late"), ("A1", "shift"), ("O1", "shift"),
        ("O1", "temporary_redeployment"),
    ]  # fmt: skip
    lines = client.get(f"{path}/register", params={"format": "csv"}, headers=keys["supervisor"]).text.splitlines()
    assert len(lines) == 1 + len(told["entries"])
    book = client.get(f"{path}/register", params={"format": "xlsx"}, headers=keys["supervisor"])
    assert len(openpyxl.load_workbook(io.BytesIO(book.content)).sheetnames) == 2
    assert client.get(f"{path}/register", headers=keys["wallboard"]).status_code == 403
    assert client.get("/v1/queues/hotline/months/2027-01/register", headers=keys["supervisor"]).status_code == 404
    taken = [one["action"] for one in client.get("/v1/audit", headers=keys["admin"]).json()["entries"]]
    assert taken.count("export.register") == 3


def test_marks_of_another_month_are_refused(client, keys) -> None:
    marks = {"file": ("marks.csv", b"badge,date,kind\nA1,2026-12-03,late\n")}
    answer = client.put("/v1/queues/hotline/months/2026-11/attendance", files=marks, headers=keys["planner"])
    assert (answer.status_code, answer.json()["detail"]) == (
        422,
        "marks.csv: column date: 2026-12-03 is not in 2026-11",
    )


def test_a_versions_content_comes_back_as_it_was_stored(published, client, keys) -> None:
    found = client.get("/v1/versions", params={"kind": "forecast", "month": "2026-12"}, headers=keys["planner"]).json()
    answer = client.get("/v1/versions/content", params={"version_id": found[0]["version_id"]}, headers=keys["planner"])
    assert hashlib.sha256(answer.content).hexdigest() == found[0]["sha256"]
    frame = pd.read_parquet(io.BytesIO(answer.content))
    assert (frame["calls"] == 40).all()
    assert client.get("/v1/versions/content?version_id=roster/x", headers=keys["planner"]).status_code == 404
    assert client.get("/v1/versions/content?version_id=roster/x", headers=keys["wallboard"]).status_code == 403


def test_the_report_compares_with_what_was_published_before_each_month(published, client, keys) -> None:
    path = "/v1/queues/hotline/report"
    (told,) = client.get(path, params={"by": "month"}, headers=keys["planner"]).json()
    assert (told["period"], told["calls_forecast"]) == ("2026-11", 30 * 720)
    assert told["bias"] == pytest.approx(-1 / 31)
    assert told["wape"] == pytest.approx(1 / 31)
    text = client.get(path, params={"by": "week", "format": "csv"}, headers=keys["planner"]).text
    weeks = pd.read_csv(io.StringIO(text.lstrip("\ufeff")))
    assert weeks["calls_offered"].sum() == 31 * 720
    book = client.get(path, params={"by": "year", "format": "xlsx"}, headers=keys["planner"])
    sheet = openpyxl.load_workbook(io.BytesIO(book.content)).active
    assert [sheet.cell(4, c).value for c in (1, 2, 3)] == ["2026", 31 * 720, 30 * 720]
    assert sheet.cell(3, 2).value == "呼入话务量\nCalls offered"


def test_busy_hour_capacity_comes_three_ways(published, client, keys) -> None:
    told = client.get("/v1/queues/hotline/capacity", headers=keys["planner"]).json()
    assert told["theory_calls_per_hour"] == pytest.approx(3600 / told["aht_seconds"] * told["max_occupancy"])
    assert told["sampled_calls_per_hour"] is None  # the history has no signed-in seats
    assert client.get("/v1/queues/nobody/capacity", headers=keys["planner"]).status_code == 404
    assert client.get("/v1/queues/hotline/capacity", headers=keys["wallboard"]).status_code == 403


def test_a_history_may_come_with_its_mapping_file(client, keys) -> None:
    content = b"Zeitpunkt;Anrufe\n05/11/2026 00:00;3\n05/11/2026 01:00;4\n"
    mapping = b'[columns]\ninterval_start = "Zeitpunkt"\ncalls_offered = "Anrufe"\n[cells]\ndate_order = "dmy"\n'
    both = {"file": ("calls.csv", content), "mapping": ("mapping.toml", mapping)}
    answer = client.put(HISTORY, files=both, headers=keys["planner"])
    assert (answer.status_code, answer.json()["summary"]["first"]) == (200, "2026-11-05 00:00")
    alone = client.put(HISTORY, files={"file": ("calls.csv", content)}, headers=keys["planner"])
    assert alone.status_code == 422
    wrong = client.put(HISTORY, files=both | {"mapping": ("mapping.toml", b"[columns")}, headers=keys["planner"])
    assert wrong.json()["detail"].startswith("mapping.toml: is not valid TOML")


def test_the_published_roster_comes_in_every_form(app, client, keys) -> None:
    roster = roster_of("2026-11")
    publish_plan(
        app.state.log.engine,
        queue="hotline",
        month=pd.Period("2026-11"),
        frames={"roster": roster},
        published_by="8801",
    )
    path = "/v1/queues/hotline/months/2026-11/roster"
    got = {
        form: client.get(path, params={"format": form, "badge": "A1"}, headers=keys["planner"])
        for form in ("json", "csv", "xlsx", "ics", "parquet")
    }
    assert [(row["badge"], row["date"]) for row in got["json"].json()] == [
        (row.badge, row.date.isoformat()) for row in roster.itertuples()
    ]
    assert len(got["csv"].text.splitlines()) == 1 + len(roster)
    assert len(pd.read_parquet(io.BytesIO(got["parquet"].content))) == len(roster)
    sheet = openpyxl.load_workbook(io.BytesIO(got["xlsx"].content)).active
    assert {sheet.cell(row, 2).value for row in (4, 5)} == {"A1", "O1"}
    # The calendar by its lines, unfolded, as RFC 5545 has them.
    lines = got["ics"].text.replace("\r\n ", "").split("\r\n")
    assert lines.count("BEGIN:VEVENT") == 2
    assert [line for line in lines if line.startswith("DTSTART")] == [
        "DTSTART:20261102T000000Z",
        "DTSTART:20261103T000000Z",
    ]
    assert len({line for line in lines if line.startswith("UID")}) == 2
    assert client.get(path, params={"format": "ics", "badge": "Z"}, headers=keys["planner"]).status_code == 404
    assert client.get(path, headers=keys["wallboard"]).status_code == 403
    assert client.get(path.replace("2026-11", "2027-01"), headers=keys["planner"]).status_code == 404
