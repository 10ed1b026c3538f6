"""Which duty may follow which, day by day: rests by the minutes that pass, the clocks' changes included."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecaster.history.intervals import MINUTES_PER_DAY
from optimizer.law.dates import instant_of
from optimizer.law.roster_rules import RosterRules
from optimizer.law.shifts import Shift
from optimizer.search.kernel_arrays import IntArray

_DAYS_AHEAD = 3  # of the month's end, in which a rest that begins in it may end


@dataclass(frozen=True, eq=False)
class Rests:
    """Whether one duty may follow another, by the kind of day on which the second starts.

    Kind 0 is every day but those about which the clocks change.
    """

    next_day: NDArray[np.bool_]  # (kinds, duties, duties): the first starts on the day before
    after_off: NDArray[np.bool_]  # (kinds, duties, duties): the first starts two days before
    kind_of_day: IntArray  # (days,)


class MonthClock:
    """How far the clocks of a place are from those of the month's first midnight: more minutes have passed by then."""

    def __init__(self, days: Sequence[date], timezone: str) -> None:
        self.days, self.timezone = days, timezone
        self.origin = pd.Timestamp(days[0]).tz_localize(timezone)
        self.edges = {self._minutes(d, 0) for d in range(-_DAYS_AHEAD, len(days) + _DAYS_AHEAD + 1)}

    @property
    def changes(self) -> bool:
        """Whether the clocks change in the month or a few days about it."""
        return self.edges != {0}

    def minutes(self, day: int, minute: int) -> int:
        """Return the minutes at so many minutes of the clock after the midnight of day number `day`."""
        return self._minutes(day, minute) if self.changes else 0

    def _minutes(self, day: int, minute: int) -> int:
        instant = instant_of(self.days[0] + timedelta(days=day), minute, self.timezone)
        passed = (instant - self.origin).total_seconds() / 60
        return round(passed - (day * MINUTES_PER_DAY + minute))

    def lost(self, earlier: tuple[int, Shift], later: tuple[int, Shift]) -> tuple[int, int]:
        """Return the minutes that rest has less than by the clock between two duties, and from the first to a morning.

        Each is its day's number and the duty.
        """
        before = self.minutes(earlier[0], earlier[1].start_minute)
        at = self.minutes(later[0], later[1].start_minute)
        ahead = min(at, *(self.minutes(later[0] + n, 0) for n in range(1, _DAYS_AHEAD)))
        return before - at, before - ahead


def rests_between(duties: Sequence[Shift], rules: RosterRules, clock: MonthClock) -> Rests:
    """Return which of the duties may follow which on every day of the month."""

    def follows(days_between: int, day: int | None = None) -> NDArray[np.bool_]:
        """Return which may start on a day after which; None: one about which the clocks do not change."""
        lost = (0, 0)
        verdicts = np.zeros((len(duties), len(duties)), dtype=bool)
        for i, earlier in enumerate(duties):
            for j, later in enumerate(duties):
                if day is not None:
                    lost = clock.lost((day - days_between, earlier), (day, later))
                verdicts[i, j] = may_follow(earlier, later, days_between, rules, *lost)
        return verdicts

    tables = [(follows(1), follows(2))]
    kind_of_day = np.zeros(len(clock.days), dtype=np.int64)
    for d in range(len(clock.days) if clock.changes else 0):
        if len({clock.minutes(d + n, 0) for n in range(-2, _DAYS_AHEAD)}) > 1:
            here = (follows(1, d), follows(2, d))
            same = [k for k, known in enumerate(tables) if all(map(np.array_equal, known, here))]
            kind_of_day[d] = same[0] if same else len(tables)
            tables += [] if same else [here]
    return Rests(np.array([one for one, _ in tables]), np.array([two for _, two in tables]), kind_of_day)


def may_follow(
    earlier: Shift,
    later: Shift,
    days_between: int,
    rules: RosterRules,
    lost_minutes: int = 0,
    lost_until_morning_minutes: int = 0,
) -> bool:
    """Return whether `later` may start `days_between` days after the day on which `earlier` starts.

    lost_minutes, lost_until_morning_minutes
        How much less rest there is than by the clock, as it changes in between (`MonthClock.lost`).
    """
    gap = later.start_minute - later.handover_minutes + MINUTES_PER_DAY * days_between - earlier.end_minute
    if gap - lost_minutes < 60 * rules.rest_hours:
        return False
    if not rules.is_night(earlier) or rules.is_night(later):
        return True
    since_night = gap + later.handover_minutes
    if rules.is_morning(later):
        since_night -= lost_minutes
    else:  # then the first morning that may come after it
        since_night += later.length_minutes + _until_a_morning(later, rules) - lost_until_morning_minutes
    return since_night >= 60 * rules.morning_after_night_hours


def _until_a_morning(shift: Shift, rules: RosterRules) -> int:
    """Return the fewest minutes from a shift's end to a morning that keeps the rest after it, whatever shifts exist."""
    rested = shift.end_minute + math.ceil(60 * rules.rest_hours)
    into_day = rested % MINUTES_PER_DAY
    if into_day < rules.morning_start_minute:
        rested += rules.morning_start_minute - into_day
    elif into_day >= rules.morning_end_minute:
        rested += rules.morning_start_minute + MINUTES_PER_DAY - into_day
    return rested - shift.end_minute
