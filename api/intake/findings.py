"""What is odd in a history: gaps, zeros that are gaps, spikes, shifts of level. Found and shown; treated only as told.

What an interval usually sees is the median of the same weekday and time within six weeks on either side, so that growth
and seasons are not taken for faults.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view

from forecaster.history import History
from forecaster.intervals import wall_clock

Kind = Literal["gap", "zeros", "spike", "level_shift", "more_answered_than_offered", "short"]
WEEKS_EACH_SIDE = 6
# A run of zeros where this many calls are usual has a chance below e^-30 even on a day with a third of the calls.
USUAL_CALLS_IN_ZEROS = 90.0
SPIKE_DEVIATIONS = 7.0
SPIKE_TIMES = 2.5
SHIFT_DAYS = 28
SHIFT_SHARE = 0.35
SHIFT_DEVIATIONS = 6.0
LONGEST_LIST = 200


@dataclass(frozen=True)
class Finding:
    """One thing found: `start_at` to `end_at` (exclusive), how many intervals, how large, and in a sentence what.

    size
        Calls usual there for `zeros`; times the usual for `spike` and `level_shift`; else 0.
    """

    kind: Kind
    start_at: pd.Timestamp
    end_at: pd.Timestamp
    intervals: int
    size: float
    says: str


def usual_calls(history: History) -> pd.Series:
    """Return what each interval usually sees (NaN where nothing comparable was observed), on the history's index."""
    table, rows, columns = by_week(history)
    usual = _rolling_median(table)
    return pd.Series(usual[rows, columns], index=history.frame.index)


def inspect_history(history: History) -> list[Finding]:
    """Return what is odd in a history, ordered by its start."""
    calls = history.frame["calls_offered"]
    usual = usual_calls(history)
    found = [*_gaps(history, calls), *_zeros(history, calls, usual), *_spikes(history, calls, usual)]
    found += _level_shifts(history, calls)
    found += _impossible(history)
    if calls.notna().sum() * history.interval_minutes < 28 * 1440:
        says = "less than four weeks were observed: weekdays cannot be told apart well"
        found.append(Finding("short", history.start_at, history.end_at, int(calls.notna().sum()), 0.0, says))
    return sorted(found, key=lambda f: (f.start_at, f.kind))


def treat(history: History, findings: list[Finding], how: Mapping[str, str]) -> History:
    """Return the history with what was found treated as `how` says: `zeros` and `spikes` each `keep` or `gaps`.

    `gaps` makes the intervals not observed; nothing is ever filled in.
    """
    kinds = {kind for kind, key in (("zeros", "zeros"), ("spike", "spikes")) if how.get(key, "keep") == "gaps"}
    frame = history.frame.copy()
    for finding in findings:
        if finding.kind in kinds:
            within = (frame.index >= finding.start_at) & (frame.index < finding.end_at)
            frame.loc[within] = np.nan
    return replace(history, frame=frame)


def first_attempts(history: History, *, retry_share: float) -> History:
    """Return the history with `calls_offered` less the calls that are estimated to be repeats of abandoned ones.

    first attempts = offered - retry_share × abandoned: in balance, of the callers who hang up this share calls again at
    once, and each such call is offered once more (Hoffman and Harris 1986, European
    Journal of Operational Research 27).
    Intervals without a number of abandoned calls stay as they are.

    Raises
    ------
    ValueError
        If the share is not within 0 to 1, or no abandoned calls were observed.
    """
    if not 0 <= retry_share <= 1:
        raise ValueError(f"retry_share must be within 0 to 1, got {retry_share}")
    frame = history.frame
    if "calls_abandoned" not in frame or frame["calls_abandoned"].isna().all():
        raise ValueError("first attempts need calls_abandoned, which the history does not have")
    repeats = retry_share * frame["calls_abandoned"].fillna(0.0)
    return replace(history, frame=frame.assign(calls_offered=(frame["calls_offered"] - repeats).clip(lower=0.0)))


