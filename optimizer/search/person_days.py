"""What each person may do on each day, and what it costs beside seats: roles, nights, leave, fixed days, patterns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecaster.history.intervals import MINUTES_PER_DAY
from optimizer.law.patterns import Pattern, fitting
from optimizer.law.people import Person
from optimizer.law.rule_words import rule_named
from optimizer.law.rules.night_eligible import NIGHT_ELIGIBLE
from optimizer.law.rules.protected_staff import PROTECTED_STAFF
from optimizer.law.rules.role_of_shift import ROLE_OF_SHIFT
from optimizer.law.shifts import DAY_OFF, STANDBY, Shift, off_phone
from optimizer.law.situation import Situation
from optimizer.search.month_slots import Slots
from optimizer.search.tour_rules import shift_costs
from optimizer.sentences import refusal, say


@dataclass(frozen=True, eq=False)
class PersonDays:
    """What people's days cost, and where they are off a pattern that is weighed: (people, days, duties + 1).

    A cost of inf is not allowed; the last choice is a day off.
    """

    cost: NDArray[np.float32]
    off_pattern: NDArray[np.bool_]


def person_days(frame: Slots, situation: Situation) -> PersonDays:
    """Return what each person may do on each day.

    Raises
    ------
    ValueError
        If a fixed shift or a wish is of no known code, or a fixed shift is not for this person.
    """
    cost = _cost_of_days(frame)
    off_pattern = np.zeros(cost.shape, dtype=bool)
    fits = fitting(frame.rules, frame.shifts)
    choices = [*(duty.code for duty in frame.duties), DAY_OFF]
    asks: dict[str, NDArray[np.bool_]] = {}
    for p, (pattern, place) in _places(frame, situation, fits).items():
        person = frame.people[p]
        for d, wanted in enumerate(pattern.on(frame.days[0], place, frame.days)):
            if frame.days[d] in person.leave or frame.days[d] in person.fixed_shifts:
                continue
            if wanted not in asks:
                asks[wanted] = np.array([fits(wanted, code) for code in choices])
            if pattern.preferred:
                off_pattern[p, d] = ~asks[wanted]
            else:
                cost[p, d, ~asks[wanted]] = np.inf
    cost[off_pattern] += frame.rules.weights.preferred_pattern
    return PersonDays(cost, off_pattern)


def _places(frame: Slots, situation: Situation, fits: Callable[[str, str], bool]) -> dict[int, tuple[Pattern, int]]:
    """Return by number of person the pattern, and the place in it that the month's first day has.

    Where nothing tells the place, people of a pattern, and teams, are spread evenly over the cycle.
    """
    rules, first = frame.rules, frame.days[0]
    followed = {p: pattern for p, who in enumerate(frame.people) if (pattern := rules.pattern_of(who)) is not None}
    if not followed:
        return {}
    before = _codes_before(situation, first)
    teams = sorted(rules.teams)
    alike, number = Counter(followed.values()), Counter[Pattern]()
    found = {}
    for p, pattern in followed.items():
        person = frame.people[p]
        places = pattern.places(first, before.get(person.badge, {}), fits)
        if person.pattern is None:
            share = teams.index(person.team) / len(teams)
        else:
            share = number[pattern] / alike[pattern]
            number[pattern] += 1
        found[p] = pattern, places[int(share * len(places))]
    return found


def _codes_before(situation: Situation, first: date) -> dict[str, dict[date, str]]:
    """Return what last month's roster has, by badge and day."""
    before: dict[str, dict[date, str]] = {}
    if situation.carry_in is not None:
        rows = situation.carry_in[["badge", "date", "shift"]].itertuples(index=False)
        for badge, at, code in rows:
            if (day := pd.Timestamp(at).date()) < first and code != DAY_OFF:
                before.setdefault(str(badge), {})[day] = str(code)
    return before


def _cost_of_days(frame: Slots) -> NDArray[np.float32]:
    """Return (people, days, duties + 1) what people's days cost, patterns left aside."""
    days, duties, rules, holiday = frame.days, frame.duties, frame.rules, frame.holiday
    count, shifts = len(duties), len(frame.shifts)
    cost = np.zeros((len(frame.people), len(days), count + 1), dtype=np.float32)
    cost[:, :, shifts:count] = np.inf
    cost[:, holiday, :shifts] += rules.weights.holiday_work
    for s, shift in enumerate(frame.shifts):
        if shift.months:
            cost[:, [day.month not in shift.months for day in days], s] = np.inf
    cost[:, :, :shifts] += np.array(shift_costs(duties[:shifts], rules), dtype=np.float32)
    choices = _Choices(frame)
    for person, mine in zip(frame.people, cost, strict=True):
        if person.role in rules.cover_roles and not person.protected:
            mine[:, shifts:count] = np.where(choices.standby_day, 0.0, np.inf)
        mine[:, :count][choices.barred(person) & ~choices.told(person)] = np.inf
        choices.settle(person, mine)
        choices.leave_out(person, mine)
    return cost


