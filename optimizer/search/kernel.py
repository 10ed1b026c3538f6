"""The compiled loops of the search: one person's cheapest lawful month, and a sweep over many persons.

A state is what the rules remember of the days before: the last shift (as far as it restricts the next one), working
days in a row, nights in a row, and the week's shifts and minutes so far. Every path through the states is lawful, so a
roster made of such paths is lawful at any moment of the search. All compiled code stands in this one file, because a
compiled caller in another file would not notice a change here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np

NEVER = np.float32(1e30)  # a finite stand-in for infinity, so that the loops may be vectorised


def _compiled(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Return a decorator that compiles, once per installation where there is a place to keep what was compiled."""

    def decorate(function: Callable[..., Any]) -> Any:
        try:
            return numba.njit(cache=True, nogil=True, **options)(function)
        except RuntimeError:  # neither beside this file nor in the user's own folder may anything be written
            return numba.njit(nogil=True, **options)(function)

    return decorate


@_compiled(fastmath=True)
def cheapest_tour(  # type: ignore[no-untyped-def]  # noqa: C901, PLR0912, PLR0915
    cost,  # (days, shifts + 1) of each choice; the last column is a day off; NEVER or more = not allowed
    days_into_week,
    week_of_day,
    week_cap,  # (weeks,) minutes
    week_days,  # (weeks,) most working days
    first_source,  # class before the first day: a work class, or work classes + off class
    first_run,  # working days in a row before the first day
    gate_start,
    gate_source,
    gate_cost,
    gate_first_move,
    move_first_shift,
    move_shift,
    move_class,
    move_length,
    class_first_move,
    class_move,
    class_after,  # (classes, shifts) work class after a shift, -1 = not lawful
    class_cost,  # (classes, shifts) what the shift costs besides
    shift_length,  # (shifts,)
    off_after_class,
    off_count,
    days_in_a_row,
    week_next,
    week_before,
    week_minutes,
    week_states_by_day,
    first_day,  # days before it stay as they are in `tour`
    end_day,  # days from it on stay too
    value,  # scratch (days + 1, states) float32: cheapest way to each state at the start of a day
    full_week,  # scratch (weeks, states) float32: the same on Mondays before the week is forgotten
    best_price,  # scratch (days, moves) float32
    best_shift,  # scratch (days, moves) int16
    tour,  # (days,): shift, or -1; changed from `first_day` to before `end_day`
):
    """Write the cheapest lawful days into `tour` and return their cost, NEVER if there are none."""
    days, columns = cost.shape
    off_column = columns - 1
    work_count = len(off_after_class)
    runs = days_in_a_row
    weeks = week_next.shape[1] + 1  # the last place of a block takes what passes the week's hours, and is never read
    work_size = work_count * runs * weeks
    off_next = work_size + (off_count - 1) * weeks
    lengths = week_next.shape[0]
    gate_value = np.empty((runs, weeks), dtype=np.float32)
    one_more = np.empty((runs, weeks), dtype=np.float32)
    capped_next = np.empty(week_next.shape, dtype=np.int32)
    moves = len(move_class)
    source, run, week, passed = first_source, min(first_run, runs) if first_source < work_count else 0, 0, 0
    for day in range(first_day):
        if days_into_week[day] == 0 and day > 0:
            week, passed = 0, 0
        passed += 1
        if tour[day] < 0:
            source = work_count + (off_after_class[source] if source < work_count else off_count - 1)
            run = 0
        else:
            week = week_next[shift_length[tour[day]], week]
            source = class_after[source, tour[day]]
            run += 1
            if source < 0 or week < 0 or run > runs:
                return NEVER
    alive = np.zeros((days + 1, work_count), dtype=np.bool_)  # what stands in the others is never read
    value[first_day, work_size:] = NEVER
    if source < work_count:
        alive[first_day, source] = True
        value[first_day, source * runs * weeks : (source + 1) * runs * weeks] = NEVER
        value[first_day, (source * runs + run - 1) * weeks + week] = 0.0
    else:
        value[first_day, work_size + (source - work_count) * weeks + week] = 0.0
    high = week_states_by_day[0]
    for day in range(first_day, end_day):
        now, later = value[day], value[day + 1]
        cap = week_cap[week_of_day[day]]
        reachable = week_states_by_day[week_days[week_of_day[day]]]
        if days_into_week[day] == 0 and day > 0:
            _forget_week(now, full_week[week_of_day[day]], alive[day], runs, week_states_by_day[passed], weeks)
            passed = 0
        high, high_later = week_states_by_day[passed], week_states_by_day[passed + 1]
        for j in range(lengths):
            for r in range(high):  # what would pass the week's hours goes to a state that nobody reads
                into = week_next[j, r]
                capped_next[j, r] = into if 0 <= into < reachable and week_minutes[into] <= cap else weeks - 1
        for m in range(moves):
            price = np.float32(NEVER)
            shift = 0
            for i in range(move_first_shift[m], move_first_shift[m + 1]):
                if cost[day, move_shift[i]] < price:
                    price = np.float32(cost[day, move_shift[i]])
                    shift = move_shift[i]
            best_price[day, m] = price
            best_shift[day, m] = shift
            if price < NEVER and not alive[day + 1, move_class[m]]:
                alive[day + 1, move_class[m]] = True
                for block in range(move_class[m] * runs, (move_class[m] + 1) * runs):
                    later[block * weeks : block * weeks + high_later] = NEVER
        later[work_size:] = NEVER
        for gate in range(len(gate_start) - 1):
            useful = False
            for m in range(gate_first_move[gate], gate_first_move[gate + 1]):
                useful = useful or best_price[day, m] < NEVER
            if not useful:
                continue
            for c in range(runs):
                for r in range(high):
                    gate_value[c, r] = NEVER
            for g in range(gate_start[gate], gate_start[gate + 1]):
                source = gate_source[g]
                extra = gate_cost[g]
                if source < work_count:
                    for c in range(1, runs if alive[day, source] else 0):
                        low = week_states_by_day[min(c, passed) - 1] if passed > 0 else 0
                        base = (source * runs + c - 1) * weeks
                        _lower(gate_value[c, low:high], now[base + low : base + high], extra)
                else:
                    base = work_size + (source - work_count) * weeks
                    _lower(gate_value[0, :high], now[base : base + high], extra)
            for j in range(lengths):
                useful = False
                for m in range(gate_first_move[gate], gate_first_move[gate + 1]):
                    useful = useful or (move_length[m] == j and best_price[day, m] < NEVER)
                if not useful:
                    continue
                for c in range(runs):
                    low = week_states_by_day[min(c, passed) - 1] if c > 0 and passed > 0 else 0
                    _spread(one_more[c], gate_value[c, low:high], capped_next[j, low:high], high_later)
                for m in range(gate_first_move[gate], gate_first_move[gate + 1]):
                    price = best_price[day, m]
                    if move_length[m] == j and price < NEVER:
                        for c in range(runs):
                            base = (move_class[m] * runs + c) * weeks
                            low = week_states_by_day[min(c, passed)]
                            _lower(later[base + low : base + high_later], one_more[c, low:high_later], price)
        price = np.float32(cost[day, off_column])
        if price < NEVER:
            for k in range(work_count):
                into = work_size + off_after_class[k] * weeks
                for c in range(runs if alive[day, k] else 0):
                    low = week_states_by_day[min(c + 1, passed) - 1] if passed > 0 else 0
                    base = (k * runs + c) * weeks
                    _lower(later[into + low : into + high], now[base + low : base + high], price)
            for k in range(off_count):
                base = work_size + k * weeks
                _lower(later[off_next : off_next + high], now[base : base + high], price)
        passed += 1
        high = high_later
    best, total = _cheapest_end(
        value[end_day], alive[end_day], tour, end_day, high, days_into_week, week_of_day, week_cap, week_days,
        class_after, class_cost, shift_length, off_after_class, off_count, runs, weeks, week_next, week_minutes,
        week_states_by_day,
    )  # fmt: skip
    if total >= NEVER:
        return total
    _trace(
        best, first_day, end_day, days_into_week, week_of_day, gate_start, gate_source, gate_cost, gate_first_move,
        move_class, move_length, class_first_move, class_move, off_after_class, off_count, runs, weeks, week_before,
        value, alive, full_week, best_price, best_shift, tour,
    )  # fmt: skip
    return total


