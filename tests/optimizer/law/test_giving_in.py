"""What a rule changes when it is set aside, and when it gives in by one unit: that and nothing else."""

from dataclasses import fields, replace
from datetime import date

import pandas as pd
import pytest

from forecaster.history.calendar import Calendar
from optimizer.law.limits import Limits
from optimizer.law.patterns import Pattern
from optimizer.law.people import Person
from optimizer.law.roster_rules import RosterRules
from optimizer.law.rules import BINDING
from optimizer.law.shifts import Shift, ShiftCatalogue
from optimizer.law.situation import Situation

LIMITS = Limits(
    working_days_in_a_row=4, working_days_in_a_row_least=3, days_off_in_a_row_least=2, weekends_a_month=2,
    hours_a_month=150.0, hours_a_month_least=90.0, shifts_a_month={"D": 6, "N": 0},
    shifts_a_month_least={"D": 2}, starts_a_week=1,
    split_shifts_a_month=3,
)  # fmt: skip
PERSON = Person(
    "1", "qa", contract_hours_per_week=32.0, protected=True, night_eligible=False, limits=LIMITS,
    leave=frozenset({date(2026, 6, 3)}), fixed_shifts={date(2026, 6, 5): "D"},
    pattern=Pattern(("on", "off")), weekly_days_off=frozenset({6}),
    leave_hours={date(2026, 6, 8): ((0, 720),)}, joined=date(2026, 6, 2), left=date(2026, 6, 28),
)  # fmt: skip
DAY = Shift("D", 480, 480, 60, (180, 240), roles=frozenset({"qa"}), months=frozenset({6}))
LONG = Shift("L", 0, 1400, 30, (30,), months=frozenset({6}))
SITUATION = Situation(
    (PERSON,), ShiftCatalogue((DAY, LONG)),
    RosterRules(seat_limit=9, limits=LIMITS, leader_on_duty=True, teams={"A": Pattern(("D", "off"))}),
    pd.Period("2026-06", "M"),
    "Asia/Shanghai", Calendar(),
)  # fmt: skip
AVERAGE = replace(SITUATION, rules=replace(SITUATION.rules, weekly_mode="average"))


def changed(change, given=SITUATION):
    """Return the fields that a change makes other than they were, of the rules, the person and the shifts."""
    after = change(given)
    told = {}
    sides = ((given.rules, after.rules, ""), (given.people[0], after.people[0], "person."))
    both = zip(given.catalogue, after.catalogue, strict=False)
    for old, new, prefix in (*sides, *((old, new, f"{old.code}.") for old, new in both)):
        for field in fields(old):
            if getattr(old, field.name) != getattr(new, field.name):
                told[prefix + field.name] = getattr(new, field.name)
    told |= {shift.code: shift for shift in list(after.catalogue)[len(list(given.catalogue)) :]}
    return told


def limited(**values):
    """Return the change of the site's and the person's limits; None = gone."""
    limits = Limits(**{**LIMITS.values, **values})
    return {"limits": limits, "person.limits": limits}


