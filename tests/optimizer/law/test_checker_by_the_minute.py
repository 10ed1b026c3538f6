"""The checker against one that walks through the month minute by minute, over random rosters that break nearly all."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from forecaster.history.calendar import Calendar, SpecialDay
from optimizer.law.breaks import Break
from optimizer.law.lawfulness import broken_rules, roster_columns
from optimizer.law.limits import Limits
from optimizer.law.people import Person
from optimizer.law.roster_rules import RosterRules
from optimizer.law.shifts import Shift, ShiftCatalogue
from optimizer.law.situation import Situation

DAY = 1440
BREAKS = (75, 90, 330, 340)  # begin and end of those of B
BEFORE = 8  # days of last month that are known
HANDOVER = 10
CATALOGUE = ShiftCatalogue(
    tuple(
        replace(shift, handover_minutes=HANDOVER)
        for shift in (
            Shift("D", 480, 480, 60, (180, 240)),
            Shift("E", 840, 480, 60, (180, 240)),
            Shift("N", 1320, 480, 60, (120, 240)),
            Shift("Z", 0, 480, 60, (120,)),  # begins at midnight
            Shift("T", 300, 300),
            Shift("V", 1020, 60),  # so short that two rests fit beside it in a day
            Shift("X", 540, 720, 300, (180,)),  # split
            Shift("L", 420, 600),  # longer than the law's day
            Shift("B", 480, 480, 60, (180, 240), breaks=(Break(15, (60, 75, 90)), Break(10, (330, 360), paid=False))),
        )
    )
)
WORKED = {"D": 420, "E": 420, "N": 420, "Z": 420, "T": 300, "V": 60, "X": 420, "L": 600, "B": 410}
WORDS = [shift.code for shift in CATALOGUE]


class Minutes:
    """The days from a week before the month to three days after it, as minutes of universal time."""

    def __init__(self, month: pd.Period, zone: str) -> None:
        self.first = month.start_time.date()
        self.days = [self.first + timedelta(days=n) for n in range(month.days_in_month)]
        self.known = [self.first + timedelta(days=n) for n in range(-BEFORE, month.days_in_month)]
        self.zone = zone
        self.origin = self.at(self.known[0], 0)
        self.count = self.minute(self.days[-1] + timedelta(days=3), 0)
        wall = pd.date_range(self.origin, periods=self.count, freq="min").tz_convert(zone)
        self.clock = np.asarray(wall.hour * 60 + wall.minute)
        self.date = np.asarray(wall.date)

    def at(self, day: date, minute: int) -> pd.Timestamp:
        local = pd.Timestamp(day) + pd.Timedelta(minutes=minute)
        return local.tz_localize(self.zone, ambiguous=True, nonexistent="shift_forward").tz_convert("UTC")

    def minute(self, day: date, minute: int) -> int:
        return int((self.at(day, minute) - self.origin).total_seconds() // 60)


class Naive:
    """Every breach of one person's month, found by looking at minutes and days one at a time."""

    def __init__(self, person, plan, rules, time, month):
        self.person, self.plan, self.rules, self.time, self.month = person, plan, rules, time, month
        self.found = Counter()
        self.spans = {}
        for day, code in sorted(plan.items()):
            if code == "standby":
                self.spans[day] = (time.minute(day, 360), time.minute(day, 360) + 480, 0)
            elif code != "leave":
                begin = time.minute(day, CATALOGUE[code].start_minute)
                self.spans[day] = (begin, begin + CATALOGUE[code].length_minutes, HANDOVER)
        night = (time.clock >= 1320) | (time.clock < 360)
        self.night_minutes = {day: int(night[a:b].sum()) for day, (a, b, _) in self.spans.items()}

    def add(self, rule, day, amount):
        if amount > 1e-6:
            self.found[rule, day] += round(float(amount), 4)

    def night(self, day):
        return self.night_minutes[day] >= self.rules.night_shift_minutes

    def worked(self, day):
        code = self.plan.get(day, "off")
        return HANDOVER + WORKED[code] if code in CATALOGUE else 0

    def works(self, day):
        return self.plan.get(day, "off") in CATALOGUE

    def all(self):
        for day in self.time.days:
            self.one_day(day)
        for monday in sorted({day - timedelta(days=day.weekday()) for day in self.time.days}):
            self.week([monday + timedelta(days=n) for n in range(7)])
        self.runs("working_days_in_a_row", self.works, self.rules.working_days_in_a_row)
        self.runs("nights_in_a_row", lambda day: self.works(day) and self.night(day), self.rules.nights_in_a_row)
        self.whole_month()
        return self.found

    def one_day(self, day):
        person, code = self.person, self.plan.get(day, "off")
        self.add("leave", day, day in person.leave and code not in ("off", "leave"))
        if day in person.fixed_shifts:
            wanted = person.fixed_shifts[day]
            self.add("fixed_shift", day, code != wanted and (wanted, code) != ("off", "leave"))
        if day not in self.spans:
            return
        if code == "X" and not person.split_consent:
            self.add("split_consent", day, person.fixed_shifts.get(day) != code)
        if self.works(day):
            self.add("daily_hours", day, self.worked(day) - 60 * self.rules.daily_hours)
        if person.protected:
            self.add("protected_staff", day, 1 if code == "standby" else self.night_minutes[day])
        elif not person.night_eligible:
            self.add("night_eligible", day, self.night(day))
        begin, _, handover = self.spans[day]
        busy = np.zeros(self.time.count, dtype=bool)
        for other, (a, b, _) in self.spans.items():
            if other != day:
                busy[a:b] = True
        rest = 0
        while begin - handover - rest > 0 and not busy[begin - handover - rest - 1]:
            rest += 1
        if busy[:begin].any():
            self.add("rest_between_shifts", day, 60 * self.rules.rest_hours - rest)
        if not self.night(day) and 240 <= self.time.clock[begin] < 720:
            ends = [b for other, (_, b, _) in self.spans.items() if other < day and self.night(other)]
            if ends:
                self.add("morning_after_night", day, 60 * self.rules.morning_after_night_hours - (begin - max(ends)))

    def week(self, days):
        most = 60 * (
            self.rules.weekly_ceiling_hours
            if self.rules.weekly_mode == "average"
            else min(self.rules.weekly_hours, self.person.contract_hours_per_week)
        )
        minutes = sum(self.worked(day) for day in days)
        self.add("weekly_hours", days[0], minutes - most)
        self.add("rest_day_a_week", days[0], self.rules.rest_days_a_week - sum(not self.works(day) for day in days))
        standby = [day for day in days if self.plan.get(day) == "standby"]
        for day in standby:
            if day >= self.time.first:
                self.add("standby_callable", day, minutes + 240 * len(standby) - most)

    def runs(self, rule, holds, most):
        run = 0
        for day in [*self.time.known, self.time.days[-1] + timedelta(days=1)]:
            if day in self.time.known and day in self.plan and holds(day):
                run += 1
                continue
            last = day - timedelta(days=1)
            if run > most and last >= self.time.first:
                self.add(rule, last, run - most)
            run = 0

    def whole_month(self):
        total = sum(self.worked(day) for day in self.time.days)
        if self.rules.weekly_mode == "average":
            hours = min(self.rules.weekly_hours, self.person.contract_hours_per_week)
            self.add("average_weekly_hours", None, total - 60 * hours * len(self.time.days) / 7)
        limits = self.person.limits
        if limits.hours_a_month is not None:
            self.add("hours_a_month", None, total - 60 * limits.hours_a_month)
        weekends = {
            day - timedelta(days=day.weekday() - 5)
            for day in self.time.days
            if day.weekday() > 4 and self.plan.get(day, "off") not in ("off", "leave")
        }
        if limits.weekends_a_month is not None and len(weekends) > limits.weekends_a_month:
            self.found["weekends_a_month", "any"] += len(weekends) - limits.weekends_a_month


