"""What a change buys, who is in conflict, and which shifts to offer, on sites small enough to reason about."""

from dataclasses import replace
from datetime import date
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

import optimizer.desk.what_if as desk
from forecaster.history.calendar import Calendar
from forecaster.history.intervals import month_intervals
from optimizer.desk.shift_design import design_shifts, shifts_every, usual_week
from optimizer.desk.what_if import headcounts, price_of_rules, what_if
from optimizer.law.limits import LIMITS, Limits
from optimizer.law.people import Person
from optimizer.law.roster_rules import RosterRules, Weights
from optimizer.law.rule_words import RULES
from optimizer.law.shifts import Shift, ShiftCatalogue
from optimizer.law.situation import Situation
from optimizer.search import bound

MONTH = pd.Period("2026-06", "M")
ZONE = "Asia/Shanghai"
DAY = Shift("D", 480, 480)
EVENING = Shift("E", 960, 360)


def needs(seats_by_day=2):
    index = month_intervals(MONTH, ZONE)
    hour = np.asarray(index.hour)
    seats = np.where((hour >= 8) & (hour < 16), seats_by_day, 0)
    return pd.DataFrame({"seats_required": seats}, index=index)


def situation(people, **rules):
    weights = Weights(shortage_growth=0, month_start=0, reserve=0, nights=0, weekends=0, holidays=0)
    settings = {"on_site_day": {}, "on_site_night": {}, "reserve_share": 0.0, "room_for_next_month": False, **rules}
    return Situation(
        people=tuple(people),
        catalogue=ShiftCatalogue((DAY,)),
        rules=RosterRules(weights=weights, **settings),
        month=MONTH,
        timezone=ZONE,
        calendar=Calendar(),
    )


def test_more_people_leave_less_shortage_by_what_they_can_work():
    start = situation([Person(str(n)) for n in range(2)])
    table = what_if(needs(), headcounts(start, [-1, 0, 1])).set_index("scenario")
    # One person works five days of eight hours a week: 4 × 5 + 2 = 22 days of June's 30.
    assert table["shortage_hours"].tolist() == pytest.approx([480 - 176, 480 - 352, 0.0], abs=0.5)
    assert table["bound"].tolist() == pytest.approx([3040, 1280, 0], rel=1e-3, abs=1)


def test_more_people_than_there_are_cannot_be_left_out():
    with pytest.raises(ValueError, match="3 people of role inbound"):
        headcounts(situation([Person("1")]), [-3])


def test_the_price_of_leave_and_of_a_person_is_what_they_would_work():
    away = frozenset(date(2026, 6, d) for d in range(8, 13))
    prices = price_of_rules(needs(), situation([Person("1", leave=away), Person("2")])).set_index("rule")
    # Five days of leave leave two days of that week: three working days of eight hours are lost.
    assert prices.loc["leave", "shortage_hours_less"] == pytest.approx(24, abs=0.5)
    assert prices.loc["leave", "gain"] == pytest.approx(240, abs=2)
    assert prices.loc["one_more_person", "gain"] > prices.loc["leave", "gain"]
    assert prices.loc["nights_in_a_row", "gain"] == pytest.approx(0, abs=0.5)
    assert prices.loc["leave", "change_zh"] == "无人休假"
    assert not {"fixed_shift", "night_eligible", "protected_staff"} & set(prices.index), "nothing there to give in"


@pytest.fixture
def solved(monkeypatch):
    """Return the months whose relaxations are solved, as they come."""
    months = []
    monkeypatch.setattr(
        desk, "relaxation", lambda month, **more: (months.append(month), bound.relaxation(month, **more))[1]
    )
    return months


def test_what_opens_nobody_a_cheaper_month_has_no_price_and_is_not_solved_for(solved):
    away = frozenset(date(2026, 6, d) for d in range(8, 13))
    given = situation([Person("1", leave=away), Person("2"), Person("3", protected=True)])
    prices = price_of_rules(needs(3), given).set_index("rule")
    assert len(solved) < len(prices) / 2
    given_in = {name: RULES[name].gives(given) for name in prices.index if name in RULES}
    in_full = what_if(needs(3), {"": given, **given_in}).set_index("scenario")["bound"]
    for name in given_in:
        assert prices.loc[name, "gain"] == pytest.approx(max(0, in_full[""] - in_full[name]), abs=0.5), name
    assert set(prices.index[prices["gain"] > 5]) == {"leave", "one_more_person"}


def test_prices_that_do_not_tell_what_a_month_is_worth_are_not_relied_on(solved):
    given = situation([Person("1")], working_days_in_a_row=1)  # any day of two is as good: slots are priced at nothing
    prices = price_of_rules(needs(1), given).set_index("rule")
    assert len(solved) == len(prices) + 1
    assert prices.loc["working_days_in_a_row", "gain"] > 100


def test_what_is_fixed_has_its_price_too():
    off = {date(2026, 6, d): "off" for d in range(8, 13)}
    prices = price_of_rules(needs(), situation([Person("1", fixed_shifts=off), Person("2")])).set_index("rule")
    assert prices.loc["fixed_shift", "shortage_hours_less"] == pytest.approx(24, abs=0.5)


SATURDAYS, WEDNESDAYS = (6, 13, 20, 27), (3, 10, 17, 24)


