"""The rules' numbers: read from a file, at their ends, and what follows from them, against counting by hand."""

from __future__ import annotations

import math
import tomllib
from datetime import date, timedelta
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from optimizer.law.breaks import Break
from optimizer.law.comforts import COMFORTS
from optimizer.law.limits import Limits
from optimizer.law.patterns import Pattern
from optimizer.law.people import Person
from optimizer.law.roster_rules import RosterRules, Weights
from optimizer.law.shifts import Shift, ShiftCatalogue

JUNE = [date(2026, 6, day) for day in range(1, 31)]


def month_of(month: pd.Period) -> list[date]:
    return [day.date() for day in pd.date_range(month.start_time, periods=month.days_in_month)]


def test_what_a_rules_file_leaves_out_is_what_the_shipped_one_says(root):
    shipped = tomllib.loads((root / "data/config/roster_rules.toml").read_text(encoding="utf-8"))
    whole, bare = RosterRules.from_mapping(shipped), RosterRules.from_mapping({})
    differs = {name for name in vars(bare) if getattr(whole, name) != getattr(bare, name)}
    assert differs == {"on_site_day", "reserve_seats"}
    assert (whole.reserve_seats, bare.reserve_seats) == (1, 0)
    assert (bare.morning_start_minute, bare.morning_end_minute, bare.on_call) == (4 * 60, 12 * 60, 0)
    fewer = {name for name in vars(Weights()) if name not in shipped["weights"]}
    assert {name: getattr(bare.weights, name) for name in fewer} == {
        "ladder_spread": 0.5, "ladder_crowd": 0.3, "preferred_pattern": 4,
    }  # fmt: skip


@pytest.mark.parametrize(("start", "end"), [(1320, 360), (0, 360), (1380, 1439), (1200, 0)])
def test_the_night_is_counted_minute_by_minute(start, end):
    night, at = set(), start
    while at % 1440 != end:
        night.add(at % 1440)
        at += 1
    rules = RosterRules(night_start_minute=start, night_end_minute=end, night_shift_minutes=100)
    minutes = np.arange(-100, 3000)
    assert rules.are_in_night(minutes).tolist() == [minute % 1440 in night for minute in minutes]
    for minute in (0, end - 1, end, start - 1, start, 1439, 1440 + start):
        assert rules.in_night(minute) is (minute % 1440 in night)
    for begin in range(0, 1440, 37):
        for length in (99, 100, 101, 480):
            shift = Shift("S", begin, length)
            inside = sum(minute % 1440 in night for minute in range(begin, begin + length))
            assert rules.is_night(shift) == (inside >= 100)
            assert rules.touches_night(shift) == (inside > 0)
            assert rules.is_morning(shift) == (inside < 100 and 240 <= begin < 720)


def test_hours_of_a_week_are_the_contracts_or_the_laws_and_under_an_average_the_ceiling():
    rules = RosterRules(weekly_hours=40, weekly_ceiling_hours=46)
    average = RosterRules(weekly_hours=40, weekly_ceiling_hours=46, weekly_mode="average")
    for contract in (30.0, 40.0, 44.0):
        person = Person("1", contract_hours_per_week=contract)
        assert rules.weekly_minutes(person) == 60 * min(40, contract)
        assert average.weekly_minutes(person) == 60 * 46
        assert average.average_minutes(person, JUNE) == pytest.approx(float(60 * min(40, contract) * Fraction(30, 7)))
        assert rules.month_minutes(person, JUNE) == math.inf
    late = Person("1", joined=date(2026, 6, 17))
    assert average.average_minutes(late, JUNE) == pytest.approx(60 * 40 * 14 / 7)


@pytest.mark.parametrize(
    ("months", "begins", "month", "before", "after"),
    [
        (1, 1, 6, False, False), (3, 1, 6, True, False), (3, 1, 4, False, True), (3, 1, 5, True, True),
        (3, 2, 5, False, True), (12, 1, 1, False, True), (12, 1, 12, True, False), (12, 7, 6, True, False),
    ],
)  # fmt: skip
def test_a_months_hours_are_the_averages_less_what_is_ahead_and_what_may_be_ahead_more(
    months, begins, month, before, after
):
    days = [
        day.date()
        for day in pd.date_range(
            pd.Period(f"2026-{month:02d}").start_time, periods=pd.Period(f"2026-{month:02d}").days_in_month
        )
    ]
    rules = RosterRules(weekly_mode="average", average_months=months, average_begins=begins, average_hours_ahead=24)
    assert rules.beside_in_span(days) == (before, after)
    mean = Fraction(60 * 40 * len(days), 7)
    for account in (None, 10.0, 1000.0):
        wanted = mean - (Fraction(60 * (account or 0)) if before else 0) + (60 * 24 if after else 0)
        person = Person("1", hours_account=account)
        assert rules.month_minutes(person, days) == pytest.approx(max(0.0, float(wanted)))


