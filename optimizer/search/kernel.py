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
    NEVER,
    NOWHERE,
    Costs,
    Curves,
    Duties,
    FloatArray,
    IntArray,
    MonthArrays,
    Pauses,
    Pool,
    Room,
    Scratch,
    Staff,
    Step,
    TourRules,
    Walks,
    Way,
    Weeks,
)

_IMPOSSIBLE = 1e29  # what costs more holds a NEVER
_MOST_WEEKEND_PRICES = 4  # a month has five weekends, and the price moves at least one of them each time
_MOST_ATTEMPTS, _FIRST_MINUTE_PRICE, _FINE_MINUTE_PRICE = 24, 0.05, 1e-4  # for the price of a minute
_TILT, _STRIDE = 0.05, 11  # of the price of a minute over the days, and the order of these
_SHAKES, _SHAKEN = 40, 1.0  # prices of a minute that differ by so much from day to day, where none fits otherwise
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
    cost: FloatArray, p: int, month: MonthArrays, scratch: Scratch, way: Way, weekend_price: float, weighs: FloatArray,
    tour: IntArray,
) -> np.float32:  # fmt: skip
    """Write person `p`'s cheapest lawful days into `tour` and return their cost, NEVER if there are none.

    cost
        (days, shifts + 1) of each choice; the last column is a day off; NEVER or more = not allowed.
    way
        Days before its first and from its end on stay as they are in `tour`.
    weekend_price
        Of a weekend on whose Sunday is duty while the Saturday is free; its Saturday's stands in `cost`.
    weighs
        (weekends of the month + 1,) what so many with duty cost, where these are counted; empty where they have a
        price. No price finds a number of them that lies between two cheaper ones; counted, each has states of its own.
    """
    staff, rules, value = month.staff, month.rules, scratch.value
    alive = np.zeros((len(cost) + 1, rules.work_count), dtype=np.bool_)  # what stands in the others is never read
    if not _begin(p, way.first_day, month, value[way.first_day, 0], alive[way.first_day], tour):
        return NEVER
    room, most = _room(month), 0
    for day in range(way.first_day, way.end_day):
        price, before = scratch.best_price[day], most
        weekend = staff.weekend[day] if len(weighs) else 0
        _price_moves(cost[day], rules, price, scratch.best_shift[day])
        _wake(price, rules, alive[day + 1])
        most += weekend == 1
        scratch.steps[1] += most + 1
        for count in range(most + 1):
            _nobody_yet(_step(p, day, count, month, scratch, alive), alive[day + 1], rules)
        starts = np.float32(weekend_price) if staff.weekend[day] == 2 else np.float32(0.0)
        if weekend == 2:  # then only after a Saturday on duty the weekend counts already
            starts = NEVER
        for count in range(before + 1):
            step = _step(p, day, count, month, scratch, alive)
            if cost[day, -1] < NEVER:
                _rest(step, rules, np.float32(cost[day, -1]), room.kept)
            if weekend != 1:
                _work(step, price, starts, month, room)
            if weekend > 0 and count < most:
                _work(_counted(step, value[day + 1, count + 1], weekend), price, np.float32(0.0), month, room)
    best, number, total = 0, 0, NEVER
    for count in range(most + 1):
        end = value[way.end_day, count]
        place, least = _cheapest_end(end, alive[way.end_day], p, month, tour, way.end_day, weekend_price)
        least += np.float32(weighs[count]) if len(weighs) else np.float32(0.0)
        if least < total:
            best, number, total = place, count, least
    if total < NEVER:
        _trace(best, number, p, way, month, scratch, alive, tour)
    return total


@_compiled(inline="always")
def _counted(step: Step, later: Values, weekend: int) -> Step:
    """Return a step to the states of a weekend more; on a Sunday nobody takes it who was on duty the day before."""
    on_duty = step.alive if weekend == 1 else np.zeros_like(step.alive)
    return Step(step.kind, step.now, later, on_duty, step.after, step.high, step.high_later)


@_compiled()
def _begin(p: int, day: int, month: MonthArrays, value: Values, alive: BoolArray, tour: IntArray) -> bool:
    """Write the one state that the days before `day` lead to; return whether these are lawful."""
    rules, high = month.rules, _week_states(p, month.staff, month.weeks, day)
    source, run, week = _walked(p, month, day, tour)
    if source < 0:
        return False
    _fill(value[: (rules.work_count * rules.days_in_a_row + rules.off_count) * high])
    value[_place(source, run - 1, week, rules.work_count, rules.days_in_a_row, high)] = 0.0
    if source < rules.work_count:
        alive[source] = True
    return True


@_compiled()
def _room(month: MonthArrays) -> Room:
    """Return room for the loops of a day."""
    gates, most = len(month.rules.gate_first_move) - 1, month.rules.days_in_a_row * month.weeks.after.shape[3]
    return Room(
        np.zeros(gates, dtype=np.bool_),
        np.empty((gates, most), dtype=np.float32),
        np.empty(most, dtype=np.float32),
    )


@_compiled(inline="always")
def _wake(price: Values, rules: TourRules, alive: BoolArray) -> None:
    """Tell which work classes a day's shifts lead to."""
    for m in range(len(price)):
        alive[rules.move_class[m]] |= price[m] < NEVER


@_compiled(inline="always")
def _nobody_yet(step: Step, alive: BoolArray, rules: TourRules) -> None:
    """Let no state after a day be reached, of those that are read."""
    size = rules.days_in_a_row * step.high_later
    for k in range(len(alive)):
        if alive[k]:
            _fill(step.later[k * size : (k + 1) * size])
    _fill(step.later[len(alive) * size : len(alive) * size + rules.off_count * step.high_later])


@_compiled(fastmath=True)
def _work(step: Step, price: Values, sunday: float, month: MonthArrays, room: Room) -> None:
    """Let every state have every shift that may start; after a day off at `sunday` more."""
    _pass_gates(step, price, sunday, month.rules, room.useful, room.gates)
    for gate in range(len(room.useful)):
        if room.useful[gate]:
            _start_shifts(gate, step, room.gates[gate], price, month, room.kept)


@_compiled(inline="always")
def _place(source: int, run: int, week: int, work: int, runs: int, high: int) -> int:
    """Return where a state stands: that of a work class and `run` + 1 days in a row, or that of an off class."""
    if source < work:
        return (source * runs + run) * high + week
    return (work * runs + source - work) * high + week