@_compiled()
def _cheapest_end(  # type: ignore[no-untyped-def]  # noqa: C901, PLR0912
    value, alive, tour, end_day, high, days_into_week, week_of_day, week_cap, week_days, class_after, class_cost,
    shift_length, off_after_class, off_count, runs, weeks, week_next, week_minutes, week_states_by_day,
):  # fmt: skip
    """Return the cheapest state before `end_day` from which the days that stay can lawfully go on, and its cost."""
    days, work_count = len(tour), len(off_after_class)
    ahead = 0  # working days that follow at once
    while end_day + ahead < days and tour[end_day + ahead] >= 0:
        ahead += 1
    kept = np.zeros(weeks, dtype=np.float32)  # NEVER where the week's hours would not last
    for r in range(high):
        week, day = r, end_day
        while day < days and days_into_week[day] > 0:
            if tour[day] >= 0:
                week = week_next[shift_length[tour[day]], week]
                w = week_of_day[day]
                if week < 0 or week >= week_states_by_day[week_days[w]] or week_minutes[week] > week_cap[w]:
                    kept[r] = NEVER
                    break
            day += 1
    best, total = 0, np.float32(NEVER)
    for first in range(work_count + off_count):
        if first < work_count and not alive[first]:
            continue
        source, tail, day, free = first, np.float32(0.0), end_day, 0
        while day < days and free < 2 and tail < NEVER:
            if tour[day] < 0:
                source = work_count + (off_after_class[source] if source < work_count else off_count - 1)
                free += 1
            else:
                after = class_after[source, tour[day]]
                tail = tail + class_cost[source, tour[day]] if after >= 0 else np.float32(NEVER)
                source, free = after, 0
            day += 1
        if tail >= NEVER:
            continue
        for c in range(runs - ahead if first < work_count else 1):
            base = (
                (first * runs + c) * weeks if first < work_count else (work_count * runs + first - work_count) * weeks
            )
            for r in range(high):
                candidate = value[base + r] + tail + kept[r]
                if candidate < total:
                    best, total = base + r, candidate
    return best, total


