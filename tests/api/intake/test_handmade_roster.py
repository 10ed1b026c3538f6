"""A roster of three columns is judged like one of the product's own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import openpyxl
import pandas as pd
import pytest

from api.intake import InputError, write_frame
from api.intake.handmade_roster import read_any_roster, read_last_roster
from api.reports.roster_book import write_roster_grid
from forecaster.history.calendar import Calendar
from optimizer.law.lawfulness import broken_rules
from optimizer.law.people import Person
from optimizer.law.roster_rules import RosterRules
from optimizer.law.shifts import Shift, ShiftCatalogue
from optimizer.law.situation import Situation

SITUATION = Situation(
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
    made = read_any_roster(written(tmp_path, BY_HAND), SITUATION)
    assert made["shift"].tolist() == ["D", "D", "N", "leave"]
    assert made["worked_minutes"].tolist() == [420, 420, 480, 0]
    assert made["start_at"].iloc[0] == pd.Timestamp("2026-12-07T08:00+08:00")
    assert made["meal_start_at"].iloc[0] == pd.Timestamp("2026-12-07T12:00+08:00")
    assert broken_rules(made, SITUATION).empty
    again = read_any_roster(write_frame(made, tmp_path / "own.csv"), SITUATION)
    assert broken_rules(again, SITUATION).empty
    assert again["start_at"].tolist() == made["start_at"].tolist()


def test_what_a_hand_broke_is_found(tmp_path):
    text = BY_HAND + "1001,2026-12-07,N\n1002,2026-12-08,D\n"
    broken = broken_rules(read_any_roster(written(tmp_path, text), SITUATION), SITUATION)
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
        ("badge,date,shift\n1001,2026-11-30,D\n", "row 2, column date: '2026-11-30' lies outside 2026-12"),
        ("badge,date,shift\n1001,,D\n", "column date"),
    ],
)
def test_a_cell_that_cannot_be_used_is_named_in_one_line(tmp_path, text, words):
    with pytest.raises(InputError) as refused:
        read_any_roster(written(tmp_path, text), SITUATION)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def grid(path, rows):
    if path.suffix == ".csv":
        path.write_text("\n".join(",".join(map(str, row)) for row in rows) + "\n", encoding="gbk")
        return path
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


DAYS = list(range(1, 32))
DAY_ONE = date(2026, 12, 1)
WEEKDAYS = ["二三四五六日一"[(day - 1) % 7] for day in DAYS]
FIRST = ["D"] * 3 + ["休"] * 28  # of badge 1001
SECOND = ["N", "", "", "假", *[""] * 25, "", "n"]  # of badge 1002
SHEETS = {
    "numbers": [["工号", "姓名", *DAYS, "合计"], ["1001", "甲", *FIRST, 3], ["1002", "乙", *SECOND, 2]],
    "weekdays below": [
        ["客服中心 2026年12月班表"], ["工号", "姓名", *DAYS], ["", "", *WEEKDAYS],
        ["1001", "甲", *FIRST], ["1002", "乙", *SECOND], ["合计", "", *[1] * 31],
    ],
    "weekdays above": [["工号", "姓名", *WEEKDAYS], ["", "", *DAYS], ["1001", "甲", *FIRST], ["1002", "乙", *SECOND]],
    "dates": [["badge", *(date(2026, 12, day) for day in DAYS)], ["1001", *FIRST], ["1002", *SECOND]],
    "days and weekdays": [
        ["序号", "工号", *(f"12月{day}日(周{name})" for day, name in zip(DAYS, WEEKDAYS, strict=True))],
        [1, 1001, *FIRST], [2, 1002, *SECOND],
    ],
}  # fmt: skip


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
@pytest.mark.parametrize("form", SHEETS)
def test_people_by_days_are_read_as_planners_have_them(tmp_path, form, suffix):
    made = read_any_roster(grid(tmp_path / f"十二月.{suffix}", SHEETS[form]), SITUATION)
    told = [(row.badge, row.date.day, row.shift) for row in made.itertuples()]
    assert told == [("1001", 1, "D"), ("1001", 2, "D"), ("1001", 3, "D"), ("1002", 1, "N"), ("1002", 4, "leave"),
                    ("1002", 31, "N")]  # fmt: skip
    assert made["start_at"].iloc[0] == pd.Timestamp("2026-12-01T08:00+08:00")
    assert broken_rules(made, SITUATION)["rule"].tolist() == []


def test_the_products_own_grid_is_read_back_as_it_was_written(tmp_path):
    made = read_any_roster(grid(tmp_path / "made.xlsx", SHEETS["numbers"]), SITUATION)
    path = write_roster_grid(made, tmp_path / "grid.xlsx", month=SITUATION.month)
    again = read_any_roster(path, SITUATION)
    columns = ["badge", "date", "shift", "start_at", "worked_minutes"]
    assert again[columns].astype(str).to_numpy().tolist() == made[columns].astype(str).to_numpy().tolist()


def test_meals_that_are_not_told_are_staggered_so_that_somebody_stays(tmp_path):
    rows = [["工号", *DAYS], *([badge, "D", *[""] * 30] for badge in ("1001", "1002"))]
    two = replace(
        SITUATION,
        people=(Person("1001", "qa"), Person("1002", "qa")),
        rules=replace(SITUATION.rules, on_site_day={"qa": 1}),
    )
    made = read_any_roster(grid(tmp_path / "班表.csv", rows), two)
    assert made["meal_start_at"].dt.hour.tolist() == [12, 11], "the middle, then what is nearest to it"
    assert (made["meal_end_at"] - made["meal_start_at"] == pd.Timedelta(hours=1)).all()
    on_the_first = broken_rules(made, two).query("date == @DAY_ONE")["message"].tolist()
    # From 6:00 to 22:00 is day, and D lasts from 8:00 to 16:00: eight hours without anybody, and none of them at noon.
    assert on_the_first == ["2026-12-01: 1 too few of 1 qa on duty by day, for 480 minutes"]


def test_last_months_grid_binds_the_first_days_and_who_has_left_is_passed_over(tmp_path):
    rows = [["工号", *range(1, 31)], ["1001", *[""] * 29, "N"], ["77", "D", *[""] * 29]]
    before = read_last_roster(grid(tmp_path / "11月.xlsx", rows), SITUATION)
    assert [(row.badge, str(row.date)) for row in before.itertuples()] == [("1001", "2026-11-30")]
    made = read_any_roster(grid(tmp_path / "12月.xlsx", SHEETS["numbers"]), SITUATION)
    broken = broken_rules(made, replace(SITUATION, carry_in=before))
    told = [(row.rule, str(row.date)) for row in broken.itertuples()]
    # The night ends at 6:00 on the 1st, the day begins at 8:00.
    assert told == [("rest_between_shifts", "2026-12-01"), ("morning_after_night", "2026-12-01")]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([["工号", *DAYS], ["1001", *FIRST], ["77", *SECOND]], "row 3, column 工号: '77' is not in the staff list"),
        ([["工号", *DAYS], ["1001", *FIRST], ["1001", *SECOND]], "row 3, column 工号: '1001' was already in row 2"),
        ([["工号", *DAYS], ["1001", "Q7", *FIRST[1:]]], "row 2, column 1: 'Q7' is no shift of this month"),
        ([["姓名", *DAYS], ["甲", *FIRST]], "has a column for each day and none for the badge"),
        ([["工号", *(f"11-{d}" for d in range(1, 31))], ["1001", *FIRST[:30]]], "column 11-1: 'D' is no day of 2026-"),
    ],
)  # fmt: skip
def test_a_cell_of_people_by_days_that_cannot_be_used_is_named_in_one_line(tmp_path, rows, words):
    with pytest.raises(InputError) as refused:
        read_any_roster(grid(tmp_path / "班表.xlsx", rows), SITUATION)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_every_cell_of_a_roster_that_cannot_be_used_is_told_at_once(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text(
        "badge,date,shift\n"
        "9999,2026-12-01,D\n"  # a stranger
        "1001,soon,D\n"
        "1001,2026-11-03,D\n"  # another month
        "1001,,D\n"
        "1001,2026-12-05,QQ\n",
        encoding="utf-8",
    )
    with pytest.raises(InputError) as refused:
        read_any_roster(path, SITUATION)
    assert [(fault.row, fault.column) for fault in refused.value.faults] == [
        (2, "badge"), (3, "date"), (4, "date"), (5, "date"), (6, "shift"),
    ]  # fmt: skip
