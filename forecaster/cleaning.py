"""What in a history is no guide to the future: found, listed, and taken out so that it can be put back.

Cleaning is told apart from modelling. `find_oddities` only lists; `clean` empties (NaN) the intervals listed, never
invents a number; `undo` puts every original value back.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecaster.day_grid import DayGrid, fold_days, weekday_of
from forecaster.history import History
from forecaster.intervals import wall_clock
from forecaster.level_steps import find_steps, step_sizes
from forecaster.special_days import Calendar

Numbers = NDArray[np.float64]
KINDS = ("gap", "false_zero", "outage", "spike", "duplicated_day", "step", "fault")
EMPTIED = ("false_zero", "outage", "spike", "duplicated_day", "fault")
COLUMNS = ["kind", "start_at", "end_at", "intervals", "calls_offered", "calls_usual", "reason"]
CERTAIN = 1e-6  # a chance this small is no chance
SPIKE_TIMES, SPIKE_SPREADS = 4.0, 8.0
REFERENCE_WEEKS = 4


def find_oddities(history: History, *, calendar: Calendar) -> pd.DataFrame:
    """Return what looks wrong or unusual, one row each, in order of time.

    Columns `kind` (`gap` not observed; `false_zero` single silent intervals and `outage` longer ones where calls were
    certain; `spike`; `duplicated_day` equal to the day or week before, call for call; `step` a lasting change of level,
    for information; `fault` listed in the calendar), `start_at`, `end_at` (exclusive), `intervals`, `calls_offered`,
    `calls_usual` (the median of the same slot in the weeks around), `reason`.
    """
    index = pd.DatetimeIndex(history.frame.index)
    calls = history.frame["calls_offered"].to_numpy(dtype=float)
    usual = usual_calls(history, calendar)
    step = pd.Timedelta(minutes=history.interval_minutes)
    rows: list[dict[str, object]] = []

    def add(kind: str, first: int, last: int, reason: str) -> None:
        part = slice(first, last + 1)
        come, due = np.nansum(calls[part]), np.nansum(usual[part])
        values = (kind, index[first], index[last] + step, last - first + 1, float(come), float(due), reason)
        rows.append(dict(zip(COLUMNS, values, strict=True)))

    for first, last in _runs(np.isnan(calls) & (np.nan_to_num(usual) > 0)):
        add("gap", first, last, "not observed while the line is usually open")
    for first, last in _runs((calls == 0) & (np.nan_to_num(usual) > 0)):
        due = float(np.nansum(usual[first : last + 1]))
        if np.exp(-0.5 * due) < CERTAIN:  # even at half the usual calls
            kind = "false_zero" if last == first else "outage"
            add(kind, first, last, f"no call where {due:.0f} were usual")
    spread = _spread(calls, usual)
    high = (calls > SPIKE_TIMES * usual + 10.0) & (
        calls > usual + SPIKE_SPREADS * np.sqrt(usual + (spread * usual) ** 2)
    )
    for first, last in _runs(np.nan_to_num(high).astype(bool)):
        if (last - first + 1) * history.interval_minutes <= 12 * 60:  # a longer rise is demand, not an error
            add(
                "spike",
                first,
                last,
                f"{np.nansum(calls[first : last + 1]):.0f} calls, usual {usual[first : last + 1].sum():.0f}",
            )
    for first, last, since in _copied_days(history):
        add("duplicated_day", first, last, f"equal to {since} before in every interval")
    for at, size in _steps(history, calendar):
        add("step", at, at, f"level changes by {np.expm1(size):+.0%} from here on")
    local = wall_clock(index)
    for fault in calendar.faults:
        inside = np.flatnonzero((local >= pd.Timestamp(fault.start_at)) & (local < pd.Timestamp(fault.end_at)))
        if len(inside):
            add("fault", int(inside[0]), int(inside[-1]), fault.name)
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.sort_values(["start_at", "kind"]).reset_index(drop=True)


def clean(history: History, oddities: pd.DataFrame, *, kinds: Collection[str] = EMPTIED) -> History:
    """Return the history with the listed intervals of these kinds emptied (NaN): not observed, rather than guessed.

    Raises
    ------
    ValueError
        If a kind is unknown.
    """
    unknown = set(kinds) - set(KINDS)
    if unknown:
        raise ValueError(f"kinds: {sorted(unknown)[0]!r} is none of {', '.join(KINDS)}")
    frame = history.frame.copy()
    for _, row in oddities[oddities["kind"].isin(list(kinds)) & (oddities["kind"] != "step")].iterrows():
        frame.loc[(frame.index >= row["start_at"]) & (frame.index < row["end_at"])] = np.nan
    return replace(history, frame=frame)


def undo(cleaned: History, original: History, oddities: pd.DataFrame) -> History:
    """Return `cleaned` with the intervals of the given rows as they were in `original`."""
    frame = cleaned.frame.copy()
    for _, row in oddities.iterrows():
        inside = (frame.index >= row["start_at"]) & (frame.index < row["end_at"])
        frame.loc[inside] = original.frame.loc[frame.index[inside]]
    return replace(cleaned, frame=frame)


def usual_calls(history: History, calendar: Calendar) -> Numbers:
    """Return the median of the same weekday and slot over four weeks before and after, per interval of the history.

    Holidays are left out of the medians, and are compared with nothing (NaN): there is no usual holiday.
    """
    local = wall_clock(pd.DatetimeIndex(history.frame.index))
    grid = fold_days(history.calls_by_wall_clock())
    holiday = np.array([calendar.day_type(day.item()) == "holiday" for day in grid.days])
    values = np.where(holiday[:, None], np.nan, grid.calls)
    stack = []
    for weeks in [*range(-REFERENCE_WEEKS, 0), *range(1, REFERENCE_WEEKS + 1)]:
        moved = np.full_like(values, np.nan)
        shift = 7 * weeks
        if abs(shift) < len(values):
            source = slice(max(0, -shift), len(values) - max(0, shift))
            target = slice(max(0, shift), len(values) + min(0, shift))
            moved[target] = values[source]
        stack.append(moved)
    around = np.array(stack)
    usual = np.full_like(values, np.nan)
    known = np.isfinite(around).any(axis=0)
    usual[known] = np.nanmedian(around[:, known], axis=0)
    usual[holiday] = np.nan
    days = ((local.normalize() - local[0].normalize()) // pd.Timedelta(days=1)).to_numpy()
    slots = (local.hour * 60 + local.minute).to_numpy() // history.interval_minutes
    return usual[days, slots]


def _runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return first and last position of each unbroken run of True."""
    edges = np.diff(np.concatenate([[0], flags.astype(int), [0]]))
    return list(zip(np.flatnonzero(edges == 1).tolist(), (np.flatnonzero(edges == -1) - 1).tolist(), strict=True))


