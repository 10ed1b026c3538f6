"""Rows onto the regular grid: local clocks to instants, the interval found, finer and coarser by stated rules."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from api.intake.layout import COUNTS
from forecaster.history.intervals import MINUTES_PER_DAY

ROW, AT = "row", "at"


@dataclass(frozen=True, eq=False)
class LocalClock:
    """Where naive local times stand in a zone: each row's instant (UTC), and the rows in a skipped or repeated hour."""

    at: np.ndarray
    skipped: np.ndarray
    repeated: np.ndarray


def place_local(local: np.ndarray, timezone: str) -> LocalClock:
    """Return naive local times as instants; a repeated hour is given its first (summer time) pass."""
    distinct, codes = np.unique(local, return_inverse=True)
    index = pd.DatetimeIndex(distinct)
    first = index.tz_localize(timezone, ambiguous=np.ones(len(index), dtype=bool), nonexistent="NaT")
    second = index.tz_localize(timezone, ambiguous=np.zeros(len(index), dtype=bool), nonexistent="NaT")
    at = first.tz_convert("UTC").tz_localize(None).to_numpy().astype("datetime64[s]")
    repeated = np.asarray(first != second) & ~np.asarray(first.isna())
    return LocalClock(at[codes], np.asarray(first.isna())[codes], repeated[codes])


def second_pass(local: np.ndarray, timezone: str) -> np.ndarray:
    """Return the instants of naive local times in the second pass of their repeated hour."""
    index = pd.DatetimeIndex(local).tz_localize(timezone, ambiguous=np.zeros(len(local), dtype=bool))
    return index.tz_convert("UTC").tz_localize(None).to_numpy().astype("datetime64[s]")


def entered_at(times: np.ndarray, menu_seconds: np.ndarray, *, aware: bool, timezone: str) -> pd.DatetimeIndex:
    """Return when calls entered their queue: at their arrival (UTC where `aware`, else local), and past the menu.

    NaT in an hour that the clock had twice, or never: calls of it cannot be placed to the second.
    """
    at = pd.DatetimeIndex(times)
    at = at.tz_localize("UTC") if aware else at.tz_localize(timezone, ambiguous="NaT", nonexistent="NaT")
    return at + pd.to_timedelta(menu_seconds, unit="s")


def usual_step_minutes(at: np.ndarray) -> int | None:
    """Return the most frequent distance between neighbouring instants (sorted, distinct) that divides a day, if any."""
    steps = np.diff(at).astype("timedelta64[s]").astype(np.int64)
    steps = steps[(steps > 0) & (steps % 60 == 0)] // 60
    steps = steps[MINUTES_PER_DAY % steps == 0]
    if not len(steps):
        return None
    distinct, counts = np.unique(steps, return_counts=True)
    return int(distinct[np.argmax(counts)])


def on_grid(frame: pd.DataFrame, *, timezone: str, interval_minutes: int) -> pd.DataFrame:
    """Return the rows (columns `AT` in UTC, values) on the regular grid from the first to the last; gaps are NaN."""
    at = frame[AT].to_numpy().astype("datetime64[s]").astype(np.int64)
    step = interval_minutes * 60
    position = (at - at[0]) // step
    values = frame.drop(columns=[AT, ROW])
    data = {}
    for name in values.columns:
        column = np.full(int(position[-1]) + 1, np.nan)
        column[position] = values[name].to_numpy(dtype=float)
        data[str(name)] = column
    start = pd.Timestamp(int(at[0]), unit="s", tz="UTC")
    index = pd.date_range(start, periods=int(position[-1]) + 1, freq=f"{interval_minutes}min")
    return pd.DataFrame(data, index=index.tz_convert(timezone).rename("interval_start"))


def finer(frame: pd.DataFrame, *, from_minutes: int, to_minutes: int) -> pd.DataFrame:
    """Return each row split evenly over its parts: counts are divided, means and seats are repeated."""
    parts = from_minutes // to_minutes
    repeated = frame.loc[frame.index.repeat(parts)].reset_index(drop=True)
    offset = np.tile(np.arange(parts) * to_minutes * 60, len(frame)).astype("timedelta64[s]")
    repeated[AT] = repeated[AT].to_numpy().astype("datetime64[s]") + offset
    for name in COUNTS:
        if name in repeated:
            repeated[name] /= parts
    return repeated


def coarser(grid: pd.DataFrame, *, to_minutes: int) -> pd.DataFrame:
    """Return the grid in longer intervals of the local clock.

    Counts are summed and are not observed unless every part was; handle times are weighted by the calls answered (or
    offered), waits by the calls offered, and seats are averaged over time.
    """
    index = pd.DatetimeIndex(grid.index)
    offset = np.array([at.utcoffset() // pd.Timedelta(minutes=1) for at in index])
    utc_minutes = index.tz_convert("UTC").tz_localize(None).to_numpy().astype("datetime64[m]").astype(np.int64)
    start = (utc_minutes + offset) // to_minutes * to_minutes - offset
    keys = pd.DatetimeIndex(start.astype("datetime64[m]")).tz_localize("UTC").tz_convert(index.tz)
    groups = grid.groupby(keys)
    result = pd.DataFrame(index=pd.DatetimeIndex(groups.size().index, name="interval_start"))
    for name in grid.columns:
        if name in COUNTS:
            result[name] = groups[name].sum(min_count=1).where(groups[name].count() == groups.size())
        elif name == "seats_signed_in":
            result[name] = groups[name].mean()
        else:
            weight = (
                grid["calls_answered"] if name == "aht_seconds" and "calls_answered" in grid else grid["calls_offered"]
            )
            weight = weight.where(grid[name].notna())
            total = (grid[name] * weight).groupby(keys).sum(min_count=1)
            result[name] = (total / weight.groupby(keys).sum(min_count=1)).where(np.isfinite)
    full = pd.date_range(result.index[0], result.index[-1], freq=f"{to_minutes}min")
    return result.reindex(full).rename_axis("interval_start")
