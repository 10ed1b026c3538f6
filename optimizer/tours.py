"""The cheapest lawful month of one person: a shortest path over days, in compiled loops.

A state is what the rules remember of the days before: the last shift (as far as it restricts the next one), working
days in a row, nights in a row, and the week's shifts and minutes so far. Every path through the states is lawful, so a
roster made of such paths is lawful at any moment of the search.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

import numba
import numpy as np
from numpy.typing import NDArray

from optimizer.rules import RosterRules
from optimizer.shifts import MINUTES_PER_DAY, Shift

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
NOT_WORKED = -1
_MOST_WEEK_STATES = 400


@dataclass(frozen=True, eq=False)
class TourRules:
    """The rules of single-person months as arrays, for the compiled kernel.

    Sources are the states' first part: work classes (what the last shift forbids, nights in a row), then off classes.
    A gate collects the sources from which a kind of shift may start; a move takes a gate by one shift to a work class.
    """

    gate_start: IntArray  # (gates + 1,) into the two below
    gate_source: IntArray
    gate_cost: FloatArray
    gate_first_move: IntArray  # (gates + 1,) into the two below
    move_shift: IntArray
    move_class: IntArray
    off_after_class: IntArray  # (work classes,) off class after a day off
    off_after_off: IntArray  # (off classes,)
    days_in_a_row: int
    week_next: IntArray  # (length classes, week states): the state after one more shift, -1 = beyond the week
    week_minutes: FloatArray  # (week states,)
    week_states_by_day: IntArray  # (8,) states that so many days into a week can reach
    length_class: IntArray  # (shifts,)
    rotation: FloatArray  # (shifts, shifts) cost of the second on the day after the first; 0 where unlawful
    carried_class: IntArray  # (nights + 1,) work class of somebody who worked the day before the month

    @property
    def rested_class(self) -> int:
        """Return the off class of somebody long rested."""
        return len(self.off_after_off) - 1


def may_follow(earlier: Shift, later: Shift, days_between: int, rules: RosterRules, margin_minutes: int = 0) -> bool:
    """Return whether `later` may start `days_between` days after the day on which `earlier` starts.

    `margin_minutes` is added to both rests in a month in which the clocks change.
    """
    gap = later.start_minute - later.handover_minutes + MINUTES_PER_DAY * days_between - earlier.end_minute
    if gap < 60 * rules.rest_hours + margin_minutes:
        return False
    protected_morning = rules.is_night(earlier) and rules.is_morning(later)
    return not (
        protected_morning and gap + later.handover_minutes < 60 * rules.morning_after_night_hours + margin_minutes
    )


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
                next_day[i, j] = rules.weights.backward_rotation * (_band(later) < _band(earlier))
            if may_follow(earlier, later, 2, rules, margin_minutes):
                after_off[i, j] = 0.0
    off_rows, off_class = np.unique(after_off, axis=0, return_inverse=True)
    off_class = off_class.ravel()
    key = np.hstack([next_day, off_class[:, None], night[:, None]])
    _, last_class = np.unique(key, axis=0, return_inverse=True)
    last_class = last_class.ravel()
    return _assemble(duties, rules, next_day, off_rows, off_class, last_class, night, most_week_minutes)


def _band(shift: Shift) -> int:
    return int(np.searchsorted([540, 720, 1020, 1200], shift.start_minute, side="right"))


def _assemble(
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
    start, source, cost, first_move, move_shift, move_class = [0], [], [], [0], [], []
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
        start.append(len(source))
        for s, target in moves:
            move_shift.append(s)
            move_class.append(target)
        first_move.append(len(move_shift))
    lengths, length_class = np.unique([s.worked_minutes for s in duties], return_inverse=True)
    week_next, week_minutes, by_day = _week_states(lengths, most_week_minutes, 7 - rules.rest_days_a_week)
    return TourRules(
        gate_start=as_int(start),
        gate_source=as_int(source),
        gate_cost=np.array(cost, dtype=float),
        gate_first_move=as_int(first_move),
        move_shift=as_int(move_shift),
        move_class=as_int(move_class),
        off_after_class=as_int([off_count - 1 if m < 0 else int(off_class[m]) for m, _ in work]),
        off_after_off=as_int([off_count - 1] * off_count),
        days_in_a_row=rules.working_days_in_a_row,
        week_next=week_next,
        week_minutes=week_minutes,
        week_states_by_day=by_day,
        length_class=length_class.ravel().astype(np.int64),
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


@numba.njit(cache=True, nogil=True)
def cheapest_tour(  # type: ignore[no-untyped-def]  # noqa: C901, PLR0912, PLR0915
    cost,  # (days, shifts + 1) of each choice; the last column is a day off; inf = not allowed
    week_of_day,
    days_into_week,
    week_cap,  # (weeks,) minutes
    first_source,  # class before the first day: a work class, or work classes + off class
    first_run,  # working days in a row before the first day
    gate_start,
    gate_source,
    gate_cost,
    gate_first_move,
    move_shift,
    move_class,
    off_after_class,
    off_after_off,
    days_in_a_row,
    week_next,
    week_minutes,
    week_states_by_day,
    length_class,
    from_state,  # scratch (days, states) int32
    by_shift,  # scratch (days, states) int16
    week_from,  # scratch (weeks, blocks) int32
    tour,  # out (days,): shift, or -1
):
    """Write the cheapest lawful month into `tour` and return its cost, inf if there is none."""
    days, columns = cost.shape
    off_column = columns - 1
    work_count = len(off_after_class)
    off_count = len(off_after_off)
    runs = days_in_a_row
    weeks = week_next.shape[1]
    work_size = work_count * runs * weeks
    size = work_size + off_count * weeks
    infinity = np.inf
    now = np.full(size, infinity)
    later = np.full(size, infinity)
    gate_value = np.empty((runs, weeks))
    gate_from = np.empty((runs, weeks), dtype=np.int32)
    if first_source < work_count:
        now[(first_source * runs + min(first_run, runs) - 1) * weeks] = 0.0
    else:
        now[work_size + (first_source - work_count) * weeks] = 0.0
    known = 1
    for day in range(days):
        cap = week_cap[week_of_day[day]]
        if days_into_week[day] == 0 and day > 0:
            for block in range(size // weeks):  # a new week: only the cheapest of each block goes on
                start = block * weeks
                best = start
                for r in range(1, known):
                    if now[start + r] < now[best]:
                        best = start + r
                value = now[best]
                for r in range(known):
                    now[start + r] = infinity
                now[start] = value
                week_from[week_of_day[day], block] = best
            known = 1
        reach = week_states_by_day[min(days_into_week[day] + 1, 7)]
        for i in range(size):
            later[i] = infinity
        for gate in range(len(gate_start) - 1):
            useful = False
            for m in range(gate_first_move[gate], gate_first_move[gate + 1]):
                if cost[day, move_shift[m]] < infinity:
                    useful = True
            if not useful:
                continue
            for c in range(runs):
                for r in range(known):
                    gate_value[c, r] = infinity
            for g in range(gate_start[gate], gate_start[gate + 1]):
                source = gate_source[g]
                extra = gate_cost[g]
                if source < work_count:
                    for c in range(1, runs):
                        base = (source * runs + c - 1) * weeks
                        for r in range(known):
                            value = now[base + r] + extra
                            if value < gate_value[c, r]:
                                gate_value[c, r] = value
                                gate_from[c, r] = base + r
                else:
                    base = work_size + (source - work_count) * weeks
                    for r in range(known):
                        value = now[base + r] + extra
                        if value < gate_value[0, r]:
                            gate_value[0, r] = value
                            gate_from[0, r] = base + r
            for m in range(gate_first_move[gate], gate_first_move[gate + 1]):
                s = move_shift[m]
                price = cost[day, s]
                if price == infinity:
                    continue
                length = length_class[s]
                for c in range(runs):
                    base = (move_class[m] * runs + c) * weeks
                    for r in range(known):
                        value = gate_value[c, r]
                        if value == infinity:
                            continue
                        into = week_next[length, r]
                        if into < 0 or week_minutes[into] > cap:
                            continue
                        if value + price < later[base + into]:
                            later[base + into] = value + price
                            by_shift[day, base + into] = s
                            from_state[day, base + into] = gate_from[c, r]
        price = cost[day, off_column]
        if price < infinity:
            for k in range(work_count):
                into = work_size + off_after_class[k] * weeks
                for c in range(runs):
                    base = (k * runs + c) * weeks
                    for r in range(known):
                        value = now[base + r] + price
                        if value < later[into + r]:
                            later[into + r] = value
                            by_shift[day, into + r] = -1
                            from_state[day, into + r] = base + r
            for k in range(off_count):
                into = work_size + off_after_off[k] * weeks
                base = work_size + k * weeks
                for r in range(known):
                    value = now[base + r] + price
                    if value < later[into + r]:
                        later[into + r] = value
                        by_shift[day, into + r] = -1
                        from_state[day, into + r] = base + r
        now, later = later, now
        known = reach
    best = 0
    for i in range(1, size):
        if now[i] < now[best]:
            best = i
    value = now[best]
    if value == infinity:
        return value
    state = best
    for day in range(days - 1, -1, -1):
        tour[day] = by_shift[day, state]
        state = from_state[day, state]
        if days_into_week[day] == 0 and day > 0:
            state = week_from[week_of_day[day], state // weeks]
    return value