def _spread(calls: Numbers, usual: Numbers) -> float:
    """Return how far intervals usually are from their usual calls, as a share, beyond counting (robust)."""
    busy = np.isfinite(calls) & (np.nan_to_num(usual) >= 5)
    if not busy.any():
        return 0.3
    share = np.abs(calls[busy] - usual[busy]) / usual[busy]
    return max(1.4826 * float(np.median(share)), 0.1)


def _copied_days(history: History) -> list[tuple[int, int, str]]:
    """Return first and last position of each day that repeats the day, or the same weekday, before it exactly."""
    local = wall_clock(pd.DatetimeIndex(history.frame.index))
    grid: DayGrid = fold_days(history.calls_by_wall_clock())
    found = []
    day_of = ((local.normalize() - local[0].normalize()) // pd.Timedelta(days=1)).to_numpy()
    for back, since in ((1, "the day"), (7, "the same weekday a week")):
        now, then = grid.calls[back:], grid.calls[:-back]
        same = ((now == then) | (np.isnan(now) & np.isnan(then))).all(axis=1)
        telling = np.array([len(np.unique(row[np.isfinite(row) & (row > 0)])) >= 4 for row in now], dtype=bool)
        for day in np.flatnonzero(same & telling) + back:
            where = np.flatnonzero(day_of == day)
            found.append((int(where[0]), int(where[-1]), since))
    return found


def _steps(history: History, calendar: Calendar) -> list[tuple[int, float]]:
    """Return the position and the size (of the logarithm) of each lasting step."""
    local = wall_clock(pd.DatetimeIndex(history.frame.index))
    grid = fold_days(history.calls_by_wall_clock())
    total = np.nansum(grid.calls, axis=1)
    ordinary = np.array([calendar.day_type(day.item()) != "holiday" for day in grid.days])
    use = np.flatnonzero((total > 0) & ordinary)
    logs = np.log(total[use])
    steps = find_steps(logs, weekday_of(grid.days[use]))
    first = [int(np.flatnonzero(local >= pd.Timestamp(grid.days[use[at]].item()))[0]) for at in steps]
    return list(zip(first, step_sizes(logs, steps).tolist(), strict=True))
