"""Staffing to the whole forecast: what the n-th seat of an interval is worth, over all the calls that may come."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecaster.queueing.service_target import ServiceTarget
from forecaster.requirement.futures import day_numbers
from forecaster.requirement.staffing import concave_gains, least_people, service_over_futures
from optimizer.law.roster_rules import Weights
from optimizer.search.coverage_curves import Curve, phone_curve
from optimizer.sentences import refusal

_BAND = ("calls", "calls_lower_95", "calls_lower_80", "calls_upper_80", "calls_upper_95", "aht_seconds")
_FLOOR = 3.0  # people below the floor of an interval are worth so many times the dearest above it: no hour is given up
_LEVELS = 12  # corners of a curve: more are slower to search, and finer than the worth of a seat is known


def seat_worth(
    forecast: pd.DataFrame, people_required: pd.Series, target: ServiceTarget, *, seed: int = 0
) -> pd.DataFrame:
    """Return the worth of the 1st, 2nd, … person in every interval, in the currency of `Weights.shortage` = 10.

    A person's worth is how many more calls are answered within the threshold because of them, in expectation over the
    forecast's futures and over who is away (Erlang A), never rising: people who help only together share their worth.
    Whoever an interval needs at least (`staffing.least_people`) is worth `_FLOOR` times as much as anybody beyond. It
    is scaled so that the people required are worth 10 each on average.

    forecast
        A `forecast` frame (docs/frames.md): calls, its band, and `aht_seconds`.

    Raises
    ------
    ValueError
        If a column is missing.
    """
    for column in _BAND:
        if column not in forecast:
            raise refusal("worth.no_band", column=column)
    required = people_required.reindex(forecast.index).fillna(0).to_numpy(dtype=int)
    minutes = (forecast.index[1] - forecast.index[0]).total_seconds() / 60 if len(forecast) > 1 else 60.0
    service = service_over_futures(forecast, target, interval_minutes=minutes, seed=seed).expected
    least = least_people(service, target, day_numbers(pd.Index(forecast.index)))
    gain = concave_gains(service, least)
    dearest = np.where(np.isfinite(gain), gain, 0.0).max(axis=1, initial=0.0, keepdims=True)
    worth = np.where(np.isfinite(gain), gain, _FLOOR * np.maximum(dearest, 1e-9))
    most = max(worth.shape[1], int(required.max(initial=0)))
    worth = np.pad(worth, ((0, 0), (0, most - worth.shape[1])))
    worth = np.where(service.calls[:, None] > 0, worth, 0.0)
    for row, need in enumerate(required.tolist()):
        total = worth[row, :need].sum()
        worth[row] *= 10 * need / total if need and total > 0 else 0.0
    return pd.DataFrame(worth, index=forecast.index, columns=np.arange(1, most + 1))


def worth_curve(
    worth: NDArray[np.float64], *, weights: Weights, slot_hours: float, seat_limit: int | None = None
) -> Curve:
    """Return the curve of seats whose n-th is worth `worth[slot, n − 1]`, in a dozen steps, less a seat-hour's cost."""
    scaled = worth * weights.shortage / 10
    highest = max(float(scaled.max(initial=0.0)), 2 * weights.surplus, 1e-6)
    levels = np.geomspace(highest, max(weights.surplus, 1e-3), _LEVELS)
    breaks, slopes = [], []
    before = np.zeros(len(worth), dtype=np.int64)
    for level in levels:
        until = np.maximum(before, (scaled >= level * (1 - 1e-9)).sum(axis=1))
        width = until - before
        places = np.arange(worth.shape[1])[None, :]
        inside = (places >= before[:, None]) & (places < until[:, None])
        mean = np.where(inside, scaled, 0).sum(axis=1) / np.maximum(width, 1)
        breaks.append(until)
        slopes.append(weights.surplus - np.where(width > 0, mean, level))
        before = until
    slopes.append(np.full(len(worth), weights.surplus))
    rising = np.maximum.accumulate(slopes, axis=0)
    return phone_curve(breaks, list(rising), slot_hours=slot_hours, seat_limit=seat_limit)
