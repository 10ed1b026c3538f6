"""A bound that knows what a month is like for a person: prices are moved until everybody's own cheapest months agree.

The linear program over kinds of people knows nothing of days off together or complete weekends. At any prices of the
slots, and of each person's nights, weekend days and holidays, everybody's cheapest month and every slot's cheapest
number of people add up to a bound. Its slope is how many more people those months bring than the slots want: the prices
follow it with steps of the size of each slot's own (Tieleman & Hinton 2012, RMSprop), which shrink to nothing as the
time given comes to its end. Of many people a part at a time is asked for new months, the others are taken to keep
theirs (incremental subgradients: Nedić & Bertsekas 2001).
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

from optimizer.search.effort import Effort
from optimizer.search.kernel import cheapest_months
from optimizer.search.kernel_arrays import FloatArray, IntArray, Scratch, Way
from optimizer.search.problem import Month
from optimizer.search.sweeps import TWO_THREADS, Tours, empty_plan, people_present, seconds_swept

_STEP, _STEPS_FOR_IT = 0.12, 100  # the first, of the weight of a seat-hour of shortage; shorter ways begin with less
_MOST_STEPS = 800  # come within a hundredth of what prices can tell at all
_SHORTER, _SHRINKING = 1.5, 2.0  # powers: of a short way's share of those steps, of the share of the way ahead
_STEADY, _SLOPES_KEPT = 0.7, 0.8  # how much of the direction, and of the slopes' size, stays from step to step
_STEPS_WANTED, _STEPS_TO_A_BOUND = 240, 8  # fewer looks at all are cut in parts; of all, once in so many times as many
_SECONDS_BESIDE_MONTHS = 1.5e-3  # of a step, at nominal speed
_ROUNDING = 2e-6  # months were compared in single precision


def comforts_weigh(month: Month) -> bool:
    """Return whether a person's month costs something that the program over kinds of people does not know."""
    rules = month.tour_rules
    return bool(rules.rest_cost.any() or rules.run_cost.any() or month.burden_weight[3] > 0)


@dataclass(frozen=True, eq=False)
class Point:
    """The bound at some prices, and its slopes by (curves, slots) and by (people, 4) burdens."""

    bound: float
    slots: FloatArray
    burdens: FloatArray


@dataclass(frozen=True, eq=False)
class Corners:
    """(curves, corners, slots) people present where the curves of cost bend and at their ends, and what they cost."""

    people: FloatArray
    costs: FloatArray


def ascend(
    month: Month,
    prices: FloatArray,
    scratches: Sequence[Scratch],
    effort: Effort,
    *,
    seconds: float,
    other_thread: Executor | None = None,
) -> tuple[float, FloatArray]:
    """Return the best bound found from `prices` (curves, slots) on, and the prices at which it was found.

    Months that are kept for longer lead the steps astray, so there are no more parts than are needed. With another
    thread, which uses the second of `scratches`, half of the people are asked there; what comes of it is the same.
    """
    burdens = np.zeros((len(month.people), 4))
    before = effort.spent
    corners, plan, everybody = corners_of(month), empty_plan(month), np.arange(len(month.people))

    def look(asked: IntArray) -> Point:
        costs = months_asked(month, prices, burdens, scratches, plan, asked, other_thread)
        months = seconds_swept(month, list(scratches))
        effort.spend(_SECONDS_BESIDE_MONTHS + months * (1 if other_thread is None else TWO_THREADS))
        return bound_at(month, prices, burdens, corners, plan, costs if len(asked) == len(everybody) else None)

    point = look(everybody)
    best = (point.bound, prices)
    look_seconds = max(effort.spent - before, 1e-6)
    parts = max(1, min(len(everybody), round(_STEPS_WANTED * look_seconds / max(seconds, look_seconds))))
    of_months = (look_seconds - _SECONDS_BESIDE_MONTHS) / parts * (1 + (parts > 1) / _STEPS_TO_A_BOUND)
    steps = min(_MOST_STEPS, int(seconds / (_SECONDS_BESIDE_MONTHS + of_months)))
    first = _STEP * min(1.0, steps / _STEPS_FOR_IT) ** _SHORTER * month.rules.weights.shortage * month.slot_hours
    way = [np.zeros_like(part) for part in (prices, burdens)]
    scale = [slope**2 + 1 for slope in (point.slots, point.burdens)]
    for step in range(steps):
        for part, slope in enumerate((point.slots, point.burdens)):
            scale[part] = _SLOPES_KEPT * scale[part] + (1 - _SLOPES_KEPT) * slope**2
            way[part] = _STEADY * way[part] + (1 - _STEADY) * slope
        size = first * (1 - step / steps) ** _SHRINKING
        prices = prices + size * way[0] / np.sqrt(scale[0])
        burdens = np.maximum(0, burdens + size * way[1] / np.sqrt(scale[1]))
        whole = parts == 1 or (steps - 1 - step) % (parts * _STEPS_TO_A_BOUND) == 0
        point = look(everybody if whole else everybody[step % parts :: parts])
        if point.bound > best[0]:
            best = (point.bound, prices)
        if effort.over:
            break
    return best


