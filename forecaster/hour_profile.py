"""How a day's calls fall over its slots: shares by weekday, shrunk towards day types and towards all days."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forecaster.day_grid import DayGrid

Numbers = NDArray[np.float64]


def weekday_shares(
    grid: DayGrid,
    *,
    ordinary: NDArray[np.bool_],
    rest_weekdays: frozenset[int],
    half_life_days: float = 60.0,
    shrinkage_calls: float = 200.0,
) -> Numbers:
    """Return the shares of each slot in the day's calls, by weekday (7 × slots, each row sums to 1 or is all 0).

    `ordinary` marks the days to learn from; a day counts half after `half_life_days`. A weekday is pulled towards its
    day type (workday or rest day) with the weight of `shrinkage_calls` calls, and the day type towards all days
    likewise. A slot that never had a call on a weekday where several were to be expected is closed.
    """
    calls, seen = np.nan_to_num(grid.calls), np.isfinite(grid.calls)
    age = np.arange(len(grid.days) - 1, -1, -1.0)
    weight = np.where(ordinary, 0.5 ** (age / half_life_days), 0.0)[:, None] * seen
    weekday = grid.weekday
    counted = np.zeros((7, grid.slots))
    watched = np.zeros((7, grid.slots))
    for day in range(7):
        chosen = weekday == day
        counted[day] = (weight[chosen] * calls[chosen]).sum(axis=0)
        watched[day] = weight[chosen].sum(axis=0)
    rate = counted / np.maximum(watched, 1e-12)
    volume = rate.sum(axis=1) * watched.max(axis=1, initial=0.0)
    every = _normal(rate.sum(axis=0))
    shares = np.zeros((7, grid.slots))
    for is_rest in (False, True):
        members = [day for day in range(7) if (day in rest_weekdays) == is_rest and volume[day] > 0]
        if not members:
            continue
        total = float(volume[members].sum())
        pooled = (total * _normal(rate[members].sum(axis=0)) + shrinkage_calls * every) / (total + shrinkage_calls)
        for day in members:
            mixed = volume[day] * _normal(rate[day]) + shrinkage_calls * pooled
            mixed = mixed / (volume[day] + shrinkage_calls)
            closed = (counted[day] <= 0.0) & (
                (mixed * volume[day] > 3.0) | (watched[day] <= 0.0) | (counted.sum(0) <= 0)
            )
            shares[day] = _normal(np.where(closed, 0.0, mixed))
    return shares


def _normal(values: Numbers) -> Numbers:
    total = float(values.sum())
    return values / total if total > 0 else values