@_compiled(inline="always")
def _step(p: int, day: int, count: int, month: MonthArrays, scratch: Scratch, alive: BoolArray) -> Step:
    """Return the states before and after a day, with `count` weekends, and how a person's week goes on over it."""
    weeks, kind = month.weeks, month.rules.kind_of_day[day]
    graph, of_week = weeks.graph_of[p, month.staff.week_of_day[day]], weeks.day_of[day]
    high, high_later = weeks.size[graph, of_week], weeks.size[graph, of_week + 1]
    now, later = scratch.value[day, count], scratch.value[day + 1, count]
    return Step(kind, now, later, alive[day], weeks.after[graph, of_week], high, high_later)


@_compiled(inline="always")
def _week_states(p: int, staff: Staff, weeks: Weeks, day: int) -> int:
    """Return how many states of the week there are before `day`; there is one at the end of each."""
    if day == len(staff.week_of_day):
        return 1
    return weeks.size[weeks.graph_of[p, staff.week_of_day[day]], weeks.day_of[day]]


@_compiled(inline="always")
def _week_after(p: int, s: int, week: int, day: int, staff: Staff, weeks: Weeks) -> int:
    """Return the week's state after a choice, −1 where it is not lawful."""
    length = weeks.length_of[s] if s >= 0 else weeks.after.shape[2] - 1
    return weeks.after[weeks.graph_of[p, staff.week_of_day[day]], weeks.day_of[day], length, week]


@_compiled()
def _walked(p: int, month: MonthArrays, first_day: int, tour: IntArray) -> tuple[int, int, int]:
    """Return source, working days in a row and week's state before `first_day`; a source of −1 = not lawful."""
    staff, rules = month.staff, month.rules
    source, week = staff.first_source[p], 0
    run = min(staff.first_run[p], rules.days_in_a_row) if source < rules.work_count else 0
    for day in range(first_day):
        week = _week_after(p, tour[day], week, day, staff, month.weeks)
        if tour[day] < 0:
            source, run = rules.work_count + rules.off_next[source], 0
        else:
            source, run = rules.class_after[rules.kind_of_day[day], source, tour[day]], run + 1
            if source < 0 or week < 0 or run > rules.days_in_a_row:
                return -1, 0, 0
    return source, run, week


@_compiled(inline="always")
def _price_moves(cost: FloatArray, rules: TourRules, price: Values, shift: NDArray[np.int16]) -> None:
    """Write the cheapest shift of every move, and its price."""
    for m in range(len(price)):
        price[m], shift[m] = NEVER, 0
        for i in range(rules.move_first_shift[m], rules.move_first_shift[m + 1]):
            if cost[rules.move_shift[i]] < price[m]:
                price[m], shift[m] = cost[rules.move_shift[i]], rules.move_shift[i]


@_compiled(fastmath=True, inline="always")
def _fill(into: Values) -> None:
    for i in range(len(into)):
        into[i] = NEVER


@_compiled(fastmath=True, inline="always")
def _lower(into: Values, values: Values, price: float) -> None:
    for i in range(len(values)):
        into[i] = min(into[i], values[i] + price)


@_compiled(fastmath=True, inline="always")
def _pass_gates(
    step: Step, price: Values, sunday: float, rules: TourRules, useful: BoolArray, gates: NDArray[np.float32]
) -> None:
    """Write the cheapest way to start a shift of each gate, by days in a row before it, and which gates are useful."""
    kind, now, alive, high = step.kind, step.now, step.alive, step.high
    work, runs = len(alive), rules.days_in_a_row
    for gate in range(len(useful)):
        useful[gate] = False
        for m in range(rules.gate_first_move[gate], rules.gate_first_move[gate + 1]):
            useful[gate] |= price[m] < NEVER
        if useful[gate]:
            _fill(gates[gate, : runs * high])
    for source in range(work + rules.off_count):  # one source after another, so that it stays at hand
        if source < work and not alive[source]:
            continue
        for g in range(rules.source_first[kind, source], rules.source_first[kind, source + 1]):
            gate, extra = rules.source_gate[g], rules.source_cost[g]
            if not useful[gate]:
                continue
            if source < work:
                base, size = source * runs * high, (runs - 1) * high
                _lower(gates[gate, high : high + size], now[base : base + size], extra)
            else:
                base = (work * runs + source - work) * high
                _lower(gates[gate, :high], now[base : base + high], extra + sunday)


@_compiled(fastmath=True, inline="always")
def _start_shifts(gate: int, step: Step, gate_value: Values, price: Values, month: MonthArrays, kept: Values) -> None:
    """Lower the states after every shift of a gate: a day more in a row, and the week's next state."""
    kind, now, later, alive, after, high, high_later = step
    rules, size = month.rules, month.rules.days_in_a_row * high
    for m in range(rules.gate_first_move[gate], rules.gate_first_move[gate + 1]):
        if price[m] >= NEVER:
            continue
        for i in range(size):
            kept[i] = gate_value[i]
        for i in range(rules.keep_first[m], rules.keep_first[m + 1]):
            base = rules.keep_source[i] * size
            if alive[rules.keep_source[i]] and rules.keep_cost[i, kind] < NEVER:
                _lower(kept[high:size], now[base : base + size - high], rules.keep_cost[i, kind])
        places = after[month.weeks.length_of[rules.move_shift[rules.move_first_shift[m]]]]
        for c in range(rules.days_in_a_row):
            first = (rules.move_class[m] * rules.days_in_a_row + c) * high_later
            _spread(
                kept[c * high : (c + 1) * high], price[m] + rules.run_cost[c], places, later[first : first + high_later]
            )


@_compiled(fastmath=True, inline="always")
def _spread(values: Values, price: float, places: NDArray[np.int32], into: Values) -> None:
    """Lower the week's states after a choice, each from those that it leads from."""
    for r in range(len(values)):
        if places[r] >= 0:
            place = np.uint32(places[r])
            into[place] = min(into[place], values[r] + price)


@_compiled(fastmath=True)
def _rest(step: Step, rules: TourRules, price: float, least: Values) -> None:
    """Let every state have a day off."""
    _, now, later, alive, after, high, high_later = step
    work, runs = len(alive), rules.days_in_a_row
    for source in range(work + rules.off_count):
        if source < work and not alive[source]:
            continue
        _fill(least[:high])
        if source < work:
            for c in range(runs):
                base = (source * runs + c) * high
                _lower(least[:high], now[base : base + high], rules.rest_cost[source, c])
        else:
            base = (work * runs + source - work) * high
            _lower(least[:high], now[base : base + high], np.float32(0.0))
        into = (work * runs + rules.off_next[source]) * high_later
        _spread(least[:high], price, after[-1], later[into : into + high_later])