def bound_at(
    month: Month, prices: FloatArray, burdens: FloatArray, corners: Corners, plan: Tours, costs: FloatArray | None
) -> Point:
    """Return the Lagrangian bound at prices of (curves, slots) and (people, 4), and its slopes.

    plan, costs
        Everybody's cheapest month at these prices, and what they cost (`months_at`). Where some months are of other
        prices, no costs: there is no bound then (minus infinity), and the slopes are those with the months as they are.
    """
    values = corners.costs - prices[:, None] * (corners.people - month.base[:, None])
    cheapest = values.argmin(axis=1)[:, None]
    wanted = np.take_along_axis(corners.people, cheapest, axis=1)[:, 0]
    numbers = np.arange(len(month.days) + 1)
    weighed = month.burden_weight[:, None] * _unfair(numbers - month.allowance[:, :, None])
    counted = month.walks.graph_of < 0  # whose weekends their months pay for
    fair = weighed - burdens[:, :, None] * numbers
    fair[counted, 3] = 0.0
    bound = -np.inf
    if costs is not None:
        coverage = np.take_along_axis(values, cheapest, axis=1).sum()
        bound = float(costs.sum() + coverage + fair.min(axis=2).sum())
        bound -= _ROUNDING * (abs(bound) + float(np.abs(costs).sum()))
    shares = _taken(month, plan.tour) - fair.argmin(axis=2)
    shares[counted, 3] = 0.0
    return Point(bound, people_present(month, plan) - wanted, shares)


def months_asked(
    month: Month, prices: FloatArray, burdens: FloatArray, scratches: Sequence[Scratch], plan: Tours, order: IntArray,
    other_thread: Executor | None,
) -> FloatArray:  # fmt: skip
    """Write the cheapest months of the people of `order` as `months_at` does, half of them by another thread."""
    if other_thread is None:
        return months_at(month, prices, burdens, scratches[0], plan, order)
    mine, theirs = np.array_split(order, 2)
    asked = other_thread.submit(months_at, month, prices, burdens, scratches[1], plan, theirs)
    costs = months_at(month, prices, burdens, scratches[0], plan, mine)
    return np.concatenate([costs, asked.result()])


def months_at(
    month: Month, prices: FloatArray, burdens: FloatArray, scratch: Scratch, plan: Tours, order: IntArray
) -> FloatArray:
    """Write the cheapest month of each person of `order` into `plan`; return what it costs at these prices."""
    way = Way(end_day=len(month.days))
    costs: FloatArray = cheapest_months(
        order, plan.tour, plan.meal, plan.breaks, prices, burdens, month.arrays, scratch, way
    )
    return costs


def corners_of(month: Month) -> Corners:
    """Return the corners of a month's curves, one of which is the cheapest at any prices."""
    nobody = np.zeros(month.slot_count)
    most = nobody + len(month.people) + month.base.max(initial=0)
    count = max(curve.breaks.shape[1] for curve in month.curves)
    people = [
        [nobody, *curve.breaks.T.astype(float), *[most] * (1 + count - curve.breaks.shape[1])] for curve in month.curves
    ]
    costs = [[curve.cost(at) for at in those] for curve, those in zip(month.curves, people, strict=True)]
    return Corners(np.array(people), np.array(costs))


def _taken(month: Month, tour: np.ndarray) -> FloatArray:
    """Return (people, 4) nights, weekend days, holidays and weekends of each month."""
    on, day = tour >= 0, np.arange(tour.shape[1])
    taken = [np.where(on, month.burden[kind, day, np.maximum(tour, 0)], 0).sum(axis=1) for kind in range(3)]
    sundays = np.flatnonzero(month.weekend == 2)
    return np.stack([*taken, (on[:, sundays] | on[:, sundays - 1]).sum(axis=1)], axis=1).astype(float)


def _unfair(beyond: FloatArray) -> FloatArray:
    whole = np.floor(beyond)
    return np.where(beyond > 0, (whole + 1) * beyond - whole * (whole + 1) / 2, 0.0)
