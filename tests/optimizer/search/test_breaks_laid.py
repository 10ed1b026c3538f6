"""Breaks in the search: laid where seats are free, counted to the minute, and known to the bound."""

from dataclasses import replace
from datetime import date
from itertools import combinations_with_replacement, product

import numpy as np
import pandas as pd
import pytest

from forecaster.history.calendar import Calendar
from forecaster.history.intervals import month_intervals
from optimizer.law.breaks import Break, break_columns
from optimizer.law.lawfulness import broken_rules
from optimizer.law.people import Person
from optimizer.law.roster_rules import RosterRules
from optimizer.law.shifts import Shift, ShiftCatalogue
from optimizer.law.situation import Situation
from optimizer.search.bound import relaxation
from optimizer.search.problem import month_problem
from optimizer.search.roster_frames import plan_of, roster_frame
from optimizer.search.rostering import plan_roster
from optimizer.search.sweeps import cost_tables, empty_plan, lay_all_breaks, plan_cost

MONTH, ZONE = pd.Period("2026-06"), "Asia/Shanghai"
WINDOWS = (Break(15, (60, 75, 90, 105)), Break(15, (300, 315, 330, 345)))
SHIFTS = (
    Shift("D", 480, 480, 60, (180, 240), breaks=WINDOWS),
    Shift("L", 600, 480, 60, (180, 240), breaks=WINDOWS),
    Shift("P", 540, 240, breaks=(Break(15, (90, 120, 135), paid=False),)),
)
HOURS = month_intervals(MONTH, ZONE)


def situation(people, **rules):
    rules = RosterRules(on_site_day={}, on_site_night={}, standby_minimum=0, standby_target=0, **rules)
    return Situation(people, ShiftCatalogue(SHIFTS), rules, MONTH, ZONE, Calendar())


def need_of(by_hour, days=None):
    """Return so many seats in each hour of the day, on all days or some."""
    seats = np.array(
        [by_hour.get(at.hour, 0) if days is None or at.day in days else 0 for at in HOURS.tz_convert(ZONE)]
    )
    return pd.DataFrame({"seats_required": seats}, index=HOURS)


