"""What a roster departs from, by rule: the parts add up to the objective, and each is counted by hand once."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from forecaster.history.calendar import Calendar, SpecialDay
from forecaster.history.intervals import month_intervals
from optimizer.law.comforts import COMFORTS
from optimizer.law.people import Person
from optimizer.law.roster_rules import RosterRules, Weights
from optimizer.law.shifts import Shift, ShiftCatalogue
from optimizer.law.situation import Situation
from optimizer.search.kernel_arrays import Way
from optimizer.search.problem import month_problem
from optimizer.search.roster_frames import roster_frame
from optimizer.search.soft_rules import departures
from optimizer.search.sweeps import empty_plan, people_present, plan_cost, scratch_of, sweep

MONTH = pd.Period("2026-06", "M")  # the 1st is a Monday
ZONE = "Asia/Shanghai"
CATALOGUE = ShiftCatalogue(
    (Shift("D", 480, 480, 60, (180, 240)), Shift("E", 840, 480, 60, (180,)), Shift("N", 1320, 480))
)
CALENDAR = Calendar(days={date(2026, 6, 19): SpecialDay("feast", "holiday")})


def problem(people, seats=1, **rules):
    index = month_intervals(MONTH, ZONE)
    need = pd.DataFrame({"seats_required": np.full(len(index), seats)}, index=index)
    settings = {"on_site_day": {"qa": 1}, "on_site_night": {}, "reserve_share": 0.5, "seat_limit": 6, **rules}
    return month_problem(
        need, Situation(people, CATALOGUE, RosterRules(room_for_next_month=False, **settings), MONTH, ZONE, CALENDAR)
    )


@pytest.mark.parametrize("seed", range(8))
def test_the_parts_add_up_to_the_objective(seed):
    random = np.random.default_rng(seed)
    roles = ["inbound"] * 5 + ["qa"] * 2
    people = [
        Person(str(n), role, wishes={date(2026, 6, int(random.integers(1, 31))): str(random.choice(["D", "off"]))})
        for n, role in enumerate(roles)
    ]
    comfort = {"start_change": 0.7, "backward_rotation": 0.9}
    month = problem(people, seats=int(random.integers(1, 4)), weights=Weights(month_start=0.3), comfort=comfort)
    plan = empty_plan(month)
    for p, d in np.ndindex(*plan.tour.shape):
        lawful = np.flatnonzero(np.isfinite(month.person_cost[p, d, :-1]))
        plan.tour[p, d] = random.choice([-1, *lawful])
    # two duties that may not follow each other are no part of the objective: leave a day off between them
    for p, d in np.ndindex(plan.tour.shape[0], plan.tour.shape[1] - 1):
        a, b = plan.tour[p, d], plan.tour[p, d + 1]
        if a >= 0 and b >= 0 and not month.tour_rules.rotation[a, b] and a != b:
            plan.tour[p, d + 1] = -1
    told = departures(month, plan)
    assert told["cost"].sum() == pytest.approx(plan_cost(month, plan), rel=1e-6)


def test_each_departure_is_counted_as_by_hand():
    wishes = {date(2026, 6, 3): "off", date(2026, 6, 9): "D"}
    comfort = {"start_change": 0.5, "backward_rotation": 0.25}
    month = problem([Person("1", wishes=wishes)], comfort=comfort, on_site_day={}, seat_limit=None)
    plan = empty_plan(month)
    for day, code in {1: 1, 2: 1, 3: 1, 8: 0, 9: 1, 10: 1, 19: 0}.items():  # D is 0, E is 1
        plan.tour[0, day - 1] = code
    told = departures(month, plan).set_index("rule")
    assert told.loc["wish", ["amount", "cost"]].tolist() == [2, 8.0]  # works on the 3rd; E, not D, on the 9th
    assert told.loc["start_change", ["amount", "cost"]].tolist() == [1, 0.5]  # D on the 8th, E on the 9th
    assert "backward_rotation" not in told.index
    assert told.loc["holiday_work", "amount"] == 1
    # six hours of every first night are taken as staffed; each shift puts one person there for seven hours
    assert told.loc["shortage", "amount"] == pytest.approx(720 - 7 * 7 - 6)


def test_stable_start_times_weigh_only_when_asked_for():
    people = [Person("1")]
    calm, strict = (problem(people, comfort={"start_change": weight}) for weight in (0.0, 2.0))
    plan = empty_plan(calm)
    plan.tour[0, 7:9] = (0, 1)
    assert plan_cost(strict, plan) == pytest.approx(plan_cost(calm, plan) + 2.0)
    same = replace(plan, tour=plan.tour.copy())
    same.tour[0, 7:9] = (1, 1)
    assert plan_cost(strict, same) == pytest.approx(plan_cost(calm, same))


@pytest.mark.parametrize("seed", range(6))
def test_the_parts_of_a_month_made_by_the_search_add_up_too(seed):
    """The report walks each month with the rules themselves, day by day; the objective is the kernel's."""
    random = np.random.default_rng(seed)
    comfort = {name: float(random.choice([0.0, 0.5, 3.0])) for name in COMFORTS}
    people = [Person(str(n), "inbound" if n < 5 else "qa") for n in range(7)]
    june = problem(people, seats=2, comfort=comfort)
    plan = plan_of_noise(june, random)
    told = departures(june, plan)
    assert told["cost"].sum() == pytest.approx(plan_cost(june, plan), rel=1e-6)
    situation = Situation(people, CATALOGUE, june.rules, MONTH + 1, ZONE, CALENDAR, roster_frame(june, plan))
    need = pd.DataFrame({"seats_required": 2}, index=month_intervals(MONTH + 1, ZONE))
    july = month_problem(need, situation)
    plan = plan_of_noise(july, random)
    assert departures(july, plan)["cost"].sum() == pytest.approx(plan_cost(july, plan), rel=1e-6)


def plan_of_noise(month, random):
    plan, everybody = empty_plan(month), np.arange(len(month.people))
    tables = random.normal(-1, 3, size=(len(month.curves), month.slot_count, 2)).astype(np.float32)
    sweep(month, plan, people_present(month, plan), tables, everybody, scratch_of(month), Way(noise=9.0, seed=1))
    return plan