@_compiled()
def _cheapest_end(
    value: Values, alive: BoolArray, p: int, month: MonthArrays, tour: IntArray, end_day: int, weekend_price: float
) -> tuple[int, np.float32]:
    """Return the cheapest state before `end_day` from which the days that stay can lawfully go on, and its cost."""
    staff, rules = month.staff, month.rules
    work, runs = rules.work_count, rules.days_in_a_row
    high = _week_states(p, staff, month.weeks, end_day)
    kept = _kept_hours(p, staff, month.weeks, tour, end_day, high)
    best, total = 0, np.float32(NEVER)
    for source in range(work + rules.off_count):
        if source < work and not alive[source]:
            continue
        for c in range(runs if source < work else 1):
            tail = _tail_cost(source, c + 1 if source < work else 0, month, tour, end_day, weekend_price)
            if tail >= NEVER:
                continue
            for r in range(high):
                place = _place(source, c, r, work, runs, high)
                candidate = value[place] + tail + kept[r]
                if candidate < total:
                    best, total = place, candidate
    return best, total


@_compiled()
def _tail_cost(
    source: int, run: int, month: MonthArrays, tour: IntArray, end_day: int, weekend_price: float
) -> np.float32:
    """Return what the days that stay cost after a state, until it is forgotten; NEVER where they are not lawful."""
    staff, rules = month.staff, month.rules
    tail, rested = np.float32(0.0), False
    for day in range(end_day, len(tour)):
        if tour[day] < 0:
            if source < rules.work_count:
                tail += rules.rest_cost[source, run - 1]
            source, run, rested = rules.work_count + rules.off_next[source], 0, True
            continue
        kind = rules.kind_of_day[day]
        if rules.class_after[kind, source, tour[day]] < 0 or run == rules.days_in_a_row:
            return NEVER
        tail += rules.class_cost[kind, source, tour[day]] + rules.run_cost[run]
        if run == 0 and staff.weekend[day] == 2:
            tail += np.float32(weekend_price)
        source, run = rules.class_after[kind, source, tour[day]], run + 1
        if rested:  # from here on it is the same whatever came before
            break
    return tail


@_compiled()
def _kept_hours(p: int, staff: Staff, weeks: Weeks, tour: IntArray, end_day: int, high: int) -> Values:
    """Return 0 for each of the week's states from which its hours last for the days that stay, else NEVER."""
    kept = np.zeros(high, dtype=np.float32)
    for r in range(high):
        week, day = r, end_day
        while day < len(tour) and (day == end_day or weeks.day_of[day] > 0):
            week = _week_after(p, tour[day], week, day, staff, weeks)
            if week < 0:
                kept[r] = NEVER
                break
            day += 1
    return kept


@_compiled()
def _trace(
    state: int, count: int, p: int, way: Way, month: MonthArrays, scratch: Scratch, alive: BoolArray, tour: IntArray
) -> None:
    """Walk the cheapest way back from the last state, looking at each day for the state it came from.

    count
        Of the weekends counted up to that state.
    """
    first_off, runs = month.rules.work_count * month.rules.days_in_a_row, month.rules.days_in_a_row
    for day in range(way.end_day - 1, way.first_day - 1, -1):
        step, weekend = _step(p, day, count, month, scratch, alive), month.staff.weekend[day]
        row, r = state // step.high_later, state % step.high_later
        if count > 0 and row < first_off and (weekend == 1 or (weekend == 2 and row % runs == 0)):
            count -= 1
            step = _step(p, day, count, month, scratch, alive)
        if row < first_off:
            state, tour[day] = _before_shift(row, r, step, month, scratch.best_price[day], scratch.best_shift[day])
        else:
            tour[day] = -1
            state = _before_rest(row - first_off, r, step, month.rules)


@_compiled()
def _before_shift(
    row: int, r: int, step: Step, month: MonthArrays, price: Values, best_shift: NDArray[np.int16]
) -> tuple[int, int]:
    """Return the state before the cheapest shift that leads to a work class's row, and that shift."""
    kind, now, _, alive, after, high, _ = step
    rules = month.rules
    work, runs = rules.work_count, rules.days_in_a_row
    k, c = row // runs, row % runs
    first, end = (0, work) if c > 0 else (work, work + rules.off_count)
    least, came_from, taken = np.float32(np.inf), 0, 0
    for i in range(rules.class_first_move[k], rules.class_first_move[k + 1]):
        m = rules.class_move[i]
        shift = best_shift[m]
        if price[m] >= NEVER:
            continue
        places = after[month.weeks.length_of[shift]]
        for source in range(first, end):
            if rules.class_after[kind, source, shift] != k or (c > 0 and not alive[source]):
                continue
            extra = rules.class_cost[kind, source, shift] + price[m]  # all that lead here pay a Sunday's price
            for earlier in range(high):
                if places[earlier] == r:
                    place = _place(source, c - 1, earlier, work, runs, high)
                    if now[place] + extra < least:
                        least, came_from, taken = now[place] + extra, place, shift
    return came_from, taken


@_compiled()
def _before_rest(off: int, r: int, step: Step, rules: TourRules) -> int:
    """Return the cheapest state before a day off that leads to an off class."""
    _, now, _, alive, after, high, _ = step
    places = after[-1]
    work, runs = len(alive), rules.days_in_a_row
    least, came_from = np.float32(np.inf), 0
    for row in range(work * runs + rules.off_count):
        source = row // runs if row < work * runs else row - work * runs + work
        if rules.off_next[source] == off and (source >= work or alive[source]):
            extra = rules.rest_cost[source, row % runs] if source < work else np.float32(0.0)
            for earlier in range(high):
                if places[earlier] == r and now[row * high + earlier] + extra < least:
                    least, came_from = now[row * high + earlier] + extra, row * high + earlier
    return came_from


