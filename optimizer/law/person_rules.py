"""The rules that one person's rows keep by themselves."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import pandas as pd

from optimizer.law.people import DAY_OFF, Person
from optimizer.law.roster_rules import RosterRules
from optimizer.law.rule_words import Breach, breach
from optimizer.law.shifts import LEAVE, MINUTES_PER_DAY, STANDBY, Shift, ShiftCatalogue


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a roster; instants in minutes since 1970, of universal time and of the wall clock.

    meal_start, meal_end
        NaN = no meal.
    due
        When the shift of this code begins on this day by the catalogue.
    carried
        Whether it is a row of last month.
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

    @property
    def works(self) -> bool:
        """Whether it is work: neither leave nor standby."""
        return self.code not in (LEAVE, STANDBY)

    @property
    def has_meal(self) -> bool:
        """Whether it holds a meal."""
        return not (math.isnan(self.meal_start) or math.isnan(self.meal_end))

    def night_minutes(self, rules: RosterRules) -> float:
        """Return its minutes between the night's start and end; an hour that the clocks skip or repeat lies in it."""
        first = self.wall_start % MINUTES_PER_DAY
        last = first + self.wall_end - self.wall_start
        start, end = rules.night_start_minute, rules.night_end_minute
        if end <= start:
            end += MINUTES_PER_DAY
        shown = sum(max(0.0, min(last, end + day) - max(first, start + day)) for day in (-1440, 0, 1440))
        skipped = (self.wall_end - self.wall_start) - (self.end - self.start)
        return shown - skipped