def by_the_minute(roster):
    """Return the seats of each hour as the mean over its minutes of who is at work."""
    begin = HOURS[0]
    seats = np.zeros(len(HOURS) * 60)
    for row in roster.to_dict("records"):
        spells = [(1, row["start_at"], row["end_at"]), (-1, row["meal_start_at"], row["meal_end_at"])]
        spells += [(-1, row[a], row[b]) for a, b in break_columns(roster.columns)]
        for sign, start, end in spells:
            if not pd.isna(start):
                seats[int((start - begin).total_seconds() // 60) : int((end - begin).total_seconds() // 60)] += sign
    return seats.reshape(-1, 60).mean(axis=1)


def test_a_month_with_breaks_is_lawful_and_counts_them_to_the_minute():
    people = [Person(str(n)) for n in range(6)]
    given = situation(people, reserve_seats=0, reserve_share=0.0)
    need = need_of(dict.fromkeys(range(8, 18), 2))
    result = plan_roster(need, given, seed=1, time_limit_seconds=3.0, clock=lambda: 0.0)
    assert broken_rules(result.roster, given).empty
    seats = by_the_minute(result.roster)
    assert result.coverage["seats_rostered"].to_numpy() == pytest.approx(seats)
    assert len(np.unique(np.round(seats % 1, 2))) > 1  # hours that a break cuts
    quarters = result.roster[["break_1_start_at", "break_2_start_at"]]
    assert (quarters["break_1_start_at"].dt.minute % 15 == 0).all()
    long = result.roster["shift"] != "P"
    assert quarters["break_2_start_at"].notna().tolist() == long.tolist()
    assert result.departures["cost"].sum() == pytest.approx(result.objective)
    assert 0 < result.bound <= result.objective + 1e-6
    plan = plan_of(month_problem(need, given), result.roster)
    pd.testing.assert_frame_equal(roster_frame(month_problem(need, given), plan), result.roster)
    again = plan_roster(need, given, seed=1, time_limit_seconds=3.0, clock=lambda: 0.0)
    pd.testing.assert_frame_equal(result.roster, again.roster)


def test_breaks_of_a_standing_roster_are_laid_as_well_as_can_be():
    random = np.random.default_rng(4)
    people = [Person(str(n)) for n in range(2)]
    for _ in range(3):
        seats = {hour: int(random.integers(0, 3)) for hour in range(8, 18)}
        month = month_problem(need_of(seats, days={9}), situation(people))
        plan = empty_plan(month)
        plan.tour[:, 8] = random.integers(0, 2, size=2)
        plan.meal[:, 8] = random.integers(0, 2, size=2)
        lay_all_breaks(month, plan, cost_tables(month))
        found, best = plan_cost(month, plan), np.inf
        ways = [
            range(month.pauses.first[s, m], month.pauses.end[s, m])
            for s, m in zip(plan.tour[:, 8], plan.meal[:, 8], strict=True)
        ]
        for chosen in product(*ways):
            plan.breaks[:, 8] = chosen
            best = min(best, plan_cost(month, plan))
        assert found == pytest.approx(best)


def test_the_bound_knows_breaks_and_the_best_is_found():
    """One day on which anybody is wanted, and every way to fill it: shifts, meals and breaks of two people."""
    need = need_of({8: 1, 9: 2, 10: 2, 11: 2, 12: 1, 13: 2, 14: 2, 15: 1, 16: 1}, days={9})
    given = situation([Person("1"), Person("2")], reserve_seats=0, reserve_share=0.0)
    month = month_problem(need, given)
    plan, best = empty_plan(month), np.inf
    days = [
        (s, m, way)
        for s, shift in enumerate(SHIFTS)
        for m in range(max(1, len(shift.meal_offsets_minutes)))
        for way in range(month.pauses.first[s, m], month.pauses.end[s, m])
    ]
    for one, other in combinations_with_replacement([(-1, 0, -1), *days], 2):
        plan.tour[:, 8], plan.meal[:, 8], plan.breaks[:, 8] = zip(one, other, strict=True)
        best = min(best, plan_cost(month, plan))
    result = plan_roster(need, given, seed=1, time_limit_seconds=2.0, clock=lambda: 0.0)
    assert result.objective == pytest.approx(best)
    bound = relaxation(month).bound
    assert 0.8 * best < bound <= best + 1e-6
    assert result.bound <= best + 1e-6


def test_shifts_without_breaks_have_neither_columns_nor_finer_slots():
    plain = ShiftCatalogue(tuple(replace(shift, breaks=()) for shift in SHIFTS))
    given = Situation([Person("1")], plain, RosterRules(), MONTH, ZONE, Calendar())
    month = month_problem(need_of({}), given)
    assert month.coarse is None
    assert month.slot_minutes == 60
    assert not break_columns(roster_frame(month, empty_plan(month)).columns)


def test_last_months_breaks_take_people_off_the_first_night():
    night = Shift("N", 1320, 480, 60, (120,), breaks=(Break(15, (300,)),))
    at = pd.Timestamp(date(2026, 5, 31), tz=ZONE) + pd.Timedelta(hours=22)
    meal, rest = at + pd.Timedelta(hours=2), at + pd.Timedelta(hours=5)
    quarter = pd.Timedelta(minutes=15)
    row = ("1", "inbound", date(2026, 5, 31), "N", at, at + pd.Timedelta(hours=8), meal, meal + 4 * quarter, 420)
    columns = ["badge", "role", "date", "shift", "start_at", "end_at", "meal_start_at", "meal_end_at", "worked_minutes"]
    carried = pd.DataFrame([(*row, rest, rest + quarter)], columns=[*columns, "break_1_start_at", "break_1_end_at"])
    given = Situation([Person("1")], ShiftCatalogue((night,)), RosterRules(), MONTH, ZONE, Calendar(), carried)
    month = month_problem(need_of({}), given)
    assert month.base[0, :24].tolist() == [0] * 4 + [1] * 8 + [0] + [1] * 11
    off_phone = month_problem(need_of({}), replace(given, carry_in=carried.assign(shift="training")))
    assert not off_phone.base.any()
