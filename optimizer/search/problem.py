"""One month's planning problem as arrays: slots, shifts, costs of coverage, and each person's room."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecaster.history.intervals import MINUTES_PER_DAY
from optimizer.law.comforts import wanted_weekends
from optimizer.law.people import Person
from optimizer.law.roster_rules import RosterRules
from optimizer.law.shifts import Shift, off_phone
from optimizer.law.situation import Situation
from optimizer.search.break_ways import pauses_of
from optimizer.search.carried_in import Past
from optimizer.search.coverage_curves import Curve
from optimizer.search.kernel_arrays import (
    Curves,
    Duties,
    FloatArray,
    IntArray,
    MonthArrays,
    Pauses,
    Staff,
    TourRules,
    Walks,
)
from optimizer.search.limit_graph import Brought, lawful_walks
from optimizer.search.month_coverage import carried_seats, coverage_of
from optimizer.search.month_slots import Slots, slots_of_month
from optimizer.search.person_days import person_days
from optimizer.search.rests import MonthClock, Rests, rests_between
from optimizer.search.teams import Team, between, teams_of
from optimizer.search.tour_rules import tour_rules
from optimizer.search.week_states import week_states

_NIGHTS_OFF_PHONE = 8  # a month: two a week, as no seats tell how many nights a role off the phone makes


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
    off_pattern: NDArray[np.bool_]  # (people, days, duties + 1): what a pattern that is weighed does not ask for
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
    pauses: Pauses
    teams: tuple[Team, ...] = ()  # that are led
    coarse: Month | None = None  # the month on slots in which shifts and meals begin, where breaks begin in finer ones

    @property
    def slot_hours(self) -> float:
        """Return the length of a slot in hours."""
        return self.slot_minutes / 60

    @property
    def first_standby(self) -> int:
        """Return the number of the first standby spell: that of shifts, which stand before them."""
        return len(self.duties) - self.standby_duties

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
                self.allowance, self.week_of_day, self.weekend,
            ),
            Duties(
                self.start_slot, self.end_slot, self.meal_slots, self.meal_first, self.meal_offset,
                self.first_standby, self.worked_minutes, self.burden, self.burden_weight,
            ),
            Curves(
                np.cumsum([0, *map(len, self.group_curves)]),
                np.array([c for curves in self.group_curves for c in curves], dtype=np.int64),
                self.leaves_for_meals, self.standby_curve,
            ),
            self.pauses,
            self.tour_rules,
            week_states(self.worked_minutes, self.week_cap, self.week_days, self.week_of_day),
            self.walks,
        )  # fmt: skip


def month_problem(requirement: pd.DataFrame, situation: Situation, *, worth: pd.DataFrame | None = None) -> Month:
    """Return the month's problem as arrays.

    worth
        A frame of `optimizer.search.seat_worth.seat_worth`; seats are then valued by it, not by shortage, reserve and
        surplus.

    Raises
    ------
    ValueError
        If the requirement does not cover the month, a code is unknown, or a shift is longer than the law allows.
    """
    frame, rules = slots_of_month(requirement, situation), situation.rules
    clock, duties = MonthClock(frame.days, situation.timezone), frame.duties
    rests = rests_between(duties, rules, clock)
    kernel = tour_rules(duties, rules, rests)
    past = Past(situation, frame.days, duties, kernel, clock)
    allowed = person_days(frame, situation)
    past.forbid_what_cannot_follow(allowed.cost)
    weeks = _weeks(frame.days)
    brought = Brought(past.first_run, past.nights, past.free, past.week_cap(), past.week_days())
    walks, minutes = lawful_walks(
        frame.people, duties, rules, brought, days=frame.days, standby_duties=frame.standby_duties,
        days_into_week=weeks["days_into_week"], week_of_day=weeks["week_of_day"], rests=rests,
    )  # fmt: skip
    pauses = pauses_of(duties, frame.standby_duties, rules, frame.slot_minutes)
    finer = replace(frame, slot_minutes=pauses.slot_minutes)
    month = Month(
        days=frame.days,
        people=frame.people,
        duties=duties,
        standby_duties=frame.standby_duties,
        rules=rules,
        timezone=situation.timezone,
        interval_minutes=frame.interval_minutes,
        **_by_slot(finer, situation, clock, worth),
        person_cost=allowed.cost,
        off_pattern=allowed.off_pattern,
        tour_rules=kernel,
        walks=walks,
        rests=rests,
        **weeks,
        week_cap=brought.week_cap,
        week_days=brought.week_days,
        **_month_minutes(frame, minutes),
        first_source=past.first_source,
        first_run=past.first_run,
        nights_before=past.nights,
        free_before=past.free,
        **_burdens(frame, past.burdens_before, weekends=int((weeks["weekend"] == 2).sum())),
        pauses=pauses,
    )
    month = _with_teams(month)
    if finer.slot_minutes == frame.slot_minutes:
        return month
    return replace(month, coarse=replace(month, **_by_slot(frame, situation, clock, worth)))


def _with_teams(month: Month) -> Month:
    """Return the month with its teams that are led, and what their members' days cost when nobody can lead them."""
    shifts = month.first_standby
    may_work = np.isfinite(month.person_cost[:, :, :shifts])
    teams = teams_of(month.people, may_work, month.start_slot, month.end_slot, month.slot_count)
    cost = month.person_cost.copy()
    for team in teams:
        alone = np.where(team.leadable, 0.0, month.rules.unled_weight * month.slot_hours)
        certain = between(alone, month.start_slot[:, :shifts], month.end_slot[:, :shifts])
        cost[team.members, :, :shifts] += certain.astype(np.float32)
    return replace(month, teams=teams, person_cost=cost)