@_compiled(fastmath=True)
def cheapest_walk(
    cost: FloatArray, p: int, walks: Walks, walk_value: Values, weekend_price: float, way: Way, tour: IntArray
) -> np.float32:
    """Write the cheapest walk through a person's graph into `tour` and return its cost, NEVER if there is none.

    cost, weekend_price
        As above.
    way
        Days outside its window stay as they are in `tour`.
    """
    state, before = _walk_on(cost, p, walks, weekend_price, way.first_day, tour)
    if state == NOWHERE:
        return NEVER
    graph, choices = walks.graph_of[p], len(walks.kind_first)
    price = np.empty((len(cost), choices), dtype=np.float32)
    shift = np.empty((len(cost), choices), dtype=np.int64)
    walk_value[NOWHERE] = NEVER
    for row in range(walks.layer[graph, len(cost)], walks.layer[graph, len(cost) + 1]):
        walk_value[row] = 0.0
    for day in range(len(cost) - 1, way.end_day - 1, -1):
        _value_kept(cost[day], day, walks, walks.block_layer[graph], weekend_price, tour[day], walk_value)
    for day in range(way.end_day - 1, way.first_day - 1, -1):
        _price_kinds(cost[day], walks, price[day], shift[day])
        _value_choices(price[day], day, walks, walks.block_layer[graph], weekend_price, walk_value)
    least, ahead = before + walk_value[state], np.empty(choices - 1, dtype=np.float32)
    for day in range(way.first_day, way.end_day):
        kind, turn, block = walks.kind_of_day[day], walks.turn_of[state], walks.block_of[state]
        _look_ahead(block, walks, weekend_price, walk_value, ahead)
        best, cheapest = -1, price[day, -1] + walks.extra[block, -1] + walk_value[walks.rest[state]]
        for k in range(len(ahead)):
            here = ahead[k] + walks.turn_cost[kind, turn, k] + price[day, k]
            if here < cheapest:
                best, cheapest = k, here
        tour[day] = shift[day, best]
        state = walks.target[block, best] if best >= 0 else walks.rest[state]
    return least


@_compiled()
def _walk_on(
    cost: FloatArray, p: int, walks: Walks, weekend_price: float, end_day: int, tour: IntArray
) -> tuple[int, np.float32]:
    """Return the state to which a person's days before `end_day` lead, and what they cost; NOWHERE = not lawful."""
    state, total = walks.first_state[p], np.float32(0.0)
    for day in range(end_day):
        k, block = walks.kind_of[tour[day]], walks.block_of[state]
        total += np.float32(cost[day, tour[day]]) + walks.extra[block, k]
        if tour[day] < 0:
            state = walks.rest[state]
            continue
        turn = walks.turn_cost[walks.kind_of_day[day], walks.turn_of[state], k]
        if turn >= NEVER:
            return NOWHERE, NEVER
        total += turn + np.float32(weekend_price) * walks.sunday[block]
        state = walks.target[block, k]
    return state, total


@_compiled(inline="always")
def _price_kinds(cost: FloatArray, walks: Walks, price: Values, shift: IntArray) -> None:
    """Write the cheapest duty of every kind, and its price; last, those of a day off."""
    off = len(price) - 1
    for k in range(off):
        price[k], shift[k] = NEVER, 0
        for i in range(walks.kind_first[k], walks.kind_first[k + 1]):
            if cost[walks.kind_duty[i]] < price[k]:
                price[k], shift[k] = np.float32(cost[walks.kind_duty[i]]), walks.kind_duty[i]
    price[off], shift[off] = np.float32(cost[-1]), -1


@_compiled(fastmath=True, inline="always")
def _look_ahead(block: int, walks: Walks, weekend_price: float, walk_value: Values, ahead: Values) -> None:
    """Write what each duty of a block's states costs with the days after it, but for its price and its turn."""
    sunday = np.float32(weekend_price) * walks.sunday[block]
    for k in range(len(ahead)):
        ahead[k] = walks.extra[block, k] + sunday + walk_value[walks.target[block, k]]


@_compiled(fastmath=True)
def _value_choices(
    price: Values, day: int, walks: Walks, block_layer: IntArray, weekend_price: float, walk_value: Values
) -> None:
    """Write the values of a day's states, each by the cheapest of its choices."""
    kinds, turned = len(price) - 1, walks.turn_cost[walks.kind_of_day[day]] + price[:-1]
    ahead = np.empty(kinds, dtype=np.float32)
    for block in range(block_layer[day], block_layer[day + 1]):
        _look_ahead(block, walks, weekend_price, walk_value, ahead)
        off = price[kinds] + walks.extra[block, kinds]
        for row in range(walks.block_first[block], walks.block_first[block + 1]):
            turn, least = walks.turn_of[row], NEVER
            for k in range(kinds):
                least = min(least, turned[turn, k] + ahead[k])
            walk_value[row] = min(least, off + walk_value[walks.rest[row]])


@_compiled(fastmath=True)
def _value_kept(
    cost: FloatArray, day: int, walks: Walks, block_layer: IntArray, weekend_price: float, duty: int,
    walk_value: Values,
) -> None:  # fmt: skip
    """Write the values of a day's states where its duty stays as it is."""
    k, kind = walks.kind_of[duty], walks.kind_of_day[day]
    for block in range(block_layer[day], block_layer[day + 1]):
        ahead = np.float32(cost[duty]) + walks.extra[block, k]
        if duty >= 0:
            ahead += np.float32(weekend_price) * walks.sunday[block] + walk_value[walks.target[block, k]]
        for row in range(walks.block_first[block], walks.block_first[block + 1]):
            if duty >= 0:
                walk_value[row] = min(NEVER, ahead + walks.turn_cost[kind, walks.turn_of[row], k])
            else:
                walk_value[row] = min(NEVER, ahead + walk_value[walks.rest[row]])