class _Choices:
    """What a day may be: one of the shifts, of the standby spells, or off."""

    def __init__(self, frame: Slots) -> None:
        rules, duties, shifts = frame.rules, frame.duties, len(frame.shifts)
        self.frame, self.rules, self.duties = frame, rules, duties
        self.days = {day: d for d, day in enumerate(frame.days)}
        self.codes = [*(duty.code for duty in frame.shifts), *[STANDBY] * frame.standby_duties, DAY_OFF]
        tomorrow = np.append(frame.holiday[1:], False)[:, None]
        spills = np.array([s.end_minute > MINUTES_PER_DAY for s in duties[shifts:]], dtype=bool)
        self.standby_day = frame.holiday[:, None] | (tomorrow & spills) | (rules.on_call > 0)
        self.night = np.array([rules.is_night(s) for s in duties])
        self.touches = np.array([rules.touches_night(s) for s in duties])
        self.split = np.array([s.is_split for s in duties])
        self.off_phone = np.array([off_phone(s.code) for s in duties])

    def barred(self, person: Person) -> NDArray[np.bool_]:
        """Return (duties,) what the person may not work, but where a day is told."""
        barred = self.not_for(person) | self.off_phone
        return barred if person.split_consent else barred | self.split

    def not_for(self, person: Person) -> NDArray[np.bool_]:
        """Return (duties,) what the person may not work at all."""
        barred = np.array([bool(s.roles) and person.role not in s.roles for s in self.duties])
        if not person.works_nights:
            barred |= self.touches if person.protected else self.night
        return barred

    def told(self, person: Person) -> NDArray[np.bool_]:
        """Return (days, duties) where a day is fixed, or off the phone by wish."""
        told = np.zeros((len(self.days), len(self.duties)), dtype=bool)
        fixed, wished = (person.fixed_shifts, "shift.fixed", True), (person.wishes, "shift.wished", self.off_phone)
        for days, what, also in (wished, fixed):
            for day, code in days.items():
                if day in self.days:
                    told[self.days[day]] |= self.of_code(code, person, day, what)[:-1] & also
        return told

    def of_code(self, code: str, person: Person, day: date, what: str) -> NDArray[np.bool_]:
        """Return (duties + 1,) the choices that are a code."""
        if code not in self.codes:
            raise refusal("person.no_such_shift", badge=person.badge, code=code, day=day, what=say(what))
        return np.array([one == code for one in self.codes])

    def settle(self, person: Person, mine: NDArray[np.float32]) -> None:
        """Weigh what is wished of the person's days, and bar what is not fixed."""
        rules = self.rules
        for day, code in person.wishes.items():
            if day in self.days:
                mine[self.days[day], ~self.of_code(code, person, day, "shift.wished")] += rules.weights.wish
        never = self.not_for(person)
        for day, code in person.fixed_shifts.items():
            if day in self.days:
                wanted = self.of_code(code, person, day, "shift.fixed")
                if (wanted[:-1] & never).any() and not (wanted[:-1] & ~never).any():
                    rule = _barred_by(person, self.duties[int(np.flatnonzero(wanted)[0])])
                    raise refusal("person.may_not", rule=rule_named(rule), badge=person.badge, day=day, code=code)
                if code == STANDBY:
                    mine[self.days[day], np.append(wanted[:-1] & ~never, False)] = 0.0
                mine[self.days[day], ~wanted] = np.inf

    def leave_out(self, person: Person, mine: NDArray[np.float32]) -> None:
        """Bar all work on days of leave, weekly days off and outside the employment, and in hours of leave."""
        there = set(person.employed(self.frame.days)) - person.leave
        for day, d in self.days.items():
            off = day.weekday() in person.weekly_days_off and day not in person.fixed_shifts
            if off or day not in there:
                mine[d, :-1] = np.inf
        for day, spans in person.leave_hours.items():
            for on, back in ((day, 0), (day - timedelta(days=1), MINUTES_PER_DAY)):
                if on in self.days:
                    over = [any(s.start_minute < last + back and first + back < s.end_minute for first, last in spans)
                            for s in self.duties]  # fmt: skip
                    mine[self.days[on], :-1][over] = np.inf


def _barred_by(person: Person, duty: Shift) -> str:
    """Return the name of the rule that keeps a person from a duty altogether."""
    if duty.roles and person.role not in duty.roles:
        return ROLE_OF_SHIFT.name
    return (PROTECTED_STAFF if person.protected else NIGHT_ELIGIBLE).name
