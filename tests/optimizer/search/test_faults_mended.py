"""What once went wrong in whole months: reasons, clocks that change, and how unequal shares are weighed."""

from dataclasses import replace
from datetime import date
from itertools import product

import numpy as np
import pandas as pd
import pytest

from forecaster.history.calendar import Calendar
from forecaster.history.intervals import month_intervals
from optimizer.law.lawfulness import broken_rules
from optimizer.law.people import Person
from optimizer.law.roster_rules import RosterRules, Weights
from optimizer.law.shifts import Shift, ShiftCatalogue
from optimizer.law.situation import Situation
from optimizer.search.problem import month_problem
from optimizer.search.rostering import plan_roster
from optimizer.search.soft_rules import departures
from optimizer.search.sweeps import empty_plan

RULES = RosterRules(
    on_site_day={}, on_site_night={}, reserve_share=0.0, standby_minimum=0, standby_target=0, room_for_next_month=False,
)  # fmt: skip


def need(month, zone, seats=0):
    return pd.DataFrame({"seats_required": seats}, index=month_intervals(month, zone, interval_minutes=60))


def test_the_reason_of_an_impossible_month_is_of_the_one_whose_month_it_is_though_others_are_on_leave():
    month, shifts = pd.Period("2026-06", "M"), ShiftCatalogue((Shift("L", 840, 480), Shift("E", 360, 480)))
    away = [Person(badge, leave=frozenset({date(2026, 6, 3)})) for badge in ("A", "Z")]
    fixed = {date(2026, 6, 9): "L", date(2026, 6, 10): "E"}
    given = Situation([*away, Person("M", fixed_shifts=fixed)], shifts, RULES, month, "Asia/Shanghai", Calendar())
    with pytest.raises(ValueError, match="badge M") as caught:
        plan_roster(need(month, "Asia/Shanghai"), given, time_limit_seconds=0.1)
    assert str(caught.value).startswith("badge M on 2026-06-10")
    assert "people list" not in str(caught.value)
    assert "rest_between_shifts" in str(caught.value)


def test_an_hour_that_the_clocks_skip_is_missing_from_the_rest_of_that_night_alone():
    """Berlin, 29 March 2026: 22 to 9 is ten hours on the night of the change and eleven on every other."""
    month, shifts = pd.Period("2026-03", "M"), ShiftCatalogue((Shift("L", 840, 480), Shift("E", 540, 480)))
    for night, lawful in ((10, True), (28, False)):
        fixed = {date(2026, 3, night): "L", date(2026, 3, night + 1): "E"}
        given = Situation([Person("1", fixed_shifts=fixed)], shifts, RULES, month, "Europe/Berlin", Calendar())
        if lawful:
            made = plan_roster(need(month, "Europe/Berlin"), given, time_limit_seconds=0.1)
            assert broken_rules(made.roster, given).empty
            assert set(fixed) <= set(made.roster["date"])
        else:
            with pytest.raises(ValueError, match="rest_between_shifts"):
                plan_roster(need(month, "Europe/Berlin"), given, time_limit_seconds=0.1)


def test_coverage_is_that_of_the_roster_minute_by_minute_where_clocks_change_by_half_an_hour():
    month, zone = pd.Period("2026-04", "M"), "Australia/Lord_Howe"
    index = month_intervals(month, zone, interval_minutes=60)
    shifts = ShiftCatalogue((Shift("N", 1320, 480, 60, (180, 240)), Shift("D", 480, 480), Shift("P", 60, 240)))
    given = Situation([Person(str(n)) for n in range(3)], shifts, RULES, month, zone, Calendar())
    made = plan_roster(pd.DataFrame({"seats_required": 2}, index=index), given, time_limit_seconds=0.2)
    assert broken_rules(made.roster, given).empty
    minutes = pd.date_range(index[0], periods=int((index[-1] - index[0]).total_seconds() // 60) + 60, freq="min")
    there = np.zeros(len(minutes))
    for row in made.roster.itertuples():
        there += (minutes >= row.start_at) & (minutes < row.end_at)
        if row.meal_start_at is not pd.NaT:
            there -= (minutes >= row.meal_start_at) & (minutes < row.meal_end_at)
    hour = np.searchsorted(index.asi8, minutes.asi8, side="right") - 1
    mean = pd.Series(there).groupby(hour).mean().to_numpy()
    off = np.abs(mean + made.coverage["seats_carried"].to_numpy() - made.coverage["seats_rostered"].to_numpy())
    assert off.max() < 1e-9


def test_one_person_four_nights_over_costs_more_than_four_people_one_over():
    """The first beyond a share weighs 1, the second 2, and so on: 10 for the one, 4 for the four."""
    month, zone = pd.Period("2026-06", "M"), "Asia/Shanghai"
    rules = replace(RULES, weights=Weights(nights=2.0, weekends=0, holidays=0))
    given = Situation(
        [Person(str(n)) for n in range(4)], ShiftCatalogue((Shift("N", 1320, 480),)), rules, month, zone, Calendar()
    )
    problem = month_problem(need(month, zone), given)
    share = [int(number) for number in problem.allowance[:, 0]]

    def cost(beyond):
        plan = empty_plan(problem)
        for p, more in enumerate(beyond):
            plan.tour[p, : share[p] + more] = 0
        told = departures(problem, plan).set_index("rule")
        return told.loc["nights", "cost"] if "nights" in told.index else 0.0

    for beyond in product(range(3), repeat=4):
        assert cost(beyond) == 2.0 * sum(n * (n + 1) / 2 for n in beyond)
    assert (cost((4, 0, 0, 0)), cost((1, 1, 1, 1))) == (20.0, 8.0)


def test_who_had_more_before_has_a_smaller_share():
    month, zone = pd.Period("2026-06", "M"), "Asia/Shanghai"
    shifts = ShiftCatalogue((Shift("N", 1320, 480),))
    people = [Person("1", burdens_before=(4.0, 0.0, 0.0)), Person("2", burdens_before=(0.0, 0.0, 0.0))]
    given = Situation(people, shifts, RULES, month, zone, Calendar())
    made = plan_roster(
        need(month, zone, [int(h >= 22 or h < 6) for h in range(24)] * 30), given, time_limit_seconds=0.2
    )
    nights = made.roster.groupby("badge").size()
    assert nights["2"] > nights["1"]
