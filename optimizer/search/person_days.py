"""What each person may do on each day, and what it costs beside seats: roles, nights, leave, fixed days, patterns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecaster.history.intervals import MINUTES_PER_DAY
from forecaster.messages import Words
from optimizer.law.patterns import Pattern, fitting
from optimizer.law.people import DAY_OFF, Person
from optimizer.law.rule_words import rule_named
from optimizer.law.rules.night_eligible import NIGHT_ELIGIBLE
from optimizer.law.rules.protected_staff import PROTECTED_STAFF
from optimizer.law.rules.role_of_shift import ROLE_OF_SHIFT
from optimizer.law.shifts import Shift
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
    people, days, duties, rules, holiday = frame.people, frame.days, frame.duties, frame.rules, frame.holiday
    count, shifts = len(duties), len(frame.shifts)
    day_number = {day: d for d, day in enumerate(days)}
    code_number = {s.code: i for i, s in enumerate(frame.shifts)} | {DAY_OFF: count}
    cost = np.zeros((len(people), len(days), count + 1), dtype=np.float32)
    cost[:, :, shifts:count] = np.inf
    cost[:, holiday, :shifts] += rules.weights.holiday_work
    cost[:, :, :shifts] += np.array(shift_costs(duties[:shifts], rules), dtype=np.float32)
    tomorrow = np.append(holiday[1:], False)[:, None]
    spills = np.array([s.end_minute > MINUTES_PER_DAY for s in duties[shifts:]], dtype=bool)
    standby_day = holiday[:, None] | (tomorrow & spills)
    night = np.array([rules.is_night(s) for s in duties])
    touches = np.array([rules.touches_night(s) for s in duties])
    for p, person in enumerate(people):
        mine = cost[p]
        if person.role in rules.cover_roles and not person.protected:
            mine[:, shifts:count] = np.where(standby_day, 0.0, np.inf)
        barred = np.array([bool(s.roles) and person.role not in s.roles for s in duties])
        if not person.works_nights:
            barred |= touches if person.protected else night
        mine[:, :count][:, barred] = np.inf
        for day, code in person.wishes.items():
            if day in day_number:
                wanted = _code_number(code, code_number, person, day, say("shift.wished"))
                mine[day_number[day], np.arange(count + 1) != wanted] += rules.weights.wish
        for day, code in person.fixed_shifts.items():
            if day in day_number:
                wanted = _code_number(code, code_number, person, day, say("shift.fixed"))
                if wanted < count and barred[wanted]:
                    rule = _barred_by(person, duties[wanted])
                    raise refusal("person.may_not", rule=rule_named(rule), badge=person.badge, day=day, code=code)
                mine[day_number[day], np.arange(count + 1) != wanted] = np.inf
        for day in person.leave:
            if day in day_number:
                mine[day_number[day], :count] = np.inf
        free = [d for d, day in enumerate(days) if day.weekday() in person.weekly_days_off]
        mine[[d for d in free if days[d] not in person.fixed_shifts], :count] = np.inf
    return cost


def _barred_by(person: Person, duty: Shift) -> str:
    """Return the name of the rule that keeps a person from a duty altogether."""
    if duty.roles and person.role not in duty.roles:
        return ROLE_OF_SHIFT.name
    return (PROTECTED_STAFF if person.protected else NIGHT_ELIGIBLE).name


def _code_number(code: str, known: Mapping[str, int], person: Person, day: date, what: Words) -> int:
    if code not in known:
        raise refusal("person.no_such_shift", badge=person.badge, code=code, day=day, what=what)
    return known[code]
