"""The roster from day to day, and what else it could be, as a planner runs it."""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from api.cli import main
from api.inputs import read_supply
from api.intake import read_requirement
from api.plan import read_plan
from api.replanning import replan_month
from api.site import read_site
from api.tomorrow import decided
from forecaster.history.calendar import Calendar
from optimizer.desk.changes_ahead import Change
from optimizer.law.shifts import ShiftCatalogue, toml_of

DAY = "2026-11-10"
pytestmark = pytest.mark.usefixtures("few_shifts")


@pytest.fixture(scope="module")
def office(tmp_path_factory, few_shifts) -> Path:
    """A folder with a planned month of a small office line, its people and its plan."""
    folder = tmp_path_factory.mktemp("office")
    random = np.random.default_rng(7)
    at = pd.date_range("2026-08-17", "2026-10-25", freq="h", inclusive="left")
    busy = (at.hour >= 9) & (at.hour < 17)
    calls = pd.DataFrame({"interval_start": at, "calls": random.poisson(np.where(busy, 60.0, 0.0))})
    calls.to_csv(folder / "calls.csv", index=False)
    roles = ["inbound"] * 12 + ["qa"] * 2
    people = pd.DataFrame({"badge": [1001 + n for n in range(14)], "role": roles})
    people.to_csv(folder / "people.csv", index=False)
    rules = "on_site_at_meals = []\n[on_site_day]\n[on_site_night]\n[weights]\nshortage = 10\n"
    (folder / "rules.toml").write_text(rules)
    arguments = [
        "plan", "--history", folder / "calls.csv", "--month", "2026-11", "--country", "-", "--time-limit", 2,
        "--out", folder / "plan", "--people", folder / "people.csv", "--rules", folder / "rules.toml",
    ]  # fmt: skip
    before = sys.argv
    sys.argv = ["huawu", *map(str, arguments)]
    try:
        with pytest.raises(SystemExit) as ended:
            main()
    finally:
        sys.argv = before
    assert not ended.value.code
    return folder


@pytest.fixture
def run(huawu, office):
    def ask(
        command: str, *arguments: object, people: Path | None = None, plan: Path | None = None
    ) -> tuple[int, str, str]:
        given = ["--plan", plan or office / "plan", "--people", people or office / "people.csv", "--country", "-"]
        return huawu(command, *given, "--rules", office / "rules.toml", *arguments)

    return ask


def roster(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "roster.csv", dtype={"badge": str})


def working(office: Path) -> str:
    made = roster(office / "plan")
    return str(
        made.loc[(made["date"] == DAY) & (made["worked_minutes"] > 0) & (made["role"] == "inbound"), "badge"].iloc[0]
    )


def test_cover_lists_who_is_off_and_gives_reasons(run, office, tmp_path):
    badge, out = working(office), tmp_path / "cover.csv"
    code, told, _ = run("cover", "--date", DAY, "--badge", badge, "--out", out)
    found = pd.read_csv(out, dtype={"badge": str})
    made = roster(office / "plan")
    at_work = set(made.loc[(made["date"] == DAY) & made["worked_minutes"].gt(0), "badge"])
    inbound = {str(1001 + n) for n in range(12)}
    assert set(found["badge"]) == inbound - at_work
    parts = pd.read_csv(tmp_path / "cover_overtime.csv")
    assert code == (0 if found["lawful"].any() or len(parts) else 1)
    assert f"{int(found['lawful'].sum())} of {len(found)}" in told
    assert found.loc[~found["lawful"], "reason_zh"].str.contains("工号").all()


def test_overtime_covers_parts_and_says_who_may_stay_or_be_called(run, office, tmp_path):
    badge, out = working(office), tmp_path / "cover.csv"
    code, told, error = run("cover", "--date", DAY, "--badge", badge, "--out", out)
    parts = pd.read_csv(tmp_path / "cover_overtime.csv", dtype={"badge": str})
    assert set(parts["how"]) <= {"stay_on", "come_early", "called_in"}
    assert parts["minutes"].between(1, 180).all()
    assert badge not in set(parts["badge"])
    assert f"{parts['badge'].nunique()} people could cover a part of it" in told
    marks = tmp_path / "marks.csv"
    rows = [f"{one},2026-11-02,overtime,{36 * 60}" for one in sorted(set(parts["badge"]))]
    marks.write_text("\n".join(["badge,date,kind,minutes", *rows]) + "\n")
    run("cover", "--date", DAY, "--badge", badge, "--attendance", marks, "--out", out)
    assert pd.read_csv(tmp_path / "cover_overtime.csv").empty  # the month's 36 hours are used up
    folder = tmp_path / "overtime"
    code, told, error = run("overtime", "--at", f"{DAY}T10:00", "--minutes", 60, "--out", folder)
    assert (code, error) == (0, "")
    stay = pd.read_csv(folder / "stay.csv", dtype={"badge": str})
    made = roster(office / "plan")
    at = pd.Timestamp(f"{DAY}T10:00", tz="Asia/Shanghai")
    here = (
        (pd.to_datetime(made["start_at"]) <= at) & (pd.to_datetime(made["end_at"]) > at) & made["worked_minutes"].gt(0)
    )
    assert set(stay["badge"]) == set(made.loc[here, "badge"])
    call = pd.read_csv(folder / "call.csv", dtype={"badge": str})
    assert not set(call["badge"]) & set(stay["badge"])
    assert "outside the plan of" in run("overtime", "--at", "2026-12-10T10:00")[2]


