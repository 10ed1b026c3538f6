"""Lawfulness of a finished roster, checked row by row without the solver.

Nothing here knows how a roster is made: only the published rules, the people, and the rows. Every rule has one name,
the same in messages, tests and reports.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import pandas as pd

from forecaster.special_days import Calendar
from optimizer.people import Person
from optimizer.rules import RosterRules
from optimizer.shifts import Shift, ShiftCatalogue

ROSTER_COLUMNS = (
    "badge", "role", "date", "shift", "start_at", "end_at", "meal_start_at", "meal_end_at", "worked_minutes",
)  # fmt: skip
BROKEN_COLUMNS = ("rule", "badge", "date", "amount", "message")
COVER_RULES = ("holiday_standby", "ladder_material")


@dataclass(frozen=True)
class _Row:
    badge: str
    day: date
    code: str
    start_at: pd.Timestamp
    end_at: pd.Timestamp
    meal_start_at: pd.Timestamp | None
    meal_end_at: pd.Timestamp | None
    worked_minutes: float
    carried: bool

    @property
    def works(self) -> bool:
        return self.code not in ("leave", "standby")


@dataclass(frozen=True)
class _Breach:
    rule: str
    badge: str
    day: date | None
    amount: float
    message: str


def broken_rules(
    roster: pd.DataFrame,
    people: Sequence[Person],
    catalogue: ShiftCatalogue,
    rules: RosterRules,
    *,
    month: pd.Period,
    timezone: str,
    calendar: Calendar,
    carry_in: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return every breach of a rule as a frame `rule, badge, date, amount, message`; empty when all is lawful.

    `amount` is by how much, in the rule's own unit (minutes, days, people). `ladder_material` and `holiday_standby`
    can be beyond what the people at hand allow; every other rule can always be kept.

    Raises
    ------
    ValueError
        If a column is missing or a cell cannot be read.
    """
    known = {person.badge: person for person in people}
    rows = list(_rows(roster, timezone, carried=False))
    past = [] if carry_in is None else list(_rows(carry_in, timezone, carried=True))
    past = [row for row in past if row.day < month.start_time.date()]
    by_badge: dict[str, list[_Row]] = defaultdict(list)
    for row in [*past, *rows]:
        by_badge[row.badge].append(row)
    breaches: list[_Breach] = []
    for badge, mine in sorted(by_badge.items()):
        mine.sort(key=lambda row: row.start_at)
        if badge not in known:
            if any(not row.carried for row in mine):
                breaches.append(_Breach("unknown_badge", badge, None, 1, f"badge {badge} is not in the people list"))
            continue
        check = _PersonCheck(known[badge], mine, catalogue, rules, month, timezone)
        breaches.extend(check.breaches())
    for badge in sorted(set(known) - set(by_badge)):
        breaches.extend(_PersonCheck(known[badge], [], catalogue, rules, month, timezone).breaches())
    breaches.extend(_CoverCheck(rows, past, known, rules, month, timezone, calendar).breaches())
    return pd.DataFrame(
        [(b.rule, b.badge, b.day, float(b.amount), b.message) for b in breaches], columns=list(BROKEN_COLUMNS)
    )


def _rows(frame: pd.DataFrame, timezone: str, *, carried: bool) -> Iterator[_Row]:
    for column in ROSTER_COLUMNS:
        if column not in frame.columns:
            raise ValueError(f"roster: column {column!r} is missing")
    for number, row in enumerate(frame.to_dict("records"), start=2):
        where = f"roster row {number} (badge {row['badge']})"
        if str(row["shift"]) == "off":
            continue
        start, end = _instant(row["start_at"], timezone), _instant(row["end_at"], timezone)
        day = pd.Timestamp(row["date"]).date()
        if start is None or end is None:
            if str(row["shift"]) != "leave":
                raise ValueError(f"{where}: start_at and end_at are needed for {row['shift']} on {day}")
            start = end = pd.Timestamp(day).tz_localize(timezone)
        yield _Row(
            badge=str(row["badge"]),
            day=day,
            code=str(row["shift"]),
            start_at=start,
            end_at=end,
            meal_start_at=_instant(row["meal_start_at"], timezone),
            meal_end_at=_instant(row["meal_end_at"], timezone),
            worked_minutes=0.0 if pd.isna(row["worked_minutes"]) else float(row["worked_minutes"]),
            carried=carried,
        )


