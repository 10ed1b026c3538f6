"""The bound at prices: concave with the slopes told, below every roster, and higher after an ascent."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from forecaster.history.calendar import Calendar
from forecaster.history.intervals import month_intervals
from optimizer.law.comforts import preset_weights
from optimizer.law.limits import Limits
from optimizer.law.people import Person
from optimizer.law.roster_rules import RosterRules
from optimizer.law.shifts import Shift, ShiftCatalogue
from optimizer.law.situation import Situation
from optimizer.search.dual_ascent import ascend, bound_at, comforts_weigh, corners_of
from optimizer.search.effort import Effort
from optimizer.search.kernel_arrays import Way
from optimizer.search.problem import month_problem
from optimizer.search.sweeps import cost_tables, empty_plan, people_present, plan_cost, scratch_of, sweep

MONTH = pd.Period("2026-02", "M")
SHIFTS = ShiftCatalogue((Shift("M", 360, 480, 60, (180, 240)), Shift("E", 840, 480), Shift("N", 1320, 480)))


def month(comfort="balanced"):
    index = month_intervals(MONTH, "UTC")
    hour = np.asarray(index.hour)
    need = pd.DataFrame({"seats_required": np.where((hour < 6) | (hour >= 22), 1, 3)}, index=index)
    people = [Person(str(n), "qa" if n > 9 else "inbound") for n in range(12)]
    people[0] = replace(people[0], limits=Limits(weekends_a_month=2))
    rules = RosterRules(on_site_day={"qa": 1}, on_site_night={}, comfort=preset_weights(comfort))
    return month_problem(need, Situation(people, SHIFTS, rules, MONTH, "UTC", Calendar()))


@pytest.fixture(scope="module")
def problem():
    return month()


def rosters(problem, random):
    plan = empty_plan(problem)
    present, order = people_present(problem, plan), np.arange(len(problem.people))
    for way in (Way(noise=5.0, seed=1), Way(noise=1.0, seed=2), Way(exact=True)):
        sweep(problem, plan, present, cost_tables(problem), random.permutation(order), scratch_of(problem), way)
        yield plan_cost(problem, plan)


def test_the_bound_is_concave_with_the_slopes_told_and_below_every_roster(problem):
    random, scratch = np.random.default_rng(3), scratch_of(problem)
    least = min(rosters(problem, random))
    points = []
    for number in range(8):
        if number % 4 == 0:  # the same prices with other burdens, too
            prices = -random.uniform(0, 10, size=(len(problem.curves), problem.slot_count))
        burdens = random.uniform(0, 6, size=(len(problem.people), 4))
        points.append((prices, burdens, bound_at(problem, prices, burdens, scratch, corners_of(problem))))
    for prices, burdens, at in points:
        assert at.bound < least
        for other, own, there in points:
            ahead = (at.slots * (other - prices)).sum() + (at.burdens * (own - burdens)).sum()
            assert there.bound <= at.bound + ahead + 1e-4 * abs(at.bound)


def test_an_ascent_raises_the_bound_within_its_seconds_and_stays_below_the_rosters(problem):
    random, scratch = np.random.default_rng(5), scratch_of(problem)
    least = min(rosters(problem, random))
    start = np.full((len(problem.curves), problem.slot_count), -1.0)
    effort = Effort(1e9, clock=lambda: 0.0, began=0.0)
    before = bound_at(problem, start, np.zeros((len(problem.people), 4)), scratch, corners_of(problem)).bound
    scratch.steps[:] = 0
    bound, prices = ascend(problem, start, scratch, effort, seconds=0.2)
    assert before + 0.1 * (least - before) < bound < least
    assert effort.spent == pytest.approx(0.2, rel=0.2)
    assert bound_at(problem, prices, np.zeros((len(problem.people), 4)), scratch, corners_of(problem)).bound < least


def test_only_what_the_program_over_kinds_of_people_does_not_know_asks_for_it(problem):
    assert comforts_weigh(problem)
    assert not comforts_weigh(month("coverage"))