class PersonCheck:
    """One person's rows, in order of time, against every rule that concerns a person."""

    def __init__(
        self, person: Person, rows: list[Row], catalogue: ShiftCatalogue, rules: RosterRules, month: pd.Period
    ) -> None:
        self.person, self.rows, self.rules, self.month = person, rows, rules, month
        self.shift_of = {shift.code: shift for shift in catalogue}
        self.first, self.last = month.start_time.date(), month.end_time.date()
        self.limits = rules.limits_of(person)
        self.busy = [row for row in rows if row.code != LEAVE]
        self.worked = [row for row in rows if row.works]
        self.nights = {row for row in self.busy if row.night_minutes(rules) >= rules.night_shift_minutes}

    def breach(self, rule: str, day: date | None, amount: float, **fields: object) -> Breach:
        """Return a breach by this person."""
        return breach(rule, self.person.badge, day, amount, **fields)

    def all(self) -> Iterator[Breach]:
        """Return every breach."""
        yield from self.one_shift_a_day()
        yield from self.shift_as_in_catalogue()
        yield from self.leave_and_fixed_shifts()
        yield from self.weekly_hours()
        yield from self.rest_between_shifts()
        yield from self.morning_after_night()
        yield from self.days_in_a_row()
        yield from self.protected_and_nights()
        yield from self.standby_callable()
        if self.limits:
            yield from self.runs_too_short()
            yield from self.weekends_a_month()
            yield from self.hours_a_month()
            yield from self.shifts_a_month()

    def one_shift_a_day(self) -> Iterator[Breach]:
        """Find days with two entries, and days outside the month."""
        seen: dict[date, int] = defaultdict(int)
        for row in self.rows:
            if not row.carried:
                seen[row.day] += 1
        for day, count in seen.items():
            if count > 1:
                yield self.breach("one_shift_a_day", day, count - 1, count=count)
            if not self.first <= day <= self.last:
                yield self.breach("inside_the_month", day, 1, month=self.month)

    def shift_as_in_catalogue(self) -> Iterator[Breach]:
        """Find shifts that are not the catalogue's, the role's or the season's."""
        for row in self.worked:
            if row.carried:
                continue
            shift = self.shift_of.get(row.code)
            if shift is None:
                yield self.breach("known_shift", row.day, 1, shift=row.code)
                continue
            if shift.roles and self.person.role not in shift.roles:
                yield self.breach("role_of_shift", row.day, 1, shift=row.code, role=self.person.role)
            if shift.months and row.day.month not in shift.months:
                yield self.breach("season_of_shift", row.day, 1, shift=row.code)
            yield from self.times_as_in_catalogue(row, shift)

    def times_as_in_catalogue(self, row: Row, shift: Shift) -> Iterator[Breach]:
        """Find times, meals and minutes that are not the catalogue's, and days that are too long."""
        length = row.end - row.start
        if row.start != row.due or length != shift.length_minutes:
            off = abs(row.start - row.due) + abs(length - shift.length_minutes)
            yield self.breach("shift_times", row.day, off, shift=row.code)
        meal = 0.0
        if row.has_meal:
            meal, offset = row.meal_end - row.meal_start, row.meal_start - row.start
            window = shift.meal_offsets_minutes or (0,)
            outside = max(0.0, min(window) - offset, offset - max(window))
            if outside or meal != shift.meal_minutes:
                wrong = outside or abs(meal - shift.meal_minutes)
                yield self.breach("meal_in_window", row.day, wrong, shift=row.code)
        elif shift.meal_minutes:
            yield self.breach("meal_in_window", row.day, shift.meal_minutes, shift=row.code)
        worked = length - meal + shift.handover_minutes
        if row.worked_minutes != worked:
            wrong = abs(row.worked_minutes - worked)
            yield self.breach("worked_minutes", row.day, wrong, given=row.worked_minutes, due=worked)
        excess = worked - 60 * self.rules.daily_hours
        if excess > 0:
            yield self.breach("daily_hours", row.day, excess, over=excess)

    def leave_and_fixed_shifts(self) -> Iterator[Breach]:
        """Find work on leave, and days other than they are fixed."""
        code = {row.day: row.code for row in self.rows if not row.carried}
        for day in sorted(self.person.leave):
            if self.first <= day <= self.last and code.get(day, LEAVE) != LEAVE:
                yield self.breach("leave", day, 1, given=code[day])
        for day, wanted in sorted(self.person.fixed_shifts.items()):
            given = code.get(day, DAY_OFF)
            inside = self.first <= day <= self.last
            if inside and given != wanted and not (wanted == DAY_OFF and given == LEAVE):
                yield self.breach("fixed_shift", day, 1, given=given, wanted=wanted)

    def weekly_hours(self) -> Iterator[Breach]:
        """Find weeks, Monday to Sunday, with too many hours or too few rest days."""
        minutes: dict[date, float] = defaultdict(float)
        days_worked: dict[date, int] = defaultdict(int)
        for row in self.busy:
            monday = row.day - timedelta(days=row.day.weekday())
            minutes[monday] += row.worked_minutes if row.works else 0.0
            days_worked[monday] += row.works
        limit, least = self.week_limit(), self.rules.rest_days_a_week
        for monday, worked in sorted(minutes.items()):
            if monday + timedelta(days=6) < self.first:
                continue
            if worked > limit + 1e-6:
                over = worked - limit
                hours = {"worked_hours": worked / 60, "most_hours": limit / 60}
                yield self.breach("weekly_hours", monday, over, over=over, **hours)
            spare = 7 - days_worked[monday]
            if spare < least:
                yield self.breach("rest_day_a_week", monday, least - spare, given=spare, least=least)
        yield from self.average_weekly_hours()

    def week_limit(self) -> float:
        """Return the most minutes of a week."""
        rules = self.rules
        if rules.weekly_mode == "average":
            return 60 * rules.weekly_ceiling_hours
        return 60 * min(rules.weekly_hours, self.person.contract_hours_per_week)

    def average_weekly_hours(self) -> Iterator[Breach]:
        """Find, under the average mode, a month with too many hours."""
        if self.rules.weekly_mode != "average":
            return
        total = sum(row.worked_minutes for row in self.worked if not row.carried)
        hours = min(self.rules.weekly_hours, self.person.contract_hours_per_week)
        allowed = 60 * hours * self.month.days_in_month / 7
        if total > allowed + 1e-6:
            told = {"worked_hours": total / 60, "most_hours": allowed / 60}
            yield self.breach("average_weekly_hours", None, total - allowed, **told)

    def rest_between_shifts(self) -> Iterator[Breach]:
        """Find too short a rest between a duty's end and the handover before the next."""
        least = 60 * self.rules.rest_hours
        for earlier, later in pairwise(self.busy):
            if later.carried:
                continue
            handover = self.shift_of[later.code].handover_minutes if later.code in self.shift_of else 0
            rest = later.start - earlier.end - handover
            if rest < least:
                told = {"shift": later.code, "rest_hours": rest / 60, "least_hours": least / 60}
                yield self.breach("rest_between_shifts", later.day, least - rest, **told)

    def morning_after_night(self) -> Iterator[Breach]:
        """Find mornings too soon after a night, whatever was worked in between."""
        least = 60 * self.rules.morning_after_night_hours
        night: Row | None = None
        for row in self.busy:
            if row in self.nights:
                night = row
                continue
            minute = row.wall_start % MINUTES_PER_DAY
            morning = self.rules.morning_start_minute <= minute < self.rules.morning_end_minute
            if night is None or row.carried or not morning:
                continue
            rest = row.start - night.end
            if rest < least:
                told = {"shift": row.code, "rest_hours": rest / 60, "least_hours": least / 60}
                yield self.breach("morning_after_night", row.day, least - rest, **told)

    def days_in_a_row(self) -> Iterator[Breach]:
        """Find too many working days or nights in a row, those carried in included."""
        worked = {row.day for row in self.worked}
        nights = {row.day for row in self.worked if row in self.nights}
        own = self.limits.working_days_in_a_row
        in_a_row = min(self.rules.working_days_in_a_row, 31 if own is None else own)
        for rule, chosen, most in (
            ("working_days_in_a_row", worked, in_a_row),
            ("nights_in_a_row", nights, self.rules.nights_in_a_row),
        ):
            run = 0
            for day in sorted(chosen):
                run = run + 1 if day - timedelta(days=1) in chosen else 1
                ends = day + timedelta(days=1) not in chosen
                if ends and run > most and day >= self.first:
                    yield self.breach(rule, day, run - most, run=run, most=most)

    def protected_and_nights(self) -> Iterator[Breach]:
        """Find nights and standby of those who do none."""
        for row in self.busy:
            if row.carried:
                continue
            night = row.night_minutes(self.rules)
            if self.person.protected and (night > 0 or row.code == STANDBY):
                amount = 1 if row.code == STANDBY else night
                yield self.breach("protected_staff", row.day, amount, shift=row.code)
            elif not self.person.night_eligible and row in self.nights:
                yield self.breach("night_eligible", row.day, 1, shift=row.code)

    def standby_callable(self) -> Iterator[Breach]:
        """Find standby of those who have too few hours left to be called."""
        limit = self.week_limit()
        for row in self.busy:
            if row.code != STANDBY or row.carried:
                continue
            monday = row.day - timedelta(days=row.day.weekday())
            week = [r for r in self.busy if monday <= r.day < monday + timedelta(days=7)]
            worked = sum(r.worked_minutes for r in week if r.works)
            calls = self.rules.standby_call_minutes * sum(not r.works for r in week)
            if worked + calls > limit + 1e-6:
                over = worked + calls - limit
                yield self.breach("standby_callable", row.day, over, over=over)

    def runs_too_short(self) -> Iterator[Breach]:
        """Find runs of duty or of free days that are too short; those cut by the month's border are not judged."""
        days = [self.first + timedelta(days=d) for d in range(self.month.days_in_month)]
        on_duty = {row.day for row in self.busy}
        duty = [day in on_duty for day in days]
        for first, after in pairwise(d for d in range(1, len(days)) if duty[d] != duty[d - 1]):
            kind = "working_days_in_a_row_least" if duty[first] else "days_off_in_a_row_least"
            least = getattr(self.limits, kind) or 1
            if after - first < least:
                yield self.breach(kind, days[first], least - (after - first), run=after - first, least=least)

    def weekends_a_month(self) -> Iterator[Breach]:
        """Find too many weekends with duty."""
        mine = [row.day for row in self.busy if not row.carried and row.day.weekday() >= 5]
        worked = len({day.isocalendar()[:2] for day in mine})
        most = self.limits.weekends_a_month
        if most is not None and worked > most:
            yield self.breach("weekends_a_month", max(mine), worked - most, given=worked, most=most)

    def hours_a_month(self) -> Iterator[Breach]:
        """Find months with too many hours, or too few."""
        minutes = sum(row.worked_minutes for row in self.worked if not row.carried)
        most, least = self.limits.hours_a_month, self.limits.hours_a_month_least
        if most is not None and minutes > 60 * most + 1e-6:
            told = {"worked_hours": minutes / 60, "most_hours": most}
            yield self.breach("hours_a_month", None, minutes - 60 * most, **told)
        if least is not None and minutes < 60 * least - 1e-6:
            told = {"worked_hours": minutes / 60, "least_hours": least}
            yield self.breach("hours_a_month_least", None, 60 * least - minutes, **told)

    def shifts_a_month(self) -> Iterator[Breach]:
        """Find too many shifts of one code."""
        for code, most in self.limits.shifts_a_month.items():
            given = sum(row.code == code for row in self.worked if not row.carried)
            if given > most:
                yield self.breach("shifts_a_month", None, given - most, given=given, most=most, shift=code)
