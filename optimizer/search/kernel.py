"""The compiled loops of the search: one person's cheapest lawful month, and a sweep over many persons.

A state is what the rules remember of the days before: the last shift (as far as it restricts the next one), working
days in a row, nights in a row, and the week's shifts and minutes so far. Every path through the states is lawful, so a
roster made of such paths is lawful at any moment of the search. All compiled code stands in this one file, because a
compiled caller in another file would not notice a change here.

The states of a day lie side by side, by class, by days in a row, by what the week has reached; there are as many of
these as can be reached by that day of the week, so that one long loop goes over a class.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from optimizer.search.kernel_arrays import (
    Curves,
    Duties,
    FloatArray,
    IntArray,
    MonthArrays,
    Scratch,
    Staff,
    TourRules,
    Walks,
    Way,
)

NEVER = np.float32(1e30)  # a finite stand-in for infinity, so that the loops may be vectorised
_IMPOSSIBLE = 1e29  # what costs more holds a NEVER
_MOST_ATTEMPTS, _FIRST_MINUTE_PRICE, _FINE_MINUTE_PRICE = 24, 0.05, 1e-3  # for the price of a minute
Values = NDArray[np.float32]
BoolArray = NDArray[np.bool_]


def _compiled(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Return a decorator that compiles, once per installation where there is a place to keep what was compiled."""

    def decorate(function: Callable[..., Any]) -> Any:
        try:
            return numba.njit(cache=True, nogil=True, **options)(function)
        except RuntimeError:  # neither beside this file nor in the user's own folder may anything be written
            return numba.njit(nogil=True, **options)(function)

    return decorate


@_compiled(fastmath=True)
def cheapest_tour(
    cost: FloatArray, p: int, month: MonthArrays, scratch: Scratch, first_day: int, end_day: int, tour: IntArray
) -> np.float32:
    """Write person `p`'s cheapest lawful days into `tour` and return their cost, NEVER if there are none.

    cost
        (days, shifts + 1) of each choice; the last column is a day off; NEVER or more = not allowed.
    first_day, end_day
        Days before the first and from the end on stay as they are in `tour`.
    """
    staff, rules, value = month.staff, month.rules, scratch.value
    work, runs, weeks = len(rules.off_after_class), rules.days_in_a_row, rules.week_next.shape[1]
    source, run, week = _walked(p, staff, rules, first_day, tour)
    if source < 0:
        return NEVER
    alive = np.zeros((len(cost) + 1, work), dtype=np.bool_)  # what stands in the others is never read
    high = _week_states(staff, rules, first_day)
    value[first_day, : (work * runs + rules.off_count) * high] = NEVER
    value[first_day, _place(source, run - 1, week, work, runs, high)] = 0.0
    if source < work:
        alive[first_day, source] = True
    gate_value, one_more = np.empty(runs * weeks, dtype=np.float32), np.empty(runs * weeks, dtype=np.float32)
    fits = np.empty(rules.week_next.shape, dtype=np.int32)
    for day in range(first_day, end_day):
        now, later, price = value[day], value[day + 1], scratch.best_price[day]
        if staff.days_into_week[day] == 0 and day > 0:
            _forget_week(now, scratch.full_week[staff.week_of_day[day]], alive[day], rules, high)
            high = 1
        high_later = _week_states(staff, rules, day + 1)
        _fit_week(fits, p, staff, rules, day, high)
        _price_moves(cost[day], rules, price, scratch.best_shift[day])
        size = runs * high_later
        for m in range(len(price)):
            k = rules.move_class[m]
            if price[m] < NEVER and not alive[day + 1, k]:
                alive[day + 1, k] = True
                later[k * size : (k + 1) * size] = NEVER
        later[work * size : work * size + rules.off_count * high_later] = NEVER
        for gate in range(len(rules.gate_start) - 1):
            if _pass_gate(gate, now, alive[day], price, rules, high, gate_value):
                _start_shifts(gate, gate_value, price, rules, fits, high, high_later, one_more, later)
        if cost[day, -1] < NEVER:
            _rest(now, later, alive[day], rules, high, high_later, np.float32(cost[day, -1]))
        high = high_later
    best, total = _cheapest_end(value[end_day], alive[end_day], p, staff, rules, tour, end_day, high)
    if total < NEVER:
        _trace(best, first_day, end_day, staff, rules, scratch, alive, tour)
    return total


