"""The search's own steps: which months it sweeps over, and what it counts against its limit."""

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
from optimizer.search import annealing
from optimizer.search.annealing import Annealing
from optimizer.search.problem import month_problem

MONTH = pd.Period("2026-02", "M")
SHIFTS = ShiftCatalogue((Shift("M", 360, 480), Shift("E", 840, 480), Shift("N", 1320, 480)))
DAYS = 28


def search_of(limits, seconds=0.4):
    index = month_intervals(MONTH, "UTC")
    hour = np.asarray(index.hour)
    need = pd.DataFrame({"seats_required": np.where((hour < 6) | (hour >= 22), 1, 3)}, index=index)
    people = [Person(str(n), "inbound", limits=limits) for n in range(12)]
    rules = RosterRules(on_site_day={}, on_site_night={})
    problem = month_problem(need, Situation(people, SHIFTS, rules, MONTH, "UTC", Calendar()))
    return Annealing(problem, seed=1, limit_seconds=seconds, clock=lambda: 0.0, one_core=True)


@pytest.mark.parametrize(("limits", "whole"), [(Limits(), 0.0), (Limits(weekends_a_month=2), 0.25)])
def test_limits_of_many_have_every_fourth_sweep_go_over_whole_months(monkeypatch, limits, whole):
    search, days = search_of(limits), []
    search.load_kernel()
    search.settle_fixed_shifts()
    sweep = annealing.sweep

    def told(month, plan, present, tables, order, scratch, way, pool=None):
        if pool is None:
            days.append((len(order), min(way.end_day, DAYS) - way.first_day))
        return sweep(month, plan, present, tables, order, scratch, way, pool)

    monkeypatch.setattr(annealing, "sweep", told)
    search.anneal()
    walked = sum(people * length for people, length in days)
    assert walked > 12 * DAYS * 20
    over_whole = sum(people * length for people, length in days if length == DAYS)
    assert over_whole / walked == pytest.approx(whole, abs=0.03)


def test_what_was_asked_at_the_programs_prices_is_not_counted_as_the_time_of_a_question(monkeypatch):
    search, uncounted = search_of(Limits(weekends_a_month=2), seconds=20.0), []
    search.load_kernel()
    search.settle_fixed_shifts()

    def nothing_more(month, prices, scratches, *_, **__):
        uncounted.append(sum(int(scratch.steps.sum()) for scratch in scratches))
        return -np.inf, prices

    monkeypatch.setattr(annealing, "ascend", nothing_more)
    search.find_bound()
    assert uncounted == [0]


def test_choosing_again_finds_better_rosters_among_the_months_of_worse_ones():
    search = search_of(Limits(), seconds=1e9)
    search.load_kernel()
    search.settle_fixed_shifts()
    rosters = [search.plan.tour.copy()]
    for _ in range(6):
        search.sweep_all(search.tables(0.0), noise=60.0)
        search.keep("annealing")
        rosters.append(search.plan.tour.copy())
    for tours in rosters:
        search.pool.put(search.everybody, tours)
    before, spent = search.best_cost, search.effort.spent
    search.choose_again(price_share=0.0)
    assert search.best_cost < before
    assert search.effort.spent > spent
    assert search.best_cost == pytest.approx(annealing.plan_cost(search.month, search.best))
    assert (search.plan.tour == search.best.tour).all()
    known = np.stack(rosters)
    assert (known == search.best.tour).all(axis=2).any(axis=0).all()
    assert not (known == search.best.tour).all(axis=(1, 2)).any()


@pytest.mark.parametrize(("seconds", "often"), [(3.0, True), (0.15, False)])
def test_an_annealing_chooses_again_from_time_to_time_and_at_its_end(monkeypatch, seconds, often):
    search, sweeps, chosen = search_of(Limits(), seconds), [], []
    search.load_kernel()
    search.settle_fixed_shifts()
    sweep_all, choose_again = search.sweep_all, search.choose_again
    monkeypatch.setattr(search, "sweep_all", lambda *given, **named: (sweeps.append(1), sweep_all(*given, **named)))
    monkeypatch.setattr(search, "choose_again", lambda share: (chosen.append(len(sweeps)), choose_again(share)))
    search.anneal()
    assert len(chosen) >= 2
    assert min(np.diff([0, *chosen])) >= 20
    if often:
        assert len(chosen) >= 5
        assert chosen[-1] == len(sweeps)
    else:  # ten of them would be nearer to each other
        assert len(sweeps) < 200
