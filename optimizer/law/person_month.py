"""One person's rows of a month, as the rules look at them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from forecaster.history.intervals import MINUTES_PER_DAY
from forecaster.history.periods import days_of_period
from optimizer.law.dates import monday_of
from optimizer.law.limits import Limits
from optimizer.law.people import Person
from optimizer.law.roster_rules import RosterRules
from optimizer.law.shifts import LEAVE, STANDBY, Shift, ShiftCatalogue


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a roster; instants in minutes since 1970, of universal time and of the wall clock.

    meal_start, meal_end
        NaN = no meal.
    due
        When the shift of this code begins on this day by the catalogue.
    carried
        Whether it is a row of last month.
    breaks
        When each break begins and ends, in the order of the shift's breaks; NaN = not taken.
    """

    badge: str
    day: date
    code: str
    start: float
    end: float
    wall_start: float
    wall_end: float
    meal_start: float
    meal_end: float
    worked_minutes: float
    due: float
    carried: bool
    breaks: tuple[tuple[float, float], ...] = ()

    @property
    def works(self) -> bool:
        """Whether it is work: neither leave nor standby."""
        return self.code not in (LEAVE, STANDBY)

    @property
    def has_meal(self) -> bool:
        """Whether it holds a meal."""
        return not (math.isnan(self.meal_start) or math.isnan(self.meal_end))

    @property
    def meal_minutes(self) -> float:
        """How long its meal is."""
        return self.meal_end - self.meal_start if self.has_meal else 0.0

    def minutes_due(self, shift: Shift) -> float:
        """Return what is worked from its start to its end, of a shift of the catalogue."""
        unpaid = sum(
            end - begin
            for pause, (begin, end) in zip(shift.breaks, self.breaks, strict=False)
            if not (pause.paid or math.isnan(begin) or math.isnan(end))
        )
        return self.end - self.start - self.meal_minutes - unpaid + shift.handover_minutes

    def night_minutes(self, rules: RosterRules) -> float:
        """Return its minutes between the night's start and end; an hour that the clocks skip or repeat lies in it."""
        first = self.wall_start % MINUTES_PER_DAY
        last = first + self.wall_end - self.wall_start
        start, end = rules.night_start_minute, rules.night_end_minute
        if end <= start:
            end += MINUTES_PER_DAY
        shown = sum(
            max(0.0, min(last, end + day) - max(first, start + day)) for day in (-MINUTES_PER_DAY, 0, MINUTES_PER_DAY)
        )
        skipped = (self.wall_end - self.wall_start) - (self.end - self.start)
        return shown - skipped


class PersonMonth:
    """One person's rows, in order of time, those carried in first.

    days, first, last
        The month's.
    own, busy, worked
        Rows that are not carried in; rows that are no leave; rows that are work.
    nights
        Those that are nights, standby too.
    of_catalogue
        The month's work in shifts of the catalogue, each with its shift.
    code_of_day
        What the rows of the month have on a day.
    weeks
        Monday to its week's rows that are no leave, of weeks that reach into the month.
    minutes
        What is worked in the month.
    """

    def __init__(
        self, person: Person, rows: list[Row], catalogue: ShiftCatalogue, rules: RosterRules, month: pd.Period
    ) -> None:
        self.person: Person = person
        self.rules: RosterRules = rules
        self.rows, self.month = rows, month
        self.shift_of = {shift.code: shift for shift in catalogue}
        self.days = days_of_period(month)
        self.first: date = self.days[0]
        self.last: date = self.days[-1]
        self.limits: Limits = rules.limits_of(person, self.days)
        self.own = [row for row in rows if not row.carried]
        self.busy = [row for row in rows if row.code != LEAVE]
        self.worked: list[Row] = [row for row in rows if row.works]
        self.nights: set[Row] = {row for row in self.busy if row.night_minutes(rules) >= rules.night_shift_minutes}
        work = [row for row in self.worked if not row.carried]
        self.of_catalogue: list[tuple[Row, Shift]] = [
            (row, self.shift_of[row.code]) for row in work if row.code in self.shift_of
        ]
        self.code_of_day = {row.day: row.code for row in self.own}
        self.minutes = sum(row.worked_minutes for row in work)
        week_of = {row: monday_of(row.day) for row in self.busy}
        self.weeks = {
            monday: [row for row in self.busy if week_of[row] == monday]
            for monday in sorted(set(week_of.values()))
            if monday + timedelta(days=6) >= self.first
        }
