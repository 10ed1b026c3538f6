"""The load that an interval really carries when calls come and go, and the calls at a quantile of the forecast."""

from __future__ import annotations

from operator import itemgetter
from typing import Literal, get_args

import numpy as np
import pandas as pd

from forecaster.forecast.band_columns import BAND_COLUMNS, BAND_LEVELS
from forecaster.sentences import refusal

Staffing = Literal["interval", "lagged", "offered_load", "simulation"]
STAFFINGS: tuple[Staffing, ...] = get_args(Staffing)
# Columns by the share of futures below them, from low to high.
BANDS = dict(sorted([("calls", 0.5), *zip(BAND_COLUMNS, BAND_LEVELS, strict=True)], key=itemgetter(1)))


def carried_load(calls: np.ndarray, aht: np.ndarray, *, interval_seconds: float, staffing: Staffing) -> np.ndarray:
    """Return the erlangs to staff each of consecutive intervals for; the rates before the first are taken as its own.

    interval
        Each interval on its own: calls × AHT / interval (SIPP).
    lagged
        The calls of one AHT earlier: the load follows the calls by about the time they last (Green, Kolesar and
        Soares 2001).
    offered_load, simulation
        The mean of the modified offered load m' = calls per second - m / AHT over the interval: the calls in progress
        if nobody ever waited (Jennings, Mandelbaum, Massey and Whitt 1996).
    """
    if staffing not in STAFFINGS:
        raise refusal("staffing.unknown", staffing=staffing, known=STAFFINGS)
    rate = calls / interval_seconds
    if staffing == "interval" or len(calls) == 0:
        return rate * aht
    if staffing == "lagged":
        back = aht / interval_seconds
        whole = np.floor(back).astype(int)
        row = np.arange(len(calls))
        near, far = rate[np.maximum(row - whole, 0)], rate[np.maximum(row - whole - 1, 0)]
        return ((1.0 - (back - whole)) * near + (back - whole) * far) * aht
    load = np.empty_like(rate)
    m = rate[0] * aht[0]
    for i, (arrivals, handle) in enumerate(zip(rate, aht, strict=True)):
        steady = arrivals * handle
        settled = -np.expm1(-interval_seconds / handle)
        load[i] = steady + (m - steady) * handle / interval_seconds * settled
        m = steady + (m - steady) * (1.0 - settled)
    return load


def calls_at_quantile(forecast: pd.DataFrame, quantile: float) -> pd.Series:
    """Return the calls that each interval stays within with probability `quantile`, read off the forecast's bands.

    Between the bands the calls are interpolated on the normal scale, and continued beyond the outermost ones; the
    point forecast is taken as the median. Never below 0.

    Raises
    ------
    ValueError
        If the quantile is not strictly between 0 and 1, or no band is there to read from.
    """
    if not 0.0 < quantile < 1.0:
        raise refusal("quantile.bounds", quantile=quantile)
    known = {column: share for column, share in BANDS.items() if column in forecast.columns}
    if quantile == 0.5:
        return forecast["calls"]
    if len(known) < 2:
        raise refusal("quantile.no_bands", found=list(forecast.columns))
    from scipy.special import ndtri

    z = np.asarray(ndtri(list(known.values())))
    at = float(ndtri(quantile))
    right = int(np.clip(np.searchsorted(z, at), 1, len(z) - 1))
    values = np.maximum.accumulate(forecast[list(known)].to_numpy(dtype=float), axis=1)
    low, high = values[:, right - 1], values[:, right]
    calls = low + (high - low) * (at - z[right - 1]) / (z[right] - z[right - 1])
    return pd.Series(np.maximum(calls, 0.0), index=forecast.index, name="calls")
