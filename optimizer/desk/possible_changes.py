"""Every change that might be made of a roster's next days, as arrays, to be weighed all at once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from optimizer.desk.changes_ahead import TAKING, Change, ChangeKind
from optimizer.law.breaks import breaks_of
from optimizer.law.dates import instant_of, monday_of
from optimizer.law.shifts import DAY_OFF, LEAVE, NO_WORK, STANDBY, off_phone
from optimizer.law.situation import Situation
from optimizer.search.kernel_arrays import FloatArray, IntArray

PAY_OVERTIME, PAY_DAY_OFF, PAY_HOLIDAY = 1.5, 2.0, 3.0  # of the hour's pay, by national law
CHANGE_STEP_MINUTES = 60  # people are asked for whole hours, and fewer trials are made
LEAST_LEFT = 0.5  # of a shift that somebody is sent home from: less is not worth the way
FAR_MINUTES = 180  # a shift whose ends lie further from the published one's is another life, not another shift
LEAST_WEIGHT = 0.25  # of a change that adds no hours, where they alone are weighed
BEST = 6  # of the shifts and calls that would help a day most, the first few are asked of each person


@dataclass(eq=False)
class Options:
    """Every change that might be made, as arrays: two stretches of the intervals each, and what it would cost.

    span
        First and last place and sign of each stretch (options × 2 × 3): +1 adds a person there, −1 takes one.
    price, weight
        Paid hours and upset of each; and what its calls in time are weighed by, its hours alone where hours even out.
    """

    changes: list[Change]
    span: FloatArray
    price: FloatArray
    weight: FloatArray
    day_number: IntArray
    open: np.ndarray = field(init=False)
    concerning: dict[tuple[str, date], list[int]] = field(init=False)

    def __post_init__(self) -> None:
        self.open = np.ones(len(self.changes), dtype=bool)
        self.concerning = {}
        for number, one in enumerate(self.changes):
            for day in one.days:
                self.concerning.setdefault((one.badge, day), []).append(number)
        ends, self._sign = self.span[:, :, :2], self.span[:, :, 2]
        self._place = np.floor(ends).astype(np.int64)
        self._part = ends - self._place

    @classmethod
    def adding(
        cls, roster: pd.DataFrame, situation: Situation, index: pd.DatetimeIndex, days: Sequence[date], more: FloatArray
    ) -> Options:
        """Return every change that adds somebody on one of `days`; `more`: what one more brings by interval."""
        rows = _Rows(roster, situation, index)
        return rows.options([one for day in days for one in rows.adding(day, more)])

    @classmethod
    def taking(
        cls, roster: pd.DataFrame, situation: Situation, index: pd.DatetimeIndex, days: Sequence[date]
    ) -> Options:
        """Return every change by which somebody works less on one of `days`."""
        rows = _Rows(roster, situation, index)
        return rows.options([one for day in days for one in rows.taking(day)])

    def gains(self, more: FloatArray, fewer: FloatArray) -> FloatArray:
        """Return the calls in time that each change brings, less those it costs."""
        result = np.zeros(len(self.changes))
        for steps, wanted in ((more, 1.0), (fewer, -1.0)):
            sums = np.concatenate([[0.0], np.cumsum(steps)])
            of_the_next = np.concatenate([steps, [0.0]])
            upto = sums[self._place] + self._part * of_the_next[self._place]
            result += np.where(self._sign == wanted, wanted * (upto[:, :, 1] - upto[:, :, 0]), 0.0).sum(axis=1)
        return result

    def added(self, number: int, intervals: int) -> FloatArray:
        """Return the people that a change adds to each interval."""
        places = np.arange(intervals)
        result = np.zeros(intervals)
        for first, last, sign in self.span[number]:
            result += sign * np.clip(np.minimum(last, places + 1) - np.maximum(first, places), 0.0, 1.0)
        return result

    def change(self, number: int, gain: float) -> Change:
        """Return one change, with the calls in time that it is chosen for."""
        return replace(self.changes[number], calls_in_time=round(gain, 2))

    def close(self, concerned: Collection[tuple[str, date]]) -> None:
        """Close every change of these people's days."""
        for key in concerned:
            self.open[self.concerning.get(key, [])] = False