def test_cover_is_told_whose_shift_or_which(run):
    assert "either --badge" in run("cover", "--date", DAY)[2]
    assert run("cover", "--date", DAY, "--badge", "9")[0] == 2
    assert "not in the catalogue" in run("cover", "--date", DAY, "--shift", "Q7")[2]


def test_a_swap_with_somebody_off_is_judged_and_written_nowhere(run, office):
    before = (office / "plan" / "roster.csv").read_bytes()
    one = working(office)
    code, told, _ = run("swap", "--one", f"{one}={DAY}", "--other", f"1013={DAY}", "--language", "zh")
    assert code in (0, 1)
    assert ("可以换班" in told) == (code == 0)
    assert (
        run("swap", "--one", f"{one}={DAY}", "--other", f"{one}={DAY}")[2].count("cannot be swapped with itself") == 1
    )
    assert "is not written like" in run("swap", "--one", one, "--other", f"1013={DAY}")[2]
    assert (office / "plan" / "roster.csv").read_bytes() == before


def test_replanning_sickness_leaves_the_past_and_says_what_changed(run, office, tmp_path):
    badge, out = working(office), tmp_path / "again"
    code, told, error = run(
        "replan", "--away", f"{badge}={DAY}..2026-11-12", "--frozen-before", DAY, "--most-changes", 2, "--out", out
    )
    assert code == 0, error
    old, new, changes = roster(office / "plan"), roster(out), pd.read_csv(out / "changes.csv")
    assert new.loc[(new["badge"] == badge) & new["date"].between(DAY, "2026-11-12"), "shift"].isin(["leave"]).all()
    past = [frame[frame["date"] < DAY].reset_index(drop=True) for frame in (old, new)]
    assert past[0][["badge", "date", "shift"]].equals(past[1][["badge", "date", "shift"]])
    away = (old["badge"] == badge) & old["date"].between(DAY, "2026-11-12")
    forced = int((away & (old["worked_minutes"] > 0)).sum())
    assert forced <= len(changes) <= forced + 2
    assert f"{len(changes)} changed days, {forced} of them forced" in told
    mine = changes[(changes["badge"].astype(str) == badge) & changes["date"].between(DAY, "2026-11-12")]
    assert mine["after"].tolist() == ["leave"] * forced
    facts = json.loads((out / "plan.json").read_text())
    assert facts["bound"] is None
    told = pd.read_csv(out / "burdens.csv", dtype={"badge": str}).set_index("badge")["weekends"]
    work = new[(new["worked_minutes"] > 0) & (pd.to_datetime(new["date"]).dt.day_of_week > 4)]
    assert told.tolist() == work.groupby("badge").size().reindex(told.index, fill_value=0).tolist()
    assert "own folder" in run("replan", "--out", office / "plan")[2]
    assert "badge '77' is not among" in run("replan", "--away", f"77={DAY}", "--out", out)[2]


@pytest.fixture(scope="module")
def since(office) -> Path:
    """The office's calls through the 9th, half as many again as before."""
    random = np.random.default_rng(8)
    at = pd.date_range("2026-10-25", "2026-11-10", freq="h", inclusive="left")
    busy = (at.hour >= 9) & (at.hour < 17)
    more = pd.DataFrame({"interval_start": at, "calls": random.poisson(np.where(busy, 90.0, 0.0))})
    before = pd.read_csv(office / "calls.csv", parse_dates=["interval_start"])
    pd.concat([before, more]).to_csv(office / "since.csv", index=False)
    return office / "since.csv"