@pytest.mark.parametrize("months", [1, 2, 3, 4, 6, 12])
def test_spans_of_an_average_hold_whole_months_from_where_they_begin(months):
    for begins in range(1, 13):
        rules = RosterRules(weekly_mode="average", average_months=months, average_begins=begins)
        every = [(year, month) for year in range(2023, 2029) for month in range(1, 13)]
        every = every[every.index((2023, begins)) :]
        span_of = {one: number // months for number, one in enumerate(every)}
        for first in pd.period_range("2025-01", "2026-12", freq="M"):
            days = month_of(first)
            mine, last, follows = ((one.year, one.month) for one in (first, first - 1, first + 1))
            beside = span_of[last] == span_of[mine], span_of[follows] == span_of[mine]
            assert rules.beside_in_span(days) == beside
        for start in (date(2025, 1, 6), date(2026, 6, 29), date(2026, 11, 30)):
            days = [start + timedelta(days=n) for n in range(28)]  # four weeks, counted to the month of their last day
            of = [
                span_of[one.year, one.month]
                for one in (days[0] - timedelta(days=1), days[-1], days[-1] + timedelta(28))
            ]
            assert rules.beside_in_span(days) == (of[0] == of[1], of[2] == of[1])


def test_limits_are_the_persons_the_sites_and_less_for_who_comes_or_goes():
    rules = RosterRules(limits=Limits(hours_a_month=150.0, weekends_a_month=2))
    assert rules.limits_of(Person("1"), JUNE) is rules.limits
    own = Person("1", limits=Limits(weekends_a_month=1))
    assert rules.limits_of(own, JUNE) == Limits(hours_a_month=150.0, weekends_a_month=1)
    for part in ({"joined": date(2026, 6, 16)}, {"left": date(2026, 6, 15)}):
        assert rules.limits_of(Person("1", **part), JUNE) == Limits(hours_a_month=75.0, weekends_a_month=2)
        assert rules.limits_of(Person("1", **part)) == rules.limits, "of no days nothing is cut"
        assert RosterRules().limits_of(Person("1", **part), JUNE) == Limits()


def test_a_persons_limit_that_the_sites_does_not_leave_room_for_is_told_of_the_person():
    rules, own = RosterRules(limits=Limits(hours_a_month=100.0)), Limits(hours_a_month_least=120.0)
    with pytest.raises(ValueError, match="badge 1001: limits: hours_a_month_least 120 is above hours_a_month 100"):
        rules.limits_of(Person("1001", limits=own), JUNE)


def test_a_pattern_is_the_persons_or_the_teams():
    team, own = Pattern.from_text("4-on-2-off"), Pattern.from_text("5-on-2-off")
    rules = RosterRules(teams={"A": team})
    assert rules.pattern_of(Person("1", team="A")) == team
    assert rules.pattern_of(Person("1", team="A", pattern=own)) == own
    assert rules.pattern_of(Person("1", team="B")) is None


def test_what_weighs_hours_without_a_leader_and_a_soft_rule():
    weights = Weights(ladder=50, unled=3)
    assert RosterRules(weights=weights).unled_weight == 3
    assert RosterRules(weights=weights, leader_on_duty=True).unled_weight == 50
    assert {name: RosterRules().comfort_weight(name) for name in COMFORTS} == {
        name: 0.25 if name == "backward_rotation" else 0 for name in COMFORTS
    }
    assert RosterRules(comfort={"start_change": 7}).comfort_weight("start_change") == 7
    assert RosterRules(comfort={"start_change": 7}).comfort_weight("sixth_day") == 0
    told = RosterRules.from_mapping({"comfort": "balanced", "weights": {"sixth_day": 99}})
    shipped = RosterRules.from_mapping({})
    assert told.comfort_weight("sixth_day") == 99
    assert {**told.comfort, "sixth_day": shipped.comfort["sixth_day"]} == dict(shipped.comfort)


@pytest.mark.parametrize(("longest", "lawful"), [(480, True), (481, False)])
def test_a_shift_is_as_long_as_the_laws_day_and_no_longer(longest, lawful):
    catalogue = ShiftCatalogue((Shift("L", 480, longest),))
    if lawful:
        RosterRules().check_catalogue(catalogue)
    else:
        with pytest.raises(ValueError, match="shift L"):
            RosterRules().check_catalogue(catalogue)


@pytest.mark.parametrize(
    ("meals", "breaks", "lawful"),
    [
        ((), (Break(15, (60,)),), True),
        ((), (Break(15, (30,)),), True),  # exactly half an hour from the begin
        ((), (Break(15, (25,)),), False),
        ((), (Break(15, (120,)), Break(15, (120, 130)),), False),
        ((240,), (Break(15, (195, 60)),), True),
        ((240,), (Break(15, (200,)),), False),
        ((180, 240), (Break(15, (200,)),), False),  # with the earlier meal there is room, with the later there is none
        ((240,), (), True),
    ],
)  # fmt: skip
def test_breaks_fit_somewhere_whenever_the_meal_is(meals, breaks, lawful):
    shift = Shift("S", 480, 480, 30 if meals else 0, meals, breaks=breaks)
    if lawful:
        RosterRules(break_distance_minutes=30).check_catalogue(ShiftCatalogue((shift,)))
    else:
        with pytest.raises(ValueError, match="shift S"):
            RosterRules(break_distance_minutes=30).check_catalogue(ShiftCatalogue((shift,)))


@pytest.mark.parametrize(
    ("settings", "made"),
    [
        ({"night_start": "24:00"}, {"night_start_minute": 0}),
        ({"night_end_minute": 300}, {"night_end_minute": 300}),
        ({"standby_blocks": [["24:00", 1440], ["06:30", 1]]}, {"standby_blocks": ((0, 1440), (390, 1))}),
        ({"on_site_day": {"qa": 0}}, {"on_site_day": {"qa": 0}}),
        ({"cover_roles": ["inbound", "vip"]}, {"cover_roles": ("inbound", "vip")}),
        ({"seat_limit": None}, {"seat_limit": None}),
        ({"seat_limit": 12}, {"seat_limit": 12}),
        ({"weekly_hours": 37}, {"weekly_hours": 37.0}),
        ({"hours_even_out": True}, {"hours_even_out": True}),
        ({"weights": {"shortage": 0}}, {"weights": Weights(shortage=0.0)}),
        ({"standby_minimum": 7}, {"standby_minimum": 7, "standby_target": 7}),
        ({"average_months": 12}, {"average_months": 12}),
        ({"teams": {"A": "4-on-2-off"}}, {"teams": {"A": Pattern.from_text("4-on-2-off")}}),
    ],
)
def test_settings_are_read_at_their_ends(settings, made):
    rules = RosterRules.from_mapping(settings)
    assert {name: getattr(rules, name) for name in made} == made


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"standby_blocks": [["06:00", 0]]}, "standby_blocks"),
        ({"standby_blocks": [["06:00", 1441]]}, "1441"),
        ({"standby_blocks": [["06:00"]]}, "standby_blocks"),
        ({"standby_blocks": "06:00"}, "standby_blocks"),
        ({"on_site_day": 3}, "on_site_day"),
        ({"on_site_night": {"supervisor": -1}}, "-1"),
        ({"on_site_night": {"cook": 1}}, "unknown role 'cook'"),
        ({"on_site_at_meals": ["cook"]}, "unknown role 'cook'"),
        ({"on_site_at_meals": "qa"}, "on_site_at_meals"),
        ({"cover_roles": ["cook"]}, "unknown role 'cook'"),
        ({"seat_limit": True}, "seat_limit"),
        ({"seat_limit": 2.5}, "seat_limit"),
        ({"reserve_share": -0.1}, "reserve_share"),
        ({"reserve_share": math.inf}, "reserve_share"),
        ({"reserve_share": True}, "reserve_share"),
        ({"leader_on_duty": 1}, "leader_on_duty"),
        ({"reserve_seats": True}, "reserve_seats"),
        ({"average_months": 5}, "average_months"),
        ({"limits": 3}, "roster rules: limits: a table is needed, got 3"),
        ({"teams": ["A"]}, "roster rules: teams: a table is needed"),
        ({"teams": {"A": "4-on-nothing"}}, "A"),
        ({"weights": 3}, "roster rules: weights: a table is needed, got 3"),
        ({"weights": {"sixth_day": "much"}}, "sixth_day"),
        ({"comfort": "luxury"}, "luxury"),
    ],
)
def test_what_a_setting_cannot_be_is_refused(settings, said):
    with pytest.raises(ValueError, match=said):
        RosterRules.from_mapping(settings)
