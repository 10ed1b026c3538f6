"""A roster of three columns is judged like one of the product's own."""

from __future__ import annotations

import pandas as pd
import pytest

from api.handmade_roster import read_any_roster
from api.intake import InputError, write_frame
from forecaster.special_days import Calendar
from optimizer.people import Person
from optimizer.roster import Site
from optimizer.rules import RosterRules
from optimizer.shifts import Shift, ShiftCatalogue

SITE = Site(
    people=(Person("1001"), Person("1002")),
    catalogue=ShiftCatalogue((Shift("D", 480, 480, 60, (180, 240, 300)), Shift("N", 1320, 480))),
    rules=RosterRules(on_site_day={}, on_site_night={}, standby_minimum=0, standby_target=0),
    month=pd.Period("2026-12", "M"),
    timezone="Asia/Shanghai",
    calendar=Calendar(),
)
BY_HAND = (
    "工号,日期,班次\n1001,2026/12/7,D\n1001,2026-12-08,D\n1001,2026-12-09,休\n1002,2026-12-07,N\n1002,2026-12-08,假\n"
)


def written(tmp_path, text):
    path = tmp_path / "班表.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_times_meals_and_minutes_follow_from_the_catalogue(tmp_path):
    made = read_any_roster(written(tmp_path, BY_HAND), SITE)
    assert made["shift"].tolist() == ["D", "D", "N", "leave"]
    assert made["worked_minutes"].tolist() == [420, 420, 480, 0]
    assert made["start_at"].iloc[0] == pd.Timestamp("2026-12-07T08:00+08:00")
    assert made["meal_start_at"].iloc[0] == pd.Timestamp("2026-12-07T12:00+08:00")
    assert SITE.broken(made).empty
    again = read_any_roster(write_frame(made, tmp_path / "own.csv"), SITE)
    assert SITE.broken(again).empty
    assert again["start_at"].tolist() == made["start_at"].tolist()


def test_what_a_hand_broke_is_found(tmp_path):
    text = BY_HAND + "1001,2026-12-07,N\n1002,2026-12-08,D\n"
    broken = SITE.broken(read_any_roster(written(tmp_path, text), SITE))
    assert {"one_shift_a_day", "rest_between_shifts"} <= set(broken["rule"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("badge,date\n1001,2026-12-07\n", "has no column shift"),
        ("badge,date,shift\n1001,2026-12-07,Q7\n", "row 2, column shift: 'Q7' is no shift of this month"),
        (
            "badge,date,shift\n1001,2026-12-07,D\n77,2026-12-07,D\n",
            "row 3, column badge: '77' is not in the staff list",
        ),
        ("badge,date,shift\n1001,2026-11-30,D\n", "row 2, column date: '2026-11-30' lies outside the month 2026-12"),
        ("badge,date,shift\n1001,,D\n", "column date"),
    ],
)
def test_a_cell_that_cannot_be_used_is_named_in_one_line(tmp_path, text, words):
    with pytest.raises(InputError) as refused:
        read_any_roster(written(tmp_path, text), SITE)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)
