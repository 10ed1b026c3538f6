"""The time grid: half-open intervals, labelled by their start, aware of their time zone.

A grid is regular in absolute time, so a day has 23 or 25 hours where the clocks change. People and seasons live on
the wall clock: `wall_clock` gives the naive local time of each interval.
"""

from __future__ import annotations

import pandas as pd

from forecaster.history.periods import is_month, period_named
from forecaster.messages import Words
from forecaster.sentences import refusal

MINUTES_PER_DAY = 24 * 60
DAYS_BEFORE_A_PERIOD = 7  # that its plan is made: a month's is made 6 or 7, by its length


def check_interval_minutes(interval_minutes: int) -> int:
    """Return `interval_minutes` if it divides a day.

    Raises
    ------
    ValueError
        If it is not a positive divisor of 1440.
    """
    if interval_minutes <= 0 or MINUTES_PER_DAY % interval_minutes:
        raise refusal("interval.minutes", minutes=interval_minutes)
    return interval_minutes


def intervals_between(start: pd.Timestamp, end: pd.Timestamp, *, interval_minutes: int = 60) -> pd.DatetimeIndex:
    """Return the starts of the intervals of `[start, end)`, both aware, in the zone of `start`.

    Raises
    ------
    ValueError
        If `interval_minutes` does not divide a day.
    """
    check_interval_minutes(interval_minutes)
    utc = pd.date_range(start.tz_convert("UTC"), end.tz_convert("UTC"), freq=f"{interval_minutes}min", inclusive="left")
    return utc.tz_convert(start.tz).rename("interval_start")


def month_intervals(month: pd.Period, timezone: str, *, interval_minutes: int = 60) -> pd.DatetimeIndex:
    """Return every interval start of a local calendar month, or of another period (`forecaster.history.periods`).

    Raises
    ------
    ValueError
        If `interval_minutes` does not divide a day.
    """
    start = month.start_time.tz_localize(timezone)
    end = (month + 1).start_time.tz_localize(timezone)
    return intervals_between(start, end, interval_minutes=interval_minutes)


def minutes_apart(index: pd.Index) -> int:
    """Return how many minutes lie between the first two of some intervals; an hour where there is but one."""
    return int((index[1] - index[0]) / pd.Timedelta(minutes=1)) if len(index) > 1 else 60


def month_named(text: object) -> pd.Period | None:
    """Return the month written like 2026-12; None of anything else."""
    period = period_named(text)
    return period if period is not None and is_month(period) else None


def plan_cutoff(month: pd.Period, timezone: str) -> pd.Timestamp:
    """Return the instant up to which history counts for the plan of `month`.

    The plan is due on the 25th of the month before, from history through the 24th: the end of the 24th, exclusive. Of
    a period that is no month, a week before its first day.
    """
    if not is_month(month):
        return (month.start_time - pd.Timedelta(days=DAYS_BEFORE_A_PERIOD)).tz_localize(timezone)
    return ((month - 1).start_time + pd.Timedelta(days=24)).tz_localize(timezone)


def wall_clock(index: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Return the naive local time of each aware instant; an hour that the clock repeats appears twice."""
    return index.tz_localize(None)


def require_same_intervals(left: pd.DatetimeIndex, right: pd.DatetimeIndex, *, names: Words) -> None:
    """Raise if two frames do not cover the same intervals.

    Raises
    ------
    ValueError
        Naming `names` and the first interval that one side lacks.
    """
    missing = left.symmetric_difference(right)
    if len(missing):
        raise refusal("interval.not_shared", names=names, one=missing[0])
