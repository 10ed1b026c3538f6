"""The search for a roster: one person after another takes the cheapest lawful month, given everybody else's."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from optimizer.search.kernel import lay_breaks, own_costs, sweep_people
from optimizer.search.kernel_arrays import FloatArray, Pool, Scratch, Way
from optimizer.search.led_months import unled_cost
from optimizer.search.problem import Month

FREELY = Way()  # the whole month, whatever it was
UNLESS_WORSE = Way(exact=True)

# Seconds at nominal speed: a day priced, a meal on it, a state of a day walked, a choice of a graph's state, a day of
# whoever chooses among months found before.
_PRICED, _MEAL, _WALKED, _LIMITED, _POOLED = 1.9e-6, 1.5e-8, 3.2e-10, 2e-10, 8e-7

TWO_THREADS = 0.56  # time of what two threads do, as a share of one's

_SPREAD, _MOST_TURNS = 1e-3, 8  # of laying breaks: in surplus seat-hours per person; two or three turns settle them


@dataclass(eq=False)
class Tours:
    """Everybody's month: `tour` (people, days) holds duties, -1 = off; `meal` the number of the meal's begin.

    `breaks` (people, days) is the number of the way in which a day's breaks lie (`Pauses`), -1 = none, or not laid.
    """

    tour: NDArray[np.int16]
    meal: NDArray[np.int16]
    breaks: NDArray[np.int32] = field(default_factory=lambda: np.empty((0, 0), dtype=np.int32))

    def __post_init__(self) -> None:
        if self.breaks.shape != self.tour.shape:
            self.breaks = np.full(self.tour.shape, -1, dtype=np.int32)

    def copy(self) -> Tours:
        """Return an independent copy."""
        return Tours(self.tour.copy(), self.meal.copy(), self.breaks.copy())


def empty_plan(month: Month) -> Tours:
    """Return the plan in which nobody works."""
    shape = (len(month.people), len(month.days))
    return Tours(np.full(shape, -1, dtype=np.int16), np.zeros(shape, dtype=np.int16))


def people_present(month: Month, plan: Tours) -> FloatArray:
    """Return (curves, slots) how many people count for each curve, those carried in included."""
    present, on_duty = month.base.copy(), on_duty_by_group(month, plan)
    for g, curves in enumerate(month.group_curves):
        for c in curves:
            present[c] += on_duty[g]
    if month.standby_curve >= 0:
        present[month.standby_curve] += on_duty[-1]
    return present


def on_duty_by_group(month: Month, plan: Tours) -> FloatArray:
    """Return (groups + 1, slots) how many people of each group the month's shifts bring; last, those on standby."""
    steps = np.zeros((len(month.groups) + 1, month.slot_count + 1))
    p, d = np.nonzero(plan.tour >= 0)
    s = plan.tour[p, d]
    standby = s >= month.first_standby
    row = np.where(standby, len(month.groups), month.group_of[p])
    np.add.at(steps, (row, month.start_slot[d, s]), 1)
    np.add.at(steps, (row, month.end_slot[d, s]), -1)
    fed = (month.meal_slots[s] > 0) & month.leaves_for_meals[month.group_of[p]]
    first = month.start_slot[d[fed], s[fed]] + month.meal_offset[month.meal_first[s[fed]] + plan.meal[p[fed], d[fed]]]
    last = first + month.meal_slots[s[fed]]
    end = month.slot_count
    np.add.at(steps, (row[fed], np.minimum(first, end)), -1)
    np.add.at(steps, (row[fed], np.minimum(last, end)), 1)
    if month.pauses.length.size:
        _take_breaks(month, plan, steps)
    return np.asarray(np.cumsum(steps, axis=1)[:, :-1])


def _take_breaks(month: Month, plan: Tours, steps: FloatArray) -> None:
    """Take those at a break off the steps (groups + 1, slots + 1) from slot to slot."""
    p, d = np.nonzero((plan.breaks >= 0) & month.leaves_for_meals[month.group_of][:, None])
    s, way, row, end = plan.tour[p, d], plan.breaks[p, d], month.group_of[p], month.slot_count
    for k in range(month.pauses.length.shape[1]):
        first = month.start_slot[d, s] + month.pauses.offset[way, k]
        np.add.at(steps, (row, np.minimum(first, end)), -1)
        np.add.at(steps, (row, np.minimum(first + month.pauses.length[s, k], end)), 1)


