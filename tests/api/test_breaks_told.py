"""Short breaks at the edge: read from files, shown by the hour, and nobody counted who is at one."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from api.intake import write_frame
from api.intake.handmade_roster import read_any_roster
from api.planner.hours import hours_view
from api.roster_people import people_on_shift
from forecaster.history.calendar import Calendar
from optimizer.law.breaks import Break
from optimizer.law.changes import Cell, with_cells
from optimizer.law.lawfulness import broken_rules
from optimizer.law.people import Person
from optimizer.law.roster_rules import RosterRules
from optimizer.law.shifts import Shift, ShiftCatalogue
from optimizer.law.situation import Situation

ZONE, MONTH, DAY = "Asia/Shanghai", pd.Period("2026-12"), date(2026, 12, 7)
BREAKS = (Break(15, (60, 75, 90), name="tea"), Break(15, (330, 345, 360)))
SITUATION = Situation(
    [Person(badge) for badge in ("1001", "1002", "1003", "1004")],
    ShiftCatalogue((Shift("D", 480, 480, 60, (180, 240), breaks=BREAKS), Shift("P", 480, 240))),
    RosterRules(on_site_day={}, on_site_night={}, standby_minimum=0, standby_target=0), MONTH, ZONE, Calendar(),
)  # fmt: skip


def handmade(folder: Path) -> pd.DataFrame:
    path = folder / "roster.csv"
    lines = [f"{badge},{DAY},{code}" for badge, code in zip(("1001", "1002", "1003", "1004"), "DDDP", strict=True)]
    path.write_text("\n".join(["badge,date,shift", *lines]), encoding="utf-8")
    return read_any_roster(path, SITUATION)


def test_a_roster_that_tells_no_breaks_has_them_staggered_and_reads_back(tmp_path: Path) -> None:
    made = handmade(tmp_path)
    assert broken_rules(made, SITUATION).empty
    for number in (1, 2):
        begins = made[f"break_{number}_start_at"].dropna()
        assert len(begins) == begins.nunique() == 3
    again = read_any_roster(write_frame(made, tmp_path / "own.csv"), SITUATION)
    assert again.columns.tolist() == made.columns.tolist()
    assert (again["break_2_end_at"].dropna() == made["break_2_end_at"].dropna()).all()
    assert broken_rules(again, SITUATION).empty


def test_breaks_are_told_by_the_hour_with_the_times_at_which_they_may_be() -> None:
    cell = Cell("1001", DAY, "D", 240, (75, 345))
    roster = with_cells(pd.DataFrame({"badge": [], "date": []}), SITUATION, [cell, Cell("1002", DAY, "P")])
    lines = {line["badge"]: line for line in hours_view(roster, SITUATION, DAY, 1)}
    assert lines["1001"]["breaks"] == [
        {"at": 555, "minutes": 15, "name": "tea", "places": [60, 75, 90]},
        {"at": 825, "minutes": 15, "name": "", "places": [330, 345, 360]},
    ]
    assert lines["1002"]["breaks"] == []


@pytest.mark.parametrize(("minute", "there"), [(554, True), (555, False), (569, False), (570, True)])
def test_who_is_at_a_break_is_not_on_shift(minute: int, there: bool) -> None:
    person = Person("1001", "qa")
    given = Situation([person], SITUATION.catalogue, SITUATION.rules, MONTH, ZONE, Calendar())
    roster = with_cells(pd.DataFrame({"badge": [], "date": []}), given, [Cell("1001", DAY, "D", 240, (75, 345))])
    at = pd.Timestamp(DAY, tz=ZONE) + pd.Timedelta(minutes=minute)
    assert (people_on_shift(roster, at=at)["badges"]["qa"] == ["1001"]) is there
