"""What the search keeps in mind of a limit, and the judgement of the finished month, say the same of any month."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from forecaster.history.calendar import Calendar
from optimizer.law.lawfulness import ROSTER_COLUMNS, broken_by
from optimizer.law.limits import Limits
from optimizer.law.people import Person
from optimizer.law.roster_rules import RosterRules
from optimizer.law.rules import BINDING
from optimizer.law.rules.tally import RunningMonth
from optimizer.law.shifts import Shift, ShiftCatalogue
from optimizer.law.situation import Situation

ZONE = "Asia/Shanghai"
SHIFTS = (Shift("D", 480, 480), Shift("E", 540, 720, 420, (180,)), Shift("N", 1320, 480))
CATALOGUE = ShiftCatalogue(SHIFTS)
KEPT = [rule for rule in BINDING.values() if rule.state is not None]


def some_limit(rule, random):
    if rule.limit.holds == "count_of_each":
        return {code: int(random.integers(0, 7)) for code in random.choice(["D", "E", "N"], 2, replace=False)}
    if rule.limit.holds == "hours":
        return float(random.integers(10, 120))
    return int(random.integers(max(rule.limit.lowest, 1), 5))


def some_tour(days, random):
    """Return a shift or None for each day, in runs."""
    tour, works = [], bool(random.random() < 0.5)
    share = random.random()
    while len(tour) < days:
        run = int(random.integers(1, 5)) + (0 if works else int(6 * share))
        tour += [SHIFTS[int(random.integers(3))] if works else None for _ in range(run)]
        works = not works
    return tour[:days]


def broken(rule, limit, tour, month):
    made = []
    for d, shift in enumerate(tour):
        if shift is not None:
            day = month.start_time + timedelta(days=d)
            start = day.tz_localize(ZONE) + pd.Timedelta(minutes=shift.start_minute)
            end = start + pd.Timedelta(minutes=shift.length_minutes)
            made.append(("1", "inbound", day.date(), shift.code, start, end, pd.NaT, pd.NaT, shift.worked_minutes))
    frame = pd.DataFrame(made, columns=list(ROSTER_COLUMNS))
    person = Person("1", limits=Limits(**{rule.name: limit}))
    found = broken_by(frame, Situation([person], CATALOGUE, RosterRules(), month, ZONE, Calendar()), ["1"])
    return rule.name in set(found["rule"])


def kept(rule, limit, tour, month, *, forgetful):
    """Walk through a month; with `forgetful` numbers that come to the same are made one after every day."""
    days = pd.date_range(month.start_time, periods=month.days_in_month)
    minutes = np.array([shift.worked_minutes for shift in SHIFTS])
    marks = [rule.tells_apart([limit], shift) for shift in SHIFTS]
    running = RunningMonth(np.asarray(days.day_of_week), np.asarray(days.isocalendar().week), marks, minutes, minutes)
    tally = rule.state(limit, running)
    now = np.array([tally.begins], dtype=np.int64).reshape(1, len(tally.begins))
    for d, shift in enumerate(tour):
        if days[d].weekday() == 0:
            now = now.copy()
            now[:, list(tally.of_week)] = 0
        now, lawful = tally.rest(now, d) if shift is None else tally.work(now, d, SHIFTS.index(shift))
        left = len(days) - d - 1
        if forgetful:
            now = tally.same(now, d + 1, left, np.minimum(left, tally.shifts_left(now)))
        if not (lawful & tally.can_end(now, left)).all():
            return False
    return True


@pytest.mark.parametrize("rule", KEPT, ids=lambda rule: rule.name)
def test_a_month_is_kept_by_the_search_as_the_checker_judges_it(rule):
    verdicts = []
    for seed in range(60):
        random = np.random.default_rng(seed)
        month = pd.Period(str(random.choice(["2026-06", "2026-08", "2026-02"])), "M")  # from a Monday, Saturday, Sunday
        limit, tour = some_limit(rule, random), some_tour(month.days_in_month, random)
        lawful = not broken(rule, limit, tour, month)
        assert kept(rule, limit, tour, month, forgetful=False) == lawful, (limit, tour)
        assert kept(rule, limit, tour, month, forgetful=True) == lawful, (limit, tour)
        verdicts.append(lawful)
    assert 5 < sum(verdicts) < 55


def test_standby_is_no_start_of_a_week():
    rule, duties = BINDING["starts_a_week"], (*SHIFTS, Shift("standby 600", 600, 480))
    minutes = np.array([duty.worked_minutes for duty in duties])
    marks = [rule.tells_apart([2], duty) for duty in duties]
    tally = rule.state(2, RunningMonth(np.arange(7), np.zeros(7, dtype=int), marks, minutes, minutes))
    now = np.array([tally.begins], dtype=np.int64)
    for day, duty in enumerate((0, 3, 1, 0)):
        now, lawful = tally.work(now, day, duty)
        assert lawful.all()
    assert not tally.work(now, 4, 2)[1].any()