def lay_all_breaks(month: Month, plan: Tours, tables: NDArray[np.float32], *, all_of_them: bool = True) -> None:
    """Lay the breaks of a plan, all or those not laid yet, where they cost least, until none moves."""
    pauses = month.pauses
    if not pauses.length.size:
        return
    works = (plan.tour >= 0) & (pauses.length[:, 0] > 0)[np.maximum(plan.tour, 0)]
    s, meal = np.maximum(plan.tour, 0), np.where(works, plan.meal, 0)
    plan.breaks[~works | (plan.breaks < pauses.first[s, meal]) | (plan.breaks >= pauses.end[s, meal])] = -1
    days = np.argwhere(works & month.leaves_for_meals[month.group_of][:, None] & ((plan.breaks < 0) | all_of_them))
    present, spread = people_present(month, plan), _SPREAD * month.slot_hours
    for _ in range(_MOST_TURNS):
        if not lay_breaks(days, plan.breaks, plan.tour, plan.meal, month.arrays, present, tables, spread):
            break


def personal_cost(month: Month, plan: Tours) -> FloatArray:
    """Return (people,) what each person's month costs beside its coverage: wishes, unfair shares, discomforts."""
    costs: FloatArray = own_costs(plan.tour, np.arange(len(month.people)), month.arrays)
    return costs


def plan_cost(month: Month, plan: Tours) -> float:
    """Return the objective: the cost of coverage, everybody's personal cost, and that of teams without a leader."""
    present = people_present(month, plan)
    coverage = sum(float(curve.cost(present[c]).sum()) for c, curve in enumerate(month.curves))
    return coverage + float(personal_cost(month, plan).sum()) + unled_cost(month, plan.tour)


def scratch_of(month: Month) -> Scratch:
    """Return room for the compiled loops, large enough for `month`."""
    rules = month.tour_rules
    states = (rules.work_count * rules.days_in_a_row + rules.off_count) * month.arrays.weeks.after.shape[3]
    days, moves, weekends = len(month.days), len(rules.move_class), int((month.weekend == 2).sum())
    return Scratch(
        np.zeros((days + 1, weekends + 1, states), dtype=np.float32),
        np.zeros((days, moves), dtype=np.float32),
        np.zeros((days, moves), dtype=np.int16),
        np.zeros(len(month.walks.block_of), dtype=np.float32),
        np.zeros(4, dtype=np.int64),
    )


def seconds_swept(month: Month, scratches: list[Scratch]) -> float:
    """Return what the steps counted since the last time take at nominal speed, and count anew."""
    priced, walked, limited, pooled = np.sum([scratch.steps for scratch in scratches], axis=0).tolist()
    for scratch in scratches:
        scratch.steps[:] = 0
    rules, weeks = month.tour_rules, month.arrays.weeks
    states = rules.days_in_a_row * float(weeks.size[:, :-1].mean())
    per_day = states * (len(rules.source_gate) + 3 * len(rules.move_class))
    meals = int(np.maximum(1, np.diff(month.meal_first)).sum()) + len(month.pauses.window)
    seconds: float = priced * (_PRICED + _MEAL * meals) + walked * _WALKED * per_day
    return seconds + limited * _LIMITED * len(month.walks.kind_first) + pooled * _POOLED


def sweep(
    month: Month,
    plan: Tours,
    present: FloatArray,
    tables: NDArray[np.float32],
    order: NDArray[np.int64],
    scratch: Scratch,
    way: Way = FREELY,
    pool: Pool | None = None,
) -> int:
    """Give each person of `order` the cheapest lawful month in turn, changing `plan` and `present`.

    tables
        (curves, slots, people) the change of cost with one more person present.
    pool
        Months to choose from instead of all lawful ones, of whom it knows any; then of the whole month only.

    Returns the number of people whose month changed.
    """
    way = way._replace(end_day=min(way.end_day, len(month.days)))
    if way.first_day >= way.end_day:
        return 0
    pool = empty_pool(month, 0) if pool is None else pool
    return int(
        sweep_people(order, plan.tour, plan.meal, plan.breaks, present, tables, month.arrays, scratch, way, pool)
    )


def empty_pool(month: Month, kept: int) -> Pool:
    """Return room for so many months of each person."""
    people, days = len(month.people), len(month.days)
    return Pool(
        np.empty((people, kept, days), dtype=np.int16), np.empty((people, kept)), np.zeros(people, dtype=np.int64)
    )


def no_costs(month: Month) -> NDArray[np.float32]:
    """Return the tables of a sweep in which nothing but the people's own months counts."""
    return np.zeros((len(month.curves), month.slot_count, 2), dtype=np.float32)


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
