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

    def told(month, plan, present, tables, order, scratch, way):
        days.append((len(order), min(way.end_day, DAYS) - way.first_day))
        return sweep(month, plan, present, tables, order, scratch, way)

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
