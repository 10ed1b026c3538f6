"""Swaps, cover, staying on and being called: small published rosters judged by hand."""

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from forecaster.history.calendar import Calendar
from optimizer.desk.cover import check_swap, cover_by_overtime, people_to_call, people_who_can_stay, who_could_cover
from optimizer.law.changes import Cell, with_cells
from optimizer.law.lawfulness import ROSTER_COLUMNS
from optimizer.law.people import Person
from optimizer.law.roster_rules import RosterRules
from optimizer.law.shifts import Shift, ShiftCatalogue
from optimizer.law.situation import Situation

ZONE = "Asia/Shanghai"
CATALOGUE = ShiftCatalogue(
    (
        Shift("D", 480, 480, 60, (180, 240)),  # 08:00–16:00, 7 h
        Shift("E", 840, 480, 60, (180, 240)),  # 14:00–22:00, 7 h
        Shift("N", 1320, 480, 60, (180, 240)),  # 22:00–06:00, 7 h
    )
)


def situation(*people, **rules):
    return Situation(
        people=people,
        catalogue=CATALOGUE,
        rules=RosterRules(on_site_day={}, on_site_night={}, **rules),
        month=pd.Period("2026-12", "M"),
        timezone=ZONE,
        calendar=Calendar(),
    )


def day(number):
    return date(2026, 12, number)


def at(text):
    return pd.Timestamp(f"2026-12-{text}", tz=ZONE)


def with_shift(roster, where, badge, when, code):
    return with_cells(roster, where, [Cell(badge, when, code)])


def roster_of(where, plan):
    roster = pd.DataFrame(columns=list(ROSTER_COLUMNS))
    for badge, days in plan.items():
        for number, code in days.items():
            roster = with_shift(roster, where, badge, day(number), code)
    return roster


ANN, BOB, CAT = Person("1"), Person("2"), Person("3")


def test_a_swap_on_one_day_is_lawful_when_both_keep_their_rest():
    where = situation(ANN, BOB)
    roster = roster_of(where, {"1": {7: "D", 8: "D"}, "2": {7: "E", 8: "E"}})
    assert check_swap(roster, where, one=("1", day(8)), other=("2", day(8)))["rule"].tolist() == ["rest_between_shifts"]
    assert check_swap(roster, where, one=("1", day(7)), other=("2", day(7)))["rule"].tolist() == ["rest_between_shifts"]
    free = roster_of(where, {"1": {7: "D"}, "2": {7: "E"}})
    assert check_swap(free, where, one=("1", day(7)), other=("2", day(7))).empty


def test_a_swap_across_days_gives_each_the_others_day():
    where = situation(ANN, BOB)
    roster = roster_of(where, {"1": {7: "D"}, "2": {9: "N"}})
    assert check_swap(roster, where, one=("1", day(7)), other=("2", day(9))).empty
    nursing = situation(replace(ANN, protected=True), BOB)
    found = check_swap(roster, nursing, one=("1", day(7)), other=("2", day(9)))
    assert found[["rule", "badge"]].to_numpy().tolist() == [["protected_staff", "1"]]


def test_a_swap_is_not_blamed_for_what_was_broken_before():
    where = situation(ANN, BOB)
    roster = roster_of(where, {"1": {1: "E", 2: "D", 10: "D"}, "2": {10: "E"}})
    assert check_swap(roster, where, one=("1", day(10)), other=("2", day(10))).empty


def test_swapping_nothing_or_with_a_stranger_is_refused():
    where = situation(ANN, BOB)
    roster = roster_of(where, {"1": {7: "D"}})
    with pytest.raises(ValueError, match="nothing to swap"):
        check_swap(roster, where, one=("1", day(8)), other=("2", day(8)))
    with pytest.raises(ValueError, match="badge '9'"):
        check_swap(roster, where, one=("1", day(7)), other=("9", day(7)))


def test_who_could_cover_lists_lawful_people_first_with_reasons_for_the_rest():
    dee = Person("4", leave=frozenset({day(8)}))
    where = situation(ANN, BOB, CAT, dee)
    roster = roster_of(where, {"1": {7: "E"}, "2": dict.fromkeys((9, 10, 11), "D"), "3": {8: "N"}})
    found = who_could_cover(roster, where, day=day(8), shift="D").set_index("badge")
    assert found.index.tolist() == ["2", "4", "1"]  # badge 3 works that day
    assert found.loc["2", "lawful"]
    assert found.loc["2", "minutes_left"] == 2400 - 4 * 420
    assert "rest" in found.loc["1", "reason"]
    assert "leave" in found.loc["4", "reason"]