class _Rows:
    """The days of a roster that can be changed, and the places of their ends on the axis of the intervals."""

    def __init__(self, roster: pd.DataFrame, situation: Situation, index: pd.DatetimeIndex) -> None:
        self.situation, self.index = situation, index
        self.step = (index[1] - index[0]) if len(index) > 1 else pd.Timedelta(hours=1)
        self.starts, self.lasts, self.count = index[0].value, self.step.value, len(index)
        self.people = [person for person in situation.people if person.role in situation.rules.cover_roles]
        known = {person.badge for person in self.people}
        rows = roster[roster["badge"].astype(str).isin(known).to_numpy(dtype=bool)]
        self.row = {(str(row["badge"]), pd.Timestamp(row["date"]).date()): row for row in rows.to_dict("records")}
        self.first, self.end = index[0].date(), index[-1] + self.step  # beyond it nobody knows what is missed
        self.season = situation.season
        self.known_times: dict[tuple[str, date], tuple[pd.Timestamp, pd.Timestamp]] = {}

    def options(self, changes: list[Change]) -> Options:
        """Return the options with their places."""
        span = np.zeros((len(changes), 2, 3))
        number = {day: n for n, day in enumerate(dict.fromkeys(stamp.date() for stamp in self.index))}
        for n, one in enumerate(changes):
            for place, (start, end, sign) in enumerate(self.stretches(one)):
                span[n, place] = (self.place(start), self.place(end), sign)
        price = np.array([one.price for one in changes], dtype=float)
        weight = price
        if self.situation.rules.hours_even_out:
            weight = np.array([one.hours if one.kind in TAKING else max(one.hours, LEAST_WEIGHT) for one in changes])
        return Options(changes, span, price, weight, np.array([number[one.day] for one in changes], dtype=np.int64))

    def place(self, at: pd.Timestamp) -> float:
        """Return where an instant lies on the axis of the intervals."""
        return min(max((at.value - self.starts) / self.lasts, 0.0), float(self.count))

    def stretches(self, one: Change) -> Iterator[tuple[pd.Timestamp, pd.Timestamp, float]]:
        """Return the one or two stretches in which a change adds or takes somebody (meals are left where they are)."""
        if one.kind == "shift_changed":
            row = self.row[one.badge, one.day]
            for new, old in ((one.start_at, row["start_at"]), (row["end_at"], one.end_at)):
                yield min(new, old), max(new, old), 1.0 if new < old else -1.0
        elif one.kind == "day_off_moved":
            yield one.start_at, one.end_at, 1.0
            assert one.moved_from is not None
            row = self.row[one.badge, one.moved_from]
            yield row["start_at"], row["end_at"], -1.0
        else:
            yield one.start_at, one.end_at, 1.0 if one.hours > 0 else -1.0

    def adding(self, day: date, more: FloatArray) -> Iterator[Change]:
        """Return what adds somebody on a day."""
        shifts = self.helpful_shifts(day, more)
        calls = self.helpful_calls(day, more)
        for person in self.people:
            row = self.row.get((person.badge, day))
            if row is not None and row["shift"] not in (LEAVE, STANDBY):
                yield from self.longer_day(row, day)
                yield from self.other_shifts(row, day) if _on_phone(row) else ()
                continue
            if day in person.leave or (row is not None and row["shift"] == LEAVE):
                continue
            for start, end in calls:  # whoever has a row by now is on standby
                if row is None or (row["start_at"] <= start and end <= row["end_at"]):
                    yield self.call(person.badge, person.role, day, start, end, standby=row is not None)
            if row is None:
                yield from self.moved(person.badge, person.role, day, shifts)

    def longer_day(self, row: dict[Any, Any], day: date) -> Iterator[Change]:
        """Return overtime after a shift, and before it."""
        pay = PAY_HOLIDAY if self.holiday(day) else PAY_OVERTIME
        for minutes in range(CHANGE_STEP_MINUTES, self.situation.rules.overtime_minutes_a_day + 1, CHANGE_STEP_MINUTES):
            length, hours = timedelta(minutes=minutes), minutes / 60.0
            end, start = row["end_at"], row["start_at"]
            yield self.ends(row, day, "stay_on", end, end + length, hours, pay)
            yield self.ends(row, day, "come_early", start - length, start, hours, pay)

    def taking(self, day: date) -> Iterator[Change]:
        """Return going home early and starting later, as far as meals, breaks and half the shift stay."""
        for person in self.people:
            row = self.row.get((person.badge, day))
            if row is None or not _on_phone(row) or row["end_at"] > self.end:
                continue
            start, end = row["start_at"], row["end_at"]
            fed = not pd.isna(row["meal_start_at"])
            most = LEAST_LEFT * (end - start)
            spells = [*([(row["meal_start_at"], row["meal_end_at"])] if fed else []), *breaks_of(row)]
            first = max([end - most, *(until for _, until in spells)])
            last = min([start + most, *(since for since, _ in spells)])
            for minutes in range(CHANGE_STEP_MINUTES, 24 * 60, CHANGE_STEP_MINUTES):
                length, hours = timedelta(minutes=minutes), -minutes / 60.0
                if end - length < first and start + length > last:
                    break
                if end - length >= first:
                    yield self.ends(row, day, "sent_home", end - length, end, hours, 1.0)
                if start + length <= last:
                    yield self.ends(row, day, "starts_later", start, start + length, hours, 1.0)

    def ends(
        self,
        row: dict[Any, Any],
        day: date,
        kind: ChangeKind,
        start: pd.Timestamp,
        end: pd.Timestamp,
        hours: float,
        pay: float,
    ) -> Change:
        """Return a change of one end of a shift."""
        code = str(row["shift"])
        return Change(kind, str(row["badge"]), str(row["role"]), day, code, code, start, end, hours, pay * hours)

    def other_shifts(self, row: dict[Any, Any], day: date) -> Iterator[Change]:
        """Return the shifts of the season that begin and end near the published one."""
        far = timedelta(minutes=FAR_MINUTES)
        for shift in self.season:
            if shift.code == row["shift"] or (shift.roles and row["role"] not in shift.roles):
                continue
            start, end = self.times(shift.code, day)
            beyond = max(end, row["end_at"]) > self.end
            if beyond or abs(start - row["start_at"]) > far or abs(end - row["end_at"]) > far:
                continue
            hours = (shift.worked_minutes - float(row["worked_minutes"])) / 60.0
            before = str(row["shift"])
            yield Change(
                "shift_changed", str(row["badge"]), str(row["role"]), day, before, shift.code, start, end, hours,
                max(hours, 0.0),
            )  # fmt: skip

    def call(
        self, badge: str, role: str, day: date, start: pd.Timestamp, end: pd.Timestamp, *, standby: bool
    ) -> Change:
        """Return somebody called in for a stretch, from standby or from a day off."""
        kind: ChangeKind = "standby_called" if standby else "called_in"
        hours = (end - start) / pd.Timedelta(hours=1)
        pay = PAY_HOLIDAY if self.holiday(day) else PAY_DAY_OFF
        before = STANDBY if standby else DAY_OFF
        return Change(kind, badge, role, day, before, before, start, end, hours, pay * hours)

    def moved(self, badge: str, role: str, day: date, shifts: Sequence[str]) -> Iterator[Change]:
        """Return a shift of this day in exchange for one of the same week, which becomes the day off."""
        monday = monday_of(day)
        for other in (monday + timedelta(days=n) for n in range(7)):
            row = self.row.get((badge, other))
            if other == day or other < self.first or row is None or not _on_phone(row) or row["end_at"] > self.end:
                continue
            for code in shifts:
                shift = self.season[code]
                if shift.roles and role not in shift.roles:
                    continue
                hours = (shift.worked_minutes - float(row["worked_minutes"])) / 60.0
                start, end = self.times(code, day)
                yield Change(
                    "day_off_moved", badge, role, day, DAY_OFF, code, start, end, hours, max(hours, 0.0),
                    moved_from=other,
                )  # fmt: skip

    def helpful_shifts(self, day: date, more: FloatArray) -> list[str]:
        """Return the codes of the season that would bring a day most calls in time."""
        worth = {}
        for shift in self.season:
            start, end = self.times(shift.code, day)
            worth[shift.code] = self.worth(start, end, more)
        return sorted(worth, key=lambda code: -worth[code])[:BEST]

    def helpful_calls(self, day: date, more: FloatArray) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
        """Return the stretches of the day, as long as the law's overtime of a day, that would bring it most."""
        length = timedelta(minutes=self.situation.rules.overtime_minutes_a_day)
        if not length:
            return []
        midnight = instant_of(day, 0, self.situation.timezone)
        spells = [(midnight + timedelta(hours=h), midnight + timedelta(hours=h) + length) for h in range(24)]
        return sorted(spells, key=lambda one: -self.worth(one[0], one[1], more))[:BEST]

    def worth(self, start: pd.Timestamp, end: pd.Timestamp, more: FloatArray) -> float:
        """Return the calls in time that somebody there from `start` to `end` would bring."""
        sums, places = np.concatenate([[0.0], np.cumsum(more)]), np.arange(len(more) + 1)
        return float(np.interp(self.place(end), places, sums) - np.interp(self.place(start), places, sums))

    def times(self, code: str, day: date) -> tuple[pd.Timestamp, pd.Timestamp]:
        """Return when a shift of a day begins and ends."""
        if (code, day) not in self.known_times:
            shift = self.season[code]
            start = instant_of(day, shift.start_minute, self.situation.timezone)
            self.known_times[code, day] = start, start + timedelta(minutes=shift.length_minutes)
        return self.known_times[code, day]

    def holiday(self, day: date) -> bool:
        """Whether the law pays the day as a holiday."""
        return self.situation.calendar.day_type(day) == "holiday"


def _on_phone(row: dict[Any, Any]) -> bool:
    """Return whether a row is work that the phone would miss: no leave, no standby, no training."""
    return row["shift"] not in NO_WORK and not off_phone(str(row["shift"]))
