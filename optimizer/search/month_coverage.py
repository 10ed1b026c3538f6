"""What a month's people are wanted for: the cost of coverage slot by slot, and who counts for which curve of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from forecaster.history.intervals import MINUTES_PER_DAY, require_same_intervals
from optimizer.law.breaks import breaks_of
from optimizer.law.changes import works_on_site
from optimizer.law.shifts import STANDBY
from optimizer.search.coverage_curves import Curve, floor_curve, seat_curve, skill_curve
from optimizer.search.kernel_arrays import FloatArray, IntArray
from optimizer.search.month_slots import Slots
from optimizer.search.seat_worth import worth_curve
from optimizer.search.skill_cover import shared_skills, skills_asked
from optimizer.sentences import say


@dataclass(frozen=True, eq=False)
class Coverage:
    """The curves of cost, and the groups of people (role, skills asked for) with the curves that each counts for.

    `standby_curve` is the number of the curve of those on standby, -1 where there is none.
    """

    curves: tuple[Curve, ...]
    groups: tuple[tuple[str, frozenset[str]], ...]
    group_of: IntArray  # (people,)
    group_curves: tuple[tuple[int, ...], ...]
    standby_curve: int


def coverage_of(frame: Slots, worth: pd.DataFrame | None = None) -> Coverage:
    """Return what the people of a month are wanted for; with `worth`, seats by what each is worth (`seat_worth`)."""
    rules, weights = frame.rules, frame.rules.weights
    groups, group_of = _groups(frame)
    hours = frame.slot_hours
    seats = frame.seats
    month_start = 1 + weights.month_start * (frame.day_of_slot < rules.month_start_days)
    reserve = np.where(seats > 0, np.maximum(np.ceil(rules.reserve_share * seats - 1e-9), rules.reserve_seats), 0)
    curves = [
        seat_curve(
            seats=seats, reserve=reserve.astype(np.int64), weights=weights, slot_hours=hours,
            shortage_factor=np.asarray(month_start, dtype=float), seat_limit=rules.seat_limit,
        )
    ]  # fmt: skip
    members: list[list[int]] = [[0] if role in rules.cover_roles else [] for role, _ in groups]
    for skills, least in _skills_wanted(frame, groups):
        for g, (role, has) in enumerate(groups):
            if role in rules.cover_roles and has & skills:
                members[g].append(len(curves))
        curves.append(skill_curve(skills, least, weights, hours))
    night = frame.night
    for role in sorted({r for r, _ in groups} - set(rules.cover_roles)):
        least = np.where(night, rules.on_site_night.get(role, 0), rules.on_site_day.get(role, 0)).astype(np.int64)
        staff = [p for p in frame.people if p.role == role]
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
    if frame.standby_duties:
        standby_curve = len(curves)
        on_holiday = frame.holiday[frame.day_of_slot]
        least = np.where(on_holiday, rules.standby_minimum, 0)
        want = np.where(on_holiday, rules.standby_target, rules.on_call)
        curves.append(
            floor_curve(
                STANDBY, least, want, below=weights.standby, short=weights.standby_target, above=1.0, slot_hours=hours
            )
        )
    if worth is not None:
        curves[0] = _valued(frame, worth)
    return Coverage(tuple(curves), groups, group_of, tuple(tuple(m) for m in members), standby_curve)


def _skills_wanted(
    frame: Slots, groups: tuple[tuple[str, frozenset[str]], ...]
) -> list[tuple[frozenset[str], IntArray]]:
    """Return every skill asked for, and those that people share, with how many people each needs by slot.

    Skills together need what the requirement says of them, else what they need each. What it says of skills of which
    everybody on the phone has one is left to the phone's own curve.
    """
    asked = {skills: frame.slots_of(column) for skills, column in skills_asked(frame.requirement.columns).items()}
    on_phone = [has for role, has in groups if role in frame.rules.cover_roles]
    each = {
        skills: np.sum([asked[frozenset({one})] for one in skills], axis=0)
        for skills in shared_skills(on_phone)
        if skills not in asked
    }
    covered = [s for s, least in asked.items() if len(s) > 1 and all(s & h for h in on_phone) and _within(least, frame)]
    return [(skills, least) for skills, least in (asked | each).items() if skills not in covered]


def _within(least: IntArray, frame: Slots) -> bool:
    return bool((least <= frame.seats).all())


def _groups(frame: Slots) -> tuple[tuple[tuple[str, frozenset[str]], ...], IntArray]:
    """Group people who are interchangeable for coverage: same role, same skills that the requirement asks for."""
    asked: frozenset[str] = frozenset().union(*skills_asked(frame.requirement.columns))
    keys = [(p.role, p.skills & asked) for p in frame.people]
    groups = sorted(set(keys), key=lambda key: (key[0], sorted(key[1])))
    index = {key: i for i, key in enumerate(groups)}
    return tuple(groups), np.array([index[key] for key in keys], dtype=np.int64)


def _valued(frame: Slots, worth: pd.DataFrame) -> Curve:
    """Return the curve of seats by what each is worth."""
    both = say("requirement.and_worth")
    require_same_intervals(frame.index, pd.DatetimeIndex(worth.index), names=both)
    by_slot = np.repeat(worth.to_numpy(dtype=float), frame.slots_per_interval, axis=0)
    rules = frame.rules
    return worth_curve(by_slot, weights=rules.weights, slot_hours=frame.slot_hours, seat_limit=rules.seat_limit)


def carried_seats(frame: Slots, coverage: Coverage, carry_in: pd.DataFrame | None, origin: pd.Timestamp) -> FloatArray:
    """Count who is still at work from last month's last night; without a roster of it, it is taken to be staffed."""
    slots = frame.slot_count
    base = np.zeros((len(coverage.curves), slots))
    if carry_in is None or carry_in.empty:
        over = max((s.end_minute - MINUTES_PER_DAY for s in frame.duties), default=0)
        over = min(over, frame.rules.night_end_minute)
        before = min(max(0, over) // frame.slot_minutes, slots)
        for c, curve in enumerate(coverage.curves):
            base[c, :before] = curve.enough[:before]
        return base
    group_of = {p.badge: int(coverage.group_of[i]) for i, p in enumerate(frame.people)}

    def slot(at: Any) -> int:
        return min(max(int((pd.Timestamp(at) - origin).total_seconds() // (frame.slot_minutes * 60)), 0), slots)

    for row in carry_in[works_on_site(carry_in)].to_dict("records"):
        group = group_of.get(str(row["badge"]))
        if group is None or pd.isna(row["end_at"]):
            continue
        leaves = coverage.groups[group][0] not in frame.rules.on_site_at_meals
        fed = [] if pd.isna(row["meal_start_at"]) else [(row["meal_start_at"], row["meal_end_at"])]
        away = [*fed, *breaks_of(row)] if leaves else []
        for c in coverage.group_curves[group]:
            base[c, slot(row["start_at"]) : slot(row["end_at"])] += 1
            for begin, end in away:
                base[c, slot(begin) : slot(end)] -= 1
    return base