def _by_slot(frame: Slots, situation: Situation, clock: MonthClock, worth: pd.DataFrame | None) -> dict[str, Any]:
    """Return what is wanted and where the duties lie on the slots of a frame: the fields of `Month` of these names."""
    coverage, on_site = coverage_of(frame, worth), situation.rules.on_site_at_meals
    return {
        "slot_minutes": frame.slot_minutes,
        "slot_count": frame.slot_count,
        **_places(frame, clock),
        "seats_required": frame.seats,
        **vars(coverage),
        "base": carried_seats(frame, coverage, situation.carry_in, clock.origin),
        "leaves_for_meals": np.array([role not in on_site for role, _ in coverage.groups], dtype=bool),
    }


def _places(frame: Slots, clock: MonthClock) -> dict[str, Any]:
    """Return where the duties and their meals lie, in slots: the fields of `Month` of these names."""
    slot, duties, shifts = frame.slot_minutes, frame.duties, len(frame.shifts)
    passed = [
        [MINUTES_PER_DAY * day + s.start_minute + clock.minutes(day, s.start_minute) for s in duties]
        for day in range(len(frame.days))
    ]
    start = np.array(passed) // slot
    end = start + np.array([0 if off_phone(s.code) else s.length_minutes // slot for s in duties])
    meals = [s.meal_offsets_minutes if i < shifts and not off_phone(s.code) else () for i, s in enumerate(duties)]
    return {
        "start_slot": np.minimum(start, frame.slot_count),
        "end_slot": np.minimum(end, frame.slot_count),
        "meal_slots": np.array(
            [s.meal_minutes // slot if meals[i] else 0 for i, s in enumerate(duties)], dtype=np.int64
        ),
        "meal_first": np.cumsum([0, *map(len, meals)]),
        "meal_offset": np.array([offset // slot for offsets in meals for offset in offsets], dtype=np.int64),
    }


def _weeks(days: Sequence[date]) -> dict[str, Any]:
    """Return in which week each day lies and where, and the whole weekends: the fields of `Month` of these names."""
    next_monday = 7 - days[0].weekday()
    into_week = np.array([day.weekday() for day in days])
    ends = np.append(into_week[1:] == 6, False)
    weekend = np.where(ends & (into_week == 5), 1, np.where(np.append(False, ends[:-1]), 2, 0)).astype(np.int64)
    week = np.array([(d - next_monday) // 7 + 1 for d in range(len(days))])
    return {"week_of_day": week, "days_into_week": into_week, "weekend": weekend}


def _month_minutes(frame: Slots, limits: FloatArray) -> dict[str, Any]:
    """Return the most and the fewest minutes of a month: the fields of `Month` of these names."""
    rules, days = frame.rules, frame.days
    law = np.array([rules.month_minutes(person, days) for person in frame.people], dtype=float)
    return {"month_cap": np.minimum(law, limits[:, 1]), "month_floor": limits[:, 0].copy()}


def _burdens(frame: Slots, before: FloatArray, *, weekends: int) -> dict[str, Any]:
    """Return what is a burden, its fair share and its weight: the fields of `Month` of these names."""
    rules, weights, duties, shifts = frame.rules, frame.rules.weights, frame.duties, len(frame.shifts)
    burden = np.zeros((3, len(frame.days), len(duties)), dtype=np.int64)
    burden[0] = [rules.is_night(s) for s in duties]
    burden[1] = np.array([d.weekday() >= 5 for d in frame.days])[:, None]
    burden[2] = frame.holiday[:, None]
    burden[:, :, shifts:] = 0
    shares = _allowances(frame, before)
    weigh = [weights.nights, weights.weekends, weights.holidays, rules.comfort_weight("weekends_off")]
    return {
        "burden": burden,
        "allowance": np.insert(shares, 3, weekends - wanted_weekends(len(frame.days)), axis=1),
        "burden_weight": np.array(weigh, dtype=float),
    }


def _allowances(frame: Slots, before: FloatArray) -> FloatArray:
    """Return each person's fair number of nights, weekend days and holidays: fewer for who had more before.

    Costs are linear beyond a share, so it is the larger share of who had less that moves the work.
    """
    covers = np.array([person.role in frame.rules.cover_roles for person in frame.people], dtype=bool)
    weekend_days = sum(day.weekday() >= 5 for day in frame.days)
    fair = np.zeros((len(covers), 3))
    fair[covers] = _shares_of_calls(frame, [frame.people[p] for p in np.flatnonzero(covers)])
    fair[~covers] = _NIGHTS_OFF_PHONE, math.ceil(weekend_days * 5 / 7), math.ceil(int(frame.holiday.sum()) * 5 / 7)
    for alike in (covers, ~covers):
        if alike.any():
            fair[alike] -= before[alike] - before[alike].mean(axis=0)
    return np.clip(fair, 0, None)


def _shares_of_calls(frame: Slots, people: Sequence[Person]) -> FloatArray:
    """Return (people, 3) how many nights, weekend days and holidays the seats make for each, by their hours."""
    hours = frame.seats * frame.slot_hours
    shift_hours = np.mean([(duty.length_minutes - duty.minutes_away) / 60 for duty in frame.duties])
    day = frame.day_of_slot
    weekend = np.array([one.weekday() >= 5 for one in frame.days])[day]
    share = np.array([person.contract_hours_per_week * person.share(frame.days) for person in people])
    able = share[np.array([person.works_nights for person in people], dtype=bool)]
    each = ((frame.night, able), (weekend, share), (frame.holiday[day], share))
    fair = [np.ceil(hours[when].sum() / shift_hours * share / max(who.sum(), 1e-9)) for when, who in each]
    return np.stack(fair, axis=1)
