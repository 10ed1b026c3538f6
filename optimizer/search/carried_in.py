"""What last month's roster leaves behind for each person: rests, runs, hours of the broken week, burdens."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecaster.history.intervals import MINUTES_PER_DAY
from optimizer.law.dates import monday_of
from optimizer.law.fairness import counted
from optimizer.law.roster_rules import RosterRules
from optimizer.law.shifts import DAY_OFF, LEAVE, STANDBY, Shift
from optimizer.law.situation import Situation
from optimizer.search.kernel_arrays import FloatArray, IntArray, TourRules
from optimizer.search.rests import MonthClock, may_follow


class Past:
    """What last month's roster leaves behind for each person."""

    def __init__(
        self,
        situation: Situation,
        days: Sequence[date],
        duties: Sequence[Shift],
        kernel: TourRules,
        clock: MonthClock,
    ) -> None:
        people, rules, carry_in = situation.people, situation.rules, situation.carry_in
        self.people, self.days, self.duties, self.rules = people, days, duties, rules
        self.clock = clock
        self.first_source = np.full(len(people), kernel.rested_class, dtype=np.int64)
        self.first_run = np.zeros(len(people), dtype=np.int64)
        self.nights = np.zeros(len(people), dtype=np.int64)  # in a row, up to the last duty
        self.free = np.full(len(people), 2, dtype=np.int64)  # days off since the last duty, at most 2
        self.minutes_this_week = np.zeros(len(people))
        self.days_this_week = np.zeros(len(people), dtype=np.int64)
        last_month = {} if carry_in is None else counted(carry_in, situation)
        self.burdens_before = np.array(
            [p.burdens_before or last_month.get(p.badge, (0.0, 0.0, 0.0)) for p in people], dtype=float
        ).reshape(len(people), 3)
        self.last: list[list[tuple[date, Shift]]] = [[] for _ in people]  # the last duty, and the last night before it
        if carry_in is None or carry_in.empty:
            return
        rows: dict[str, list[tuple[date, Shift]]] = {}
        for row in carry_in.to_dict("records"):
            if row["shift"] in (LEAVE, DAY_OFF):
                continue
            day = pd.Timestamp(row["date"]).date()
            if day < days[0]:
                rows.setdefault(str(row["badge"]), []).append((day, _worked_shift(row, situation.timezone, rules)))
        monday = monday_of(days[0])
        for p, person in enumerate(people):
            worked = sorted(rows.get(person.badge, []), key=lambda item: item[0])
            if not worked:
                continue
            self.last[p] = [worked[-1], *[one for one in worked[:-1] if rules.is_night(one[1])][-1:]]
            self.minutes_this_week[p] = sum(s.worked_minutes for day, s in worked if day >= monday)
            self.days_this_week[p] = sum(day >= monday for day, _ in worked)
            by_day, last = dict(worked), worked[-1][0]
            run = nights = 0
            while last - timedelta(days=run) in by_day:
                run += 1
            while (d := last - timedelta(days=nights)) in by_day and rules.is_night(by_day[d]):
                nights += 1
            self.nights[p] = min(nights, rules.nights_in_a_row)
            self.free[p] = min(2, (days[0] - last).days - 1)
            if self.free[p] == 0:
                self.first_source[p] = kernel.carried_class[self.nights[p]]
                self.first_run[p] = run
            elif self.free[p] == 1:
                self.first_source[p] = kernel.carried_off_class[self.nights[p]]

    def forbid_what_cannot_follow(self, cost: NDArray[np.float32]) -> None:
        """Bar the duties of the first two days that last month's last shift, or last night, does not allow."""
        for p, before in enumerate(self.last):
            for last_day, last in before:
                for d, day in enumerate(self.days[:2]):
                    between = (day - last_day).days
                    for i, duty in enumerate(self.duties):
                        lost = self.clock.lost(((last_day - self.days[0]).days, last), (d, duty))
                        if between <= 3 and not may_follow(last, duty, between, self.rules, *lost):
                            cost[p, d, i] = np.inf

    @property
    def weeks(self) -> int:
        """Return how many weeks, Monday to Sunday, the month has a part of."""
        first_week_days = 7 - self.days[0].weekday()
        return 1 + math.ceil(max(0, len(self.days) - first_week_days) / 7)

    def week_cap(self) -> FloatArray:
        """Return minutes (people, weeks) that may still be worked in each week of the month."""
        cap = np.tile(np.array([self.rules.weekly_minutes(p) for p in self.people])[:, None], (1, self.weeks))
        cap[:, 0] = np.maximum(0, cap[:, 0] - self.minutes_this_week)
        last_days = self.days[-1].weekday() + 1
        if self.rules.room_for_next_month and self.rules.weekly_mode == "weekly_cap" and last_days < 7:
            cap[:, -1] -= self.kept_for_next_month(cap[:, -1], last_days)
        return cap

    def week_days(self) -> IntArray:
        """Return working days (people, weeks) that may still be worked in each week of the month."""
        most = np.full((len(self.people), self.weeks), 7 - self.rules.rest_days_a_week, dtype=np.int64)
        most[:, 0] = np.maximum(0, most[:, 0] - self.days_this_week)
        return most

    def kept_for_next_month(self, cap: FloatArray, last_days: int) -> FloatArray:
        """Return minutes of the last week to be left over: whole shifts, spread so that the mean is the days' share."""
        longest = max(s.worked_minutes for s in self.duties)
        week_shifts = np.maximum(1, cap // longest)
        wanted = week_shifts * (7 - last_days) / 7
        spread = (np.arange(len(cap)) * 0.6180339887) % 1.0  # evenly, whatever the order of the list
        kept = np.floor(wanted + spread) * longest
        settled = {p for p, who in enumerate(self.people) for d in who.fixed_shifts if d > self.days[-1 - last_days]}
        patterns = [(p, self.rules.pattern_of(who)) for p, who in enumerate(self.people)]
        settled |= {p for p, pattern in patterns if pattern is not None and not pattern.preferred}
        kept[sorted(settled)] = 0.0
        return np.minimum(kept, cap)


def _worked_shift(row: Mapping[object, object], timezone: str, rules: RosterRules) -> Shift:
    """Read a roster row back as a shift of its own, so that a code of another season can be carried in."""
    start = pd.Timestamp(row["start_at"]).tz_convert(timezone)  # type: ignore[arg-type]
    end = pd.Timestamp(row["end_at"]).tz_convert(timezone)  # type: ignore[arg-type]
    length = max(1, min(MINUTES_PER_DAY, int((end - start).total_seconds() // 60)))
    worked = rules.standby_call_minutes if row["shift"] == STANDBY else int(float(str(row["worked_minutes"])))
    return Shift(
        code="carried in",
        start_minute=start.hour * 60 + start.minute,
        length_minutes=length,
        meal_minutes=min(length - 1, max(0, length - worked)),
        meal_offsets_minutes=(0,) if min(length - 1, max(0, length - worked)) > 0 else (),
        handover_minutes=max(0, worked - length),
    )