def by_week(history: History) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return calls as weeks × intervals of the week (Monday 00:00 first, wall clock), and each interval's place."""
    local = wall_clock(pd.DatetimeIndex(history.frame.index)).to_numpy().astype("datetime64[m]")
    monday = local[0].astype("datetime64[D]")
    monday = monday - (monday.astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday
    minutes = (local - monday.astype("datetime64[m]")).astype(np.int64)
    per_week = 7 * 1440 // history.interval_minutes
    position = minutes // history.interval_minutes
    rows, columns = position // per_week, position % per_week
    table = np.full((int(rows[-1]) + 1, per_week), np.nan)
    table[rows, columns] = history.frame["calls_offered"].to_numpy()
    return table, rows, columns


def _rolling_median(table: np.ndarray) -> np.ndarray:
    """Return each cell's median over the weeks around it, itself left out of none; NaN where all are."""
    wide = 2 * WEEKS_EACH_SIDE + 1
    padded = np.pad(table, ((WEEKS_EACH_SIDE, WEEKS_EACH_SIDE), (0, 0)), constant_values=np.nan)
    windows = np.sort(sliding_window_view(padded, wide, axis=0), axis=2)  # NaN sorts to the end
    count = np.sum(~np.isnan(windows), axis=2)
    low = np.clip((count - 1) // 2, 0, None)[..., None]
    high = np.clip(count // 2, 0, wide - 1)[..., None]
    middle = np.take_along_axis(windows, low, 2) + np.take_along_axis(windows, high, 2)
    return np.where(count > 0, middle[..., 0] / 2, np.nan)


def _runs(which: np.ndarray) -> list[tuple[int, int]]:
    """Return the unbroken runs of True as (first, one past the last)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], which, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _span(history: History, first: int, past: int) -> tuple[pd.Timestamp, pd.Timestamp]:
    index = history.frame.index
    return index[first], index[past - 1] + pd.Timedelta(minutes=history.interval_minutes)


def _gaps(history: History, calls: pd.Series) -> list[Finding]:
    """Return the unobserved stretches, but not those that come back every day or week: a closed line is no gap."""
    table, rows, columns = by_week(history)
    never = np.isnan(table).mean(axis=0) > 0.5
    missing = calls.isna().to_numpy() & ~never[columns]
    # A gap runs on through hours that are closed anyway.
    closed = calls.isna().to_numpy() & never[columns]
    found = []
    for first, past in _runs(missing | closed):
        count = int(missing[first:past].sum())
        if count:
            start, end = _span(history, first, past)
            says = f"{count} intervals were not observed"
            found.append(Finding("gap", start, end, count, 0.0, says))
    del rows
    return found[:LONGEST_LIST]


def _zeros(history: History, calls: pd.Series, usual: pd.Series) -> list[Finding]:
    """Return runs of zeros where so many calls are usual that the counter, not the callers, must have been silent."""
    found = []
    usual_there = usual.to_numpy()
    zero = (calls == 0).to_numpy()
    for first, past in _runs(zero):
        expected = float(np.nansum(usual_there[first:past]))
        if expected >= USUAL_CALLS_IN_ZEROS:
            start, end = _span(history, first, past)
            says = (
                f"{past - first} zeros in a row where {expected:,.0f} calls are usual: not counted, or closed that day"
            )
            found.append(Finding("zeros", start, end, past - first, expected, says))
    return found[:LONGEST_LIST]


def _spikes(history: History, calls: pd.Series, usual: pd.Series) -> list[Finding]:
    """Return runs of intervals far above the usual, measured on the square-root scale (counts vary as their root)."""
    apart = np.sqrt(calls.to_numpy()) - np.sqrt(usual.to_numpy())
    known = apart[np.isfinite(apart)]
    if not len(known):
        return []
    spread = max(1.4826 * float(np.median(np.abs(known - np.median(known)))), 0.5)
    high = (apart > SPIKE_DEVIATIONS * spread) & (calls > SPIKE_TIMES * usual + 10).to_numpy()
    found = []
    for first, past in _runs(high):
        start, end = _span(history, first, past)
        seen, expected = float(calls.iloc[first:past].sum()), float(usual.iloc[first:past].sum())
        times = seen / expected if expected > 0 else np.inf
        says = f"{seen:,.0f} calls where {expected:,.0f} are usual"
        found.append(Finding("spike", start, end, past - first, times, says))
    found.sort(key=lambda f: -f.size)
    return found[:LONGEST_LIST]


def _level_shifts(history: History, calls: pd.Series) -> list[Finding]:
    """Return the days on which the level of the calls changed for good: medians of four weeks before and after."""
    days = calls.groupby(pd.Index(wall_clock(pd.DatetimeIndex(calls.index)).normalize())).agg(["sum", "count"])
    full = days["count"] >= 0.9 * days["count"].median()
    totals = days["sum"].where(full & (days["sum"] > 0)).asfreq("D")
    if totals.notna().sum() < 2 * SHIFT_DAYS:
        return []
    weekday = totals.index.to_series().dt.day_of_week
    level = totals / totals.groupby(weekday).transform("median")
    log = pd.Series(np.log(level.to_numpy()), index=totals.index)
    windows = sliding_window_view(log.to_numpy(), SHIFT_DAYS)
    with np.errstate(invalid="ignore"):
        middle = np.full(len(windows), np.nan)
        enough = np.sum(~np.isnan(windows), axis=1) >= SHIFT_DAYS // 2
        middle[enough] = np.nanmedian(windows[enough], axis=1)
    step = np.full(len(log), np.nan)
    at = np.arange(SHIFT_DAYS, len(log) - SHIFT_DAYS + 1)
    step[at] = middle[at] - middle[at - SHIFT_DAYS]
    noise = 1.4826 * float(np.nanmedian(np.abs(log.diff(7)))) / np.sqrt(2)
    limit = max(np.log1p(SHIFT_SHARE), SHIFT_DEVIATIONS * noise / np.sqrt(SHIFT_DAYS))
    found = []
    size = np.where(np.isnan(step), 0.0, np.abs(step))
    while size.max() > limit:
        day = int(size.argmax())
        start = pd.Timestamp(log.index[day]).tz_localize(history.timezone)
        times = float(np.exp(step[day]))
        says = f"the level changes to {times:.2f} times what it was in the four weeks before"
        found.append(Finding("level_shift", start, start + pd.Timedelta(days=1), 1, times, says))
        size[max(0, day - SHIFT_DAYS) : day + SHIFT_DAYS] = 0.0
    return found


def _impossible(history: History) -> list[Finding]:
    """Return where more calls were answered than came in."""
    frame = history.frame
    if "calls_answered" not in frame:
        return []
    wrong = (frame["calls_answered"] > frame["calls_offered"]).to_numpy()
    if not wrong.any():
        return []
    first = int(np.flatnonzero(wrong)[0])
    start, _ = _span(history, first, first + 1)
    _, end = _span(history, first, int(np.flatnonzero(wrong)[-1]) + 1)
    says = (
        f"{int(wrong.sum())} intervals have more calls answered than offered: they may be counted at different moments"
    )
    return [Finding("more_answered_than_offered", start, end, int(wrong.sum()), 0.0, says)]
