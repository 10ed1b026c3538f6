"""Publishing, the trail, exports, reports: from the command line, on a small plan."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from api.cli.database import open_store
from api.intake import write_frame
from api.plan import Plan, write_plan
from api.store.database import open_database
from api.store.versions import content_of, save_version
from forecaster.history.intervals import month_intervals
from forecaster.queueing.service_target import ServiceTarget
from forecaster.requirement.seats import requirement

ZONE = "Asia/Shanghai"
Huawu = Callable[..., tuple[int, str, str]]


def plan_folder(folder: Path, month: str, *, level: float = 30.0) -> Path:
    grid = month_intervals(pd.Period(month), ZONE)
    calls = pd.Series(level, index=grid)
    forecast = pd.DataFrame({"calls": calls})
    for limit, share in ((80, 0.1), (95, 0.2)):
        forecast[f"calls_lower_{limit}"], forecast[f"calls_upper_{limit}"] = calls * (1 - share), calls * (1 + share)
    forecast["aht_seconds"] = 180.0
    need = requirement(forecast, ServiceTarget(), interval_minutes=60)
    people = need["people_to_roster"]
    coverage = pd.DataFrame({"seats_required": people, "seats_rostered": people, "shortage": 0, "surplus": 0,
                             "reserve": 0, "standby": 0})  # fmt: skip
    start = pd.Timestamp(f"{month}-03T08:00", tz=ZONE)
    row = ["1001", "inbound", start.date(), "D", start, start + pd.Timedelta(hours=9), pd.NaT, pd.NaT, 480]
    columns = ["badge", "role", "date", "shift", "start_at", "end_at", "meal_start_at", "meal_end_at", "worked_minutes"]
    facts = {"queue": "hotline", "month": month, "timezone": ZONE, "interval_minutes": 60, "seat_limit": 100,
             "made_at": "2020-01-25T09:00:00+08:00", "history_sha256": "00ff"}  # fmt: skip
    write_plan(Plan(facts, forecast, need, pd.DataFrame([row], columns=columns), coverage), folder)
    return folder


def history_file(path: Path, *months: str) -> Path:
    grid = pd.DatetimeIndex(np.concatenate([month_intervals(pd.Period(m), ZONE).to_numpy() for m in months]), tz="UTC")
    frame = pd.DataFrame({"calls_offered": 31.0, "calls_answered": 30.0, "aht_seconds": 180.0, "seats_signed_in": 3.0},
                         index=grid.tz_convert(ZONE).rename("interval_start"))  # fmt: skip
    return write_frame(frame, path)


def test_the_tables_compare_with_what_was_published_and_the_trail_tells(tmp_path: Path, huawu: Huawu) -> None:
    database = f"sqlite:///{tmp_path / 'huawu.db'}"
    last = plan_folder(tmp_path / "last", "2036-11")
    people = tmp_path / "people.csv"
    people.write_text("badge,姓名,role\n1001,somebody,inbound\n", encoding="utf-8")
    code, out, err = huawu("publish", "--plan", last, "--by", "8801", "--people", people, "--database", database)
    assert code == 0, err
    assert "published: people/hotline/2036-11/v1" in out
    kept = content_of(open_database(database), "people/hotline/2036-11/v1")
    assert b"1001" in kept
    assert b"somebody" not in kept
    assert "published: forecast/hotline/2036-11/v1" in out
    changed = plan_folder(tmp_path / "changed", "2036-11", level=50.0)
    code, _, err = huawu("publish", "--plan", changed, "--by", "8801", "--database", database)
    assert code == 2
    assert "say why" in err
    code, out, _ = huawu(
        "publish", "--plan", changed, "--by", "8802", "--why", "a campaign moved", "--database", database
    )
    assert "supersedes forecast/hotline/2036-11/v1" in out
    code, out, _ = huawu("versions", "--database", database)
    assert out.count("version superseded") == 3  # the roster did not change
    assert "8802 version superseded forecast/hotline/2036-11/v2 [" in out
    assert "a campaign moved" in out

    month = plan_folder(tmp_path / "month", "2036-12")
    history = history_file(tmp_path / "calls.csv", "2036-11")
    made = tmp_path / "five.json"
    arguments = ["--plan", month, "--history", history, "--country", "FR", "--out", made, "--database", database]
    code, _, err = huawu("tables", *arguments)
    assert code == 0, err
    document = json.loads(made.read_text(encoding="utf-8"))
    assert document["last_version"].startswith("forecast v2, roster v2 ")
    assert document["tables"][3]["total"]["calls_forecast"] == 50 * 720
    assert document["tables"][3]["total"]["error"] == 19 * 720


def test_a_plan_is_exported_in_every_form(tmp_path: Path, huawu: Huawu) -> None:
    plan = plan_folder(tmp_path / "plan", "2026-12")
    marks = tmp_path / "marks.csv"
    marks.write_text("badge,date,kind,minutes\n1001,2026-12-03,late,15\n", encoding="utf-8")
    code, out, err = huawu(
        "export", "--plan", plan, "--ical", tmp_path / "ics", "--grid", tmp_path / "grid.xlsx",
        "--parquet", tmp_path / "pq",
        "--register", tmp_path / "register.xlsx", "--attendance", marks,
    )  # fmt: skip
    assert code == 0, err
    assert (tmp_path / "ics" / "1001.ics").is_file()
    assert {p.name for p in (tmp_path / "pq").iterdir()} == {
        f"{n}.parquet" for n in ("forecast", "requirement", "roster", "coverage")
    }
    assert "grid.xlsx" in out
    marks.write_text("badge,date,kind\n9999,2026-12-03,late\n", encoding="utf-8")
    code, _, err = huawu("export", "--plan", plan, "--register", tmp_path / "r.xlsx", "--attendance", marks)
    assert code == 2
    assert "badge 9999" in err
    assert huawu("export", "--plan", plan)[0] == 2


def test_a_quarter_is_reported_and_a_busy_hours_capacity_shown(tmp_path: Path, huawu: Huawu) -> None:
    history = history_file(tmp_path / "calls.csv", "2026-07", "2026-08", "2026-09")
    code, out, err = huawu("report", "--history", history, "--by", "quarter", "--out", tmp_path / "report.csv")
    assert code == 0, err
    assert f"2026-Q3: {31 * 24 * 92:,} calls, {30 / 31:.1%} answered" in out
    assert pd.read_csv(tmp_path / "report.csv")["calls_offered"].sum() == 31 * 24 * 92
    code, out, err = huawu("capacity", "--history", history, "--out", tmp_path / "capacity.csv")
    assert code == 0, err
    assert "sample: 10.0" in out


def test_plan_look_publish_tables_by_the_database_that_is_here(
    tmp_path: Path, huawu: Huawu, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, _ = huawu("versions")
    assert (code, out) == (0, "nothing has been stored yet: there is no database here\n")
    assert not Path("huawu.db").exists()
    last = plan_folder(tmp_path / "last", "2036-11")
    assert huawu("publish", "--plan", last, "--by", "8801")[0] == 0
    month, history = plan_folder(tmp_path / "month", "2036-12"), history_file(tmp_path / "calls.csv", "2036-11")
    arguments = ["--plan", month, "--history", history, "--country", "-"]
    assert huawu("tables", *arguments, "--out", "five.json")[0] == 0
    document = json.loads(Path("five.json").read_text(encoding="utf-8"))
    assert document["last_version"].startswith("forecast v1, roster v1 ")
    code, out, _ = huawu("versions")
    assert "from history_sha256 [00ff], plan.json [" in out
    got = tmp_path / "forecast.csv"
    assert huawu("versions", "--get", "forecast/hotline/2036-11/v1", "--out", got)[0] == 0
    assert got.read_text() == (last / "forecast.csv").read_text()
    code, _, err = huawu("versions", "--get", "forecast/hotline/2036-11/v9")
    assert code == 2
    assert "there is no version 'forecast/hotline/2036-11/v9'" in err


@pytest.mark.parametrize("name", ["people.xlsx", "people.csv", "calendar.xlsx", "calendar.toml"])
def test_a_file_got_back_is_called_what_it_is(name: str, tmp_path: Path, huawu: Huawu, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    stored = tmp_path / name
    if name.endswith(".xlsx"):
        pd.DataFrame({"badge": ["8001"]}).to_excel(stored, index=False)
    else:
        stored.write_text("badge\n8001\n")
    engine, kind = open_store("huawu.db"), stored.stem
    about = {"queue": "hotline", "month": "2036-12", "made_by": "8001"}
    version = save_version(engine, kind=kind, content=stored.read_bytes(), **about)
    assert huawu("versions", "--get", version.version_id)[0] == 0
    (got,) = (one for one in tmp_path.glob(f"{kind}-*") if one.is_file())
    assert (got.suffix, got.read_bytes()) == (stored.suffix, stored.read_bytes())


def test_a_database_that_is_not_there_is_not_made_by_looking(tmp_path: Path, huawu: Huawu) -> None:
    month, history = plan_folder(tmp_path / "month", "2036-12"), history_file(tmp_path / "calls.csv", "2036-11")
    missing = tmp_path / "typo.db"
    code, _, err = huawu("tables", "--plan", month, "--history", history, "--database", missing)
    assert code == 2
    assert f"{missing}: there is no such database" in err
    assert not missing.exists()


def test_a_history_is_read_by_its_mapping_file_wherever_one_is_given(tmp_path: Path, huawu: Huawu) -> None:
    history = tmp_path / "calls.csv"
    history.write_text("xk1;xk2\n2026-11-05 00:00;3\n2026-11-05 01:00;4\n", encoding="utf-8")
    mapping = tmp_path / "mapping.toml"
    mapping.write_text('[columns]\ninterval_start = "xk1"\ncalls_offered = "xk2"\n', encoding="utf-8")
    code, _, err = huawu("report", "--history", history, "--out", tmp_path / "r.csv")
    assert code == 2
    assert "name it in a mapping file" in err
    code, out, err = huawu("report", "--history", history, "--mapping", mapping, "--out", tmp_path / "r.xlsx")
    assert (code, out.splitlines()[0]) == (0, "2026-11: 7 calls"), err