ALL_ROLES = {"D.roles": frozenset()}
ALL_YEAR = {"D.months": frozenset(), "L.months": frozenset()}
WEIGHED = {
    "person.pattern": Pattern(("on", "off"), preferred=True), "teams": {"A": Pattern(("D", "off"), preferred=True)},
}  # fmt: skip
FREE = {
    "pattern": WEIGHED,
    "weekly_days_off": {"person.weekly_days_off": frozenset()},
    "leave_hours": {"person.leave_hours": {}},
    "employed": {"person.joined": None, "person.left": None},
    "split_consent": {"person.split_consent": True},
    "breaks_in_window": {},  # the shifts here have none; tests/optimizer/law/test_breaks.py
}
ASIDE = {
    **FREE,
    "role_of_shift": ALL_ROLES,
    "season_of_shift": ALL_YEAR,
    "meal_in_window": {
        "D.meal_offsets_minutes": (0, 60, 120, 180, 240, 300, 360, 420),
        "L.meal_offsets_minutes": tuple(range(0, 1371, 30)),
    },
    "weekly_hours": {"weekly_hours": 168, "weekly_ceiling_hours": 168, "person.contract_hours_per_week": 168},
    "rest_day_a_week": {"rest_days_a_week": 0},
    "average_weekly_hours": {},
    "rest_between_shifts": {"rest_hours": 0.01},
    "morning_after_night": {"morning_after_night_hours": 0.01},
    "working_days_in_a_row": {"working_days_in_a_row": 31, **limited(working_days_in_a_row=None)},
    "nights_in_a_row": {"nights_in_a_row": 31},
    "protected_staff": {"person.protected": False},
    "night_eligible": {"person.night_eligible": True},
    "standby_callable": {"standby_call_minutes": 60},
    **{name: limited(**{name: None}) for name in LIMITS.values if name != "working_days_in_a_row"},
}
GIVEN_IN = {
    **FREE,
    "split_shifts_a_month": limited(split_shifts_a_month=4),
    "shifts_a_month_least": limited(shifts_a_month_least={"D": 1}),
    "starts_a_week": limited(starts_a_week=2),
    "role_of_shift": ALL_ROLES,
    "season_of_shift": ALL_YEAR,
    "meal_in_window": {"D.meal_offsets_minutes": (120, 180, 240, 300), "L.meal_offsets_minutes": (0, 30, 60)},
    "daily_hours": {"daily_hours": 9, "D+60": replace(DAY, code="D+60", length_minutes=540)},
    "leave": {"person.leave": frozenset()},
    "fixed_shift": {"person.fixed_shifts": {}},
    "weekly_hours": {"weekly_hours": 41, "person.contract_hours_per_week": 33},
    "rest_day_a_week": {"rest_days_a_week": 0},
    "average_weekly_hours": {},
    "rest_between_shifts": {"rest_hours": 10},
    "morning_after_night": {"morning_after_night_hours": 23},
    "working_days_in_a_row": {"working_days_in_a_row": 7, **limited(working_days_in_a_row=5)},
    "nights_in_a_row": {"nights_in_a_row": 4},
    "protected_staff": {"person.protected": False},
    "night_eligible": {"person.night_eligible": True},
    "standby_callable": {"standby_call_minutes": 180},
    "working_days_in_a_row_least": limited(working_days_in_a_row_least=2),
    "days_off_in_a_row_least": limited(days_off_in_a_row_least=1),
    "weekends_a_month": limited(weekends_a_month=3),
    "hours_a_month": limited(hours_a_month=151),
    "hours_a_month_least": limited(hours_a_month_least=89),
    "shifts_a_month": limited(shifts_a_month={"D": 7, "N": 1}),
    "seat_limit": {"seat_limit": 10},
    "ladder_material": {
        "on_site_day": {"outbound": 1, "qa": 1, "back_office": 1, "expert": 0}, "on_site_night": {"supervisor": 0},
    },
    "holiday_standby": {"standby_minimum": 4, "standby_target": 6},
    "leader_on_duty": {"leader_on_duty": False},
}  # fmt: skip


@pytest.mark.parametrize("rule", BINDING.values(), ids=list(BINDING))
def test_a_rule_set_aside_or_given_in_changes_its_own_numbers_alone(rule):
    assert (None if rule.set_aside is None else changed(rule.set_aside)) == ASIDE.get(rule.name)
    assert (None if rule.gives is None else changed(rule.gives)) == GIVEN_IN.get(rule.name)


def test_under_an_average_the_week_gives_in_by_its_ceiling_and_the_month_by_the_contract():
    week, month = BINDING["weekly_hours"], BINDING["average_weekly_hours"]
    contract = {"weekly_hours": 168, "person.contract_hours_per_week": 168}
    assert changed(week.set_aside, AVERAGE) == {"weekly_ceiling_hours": 168}
    assert changed(month.set_aside, AVERAGE) == contract
    assert changed(week.gives, AVERAGE) == {"weekly_ceiling_hours": 49}
    assert changed(month.gives, AVERAGE) == {"weekly_hours": 41, "person.contract_hours_per_week": 33}


def test_nothing_gives_in_beyond_its_end():
    least = RosterRules(
        rest_hours=0.5, morning_after_night_hours=1.5, rest_days_a_week=0, standby_call_minutes=20, standby_minimum=0,
        standby_target=0, on_site_day={"qa": 0}, on_site_night={}, working_days_in_a_row=31,
        limits=Limits(working_days_in_a_row_least=1, hours_a_month_least=0.5),
    )  # fmt: skip
    given = replace(SITUATION, rules=least, people=(Person("1"),))
    gave = {name: changed(rule.gives, given) for name, rule in BINDING.items() if rule.gives is not None}
    assert gave["rest_between_shifts"] == {"rest_hours": 0.1}
    assert gave["morning_after_night"] == {"morning_after_night_hours": 1.0}
    assert gave["standby_callable"] == {"standby_call_minutes": 0}
    for name in ("working_days_in_a_row_least", "hours_a_month_least"):
        assert name not in gave[name]["limits"].values
    still = ("rest_day_a_week", "holiday_standby", "ladder_material", "seat_limit", "working_days_in_a_row", "leave",
             "leader_on_duty")  # fmt: skip
    assert all(gave[name] == {} for name in still)