def test_a_shift_is_lengthened_no_further_than_law_and_next_shift_allow():
    where = situation(ANN, BOB, replace(CAT, protected=True), Person("4", night_eligible=False))
    roster = roster_of(where, {"1": {7: "E"}, "2": {7: "D", 8: "D"}, "3": {7: "E"}, "4": {7: "E"}})
    roster = with_shift(roster, where, "1", day(8), "E")  # 22:00 to 14:00: 16 h, so 5 h of room
    found = people_who_can_stay(roster, where, at=at("07 15:00"), minutes=240).set_index("badge")
    assert found.loc["1", "most_minutes"] == 180  # the law's three hours a day
    assert found.loc["2", "most_minutes"] == 180  # ends 16:00, next begins 08:00: 5 h of room
    assert found.loc["3", "most_minutes"] == 0
    assert found.loc["4", "most_minutes"] == 0
    assert found.loc["4", "rule"] == "night_eligible"
    assert found.loc["1", "rule"] == "overtime_a_day"
    assert found.loc["3", "reason_zh"].startswith("工号 3，2026-12-07：受保护员工")
    assert found.loc["1", "until"] == at("08 01:00")
    tight = with_shift(roster, where, "1", day(8), "D")  # 22:00 to 08:00 leaves less than the rest already
    assert (
        people_who_can_stay(tight, where, at=at("07 21:00"), minutes=120).set_index("badge").loc["1", "most_minutes"]
        == 0
    )


def test_emergency_overtime_calls_standby_first_and_nobody_unlawful():
    where = situation(ANN, BOB, CAT, Person("4", protected=True), Person("5"))
    roster = roster_of(where, {"1": {7: "D"}, "2": {9: "D", 10: "D"}, "5": {8: "D"}})
    spell = (
        "3", "inbound", day(8), "standby", at("08 06:00"), at("08 14:00"), pd.NaT, pd.NaT, 0,
    )  # fmt: skip
    roster = pd.concat([roster, pd.DataFrame([spell], columns=list(ROSTER_COLUMNS))], ignore_index=True)
    found = people_to_call(roster, where, at=at("08 10:00"), minutes=120)
    assert found["badge"].tolist() == ["3", "1", "2", "4"]
    assert found["standby"].tolist() == [True, False, False, False]
    assert found["reason"].tolist()[:3] == ["", "", ""]
    assert "protected" in found["reason"].iloc[3]
    early = people_to_call(roster, where, at=at("08 01:00"), minutes=120).set_index("badge")
    assert "rest" in early.loc["1", "reason"]  # the day before ended at 16:00
    assert early.loc["5", "reason"] == "badge 5 on 2026-12-08: 5 h of rest before D, 11 h are needed"
    long = people_to_call(roster, where, at=at("08 10:00"), minutes=200)
    assert set(long["rule"]) == {"overtime_a_day", "protected_staff"}


def test_overtime_already_worked_counts_against_the_day_and_the_month():
    worked = pd.DataFrame(
        [("1", day(7), 120), ("2", day(2), 2000), ("2", date(2026, 11, 30), 900)], columns=["badge", "date", "minutes"]
    )
    where = replace(situation(ANN, BOB, CAT), overtime=worked)
    roster = roster_of(where, {badge: {7: "D"} for badge in "123"})
    found = people_who_can_stay(roster, where, at=at("07 10:00"), minutes=180).set_index("badge")
    assert found["most_minutes"].to_dict() == {"1": 60, "2": 160, "3": 180}  # 180 − 120; 2,160 − 2,000
    assert found["rule"].to_dict() == {"1": "overtime_a_day", "2": "overtime_a_month", "3": ""}
    assert found.loc["2", "reason"].endswith("2180 minutes of overtime in the month, 2160 are allowed")
    off = roster_of(where, {})
    called = people_to_call(off, where, at=at("07 10:00"), minutes=170).set_index("badge")
    assert called["rule"].to_dict() == {"1": "overtime_a_day", "2": "overtime_a_month", "3": ""}


