"""Bounds at given prices: everybody takes the cheapest month, every slot the cheapest number of people."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from optimizer.search.dual_ascent import bound_at, corners_of
from optimizer.search.kernel_arrays import Scratch
from optimizer.search.problem import Month
from optimizer.search.sweeps import empty_plan, people_present, personal_cost, sweep

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
    """
    if month.pauses.length.size:  # a person's breaks are priced each by itself, which is less than they can be laid for
        return bound_at(month, prices, np.zeros((len(month.people), 4)), scratch, corners_of(month)).bound
    most, least = np.full(len(month.people), np.inf), np.zeros(len(month.people))
    plain = replace(month, burden_weight=np.zeros(4), month_cap=most, month_floor=least)
    tables = np.repeat(prices[:, :, None], 2, axis=2).astype(np.float32)
    plan = empty_plan(month)
    present = people_present(month, plan)
    sweep(plain, plan, present, tables, np.arange(len(month.people)), scratch)
    price = tables[:, :, 0].astype(float)
    bound = float((price * (present - month.base)).sum() + personal_cost(plain, plan).sum())
    everybody = len(month.people) + month.base.max(initial=0)
    for c, curve in enumerate(month.curves):
        corners = [np.zeros(month.slot_count), *curve.breaks.T.astype(float), np.full(month.slot_count, everybody)]
        values = [curve.cost(people) - price[c] * (people - month.base[c]) for people in corners]
        bound += float(np.min(values, axis=0).sum())
    return bound - 1e-5 * abs(bound)  # the months were compared in single precision