def random_case(random):
    month = pd.Period(str(random.choice(["2026-03", "2026-10", "2026-02", "2026-08", "2026-11"])), "M")
    zone = str(random.choice(["Europe/Berlin", "Asia/Shanghai"]))  # clocks change in March and October
    time = Minutes(month, zone)
    rules = RosterRules(
        weekly_mode=str(random.choice(["weekly_cap", "average"])), on_site_day={"qa": 1}, on_site_night={"qa": 1},
        standby_minimum=1, standby_target=1, seat_limit=1, rest_hours=float(random.choice([8, 11])),
        working_days_in_a_row=int(random.integers(3, 7)), nights_in_a_row=int(random.integers(1, 4)),
    )  # fmt: skip
    people = [
        Person(
            str(n), role=str(random.choice(["inbound", "qa"])),
            contract_hours_per_week=float(random.choice([40, 20])), protected=bool(random.random() < 0.25),
            night_eligible=bool(random.random() < 0.8),
            leave=frozenset(d for d in time.days if random.random() < 0.05),
            limits=Limits(weekends_a_month=2, hours_a_month=100.0) if random.random() < 0.3 else Limits(),
            split_consent=bool(random.random() < 0.5),
        )
        for n in range(3)
    ]  # fmt: skip
    fixed = time.days[int(random.integers(len(time.days)))]
    people[0] = replace(people[0], fixed_shifts={fixed: "off" if fixed in people[0].leave else "D"})
    plans = []
    for person in people:
        share = random.random()
        plan = {day: str(random.choice(WORDS)) for day in time.known if random.random() < share}
        plan |= {day: "standby" for day in time.days if random.random() < 0.05}
        plan |= {day: "leave" for day in person.leave if random.random() < 0.8}
        plans.append(_without_overlaps(plan, time))
    return month, zone, time, rules, people, plans