def test_nobody_is_called_in_on_a_day_off_that_the_law_keeps():
    where = situation(ANN, BOB, replace(CAT, fixed_shifts={day(13): "off"}), Person("4"))
    six = roster_of(where, {"1": dict.fromkeys(range(7, 13), "D"), "4": {12: "N"}})
    found = people_to_call(six, where, at=at("13 10:00"), minutes=120).set_index("badge")
    assert found.loc["1", "rule"] in ("rest_day_a_week", "working_days_in_a_row")
    assert found.loc["2", "rule"] == ""
    assert found.loc["3", "rule"] == "fixed_shift"
    assert found.loc["4", "rule"] == "rest_between_shifts"


def test_a_longer_shift_may_not_become_a_fourth_night():
    where = replace(situation(ANN), rules=replace(situation(ANN).rules, night_shift_minutes=120))
    roster = roster_of(where, {"1": {7: "N", 8: "N", 9: "N", 10: "E"}})
    found = people_who_can_stay(roster, where, at=at("10 15:00"), minutes=180).set_index("badge")
    assert found.loc["1", "most_minutes"] == 119
    assert found.loc["1", "rule"] == "nights_in_a_row"


def test_a_shift_is_covered_part_by_part_by_those_beside_it_and_those_who_are_off():
    people = (
        ANN, BOB, CAT, Person("4", protected=True), Person("5", night_eligible=False), Person("6"), Person("7", "qa"),
    )  # fmt: skip
    where = situation(*people)
    roster = roster_of(
        where,
        {
            "1": {8: "E"},  # 14:00–22:00, to be covered
            "2": {8: "D", 9: "D"},  # 8:00–16:00, again at 8:00: may stay 3 h
            "3": {7: "E", 8: "N"},  # from 22:00; off since 22:00 the day before: may come 3 h early
            "4": {8: "D"},
            "5": {9: "D"},  # off: may come until 21:00, so that 11 h of rest are left
            "6": {8: "D", 9: "N"},
            "7": {8: "D"},
        },
    )
    found = cover_by_overtime(roster, where, day=day(8), shift="E", role="inbound")
    told = [(f"{row.start_at:%H:%M}", f"{row.end_at:%H:%M}", row.badge, row.how) for row in found.itertuples()]
    assert told == [
        ("14:00", "17:00", "5", "called_in"),
        ("16:00", "19:00", "2", "stay_on"),
        ("16:00", "19:00", "6", "stay_on"),
        ("17:00", "20:00", "5", "called_in"),
        ("19:00", "22:00", "3", "come_early"),
    ]
    assert found["minutes"].tolist() == [180] * 5
    tired = pd.DataFrame([("2", day(8), 120), ("3", day(8), 120)], columns=["badge", "date", "minutes"])
    after = cover_by_overtime(roster, replace(where, overtime=tired), day=day(8), shift="E", role="inbound")
    left = after.set_index("badge")["minutes"]
    assert (left["2"], left["3"]) == (60, 60)
    waits = roster_of(where, {"1": {8: "E"}, "2": {8: "standby"}})
    first = cover_by_overtime(waits, where, day=day(8), shift="D", role="inbound").iloc[0]
    assert (first["badge"], first["how"], first["standby"]) == ("2", "called_in", True)


def test_who_comes_early_keeps_the_rest_before():
    where = situation(ANN, BOB)
    roster = roster_of(where, {"1": {8: "D"}, "2": {7: "E", 8: "E"}})  # E ends 22:00: not before 9:00
    roster = with_shift(roster, where, "2", day(7), "N")  # ends 6:00 on the 8th: E at 14:00 breaks the rest already
    assert cover_by_overtime(roster, where, day=day(8), shift="D", role="inbound").empty
    late = roster_of(where, {"1": {8: "E"}, "2": {7: "E", 8: "N"}})
    early = cover_by_overtime(late, where, day=day(8), shift="E", role="inbound")
    assert early[["badge", "how", "minutes"]].to_numpy().tolist() == [["2", "come_early", 180]]
    short = replace(where, rules=replace(where.rules, rest_hours=22, overtime_minutes_a_day=600))
    assert cover_by_overtime(late, short, day=day(8), shift="E")["minutes"].tolist() == [120]  # 22 of 24 h
