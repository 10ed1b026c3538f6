"""One month cut into the slots in which every shift and meal begins, with what is required in each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecaster.history.intervals import month_intervals, require_same_intervals, wall_clock
from forecaster.history.periods import days_of_period, period_words
from optimizer.law.people import Person
from optimizer.law.roster_rules import RosterRules
from optimizer.law.seat_columns import wanted_column
from optimizer.law.shifts import STANDBY, Shift
from optimizer.law.situation import Situation
from optimizer.search.kernel_arrays import IntArray
from optimizer.search.rests import MonthClock
from optimizer.sentences import refusal, say


@dataclass(frozen=True, eq=False)
class Slots:
    """A month cut into slots, with the requirement of each, the people, and the duties that may fill them.

    `duties` are the shifts of the season followed by `standby_duties` standby spells, of which there are some in months
    with a holiday.
    """

    requirement: pd.DataFrame
    interval_minutes: int
    slot_minutes: int
    days: tuple[date, ...]
    holiday: NDArray[np.bool_]
    duties: tuple[Shift, ...]
    standby_duties: int
    people: tuple[Person, ...]
    rules: RosterRules

    def slots_of(self, column: str) -> IntArray:
        """Return a column of the requirement by slot."""
        values = self.requirement[column].to_numpy(dtype=float)
        if np.isnan(values).any() or (values < 0).any():
            bad = self.index[int(np.flatnonzero(np.isnan(values) | (values < 0))[0])]
            raise refusal("requirement.missing", column=column, at=bad)
        return np.repeat(np.ceil(values - 1e-9).astype(np.int64), self.slots_per_interval)

    @property
    def index(self) -> pd.DatetimeIndex:
        """Return the requirement's intervals."""
        return pd.DatetimeIndex(self.requirement.index)

    @property
    def shifts(self) -> tuple[Shift, ...]:
        """Return the duties but for standby."""
        return self.duties[: len(self.duties) - self.standby_duties]

    @property
    def slots_per_interval(self) -> int:
        """Return how many slots an interval has."""
        return self.interval_minutes // self.slot_minutes

    @property
    def slot_hours(self) -> float:
        """Return the length of a slot in hours."""
        return self.slot_minutes / 60

    @property
    def slot_count(self) -> int:
        """Return how many slots the month has."""
        return len(self.index) * self.slots_per_interval

    @property
    def seats(self) -> IntArray:
        """Return the people wanted on the phone by slot, reserve not counted."""
        return self.slots_of(wanted_column(self.requirement))

    @property
    def minute_of_day(self) -> IntArray:
        """Return the minute of the day at which each slot begins."""
        start = np.asarray(self.index.hour * 60 + self.index.minute)
        inside = np.arange(self.slots_per_interval) * self.slot_minutes
        return (start[:, None] + inside).ravel()

    @property
    def day_of_slot(self) -> IntArray:
        """Return the number of each slot's day."""
        passed = wall_clock(self.index).normalize() - pd.Timestamp(self.days[0])
        return np.repeat(np.asarray(passed.days), self.slots_per_interval)

    @property
    def night(self) -> NDArray[np.bool_]:
        """Return which slots lie in the rules' night."""
        return self.rules.are_in_night(np.asarray(self.minute_of_day))


def slots_of_month(requirement: pd.DataFrame, situation: Situation) -> Slots:
    """Return the slots of a month.

    Raises
    ------
    ValueError
        If the requirement does not cover the month, or a shift is longer than the law allows.
    """
    rules, month = situation.rules, situation.month
    catalogue = situation.season
    rules.check_catalogue(catalogue)
    index = pd.DatetimeIndex(requirement.index)
    interval = _interval_minutes(index)
    both = say("requirement.and_month", month=period_words(month))
    require_same_intervals(index, month_intervals(month, situation.timezone, interval_minutes=interval), names=both)
    days = tuple(days_of_period(month))
    holiday = np.array([situation.calendar.day_type(day) == "holiday" for day in days])
    told = any(STANDBY in (*p.fixed_shifts.values(), *p.wishes.values()) for p in situation.people)
    wanted = holiday.any() or rules.on_call or told
    standby = [_standby_duty(start, length, rules) for start, length in rules.standby_blocks] if wanted else []
    duties = (*catalogue, *standby)
    slot = math.gcd(_slot_minutes(duties, interval), *MonthClock(days, situation.timezone).edges)
    return Slots(requirement, interval, slot, days, holiday, duties, len(standby), tuple(situation.people), rules)


def _interval_minutes(index: pd.DatetimeIndex) -> int:
    if len(index) < 2 or index.tz is None:
        raise refusal("requirement.not_the_month")
    return int((index[1] - index[0]).total_seconds() // 60)


def _standby_duty(start: int, length: int, rules: RosterRules) -> Shift:
    """Write a standby spell as a shift: its rests hold as if called; of the week it takes the time of a call."""
    call = min(rules.standby_call_minutes, length)
    return Shift(
        f"{STANDBY} {start}", start, length, length - call if call < length else 0, (0,) if call < length else ()
    )


def _slot_minutes(duties: Sequence[Shift], interval: int) -> int:
    """Return the longest slot in which every start, end and meal begins."""
    slot = reduce(math.gcd, (m for s in duties for m in (s.start_minute, s.length_minutes, s.meal_minutes)), interval)
    return reduce(math.gcd, (offset for s in duties for offset in s.meal_offsets_minutes), slot)
