"""Parts of a month, made best while all else is held."""

from datetime import date
from itertools import product

import numpy as np
import pandas as pd
import pytest

from forecaster.history.calendar import Calendar
from forecaster.history.intervals import month_intervals
from optimizer.law.limits import Limits
from optimizer.law.people import Person
from optimizer.law.roster_rules import RosterRules
from optimizer.law.shifts import Shift, ShiftCatalogue
from optimizer.law.situation import Situation
from optimizer.search.annealing import Annealing, lawful_part
from optimizer.search.effort import Effort
from optimizer.search.neighbourhoods import Neighbourhoods
from optimizer.search.problem import month_problem
from optimizer.search.small_months import exact_plan, partly_fixed
from optimizer.search.sweeps import plan_cost
from tests.benchmarks.roster_made import Kind, made_instance
from tests.benchmarks.roster_public import count_again, month_of

MONTH = pd.Period("2026-02", "M")
CATALOGUE = ShiftCatalogue((Shift("E", 360, 480), Shift("D", 600, 480), Shift("L", 840, 480)))
RULES = RosterRules(on_site_day={}, on_site_night={}, reserve_share=0.0, standby_minimum=0, standby_target=0)


@pytest.fixture(scope="module")
def search():
    index = month_intervals(MONTH, "UTC")
    hour = np.asarray(index.hour)
    need = pd.DataFrame({"seats_required": np.where((hour >= 6) & (hour < 22), 2, 0)}, index=index)
    tight = Limits(hours_a_month=128, hours_a_month_least=120, weekends_a_month=2, days_off_in_a_row_least=2)
    people = [Person("1", limits=tight), Person("2", leave=frozenset([date(2026, 2, 12)])), Person("3", limits=tight)]
    month = month_problem(need, Situation(people, CATALOGUE, RULES, MONTH, "UTC", Calendar()))
    found = Annealing(month, seed=3, limit_seconds=0.0, clock=lambda: 0.0)
    found.run()
    return found


def test_a_part_is_made_best_and_all_else_is_held(search):
    month, plan = search.month, search.best
    free = np.zeros(plan.tour.shape, dtype=bool)
    free[np.ix_([0, 1], [10, 11])] = True
    solved = exact_plan(partly_fixed(month, plan, free), seconds=10.0, better_than=plan)
    assert (solved.plan.tour[~free] == plan.tour[~free]).all()
    best = np.inf
    for choices in product(range(-1, 3), repeat=4):  # every month that differs from it there, by enumeration
        other = plan.copy()
        other.tour[free] = choices
        cost = plan_cost(month, other)
        if cost < best and lawful_part(month, other, search.scratch).all():
            best = cost
    assert solved.proven
    assert plan_cost(month, solved.plan) == pytest.approx(best, abs=1e-3)


def test_parts_are_lawful_never_worse_and_grow_to_the_whole_month(search):
    month, plan = search.month, search.best
    effort = Effort(1e9, clock=lambda: 0.0, began=0.0)
    parts = Neighbourhoods(month, effort, lambda: False, np.random.default_rng(1))
    lengths, cost = [], plan_cost(month, plan)
    for _ in range(3):
        lengths.append(parts.arms[0].days)
        plan = parts.improve(plan)
        assert lawful_part(month, plan, search.scratch).all()
        before, cost = cost, plan_cost(month, plan)
        assert cost <= before + 1e-3
    assert lengths[-1] > lengths[0]
    assert effort.spent > 0


def test_a_made_month_of_two_weeks_and_one_of_six_cost_what_its_own_file_says():
    for kind in (Kind(5, 14, (480, 600), 960), Kind(3, 42, (480, 480), 960)):
        instance = made_instance(kind, 2)
        found = Annealing(month_of(instance), seed=1, limit_seconds=0.0, clock=lambda: 0.0)
        found.run()
        codes = [*(duty.code for duty in found.month.duties), None]
        tour = {p.badge: [codes[s] for s in found.best.tour[i]] for i, p in enumerate(found.month.people)}
        cost, broken = count_again(instance, tour)
        assert cost == pytest.approx(found.best_cost, abs=1e-3)
        assert not broken
