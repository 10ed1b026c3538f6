"""Lines of many kinds, made so that a planner knows at a glance what comes next."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd

from forecaster.forecast.interval_forecast import forecast_calls
from forecaster.history.calendar import Calendar, country_calendar

OFFICE = np.array([3, 6, 9, 10, 8, 7, 8, 8, 6, 4], dtype=float) / 69  # shares of the hours 8 to 17
ROUND_THE_CLOCK = np.array([1, 1, 1, 1, 1, 2, 4, 8, 14, 18, 20, 18, 14, 15, 17, 18, 16, 12, 9, 7, 5, 4, 2, 1]) / 209
Level = Callable[[date], float]


def line(
    first: str,
    last: str,
    level: Level,
    *,
    seed: int,
    shape: np.ndarray = OFFICE,
    missing: Callable[[date], bool] = lambda _: False,
) -> pd.Series:
    """Return Poisson calls by hour: `level(day)` calls a day on average, not observed outside the shape's hours."""
    random = np.random.default_rng(seed)
    hours = pd.date_range(first, f"{last} 23:00", freq="h")
    opens = 8 if len(shape) < 24 else 0
    share = np.full(24, np.nan)
    share[opens : opens + len(shape)] = shape
    days = [day.date() for day in hours[::24]]
    rate = np.concatenate([level(day) * share for day in days])
    calls = np.where(np.isnan(rate), np.nan, random.poisson(np.nan_to_num(rate)).astype(float))
    gone = np.repeat([missing(day) for day in days], 24)
    return pd.Series(np.where(gone, np.nan, calls), index=hours)


def day_totals(calls: pd.Series, month: str, calendar: Calendar | str | None) -> pd.Series:
    """Return by date the calls forecast for a month, made with what was known through the 24th of the month before."""
    table = month_table(calls, month, calendar)
    return table["mean"].groupby(table.index.normalize()).sum()


def month_table(calls: pd.Series, month: str, calendar: Calendar | str | None) -> pd.DataFrame:
    """Return the forecast behind `day_totals`, by hour."""
    asked = pd.Period(month, freq="M")
    hours = pd.date_range(asked.start_time, asked.end_time.floor("h"), freq="h")
    past = calls[calls.index < (asked - 1).start_time + pd.Timedelta(days=24)]
    if not isinstance(calendar, Calendar):
        calendar = country_calendar(calendar, range(past.index[0].year - 1, hours[-1].year + 2))
    return forecast_calls(past, hours, calendar=calendar)