@_compiled(fastmath=True)
def cheapest_walk(  # type: ignore[no-untyped-def]
    cost,  # (days, shifts + 1) as above
    layer,  # (days + 2,) first state of each layer, and the end of the last
    first_state,
    target,  # (states, kinds + 1): the state after a choice; 0 = not lawful
    extra,  # (states, kinds + 1)
    kind_first,
    kind_duty,
    walk_value,  # scratch (states,) float32
    tour,  # out (days,)
):
    """Write the cheapest walk through the layers of a graph into `tour` and return its cost, NEVER if there is none."""
    days, columns = cost.shape
    kinds = len(kind_first) - 1
    price = np.empty((days, kinds + 1), dtype=np.float32)
    shift = np.empty((days, kinds + 1), dtype=np.int64)
    walk_value[0] = NEVER
    if first_state == 0:
        return NEVER
    for row in range(layer[days], layer[days + 1]):
        walk_value[row] = 0.0
    for day in range(days - 1, -1, -1):
        for k in range(kinds):
            price[day, k] = NEVER
            shift[day, k] = 0
            for i in range(kind_first[k], kind_first[k + 1]):
                if cost[day, kind_duty[i]] < price[day, k]:
                    price[day, k] = np.float32(cost[day, kind_duty[i]])
                    shift[day, k] = kind_duty[i]
        price[day, kinds] = np.float32(cost[day, columns - 1])
        shift[day, kinds] = -1
        for row in range(layer[day], layer[day + 1]):
            least = NEVER
            for k in range(kinds + 1):
                least = min(least, price[day, k] + extra[row, k] + walk_value[target[row, k]])
            walk_value[row] = least
    state = first_state
    for day in range(days):
        best = 0
        least = np.float32(np.inf)
        for k in range(kinds + 1):
            candidate = price[day, k] + extra[state, k] + walk_value[target[state, k]]
            if candidate < least:
                least, best = candidate, k
        tour[day] = shift[day, best]
        state = target[state, best]
    return walk_value[first_state]


@_compiled(fastmath=True, inline="always")
def _lower(into, values, price):  # type: ignore[no-untyped-def]
    for i in range(len(values)):
        into[i] = min(into[i], values[i] + price)


@_compiled(fastmath=True, inline="always")
def _spread(into, values, places, size):  # type: ignore[no-untyped-def]
    for i in range(size):
        into[i] = NEVER
    for i in range(len(values)):  # no two have the same place, but for the one that nobody reads
        into[np.uint32(places[i])] = values[i]