@_compiled(inline="always")
def _place(source: int, run: int, week: int, work: int, runs: int, high: int) -> int:
    """Return where a state stands: that of a work class and `run` + 1 days in a row, or that of an off class."""
    if source < work:
        return (source * runs + run) * high + week
    return (work * runs + source - work) * high + week


@_compiled(inline="always")
def _week_states(staff: Staff, rules: TourRules, day: int) -> int:
    """Return how many states of the week can have been reached before `day`; on a Monday, of the week that ended."""
    return rules.week_states_by_day[min(day, staff.days_into_week[day - 1] + 1) if day > 0 else 0]


@_compiled()
def _walked(p: int, staff: Staff, rules: TourRules, first_day: int, tour: IntArray) -> tuple[int, int, int]:
    """Return source, working days in a row and week's state before `first_day`; a source of −1 = not lawful."""
    work, runs = len(rules.off_after_class), rules.days_in_a_row
    source, week = staff.first_source[p], 0
    run = min(staff.first_run[p], runs) if source < work else 0
    for day in range(first_day):
        if staff.days_into_week[day] == 0 and day > 0:
            week = 0
        if tour[day] < 0:
            source = work + (rules.off_after_class[source] if source < work else rules.off_count - 1)
            run = 0
        else:
            week = rules.week_next[rules.shift_length[tour[day]], week]
            source = rules.class_after[source, tour[day]]
            run += 1
            if source < 0 or week < 0 or run > runs:
                return -1, 0, 0
    return source, run, week


@_compiled(inline="always")
def _fit_week(fits: NDArray[np.int32], p: int, staff: Staff, rules: TourRules, day: int, high: int) -> None:
    """Write where a shift more leads the week's states: what passes its hours goes to a state that nobody reads."""
    week = staff.week_of_day[day]
    cap, reachable = staff.week_cap[p, week], rules.week_states_by_day[staff.week_days[p, week]]
    nowhere = rules.week_next.shape[1]
    for length in range(len(fits)):
        for r in range(high):
            into = rules.week_next[length, r]
            fits[length, r] = into if 0 <= into < reachable and rules.week_minutes[into] <= cap else nowhere


@_compiled(inline="always")
def _price_moves(cost: FloatArray, rules: TourRules, price: Values, shift: NDArray[np.int16]) -> None:
    """Write the cheapest shift of every move, and its price."""
    for m in range(len(price)):
        price[m], shift[m] = NEVER, 0
        for i in range(rules.move_first_shift[m], rules.move_first_shift[m + 1]):
            if cost[rules.move_shift[i]] < price[m]:
                price[m], shift[m] = cost[rules.move_shift[i]], rules.move_shift[i]


@_compiled(fastmath=True, inline="always")
def _lower(into: Values, values: Values, price: float) -> None:
    for i in range(len(values)):
        into[i] = min(into[i], values[i] + price)


@_compiled(fastmath=True, inline="always")
def _pass_gate(
    gate: int, now: Values, alive: BoolArray, price: Values, rules: TourRules, high: int, into: Values
) -> bool:
    """Write the cheapest way to start a shift of the gate, by days in a row before it; return False if none may."""
    useful = False
    for m in range(rules.gate_first_move[gate], rules.gate_first_move[gate + 1]):
        useful = useful or price[m] < NEVER
    if not useful:
        return False
    work, runs = len(alive), rules.days_in_a_row
    into[: runs * high] = NEVER
    for g in range(rules.gate_start[gate], rules.gate_start[gate + 1]):
        source, extra = rules.gate_source[g], rules.gate_cost[g]
        if source >= work:
            base = (work * runs + source - work) * high
            _lower(into[:high], now[base : base + high], extra)
        elif alive[source]:
            base, size = source * runs * high, (runs - 1) * high
            _lower(into[high : high + size], now[base : base + size], extra)
    return True