def test_the_next_days_are_looked_at_anew_and_the_way_back_is_taken_line_by_line(run, office, since, tmp_path):
    out, given = tmp_path / "next", ("--history", since, "--days", 2)
    code, told, error = run("tomorrow", *given, "--out", out)
    assert (code, error) == (0, "")
    assert "above the frozen band" in told
    assert "emergency plan" in told
    days, changes = pd.read_csv(out / "days.csv").set_index("date"), pd.read_csv(out / "changes.csv")
    assert days.index.tolist() == [DAY, "2026-11-11"]
    assert (days["calls"] > days["published_upper_95"]).all()
    assert days["outside_band"].all()
    short = days["expected"] < days["wanted"] - 1e-9
    assert short.any()
    assert (days["expected_after"] >= days["expected"] - 0.01)[short].all()
    assert (changes["hours"] <= 8).all()
    assert set(changes["day"]) <= set(days.index[short]) | {DAY}
    assert not (out / "roster.csv").exists(), "nothing is written into a roster before it is taken"
    database = f"sqlite:///{tmp_path / 'kept.db'}"
    again = tmp_path / "again"
    code, told, error = run(
        "tomorrow", *given, "--out", again, "--take", "1", "--refuse", f"2-{len(changes)}", "--by", "B7",
        "--why", "C10", "--database", database,
    )  # fmt: skip
    assert (code, error) == (0, "")
    decided = pd.read_csv(again / "day_changes.csv")
    assert decided["taken"].tolist() == [True] + [False] * (len(changes) - 1)
    assert "published: day_changes/" in told
    first = changes.iloc[0]
    old, new = (pd.read_csv(one / "coverage.csv")["seats_rostered"].sum() for one in (office / "plan", again))
    assert new - old == pytest.approx(first["hours"], abs=1.01), "meals may move into it"
    third = tmp_path / "third"
    code, _, error = run("tomorrow", "--history", since, "--days", 2, "--out", third, plan=again)
    assert (code, error) == (0, "")
    left = pd.read_csv(third / "changes.csv")
    assert not ((left["badge"] == first["badge"]) & (left["day"] == first["day"])).any(), "that day is settled"


def test_a_repair_keeps_what_was_decided_of_days_that_it_leaves_alone(office):
    plan, site = read_plan(office / "plan"), read_site()
    supply = read_supply(office / "people.csv", plan.month, site=site, calendar=Calendar(), rules=office / "rules.toml")
    badge, at = working(office), pd.Timestamp(f"{DAY} 12:00", tz="Asia/Shanghai")
    row = plan.roster[(plan.roster["badge"] == badge) & (plan.roster["date"].astype(str) == DAY)].iloc[0]
    end, day = row["end_at"], pd.Timestamp(DAY).date()
    hour = Change("stay_on", badge, "inbound", day, row["shift"], row["shift"], end, end + pd.Timedelta("1h"), 1.0, 1.5)
    more = decided(plan, site, supply.situation, [hour], taken=[1], decided_at=at.to_pydatetime())

    def repaired(who, date):
        days = frozenset({pd.Timestamp(date).date()})
        again = replan_month(
            more, supply.situation, absences=[(who, days)], most_changes=0, repaired_at=at.to_pydatetime()
        )
        return again.plan

    kept = repaired(next(one for one in ("1013", "1014") if one != badge), "2026-11-25")
    assert kept.day_changes[["badge", "kind", "taken"]].to_numpy().tolist() == [[badge, "stay_on", True]]
    before, after = (one.coverage["seats_rostered"][:"2026-11-24"].sum() for one in (plan, kept))
    assert after - before == pytest.approx(1.0)
    assert repaired(badge, DAY).day_changes is None, "who is away stays on no longer"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (("--take", "99"), "there is no change 99"),
        (("--take", "one"), "is not written like 1,3-5 or all"),
        (("--take", "5-3"), "is not written like 1,3-5 or all"),
        (("--take", "1", "--refuse", "1"), "both taken and refused"),
        (("--date", "2026-12-24"), "outside the plan of 2026-11"),
        ((), "Give calls through 2026-10-31"),
    ],
)
def test_next_days_that_cannot_be_looked_at_or_decided_are_refused(run, office, since, tmp_path, wrong, said):
    history = since if wrong else office / "calls.csv"
    code, _, error = run("tomorrow", "--history", history, "--days", 1, "--out", tmp_path / "wrong", *wrong)
    assert (code, said in error) == (2, True), error


def test_the_roster_told_to_a_service_that_is_away_is_one_line(huawu, office):
    code, out, error = huawu(
        "connect", "roster", office / "plan" / "roster.csv", "--people", office / "people.csv", "--month", "2026-11",
        "--country", "-", "--rules", office / "rules.toml", "--queue", "hotline", "--at", "2026-11-10T10:00+08:00",
        "--key", "hw_x", "--service", "http://127.0.0.1:1",
    )  # fmt: skip
    assert "0 on standby" in out
    assert (code, "the service http://127.0.0.1:1 does not answer" in error, error.count("\n")) == (2, True, 1)