@_compiled()
def _forget_week(now, full, alive, runs, known, weeks):  # type: ignore[no-untyped-def]
    """Keep the cheapest of each block: on a Monday the week's shifts and minutes start again from nothing."""
    for block in range(len(now) // weeks):
        if block < len(alive) * runs and not alive[block // runs]:
            continue
        start = block * weeks
        for r in range(weeks):
            full[start + r] = now[start + r] if r < known else NEVER
        least = now[start]
        for r in range(1, known):
            least = min(least, now[start + r])
            now[start + r] = NEVER
        now[start] = least


@_compiled()
def _trace(  # type: ignore[no-untyped-def]  # noqa: C901, PLR0912
    state, first_day, end_day, days_into_week, week_of_day, gate_start, gate_source, gate_cost, gate_first_move,
    move_class, move_length, class_first_move, class_move, off_after_class, off_count, runs, weeks, week_before, value,
    alive, full_week, best_price, best_shift, tour,
):  # fmt: skip
    """Walk the cheapest way back from the last state, looking at each day for the state it came from."""
    work_count = len(off_after_class)
    work_size = work_count * runs * weeks
    move_gate = np.zeros(len(move_class), dtype=np.int64)
    for gate in range(len(gate_start) - 1):
        for m in range(gate_first_move[gate], gate_first_move[gate + 1]):
            move_gate[m] = gate
    for day in range(end_day - 1, first_day - 1, -1):
        now = value[day]
        least = np.float32(np.inf)
        came_from = 0
        r = state % weeks
        if state < work_size:
            k, c = state // weeks // runs, state // weeks % runs
            for i in range(class_first_move[k], class_first_move[k + 1]):
                m = class_move[i]
                earlier = week_before[move_length[m], r]
                if earlier < 0 or best_price[day, m] >= NEVER:
                    continue
                for g in range(gate_start[move_gate[m]], gate_start[move_gate[m] + 1]):
                    source = gate_source[g]
                    if (source < work_count) != (c > 0) or (source < work_count and not alive[day, source]):
                        continue
                    if c > 0:
                        index = (source * runs + c - 1) * weeks + earlier
                    else:
                        index = work_size + (source - work_count) * weeks + earlier
                    candidate = now[index] + gate_cost[g] + best_price[day, m]
                    if candidate < least:
                        least = candidate
                        came_from = index
                        tour[day] = best_shift[day, m]
        else:
            tour[day] = -1
            o = (state - work_size) // weeks
            for k in range(work_count):
                if off_after_class[k] == o and alive[day, k]:
                    for c in range(runs):
                        index = (k * runs + c) * weeks + r
                        if now[index] < least:
                            least, came_from = now[index], index
            if o == off_count - 1:
                for k in range(off_count):
                    index = work_size + k * weeks + r
                    if now[index] < least:
                        least, came_from = now[index], index
        state = came_from
        if days_into_week[day] == 0 and day > 0:
            full = full_week[week_of_day[day]]
            start = state // weeks * weeks
            for r_full in range(weeks - 1):
                if full[start + r_full] < full[state]:
                    state = start + r_full


@_compiled(inline="always")
def _draw(random):  # type: ignore[no-untyped-def]
    """Return the number after `random` of Marsaglia's generator (2003): numpy's own takes as long as the tours."""
    random ^= random << np.uint64(13)
    random ^= random >> np.uint64(7)
    return random ^ (random << np.uint64(17))


@_compiled(inline="always")
def _share(random):  # type: ignore[no-untyped-def]
    return np.float64(np.int64(random >> np.uint64(40))) * 2.0**-24


@_compiled()
def _change_presence(  # type: ignore[no-untyped-def]
    sign, tour, meal, first_day, end_day, present, curves, standby_curve, first_standby, start_slot, end_slot,
    meal_slots, meal_first, meal_offset,
):  # fmt: skip
    last_slot = present.shape[1]
    for d in range(first_day, end_day):
        s = tour[d]
        if s < 0:
            continue
        if s >= first_standby:
            for t in range(start_slot[d, s], end_slot[d, s]):
                present[standby_curve, t] += sign
            continue
        for c in curves:
            for t in range(start_slot[d, s], end_slot[d, s]):
                present[c, t] += sign
            if meal_slots[s] > 0:
                first = start_slot[d, s] + meal_offset[meal_first[s] + meal[d]]
                for t in range(min(first, last_slot), min(first + meal_slots[s], last_slot)):
                    present[c, t] -= sign


@_compiled()
def sweep_people(  # type: ignore[no-untyped-def]  # noqa: C901, PLR0912, PLR0915
    order, tours, meals, present, tables, person_cost, group_of, leaves_for_meals, curve_first, curve_list,
    standby_curve, first_standby, start_slot, end_slot, meal_slots, meal_first, meal_offset, burden, allowance,
    burden_weight, rotation, hour_cost, days_into_week, week_of_day, week_cap, week_days, month_cap, worked_minutes,
    first_source, first_run, gate_start, gate_source, gate_cost, gate_first_move, move_first_shift, move_shift,
    move_class, move_length, class_first_move, class_move, class_after, class_cost, shift_length, off_after_class,
    off_count, days_in_a_row, week_next, week_before, week_minutes, week_states_by_day, value, full_week, best_price,
    best_shift, graph_of, layer, first_state, target, extra, kind_first, kind_duty, walk_value, first_day, end_day,
    exact, noise, seed,
):  # fmt: skip
    """Give each person of `order` the cheapest month in turn; see `optimizer.search.sweeps.sweep`."""
    random = np.uint64(seed) * np.uint64(2685821657736338717) + np.uint64(88172645463325252)
    days, columns = person_cost.shape[1], person_cost.shape[2]
    duties = columns - 1
    slots = present.shape[1]
    most = tables.shape[2] - 1
    summed = np.zeros(slots + 1)
    standby_summed = np.zeros(slots + 1)
    cost = np.empty((days, columns))
    best_meal = np.zeros((days, duties), dtype=np.int16)
    tour = np.empty(days, dtype=np.int64)
    trial = np.empty(days, dtype=np.int64)
    old = np.empty(days, dtype=np.int64)
    old_meal = np.empty(days, dtype=np.int64)
    priced = np.empty((days, columns))
    changed = 0
    no_meals = np.zeros_like(meal_slots)
    meal_slots_of_duty = meal_slots
    first_slot, end_slot_of_days = slots, 0
    for s in range(duties):
        first_slot = min(first_slot, start_slot[first_day, s])
        end_slot_of_days = max(end_slot_of_days, min(end_slot[end_day - 1, s], slots))
    for p in order:
        meal_slots = meal_slots_of_duty if leaves_for_meals[group_of[p]] else no_meals
        curves = curve_list[curve_first[group_of[p]] : curve_first[group_of[p] + 1]]
        for d in range(days):
            old[d], old_meal[d] = tours[p, d], meals[p, d]
        _change_presence(
            -1.0, old, old_meal, first_day, end_day, present, curves, standby_curve, first_standby, start_slot,
            end_slot, meal_slots, meal_first, meal_offset,
        )  # fmt: skip
        for t in range(first_slot, end_slot_of_days):
            sum_here = 0.0
            for c in curves:
                sum_here += tables[c, t, min(int(present[c, t]), most)]
            summed[t + 1] = summed[t] + sum_here
            if standby_curve >= 0:
                sum_here = tables[standby_curve, t, min(int(present[standby_curve, t]), most)]
                standby_summed[t + 1] = standby_summed[t] + sum_here
        taken = np.zeros(3)
        for d in range(days):
            if old[d] >= 0:
                for kind in range(3):
                    taken[kind] += burden[kind, d, old[d]]
        price = np.zeros(3)
        for kind in range(3):
            if taken[kind] >= allowance[p, kind]:
                price[kind] = burden_weight[kind]
        for d in range(days):
            if d < first_day or d >= end_day:  # stays as it is
                cost[d] = 1e30
                cost[d, old[d] if old[d] >= 0 else duties] = 0.0
                continue
            cost[d, duties] = min(float(person_cost[p, d, duties]), 1e30)
            for s in range(duties):
                price_here = float(person_cost[p, d, s])
                if price_here == np.inf:
                    cost[d, s] = 1e30
                    continue
                if s >= first_standby:
                    price_here += standby_summed[end_slot[d, s]] - standby_summed[start_slot[d, s]]
                else:
                    price_here += summed[end_slot[d, s]] - summed[start_slot[d, s]]
                    if meal_slots[s] > 0:
                        saved = -np.inf
                        for m in range(meal_first[s], meal_first[s + 1]):
                            first = min(start_slot[d, s] + meal_offset[m], slots)
                            last = min(first + meal_slots[s], slots)
                            gain = summed[last] - summed[first]
                            if noise > 0.0:
                                random = _draw(random)
                                gain += noise * _share(random)
                            if gain > saved:
                                saved = gain
                                best_meal[d, s] = m - meal_first[s]
                        price_here -= saved
                for kind in range(3):
                    price_here += price[kind] * burden[kind, d, s]
                price_here += hour_cost[s]
                if noise > 0.0:
                    random = _draw(random)
                    price_here += noise * _share(random)
                cost[d, s] = price_here
        for d in range(days):
            trial[d] = old[d]
        total = NEVER
        low, high, minute_price, fitting = 0.0, 0.05, 0.0, False
        for attempt in range(24):
            # Too many hours in the month: raise the price of a minute until they fit, then lower it as far as they do.
            for d in range(days):
                priced[d, duties] = cost[d, duties]
                for s in range(duties):
                    priced[d, s] = min(cost[d, s] + minute_price * worked_minutes[s], 1e30)
            if graph_of[p] >= 0:
                found = cheapest_walk(
                    priced, layer[graph_of[p]], first_state[p], target, extra, kind_first, kind_duty, walk_value, trial
                )
            else:
                found = cheapest_tour(
                    priced, days_into_week, week_of_day, week_cap[p], week_days[p], first_source[p], first_run[p],
                    gate_start, gate_source, gate_cost, gate_first_move, move_first_shift, move_shift, move_class,
                    move_length, class_first_move, class_move, class_after, class_cost, shift_length, off_after_class,
                    off_count, days_in_a_row, week_next, week_before, week_minutes, week_states_by_day, first_day,
                    end_day, value, full_week, best_price, best_shift, trial,
                )  # fmt: skip
            if found >= 1e29:
                break
            if _minutes_of(trial, worked_minutes) <= month_cap[p] + 1e-6:
                fitting, high, total = True, minute_price, found
                for d in range(days):
                    tour[d] = trial[d]
                if attempt == 0 or high - low < 1e-3:
                    break
            elif fitting:
                low = minute_price
            elif attempt > 0:
                low, high = high, 4 * high
            minute_price = 0.5 * (low + high) if fitting else high
        better = total < 1e29
        if better and exact:
            old_value = _month_cost(
                old, old_meal, p, person_cost, summed, standby_summed, first_standby, start_slot, end_slot, meal_slots,
                meal_first, meal_offset, burden, allowance, burden_weight, rotation, hour_cost,
            )  # fmt: skip
            for d in range(first_day, end_day):
                if tour[d] >= 0 and tour[d] < first_standby:
                    old_meal[d] = best_meal[d, tour[d]]
            new_value = _month_cost(
                tour, old_meal, p, person_cost, summed, standby_summed, first_standby, start_slot, end_slot, meal_slots,
                meal_first, meal_offset, burden, allowance, burden_weight, rotation, hour_cost,
            )  # fmt: skip
            better = new_value <= old_value + 1e-7
        if better:
            for d in range(days):
                if tour[d] != tours[p, d]:
                    changed += 1
                    break
            for d in range(first_day, end_day):
                tours[p, d] = tour[d]
                if tour[d] >= 0:
                    meals[p, d] = best_meal[d, tour[d]] if tour[d] < first_standby else 0
        for d in range(days):
            old[d], old_meal[d] = tours[p, d], meals[p, d]
        _change_presence(
            1.0, old, old_meal, first_day, end_day, present, curves, standby_curve, first_standby, start_slot,
            end_slot, meal_slots, meal_first, meal_offset,
        )  # fmt: skip
    return changed


@_compiled()
def _minutes_of(tour, worked_minutes):  # type: ignore[no-untyped-def]
    total = 0.0
    for s in tour:
        if s >= 0:
            total += worked_minutes[s]
    return total


@_compiled()
def _month_cost(  # type: ignore[no-untyped-def]
    tour, meal, p, person_cost, summed, standby_summed, first_standby, start_slot, end_slot, meal_slots, meal_first,
    meal_offset, burden, allowance, burden_weight, rotation, hour_cost,
):  # fmt: skip
    duties = person_cost.shape[2] - 1
    slots = len(summed) - 1
    taken = np.zeros(3)
    total = 0.0
    for d in range(len(tour)):
        s = tour[d]
        if s < 0:
            total += person_cost[p, d, duties]
            continue
        total += person_cost[p, d, s] + hour_cost[s]
        for kind in range(3):
            taken[kind] += burden[kind, d, s]
        if s >= first_standby:
            total += standby_summed[end_slot[d, s]] - standby_summed[start_slot[d, s]]
        else:
            total += summed[end_slot[d, s]] - summed[start_slot[d, s]]
            if meal_slots[s] > 0:
                first = min(start_slot[d, s] + meal_offset[meal_first[s] + meal[d]], slots)
                total -= summed[min(first + meal_slots[s], slots)] - summed[first]
        if d > 0 and tour[d - 1] >= 0:
            total += rotation[tour[d - 1], s]
    for kind in range(3):
        total += burden_weight[kind] * max(0.0, taken[kind] - allowance[p, kind])
    return total
