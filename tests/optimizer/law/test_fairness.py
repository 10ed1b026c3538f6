"""Burdens counted by hand, remembered by half, and evened out in the next month."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from forecaster.history.calendar import Calendar, SpecialDay
from forecaster.history.intervals import month_intervals
from optimizer.law.changes import Cell, in_zone, with_cells, works_on_site
from optimizer.law.fairness import burdens, with_burdens
from optimizer.law.lawfulness import ROSTER_COLUMNS
from optimizer.law.people import Person
from optimizer.law.roster_rules import RosterRules, Weights
from optimizer.law.shifts import Shift, ShiftCatalogue
from optimizer.law.situation import Situation
from optimizer.search.rostering import plan_roster

ZONE = "Asia/Shanghai"
CATALOGUE = ShiftCatalogue((Shift("D", 480, 480), Shift("N", 1320, 480)))
RULES = RosterRules(on_site_day={}, on_site_night={}, standby_minimum=0, standby_target=0)
CALENDAR = Calendar(days={date(2026, 10, 1): SpecialDay("National Day", "holiday")})


def situation(*people, month="2026-10", carry_in=None):
    return Situation(people, CATALOGUE, RULES, pd.Period(month, "M"), ZONE, CALENDAR, carry_in)


def rows(where, cells):
    made = [Cell(badge, date(2026, where.month.month, day), code) for badge, day, code in cells]
    return with_cells(pd.DataFrame(columns=list(ROSTER_COLUMNS)), where, made)


def test_nights_weekend_days_and_holidays_are_counted_and_the_past_by_half():
    where = situation(Person("1", burdens_before=(4.0, 2.0, 1.0)), Person("2"))
    roster = rows(where, [("1", 1, "D"), ("1", 5, "N"), ("2", 3, "N"), ("2", 4, "standby")])
    # 1 October 2026 is a holiday and a Thursday, the 3rd a Saturday; standby is no work
    told = burdens(roster, where).set_index("badge")
    assert told.loc["1"].tolist() == [1 + 2.0, 0 + 1.0, 1 + 0.5]
    assert told.loc["2"].tolist() == [1.0, 1.0, 0.0]


def test_without_a_tally_last_months_roster_tells_it():
    before = rows(situation(Person("1")), [("1", 1, "D"), ("1", 3, "N")])
    where = situation(Person("1"), month="2026-11", carry_in=before)
    told = burdens(rows(where, [("1", 8, "N")]), where)  # 8 November 2026 is a Sunday
    assert told[["nights", "weekends", "holidays"]].to_numpy().tolist() == [[1.5, 1.5, 0.5]]


def test_a_day_off_that_a_roster_writes_down_is_no_work_and_nobody_there():
    where = situation(Person("1"))
    worked = rows(where, [("1", 1, "D")])
    free = worked.assign(date=date(2026, 10, 3), shift="off", start_at=pd.NaT, end_at=pd.NaT, worked_minutes=0)
    written = in_zone(pd.concat([worked, free], ignore_index=True), ZONE)
    assert burdens(written, where).equals(burdens(worked, where))
    assert works_on_site(written).tolist() == [True, False]


def test_who_is_new_owes_nothing():
    before = pd.DataFrame({"badge": ["1", "2"], "nights": [6, 2], "weekends": [4, 4], "holidays": [0, 2]})
    people = with_burdens([Person("1"), Person("2"), Person("3"), Person("4", "qa")], before)
    assert [person.burdens_before for person in people] == [(6, 4, 0), (2, 4, 2), (4, 4, 1), (0, 0, 0)]
    with pytest.raises(ValueError, match="column 'weekends' is missing"):
        with_burdens(people, before.drop(columns="weekends"))


def test_who_worked_the_nights_last_month_works_fewer_in_this_one():
    index = month_intervals(pd.Period("2026-11", "M"), ZONE)
    night = (index.hour >= 22) | (index.hour < 6)
    need = pd.DataFrame({"seats_required": np.where(night, 1, 0)}, index=index)
    rules = RosterRules(
        on_site_day={}, on_site_night={}, standby_minimum=0, standby_target=0, reserve_share=0.0,
        room_for_next_month=False, weights=Weights(nights=4.0, weekends=0, holidays=0),
    )  # fmt: skip
    tired = [Person(n, burdens_before=(14.0, 0, 0)) for n in "12"]
    fresh = [Person(n, burdens_before=(0.0, 0, 0)) for n in "3456"]
    made = plan_roster(
        need,
        Situation([*tired, *fresh], CATALOGUE, rules, pd.Period("2026-11", "M"), ZONE, CALENDAR),
        time_limit_seconds=3,
        clock=lambda: 0.0,  # as on an idle machine
    )
    nights = made.roster[made.roster["shift"] == "N"].groupby("badge").size().reindex(list("123456"), fill_value=0)
    assert nights.sum() >= 28
    assert nights[["1", "2"]].max() <= nights[["3", "4", "5", "6"]].min() - 3
