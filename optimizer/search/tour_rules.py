"""The rules of one person's month as arrays, for the compiled shortest path."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import NDArray

from optimizer.law.roster_rules import RosterRules
from optimizer.law.shifts import MINUTES_PER_DAY, Shift
from optimizer.search.kernel_arrays import FloatArray, IntArray, TourRules

_MOST_WEEK_STATES = 400


def may_follow(earlier: Shift, later: Shift, days_between: int, rules: RosterRules, margin_minutes: int = 0) -> bool:
    """Return whether `later` may start `days_between` days after the day on which `earlier` starts.

    `margin_minutes` is added to both rests in a month in which the clocks change.
    """
    gap = later.start_minute - later.handover_minutes + MINUTES_PER_DAY * days_between - earlier.end_minute
    if gap < 60 * rules.rest_hours + margin_minutes:
        return False
    if not rules.is_night(earlier) or rules.is_night(later):
        return True
    since_night = gap + later.handover_minutes
    if not rules.is_morning(later):  # then the first morning that may come after it
        since_night += later.length_minutes + _until_a_morning(later, rules)
    return since_night >= 60 * rules.morning_after_night_hours + margin_minutes


def _until_a_morning(shift: Shift, rules: RosterRules) -> int:
    """Return the fewest minutes from a shift's end to a morning that keeps the rest after it, whatever shifts exist."""
    rested = shift.end_minute + math.ceil(60 * rules.rest_hours)
    into_day = rested % MINUTES_PER_DAY
    if into_day < rules.morning_start_minute:
        rested += rules.morning_start_minute - into_day
    elif into_day >= rules.morning_end_minute:
        rested += rules.morning_start_minute + MINUTES_PER_DAY - into_day
    return rested - shift.end_minute


def tour_rules(
    duties: list[Shift], rules: RosterRules, *, most_week_minutes: float, margin_minutes: int = 0
) -> TourRules:
    """Return the kernel's arrays for a list of duties (shifts, and standby spells written as shifts)."""
    count = len(duties)
    night = np.array([rules.is_night(s) for s in duties])
    next_day = np.full((count, count), np.inf)
    after_off = np.full((count, count), np.inf)
    for i, earlier in enumerate(duties):
        for j, later in enumerate(duties):
            if may_follow(earlier, later, 1, rules, margin_minutes):
                next_day[i, j] = turn_cost(earlier, later, rules)
            if may_follow(earlier, later, 2, rules, margin_minutes):
                after_off[i, j] = 0.0
    off_rows, off_class = np.unique(after_off, axis=0, return_inverse=True)
    off_class = off_class.ravel()
    key = np.hstack([next_day, off_class[:, None], night[:, None]])
    _, last_class = np.unique(key, axis=0, return_inverse=True)
    last_class = last_class.ravel()
    return _assemble(duties, rules, next_day, off_rows, off_class, last_class, night, most_week_minutes)


def turn_cost(earlier: Shift, later: Shift, rules: RosterRules) -> float:
    """Return the cost of `later` on the day after `earlier`: turning backward, and not keeping to a part of the day."""
    weights = rules.weights
    return weights.backward_rotation * backward(earlier, later) + weights.start_change * changes_part_of_day(
        earlier, later
    )


def changes_part_of_day(earlier: Shift, later: Shift) -> bool:
    """Return whether the two start in clearly different parts of the day."""
    return _band(later) != _band(earlier)


def backward(earlier: Shift, later: Shift) -> bool:
    """Return whether `later` starts in a clearly earlier part of the day than `earlier`."""
    return _band(later) < _band(earlier)


def _band(shift: Shift) -> int:
    return int(np.searchsorted([540, 720, 1020, 1200], shift.start_minute, side="right"))