@_compiled(inline="always")
def _states_walked(walks: Walks, graph: int, way: Way) -> int:
    """Return how many states have all their choices looked at; of the days after the window each has but one."""
    layer, after, choices = walks.layer[graph], len(walks.layer[graph]) - 2, len(walks.kind_first)
    return layer[way.end_day] - layer[way.first_day] + (layer[after] - layer[way.end_day]) // choices


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
    sign: float, tour: IntArray, meal: IntArray, laid: IntArray, group: int, month: MonthArrays,
    days: tuple[int, int], present: FloatArray,
) -> None:  # fmt: skip
    """Add a person's days to those present, or with a sign of −1 take them away."""
    duties, curves = month.duties, month.curves
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
        if month.pauses.length.shape[1] > 0 and laid[d] >= 0 and curves.leaves_for_meals[group]:
            _take_breaks(-sign, first, s, laid[d], group, month.pauses, curves, present)


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
    p: int, old: IntArray, price: FloatArray, month: MonthArrays, way: Way, random: np.uint64, costs: Costs
) -> np.uint64:
    """Write what each choice of each day costs a person, the best meals with it; return the random state.

    price
        (4,) of a night, a weekend day, a holiday and a weekend more.
    """
    cost, best_meal, summed = costs.cost, costs.best_meal, costs.summed
    staff, duties, choices = month.staff, month.duties, cost.shape[1] - 1
    eats = month.curves.leaves_for_meals[staff.group_of[p]]
    for d in range(len(old)):
        if d < way.first_day or d >= way.end_day:  # stays as it is
            cost[d] = 1e30
            cost[d, old[d] if old[d] >= 0 else choices] = 0.0
            continue
        cost[d, choices] = min(float(staff.person_cost[p, d, choices]), 1e30)
        saturday = price[3] if staff.weekend[d] == 1 else 0.0
        for s in range(choices):
            here = float(staff.person_cost[p, d, s]) + saturday
            if here == np.inf:
                cost[d, s] = 1e30
                continue
            row = 1 if s >= duties.first_standby else 0
            here += summed[row, duties.end_slot[d, s]] - summed[row, duties.start_slot[d, s]]
            if row == 0 and duties.meal_slots[s] > 0 and eats:
                saved, best_meal[d, s], random = _choose_meal(d, s, duties, summed, way.noise, random)
                here -= saved
            if row == 0 and month.pauses.length.shape[1] > 0 and eats:
                here -= _breaks_saved(d, s, -1, month, summed)
            for kind in range(3):
                here += price[kind] * duties.burden[kind, d, s]
            here += duties.worked_minutes[s] / 60 * way.hour_price
            if way.noise > 0.0:
                random = _draw(random)
                here += way.noise * _share(random)
            cost[d, s] = here
    return random


@_compiled()
def _burdens(tour: IntArray, staff: Staff, duties: Duties) -> FloatArray:
    """Return how many nights, weekend days, holidays and weekends a month takes from a person."""
    taken = np.zeros(4)
    for d in range(len(tour)):
        if tour[d] >= 0:
            for kind in range(3):
                taken[kind] += duties.burden[kind, d, tour[d]]
            if staff.weekend[d] == 1 or (staff.weekend[d] == 2 and tour[d - 1] < 0):
                taken[3] += 1
    return taken


@_compiled(inline="always")
def _unfair(beyond: float) -> float:
    """Return how much it weighs to have so many more than a fair share: the first 1, the second 2 and so on."""
    if beyond <= 0:
        return 0.0
    whole = np.floor(beyond)
    return (whole + 1) * beyond - whole * (whole + 1) / 2


@_compiled()
def _burden_prices(p: int, old: IntArray, staff: Staff, duties: Duties) -> FloatArray:
    """Return what one more of each burden would cost a person."""
    price = _burdens(old, staff, duties) - staff.allowance[p]
    for kind in range(len(price)):
        price[kind] = duties.burden_weight[kind] * (_unfair(price[kind] + 1) - _unfair(price[kind]))
    return price


@_compiled()
def _own_cost(tour: IntArray, p: int, month: MonthArrays) -> tuple[float, bool]:
    """Return what a month costs beside its coverage, and whether it keeps the rules on every person's month."""
    staff, rules, duties = month.staff, month.rules, month.duties
    source, run, week, lawful = staff.first_source[p], 0, 0, True
    if source < rules.work_count:
        run = min(staff.first_run[p], rules.days_in_a_row)
    total = 0.0
    for day in range(len(tour)):
        s = tour[day]
        total += staff.person_cost[p, day, s]
        week = _week_after(p, s, week, day, staff, month.weeks)
        if week < 0:  # no month of ours; go on as if nothing had been worked in the week
            lawful, week = False, 0
        if s < 0:
            total += rules.rest_cost[source, run - 1] if source < rules.work_count else 0.0
            source, run = rules.work_count + rules.off_next[source], 0
            continue
        kind = rules.kind_of_day[day]
        if rules.class_after[kind, source, s] < 0:  # no month of ours; go on as if rested
            lawful, source = False, rules.rested_class
        total += rules.class_cost[kind, source, s] + rules.run_cost[min(run, rules.days_in_a_row - 1)]
        source, run = rules.class_after[kind, source, s], run + 1
        lawful &= run <= rules.days_in_a_row
        run = min(run, rules.days_in_a_row)
    taken = _burdens(tour, staff, duties)
    for kind in range(len(taken)):
        total += duties.burden_weight[kind] * _unfair(taken[kind] - staff.allowance[p, kind])
    most, least = _minutes(tour, duties)
    return total, lawful and most <= staff.month_cap[p] + 1e-6 and least >= staff.month_floor[p] - 1e-6


@_compiled()
def _breaks_saved(d: int, s: int, way: int, month: MonthArrays, summed: FloatArray) -> float:
    """Return what a duty's breaks save, laid in a way, or (-1) each at the time that suits it best by itself."""
    pauses, slots, total = month.pauses, summed.shape[1] - 1, 0.0
    start = month.duties.start_slot[d, s]
    for k in range(pauses.length.shape[1]):
        length, best = pauses.length[s, k], -np.inf
        if length == 0:
            break
        if way >= 0:
            begin = min(start + pauses.offset[way, k], slots)
            best = summed[0, min(begin + length, slots)] - summed[0, begin]
        else:
            for w in range(pauses.window_first[s, k], pauses.window_end[s, k]):
                begin = min(start + pauses.window[w], slots)
                best = max(best, summed[0, min(begin + length, slots)] - summed[0, begin])
        total += best
    return total


@_compiled()
def _best_way(d: int, s: int, meal: int, p: int, month: MonthArrays, summed: FloatArray) -> int:
    """Return the way to lay a day's breaks that saves most, -1 where there are none or they take nobody away."""
    pauses = month.pauses
    if pauses.length.shape[1] == 0 or s < 0 or not month.curves.leaves_for_meals[month.staff.group_of[p]]:
        return -1
    best, most = -1, -np.inf
    for way in range(pauses.first[s, meal], pauses.end[s, meal]):
        saved = _breaks_saved(d, s, way, month, summed)
        if saved > most:
            best, most = way, saved
    return best


@_compiled()
def _lay_days(
    p: int, tour: IntArray, costs: Costs, month: MonthArrays, days: tuple[int, int], meal: IntArray, laid: IntArray
) -> None:
    """Write the meal that suits each of a month's days best, and the way to lay its breaks."""
    for d in range(*days):
        meal[d] = costs.best_meal[d, tour[d]] if 0 <= tour[d] < month.duties.first_standby else 0
        laid[d] = _best_way(d, tour[d], meal[d], p, month, costs.summed)


