"""The bound at prices: concave with the slopes told, below every roster, and higher after an ascent."""

from concurrent.futures import ThreadPoolExecutor
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
from optimizer.search import dual_ascent
from optimizer.search.bound import relaxation
from optimizer.search.dual_ascent import ascend, bound_at, corners_of, months_asked, months_at, months_matter
from optimizer.search.effort import Effort
from optimizer.search.kernel_arrays import Way
from optimizer.search.problem import month_problem
from optimizer.search.sweeps import cost_tables, empty_plan, people_present, plan_cost, scratch_of, sweep

MONTH = pd.Period("2026-02", "M")
SHIFTS = ShiftCatalogue((Shift("M", 360, 480, 60, (180, 240)), Shift("E", 840, 480), Shift("N", 1320, 480)))


def month(comfort="balanced", count=12, people=None):
    index = month_intervals(MONTH, "UTC")
    hour = np.asarray(index.hour)
    need = pd.DataFrame({"seats_required": np.where((hour < 6) | (hour >= 22), 1, 3) * count // 12}, index=index)
    if people is None:
        people = [Person(str(n), "qa" if n > count - 3 else "inbound") for n in range(count)]
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


def at_prices(problem, prices, burdens, scratch):
    everybody, plan = np.arange(len(problem.people)), empty_plan(problem)
    costs = months_at(problem, prices, burdens, scratch, plan, everybody)
    return bound_at(problem, prices, burdens, corners_of(problem), plan, costs)


def test_the_bound_is_concave_with_the_slopes_told_and_below_every_roster(problem):
    random, scratch = np.random.default_rng(3), scratch_of(problem)
    least = min(rosters(problem, random))
    points = []
    for number in range(8):
        if number % 4 == 0:  # the same prices with other burdens, too
            prices = -random.uniform(0, 10, size=(len(problem.curves), problem.slot_count))
        burdens = random.uniform(0, 6, size=(len(problem.people), 4))
        points.append((prices, burdens, at_prices(problem, prices, burdens, scratch)))
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
    nothing = np.zeros((len(problem.people), 4))
    before = at_prices(problem, start, nothing, scratch).bound
    scratch.steps[:] = 0
    bound, prices = ascend(problem, start, [scratch], effort, seconds=0.2)
    assert before + 0.1 * (least - before) < bound < least
    assert effort.spent == pytest.approx(0.2, rel=0.2)
    assert at_prices(problem, prices, nothing, scratch).bound < least


def test_an_ascent_tells_the_months_that_it_finds_and_whose_they_are(problem):
    scratch, told = scratch_of(problem), []
    start = np.full((len(problem.curves), problem.slot_count), -1.0)
    effort = Effort(1e9, clock=lambda: 0.0, began=0.0)
    ascend(problem, start, [scratch], effort, seconds=0.2, found=lambda people, tours: told.append((people, tours)))
    plan, everybody = empty_plan(problem), np.arange(len(problem.people))
    months_at(problem, start, dual_ascent.burdens_at_first(problem), scratch, plan, everybody)
    assert (told[0][0] == everybody).all()
    assert (told[0][1] == plan.tour).all()
    assert len(told) > 5
    assert all(len(people) == len(tours) for people, tours in told)
    assert any((tours != plan.tour[people]).any() for people, tours in told)


def test_steps_of_a_sample_lead_further_in_the_same_time_than_few_steps_of_all(monkeypatch):
    problem = month(count=60)
    scratch, bounds = scratch_of(problem), []
    start = np.full((len(problem.curves), problem.slot_count), -1.0)
    least = min(rosters(problem, np.random.default_rng(5)))
    for fewest in (60, 12):
        monkeypatch.setattr(dual_ascent, "_FEWEST", fewest)
        scratch.steps[:] = 0
        effort = Effort(1e9, clock=lambda: 0.0, began=0.0)
        bounds.append(ascend(problem, start, [scratch], effort, seconds=0.4)[0])
        assert effort.spent == pytest.approx(0.4, rel=0.2)
    assert bounds[0] < bounds[1] < least


def test_from_prices_near_the_best_ones_shorter_steps_with_more_people_asked_lead_higher():
    limits, bounds = Limits(weekends_a_month=2), []
    people = [Person(str(n), "qa" if n > 57 else "inbound", limits=limits) for n in range(60)]
    problem = month("coverage", count=60, people=people)
    program = relaxation(problem)
    for near in (False, True):
        effort = Effort(1e9, clock=lambda: 0.0, began=0.0)
        bounds.append(ascend(problem, program.prices, [scratch_of(problem)], effort, seconds=0.4, near=near)[0])
    assert program.bound < bounds[0] < bounds[1]


def test_people_taken_at_equal_distances_have_their_due_share_of_each_kind():
    random, days = np.random.default_rng(7), pd.date_range("2026-02-02", periods=5).date
    kinds = [(role, hours, off) for role in ("inbound", "qa") for hours in (20, 40) for off in (False, True)]
    numbers = dict(zip(kinds, (5, 10, 15, 20, 10, 20, 5, 15), strict=True))
    made = [kind for kind, number in numbers.items() for _ in range(number)]
    made = [made[n] for n in random.permutation(len(made))]
    problem = month(count=len(made), people=[
        Person(str(n), role, contract_hours_per_week=hours, leave=frozenset(days) if off else frozenset())
        for n, (role, hours, off) in enumerate(made)
    ])  # fmt: skip
    order = dual_ascent.side_by_side(problem)
    assert sorted(order) == list(range(len(made)))
    for every in (5, 10):
        some = [made[n] for n in order[every // 2 :: every]]
        for kind, number in numbers.items():
            assert abs(some.count(kind) - number / every) < 1


def test_a_kinds_people_stand_for_it_by_turns_and_pay_the_same(monkeypatch):
    problem, paid, asked = month(count=60), [], []
    monkeypatch.setattr(dual_ascent, "_FEWEST", 12)
    monkeypatch.setattr(dual_ascent, "bound_at", lambda *given: paid.append(given[2]) or bound_at(*given))
    monkeypatch.setattr(dual_ascent, "months_asked", lambda *given: asked.append(given[5]) or months_asked(*given))
    start = np.full((len(problem.curves), problem.slot_count), -1.0)
    ascend(problem, start, [scratch_of(problem)], Effort(1e9, clock=lambda: 0.0, began=0.0), seconds=0.4)
    assert len(asked[0]) == len(asked[-1]) == 60
    for kind in np.array_split(dual_ascent.side_by_side(problem), 12):
        assert (paid[-1][kind] == paid[-1][kind[0]]).all()
        stood = [[one for one in some.tolist() if one in kind] for some in asked[1:-1]]
        assert {len(one) for one in stood} == {1}
        assert all({one for (one,) in stood[at : at + 10]} == {*kind.tolist()} for at in range(len(stood) - 9))
    assert len(np.unique(paid[-1], axis=0)) > 1


def test_some_people_stand_for_all_in_the_slopes(problem):
    scratch, some = scratch_of(problem), np.arange(0, 12, 3)
    prices = -np.random.default_rng(2).uniform(0, 10, size=(len(problem.curves), problem.slot_count))
    nothing, corners, wanted, estimates = np.zeros((12, 4)), corners_of(problem), [], []
    for people in (np.arange(12), some, np.setdiff1d(np.arange(12), some)):
        plan = empty_plan(problem)
        costs = months_at(problem, prices, nothing, scratch, plan, people)
        point = bound_at(problem, prices, nothing, corners, plan, costs)
        assert (point.bound > -np.inf) == (len(people) == 12)
        there = people_present(problem, plan) - problem.base
        estimates.append(point.slots)
        wanted.append(problem.base + there * 12 / len(people) - point.slots)
    assert wanted[1] == pytest.approx(wanted[0])
    assert estimates[0] == pytest.approx(estimates[1] / 3 + estimates[2] * 2 / 3)  # as many as they stand for


def test_weekends_have_a_price_for_people_with_limits_alone(problem):
    scratch, burdens = scratch_of(problem), np.zeros((12, 4))
    prices = -np.random.default_rng(4).uniform(0, 10, size=(len(problem.curves), problem.slot_count))
    plain = at_prices(problem, prices, burdens, scratch)
    burdens[1:, 3] = 5.0
    others = at_prices(problem, prices, burdens, scratch)
    assert (others.bound, others.burdens.tolist()) == (plain.bound, plain.burdens.tolist())
    assert not plain.burdens[1:, 3].any()
    burdens[0, 3] = 5.0  # the one with limits
    assert at_prices(problem, prices, burdens, scratch).bound != plain.bound


def test_two_threads_come_to_the_same_bound_and_prices_in_less_of_the_limit(problem):
    start, found = np.full((len(problem.curves), problem.slot_count), -1.0), []
    scratches = [scratch_of(problem), scratch_of(problem)]
    with ThreadPoolExecutor(1) as other:
        for thread, seconds in ((None, 0.1), (other, 0.1)):
            effort = Effort(1e9, clock=lambda: 0.0, began=0.0)
            found.append(
                months_asked(problem, start, np.zeros((12, 4)), scratches, empty_plan(problem), np.arange(12), thread)
            )
            bound, _ = ascend(problem, start, scratches, effort, seconds=seconds, other_thread=thread)
            found.append(bound)
    assert found[0] == pytest.approx(found[2])
    assert found[3] >= found[1]


def test_only_what_the_program_over_kinds_of_people_does_not_know_asks_for_it(problem):
    assert months_matter(problem)
    assert not months_matter(month("coverage"))
    limited = [Person(str(n), "inbound", limits=Limits(weekends_a_month=2)) for n in range(12)]
    assert months_matter(month("coverage", people=limited))
