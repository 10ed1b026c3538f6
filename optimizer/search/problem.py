"""One month's planning problem as arrays: slots, shifts, costs of coverage, and each person's room."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, reduce
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecaster.history.intervals import MINUTES_PER_DAY, month_intervals, require_same_intervals
from forecaster.messages import Words
from optimizer.law.comforts import WANTED_WEEKENDS
from optimizer.law.people import DAY_OFF, SKILL_PREFIX, Person
from optimizer.law.roster_rules import RosterRules
from optimizer.law.rule_words import rule_named
from optimizer.law.rules.night_eligible import NIGHT_ELIGIBLE
from optimizer.law.rules.protected_staff import PROTECTED_STAFF
from optimizer.law.rules.role_of_shift import ROLE_OF_SHIFT
from optimizer.law.shifts import LEAVE, STANDBY, Shift, ShiftCatalogue
from optimizer.law.situation import Situation
from optimizer.search.carried_in import Past
from optimizer.search.coverage_curves import Curve, floor_curve, seat_curve
from optimizer.search.kernel_arrays import Curves, Duties, FloatArray, IntArray, MonthArrays, Staff, TourRules, Walks
from optimizer.search.limit_graph import Brought, lawful_walks, priced_minutes
from optimizer.search.rests import Clock, Rests, rests_between
from optimizer.search.seat_worth import worth_curve
from optimizer.search.tour_rules import shift_costs, tour_rules
from optimizer.search.week_states import week_states
from optimizer.sentences import refusal, say


@dataclass(frozen=True, eq=False)
class Month:
    """Everything the solvers need to know of one month, and nothing of pandas.

    Duties are the shifts of the season followed by the standby spells. Choice `len(duties)` is a day off.
    """

    days: tuple[date, ...]
    people: tuple[Person, ...]
    duties: tuple[Shift, ...]
    standby_duties: int
    rules: RosterRules
    timezone: str
    slot_minutes: int
    interval_minutes: int
    slot_count: int
    start_slot: IntArray  # (days, duties)
    end_slot: IntArray
    meal_slots: IntArray  # (duties,)
    meal_first: IntArray  # (duties + 1,) into meal_offset
    meal_offset: IntArray
    seats_required: IntArray  # (slots,) people wanted on the phone, reserve not counted
    curves: tuple[Curve, ...]
    base: FloatArray  # (curves, slots): people carried in from last month
    groups: tuple[tuple[str, frozenset[str]], ...]
    group_of: IntArray  # (people,)
    group_curves: tuple[tuple[int, ...], ...]
    leaves_for_meals: NDArray[np.bool_]  # (groups,): whether a meal takes the group's people off their curves
    standby_curve: int
    person_cost: NDArray[np.float32]  # (people, days, duties + 1); inf = not allowed
    tour_rules: TourRules
    walks: Walks  # the months of people with limits of their own
    rests: Rests
    week_of_day: IntArray
    days_into_week: IntArray
    week_cap: FloatArray  # (people, weeks) minutes
    week_days: IntArray  # (people, weeks) most working days in what the month has of each week
    month_cap: FloatArray  # (people,) minutes, inf where nothing limits the month's
    month_floor: FloatArray  # (people,) minutes, standby not counted
    first_source: IntArray
    first_run: IntArray
    nights_before: IntArray  # (people,) in a row, up to the last duty before the month
    free_before: IntArray  # (people,) days off since that duty, at most 2
    weekend: IntArray  # (days,) 1 and 2 = Saturday and Sunday of a weekend that lies in the month, 0 = any other day
    burden: NDArray[np.int64]  # (3, days, duties): is it a night, a weekend day, a holiday
    allowance: FloatArray  # (people, 4): how many of each are a fair share, and how many weekends are not wanted free
    burden_weight: FloatArray  # (4,)

    @property
    def slot_hours(self) -> float:
        """Return the length of a slot in hours."""
        return self.slot_minutes / 60

    @property
    def worked_minutes(self) -> FloatArray:
        """Return the minutes each duty takes from a week's hours."""
        return np.array([duty.worked_minutes for duty in self.duties], dtype=float)

    @cached_property
    def arrays(self) -> MonthArrays:
        """Return the month as the compiled loops read it; every array of one type, or they are compiled anew."""
        return MonthArrays(
            Staff(
                self.person_cost, self.group_of, self.first_source, self.first_run, self.month_cap, self.month_floor,
                self.allowance,
                self.week_of_day, self.weekend,
            ),
            Duties(
                self.start_slot, self.end_slot, self.meal_slots, self.meal_first, self.meal_offset,
                len(self.duties) - self.standby_duties, self.worked_minutes, self.burden, self.burden_weight,
            ),
            Curves(
                np.cumsum([0, *map(len, self.group_curves)]),
                np.array([c for curves in self.group_curves for c in curves], dtype=np.int64),
                self.leaves_for_meals, self.standby_curve,
            ),
            self.tour_rules,
            week_states(self.worked_minutes, self.week_cap, self.week_days, self.week_of_day),
            self.walks,
        )  # fmt: skip