@_compiled()
def own_costs(tours: NDArray[np.int16], people: IntArray, month: MonthArrays) -> FloatArray:
    """Return what each month (n, days) costs its person of `people` beside its coverage."""
    costs, tour = np.empty(len(people)), np.empty(tours.shape[1], dtype=np.int64)
    for i in range(len(people)):
        tour[:] = tours[i]
        costs[i] = _own_cost(tour, people[i], month)[0]
    return costs


@_compiled()
def costs_beside_days(tours: NDArray[np.int16], people: IntArray, month: MonthArrays) -> FloatArray:
    """Return what each month (n, days) costs beside its coverage and its days as such; NEVER = unlawful."""
    costs, tour = np.empty(len(people)), np.empty(tours.shape[1], dtype=np.int64)
    for i in range(len(people)):
        tour[:] = tours[i]
        cost, lawful = _own_cost(tour, people[i], month)
        for day in range(len(tour)):
            cost -= month.staff.person_cost[people[i], day, tour[day]]
        costs[i] = cost if lawful and np.isfinite(cost) else NEVER
    return costs


@_compiled()
def exchange_costs(
    tours: NDArray[np.int16], people: IntArray, first_day: int, end_day: int, month: MonthArrays
) -> FloatArray:
    """Return (n, n) what a person's month costs with the days of each month of `tours` (n, days); NEVER = unlawful."""
    n, days = tours.shape
    costs, tour = np.empty((n, n)), np.empty(days, dtype=np.int64)
    for i in range(n):
        tour[:] = tours[i]
        for j in range(n):
            tour[first_day:end_day] = tours[j, first_day:end_day]
            cost, lawful = _own_cost(tour, people[i], month)
            costs[i, j] = cost if lawful and cost < _IMPOSSIBLE else NEVER
    return costs


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
    p: int, costs: Costs, month: MonthArrays, scratch: Scratch, way: Way, weekend_price: float, tour: IntArray
) -> float:
    """Write a person's cheapest lawful month into `tour` and return its cost, NEVER or more if there is none.

    Too many hours in the month: raise the price of a minute until they fit, then lower it as far as they do. Too few:
    the same with what a minute earns. Where all days are worth the same, one price would take all or none: the price
    differs a little from day to day. Where no month fits even so, as little lies between the fewest hours and the most,
    the days' prices are shaken until one does.
    """
    cost, duties = costs.cost, month.duties
    cap, floor = month.staff.month_cap[p] + 1e-6, month.staff.month_floor[p] - 1e-6
    trial, shortest, tilts = tour.copy(), duties.worked_minutes.min(), np.empty(len(cost))
    for d in range(len(cost)):
        tilts[d] = 1.0 + _TILT * ((d * _STRIDE + p) % len(cost)) / len(cost)
    total, low, high, minute_price, fitting, sign = float(NEVER), 0.0, _FIRST_MINUTE_PRICE, 0.0, False, 0.0
    for attempt in range(_MOST_ATTEMPTS):
        found = _month_at(sign * minute_price * tilts, p, costs, month, scratch, way, weekend_price, trial)
        if found >= _IMPOSSIBLE:
            break
        most, least = _minutes(trial, duties)
        if attempt == 0:
            sign = 1.0 if most > cap else -1.0
        if most <= cap and least >= floor:
            total = found
            tour[:] = trial
        if (most <= cap) if sign > 0 else (least >= floor):
            fitting, high = True, minute_price
            room = cap - most if sign > 0 else least - floor
            if attempt == 0 or high - low < _FINE_MINUTE_PRICE or room < shortest:
                break
        elif fitting:
            low = minute_price
        elif attempt > 0:
            low, high = high, 4 * high
        minute_price = 0.5 * (low + high) if fitting else high
    if fitting and total >= NEVER:
        return _shaken_month(sign * high, p, costs, month, scratch, way, weekend_price, tour)
    return total


@_compiled()
def _shaken_month(
    minute_price: float, p: int, costs: Costs, month: MonthArrays, scratch: Scratch, way: Way, weekend_price: float,
    tour: IntArray,
) -> float:  # fmt: skip
    """Write a month that fits into `tour`, found at prices of a minute that differ much from day to day."""
    cap, floor = month.staff.month_cap[p] + 1e-6, month.staff.month_floor[p] - 1e-6
    prices, trial = np.empty(len(costs.cost)), tour.copy()
    random = np.uint64(p) * np.uint64(2685821657736338717) + np.uint64(88172645463325252)
    for _ in range(_SHAKES):
        for d in range(len(prices)):
            random = _draw(random)
            prices[d] = minute_price * (1.0 + _SHAKEN * (_share(random) - 0.5))
        found = _month_at(prices, p, costs, month, scratch, way, weekend_price, trial)
        most, least = _minutes(trial, month.duties)
        if found < _IMPOSSIBLE and most <= cap and least >= floor:
            tour[:] = trial
            return found
    return float(NEVER)


@_compiled()
def _month_at(
    minute_prices: FloatArray, p: int, costs: Costs, month: MonthArrays, scratch: Scratch, way: Way,
    weekend_price: float, tour: IntArray,
) -> float:  # fmt: skip
    """Write a person's cheapest month into `tour` where a minute has a price on each day; return its cost."""
    cost, priced, minutes = costs.cost, costs.priced, month.duties.worked_minutes
    for d in range(len(cost)):
        for s in range(len(minutes)):
            priced[d, s] = min(cost[d, s] + minute_prices[d] * minutes[s], 1e30)
        priced[d, -1] = cost[d, -1]
    graph = month.walks.graph_of[p]
    if graph >= 0:
        scratch.steps[2] += _states_walked(month.walks, graph, way)
        return float(cheapest_walk(priced, p, month.walks, scratch.walk_value, weekend_price, way, tour))
    return float(cheapest_tour(priced, p, month, scratch, way, weekend_price, np.empty(0), tour))


@_compiled()
def _minutes(tour: IntArray, duties: Duties) -> tuple[float, float]:
    """Return a month's minutes, those that standby holds free among them, and those without."""
    most, least = 0.0, 0.0
    for s in tour:
        if s >= 0:
            most += duties.worked_minutes[s]
            least += duties.worked_minutes[s] if s < duties.first_standby else 0.0
    return most, least


