"""The search for a roster: one person after another takes the cheapest lawful month, given everybody else's."""

# ruff: noqa: NPY002  (compiled kernels take arrays one by one and know numpy's old generator alone)
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from optimizer.month import Month
from optimizer.tours import cheapest_tour

FloatArray = NDArray[np.float64]


@dataclass(eq=False)
class Plan:
    """Everybody's month: `tour` (people, days) holds duties, -1 = off; `meal` the number of the meal's begin."""

    tour: NDArray[np.int16]
    meal: NDArray[np.int16]

    def copy(self) -> Plan:
        """Return an independent copy."""
        return Plan(self.tour.copy(), self.meal.copy())


def empty_plan(month: Month) -> Plan:
    """Return the plan in which nobody works."""
    shape = (len(month.people), len(month.days))
    return Plan(np.full(shape, -1, dtype=np.int16), np.zeros(shape, dtype=np.int16))


def people_present(month: Month, plan: Plan) -> FloatArray:
    """Return (curves, slots) how many people count for each curve, those carried in included."""
    present = month.base.copy()
    steps = np.zeros((len(month.groups) + 1, month.slot_count + 1))
    p, d = np.nonzero(plan.tour >= 0)
    s = plan.tour[p, d]
    standby = s >= len(month.duties) - month.standby_duties
    row = np.where(standby, len(month.groups), month.group_of[p])
    np.add.at(steps, (row, month.start_slot[d, s]), 1)
    np.add.at(steps, (row, month.end_slot[d, s]), -1)
    fed = (month.meal_slots[s] > 0) & month.leaves_for_meals[month.group_of[p]]
    first = month.start_slot[d[fed], s[fed]] + month.meal_offset[month.meal_first[s[fed]] + plan.meal[p[fed], d[fed]]]
    last = first + month.meal_slots[s[fed]]
    end = month.slot_count
    np.add.at(steps, (row[fed], np.minimum(first, end)), -1)
    np.add.at(steps, (row[fed], np.minimum(last, end)), 1)
    on_duty = np.cumsum(steps, axis=1)[:, :-1]
    for g, curves in enumerate(month.group_curves):
        for c in curves:
            present[c] += on_duty[g]
    if month.standby_curve >= 0:
        present[month.standby_curve] += on_duty[-1]
    return present


def personal_cost(month: Month, plan: Plan) -> FloatArray:
    """Return (people,) what each person's month costs beside its coverage: wishes, holidays, unfair shares."""
    people, days = plan.tour.shape
    choice = np.where(plan.tour < 0, len(month.duties), plan.tour)
    p, d = np.indices((people, days))
    cost = month.person_cost[p, d, choice].astype(float).sum(axis=1)
    worked = plan.tour >= 0
    for kind in range(3):
        taken = np.where(worked, month.burden[kind][d, np.maximum(plan.tour, 0)], 0).sum(axis=1)
        cost += month.burden_weight[kind] * np.clip(taken - month.allowance[:, kind], 0, None)
    return cost


def rotation_cost(month: Month, plan: Plan) -> float:
    """Return the cost of shifts that start clearly earlier than the day before's."""
    early = plan.tour[:, :-1]
    late = plan.tour[:, 1:]
    both = (early >= 0) & (late >= 0)
    return float(month.rotation[early[both], late[both]].sum())


def plan_cost(month: Month, plan: Plan) -> float:
    """Return the objective: the cost of coverage of every curve plus everybody's personal cost."""
    present = people_present(month, plan)
    coverage = sum(float(curve.cost(present[c]).sum()) for c, curve in enumerate(month.curves))
    return coverage + float(personal_cost(month, plan).sum()) + rotation_cost(month, plan)