def _without_overlaps(plan, time):
    """Leave out what begins before the duty of an earlier day ends: of two at once no rest can be measured."""
    kept, until = {}, -1
    for day, code in sorted(plan.items()):
        if code == "leave":
            kept[day] = code
            continue
        begin = time.minute(day, 360 if code == "standby" else CATALOGUE[code].start_minute - HANDOVER)
        if begin >= until:
            kept[day] = code
            until = begin + (480 if code == "standby" else CATALOGUE[code].length_minutes + HANDOVER)
    return kept


def frame_of(people, plans, time, zone, *, carried):
    rows = []
    for person, plan in zip(people, plans, strict=True):
        for day, code in plan.items():
            if (day < time.first) != carried:
                continue
            who = (person.badge, person.role, day, code)
            if code == "leave":
                rows.append((*who, pd.NaT, pd.NaT, pd.NaT, pd.NaT, 0))
                continue
            shift = CATALOGUE[code] if code in CATALOGUE else Shift("S", 360, 480)
            start = time.at(day, shift.start_minute).tz_convert(zone)
            meal = (pd.NaT, pd.NaT)
            if shift.meal_minutes:
                first = start + pd.Timedelta(minutes=shift.meal_offsets_minutes[0])
                meal = (first, first + pd.Timedelta(minutes=shift.meal_minutes))
            end = start + pd.Timedelta(minutes=shift.length_minutes)
            rows.append((*who, start, end, *meal, HANDOVER + WORKED[code] if code in CATALOGUE else 0))
            if code == "B":
                rows[-1] += tuple(start + pd.Timedelta(minutes=at) for at in BREAKS)
    columns = roster_columns(2)
    return pd.DataFrame([(*row, *[pd.NaT] * (len(columns) - len(row))) for row in rows], columns=columns)


def cover_by_the_minute(people, plans, rules, time, holidays):
    """Return the worst lack or excess of each day, counting who is there in every minute."""
    there = {name: np.zeros(time.count, dtype=int) for name in ("inbound", "qa", "standby")}
    for person, plan in zip(people, plans, strict=True):
        for day, code in plan.items():
            if code == "standby":
                there["standby"][time.minute(day, 360) : time.minute(day, 360) + 480] += 1
            elif code in CATALOGUE:
                shift = CATALOGUE[code]
                begin = time.minute(day, shift.start_minute)
                there[person.role][begin : begin + shift.length_minutes] += 1
                if shift.meal_minutes:
                    first = begin + shift.meal_offsets_minutes[0]
                    there[person.role][first : first + shift.meal_minutes] -= 1
                if code == "B":
                    for minute in (*range(BREAKS[0], BREAKS[1]), *range(BREAKS[2], BREAKS[3])):
                        there[person.role][begin + minute] -= 1
    found = Counter()
    night = (time.clock >= 1320) | (time.clock < 360)
    employed = {person.role for person in people}
    for day in time.days:
        today = time.date == day
        found["seat_limit", day] = max(0, int(there["inbound"][today].max()) - rules.seat_limit)
        if "qa" in employed:
            for part in (night, ~night):
                found["ladder_material", day] += max(0, 1 - int(there["qa"][today & part].min()))
        if day in holidays:
            found["holiday_standby", day] = max(0, 1 - int(there["standby"][today].min()))
    return +found


@pytest.mark.parametrize("seed", range(40))
def test_every_breach_is_found_and_nothing_else(seed):
    random = np.random.default_rng(seed)
    month, zone, time, rules, people, plans = random_case(random)
    holidays = {time.days[int(random.integers(len(time.days)))]}
    calendar = Calendar(days={day: SpecialDay("feast", "holiday") for day in holidays})
    given = frame_of(people, plans, time, zone, carried=False)
    carry_in = frame_of(people, plans, time, zone, carried=True)
    told = broken_rules(given, Situation(people, CATALOGUE, rules, month, zone, calendar, carry_in))
    assert not set(told["rule"]) & {
        "shift_times",
        "meal_in_window",
        "breaks_in_window",
        "worked_minutes",
        "known_shift",
    }
    for person, plan in zip(people, plans, strict=True):
        mine = told[told["badge"] == person.badge]
        found = Counter()
        for rule, day, amount in zip(mine["rule"], mine["date"], mine["amount"], strict=True):
            found[rule, "any" if rule == "weekends_a_month" else day] += round(float(amount), 4)
        assert found == Naive(person, plan, rules, time, month).all(), (person, plan)
    together = Counter()
    for rule, day, amount in told.loc[told["badge"] == "", ["rule", "date", "amount"]].itertuples(index=False):
        together[rule, day] += amount
    assert together == cover_by_the_minute(people, plans, rules, time, holidays)