def _assemble(  # noqa: C901, PLR0912
    duties: list[Shift],
    rules: RosterRules,
    next_day: FloatArray,
    off_rows: FloatArray,
    off_class: IntArray,
    last_class: IntArray,
    night: NDArray[np.bool_],
    most_week_minutes: float,
) -> TourRules:
    nights = rules.nights_in_a_row
    work: list[tuple[int, int]] = []  # (a shift of the class or -1 for carried, nights in a row)
    class_of: dict[tuple[int, int], int] = {}
    for value in range(int(last_class.max()) + 1):
        member = int(np.flatnonzero(last_class == value)[0])
        for run in range(1, nights + 1) if night[member] else (0,):
            class_of[(value, run)] = len(work)
            work.append((member, run))
    carried = []
    for run in range(nights + 1):
        carried.append(len(work))
        work.append((-1, run))
    off_count = len(off_rows) + 1  # the last one: long rested
    gates: dict[tuple[int, int], list[tuple[int, int]]] = {}
    columns = np.vstack([next_day, off_rows])
    _, shift_column = np.unique(columns, axis=1, return_inverse=True)
    for s in range(len(duties)):
        for run_before in range(nights) if night[s] else (-1,):
            target = class_of[(int(last_class[s]), run_before + 1)] if night[s] else class_of[(int(last_class[s]), 0)]
            gates.setdefault((int(shift_column.ravel()[s]), run_before), []).append((s, target))
    lengths, length_class = np.unique([s.worked_minutes for s in duties], return_inverse=True)
    class_after = np.full((len(work) + off_count, len(duties)), -1, dtype=np.int64)
    class_cost = np.zeros(class_after.shape, dtype=np.float32)
    start, source, cost, first_move = [0], [], [], [0]
    first_shift, move_shift, move_class, move_length = [0], [], [], []
    for key in sorted(gates):
        run_before, moves = key[1], gates[key]
        sample = moves[0][0]
        for index, (member, run) in enumerate(work):
            price = 0.0 if member < 0 else next_day[member, sample]
            if np.isfinite(price) and (run_before < 0 or run == run_before):
                source.append(index)
                cost.append(price)
        for off in range(off_count):
            allowed = off == off_count - 1 or np.isfinite(off_rows[off, sample])
            if allowed and run_before <= 0:
                source.append(len(work) + off)
                cost.append(0.0)
        for s, target in moves:
            class_after[source[start[-1] :], s] = target
            class_cost[source[start[-1] :], s] = cost[start[-1] :]
        start.append(len(source))
        alike: dict[tuple[int, int], list[int]] = {}
        for s, target in moves:
            alike.setdefault((target, int(length_class.ravel()[s])), []).append(s)
        for (target, length), shifts in sorted(alike.items()):
            move_class.append(target)
            move_length.append(length)
            move_shift.extend(shifts)
            first_shift.append(len(move_shift))
        first_move.append(len(move_class))
    by_class = np.argsort(move_class, kind="stable")
    week_next, week_minutes, by_day = _week_states(lengths, most_week_minutes, 7 - rules.rest_days_a_week)
    return TourRules(
        gate_start=as_int(start),
        gate_source=as_int(source),
        gate_cost=np.array(cost, dtype=np.float32),
        gate_first_move=as_int(first_move),
        move_first_shift=as_int(first_shift),
        move_shift=as_int(move_shift),
        move_class=as_int(move_class),
        move_length=as_int(move_length),
        class_first_move=np.searchsorted(np.array(move_class)[by_class], np.arange(len(work) + 1)).astype(np.int64),
        class_move=by_class.astype(np.int64),
        class_after=class_after,
        class_cost=class_cost,
        shift_length=length_class.ravel().astype(np.int64),
        off_after_class=as_int([off_count - 1 if m < 0 else int(off_class[m]) for m, _ in work]),
        off_count=off_count,
        days_in_a_row=rules.working_days_in_a_row,
        week_next=week_next,
        week_before=_inverse(week_next),
        week_minutes=week_minutes,
        week_states_by_day=by_day,
        rotation=np.where(np.isfinite(next_day), next_day, 0.0),
        carried_class=as_int(carried),
    )


def as_int(values: Sequence[int]) -> IntArray:
    """Return whole numbers as the kernel takes them."""
    return np.array(values, dtype=np.int64)


def _week_states(lengths: NDArray[np.int64], most: float, most_days: int) -> tuple[IntArray, FloatArray, IntArray]:
    """Enumerate (shifts, minutes) that a week can have reached; coarser minutes, rounded up, if there are too many."""
    unit = 1
    while True:
        rounded = [int(-(-length // unit) * unit) for length in lengths]
        states = {(0, 0)}
        for days in range(1, most_days + 1):
            for pick in combinations_with_replacement(sorted(set(rounded)), days):
                if sum(pick) <= most:
                    states.add((days, sum(pick)))
            if len(states) > _MOST_WEEK_STATES:
                break
        if len(states) <= _MOST_WEEK_STATES:
            break
        unit = 5 if unit == 1 else unit * 2
    ordered = sorted(states)
    index = {state: i for i, state in enumerate(ordered)}
    week_next = np.full((len(lengths), len(ordered)), -1, dtype=np.int64)
    for (days, minutes), i in index.items():
        for j, length in enumerate(rounded):
            week_next[j, i] = index.get((days + 1, minutes + length), -1)
    counts = [sum(1 for days, _ in ordered if days <= limit) for limit in range(8)]
    return week_next, np.array([m for _, m in ordered], dtype=float), np.array(counts, dtype=np.int64)


def _inverse(week_next: IntArray) -> IntArray:
    before = np.full_like(week_next, -1)
    for j, row in enumerate(week_next):
        reached = np.flatnonzero(row >= 0)
        before[j, row[reached]] = reached
    return before