@dataclass(frozen=True, eq=False)
class Scratch:
    """Room for the kernel to work in, allocated once."""

    from_state: NDArray[np.int32]
    by_shift: NDArray[np.int16]
    week_from: NDArray[np.int32]

    @classmethod
    def for_month(cls, month: Month) -> Scratch:
        """Return scratch space large enough for `month`."""
        rules = month.tour_rules
        weeks = rules.week_next.shape[1]
        blocks = len(rules.off_after_class) * rules.days_in_a_row + len(rules.off_after_off)
        days = len(month.days)
        return cls(
            np.zeros((days, blocks * weeks), dtype=np.int32),
            np.zeros((days, blocks * weeks), dtype=np.int16),
            np.zeros((month.week_cap.shape[1], blocks), dtype=np.int32),
        )


def sweep(
    month: Month,
    plan: Plan,
    present: FloatArray,
    tables: NDArray[np.float32],
    order: NDArray[np.int64],
    scratch: Scratch,
    *,
    exact: bool,
    noise: float = 0.0,
    hour_price: float = 0.0,
    seed: int = 0,
) -> int:
    """Give each person of `order` the cheapest lawful month in turn, changing `plan` and `present`.

    tables
        (curves, slots, people) the change of cost with one more person present.
    exact
        Keep the old month unless the new one is cheaper.
    hour_price
        Added per worked hour.

    Returns the number of people whose month changed.
    """
    r = month.tour_rules
    curve_first = np.cumsum([0, *map(len, month.group_curves)])
    curve_list = np.array([c for curves in month.group_curves for c in curves], dtype=np.int64)
    return int(
        _sweep(
            order, plan.tour, plan.meal, present, tables, month.person_cost, month.group_of,
            month.leaves_for_meals, curve_first, curve_list,
            month.standby_curve, len(month.duties) - month.standby_duties, month.start_slot, month.end_slot,
            month.meal_slots, month.meal_first, month.meal_offset, month.burden, month.allowance, month.burden_weight,
            month.rotation, month.worked_minutes / 60 * hour_price, month.week_of_day, month.days_into_week,
            month.week_cap, month.first_source, month.first_run, r.gate_start, r.gate_source, r.gate_cost,
            r.gate_first_move, r.move_shift, r.move_class, r.off_after_class, r.off_after_off, r.days_in_a_row,
            r.week_next, r.week_minutes, r.week_states_by_day, r.length_class, scratch.from_state, scratch.by_shift,
            scratch.week_from, exact, noise, seed,
        )
    )  # fmt: skip


@numba.njit(cache=True, nogil=True)
def _change_presence(  # type: ignore[no-untyped-def]
    sign, tour, meal, present, curves, standby_curve, first_standby, start_slot, end_slot, meal_slots, meal_first,
    meal_offset,
):  # fmt: skip
    last_slot = present.shape[1]
    for d in range(len(tour)):
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