@_compiled()
def _fitting_month(  # noqa: PLR0913 - arrays, in bundles
    p: int, costs: Costs, month: MonthArrays, scratch: Scratch, way: Way, weekend_price: float, tour: IntArray,
    meal: IntArray, laid: IntArray,
) -> float:  # fmt: skip
    """Make the month in `tour`, `meal`, `laid` a person's cheapest one, and return its cost, infinite where none is.

    What one weekend more costs depends on how many there are: another price is tried until one fits the month that it
    leads to, and the cheapest of these months is taken.
    """
    duties, weekend = month.duties, month.staff.weekend
    weight, share = duties.burden_weight[3], month.staff.allowance[p, 3]
    trial, eats, rests = tour.copy(), meal.copy(), laid.copy()
    least, low, high = np.inf, -1.0, np.inf
    for _ in range(_MOST_WEEKEND_PRICES):
        if _cheapest_month(p, costs, month, scratch, way, weekend_price, trial) >= _IMPOSSIBLE:
            break
        _lay_days(p, trial, costs, month, (way.first_day, way.end_day), eats, rests)
        total = _month_cost(trial, eats, rests, p, month, costs.summed, way.hour_price)
        if total < least:
            least = total
            tour[:], meal[:], laid[:] = trial, eats, rests
        beyond = _burdens(trial, month.staff, duties)[3] - share
        saved = weight * (_unfair(beyond) - _unfair(beyond - 1))
        spent = weight * (_unfair(beyond + 1) - _unfair(beyond))
        change = -weekend_price
        if weekend_price < saved - 1e-9:
            low = weekend_price
            weekend_price = min(saved, 0.5 * (low + high))
        elif weekend_price > spent + 1e-9:
            high = weekend_price
            weekend_price = max(spent, 0.5 * (low + high))
        else:
            break
        change += weekend_price
        for d in range(way.first_day, way.end_day):
            if weekend[d] == 1:
                costs.cost[d, :-1] += change
    return least


@_compiled()
def _pooled_month(
    p: int, costs: Costs, pool: Pool, month: MonthArrays, tour: IntArray, meal: IntArray, laid: IntArray
) -> float:
    """Make the month in `tour`, `meal`, `laid` the cheapest one pooled, and return its cost, infinite where none is."""
    least, best = np.inf, 0
    for k in range(pool.size[p]):
        total = pool.beside[p, k]
        for d in range(len(tour)):
            total += costs.cost[d, pool.months[p, k, d]]
        if total < least:
            least, best = total, k
    tour[:] = pool.months[p, best]
    _lay_days(p, tour, costs, month, (0, len(tour)), meal, laid)
    return least


@_compiled()
def sweep_people(  # noqa: PLR0913 - arrays, in bundles
    order: IntArray, tours: NDArray[np.int16], meals: NDArray[np.int16], ways: NDArray[np.int32], present: FloatArray,
    tables: Values, month: MonthArrays, scratch: Scratch, way: Way, pool: Pool,
) -> int:  # fmt: skip
    """Give each person of `order` the cheapest month in turn; see `optimizer.search.sweeps.sweep`."""
    random = np.uint64(way.seed) * np.uint64(2685821657736338717) + np.uint64(88172645463325252)
    staff, duties, curves = month.staff, month.duties, month.curves
    days, columns, slots = staff.person_cost.shape[1], staff.person_cost.shape[2], present.shape[1]
    costs = Costs(
        np.empty((days, columns)),
        np.empty((days, columns)),
        np.zeros((days, columns - 1), dtype=np.int16),
        np.zeros((2, slots + 1)),
    )
    tour, old, meal = np.empty(days, dtype=np.int64), np.empty(days, dtype=np.int64), np.empty(days, dtype=np.int64)
    laid = np.empty(days, dtype=np.int64)
    changed = 0
    first_slot, end_slot = slots, 0
    for s in range(columns - 1):
        first_slot = min(first_slot, duties.start_slot[way.first_day, s])
        end_slot = max(end_slot, min(duties.end_slot[way.end_day - 1, s], slots))
    window = (way.first_day, way.end_day)
    for p in order:
        group = staff.group_of[p]
        old[:], tour[:], meal[:], laid[:] = tours[p], tours[p], meals[p], ways[p]
        _change_presence(-1.0, old, meal, laid, group, month, window, present)
        _sum_prices(present, tables, group, curves, (first_slot, end_slot), costs.summed)
        pooled = pool.size[p] > 0
        scratch.steps[3 if pooled else 0] += way.end_day - way.first_day
        price = np.zeros(4) if pooled else _burden_prices(p, old, staff, duties)
        random = _price_days(p, old, price, month, way, random, costs)
        before = _month_cost(old, meal, laid, p, month, costs.summed, way.hour_price) if way.exact else np.inf
        if pooled:
            found = _pooled_month(p, costs, pool, month, tour, meal, laid)
        else:
            found = _fitting_month(p, costs, month, scratch, way, price[3], tour, meal, laid)
        if found < _IMPOSSIBLE and found <= before + 1e-7:
            changed += (tour != old).any()
            for d in range(way.first_day, way.end_day):
                tours[p, d] = tour[d]
                ways[p, d] = laid[d]
                if tour[d] >= 0:
                    meals[p, d] = meal[d]
        old[:], meal[:], laid[:] = tours[p], meals[p], ways[p]
        _change_presence(1.0, old, meal, laid, group, month, window, present)
    return changed


@_compiled()
def _month_cost(
    tour: IntArray, meal: IntArray, laid: IntArray, p: int, month: MonthArrays, summed: FloatArray, hour_price: float
) -> float:
    """Return what a person's month costs at these prices; breaks not laid are each at its best time by itself."""
    staff, duties, slots = month.staff, month.duties, summed.shape[1] - 1
    eats = month.curves.leaves_for_meals[staff.group_of[p]]
    total, _ = _own_cost(tour, p, month)
    for d in range(len(tour)):
        s = tour[d]
        if s < 0:
            continue
        total += duties.worked_minutes[s] / 60 * hour_price
        first, end = duties.start_slot[d, s], duties.end_slot[d, s]
        row = 1 if s >= duties.first_standby else 0
        total += summed[row, end] - summed[row, first]
        if row == 0 and duties.meal_slots[s] > 0 and eats:
            begin = min(first + duties.meal_offset[duties.meal_first[s] + meal[d]], slots)
            total -= summed[0, min(begin + duties.meal_slots[s], slots)] - summed[0, begin]
        if row == 0 and month.pauses.length.shape[1] > 0 and eats:
            total -= _breaks_saved(d, s, laid[d], month, summed)
    return total


