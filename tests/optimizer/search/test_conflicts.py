"""Who and what is in conflict: irreducible sets, on sites small enough to reason about."""

from dataclasses import replace
from datetime import date
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecaster.history.calendar import Calendar, SpecialDay
from forecaster.history.intervals import month_intervals
from optimizer.law.limits import Limits
from optimizer.law.people import Person
from optimizer.law.roster_rules import RosterRules
from optimizer.law.rule_words import RULES
from optimizer.law.shifts import Shift, ShiftCatalogue
from optimizer.law.situation import Situation
from optimizer.search.conflicts import conflicts, irreducible, smallest_conflict
from optimizer.search.rostering import plan_roster

MONTH = pd.Period("2026-06", "M")  # the 1st is a Monday
ZONE = "Asia/Shanghai"
CATALOGUE = ShiftCatalogue(
    (Shift("D", 480, 480), Shift("E", 840, 480), Shift("N", 1320, 480), Shift("Q", 480, 480, roles=frozenset({"qa"})))
)


def day(number):
    return date(2026, 6, number)


def needs(skills=None):
    index = month_intervals(MONTH, ZONE)
    need = pd.DataFrame({"seats_required": np.zeros(len(index), dtype=int)}, index=index)
    for skill, seats in (skills or {}).items():
        need[f"seats_required.{skill}"] = np.where((index.hour >= 8) & (index.hour < 16), seats, 0)
    return need


NOBODY = needs()


def situation(*people, holidays=(), carry_in=None, **rules):
    settings = {"on_site_day": {}, "on_site_night": {}, "standby_minimum": 0, "standby_target": 0, **rules}
    return Situation(
        people=people,
        catalogue=CATALOGUE,
        rules=RosterRules(room_for_next_month=False, **settings),
        month=MONTH,
        timezone=ZONE,
        calendar=Calendar(days={day(n): SpecialDay("feast", "holiday") for n in holidays}),
        carry_in=carry_in,
    )


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sets(st.integers(0, 7), min_size=1, max_size=4), max_size=5))
def test_an_irreducible_set_is_in_conflict_and_no_part_of_it_is(causes):
    def in_conflict(kept):
        return any(cause <= set(kept) for cause in causes)

    found = irreducible(range(8), in_conflict)
    assert in_conflict(found) == bool(causes)
    assert not found or not any(in_conflict(part) for part in combinations(found, len(found) - 1))


def test_a_month_that_nothing_stands_against_has_no_conflict():
    assert conflicts(NOBODY, situation(Person("1", fixed_shifts={day(3): "D", day(4): "E"}), Person("2", "qa"))).empty


def test_two_fixed_shifts_and_the_rest_between_them_are_named_and_nothing_else():
    fixed = {day(3): "E", day(4): "D", day(20): "N"}
    found = conflicts(NOBODY, situation(Person("1", fixed_shifts=fixed), Person("2")))
    assert found["about"].tolist() == ["1"]
    assert found["items"].iloc[0] == (
        "the rule rest_between_shifts (rest between shifts); E fixed for badge 1 on 2026-06-03; "
        "D fixed for badge 1 on 2026-06-04"
    )
    assert (
        found["message_zh"].iloc[0].startswith("工号 1 排不出合规的月班表：规则“班间休息”、工号 1 2026-06-03 固定为 E")
    )


@pytest.mark.parametrize(
    ("person", "rule"),
    [
        (Person("1", fixed_shifts={day(n): "N" for n in (3, 4, 5, 6)}), "nights_in_a_row"),
        (Person("1", fixed_shifts={day(n): "D" for n in range(1, 7)}), "weekly_hours"),
        (Person("1", protected=True, fixed_shifts={day(3): "N"}), "protected_staff"),
        (Person("1", night_eligible=False, fixed_shifts={day(3): "N"}), "night_eligible"),
        (Person("1", fixed_shifts={day(3): "Q"}), "role_of_shift"),
        (Person("1", contract_hours_per_week=8, fixed_shifts={day(3): "D", day(5): "E"}), "weekly_hours"),
    ],
)
def test_each_rule_that_fixed_days_can_break_is_named(person, rule):
    found = conflicts(NOBODY, situation(person))
    assert f"the rule {rule} " in found["items"].iloc[0]
    assert found["items"].iloc[0].count("the rule") == 1