def _instant(value: object, timezone: str) -> pd.Timestamp | None:
    if value is None or pd.isna(value):  # type: ignore[call-overload]
        return None
    instant = pd.Timestamp(value)  # type: ignore[arg-type]
    if instant.tz is None:
        raise ValueError(f"roster: {value!r} has no offset from UTC; write instants as 2026-12-01T08:00:00+08:00")
    return instant.tz_convert(timezone)


class _PersonCheck:
    """One person's rows against every rule that concerns a person."""

    def __init__(
        self,
        person: Person,
        rows: list[_Row],
        catalogue: ShiftCatalogue,
        rules: RosterRules,
        month: pd.Period,
        timezone: str,
    ) -> None:
        self.person, self.rows, self.catalogue, self.rules = person, rows, catalogue, rules
        self.month, self.timezone = month, timezone
        self.days = [month.start_time.date() + timedelta(days=d) for d in range(month.days_in_month)]
        self.busy = [row for row in rows if row.code != "leave"]
        self.worked = [row for row in rows if row.works]

    def breach(self, rule: str, day: date | None, amount: float, what: str) -> _Breach:
        when = f" on {day}" if day is not None else ""
        return _Breach(rule, self.person.badge, day, amount, f"badge {self.person.badge}{when}: {what}")

    def breaches(self) -> Iterator[_Breach]:
        yield from self.one_shift_a_day()
        yield from self.shift_as_in_catalogue()
        yield from self.leave_and_fixed_shifts()
        yield from self.weekly_hours()
        yield from self.rest_between_shifts()
        yield from self.days_in_a_row()
        yield from self.protected_and_nights()
        yield from self.standby_callable()

    def one_shift_a_day(self) -> Iterator[_Breach]:
        seen: dict[date, int] = defaultdict(int)
        for row in self.rows:
            if not row.carried:
                seen[row.day] += 1
        for day, count in seen.items():
            if count > 1:
                yield self.breach("one_shift_a_day", day, count - 1, f"{count} entries for one day")
            if day not in self.days:
                yield self.breach("inside_the_month", day, 1, f"the day lies outside {self.month}")

    def shift_as_in_catalogue(self) -> Iterator[_Breach]:
        for row in self.worked:
            if row.carried:
                continue
            if row.code not in self.catalogue:
                yield self.breach("known_shift", row.day, 1, f"shift {row.code} is not in the catalogue")
                continue
            shift = self.catalogue[row.code]
            if shift.roles and self.person.role not in shift.roles:
                yield self.breach("role_of_shift", row.day, 1, f"shift {row.code} is not for role {self.person.role}")
            if shift.months and row.day.month not in shift.months:
                yield self.breach("season_of_shift", row.day, 1, f"shift {row.code} is not worked in this season")
            yield from self.times_as_in_catalogue(row, shift)

    def times_as_in_catalogue(self, row: _Row, shift: Shift) -> Iterator[_Breach]:
        local = pd.Timestamp(row.day) + pd.Timedelta(minutes=shift.start_minute)
        start = local.tz_localize(self.timezone, ambiguous=True, nonexistent="shift_forward")
        length = _minutes(row.end_at - row.start_at)
        if row.start_at != start or length != shift.length_minutes:
            off = abs(_minutes(row.start_at - start)) + abs(length - shift.length_minutes)
            yield self.breach("shift_times", row.day, off, f"times of {row.code} differ from the catalogue")
        meal = 0.0
        if row.meal_start_at is not None and row.meal_end_at is not None:
            meal = _minutes(row.meal_end_at - row.meal_start_at)
            offset = _minutes(row.meal_start_at - row.start_at)
            window = shift.meal_offsets_minutes or (0,)
            outside = max(0.0, min(window) - offset, offset - max(window))
            if outside or meal != shift.meal_minutes:
                yield self.breach("meal_in_window", row.day, outside or abs(meal - shift.meal_minutes), "meal is wrong")
        elif shift.meal_minutes:
            yield self.breach("meal_in_window", row.day, shift.meal_minutes, f"no meal in {row.code}")
        worked = length - meal + shift.handover_minutes
        if row.worked_minutes != worked:
            wrong = abs(row.worked_minutes - worked)
            yield self.breach("worked_minutes", row.day, wrong, f"{row.worked_minutes:g} minutes, it is {worked:g}")
        excess = worked - 60 * self.rules.daily_hours
        if excess > 0:
            yield self.breach("daily_hours", row.day, excess, f"{excess:g} minutes over the day's hours")

    def leave_and_fixed_shifts(self) -> Iterator[_Breach]:
        code = {row.day: row.code for row in self.rows if not row.carried}
        for day in sorted(self.person.leave):
            if day in self.days and code.get(day, "leave") != "leave":
                yield self.breach("leave", day, 1, f"{code[day]} on a day of leave")
        for day, wanted in sorted(self.person.fixed_shifts.items()):
            given = code.get(day, "off")
            if day in self.days and given != wanted and not (wanted == "off" and given == "leave"):
                yield self.breach("fixed_shift", day, 1, f"{given} where {wanted} is fixed")

    def weekly_hours(self) -> Iterator[_Breach]:
        minutes: dict[date, float] = defaultdict(float)
        days_worked: dict[date, int] = defaultdict(int)
        total = 0.0
        for row in self.busy:
            monday = row.day - timedelta(days=row.day.weekday())
            minutes[monday] += row.worked_minutes if row.works else 0.0
            days_worked[monday] += row.works
            total += row.worked_minutes if row.works and not row.carried else 0.0
        rules, contract = self.rules, self.person.contract_hours_per_week
        average = rules.weekly_mode == "average"
        limit = 60 * (rules.weekly_ceiling_hours if average else min(rules.weekly_hours, contract))
        for monday, worked in sorted(minutes.items()):
            if monday + timedelta(days=6) < self.days[0]:
                continue
            if worked > limit + 1e-6:
                over = worked - limit
                text = f"{worked / 60:.2f} h in the week, {over:g} minutes over {limit / 60:g} h"
                yield self.breach("weekly_hours", monday, over, text)
            spare = 7 - days_worked[monday]
            if spare < rules.rest_days_a_week:
                yield self.breach("rest_day_a_week", monday, rules.rest_days_a_week - spare, "no rest day in the week")
        allowed = 60 * min(rules.weekly_hours, contract) * len(self.days) / 7
        if average and total > allowed + 1e-6:
            text = f"{total / 60:.1f} h in the month, allowed {allowed / 60:.1f} h"
            yield self.breach("average_weekly_hours", None, total - allowed, text)

    def rest_between_shifts(self) -> Iterator[_Breach]:
        for earlier, later in pairwise(self.busy):
            if later.carried:
                continue
            rest = _minutes(later.start_at - earlier.end_at) - self.handover_minutes(later)
            least = 60 * self.rules.rest_hours
            if rest < least:
                text = f"{rest / 60:.2f} h of rest before {later.code}, {least / 60:g} h are needed"
                yield self.breach("rest_between_shifts", later.day, least - rest, text)
        for earlier, later in pairwise(self.busy):
            if later.carried or not self.is_night(earlier) or self.is_night(later):
                continue
            minute = later.start_at.hour * 60 + later.start_at.minute
            if not self.rules.morning_start_minute <= minute < self.rules.morning_end_minute:
                continue
            rest = _minutes(later.start_at - earlier.end_at)
            least = 60 * self.rules.morning_after_night_hours
            if rest < least:
                text = f"{later.code} begins {rest / 60:.2f} h after a night ends, {least / 60:g} h are needed"
                yield self.breach("morning_after_night", later.day, least - rest, text)

    def handover_minutes(self, row: _Row) -> int:
        return self.catalogue[row.code].handover_minutes if row.code in self.catalogue else 0

    def is_night(self, row: _Row) -> bool:
        return _night_minutes(row, self.rules) >= self.rules.night_shift_minutes

    def days_in_a_row(self) -> Iterator[_Breach]:
        worked = {row.day for row in self.worked}
        nights = {row.day for row in self.worked if self.is_night(row)}
        for rule, chosen, most, word in (
            ("working_days_in_a_row", worked, self.rules.working_days_in_a_row, "working days"),
            ("nights_in_a_row", nights, self.rules.nights_in_a_row, "nights"),
        ):
            run = 0
            day = self.days[0] - timedelta(days=31)
            while day <= self.days[-1] + timedelta(days=1):
                if day in chosen:
                    run += 1
                else:
                    if run > most and day > self.days[0]:
                        last = day - timedelta(days=1)
                        yield self.breach(rule, last, run - most, f"{run} {word} in a row, {most} are allowed")
                    run = 0
                day += timedelta(days=1)

    def protected_and_nights(self) -> Iterator[_Breach]:
        for row in self.busy:
            if row.carried:
                continue
            night = _night_minutes(row, self.rules)
            if self.person.protected and row.code == "standby":
                yield self.breach("protected_staff", row.day, 1, "protected staff may not be called to overtime")
            elif self.person.protected and night > 0:
                yield self.breach("protected_staff", row.day, night, f"{night:g} minutes of night for protected staff")
            elif not self.person.night_eligible and self.is_night(row):
                yield self.breach("night_eligible", row.day, 1, "a night for somebody who works none")

    def standby_callable(self) -> Iterator[_Breach]:
        if self.rules.weekly_mode == "average":
            limit = 60 * self.rules.weekly_ceiling_hours
        else:
            limit = 60 * min(self.rules.weekly_hours, self.person.contract_hours_per_week)
        for row in self.busy:
            if row.code != "standby" or row.carried:
                continue
            monday = row.day - timedelta(days=row.day.weekday())
            week = [r for r in self.busy if monday <= r.day < monday + timedelta(days=7)]
            worked = sum(r.worked_minutes for r in week if r.works)
            calls = self.rules.standby_call_minutes * sum(not r.works for r in week)
            if worked + calls > limit + 1e-6:
                over = worked + calls - limit
                yield self.breach("standby_callable", row.day, over, f"{over:g} minutes too few left to be called")


