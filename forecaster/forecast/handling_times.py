"""The mean handling time to expect in each interval."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecaster.history.calendar import Calendar
from forecaster.history.intervals import MINUTES_PER_DAY, wall_clock
from forecaster.history.observed import History

Numbers = NDArray[np.float64]
AHT_HALF_LIFE_DAYS = 45.0  # handling times follow products and training, by the quarter
SHRINKAGE_CALLS = 100.0  # a slot leans on its pool with the weight of this many calls
WILD_SHARE = 0.01  # the shortest and longest hundredth are cut back: a call left open for days is no handling time


def expected_handling_times(history: History, intervals: pd.DatetimeIndex, *, calendar: Calendar) -> Numbers:
    """Return the AHT expected in each interval (seconds), NaN where the history has no `aht_seconds`.

    Means weighted by calls answered (or offered) and by age, by slot of the day and by workday or rest day; where calls
    are few a cell leans on slot × day type, each over all the other.
    """
    frame = history.frame
    if "aht_seconds" not in frame or not frame["aht_seconds"].notna().any():
        return np.full(len(intervals), np.nan)
    answered = frame["calls_answered"] if "calls_answered" in frame else frame["calls_offered"]
    seconds = frame["aht_seconds"].to_numpy(dtype=float)
    seen = np.isfinite(seconds) & (seconds > 0)
    seconds = np.clip(np.where(seen, seconds, 0.0), *np.quantile(seconds[seen], [WILD_SHARE, 1.0 - WILD_SHARE]))
    index = pd.DatetimeIndex(frame.index)
    age = np.asarray((index[-1] - index) / pd.Timedelta(days=1), dtype=float)
    weight = np.where(seen, answered.fillna(0.0).to_numpy(dtype=float), 0.0) * 0.5 ** (age / AHT_HALF_LIFE_DAYS)
    if weight.sum() <= 0:
        return np.full(len(intervals), float(seconds[seen].mean()))
    slots = MINUTES_PER_DAY // history.interval_minutes
    cell = _cells(index, history, calendar)
    calls = np.bincount(cell, weight, minlength=2 * slots).reshape(2, slots)
    total = np.bincount(cell, weight * seconds, minlength=2 * slots).reshape(2, slots)
    whole = float(total.sum() / calls.sum())
    kind = np.ones((2, 1))
    for _ in range(3):  # slot × day type, each fitted given the other
        by_slot = (total.sum(axis=0) + SHRINKAGE_CALLS * whole) / ((calls * kind).sum(axis=0) + SHRINKAGE_CALLS)
        due = (calls * by_slot).sum(axis=1, keepdims=True)
        kind = (total.sum(axis=1, keepdims=True) + SHRINKAGE_CALLS * whole) / (due + SHRINKAGE_CALLS * whole)
    by_cell = (total + SHRINKAGE_CALLS * kind * by_slot) / (calls + SHRINKAGE_CALLS)
    return np.asarray(by_cell.ravel()[_cells(intervals, history, calendar)], dtype=float)


def _cells(index: pd.DatetimeIndex, history: History, calendar: Calendar) -> NDArray[np.int64]:
    """Return the cell of each interval: its slot of the day, counted on for rest days and holidays."""
    local = wall_clock(index)
    slots = MINUTES_PER_DAY // history.interval_minutes
    slot = (local.hour * 60 + local.minute).to_numpy() // history.interval_minutes
    days, position = np.unique(local.normalize().to_numpy(), return_inverse=True)
    free = np.array([calendar.day_type(pd.Timestamp(day).date()) != "workday" for day in days], dtype=np.int64)
    return np.asarray(slot + slots * free[position], dtype=np.int64)
