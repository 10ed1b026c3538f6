"""Rosters of weeks from any day: lawful by the checker, bound by what was before, seasons and averages as told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from forecaster.history.calendar import Calendar
from forecaster.history.intervals import month_intervals
from forecaster.history.periods import days_of_period, period_from
from optimizer.law.fairness import burdens, with_burdens
from optimizer.law.lawfulness import broken_rules
from optimizer.law.people import Person, people_from_frame
from optimizer.law.roster_rules import RosterRules
from optimizer.law.shifts import Shift, ShiftCatalogue
from optimizer.law.situation import Situation
from optimizer.search.problem import month_problem
from optimizer.search.rostering import plan_roster

ZONE = "Asia/Shanghai"
FEW = {"on_site_day": {}, "on_site_night": {}, "reserve_share": 0.0, "standby_minimum": 0, "standby_target": 0}
SHIFTS = ShiftCatalogue((Shift("D", 480, 480), Shift("N", 1320, 480)))
PEOPLE = [Person(str(number)) for number in range(1, 5)]


def situation(period: pd.Period, **changes: object) -> Situation:
    given = Situation(PEOPLE, SHIFTS, RosterRules(**FEW), period, ZONE, Calendar())
    return replace(given, **changes)


def seats(period: pd.Period, by_day: int = 1) -> pd.DataFrame:
    index = month_intervals(period, ZONE)
    return pd.DataFrame({"seats_required": np.where((index.hour >= 8) & (index.hour < 16), by_day, 1)}, index=index)


@pytest.mark.parametrize(("first", "weeks"), [(date(2026, 12, 7), 4), (date(2026, 12, 30), 2)])
def test_weeks_from_any_day_are_rostered_lawfully_after_whatever_was_before(first: date, weeks: int) -> None:
    month = pd.Period(first, freq="M")
    before = plan_roster(seats(month), situation(month), time_limit_seconds=0.3).roster
    period = period_from(first, 7 * weeks)
    given = situation(period, carry_in=before)
    roster = plan_roster(seats(period), given, time_limit_seconds=0.3).roster
    assert set(pd.to_datetime(roster["date"]).dt.date) <= set(days_of_period(period))
    assert broken_rules(roster, given).empty
    earlier = before[pd.to_datetime(before["date"]).dt.date < first]
    together = pd.concat([earlier, roster], ignore_index=True)
    rest = together[together["worked_minutes"] > 0].sort_values("start_at").groupby("badge")
    gaps = rest["start_at"].shift(-1) - together["end_at"]
    assert gaps.dropna().min() >= pd.Timedelta(hours=11)
    runs = pd.to_datetime(together["date"]).dt.date.groupby(together["badge"]).agg(lambda days: longest_run(set(days)))
    assert runs.max() <= 6


def longest_run(days: set[date]) -> int:
    return max(n for day in days for n in range(1, 40) if all(day + timedelta(days=k) in days for k in range(n)))


def test_a_shift_of_a_season_is_worked_on_the_days_of_its_months_alone() -> None:
    summer = Shift("S", 480, 480, months=frozenset({6, 7, 8}))
    given = situation(period_from(date(2026, 8, 17), 28), catalogue=ShiftCatalogue((Shift("D", 600, 480), summer)))
    assert [shift.code for shift in given.season] == ["D", "S"]
    problem = month_problem(seats(given.month), given)
    allowed = np.isfinite(problem.person_cost[0, :, [duty.code for duty in problem.duties].index("S")])
    assert allowed.tolist() == [day.month == 8 for day in problem.days]
    in_october = situation(period_from(date(2026, 10, 5), 14), catalogue=given.catalogue)
    assert [shift.code for shift in in_october.season] == ["D"]


def test_the_account_of_hours_is_carried_over_the_periods_that_end_in_the_span() -> None:
    rules = RosterRules(**FEW, weekly_mode="average", average_months=3, average_hours_ahead=16.0)
    period, given, worked, accounts = period_from(date(2026, 9, 7), 28), None, 0.0, []
    people = [Person("1")]
    for _ in range(5):  # they end on 4 October, 1 and 29 November, 27 December, 24 January
        given = Situation(people, ShiftCatalogue((Shift("D", 540, 480),)), rules, period, ZONE, Calendar())
        roster = plan_roster(seats(period, by_day=9), given, time_limit_seconds=0.2).roster
        after = burdens(roster, given)
        accounts.append(round(float(after.loc[0, "hours_account"]), 2))
        worked += float(roster["worked_minutes"].sum()) / 60
        people = with_burdens(given.people, after)
        if len(accounts) == 3:
            assert accounts[2] == pytest.approx(worked - 3 * 160, abs=0.01)
        period += 1
    assert accounts[0] == 16.0  # 176 hours: 16 ahead, as the rules allow
    assert accounts[3] == 0.0  # the last that ends in the quarter: it begins anew
    assert accounts[4] == 16.0


def test_people_have_leave_and_wishes_on_the_days_of_the_period_alone() -> None:
    period = period_from(date(2026, 12, 21), 14)
    frame = pd.DataFrame({"badge": ["1"], "role": ["inbound"], "leave": ["2026-12-30..2027-01-08"]})
    (person,) = people_from_frame(frame, month=period)
    assert sorted(person.leave) == [date(2026, 12, 30) + timedelta(days=n) for n in range(5)]
    for day in ("2026-12-20", "2027-01-04"):
        with pytest.raises(ValueError, match=f"{day} lies outside 2026-12-21 to 2027-01-03 being planned"):
            people_from_frame(frame.assign(leave=day), month=period)
