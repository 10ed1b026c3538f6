"""A bound that knows what a month is like for a person: prices are moved until everybody's own cheapest months agree.

The linear program over kinds of people knows nothing of days off together or complete weekends. At any prices of the
slots, and of each person's nights, weekend days and holidays, everybody's cheapest month and every slot's cheapest
number of people add up to a bound. Its slope is how many more people those months bring than the slots want: the prices
follow it with steps of the size of each slot's own (Tieleman & Hinton 2012, RMSprop), which shrink to nothing as the
time given comes to its end. Of many people a few stand for all at each step, one of every kind by turns, which are
many more steps in the same time; at their end everybody is asked, as a bound wants it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.search.effort import Effort
from optimizer.search.kernel import cheapest_months
from optimizer.search.kernel_arrays import FloatArray, IntArray, Scratch, Way
from optimizer.search.problem import Month
from optimizer.search.sweeps import TWO_THREADS, Tours, empty_plan, people_present, seconds_swept

_STEP, _STEPS_FOR_IT = 0.12, 100  # the first, of the weight of a seat-hour of shortage; shorter ways begin with less
_SHORT_STEP = 0.06  # the same where prices begin near the best ones
_MOST_STEPS = 1600  # come within a hundredth of what prices can tell at all
_SHORTER, _SHRINKING = 1.5, 3.0  # powers: of a short way's share of those steps, of the share of the way ahead
_STEADY, _SLOPES_KEPT = 0.7, 0.8  # how much of the direction, and of the slopes' size, stays from step to step
_FEWEST, _NEARLY_ALL = 20, 0.6  # people of a sample; of more than so large a share of them all are asked
_FEWEST_NEAR = 60  # people of a sample where prices begin near the best ones: then it matters more how right a step is
_MANY = 0.25  # of the people: limits of fewer move the prices little
_GOLDEN = (5**0.5 - 1) / 2
_SECONDS_BESIDE_MONTHS = 1.5e-3  # of a step, at nominal speed
_ROUNDING = 2e-6  # months were compared in single precision


def months_matter(month: Month) -> bool:
    """Return whether there is much that the program over kinds of people does not know: comforts, limits of many."""
    return comforts_weigh(month) or many_limited(month)


def many_limited(month: Month) -> bool:
    """Return whether so many people have limits of their own that they shape the roster."""
    return bool(month.walks.limited.mean() >= _MANY)


def comforts_weigh(month: Month) -> bool:
    """Return whether months cost something that the program over kinds of people knows nothing of."""
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


def ascend(  # noqa: PLR0913 - where it starts, its means, and how it goes on, by name
    month: Month,
    prices: FloatArray,
    scratches: Sequence[Scratch],
    effort: Effort,
    *,
    seconds: float,
    near: bool = False,
    other_thread: Executor | None = None,
    late: Callable[[float], bool] | None = None,
    found: Callable[[IntArray, NDArray[np.int16]], None] = lambda _people, _tours: None,
) -> tuple[float, FloatArray]:
    """Return the best bound found from `prices` (curves, slots) on, and the prices at which it was found.

    Where these are `near` the best ones already, steps are shorter and more people are asked at each. With another
    thread, which uses the second of `scratches`, half of the people are asked there; what comes of it is the same.
    After each step `late` is told the best bound so far and says whether to end before the seconds do. The months
    found are told to `found`: who was asked, and their tours (n, days).
    """
    everybody = np.arange(len(month.people))
    climb = _Climb(month, scratches, effort, other_thread, prices, late or (lambda _: effort.over), found)
    point = climb.look(everybody)
    left = seconds - 2 * climb.seconds_of_look  # beside the first look at all and the last
    step, fewest = (_SHORT_STEP, _FEWEST_NEAR) if near else (_STEP, _FEWEST)
    sample = max(fewest, int(len(everybody) * left / climb.seconds_of_look / _MOST_STEPS))
    if sample < _NEARLY_ALL * len(everybody):
        climb.go(side_by_side(month), sample, point, left, step)
        climb.look(everybody)
    else:
        climb.go(everybody, len(everybody), point, seconds, step)
    return climb.best


class _Climb:
    """Prices on their way, of slots (curves, slots) and of burdens (people, 4), and the best bound so far."""

    def __init__(
        self, month: Month, scratches: Sequence[Scratch], effort: Effort, other_thread: Executor | None,
        prices: FloatArray, late: Callable[[float], bool], found: Callable[[IntArray, NDArray[np.int16]], None],
    ) -> None:  # fmt: skip
        self.month, self.scratches, self.effort, self.other_thread = month, scratches, effort, other_thread
        self.late, self.found = late, found
        self.prices, self.burdens = prices, burdens_at_first(month)
        self.corners = corners_of(month)
        self.best = (-np.inf, prices)
        self.seconds_of_look = 0.0  # at nominal speed, the last one

    def look(self, people: IntArray) -> Point:
        """Ask `people` for their cheapest months, who stand for all; where they are all, there is a bound."""
        month, plan = self.month, empty_plan(self.month)
        costs = months_asked(month, self.prices, self.burdens, self.scratches, plan, people, self.other_thread)
        months = seconds_swept(month, list(self.scratches)) * (1 if self.other_thread is None else TWO_THREADS)
        self.seconds_of_look = _SECONDS_BESIDE_MONTHS + months
        self.effort.spend(self.seconds_of_look)
        self.found(people, plan.tour[people])
        point = bound_at(month, self.prices, self.burdens, self.corners, plan, costs)
        if point.bound > self.best[0]:
            self.best = (point.bound, self.prices)
        return point

    def go(self, order: IntArray, kinds: int, point: Point, seconds: float, first_step: float) -> None:
        """Take steps from a look at everybody on for so long; the first is smaller where there are few.

        Those side by side in `order` are of a kind, whose burdens have the same prices; at each step another one of
        each stands for it, chosen by multiples of the golden ratio, which leave the smallest gaps at any time.
        """
        first = np.arange(kinds + 1) * len(order) // kinds
        count = np.diff(first)
        kind_of = np.empty(len(order), dtype=np.int64)
        kind_of[order] = np.repeat(np.arange(kinds), count)

        def standing(step: int) -> IntArray:
            return order[first[:-1] + (count * ((0.5 + step * _GOLDEN) % 1)).astype(np.int64)]

        months = self.seconds_of_look - _SECONDS_BESIDE_MONTHS
        steps = max(0, min(_MOST_STEPS, int(seconds / (_SECONDS_BESIDE_MONTHS + months * kinds / len(order)))))
        size_at_first = first_step * self.month.rules.weights.shortage * self.month.slot_hours
        size_at_first *= min(1.0, steps / _STEPS_FOR_IT) ** _SHORTER
        burdens = self.burdens[standing(0)]
        slopes = [point.slots, point.burdens[standing(0)]]
        way = [np.zeros_like(slope) for slope in slopes]
        scale = [slope**2 + 1 for slope in slopes]
        for step in range(steps):
            for part, slope in enumerate(slopes):
                scale[part] = _SLOPES_KEPT * scale[part] + (1 - _SLOPES_KEPT) * slope**2
                way[part] = _STEADY * way[part] + (1 - _STEADY) * slope
            size = size_at_first * (1 - step / steps) ** _SHRINKING
            self.prices = self.prices + size * way[0] / np.sqrt(scale[0])
            burdens = np.maximum(0, burdens + size * way[1] / np.sqrt(scale[1]))
            self.burdens = burdens[kind_of]
            point = self.look(asked := standing(step + 1))
            slopes = [point.slots, point.burdens[asked]]
            if self.late(self.best[0]):
                break


def bound_at(
    month: Month, prices: FloatArray, burdens: FloatArray, corners: Corners, plan: Tours, costs: FloatArray
) -> Point:
    """Return the Lagrangian bound at prices of (curves, slots) and (people, 4), and its slopes.

    plan, costs
        The cheapest months of everybody at these prices and what they cost (`months_at`), or those of some while the
        others are off. These then stand for all: there is no bound (minus infinity), and the slopes are estimates.
    """
    values = corners.costs - prices[:, None] * (corners.people - month.base[:, None])
    cheapest = values.argmin(axis=1)[:, None]
    wanted = np.take_along_axis(corners.people, cheapest, axis=1)[:, 0]
    numbers = np.arange(len(month.days) + 1)
    weighed = month.burden_weight[:, None] * _unfair(numbers - month.allowance[:, :, None])
    counted = ~month.walks.limited  # whose weekends their months pay for
    fair = weighed - burdens[:, :, None] * numbers
    fair[counted, 3] = 0.0
    bound = -np.inf
    if len(costs) == len(month.people):
        coverage = np.take_along_axis(values, cheapest, axis=1).sum()
        bound = float(costs.sum() + coverage + fair.min(axis=2).sum())
        bound -= _ROUNDING * (abs(bound) + float(np.abs(costs).sum()))
    shares = _taken(month, plan.tour) - fair.argmin(axis=2)
    shares[counted, 3] = 0.0
    each = len(month.people) / len(costs)
    return Point(bound, month.base + each * (people_present(month, plan) - month.base) - wanted, shares)


def burdens_at_first(month: Month) -> FloatArray:
    """Return (people, 4) prices of burdens to begin with: of a weekend that of the first beyond one's share."""
    burdens = np.zeros((len(month.people), 4))
    burdens[month.walks.limited, 3] = month.burden_weight[3]
    return burdens


def side_by_side(month: Month) -> IntArray:
    """Return the people in an order in which those with months alike stand side by side.

    By group, then by hours, then by how many duties their days, leave and nights leave them: taken at equal distances,
    some have their due share of each (systematic sampling from an ordered list: Cochran, Sampling Techniques, 1977,
    chapter 8).
    """
    free = np.isfinite(month.person_cost[:, :, : len(month.duties)]).sum(axis=(1, 2))
    hours = np.minimum(month.week_cap.sum(axis=1), month.month_cap)
    return np.lexsort((free, hours, month.group_of))


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
