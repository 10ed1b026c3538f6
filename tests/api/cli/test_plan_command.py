"""`huawu plan`, on made-up and on real lines: a lawful roster, five tables, and figures that agree with each other."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from sqlalchemy import create_engine

from api.intake import read_overrides
from api.plan import read_plan
from api.planner.inputs import overrides_published
from api.site import config_file

Huawu = Callable[..., tuple[int, str, str]]
FILES = {
    "forecast.csv",
    "requirement.csv",
    "roster.csv",
    "coverage.csv",
    "plan.json",
    "five_tables.xlsx",
    "five_tables.pdf",
    "plan.html",
    "promise.csv",
    "promise_days.csv",
    "burdens.csv",
}
# file, month planned, country, seconds for the roster (a search may stop at any step): round the clock, office hours
# only, with holes, one year only (call by call it is read as the same counts: tests/api/intake/test_history.py)
REAL = [
    pytest.param("axa_tech_axa_hourly", "2012-05", "FR", 3, marks=pytest.mark.long),
    pytest.param("axa_services_hourly", "2013-02", "FR", 3, marks=pytest.mark.long),
    pytest.param("axa_telephonie_hourly", "2012-12", "FR", 3, marks=pytest.mark.long),
    pytest.param("technion_bank_1999_fullyear_hourly", "1999-11", "IL", 3, marks=pytest.mark.long),
    ("technion_bank_1999_hourly", "1999-07", "IL", 1),
    pytest.param("us_bank_2003_hourly", "2003-09", "US", 10, marks=pytest.mark.long),
    pytest.param("seattle_fire_911_hourly", "2021-06", "US", 3, marks=pytest.mark.long),
]


@pytest.fixture
def small_line(tmp_path: Path) -> Path:
    """Ten weeks of a quiet office line, nine to five, in half-hours."""
    rng = np.random.default_rng(7)
    at = pd.date_range("2026-08-17", "2026-10-25", freq="30min", inclusive="left")
    busy = (at.hour >= 9) & (at.hour < 17) & (at.day_of_week < 5)
    frame = pd.DataFrame({"interval_start": at, "calls": rng.poisson(np.where(busy, 30.0, 0.0))})
    path = tmp_path / "calls.csv"
    frame.to_csv(path, index=False)
    return path


def plan(
    huawu: Huawu, history: Path, month: str, folder: Path, *country: str, seconds: float = 1, last: Path | None = None
) -> Path:
    """Make up people, plan the month with them into `folder`/plan, and see that the roster is lawful."""
    people, made = folder / "people.csv", folder / "plan"
    of_month = ["--month", month, *country]
    assert huawu("staff", "--history", history, *of_month, "--out", people)[0] == 0
    given = ["--history", history, "--people", people, *of_month, *(["--last-plan", last] if last else [])]
    code, out, error = huawu("plan", *given, "--out", made, "--time-limit", seconds)
    assert (code, error) == (0, ""), error
    assert "calls forecast" in out
    code, out, _ = huawu("check", made / "roster.csv", "--people", people, *of_month)
    assert code == 0, out
    return made


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """What was planned once for all: see `november`."""
    return {"folder": tmp_path_factory.mktemp("november")}


@pytest.fixture
def november(huawu: Huawu, small_line: Path, planned: dict[str, Path]) -> Path:
    """November 2026 of the small line, planned after October: to be looked at, not changed. Beside it, the people."""
    if "plan" not in planned:
        (before := planned["folder"] / "october").mkdir()
        planned["october"] = plan(huawu, small_line, "2026-10", before)
        planned["plan"] = plan(huawu, small_line, "2026-11", planned["folder"], last=planned["october"])
    return planned["plan"]


def test_a_planned_month_holds_together(november: Path) -> None:
    folder = november
    assert {path.name for path in folder.iterdir()} == FILES
    forecast, need, coverage = (
        pd.read_csv(folder / f"{name}.csv", index_col="interval_start")
        for name in ("forecast", "requirement", "coverage")
    )
    assert list(forecast.index) == list(need.index) == list(coverage.index)
    assert len(forecast) == 30 * 48
    at = pd.to_datetime(forecast.index)
    closed = (at.hour < 9) | (at.hour >= 17) | (at.day_of_week > 4)
    assert (forecast.loc[closed, "calls"] == 0).all()
    assert (need.loc[closed, "seats_required"] == 0).all()
    assert ((forecast["calls_lower_80"] <= forecast["calls"]) & (forecast["calls"] <= forecast["calls_upper_80"])).all()
    roster = pd.read_csv(folder / "roster.csv", parse_dates=["start_at", "end_at", "meal_start_at", "meal_end_at"])
    agents = roster.loc[(roster["role"] == "inbound") & (roster["worked_minutes"] > 0)]
    on_phone = sum(
        (one.start_at <= at) & (at < one.end_at) & ~((one.meal_start_at <= at) & (at < one.meal_end_at))
        for one in agents.itertuples()
    )
    assert list(coverage["seats_rostered"]) == list(on_phone)
    assert json.loads((folder / "plan.json").read_text())["month"] == "2026-11"


def test_the_page_calls_a_shift_by_its_time_of_day_as_grid_and_papers_do(november: Path) -> None:
    roster = pd.read_csv(november / "roster.csv", parse_dates=["start_at", "end_at"])
    aside = roster["shift"].isin(["leave", "standby"])
    shown = roster.assign(aside=aside).sort_values("aside").drop_duplicates(["badge", "date"])
    times = pd.cut(shown["start_at"].dt.hour, [0, 9, 13, 24], right=False, labels=["early", "day", "late"]).astype(str)
    midnight = shown["start_at"].dt.normalize()
    before_six = midnight + pd.Timedelta(hours=6) - shown["start_at"]
    after_ten = shown["end_at"] - (midnight + pd.Timedelta(hours=22))
    night = (before_six >= pd.Timedelta(hours=3)) | (after_ten >= pd.Timedelta(hours=3))
    expected = Counter(shown["shift"].where(shown["aside"], times.mask(night, "night")))
    page = (november / "plan.html").read_text(encoding="utf-8")
    assert expected["day"] > 0
    assert Counter(re.findall(r'<td class="(\w+)"', page)) == expected


def test_the_page_says_once_what_several_tables_lack(november: Path) -> None:
    page = (november / "plan.html").read_text(encoding="utf-8")
    lacking = re.findall("<li>(.*?)</li>", page[page.index("What the tables lack") :])
    assert sum("were not observed" in one for one in lacking) == 1
    assert len(set(lacking)) == len(lacking) > 1


def test_a_plan_that_fails_leaves_the_last_one_as_it_was(
    huawu: Huawu, small_line: Path, november: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(november.parent, tmp_path / "copy"), "plan")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with small_line.open("a") as calls:
        calls.write("2026-10-25 00:00:00,minus four\n")
    arguments = [
        "--history",
        small_line,
        "--people",
        folder.with_name("people.csv"),
        "--month",
        "2026-11",
        "--out",
        folder,
    ]
    assert huawu("plan", *arguments)[0] == 2
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_without_the_pictures_a_plan_has_all_the_rest_and_says_once_how_to_have_them(
    huawu: Huawu, small_line: Path, november: Path, tmp_path: Path, without_pictures: None
) -> None:
    given = ["--history", small_line, "--people", november.with_name("people.csv"), "--month", "2026-11"]
    code, _, error = huawu("plan", *given, "--out", tmp_path / "plan", "--time-limit", 1)
    assert code == 0
    assert error.count("pip install 'huawu[pictures]'") == 1
    assert len(error.splitlines()) == 1
    assert {path.name for path in (tmp_path / "plan").iterdir()} == FILES - {"five_tables.pdf"}
    page = (tmp_path / "plan" / "plan.html").read_text(encoding="utf-8")
    assert "<svg" not in page
    assert page.count("huawu[pictures]") >= 2 * 3
    paper = tmp_path / "roster.pdf"
    code, _, error = huawu("export", "--plan", tmp_path / "plan", "--paper", paper)
    assert (code, error) == (2, "huawu: charts and PDF files need more: pip install 'huawu[pictures]'\n")
    assert not paper.exists()


def test_overrides_go_into_the_plan_and_are_published_with_it(
    huawu: Huawu, small_line: Path, november: Path, tmp_path: Path
) -> None:
    told, made = tmp_path / "told.csv", tmp_path / "plan"
    told.write_text("start_at,end_at,factor,reason,made_by\n2026-11-10,2026-11-11,1.5,mailing,8001\n", encoding="utf-8")
    given = ["--history", small_line, "--people", november.with_name("people.csv"), "--month", "2026-11", "--out", made]
    given += ["--overrides", told, "--publish-by", "8001", "--database", tmp_path / "huawu.db", "--time-limit", 1]
    assert huawu("plan", *given)[0] == 0
    before, after = (pd.read_csv(path / "forecast.csv", index_col=0) for path in (november, made))
    factor = np.where(after.index.str[:10] == "2026-11-10", 1.5, 1.0)
    np.testing.assert_allclose(after["calls"], before["calls"] * factor, rtol=1e-6)
    np.testing.assert_allclose(after["calls_model"], before["calls"], rtol=1e-6)
    assert read_plan(made).overrides == read_overrides(told)
    engine = create_engine(f"sqlite:///{tmp_path / 'huawu.db'}")
    assert overrides_published(engine, str(read_plan(made).facts["queue"])) == read_overrides(told)
    engine.dispose()


def test_last_months_plan_is_what_tables_four_and_five_compare_with(
    huawu: Huawu, small_line: Path, november: Path, planned: dict[str, Path], tmp_path: Path
) -> None:
    first, second = planned["october"], november
    made_at = pd.Timestamp(json.loads((first / "plan.json").read_text())["made_at"]).tz_convert("Asia/Shanghai")
    cells = [
        str(cell)
        for sheet in openpyxl.load_workbook(second / "five_tables.xlsx").worksheets[3:5]
        for row in sheet.iter_rows(max_row=4, values_only=True)
        for cell in row
        if cell is not None
    ]
    assert any(f"draft, made {made_at:%d %b %Y %H:%M}" in cell for cell in cells), cells
    again = tmp_path / "again.xlsx"
    assert huawu("tables", "--plan", second, "--history", small_line, "--last-plan", first, "--out", again)[0] == 0
    assert len(openpyxl.load_workbook(again).sheetnames) == 7


@pytest.mark.slow
@pytest.mark.parametrize(("name", "month", "country", "seconds"), REAL)
def test_a_real_line_is_tested_and_planned(
    huawu: Huawu, shared_data: Path, tmp_path: Path, name: str, month: str, country: str, seconds: float
) -> None:
    history = shared_data / "calls" / f"{name}.csv.gz"
    code, out, error = huawu(
        "backtest", "--history", history, "--months", 1, "--country", country, "--out", tmp_path / "b.csv"
    )
    assert (code, error) == (0, "")
    assert "WAPE" in out
    scores = pd.read_csv(tmp_path / "b.csv")
    assert scores["wape"].between(0.01, 0.6).all()
    folder = plan(huawu, history, month, tmp_path, "--country", country, seconds=seconds)
    book = openpyxl.load_workbook(folder / "five_tables.xlsx")
    assert len(book.sheetnames) == 7


def test_a_month_planned_and_published_carries_into_the_next(
    huawu: Huawu, small_line: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    months = ("2026-10", "2026-11")
    for month in months:
        people = Path(f"people-{month}.csv")
        given = ["--history", small_line, "--month", month, "--country", "-"]
        assert huawu("staff", *given, "--out", people)[0] == 0
        made = ["--people", people, "--out", month, "--time-limit", 1, "--publish-by", "8801"]
        code, out, error = huawu("plan", *given, *made)
        assert code == 0, error
        assert f"published: roster/hotline/{month}/v1" in out
        assert f"published: people/hotline/{month}/v1" in out
    weekends = [pd.read_csv(Path(month, "burdens.csv"), index_col="badge")["weekends"] for month in months]
    made = pd.read_csv(Path(months[1], "roster.csv"))
    worked = (
        made[(made["worked_minutes"] > 0) & (pd.to_datetime(made["date"]).dt.day_of_week > 4)].groupby("badge").size()
    )
    assert weekends[0].sum() > 0
    expected = 0.5 * weekends[0] + worked.reindex(weekends[1].index, fill_value=0)
    assert weekends[1].tolist() == expected[weekends[1].index].tolist()
    code, out, _ = huawu("versions")
    assert out.count("8801 version published roster") == out.count("8801 version published burdens") == 2
    for name in ("people_sha256", "rules_sha256", "shifts_sha256", "site_sha256", "history_sha256", "plan.json"):
        assert f"{name} [" in out
    again = ["--history", small_line, "--month", "2026-11", "--country", "-", "--people", people, "--out", "again"]
    code, _, error = huawu("plan", *again, "--time-limit", 1, "--seed", 5, "--publish-by", "8801")
    assert code == 2
    assert "roster/hotline/2026-11/v1 is published: say with --why" in error
    assert not Path("again").exists(), "it is said before an hour of rostering, not after"


def test_a_site_publishes_under_its_own_queue_and_begins_the_database_that_is_named(
    huawu: Huawu, small_line: Path, tmp_path: Path
) -> None:
    site, people, store = tmp_path / "north.toml", tmp_path / "people.csv", tmp_path / "new" / "north.db"
    site.write_text(config_file("site.toml").read_text(encoding="utf-8").replace('"hotline"', '"north"'))
    given = ["--history", small_line, "--month", "2026-11", "--country", "-", "--site", site]
    assert huawu("staff", *given, "--out", people)[0] == 0
    of_plan = ["--people", people, "--out", tmp_path / "plan", "--time-limit", 1, "--database", store]
    code, _, error = huawu("plan", *given, *of_plan)
    assert (code, "there is no such database" in error) == (2, True), (
        "a name mistyped is no reason to forget last month"
    )
    code, out, error = huawu("plan", *given, *of_plan, "--publish-by", "8801")
    assert code == 0, error
    assert "published: roster/north/2026-11/v1" in out
    assert "8801 version published roster/north/2026-11/v1" in huawu("versions", "--database", store)[1]


@pytest.mark.parametrize("command", ["plan", "replan", "forecast"])
def test_where_nothing_can_be_written_is_said_before_anything_is_read(
    huawu: Huawu, tmp_path: Path, command: str
) -> None:
    (tmp_path / "taken").write_text("a file")
    there, nowhere = tmp_path / "taken", tmp_path / "none.csv"
    given = {
        "plan": ["--history", nowhere, "--people", nowhere, "--month", "2026-11"],
        "replan": ["--plan", nowhere, "--people", nowhere],
        "forecast": ["--history", nowhere, "--month", "2026-11"],
    }[command]
    for out in (there, there / "below") if command != "forecast" else (tmp_path, there / "below.csv"):
        code, _, error = huawu(command, *given, "--out", out)
        assert code == 2
        assert str(out if out.exists() else there) in "".join(error.replace("│", "").split())
        assert "none.csv" not in error


def test_weeks_are_planned_after_a_month_and_weeks_after_weeks(
    huawu: Huawu, small_line: Path, november: Path, tmp_path: Path
) -> None:
    people = tmp_path / "people.csv"
    pd.read_csv(november.parent / "people.csv").drop(columns=["leave", "wishes"]).to_csv(people, index=False)
    given = ["--history", small_line, "--people", people, "--time-limit", 1]
    database = ["--database", tmp_path / "huawu.db"]
    first, second = tmp_path / "first", tmp_path / "second"
    code, _, error = huawu(
        "plan", *given, "--from", "2026-11-30", "--weeks", 2, "--last-plan", november, "--out", first
    )
    assert (code, error) == (0, ""), error
    made = read_plan(first)
    assert made.facts["month"] == "2026-11-30..2026-12-13"
    assert len(made.forecast) == 14 * 48
    days = pd.to_datetime(made.roster["date"]).dt.date
    assert days.min() >= date(2026, 11, 30)
    assert days.max() <= date(2026, 12, 13)
    code, out, _ = huawu("check", first / "roster.csv", "--people", people, "--month", "2026-11-30..2026-12-13")
    assert code == 0, out
    assert huawu("publish", "--plan", first, "--by", "9001", "--people", people, *database)[0] == 0
    after = ["--from", "2026-12-14", "--weeks", 4, "--out", second, *database]
    code, _, error = huawu("plan", *given, *after)
    assert (code, error) == (0, ""), error
    follows = read_plan(second)
    before, since = (one.burdens.set_index("badge")["nights"] for one in (made, follows))
    assert before.index.astype(str).tolist() == since.index.astype(str).tolist()
    book = openpyxl.load_workbook(second / "five_tables.xlsx")
    assert "2026-12-14 – 2027-01-10" in str(book.worksheets[0]["A1"].value)
    assert "2026-12-14 – 2027-01-10" in (second / "plan.html").read_text(encoding="utf-8")
    grid, register = tmp_path / "grid.csv", tmp_path / "register.xlsx"
    assert huawu("export", "--plan", second, "--grid", grid, "--register", register, *database)[0] == 0
    assert list(pd.read_csv(grid).columns)[-28:] == [
        f"{day:%Y-%m-%d}" for day in pd.date_range("2026-12-14", periods=28)
    ]
    assert huawu("versions", *database)[1].count("roster/hotline/2026-11-30..2026-12-13/v1") >= 1


@pytest.mark.parametrize(
    "told",
    [(), ("--month", "2026-11", "--from", "2026-11-02"), ("--month", "2026-11", "--weeks", "4")],
)
def test_a_month_or_weeks_have_to_be_told(huawu: Huawu, small_line: Path, told: tuple[str, ...]) -> None:
    code, _, error = huawu("plan", "--history", small_line, "--people", small_line, *told)
    assert code == 2
    assert "--from 2026-12-07 --weeks 4" in error


@pytest.mark.parametrize("told", [("--from", "7 December"), ("--from", "2026-12-07", "--weeks", "9")])
def test_weeks_that_are_none_are_refused(huawu: Huawu, small_line: Path, told: tuple[str, ...]) -> None:
    assert huawu("plan", "--history", small_line, "--people", small_line, *told)[0] == 2
