"""Staffing to the whole forecast: what the n-th seat of an interval is worth, over all the calls that may come."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecaster.queueing.erlang import service_level
from optimizer.law.roster_rules import Weights
from optimizer.search.coverage_curves import Curve, FloatArray, IntArray

# The band's limits and the mean stand for the distribution: the share of outcomes nearest to each.
_OUTCOMES = {
    "calls_lower_95": 0.0625,
    "calls_lower_80": 0.2,
    "calls": 0.475,
    "calls_upper_80": 0.2,
    "calls_upper_95": 0.0625,
}
_LEVELS = 12


def seat_worth(
    forecast: pd.DataFrame, seats_required: pd.Series, *, answer_within_seconds: float, shrinkage: float = 0.0
) -> pd.DataFrame:
    """Return the worth of the 1st, 2nd, … seat in every interval, in the currency of `Weights.shortage` = 10.

    A seat's worth is how many more calls are answered within the threshold because it is there, in expectation over
    the forecast's band (Erlang C, of offered calls), along the smallest concave function above it: seats that
    help only together share their worth. It is scaled so that the seats required are worth 10 each on average.

    forecast
        A `forecast` frame (docs/frames.md): calls, its band, and `aht_seconds`.
    shrinkage
        Share of the seats counted that is not on the phone; above 0 they are people to roster.

    Raises
    ------
    ValueError
        If a column is missing.
    """
    for column in (*_OUTCOMES, "aht_seconds"):
        if column not in forecast:
            raise ValueError(f"forecast: column {column!r} is missing; the worth of seats needs the band")
    required = seats_required.reindex(forecast.index).to_numpy(dtype=float)
    seconds = (forecast.index[1] - forecast.index[0]).total_seconds()
    load_per_call = forecast["aht_seconds"].to_numpy(dtype=float) / seconds
    most = int(max(2, np.ceil(1.6 * np.nanmax(required, initial=1.0)) + 3))
    seats = np.arange(1, most + 1)
    in_time = np.zeros((len(forecast), most))
    for column, share in _OUTCOMES.items():
        calls = np.nan_to_num(forecast[column].to_numpy(dtype=float))
        for t in np.flatnonzero((calls > 0) & (load_per_call > 0)):
            level = service_level(
                seats * (1 - shrinkage),
                offered_load_erlangs=float(calls[t] * load_per_call[t]),
                aht_seconds=float(load_per_call[t] * seconds),
                answer_within_seconds=answer_within_seconds,
            )
            in_time[t] += share * calls[t] * np.asarray(level)
    worth = np.array([_concave_steps(row) for row in in_time])
    for row, need in enumerate(required.tolist()):
        until = int(need)
        total = worth[row, :until].sum()
        worth[row] *= 10 * until / total if until and total > 0 else 0.0
    return pd.DataFrame(worth, index=forecast.index, columns=seats)


def _concave_steps(values: FloatArray) -> FloatArray:
    """Return the steps of the smallest concave function, 0 at 0, that lies nowhere below `values`."""
    corners = [(0, 0.0)]
    for x, y in enumerate(values, start=1):
        while len(corners) > 1:
            (x0, y0), (x1, y1) = corners[-2:]
            if (y1 - y0) * (x - x1) > (y - y1) * (x1 - x0):
                break
            corners.pop()
        corners.append((x, float(y)))
    places, heights = zip(*corners, strict=True)
    return np.diff(np.interp(np.arange(len(values) + 1), places, heights))


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
    enough: IntArray = breaks[-1]
    hard = -1
    if seat_limit is not None:
        breaks = [np.minimum(b, seat_limit) for b in breaks] + [np.full(len(worth), seat_limit)]
        slopes.append(np.full(len(worth), 1e4))
        enough, hard = np.minimum(enough, seat_limit), len(breaks) - 1
    stacked = np.maximum.accumulate(np.stack(slopes, axis=1), axis=1)
    return Curve("phone", np.stack(breaks, axis=1), stacked * slot_hours, enough, hard)