@numba.njit(cache=True, nogil=True)
def _sweep(  # type: ignore[no-untyped-def]  # noqa: C901, PLR0912, PLR0915
    order, tours, meals, present, tables, person_cost, group_of, leaves_for_meals, curve_first, curve_list,
    standby_curve, first_standby,
    start_slot, end_slot, meal_slots, meal_first, meal_offset, burden, allowance, burden_weight, rotation, hour_cost,
    week_of_day, days_into_week, week_cap, first_source, first_run, gate_start, gate_source, gate_cost,
    gate_first_move, move_shift, move_class, off_after_class, off_after_off, days_in_a_row, week_next, week_minutes,
    week_states_by_day, length_class, from_state, by_shift, week_from, exact, noise, seed,
):  # fmt: skip
    np.random.seed(seed)
    days, columns = person_cost.shape[1], person_cost.shape[2]
    duties = columns - 1
    slots = present.shape[1]
    most = tables.shape[2] - 1
    summed = np.zeros(slots + 1)
    standby_summed = np.zeros(slots + 1)
    cost = np.empty((days, columns))
    best_meal = np.zeros((days, duties), dtype=np.int16)
    tour = np.empty(days, dtype=np.int64)
    changed = 0
    no_meals = np.zeros_like(meal_slots)
    meal_slots_of_duty = meal_slots
    for p in order:
        meal_slots = meal_slots_of_duty if leaves_for_meals[group_of[p]] else no_meals
        curves = curve_list[curve_first[group_of[p]] : curve_first[group_of[p] + 1]]
        old = tours[p].copy()
        old_meal = meals[p].copy()
        _change_presence(
            -1.0, old, old_meal, present, curves, standby_curve, first_standby, start_slot, end_slot, meal_slots,
            meal_first, meal_offset,
        )  # fmt: skip
        for t in range(slots):
            value = 0.0
            for c in curves:
                value += tables[c, t, min(int(present[c, t]), most)]
            summed[t + 1] = summed[t] + value
            if standby_curve >= 0:
                value = tables[standby_curve, t, min(int(present[standby_curve, t]), most)]
                standby_summed[t + 1] = standby_summed[t] + value
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
            cost[d, duties] = person_cost[p, d, duties]
            for s in range(duties):
                value = float(person_cost[p, d, s])
                if value == np.inf:
                    cost[d, s] = value
                    continue
                if s >= first_standby:
                    value += standby_summed[end_slot[d, s]] - standby_summed[start_slot[d, s]]
                else:
                    value += summed[end_slot[d, s]] - summed[start_slot[d, s]]
                    if meal_slots[s] > 0:
                        saved = -np.inf
                        for m in range(meal_first[s], meal_first[s + 1]):
                            first = min(start_slot[d, s] + meal_offset[m], slots)
                            last = min(first + meal_slots[s], slots)
                            gain = summed[last] - summed[first]
                            if noise > 0.0:
                                gain += noise * np.random.random()
                            if gain > saved:
                                saved = gain
                                best_meal[d, s] = m - meal_first[s]
                        value -= saved
                for kind in range(3):
                    value += price[kind] * burden[kind, d, s]
                value += hour_cost[s]
                if noise > 0.0:
                    value += noise * np.random.random()
                cost[d, s] = value
        value = cheapest_tour(
            cost, week_of_day, days_into_week, week_cap[p], first_source[p], first_run[p], gate_start, gate_source,
            gate_cost, gate_first_move, move_shift, move_class, off_after_class, off_after_off, days_in_a_row,
            week_next, week_minutes, week_states_by_day, length_class, from_state, by_shift, week_from, tour,
        )  # fmt: skip
        better = value < np.inf
        if better and exact:
            old_value = _month_cost(
                old, old_meal, p, person_cost, summed, standby_summed, first_standby, start_slot, end_slot, meal_slots,
                meal_first, meal_offset, burden, allowance, burden_weight, rotation, hour_cost,
            )  # fmt: skip
            for d in range(days):
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
            for d in range(days):
                tours[p, d] = tour[d]
                if tour[d] >= 0:
                    meals[p, d] = best_meal[d, tour[d]] if tour[d] < first_standby else 0
        _change_presence(
            1.0, tours[p], meals[p], present, curves, standby_curve, first_standby, start_slot, end_slot, meal_slots,
            meal_first, meal_offset,
        )  # fmt: skip
    return changed


@numba.njit(cache=True, nogil=True)
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


def cost_tables(
    month: Month, *, smoothing: float = 0.0, prices: FloatArray | None = None, price_share: float = 0.0
) -> NDArray[np.float32]:
    """Return (curves, slots, people) the marginal cost tables of a sweep.

    smoothing
        Width of the blur as a share of the people wanted in a slot (at least that many tenths of a person).
    prices, price_share
        (curves, slots) prices of the relaxation, and how far they replace the curves.
    """
    most = max(int(curve.breaks.max(initial=0)) for curve in month.curves) + 2
    tables = np.empty((len(month.curves), month.slot_count, most), dtype=np.float32)
    for c, curve in enumerate(month.curves):
        width = np.maximum(smoothing * np.maximum(curve.enough, 4), 1e-3) if smoothing > 0 else None
        table = curve.marginal(most, width)
        if prices is not None and price_share > 0:
            table = (1 - price_share) * table + price_share * prices[c][:, None]
        tables[c] = table
    return tables


Report = Callable[[str, float], bool]
