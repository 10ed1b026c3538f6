"""A history folded into days: one row a day, one column a slot of the day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecaster.history.intervals import MINUTES_PER_DAY, check_interval_minutes
from forecaster.sentences import refusal

Numbers = NDArray[np.float64]
EPOCH = np.datetime64("1970-01-01", "D")


@dataclass(frozen=True, eq=False)
class DayGrid:
    """Calls by day and slot.

    days
        Consecutive days (datetime64[D]).
    calls
        Shape (days, slots per day); NaN = not observed.
    interval_minutes
        Length of a slot.
    """

    days: NDArray[np.datetime64]
    calls: Numbers
    interval_minutes: int

    @property
    def slots(self) -> int:
        """Number of slots in a day."""
        return self.calls.shape[1]

    @property
    def weekday(self) -> NDArray[np.int64]:
        """Weekday of every day, Monday = 0."""
        return weekday_of(self.days)


def weekday_of(days: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """Return the weekday of each day (datetime64[D]), Monday = 0."""
    return ((days - EPOCH).astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday


def grid_interval_minutes(index: pd.DatetimeIndex) -> int:
    """Return the minutes between neighbours of a regular index.

    Raises
    ------
    ValueError
        If the index has fewer than two instants, is not regular, or its step does not divide a day.
    """
    if len(index) < 2:
        raise refusal("history.too_short")
    steps = np.diff(index.as_unit("s").asi8)
    if steps.min() <= 0 or steps.min() != steps.max():
        bad = int(np.argmax(steps != steps[0])) + 1
        raise refusal("history.irregular", before=index[bad - 1], after=index[bad])
    return check_interval_minutes(int(steps[0] // 60))


def fold_days(history: pd.Series) -> DayGrid:
    """Return a naive, regular series as a day grid; slots outside the series are NaN.

    Raises
    ------
    ValueError
        If the index is irregular or a value is negative or infinite.
    """
    index = pd.DatetimeIndex(history.index)
    minutes = grid_interval_minutes(index)
    values = history.to_numpy(dtype=float)
    if np.nanmin(values, initial=0.0) < 0:
        bad = int(np.nanargmin(values))
        raise refusal("history.negative", calls=values[bad], at=index[bad])
    if np.isinf(values).any():
        raise refusal("history.endless", at=index[int(np.argmax(np.isinf(values)))])
    slots = MINUTES_PER_DAY // minutes
    first = index[0].normalize()
    offset = int((index[0] - first) / pd.Timedelta(minutes=minutes))
    day_count = -(-(offset + len(values)) // slots)
    flat = np.full(day_count * slots, np.nan)
    flat[offset : offset + len(values)] = values
    start = np.datetime64(first.date(), "D")
    return DayGrid(start + np.arange(day_count), flat.reshape(day_count, slots), minutes)


def slot_positions(index: pd.DatetimeIndex, interval_minutes: int) -> tuple[NDArray[np.datetime64], NDArray[np.int64]]:
    """Return the day and the slot of the day of each naive instant."""
    seconds = index.as_unit("s").asi8
    day, within = np.divmod(seconds, 86_400)
    return EPOCH + day, within // (interval_minutes * 60)