@_compiled()
def cheapest_months(  # noqa: PLR0913 - arrays, in bundles
    order: IntArray, tours: NDArray[np.int16], meals: NDArray[np.int16], ways: NDArray[np.int32], prices: FloatArray,
    burden_prices: FloatArray, month: MonthArrays, scratch: Scratch, way: Way,
) -> FloatArray:  # fmt: skip
    """Write the cheapest month of each person of `order` at given prices, and return what it costs at them.

    prices, burden_prices
        (curves, slots) of one more person present; (people, 4) of one more night, weekend day, holiday and weekend.
        Who has no limits pays for weekends what they weigh and no price. Hours of the whole month are not limited, and
        each break costs what it does at its best time by itself. No month of a person costs less than is returned;
        where graphs do not know all soft rules, the one found may more.
    """
    duties, curves, staff = month.duties, month.curves, month.staff
    days, columns, slots = staff.person_cost.shape[1], staff.person_cost.shape[2], prices.shape[1]
    summed, random = np.zeros((len(curves.first) - 1, 2, slots + 1)), np.uint64(1)
    for group in range(len(summed)):
        for t in range(slots):
            here = 0.0
            for c in curves.of_group[curves.first[group] : curves.first[group + 1]]:
                here += prices[c, t]
            summed[group, 0, t + 1] = summed[group, 0, t] + here
            there = prices[curves.standby, t] if curves.standby >= 0 else 0.0
            summed[group, 1, t + 1] = summed[group, 1, t] + there
    cost, best_meal = np.empty((days, columns)), np.zeros((days, columns - 1), dtype=np.int16)
    tour, meal, least = np.full(days, -1, dtype=np.int64), np.zeros(days, dtype=np.int64), np.empty(len(order))
    laid, lies = np.full(days, -1, dtype=np.int64), np.empty(days, dtype=np.int64)
    weighs = np.empty(1 + (staff.weekend == 2).sum() if duties.burden_weight[3] > 0 else 0)
    for i in range(len(order)):
        p = order[i]
        price, graph = burden_prices[p].copy(), month.walks.graph_of[p] if month.walks.limited[p] else -1
        price[3] = price[3] if graph >= 0 else 0.0
        costs = Costs(cost, cost, best_meal, summed[staff.group_of[p]])
        tour[:], meal[:] = -1, 0
        _price_days(p, tour, price, month, way, random, costs)
        scratch.steps[0] += days
        if graph >= 0:
            scratch.steps[2] += _states_walked(month.walks, graph, way)
            found = float(cheapest_walk(cost, p, month.walks, scratch.walk_value, price[3], way, tour))
        else:
            for count in range(len(weighs)):
                weighs[count] = duties.burden_weight[3] * _unfair(count - staff.allowance[p, 3])
            found = float(cheapest_tour(cost, p, month, scratch, way, 0.0, weighs, tour))
        _lay_days(p, tour, costs, month, (0, days), meal, lies)
        tours[p], meals[p], ways[p] = tour, meal, lies
        taken, fair = _burdens(tour, staff, duties), 0.0
        for kind in range(4 if graph >= 0 else 3):
            fair += duties.burden_weight[kind] * _unfair(taken[kind] - staff.allowance[p, kind])
            fair -= price[kind] * taken[kind]
        whole = _month_cost(tour, meal, laid, p, month, costs.summed, 0.0) - fair
        least[i] = min(whole, found) if graph >= 0 else whole  # a graph may leave out what starts cost
    return least


@_compiled()
def lay_breaks(
    days: IntArray, ways: NDArray[np.int32], tours: NDArray[np.int16], meals: NDArray[np.int16], month: MonthArrays,
    present: FloatArray, tables: Values, spread: float,
) -> int:  # fmt: skip
    """Lay the breaks of each day of `days` (n, 2: person, day) in turn where they cost least; return how many moved.

    ways
        (people, days) how they lie, -1 = not yet; written, and `present` with it.
    tables
        (curves, slots, people) the change of cost with one more person present.
    spread
        What a person more in a slot costs besides, so that of equal places the one with most people is taken.
    """
    pauses, curves, duties, slots = month.pauses, month.curves, month.duties, present.shape[1]
    summed, most, moved = np.zeros((1, slots + 1)), tables.shape[2] - 1, 0
    for i in range(len(days)):
        p, d = days[i]
        s, group, before = tours[p, d], month.staff.group_of[p], ways[p, d]
        first = duties.start_slot[d, s]
        if before >= 0:
            _take_breaks(1.0, first, s, before, group, pauses, curves, present)
        for t in range(first, min(duties.end_slot[d, s], slots)):
            here = 0.0
            for c in curves.of_group[curves.first[group] : curves.first[group + 1]]:
                there = present[c, t] - 1.0
                here += tables[c, t, max(0, min(int(there), most))] + spread * there
            summed[0, t + 1] = summed[0, t] + here
        best = _best_way(d, s, meals[p, d], p, month, summed)
        if before >= 0:
            gain = _breaks_saved(d, s, best, month, summed) - _breaks_saved(d, s, before, month, summed)
            best = best if gain > 1e-9 else before
        moved += best != before
        ways[p, d] = best
        _take_breaks(-1.0, first, s, best, group, pauses, curves, present)
    return moved


@_compiled()
def _take_breaks(
    sign: float, first: int, s: int, way: int, group: int, pauses: Pauses, curves: Curves, present: FloatArray
) -> None:
    """Add to those present in the slots of a day's breaks, of a shift that begins in a slot."""
    slots = present.shape[1]
    for k in range(pauses.length.shape[1]):
        begin = min(first + pauses.offset[way, k], slots)
        for t in range(begin, min(begin + pauses.length[s, k], slots)):
            for c in curves.of_group[curves.first[group] : curves.first[group + 1]]:
                present[c, t] += sign


def is_ready() -> bool:
    """Return whether the loops need no compiling any more: done in this process, or kept on disk by an earlier one."""
    if sweep_people.signatures:
        return True
    code, version = sweep_people.py_func.__code__, "".join(map(str, sys.version_info[:2]))
    folder = sweep_people.stats.cache_path
    return folder is not None and any(Path(folder).glob(f"*.sweep_people-{code.co_firstlineno}.py{version}*.nbi"))
