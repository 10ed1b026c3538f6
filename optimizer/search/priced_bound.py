"""Bounds at given prices: everybody takes the cheapest month, every slot the cheapest number of people."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.search.dual_ascent import bound_at, corners_of, months_at
from optimizer.search.kernel_arrays import Scratch
from optimizer.search.problem import Month
from optimizer.search.sweeps import empty_plan

_PRICES_OF_AN_HOUR = 11  # tenths of what a seat-hour of shortage weighs: the relaxation's own prices are the fine ones


def supply_bound(month: Month, scratch: Scratch) -> float:
    """Return the best bound at one price for every hour on the phone: all hours wanted against all hours there."""
    bounds = []
    for price in np.linspace(0.0, month.rules.weights.shortage, _PRICES_OF_AN_HOUR):
        prices = np.zeros((len(month.curves), month.slot_count))
        prices[0] = -price * month.slot_hours
        bounds.append(priced_bound(month, prices, scratch))
    return max(bounds)


def priced_bound(month: Month, prices: NDArray[np.float64], scratch: Scratch) -> float:
    """Return the Lagrangian bound at given prices: everybody's cheapest month, and every slot's cheapest presence.

    It is a lower bound of any lawful roster's cost at any prices (Geoffrion 1974, "Lagrangean relaxation for integer
    programming"); at the prices of the relaxation it is at least as good as the relaxation itself, but for rounding.
    A person's breaks are priced each by itself, which is less than they can be laid for.
    """
    plan, burdens = empty_plan(month), np.zeros((len(month.people), 4))
    costs = months_at(month, prices, burdens, scratch, plan, np.arange(len(month.people)))
    return bound_at(month, prices, burdens, corners_of(month), plan, costs).bound