def month_problem(
    requirement: pd.DataFrame,
    situation: Situation,
    *,
    worth: pd.DataFrame | None = None,
) -> Month:
    """Return the month's problem as arrays.

    worth
        A frame of `optimizer.search.seat_worth.seat_worth`; seats are then valued by it, not by shortage, reserve and
        surplus.

    Raises
    ------
    ValueError
        If the requirement does not cover the month, a code is unknown, or a shift is longer than the law allows.
    """
    people, rules, month, timezone = situation.people, situation.rules, situation.month, situation.timezone
    catalogue = situation.catalogue.in_month(month.month)
    rules.check_catalogue(catalogue)
    index = pd.DatetimeIndex(requirement.index)
    interval = _interval_minutes(index)
    both = Words(f"台席需求与 {month} 月", f"requirement and {month}")
    require_same_intervals(index, month_intervals(month, timezone, interval_minutes=interval), names=both)
    days = tuple(month.start_time.date() + timedelta(days=d) for d in range(month.days_in_month))
    holiday = np.array([situation.calendar.day_type(day) == "holiday" for day in days])
    standby = [_standby_duty(start, length, rules) for start, length in rules.standby_blocks] if holiday.any() else []
    duties = [*catalogue, *standby]
    slot = _slot_minutes(duties, interval)
    groups, group_of = _groups(people, requirement)
    frame = _Frame(requirement, interval // slot, slot, days, rules, holiday, index)
    curves, group_curves, standby_curve = _curves(frame, people, groups, bool(standby))
    if worth is not None:
        curves = (_valued(frame, worth), *curves[1:])
    clock = Clock(days, timezone)
    rests = rests_between(duties, rules, clock)
    kernel = tour_rules(duties, rules, rests)
    past = Past(situation, days, duties, kernel, clock)
    cost = _person_cost(people, days, duties, len(standby), rules, holiday, catalogue)
    past.forbid_what_cannot_follow(cost)
    weeks = _weeks(days)
    brought = Brought(past.first_run, past.nights, past.free, past.week_cap(), past.week_days())
    walks = lawful_walks(
        people, duties, rules, brought, standby_duties=len(standby), days_into_week=weeks["days_into_week"],
        week_of_day=weeks["week_of_day"], rests=rests,
    )  # fmt: skip
    return Month(
        days=days,
        people=tuple(people),
        duties=tuple(duties),
        standby_duties=len(standby),
        rules=rules,
        timezone=timezone,
        slot_minutes=slot,
        interval_minutes=interval,
        slot_count=frame.slot_count,
        **_places(frame, duties, len(catalogue), clock),
        seats_required=frame.seats,
        curves=curves,
        base=_carried_seats(
            frame, curves, situation.carry_in, people, groups, group_of, group_curves, clock.origin, duties
        ),
        groups=groups,
        group_of=group_of,
        group_curves=group_curves,
        leaves_for_meals=np.array([role not in rules.on_site_at_meals for role, _ in groups], dtype=bool),
        standby_curve=standby_curve,
        person_cost=cost,
        tour_rules=kernel,
        walks=walks,
        rests=rests,
        **weeks,
        week_cap=brought.week_cap,
        week_days=brought.week_days,
        **_month_minutes(people, duties, rules, len(days)),
        first_source=past.first_source,
        first_run=past.first_run,
        nights_before=past.nights,
        free_before=past.free,
        **_burdens(
            frame, people, duties, len(catalogue), past.burdens_before, weekends=int((weeks["weekend"] == 2).sum())
        ),
    )


def _slot_minutes(duties: Sequence[Shift], interval: int) -> int:
    """Return the longest slot in which every start, end and meal begins."""
    slot = reduce(math.gcd, (m for s in duties for m in (s.start_minute, s.length_minutes, s.meal_minutes)), interval)
    return reduce(math.gcd, (offset for s in duties for offset in s.meal_offsets_minutes), slot)


def _valued(frame: _Frame, worth: pd.DataFrame) -> Curve:
    """Return the curve of seats by what each is worth."""
    both = Words("台席需求与席位价值", "requirement and worth of seats")
    require_same_intervals(frame.index, pd.DatetimeIndex(worth.index), names=both)
    by_slot = np.repeat(worth.to_numpy(dtype=float), frame.slots_per_interval, axis=0)
    rules, hours = frame.rules, frame.slot_minutes / 60
    return worth_curve(by_slot, weights=rules.weights, slot_hours=hours, seat_limit=rules.seat_limit)


def _places(frame: _Frame, duties: Sequence[Shift], shifts: int, clock: Clock) -> dict[str, Any]:
    """Return where the duties and their meals lie, in slots: the fields of `Month` of these names."""
    slot = frame.slot_minutes
    passed = [
        [MINUTES_PER_DAY * day + s.start_minute + clock.minutes(day, s.start_minute) for s in duties]
        for day in range(len(frame.days))
    ]
    start = np.array(passed) // slot
    end = start + np.array([s.length_minutes // slot for s in duties])
    meals = [s.meal_offsets_minutes if i < shifts else () for i, s in enumerate(duties)]
    return {
        "start_slot": np.clip(start, 0, frame.slot_count),
        "end_slot": np.clip(end, 0, frame.slot_count),
        "meal_slots": np.array(
            [s.meal_minutes // slot if meals[i] else 0 for i, s in enumerate(duties)], dtype=np.int64
        ),
        "meal_first": np.cumsum([0, *map(len, meals)]),
        "meal_offset": np.array([offset // slot for offsets in meals for offset in offsets], dtype=np.int64),
    }


def _weeks(days: Sequence[date]) -> dict[str, Any]:
    """Return in which week each day lies and where, and the whole weekends: the fields of `Month` of these names."""
    first_monday = (7 - days[0].weekday()) % 7
    into_week = np.array([day.weekday() for day in days])
    ends = np.append(into_week[1:] == 6, False)
    weekend = np.where(ends & (into_week == 5), 1, np.where(np.append(False, ends[:-1]), 2, 0)).astype(np.int64)
    week = np.array([(d - first_monday) // 7 + 1 if first_monday else d // 7 for d in range(len(days))])
    return {"week_of_day": week, "days_into_week": into_week, "weekend": weekend}


def _month_minutes(people: Sequence[Person], duties: Sequence[Shift], rules: RosterRules, days: int) -> dict[str, Any]:
    """Return the most and the fewest minutes of a month: the fields of `Month` of these names."""
    hours = [priced_minutes(rules.limits_of(person), duties) for person in people]
    most = [min(rules.month_minutes(p, days), limit) for p, (_, limit) in zip(people, hours, strict=True)]
    return {"month_cap": np.array(most), "month_floor": np.array([least for least, _ in hours], dtype=float)}


def _burdens(
    frame: _Frame, people: Sequence[Person], duties: Sequence[Shift], shifts: int, before: FloatArray, *, weekends: int
) -> dict[str, Any]:
    """Return what is a burden, its fair share and its weight: the fields of `Month` of these names."""
    rules, weights = frame.rules, frame.rules.weights
    burden = np.zeros((3, len(frame.days), len(duties)), dtype=np.int64)
    burden[0] = [rules.is_night(s) and i < shifts for i, s in enumerate(duties)]
    burden[1] = np.array([d.weekday() >= 5 for d in frame.days])[:, None]
    burden[2] = frame.holiday[:, None]
    burden[:, :, shifts:] = 0
    shares = _allowances(frame, people, duties, before)
    weigh = [weights.nights, weights.weekends, weights.holidays, rules.comfort_weight("weekends_off")]
    return {
        "burden": burden,
        "allowance": np.hstack([shares, np.full((len(people), 1), max(0, weekends - WANTED_WEEKENDS))]),
        "burden_weight": np.array(weigh, dtype=float),
    }


@dataclass(frozen=True, eq=False)
class _Frame:
    requirement: pd.DataFrame
    slots_per_interval: int
    slot_minutes: int
    days: tuple[date, ...]
    rules: RosterRules
    holiday: NDArray[np.bool_]
    index: pd.DatetimeIndex

    def slots_of(self, column: str) -> IntArray:
        values = self.requirement[column].to_numpy(dtype=float)
        if np.isnan(values).any() or (values < 0).any():
            bad = self.index[int(np.flatnonzero(np.isnan(values) | (values < 0))[0])]
            raise refusal("requirement.missing", column=column, at=bad)
        return np.repeat(np.ceil(values - 1e-9).astype(np.int64), self.slots_per_interval)

    @property
    def slot_count(self) -> int:
        return len(self.index) * self.slots_per_interval

    @property
    def seats(self) -> IntArray:
        return self.slots_of("people_to_roster" if "people_to_roster" in self.requirement else "seats_required")

    @property
    def minute_of_day(self) -> IntArray:
        start = np.asarray(self.index.hour * 60 + self.index.minute)
        inside = np.arange(self.slots_per_interval) * self.slot_minutes
        return (start[:, None] + inside).ravel()

    @property
    def day_of_slot(self) -> IntArray:
        return np.repeat(np.asarray(self.index.day) - 1, self.slots_per_interval)

    @property
    def night(self) -> NDArray[np.bool_]:
        return np.array([self.rules.in_night(int(m)) for m in self.minute_of_day])


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


def _groups(
    people: Sequence[Person], requirement: pd.DataFrame
) -> tuple[tuple[tuple[str, frozenset[str]], ...], IntArray]:
    """Group people who are interchangeable for coverage: same role, same skills that the requirement asks for."""
    asked = {str(c)[len(SKILL_PREFIX) :] for c in requirement.columns if str(c).startswith(SKILL_PREFIX)}
    keys = [(p.role, p.skills & asked) for p in people]
    groups = sorted(set(keys), key=lambda key: (key[0], sorted(key[1])))
    index = {key: i for i, key in enumerate(groups)}
    return tuple(groups), np.array([index[key] for key in keys], dtype=np.int64)


def _curves(
    frame: _Frame, people: Sequence[Person], groups: Sequence[tuple[str, frozenset[str]]], with_standby: bool
) -> tuple[tuple[Curve, ...], tuple[tuple[int, ...], ...], int]:
    rules, weights = frame.rules, frame.rules.weights
    hours = frame.slot_minutes / 60
    seats = frame.seats
    month_start = 1 + weights.month_start * (frame.day_of_slot < rules.month_start_days)
    reserve = np.where(seats > 0, np.maximum(np.ceil(rules.reserve_share * seats - 1e-9), rules.reserve_seats), 0)
    curves = [
        seat_curve(
        "phone", seats=seats, reserve=reserve.astype(np.int64), weights=weights, slot_hours=hours,
        shortage_factor=np.asarray(month_start, dtype=float), seat_limit=rules.seat_limit,
        )
    ]  # fmt: skip
    members: list[list[int]] = [[0] if role in rules.cover_roles else [] for role, _ in groups]
    for column in frame.requirement.columns:
        if str(column).startswith(SKILL_PREFIX):
            skill = str(column)[len(SKILL_PREFIX) :]
            least = frame.slots_of(str(column))
            for g, (role, skills) in enumerate(groups):
                if role in rules.cover_roles and skill in skills:
                    members[g].append(len(curves))
            curves.append(
                floor_curve(
                    f"skill {skill}", least, least, below=weights.shortage, short=0.0, above=0.0, slot_hours=hours
                )
            )
    night = frame.night
    for role in sorted({r for r, _ in groups} - set(rules.cover_roles)):
        least = np.where(night, rules.on_site_night.get(role, 0), rules.on_site_day.get(role, 0)).astype(np.int64)
        staff = [p for p in people if p.role == role]
        # By day as many are wanted as the role's contract hours allow at least, so that everybody works them.
        spread = sum(min(rules.weekly_hours, p.contract_hours_per_week) for p in staff) / 7
        day_hours = max(1.0, float((~night).sum()) * hours / len(frame.days))
        want = np.maximum(least, np.where(night, 0, math.ceil(spread / day_hours))).astype(np.int64)
        for g, (group_role, _) in enumerate(groups):
            if group_role == role:
                members[g].append(len(curves))
        spread_costs = {"below": weights.ladder, "short": weights.ladder_spread, "above": weights.ladder_crowd}
        curves.append(floor_curve(role, least, want, **spread_costs, slot_hours=hours))
    standby_curve = -1
    if with_standby:
        standby_curve = len(curves)
        on_holiday = frame.holiday[frame.day_of_slot]
        least = np.where(on_holiday, rules.standby_minimum, 0)
        want = np.where(on_holiday, rules.standby_target, 0)
        curves.append(
            floor_curve(
                STANDBY, least, want, below=weights.standby, short=weights.standby_target, above=1.0, slot_hours=hours
            )
        )
    return tuple(curves), tuple(tuple(m) for m in members), standby_curve


def _carried_seats(
    frame: _Frame,
    curves: Sequence[Curve],
    carry_in: pd.DataFrame | None,
    people: Sequence[Person],
    groups: Sequence[tuple[str, frozenset[str]]],
    group_of: IntArray,
    group_curves: Sequence[tuple[int, ...]],
    origin: pd.Timestamp,
    duties: Sequence[Shift],
) -> FloatArray:
    """Count who is still at work from last month's last night; without a roster of it, it is taken to be staffed."""
    slots = len(frame.seats)
    base = np.zeros((len(curves), slots))
    if carry_in is None or carry_in.empty:
        over = max((s.end_minute - MINUTES_PER_DAY for s in duties), default=0)
        over = min(over, frame.rules.night_end_minute)
        before = min(max(0, over) // frame.slot_minutes, slots)
        for c, curve in enumerate(curves):
            base[c, :before] = curve.enough[:before]
        return base
    group = {p.badge: int(group_of[i]) for i, p in enumerate(people)}
    for row in carry_in.to_dict("records"):
        if str(row["badge"]) not in group or row["shift"] == LEAVE or pd.isna(row["end_at"]):
            continue
        present = _slots_between(row["start_at"], row["end_at"], origin, frame.slot_minutes, slots)
        curve_list = group_curves[group[str(row["badge"])]]
        if row["shift"] == STANDBY:
            continue
        for c in curve_list:
            base[c, present] += 1
            away = groups[group[str(row["badge"])]][0] not in frame.rules.on_site_at_meals
            if away and not pd.isna(row["meal_start_at"]):
                base[
                    c, _slots_between(row["meal_start_at"], row["meal_end_at"], origin, frame.slot_minutes, slots)
                ] -= 1
    return base


def _slots_between(start: object, end: object, origin: pd.Timestamp, slot_minutes: int, slots: int) -> slice:
    seconds = slot_minutes * 60
    first = int((pd.Timestamp(start) - origin).total_seconds() // seconds)  # type: ignore[arg-type]
    last = int((pd.Timestamp(end) - origin).total_seconds() // seconds)  # type: ignore[arg-type]
    return slice(min(max(first, 0), slots), min(max(last, 0), slots))


def _person_cost(
    people: Sequence[Person],
    days: Sequence[date],
    duties: Sequence[Shift],
    standby_duties: int,
    rules: RosterRules,
    holiday: NDArray[np.bool_],
    catalogue: ShiftCatalogue,
) -> NDArray[np.float32]:
    count = len(duties)
    shifts = count - standby_duties
    day_number = {day: d for d, day in enumerate(days)}
    code_number = {s.code: i for i, s in enumerate(catalogue)} | {DAY_OFF: count}
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


def _allowances(
    frame: _Frame,
    people: Sequence[Person],
    duties: Sequence[Shift],
    before: FloatArray,
) -> FloatArray:
    """Return each person's fair number of nights, weekend days and holidays: fewer for who had more before.

    Costs are linear beyond a share, so it is the larger share of who had less that moves the work.
    """
    rules, hours = frame.rules, frame.slot_minutes / 60
    seats = frame.seats * hours
    shift_hours = np.mean([(s.length_minutes - s.meal_minutes) / 60 for s in duties])
    deep_night = np.array([rules.in_night(int(m)) for m in frame.minute_of_day])
    day = frame.day_of_slot
    weekend = np.array([d.weekday() >= 5 for d in frame.days])[day]
    result = np.zeros((len(people), 3))
    for cover in (True, False):
        chosen = np.array([(p.role in rules.cover_roles) == cover for p in people], dtype=bool)
        if not chosen.any():
            continue
        if cover:
            contract = sum(p.contract_hours_per_week for p, c in zip(people, chosen, strict=True) if c)
            able = sum(p.contract_hours_per_week for p, c in zip(people, chosen, strict=True) if c and p.works_nights)
            share = np.array([p.contract_hours_per_week for p in people])
            result[chosen, 0] = np.ceil(seats[deep_night].sum() / shift_hours * share[chosen] / max(able, 1e-9))
            result[chosen, 1] = np.ceil(seats[weekend].sum() / shift_hours * share[chosen] / contract)
            result[chosen, 2] = np.ceil(seats[frame.holiday[day]].sum() / shift_hours * share[chosen] / contract)
        else:
            weekend_days = sum(d.weekday() >= 5 for d in frame.days)
            result[chosen, 0] = 8
            result[chosen, 1] = math.ceil(weekend_days * 5 / 7)
            result[chosen, 2] = math.ceil(int(frame.holiday.sum()) * 5 / 7)
        result[chosen] -= before[chosen] - before[chosen].mean(axis=0)
    return np.clip(result, 0, None)