def test_what_if_draws_and_tabulates_every_scenario(run, tmp_path):
    shifts = tmp_path / "short.toml"
    shifts.write_text('[[family]]\ncode = "K"\nstarts = ["09:00"]\nlengths_minutes = [480]\n')
    code, _, error = run(
        "what-if", "--headcount=-6,3", "--contract-hours", "20", "--shift-set", shifts, "--out", tmp_path / "w"
    )
    assert code == 0, error
    table = pd.read_csv(tmp_path / "w" / "what_if.csv").set_index("scenario")
    assert table.index.tolist() == ["as it is", "inbound -6", "inbound +3", "20 h contracts", "short"]
    assert table["people"].tolist() == [14, 8, 17, 14, 14]
    short = table["shortage_hours"]
    assert short["inbound -6"] > short["as it is"] >= short["inbound +3"]
    assert short["20 h contracts"] > short["as it is"]
    assert (tmp_path / "w" / "what_if.png").read_bytes().startswith(b"\x89PNG")


def test_the_proposed_shifts_are_a_catalogue_that_can_be_read_again(run, tmp_path):
    code, _, error = run("shifts", "--start-times", "1,3", "--choose", 2, "--out", tmp_path / "s")
    assert code == 0, error
    curve = pd.read_csv(tmp_path / "s" / "shifts.csv").set_index("start_times")
    assert curve.index.tolist() == [1, 2, 3]
    cost = 10 * curve["shortage_hours"] + curve["surplus_hours"]
    assert cost.is_monotonic_decreasing
    text = (tmp_path / "s" / "shifts.toml").read_text()
    catalogue = ShiftCatalogue.from_mapping(tomllib.loads(text))
    assert {shift.code for shift in catalogue} == set(curve.loc[2, "shifts"].split(", "))
    assert toml_of(list(catalogue)) == text


def test_why_names_a_conflict_and_prices_the_rules(run, office, tmp_path):
    people = tmp_path / "people.csv"
    frame = pd.read_csv(office / "people.csv").assign(fixed_shifts="")
    frame.loc[0, "fixed_shifts"] = "2026-11-03=N;2026-11-04=S1600/420"
    frame.to_csv(people, index=False)
    code, told, error = run("why", "--out", tmp_path / "why", "--language", "zh", people=people)
    assert (code, error) == (1, "")
    assert "工号 1001 排不出合规的月班表：规则“班间休息”" in told
    code, told, error = run("why", "--out", tmp_path / "why")
    assert code == 0, error
    assert "no rule keeps another from being kept" in told
    prices = pd.read_csv(tmp_path / "why" / "prices.csv").set_index("rule")
    assert {"weekly_hours", "one_more_person"} <= set(prices.index)
    assert (prices["gain"] > -1e-3 * prices["bound"].abs().max()).all()
    short = pd.read_csv(tmp_path / "why" / "shortage.csv")
    facts = json.loads((office / "plan" / "plan.json").read_text())
    assert short["shortage"].sum() == pytest.approx(facts["shortage_hours"])


def test_a_single_stage_values_seats_over_the_band_of_a_forecast(huawu, office, tmp_path):
    quiet = pd.read_csv(office / "plan" / "forecast.csv")
    calls = [name for name in quiet.columns if name.startswith("calls")]
    quiet.loc[quiet["interval_start"] >= "2026-11-16", calls] = 0.0  # what is required stays as it is
    quiet.to_csv(tmp_path / "forecast.csv", index=False)
    given = ["--requirement", office / "plan" / "requirement.csv", "--people", office / "people.csv", "--rules",
             office / "rules.toml", "--month", "2026-11", "--country", "-", "--time-limit", 1]  # fmt: skip
    code, _, error = huawu("roster", *given, "--forecast", tmp_path / "forecast.csv", "--out", tmp_path / "r.csv")
    assert (code, error) == (0, "")
    seats = pd.read_csv(tmp_path / "r_coverage.csv").set_index("interval_start")["seats_rostered"]
    assert seats[seats.index >= "2026-11-16"].sum() < 0.2 * seats[seats.index < "2026-11-16"].sum()
    short = quiet[quiet["interval_start"] < "2026-11-30"]
    short.to_csv(tmp_path / "forecast.csv", index=False)
    code, _, error = huawu("roster", *given, "--forecast", tmp_path / "forecast.csv", "--out", tmp_path / "s.csv")
    assert (code, error.count("\n")) == (2, 1)
    assert "forecast.csv" in error


def test_a_requirement_keeps_the_seats_of_a_skill(office, tmp_path):
    need = pd.read_csv(office / "plan" / "requirement.csv").assign(**{"seats_required.french": 2, "remark": 7})
    need.to_csv(tmp_path / "requirement.csv", index=False)
    read = read_requirement(tmp_path / "requirement.csv")
    assert (read["seats_required.french"] == 2).all()
    assert "remark" not in read