def _minutes(delta: pd.Timedelta) -> float:
    return delta.total_seconds() / 60


def _night_minutes(row: _Row, rules: RosterRules) -> float:
    """Return the minutes of a row between the night's start and end, by the wall clock."""
    start, end = row.start_at, row.end_at
    shift = ((end.utcoffset() or timedelta()) - (start.utcoffset() or timedelta())).total_seconds()
    first = start.hour * 60 + start.minute + start.second / 60
    last = first + ((end.timestamp() - start.timestamp()) + shift) / 60
    night_start, night_end = rules.night_start_minute, rules.night_end_minute
    if night_end <= night_start:
        night_end += 1440
    return sum(max(0.0, min(last, night_end + day) - max(first, night_start + day)) for day in (-1440, 0, 1440))


class _CoverCheck:
    """How many people of a kind are there at every moment: seats, ladder material, holiday standby."""

    def __init__(
        self,
        rows: list[_Row],
        past: list[_Row],
        known: dict[str, Person],
        rules: RosterRules,
        month: pd.Period,
        timezone: str,
        calendar: Calendar,
    ) -> None:
        self.rows = [row for row in [*past, *rows] if row.badge in known]
        self.known, self.rules, self.calendar = known, rules, calendar
        self.start = month.start_time.tz_localize(timezone)
        self.end = (month + 1).start_time.tz_localize(timezone)
        self.first_night_unknown = not past

    def spells(self, rows: list[_Row]) -> list[tuple[pd.Timestamp, pd.Timestamp, int]]:
        """Return (from, to, people present) over the month, cut wherever anything changes, days and nights too."""
        change: dict[pd.Timestamp, int] = defaultdict(int)
        for row in rows:
            change[row.start_at] += 1
            change[row.end_at] -= 1
            stays = self.known[row.badge].role in self.rules.on_site_at_meals
            if row.works and not stays and row.meal_start_at is not None and row.meal_end_at is not None:
                change[row.meal_start_at] -= 1
                change[row.meal_end_at] += 1
        day = self.start
        while day <= self.end:
            for minute in (0, self.rules.night_start_minute, self.rules.night_end_minute):
                local = day.tz_localize(None).normalize() + pd.Timedelta(minutes=minute)
                change[local.tz_localize(day.tz, ambiguous=True, nonexistent="shift_forward")] += 0
            day += pd.Timedelta(days=1)
        spells, present = [], 0
        instants = sorted(change)
        for instant, following in pairwise(instants):
            present += change[instant]
            if self.start <= instant < self.end:
                spells.append((instant, following, present))
        return spells

    def breaches(self) -> Iterator[_Breach]:
        yield from self.seat_limit()
        yield from self.ladder_material()
        yield from self.holiday_standby()

    def seat_limit(self) -> Iterator[_Breach]:
        limit = self.rules.seat_limit
        if limit is None:
            return
        seated = [r for r in self.rows if r.works and self.known[r.badge].role in self.rules.cover_roles]
        worst: dict[date, int] = defaultdict(int)
        for start, _, present in self.spells(seated):
            worst[start.date()] = max(worst[start.date()], present - limit)
        for day, over in worst.items():
            if over > 0:
                yield _Breach("seat_limit", "", day, over, f"{day}: {over} more people than the {limit} seats")

    def ladder_material(self) -> Iterator[_Breach]:
        employed = {person.role for person in self.known.values()}
        for by_night, minimum in ((False, self.rules.on_site_day), (True, self.rules.on_site_night)):
            for role, least in minimum.items():
                if role not in employed:
                    continue
                mine = [r for r in self.rows if r.works and self.known[r.badge].role == role]
                yield from self.too_few("ladder_material", mine, least, by_night, f"{role} on duty")

    def too_few(self, rule: str, rows: list[_Row], least: int, by_night: bool | None, what: str) -> Iterator[_Breach]:
        missing: dict[date, tuple[int, float]] = {}
        for start, end, present in self.spells(rows):
            minute = start.hour * 60 + start.minute
            if by_night is not None and self.rules.in_night(minute) != by_night:
                continue
            if by_night is None and self.calendar.day_type(start.date()) != "holiday":
                continue
            if self.first_night_unknown and start.date() == self.start.date() and self.rules.in_night(minute):
                continue
            if present < least:
                worst, minutes = missing.get(start.date(), (0, 0.0))
                missing[start.date()] = (max(worst, least - present), minutes + _minutes(end - start))
        for day, (worst, minutes) in sorted(missing.items()):
            part = "" if by_night is None else " at night" if by_night else " by day"
            text = f"{day}: {worst} too few of {least} {what}{part}, for {minutes:g} minutes"
            yield _Breach(rule, "", day, worst, text)

    def holiday_standby(self) -> Iterator[_Breach]:
        standing_by = [r for r in self.rows if r.code == "standby"]
        least = self.rules.standby_minimum
        if least:
            yield from self.too_few("holiday_standby", standing_by, least, None, "people on standby")
