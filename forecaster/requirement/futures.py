"""Possible months: the calls that may come, drawn from what a forecast frame says of its own uncertainty."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecaster.forecast.bands import Z_80, Z_95, beyond_80
from forecaster.history.intervals import wall_clock

Numbers = NDArray[np.float64]
Whole = NDArray[np.int64]
PATHS = 200  # enough for a chance told in tenths: its standard error is under .036
FEWEST_CALLS = 10.0  # below this a count's own limits are too coarse to tell the scatter behind it
NEIGHBOURS = 0.5  # correlation of neighbouring intervals' own scatter, once the day's common factor is taken out
DIVIDING_ROUNDS = 4  # of dividing a day's scatter between the day and its intervals; it settles by then
LEAST_COMMON = 0.3  # of a day's spread that is all the day's in any case
UNTOLD_DAY_SPREAD = 0.12  # relative error of a day's total where the forecast tells no limits (a workbook's)
MOST_SPREAD = 1.5  # a factor of seven at the 90 % limit: beyond, limits tell nothing of size


def day_numbers(index: pd.Index) -> Whole:
    """Return the number of the local day of each interval, from 0; one day for all where they are not instants."""
    if not isinstance(index, pd.DatetimeIndex):
        return np.zeros(len(index), dtype=np.int64)
    return np.asarray(np.unique(wall_clock(index).normalize(), return_inverse=True)[1], dtype=np.int64)


def draw_futures(forecast: pd.DataFrame, *, paths: int = PATHS, seed: int = 0) -> Numbers:
    """Return the calls to be expected in each interval on each of `paths` possible futures (paths × intervals).

    What comes are Poisson counts around them. Three layers of error are drawn, all log-normal with mean 1: one that the
    whole horizon shares (from `total_lower_80_ratio`, `total_upper_80_ratio`), one of each day (from the day's ratios;
    heavier beyond the 80 % limits where the 95 % ones say so), one of each interval (from the interval's own limits).
    A frame without limits is taken to be as uncertain as a workbook. The same seed gives the same draws for any calls.
    """
    index = pd.DatetimeIndex(forecast.index)
    calls = forecast["calls"].fillna(0.0).to_numpy(dtype=float)
    day_of = day_numbers(index)
    days = int(day_of.max(initial=-1)) + 1
    totals: Numbers = np.bincount(day_of, weights=calls, minlength=days).astype(float)
    spread_80, spread_95 = _day_spreads(forecast, day_of, totals)
    calls_off = _interval_variance(forecast, calls)
    # A day's limits are those of its total: what its intervals are off by themselves is in them already.
    slot = _slot_spread(calls, calls_off, spread_80[day_of])
    for _ in range(DIVIDING_ROUNDS):
        own = _of_the_total(slot, calls, day_of, totals)
        common = np.sqrt(np.maximum(spread_80**2 - own, LEAST_COMMON**2 * spread_80**2))
        slot = _slot_spread(calls, calls_off, common[day_of])
    smaller = np.divide(common, spread_80, out=np.ones_like(common), where=spread_80 > 0)
    spread_80, spread_95 = common, spread_95 * smaller
    shared = _shared(forecast, totals, spread_80)
    random = np.random.default_rng(seed)
    together, apart = random.standard_normal((paths, 1)), random.standard_normal((paths, days))
    z = np.sqrt(shared) * together + np.sqrt(1.0 - shared) * apart
    day = z * (spread_80 + beyond_80(z) * (spread_95 - spread_80)) - spread_80**2 / 2.0
    noise = random.standard_normal((paths, len(calls)))
    same_day = np.concatenate([[False], day_of[1:] == day_of[:-1]])
    for t in np.flatnonzero(same_day):
        noise[:, t] = NEIGHBOURS * noise[:, t - 1] + np.sqrt(1.0 - NEIGHBOURS**2) * noise[:, t]
    return np.asarray(calls * np.exp(day[:, day_of] + slot * noise - slot**2 / 2.0))


def _log_spread(lower: Numbers, upper: Numbers, z: float) -> Numbers:
    """Return the standard deviation on the logarithm that puts `lower` and `upper` at ± z."""
    with np.errstate(divide="ignore", invalid="ignore"):
        both = np.log(upper / lower) / (2.0 * z)
        above = np.log(upper) / z  # a lower limit of 0 says nothing; the upper one does
    spread = np.where(np.isfinite(both) & (lower > 0), both, above)
    return np.clip(np.nan_to_num(spread, nan=UNTOLD_DAY_SPREAD, posinf=MOST_SPREAD, neginf=0.0), 0.0, MOST_SPREAD)


def _day_spreads(forecast: pd.DataFrame, day_of: NDArray[np.int64], totals: Numbers) -> tuple[Numbers, Numbers]:
    """Return the spread of each day's expected calls at its 80 % and 95 % limits, counting noise taken out."""
    first = np.unique(day_of, return_index=True)[1]
    found = []
    for level, z in (("80", Z_80), ("95", Z_95)):
        names = f"day_lower_{level}_ratio", f"day_upper_{level}_ratio"
        if not set(names) <= set(forecast.columns):
            found.append(np.full(len(totals), UNTOLD_DAY_SPREAD))
            continue
        lower, upper = (forecast[name].to_numpy(dtype=float)[first] for name in names)
        counting = 1.0 / np.maximum(totals, 1.0)
        found.append(np.sqrt(np.maximum(_log_spread(lower, upper, z) ** 2 - counting, 0.0)))
    return found[0], np.maximum(found[1], found[0])


def _shared(forecast: pd.DataFrame, totals: Numbers, spread: Numbers) -> float:
    """Return the share of the days' variance that all days have in common, so that the total has its own limits."""
    names = ("total_lower_80_ratio", "total_upper_80_ratio")
    weight = totals / totals.sum() if totals.sum() > 0 else totals
    together, apart = float(weight @ spread) ** 2, float((weight * spread) @ (weight * spread))
    if not set(names) <= set(forecast.columns) or together - apart <= 1e-12:
        return 0.5
    lower, upper = (forecast[name].to_numpy(dtype=float)[:1] for name in names)
    total = float(_log_spread(lower, upper, Z_80)[0]) ** 2
    return float(np.clip((total - apart) / (together - apart), 0.0, 1.0))


def _interval_variance(forecast: pd.DataFrame, calls: Numbers) -> Numbers | None:
    """Return the relative variance of each interval beyond counting, its day's included; None without limits."""
    names = ("calls_lower_80", "calls_upper_80")
    if not set(names) <= set(forecast.columns):
        return None
    lower, upper = (forecast[name].to_numpy(dtype=float) for name in names)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(_log_spread(lower / calls, upper / calls, Z_80) ** 2 - 1.0 / calls)


def _slot_spread(calls: Numbers, variance: Numbers | None, day: Numbers) -> Numbers:
    """Return the spread of each interval's own factor; intervals of few calls take that of the busier ones."""
    if variance is None:
        return np.zeros_like(calls)
    ratio = variance - day**2
    busy = calls >= FEWEST_CALLS
    usual = float(np.average(np.maximum(ratio[busy], 0.0), weights=calls[busy])) if busy.any() else 0.0
    return np.sqrt(np.where(busy, np.maximum(np.nan_to_num(ratio, nan=usual), 0.0), usual))


def _of_the_total(slot: Numbers, calls: Numbers, day_of: Whole, totals: Numbers) -> Numbers:
    """Return the relative variance of each day's total that its intervals' own scatter makes, neighbours together."""
    carried, sums = 0.0, np.zeros(len(totals))
    for t, size in enumerate((slot * calls).tolist()):
        if t and day_of[t] != day_of[t - 1]:
            carried = 0.0
        carried *= NEIGHBOURS  # the sum over earlier ones, each by its correlation with this one
        sums[day_of[t]] += size * (size + 2.0 * carried)
        carried += size
    return np.divide(sums, totals**2, out=np.zeros_like(sums), where=totals > 0)