@_compiled(fastmath=True, inline="always")
def _start_shifts(
    gate: int, gate_value: Values, price: Values, rules: TourRules, fits: NDArray[np.int32], high: int,
    high_later: int, one_more: Values, later: Values,
) -> None:  # fmt: skip
    """Lower the states after every shift of a gate: a day more in a row, and the week's next state."""
    runs, first_move, end_move = rules.days_in_a_row, rules.gate_first_move[gate], rules.gate_first_move[gate + 1]
    size = runs * high_later
    for length in range(len(fits)):
        spread = False
        for m in range(first_move, end_move):
            if rules.move_length[m] != length or price[m] >= NEVER:
                continue
            if not spread:
                spread = True
                _spread(one_more, gate_value, fits[length], runs, high, high_later)
            base = rules.move_class[m] * size
            _lower(later[base : base + size], one_more[:size], price[m])


@_compiled(fastmath=True, inline="always")
def _spread(into: Values, values: Values, places: NDArray[np.int32], runs: int, high: int, high_later: int) -> None:
    for i in range(runs * high_later):
        into[i] = NEVER
    for c in range(runs):
        row, first = into[c * high_later : (c + 1) * high_later], c * high
        for r in range(high):  # no two have the same place
            if places[r] < high_later:
                row[np.uint32(places[r])] = values[first + r]


@_compiled(fastmath=True, inline="always")
def _rest(
    now: Values, later: Values, alive: BoolArray, rules: TourRules, high: int, high_later: int, price: float
) -> None:
    """Let every state have a day off."""
    work, runs = len(alive), rules.days_in_a_row
    for k in range(work):
        if alive[k]:
            into = (work * runs) * high_later + rules.off_after_class[k] * high_later
            for base in range(k * runs * high, (k + 1) * runs * high, high):
                _lower(later[into : into + high], now[base : base + high], price)
    into = (work * runs + rules.off_count - 1) * high_later
    for base in range(work * runs * high, (work * runs + rules.off_count) * high, high):
        _lower(later[into : into + high], now[base : base + high], price)