@pytest.mark.parametrize(
    ("person", "named"),
    [
        (Person("1", limits=Limits(weekends_a_month=1), fixed_shifts={day(6): "D", day(14): "D"}), "weekends_a_month"),
        (Person("1", limits=Limits(hours_a_month=12), fixed_shifts={day(3): "D", day(9): "D"}), "hours_a_month"),
        (Person("1", limits=Limits(shifts_a_month={"N": 0}), fixed_shifts={day(3): "N"}), "shifts_a_month"),
        (Person("1", limits=Limits(working_days_in_a_row=1), fixed_shifts={day(3): "D", day(4): "D"}),
         "working_days_in_a_row"),
        (Person("1", limits=Limits(working_days_in_a_row_least=3), fixed_shifts={day(3): "D", day(4): "off"},
                leave=frozenset({day(2)})), "working_days_in_a_row_least"),
        (Person("1", limits=Limits(hours_a_month_least=40), leave=frozenset(map(day, range(3, 31)))),
         "hours_a_month_least"),
    ],
)  # fmt: skip
def test_a_limit_that_fixed_days_or_leave_stand_against_is_named(person, named):
    found = conflicts(NOBODY, situation(person))
    assert found["about"].tolist() == ["1"]
    assert f"the rule {named} ({RULES[named].label.en})" in found["items"].iloc[0]
    assert f"规则“{RULES[named].label.zh}”" in found["message_zh"].iloc[0]
    assert found["items"].iloc[0].count("the rule") == 1
    assert ("leave of badge 1" in found["items"].iloc[0]) == bool(person.leave)


def test_last_months_night_stands_against_a_fixed_morning():
    end = pd.Timestamp("2026-06-01 06:00", tz=ZONE)
    night = (
        "1", "inbound", date(2026, 5, 31), "N", end - pd.Timedelta(hours=8), end, pd.NaT, pd.NaT, 480,
    )  # fmt: skip
    columns = ["badge", "role", "date", "shift", "start_at", "end_at", "meal_start_at", "meal_end_at", "worked_minutes"]
    before = pd.DataFrame([night], columns=columns)
    found = conflicts(NOBODY, situation(Person("1", fixed_shifts={day(1): "D"}), carry_in=before))
    assert "last month's last shifts of badge 1" in found["items"].iloc[0]


def test_leave_that_keeps_the_ladder_short_is_named():
    away = frozenset({day(10)})
    staff = [Person(n, "qa", leave=away) for n in "12"] + [Person("3", "qa"), Person("4", "qa")]
    # 16:00 to 8:00 counts as night: by day two QA people are enough, and four people can lawfully do it every day
    needed = situation(*staff, on_site_day={"qa": 2}, night_start_minute=960, night_end_minute=480)
    assert smallest_conflict(NOBODY, needed, "qa") is None
    fewer = replace(needed, people=(*staff[:2], replace(staff[2], leave=away), staff[3]))
    found = conflicts(NOBODY, fewer)
    assert found["rule"].tolist() == ["ladder_material"]
    # Nobody but badge 4 is there on the 10th: any one of the three could come, so all three leaves stand in the way.
    assert found["items"].iloc[0] == "; ".join(f"leave of badge {n} (2026-06-10)" for n in "123")


def test_too_few_people_for_holiday_standby_are_said_to_be_too_few():
    few = situation(Person("1"), Person("2"), holidays=(19,), standby_minimum=5, standby_target=7)
    found = conflicts(NOBODY, few)
    assert found["about"].tolist() == ["standby"]
    assert (
        found["message"].iloc[0]
        == "holiday_standby (standby) cannot be reached: there are too few people whatever is set aside"
    )
    enough = situation(*(Person(str(n)) for n in range(8)), holidays=(19,), standby_minimum=2, standby_target=2)
    assert conflicts(NOBODY, enough).empty
    protected = tuple(replace(p, protected=True) for p in enough.people)
    assert conflicts(NOBODY, replace(enough, people=protected))["items"].tolist() == [
        "the rule protected_staff (protected staff)"
    ]


def test_a_skill_that_too_few_have_is_named_with_what_stands_in_the_way():
    people = [*(Person(n, skills=frozenset({"french"})) for n in "12"), Person("3")]
    assert conflicts(needs({"french": 1}), situation(*people)).empty  # ten working days a week for seven
    found = conflicts(needs({"french": 1}), situation(*people[1:]))  # five for seven
    assert found["about"].tolist() == ["skill french"]
    assert "weekly_hours" in found["items"].iloc[0]
    nobody = conflicts(needs({"french": 1}), situation(Person("3")))
    assert "too few people" in nobody["message"].iloc[0]


def test_more_seats_needed_than_there_are_is_said_with_the_worst_hour():
    crowded = situation(Person("1"), seat_limit=3)
    need = needs()
    need.iloc[34, 0] = 5
    found = conflicts(need, crowded)
    assert found["message"].tolist() == [
        "seat_limit: 1 intervals need more than the 3 seats, at most 5 at 2026-06-02 10:00"
    ]


def test_a_month_that_cannot_be_is_refused_with_what_stands_in_its_way_and_nothing_is_planned():
    one = situation(Person("7", fixed_shifts={day(3): "E", day(4): "D", day(20): "N"}), Person("8"))
    with pytest.raises(ValueError, match="rest_between_shifts") as refused:
        plan_roster(NOBODY, one, time_limit_seconds=1)
    text = str(refused.value)
    assert "badge 7" in text
    assert "2026-06-04" in text
    assert "2026-06-20" not in text
    assert "\n" not in text