@pytest.mark.parametrize(
    ("limits", "days", "rule", "buys"),
    [
        # One person, a seat of eight hours on these days. A seat-hour short costs 10, one to spare 1.
        (Limits(weekends_a_month=1), SATURDAYS, "weekends_a_month", 80),  # one Saturday more
        (Limits(hours_a_month=10), WEDNESDAYS, "hours_a_month", 10),
        (Limits(shifts_a_month={"D": 2}), WEDNESDAYS, "shifts_a_month", 80),
        (Limits(hours_a_month_least=40), WEDNESDAYS, "hours_a_month_least", 1),  # 8 h that nobody needs are 7
        (Limits(working_days_in_a_row_least=2), WEDNESDAYS, "working_days_in_a_row_least", 32),  # 4 idle days go
        (Limits(working_days_in_a_row=2), (9, 10, 11), "working_days_in_a_row", 80),
    ],
)
def test_every_limit_has_its_price(limits, days, rule, buys):
    start = situation([Person("1", limits=limits)])
    need = needs()
    need = need.mul(np.isin(need.index.day, days).astype(int), axis=0).clip(upper=1)
    for given in (start, replace(start, people=(Person("1"),), rules=replace(start.rules, limits=limits))):
        bound = what_if(need, {"as it is": given, "given in": RULES[rule].gives(given)})["bound"]
        assert bound[0] - bound[1] == pytest.approx(buys, abs=0.2)


@pytest.mark.parametrize(
    ("limits", "days"),
    [
        (Limits(working_days_in_a_row_least=3), (9, 10, 11)),
        (Limits(days_off_in_a_row_least=3), (9, 13)),
    ],
)
def test_a_run_just_long_enough_costs_nothing(limits, days):
    need = needs(1)
    need = need.mul(np.isin(need.index.day, days).astype(int), axis=0)
    bound = what_if(need, {"as it is": situation([Person("1", limits=limits)])})["bound"]
    assert bound[0] == pytest.approx(0, abs=0.2)  # who works these days alone keeps the limit, and nobody is short


def test_a_limit_that_nobody_has_is_not_priced():
    prices = price_of_rules(needs(), situation([Person("1", limits=Limits(hours_a_month=10))]))
    assert set(LIMITS) & set(prices["rule"]) - {"working_days_in_a_row"} == {"hours_a_month"}


def test_a_rule_that_changes_nothing_of_the_program_is_not_solved_again(monkeypatch):
    solve, solved = bound._interior_point, []

    def counted(*program, **again):
        solved.extend([] if again else [program])
        return solve(*program, **again)

    monkeypatch.setattr(bound, "_interior_point", counted)
    start = situation([Person("1"), Person("2")])
    # No shift here is a night: a fourth one leaves the month as it is, a seventh day on duty does not.
    given = {name: RULES[name].gives(start) for name in ("nights_in_a_row", "working_days_in_a_row")}
    table = what_if(needs(), {"as it is": start, **given})
    assert len(solved) == 2
    assert table["bound"][0] == table["bound"][1]
    assert table["shortage_hours"][0] == table["shortage_hours"][1]


def test_the_usual_week_is_the_mean_of_its_hours():
    week = usual_week(needs())
    assert week.shape == (168,)
    assert week[8] == 2
    assert week[16] == 0


def test_the_design_is_the_best_choice_of_start_times():
    index = month_intervals(MONTH, ZONE)
    hour = np.asarray(index.hour)
    seats = np.where((hour >= 8) & (hour < 22), 1, 0)
    requirement = pd.DataFrame({"seats_required": seats}, index=index)
    catalogue = ShiftCatalogue((DAY, EVENING, Shift("L", 840, 480), Shift("M", 360, 480)))
    curve = design_shifts(requirement, catalogue, hours_per_week=200, start_times=(1, 2))
    hours = {s.code: set(range(s.start_minute // 60, s.end_minute // 60)) for s in catalogue}
    wanted = set(range(8, 22))
    for count, row in zip((1, 2), curve.to_dict("records"), strict=True):
        choices = [set().union(*(hours[c] for c in codes)) for codes in combinations(hours, count)]
        least = min(7 * len(wanted - covered) for covered in choices)
        assert row["shortage_hours"] == pytest.approx(least, abs=1e-6)
    assert curve["starts"].tolist()[1] == "08:00, 16:00"


def test_shifts_are_proposed_from_a_grid_that_the_catalogue_does_not_have():
    index = month_intervals(MONTH, ZONE)
    hour = np.asarray(index.hour)
    requirement = pd.DataFrame({"seats_required": np.where((hour >= 11) & (hour < 19), 1, 0)}, index=index)
    catalogue = ShiftCatalogue((DAY, Shift("L", 840, 480), EVENING))
    grid = shifts_every(catalogue, 60)
    assert len(grid) == 2 * 24  # two lengths; D and L are of one kind
    assert {(s.start_minute, s.length_minutes) for s in grid} == {(60 * h, n) for h in range(24) for n in (480, 360)}
    curve = design_shifts(requirement, grid, hours_per_week=56, start_times=(1,))
    assert curve[["starts", "shortage_hours", "surplus_hours"]].to_numpy().tolist() == [["11:00", 0.0, 0.0]]
    assert design_shifts(requirement, catalogue, hours_per_week=56, start_times=(1,))["shortage_hours"].iloc[0] >= 21
    with pytest.raises(ValueError, match="do not divide a day"):
        shifts_every(catalogue, 50)


def test_no_start_time_is_no_question():
    with pytest.raises(ValueError, match="1 or more"):
        design_shifts(needs(), ShiftCatalogue((DAY,)), hours_per_week=40, start_times=(0,))