@_compiled()
def _forget_week(now: Values, full: Values, alive: BoolArray, rules: TourRules, high: int) -> None:
    """Keep the cheapest of the week's states: on a Monday its shifts and minutes start again from nothing."""
    runs = rules.days_in_a_row
    off_start = len(alive) * runs
    full[: (off_start + rules.off_count) * high] = now[: (off_start + rules.off_count) * high]
    for row in range(off_start + rules.off_count):
        if row >= off_start or alive[row // runs]:
            least = full[row * high]
            for i in range(row * high + 1, (row + 1) * high):
                least = min(least, full[i])
            now[row] = least


@_compiled()
def _cheapest_end(
    value: Values, alive: BoolArray, p: int, staff: Staff, rules: TourRules, tour: IntArray, end_day: int, high: int
) -> tuple[int, np.float32]:
    """Return the cheapest state before `end_day` from which the days that stay can lawfully go on, and its cost."""
    days, work, runs = len(tour), len(rules.off_after_class), rules.days_in_a_row
    ahead = 0  # working days that follow at once
    while end_day + ahead < days and tour[end_day + ahead] >= 0:
        ahead += 1
    kept = _kept_hours(p, staff, rules, tour, end_day, high)
    best, total = 0, np.float32(NEVER)
    for first in range(work + rules.off_count):
        if first < work and not alive[first]:
            continue
        source, tail, day, free = first, np.float32(0.0), end_day, 0
        while day < days and free < 2 and tail < NEVER:
            if tour[day] < 0:
                source = work + (rules.off_after_class[source] if source < work else rules.off_count - 1)
                free += 1
            else:
                after = rules.class_after[source, tour[day]]
                tail = tail + rules.class_cost[source, tour[day]] if after >= 0 else np.float32(NEVER)
                source, free = after, 0
            day += 1
        if tail >= NEVER:
            continue
        for c in range(runs - ahead if first < work else 1):
            for r in range(high):
                place = _place(first, c, r, work, runs, high)
                candidate = value[place] + tail + kept[r]
                if candidate < total:
                    best, total = place, candidate
    return best, total


@_compiled()
def _kept_hours(p: int, staff: Staff, rules: TourRules, tour: IntArray, end_day: int, high: int) -> Values:
    """Return 0 for each of the week's states from which its hours last for the days that stay, else NEVER."""
    kept = np.zeros(high, dtype=np.float32)
    for r in range(high):
        week, day = r, end_day
        while day < len(tour) and staff.days_into_week[day] > 0:
            if tour[day] >= 0:
                week = rules.week_next[rules.shift_length[tour[day]], week]
                w = staff.week_of_day[day]
                most = rules.week_states_by_day[staff.week_days[p, w]]
                if week < 0 or week >= most or rules.week_minutes[week] > staff.week_cap[p, w]:
                    kept[r] = NEVER
                    break
            day += 1
    return kept


@_compiled()
def _trace(
    state: int, first_day: int, end_day: int, staff: Staff, rules: TourRules, scratch: Scratch, alive: BoolArray,
    tour: IntArray,
) -> None:  # fmt: skip
    """Walk the cheapest way back from the last state, looking at each day for the state it came from."""
    work, runs = len(rules.off_after_class), rules.days_in_a_row
    move_gate = np.zeros(len(rules.move_class), dtype=np.int64)
    for gate in range(len(rules.gate_start) - 1):
        for m in range(rules.gate_first_move[gate], rules.gate_first_move[gate + 1]):
            move_gate[m] = gate
    for day in range(end_day - 1, first_day - 1, -1):
        now, later_high = scratch.value[day], _week_states(staff, rules, day + 1)
        monday = staff.days_into_week[day] == 0 and day > 0
        high = 1 if monday else _week_states(staff, rules, day)
        row, r = state // later_high, state % later_high
        if row < work * runs:
            state = _before_shift(day, row, r, now, high, rules, move_gate, alive[day], scratch, tour)
        else:
            tour[day] = -1
            state = _before_rest(row - work * runs, r, now, high, rules, alive[day])
        if monday:  # the week's state was forgotten: which was the cheapest
            full, high = scratch.full_week[staff.week_of_day[day]], _week_states(staff, rules, day)
            first = state * high
            state = first
            for place in range(first + 1, first + high):
                if full[place] < full[state]:
                    state = place


@_compiled()
def _before_shift(
    day: int, row: int, r: int, now: Values, high: int, rules: TourRules, move_gate: IntArray, alive: BoolArray,
    scratch: Scratch, tour: IntArray,
) -> int:  # fmt: skip
    """Return the state before the cheapest shift that leads to a work class's row, and write the shift into `tour`."""
    work, runs, price = len(alive), rules.days_in_a_row, scratch.best_price[day]
    k, c = row // runs, row % runs
    least, came_from = np.float32(np.inf), 0
    for i in range(rules.class_first_move[k], rules.class_first_move[k + 1]):
        m = rules.class_move[i]
        earlier = rules.week_before[rules.move_length[m], r]
        if earlier < 0 or price[m] >= NEVER:
            continue
        for g in range(rules.gate_start[move_gate[m]], rules.gate_start[move_gate[m] + 1]):
            source = rules.gate_source[g]
            if (source < work) != (c > 0) or (source < work and not alive[source]):
                continue
            place = _place(source, c - 1, earlier, work, runs, high)
            candidate = now[place] + rules.gate_cost[g] + price[m]
            if candidate < least:
                least, came_from = candidate, place
                tour[day] = scratch.best_shift[day, m]
    return came_from


@_compiled()
def _before_rest(off: int, r: int, now: Values, high: int, rules: TourRules, alive: BoolArray) -> int:
    """Return the cheapest state before a day off that leads to an off class."""
    work, runs = len(alive), rules.days_in_a_row
    least, came_from = np.float32(np.inf), 0
    for row in range(work * runs + rules.off_count):
        if row < work * runs:
            leads = rules.off_after_class[row // runs] == off and alive[row // runs]
        else:
            leads = off == rules.off_count - 1
        if leads and now[row * high + r] < least:
            least, came_from = now[row * high + r], row * high + r
    return came_from


@_compiled(fastmath=True)
def cheapest_walk(cost: FloatArray, p: int, walks: Walks, walk_value: Values, tour: IntArray) -> np.float32:
    """Write the cheapest walk through a person's graph into `tour` and return its cost, NEVER if there is none.

    cost
        (days, shifts + 1) as above.
    """
    days, columns = cost.shape
    kinds, layer = len(walks.kind_first) - 1, walks.layer[walks.graph_of[p]]
    price = np.empty((days, kinds + 1), dtype=np.float32)
    shift = np.empty((days, kinds + 1), dtype=np.int64)
    walk_value[0] = NEVER
    if walks.first_state[p] == 0:
        return NEVER
    for row in range(layer[days], layer[days + 1]):
        walk_value[row] = 0.0
    for day in range(days - 1, -1, -1):
        for k in range(kinds):
            price[day, k], shift[day, k] = NEVER, 0
            for i in range(walks.kind_first[k], walks.kind_first[k + 1]):
                if cost[day, walks.kind_duty[i]] < price[day, k]:
                    price[day, k] = np.float32(cost[day, walks.kind_duty[i]])
                    shift[day, k] = walks.kind_duty[i]
        price[day, kinds], shift[day, kinds] = np.float32(cost[day, columns - 1]), -1
        for row in range(layer[day], layer[day + 1]):
            least = NEVER
            for k in range(kinds + 1):
                least = min(least, price[day, k] + walks.extra[row, k] + walk_value[walks.target[row, k]])
            walk_value[row] = least
    state = walks.first_state[p]
    for day in range(days):
        best, least = 0, np.float32(np.inf)
        for k in range(kinds + 1):
            candidate = price[day, k] + walks.extra[state, k] + walk_value[walks.target[state, k]]
            if candidate < least:
                least, best = candidate, k
        tour[day] = shift[day, best]
        state = walks.target[state, best]
    return walk_value[walks.first_state[p]]


@_compiled(inline="always")
def _draw(random: np.uint64) -> np.uint64:
    """Return the number after `random` of Marsaglia's generator (2003): numpy's own takes as long as the tours."""
    random ^= random << np.uint64(13)
    random ^= random >> np.uint64(7)
    return random ^ (random << np.uint64(17))


@_compiled(inline="always")
def _share(random: np.uint64) -> np.float64:
    return np.float64(np.int64(random >> np.uint64(40))) * 2.0**-24


@_compiled()
def _change_presence(
    sign: float, tour: IntArray, meal: IntArray, group: int, duties: Duties, curves: Curves, days: tuple[int, int],
    present: FloatArray,
) -> None:  # fmt: skip
    """Add a person's days to those present, or with a sign of −1 take them away."""
    last_slot = present.shape[1]
    for d in range(*days):
        s = tour[d]
        if s < 0:
            continue
        first, end = duties.start_slot[d, s], duties.end_slot[d, s]
        if s >= duties.first_standby:
            for t in range(first, end):
                present[curves.standby, t] += sign
            continue
        for c in curves.of_group[curves.first[group] : curves.first[group + 1]]:
            for t in range(first, end):
                present[c, t] += sign
            if duties.meal_slots[s] > 0 and curves.leaves_for_meals[group]:
                eats = first + duties.meal_offset[duties.meal_first[s] + meal[d]]
                for t in range(min(eats, last_slot), min(eats + duties.meal_slots[s], last_slot)):
                    present[c, t] -= sign


@_compiled()
def _sum_prices(
    present: FloatArray, tables: Values, group: int, curves: Curves, slots: tuple[int, int], summed: FloatArray
) -> None:
    """Write the running sums of one more person's price: on the phone, and on standby."""
    most = tables.shape[2] - 1
    for t in range(*slots):
        here = 0.0
        for c in curves.of_group[curves.first[group] : curves.first[group + 1]]:
            here += tables[c, t, min(int(present[c, t]), most)]
        summed[0, t + 1] = summed[0, t] + here
        if curves.standby >= 0:
            here = tables[curves.standby, t, min(int(present[curves.standby, t]), most)]
            summed[1, t + 1] = summed[1, t] + here


@_compiled()
def _price_days(
    p: int, old: IntArray, month: MonthArrays, summed: FloatArray, way: Way, random: np.uint64, cost: FloatArray,
    best_meal: NDArray[np.int16],
) -> np.uint64:  # fmt: skip
    """Write what each choice of each day costs a person, the best meals with it; return the random state."""
    staff, duties, choices = month.staff, month.duties, cost.shape[1] - 1
    eats = month.curves.leaves_for_meals[staff.group_of[p]]
    price = _burden_prices(p, old, staff, duties)
    for d in range(len(old)):
        if d < way.first_day or d >= way.end_day:  # stays as it is
            cost[d] = 1e30
            cost[d, old[d] if old[d] >= 0 else choices] = 0.0
            continue
        cost[d, choices] = min(float(staff.person_cost[p, d, choices]), 1e30)
        for s in range(choices):
            here = float(staff.person_cost[p, d, s])
            if here == np.inf:
                cost[d, s] = 1e30
                continue
            row = 1 if s >= duties.first_standby else 0
            here += summed[row, duties.end_slot[d, s]] - summed[row, duties.start_slot[d, s]]
            if row == 0 and duties.meal_slots[s] > 0 and eats:
                saved, best_meal[d, s], random = _choose_meal(d, s, duties, summed, way.noise, random)
                here -= saved
            for kind in range(3):
                here += price[kind] * duties.burden[kind, d, s]
            here += duties.worked_minutes[s] / 60 * way.hour_price
            if way.noise > 0.0:
                random = _draw(random)
                here += way.noise * _share(random)
            cost[d, s] = here
    return random


@_compiled()
def _burden_prices(p: int, old: IntArray, staff: Staff, duties: Duties) -> FloatArray:
    """Return what a night, a weekend day and a holiday more cost a person who has had a fair share of them."""
    price = np.zeros(3)
    for kind in range(3):
        taken = 0
        for d in range(len(old)):
            taken += duties.burden[kind, d, old[d]] if old[d] >= 0 else 0
        if taken >= staff.allowance[p, kind]:
            price[kind] = duties.burden_weight[kind]
    return price


@_compiled(inline="always")
def _choose_meal(
    d: int, s: int, duties: Duties, summed: FloatArray, noise: float, random: np.uint64
) -> tuple[float, int, np.uint64]:
    """Return what the meal that suits best saves, its number, and the random state."""
    slots = summed.shape[1] - 1
    saved, best = -np.inf, 0
    for m in range(duties.meal_first[s], duties.meal_first[s + 1]):
        begin = min(duties.start_slot[d, s] + duties.meal_offset[m], slots)
        gain = summed[0, min(begin + duties.meal_slots[s], slots)] - summed[0, begin]
        if noise > 0.0:
            random = _draw(random)
            gain += noise * _share(random)
        if gain > saved:
            saved, best = gain, m - duties.meal_first[s]
    return saved, best, random


@_compiled()
def _cheapest_month(
    p: int, old: IntArray, cost: FloatArray, month: MonthArrays, scratch: Scratch, way: Way, priced: FloatArray,
    tour: IntArray,
) -> float:  # fmt: skip
    """Write a person's cheapest lawful month into `tour` and return its cost, NEVER or more if there is none.

    Too many hours in the month: raise the price of a minute until they fit, then lower it as far as they do.
    """
    minutes, cap = month.duties.worked_minutes, month.staff.month_cap[p]
    trial = old.copy()
    total, low, high, minute_price, fitting = float(NEVER), 0.0, _FIRST_MINUTE_PRICE, 0.0, False
    for attempt in range(_MOST_ATTEMPTS):
        for d in range(len(cost)):
            for s in range(len(minutes)):
                priced[d, s] = min(cost[d, s] + minute_price * minutes[s], 1e30)
            priced[d, -1] = cost[d, -1]
        if month.walks.graph_of[p] >= 0:
            found = cheapest_walk(priced, p, month.walks, scratch.walk_value, trial)
        else:
            found = cheapest_tour(priced, p, month, scratch, way.first_day, way.end_day, trial)
        if found >= _IMPOSSIBLE:
            break
        worked = 0.0
        for s in trial:
            worked += minutes[s] if s >= 0 else 0.0
        if worked <= cap + 1e-6:
            fitting, high, total = True, minute_price, found
            tour[:] = trial
            if attempt == 0 or high - low < _FINE_MINUTE_PRICE:
                break
        elif fitting:
            low = minute_price
        elif attempt > 0:
            low, high = high, 4 * high
        minute_price = 0.5 * (low + high) if fitting else high
    return total


@_compiled()
def sweep_people(
    order: IntArray, tours: NDArray[np.int16], meals: NDArray[np.int16], present: FloatArray, tables: Values,
    month: MonthArrays, scratch: Scratch, way: Way,
) -> int:  # fmt: skip
    """Give each person of `order` the cheapest month in turn; see `optimizer.search.sweeps.sweep`."""
    random = np.uint64(way.seed) * np.uint64(2685821657736338717) + np.uint64(88172645463325252)
    staff, duties, curves = month.staff, month.duties, month.curves
    days, columns, slots = staff.person_cost.shape[1], staff.person_cost.shape[2], present.shape[1]
    summed = np.zeros((2, slots + 1))  # on the phone, on standby
    cost, priced = np.empty((days, columns)), np.empty((days, columns))
    best_meal = np.zeros((days, columns - 1), dtype=np.int16)
    tour, old, meal = np.empty(days, dtype=np.int64), np.empty(days, dtype=np.int64), np.empty(days, dtype=np.int64)
    changed = 0
    first_slot, end_slot = slots, 0
    for s in range(columns - 1):
        first_slot = min(first_slot, duties.start_slot[way.first_day, s])
        end_slot = max(end_slot, min(duties.end_slot[way.end_day - 1, s], slots))
    window = (way.first_day, way.end_day)
    for p in order:
        group = staff.group_of[p]
        old[:], meal[:] = tours[p], meals[p]
        _change_presence(-1.0, old, meal, group, duties, curves, window, present)
        _sum_prices(present, tables, group, curves, (first_slot, end_slot), summed)
        random = _price_days(p, old, month, summed, way, random, cost, best_meal)
        better = _cheapest_month(p, old, cost, month, scratch, way, priced, tour) < _IMPOSSIBLE
        if better and way.exact:
            before = _month_cost(old, meal, p, month, summed, way.hour_price)
            for d in range(way.first_day, way.end_day):
                if 0 <= tour[d] < duties.first_standby:
                    meal[d] = best_meal[d, tour[d]]
            better = _month_cost(tour, meal, p, month, summed, way.hour_price) <= before + 1e-7
        if better:
            changed += (tour != old).any()
            for d in range(way.first_day, way.end_day):
                tours[p, d] = tour[d]
                if tour[d] >= 0:
                    meals[p, d] = best_meal[d, tour[d]] if tour[d] < duties.first_standby else 0
        old[:], meal[:] = tours[p], meals[p]
        _change_presence(1.0, old, meal, group, duties, curves, window, present)
    return changed


@_compiled()
def _month_cost(
    tour: IntArray, meal: IntArray, p: int, month: MonthArrays, summed: FloatArray, hour_price: float
) -> float:
    """Return what a person's month costs at these prices."""
    staff, duties, slots = month.staff, month.duties, summed.shape[1] - 1
    eats = month.curves.leaves_for_meals[staff.group_of[p]]
    taken = np.zeros(3)
    total = 0.0
    for d in range(len(tour)):
        s = tour[d]
        total += staff.person_cost[p, d, s]
        if s < 0:
            continue
        total += duties.worked_minutes[s] / 60 * hour_price
        for kind in range(3):
            taken[kind] += duties.burden[kind, d, s]
        first, end = duties.start_slot[d, s], duties.end_slot[d, s]
        kind_of_duty = 1 if s >= duties.first_standby else 0
        total += summed[kind_of_duty, end] - summed[kind_of_duty, first]
        if s < duties.first_standby and duties.meal_slots[s] > 0 and eats:
            begin = min(first + duties.meal_offset[duties.meal_first[s] + meal[d]], slots)
            total -= summed[0, min(begin + duties.meal_slots[s], slots)] - summed[0, begin]
        if d > 0 and tour[d - 1] >= 0:
            total += month.rules.rotation[tour[d - 1], s]
    for kind in range(3):
        total += duties.burden_weight[kind] * max(0.0, taken[kind] - staff.allowance[p, kind])
    return total


def is_ready() -> bool:
    """Return whether the loops need no compiling any more: done in this process, or kept on disk by an earlier one."""
    if sweep_people.signatures:
        return True
    code, version = sweep_people.py_func.__code__, "".join(map(str, sys.version_info[:2]))
    folder = sweep_people.stats.cache_path
    return folder is not None and any(Path(folder).glob(f"*.sweep_people-{code.co_firstlineno}.py{version}*.nbi"))
