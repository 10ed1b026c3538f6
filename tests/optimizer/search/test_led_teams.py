"""Teams with their leader: hours without one counted by hand, told to each day's cost, kept from in a month."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from forecaster.history.calendar import Calendar
from forecaster.history.intervals import month_intervals
from optimizer.desk.repair import repair_roster
from optimizer.law.lawfulness import broken_rules
from optimizer.law.people import Person
from optimizer.law.roster_rules import RosterRules, Weights
from optimizer.law.shifts import Shift, ShiftCatalogue
from optimizer.law.situation import Situation
from optimizer.search.led_months import LedMonths, unled_hours
from optimizer.search.priced_bound import priced_bound
from optimizer.search.problem import month_problem
from optimizer.search.rostering import plan_roster
from optimizer.search.soft_rules import departures
from optimizer.search.sweeps import empty_plan, plan_cost, scratch_of

MONTH = pd.Period("2026-06", "M")  # the 1st is a Monday
ZONE = "Asia/Shanghai"
SHIFTS = (Shift("D", 480, 480, 60, (180, 240)), Shift("E", 840, 480, 60, (180,)), Shift("N", 1320, 480))
RULES = RosterRules(
    on_site_day={}, on_site_night={}, standby_minimum=0, standby_target=0, reserve_share=0.0, leader_on_duty=True,
    weights=Weights(ladder=6.0, surplus=0.1),
)  # fmt: skip
KEPT = replace(RULES, weights=Weights(surplus=0.1))
LEAVE = frozenset(date(2026, 6, day) for day in range(8, 15))
PEOPLE = (
    Person("1", team="A", leads=frozenset({"A"})),
    *(Person(str(n), team="A") for n in (2, 3, 4)),
    Person("5", team="B", leads=frozenset({"B"}), leave=LEAVE),
    Person("6", leads=frozenset({"B"}), night_eligible=False, leave=LEAVE),
    *(Person(str(n), team="B") for n in (7, 8)),
    Person("9", team="C"),
)


def situation(people=PEOPLE, rules=RULES):
    return Situation(people, ShiftCatalogue(SHIFTS), rules, MONTH, ZONE, Calendar())


def need(seats=2):
    index = month_intervals(MONTH, ZONE)
    return pd.DataFrame({"seats_required": seats}, index=index)


def led_by_nobody(people):
    return tuple(replace(person, leads=frozenset()) for person in people)


def strewn(month, seed):
    """Return a plan of days drawn at random, lawful in a row or not."""
    plan, random = empty_plan(month), np.random.default_rng(seed)
    for p, d in np.ndindex(*plan.tour.shape):
        plan.tour[p, d] = random.choice([-1, *np.flatnonzero(np.isfinite(month.person_cost[p, d, :-1]))])
    return plan


def hours_alone(tour):
    """Return the hours of members without a leader, hour by hour within the month."""
    at = [
        {24 * d + h for d, s in enumerate(mine) if s >= 0 for h in range((8, 14, 22)[s], (8, 14, 22)[s] + 8)}
        for mine in tour.tolist()
    ]
    teams = {"A": ([1, 2, 3], [0]), "B": ([6, 7], [4, 5])}
    return sum(
        len({h for h in at[p] if h < 720} - set().union(*(at[leader] for leader in leaders)))
        for members, leaders in teams.values()
        for p in members
    )


@pytest.fixture(scope="module")
def month():
    return month_problem(need(), situation())


@pytest.mark.parametrize("seed", range(3))
def test_hours_without_a_leader_are_those_counted_hour_by_hour_and_part_of_the_objective(month, seed):
    plan = strewn(month, seed)
    alone = hours_alone(plan.tour)
    assert alone > 100
    assert unled_hours(month, plan.tour) == alone
    free = month_problem(need(), situation(led_by_nobody(PEOPLE)))
    assert plan_cost(month, plan) - plan_cost(free, plan) == pytest.approx(6.0 * alone)
    told = departures(month, plan).set_index("rule")
    assert told.loc["leader_on_duty", ["amount", "cost"]].tolist() == [alone, 6.0 * alone]
    assert told["cost"].sum() - departures(free, plan)["cost"].sum() == pytest.approx(6.0 * alone)


def test_a_day_costs_what_it_does_to_the_team_whoever_works_it(month):
    free = month_problem(need(), situation(led_by_nobody(PEOPLE))).person_cost
    plan, led, random = strewn(month, 5), LedMonths(month), np.random.default_rng(6)
    for _ in range(40):
        led.look(plan.tour)
        cost = np.where(np.isfinite(free), led.now.person_cost - np.where(np.isfinite(free), free, 0), 0)
        p, d = int(random.integers(len(PEOPLE))), int(random.integers(29))
        before, was = hours_alone(plan.tour), plan.tour[p, d]
        plan.tour[p, d] = random.choice([-1, *np.flatnonzero(np.isfinite(free[p, d, :-1]))])
        assert cost[p, d, plan.tour[p, d]] - cost[p, d, was] == pytest.approx(6.0 * (hours_alone(plan.tour) - before))


def test_who_leads_a_team_is_swept_after_its_members_one_leader_at_a_time(month):
    parts = LedMonths(month).parts(np.array([5, 0, 3, 4, 8, 7]))
    assert [part.tolist() for part in parts] == [[3, 8, 7], [0, 4], [5]]


@pytest.fixture(scope="module")
def freely():
    """Return a month in which nobody leads."""
    given = situation(led_by_nobody(PEOPLE), KEPT)
    return plan_roster(need(), given, seed=1, time_limit_seconds=0.1, clock=lambda: 0.0)


def test_a_team_works_when_its_leader_does(freely):
    given = situation(rules=KEPT)
    made = plan_roster(need(), given, seed=1, time_limit_seconds=0.1, clock=lambda: 0.0)
    broken = broken_rules(made.roster, given)
    assert set(broken["rule"]) <= {"leader_on_duty"}
    assert set(broken["date"]) <= LEAVE
    assert made.shortage_hours < 0.5 * made.demand_hours  # nor is that reached by staying at home
    assert broken_rules(freely.roster, given)["amount"].sum() > 20 * max(60.0, broken["amount"].sum())


def test_the_bound_knows_when_nobody_can_lead():
    bounds = []
    for people in (PEOPLE, led_by_nobody(PEOPLE)):
        short = month_problem(need(6), situation(people, KEPT))
        prices = np.full((len(short.curves), short.slot_count), -10.0)
        bounds.append(priced_bound(short, prices, scratch_of(short)))
    assert bounds[0] == pytest.approx(
        bounds[1] + 2 * 40 * 10, rel=1e-3
    )  # two members' week while both leaders are away


def test_a_repair_brings_members_back_to_their_leader(freely):
    given = situation(rules=KEPT)
    before = broken_rules(freely.roster, given)["amount"].sum()
    mended = repair_roster(freely.roster, need(), given, seed=1)
    assert broken_rules(mended.roster, given)["amount"].sum() < before / 4