@pytest.mark.parametrize(
    ("setting", "kept", "refused"),
    [
        ("rest_hours", [0.1, 24], [0, 24.1, float("nan"), "11"]),
        ("morning_after_night_hours", [0.1, 36], [-1, 36.1]),
        ("daily_hours", [0.1, 100], [0, float("inf")]),
        ("weekly_hours", [0.1], [0]),
        ("weekly_ceiling_hours", [0.1], [0]),
        ("working_days_in_a_row", [1, 31], [0, 32]),
        ("nights_in_a_row", [1, 31], [0, 32]),
        ("rest_days_a_week", [0, 6], [-1, 7]),
    ],
)
def test_a_number_may_be_at_its_end_and_not_beyond(setting, kept, refused):
    for value in kept:
        assert getattr(RosterRules(**{setting: value}), setting) == value
    for value in refused:
        with pytest.raises(ValueError, match=setting):
            RosterRules(**{setting: value})


def test_the_numbers_are_the_rulebooks_and_the_laws():
    rules = RosterRules()
    assert (rules.daily_hours, rules.weekly_hours, rules.rest_hours, rules.morning_after_night_hours) == (8, 40, 11, 24)
    assert (rules.working_days_in_a_row, rules.rest_days_a_week, rules.nights_in_a_row) == (6, 1, 3)
    assert (rules.standby_minimum, rules.standby_target, rules.seat_limit) == (5, 7, None)
    assert (rules.overtime_minutes_a_day, rules.overtime_minutes_a_month) == (3 * 60, 36 * 60)
    assert rules.on_site_day == {"outbound": 2, "qa": 2, "back_office": 2, "expert": 1}
    assert rules.on_site_night == {"supervisor": 1}


@pytest.mark.parametrize("name", ["working_days_in_a_row", "working_days_in_a_row_least", "days_off_in_a_row_least"])
def test_a_run_is_of_a_day_at_least(name):
    assert Limits(**{name: 1}).values == {name: 1}
    for wrong in (0, 2.5, True):
        with pytest.raises(ValueError, match=f"{name} must be a whole number of 1 or more"):
            Limits(**{name: wrong})


def test_a_limit_that_no_rule_knows_is_never_passed_over():
    with pytest.raises(AttributeError):
        _ = Limits().weekends
    stray = Limits(weekends=2)
    with pytest.raises(ValueError, match="unknown limit 'weekends'"):
        RosterRules(limits=stray)
    with pytest.raises(ValueError, match="unknown limit 'weekends'"):
        RosterRules().limits_of(Person("1", limits=stray))


def test_of_several_rules_that_stand_in_the_way_hours_and_rests_are_told_before_who_may_and_limits():
    aside = sorted((rule for rule in BINDING.values() if rule.set_aside is not None), key=lambda rule: rule.rank)
    assert [rule.name for rule in aside] == [
        "weekly_hours", "average_weekly_hours", "rest_between_shifts", "morning_after_night", "nights_in_a_row",
        "working_days_in_a_row", "rest_day_a_week",
        "leave_hours", "employed", "pattern", "weekly_days_off", "protected_staff", "split_consent",
        "night_eligible", "role_of_shift",
        "season_of_shift", "meal_in_window", "breaks_in_window", "standby_callable", "working_days_in_a_row_least",
        "days_off_in_a_row_least", "weekends_a_month", "hours_a_month", "hours_a_month_least", "shifts_a_month",
        "shifts_a_month_least", "starts_a_week", "split_shifts_a_month",
    ]  # fmt: skip


def test_overtime_is_beyond_the_catalogue_and_the_weeks_hours_and_more_work_mends_what_is_too_little():
    assert {name for name, rule in BINDING.items() if not rule.of_overtime} == {
        "known_shift", "role_of_shift", "season_of_shift", "shift_times", "meal_in_window", "breaks_in_window",
        "worked_minutes", "daily_hours", "weekly_hours", "average_weekly_hours", "one_shift_a_day", "standby_callable",
        "pattern", "split_consent",
    }  # fmt: skip
    assert {name for name, rule in BINDING.items() if rule.mendable} == {
        "working_days_in_a_row_least", "days_off_in_a_row_least", "hours_a_month_least", "shifts_a_month_least",
    }  # fmt: skip
