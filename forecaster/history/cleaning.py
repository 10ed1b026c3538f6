"""What in a history is no guide to the future: found, listed, and taken out so that it can be put back.

Cleaning is told apart from modelling. `find_oddities` only lists; `clean` empties (NaN) the intervals listed, never
invents a number; `undo_cleaning` puts every original value back. What an interval usually sees is the median of the
same weekday and time within six weeks on either side, so that growth and seasons are not taken for faults.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from forecaster.history.calendar import Calendar
from forecaster.history.day_grid import fold_days, weekday_of
from forecaster.history.intervals import MINUTES_PER_DAY, minutes_apart, wall_clock
from forecaster.history.level_steps import SMALLEST_TOLD, TO_SD, find_steps, step_sizes
from forecaster.history.observed import History
from forecaster.history.open_days import SHUT_DAYS, WEEKS_EACH_SIDE
from forecaster.sentences import refusal, say

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]
Whole = NDArray[np.int64]
Runs = list[tuple[int, int]]
ODDITY_KINDS = (
    "gap",
    "false_zero",
    "outage",
    "spike",
    "duplicated_day",
    "duplicated_hours",
    "step",
    "fault",
    "more_answered_than_offered",
    "short",
)
EMPTIED = ("false_zero", "outage", "spike", "duplicated_day", "duplicated_hours", "fault")
ODDITY_COLUMNS = [
    "kind",
    "start_at",
    "end_at",
    "intervals",
    "calls_offered",
    "calls_usual",
    "times",
    "certain",
    "reason",
    "reason_zh",
]
# A run of zeros where this many calls are usual has a chance below e^-30 even on a day with a third of the calls.
USUAL_CALLS_IN_ZEROS = 90.0
# Faults multiply calls by more than busy days do, stand out from an ordinary scatter, and are mended within half a day.
SPIKE_DEVIATIONS, SPIKE_TIMES, LONGEST_SPIKE_MINUTES = 7.0, 2.5, 12 * 60
CHANCE_OF_A_COPY = -32.0  # of the logarithm: 1 in 10^14
LEAST_DAYS = 28  # each weekday four times: fewer do not tell its hours from its luck
LONGEST_LIST = 200  # nobody reads further, and a file of rubbish would fill the screen


def find_oddities(
    history: History, *, calendar: Calendar | None = None, most: int | None = LONGEST_LIST
) -> pd.DataFrame:
    """Return what looks wrong or unusual, one row each, in order of time.

    Columns `kind` (`gap` not observed, closed hours apart; `false_zero` one silent interval and `outage` several where
    calls were certain; `spike`; `duplicated_day` and `duplicated_hours` equal to earlier ones, call for call; `step` a
    lasting change of level, `more_answered_than_offered` and `short` for information; `fault` listed in the calendar),
    `start_at`, `end_at` (exclusive), `intervals`, `calls_offered`, `calls_usual` (NaN where nothing compares), `times`
    (the usual calls, or the level before a step), `certain` (left out of what a forecast learns from, unless the
    calendar keeps it), `reason` and `reason_zh`.

    most
        Rows of one kind, the earliest; None for all of them.
    """
    calendar = calendar or Calendar()
    index = pd.DatetimeIndex(history.frame.index)
    calls, usual = history.frame["calls_offered"].to_numpy(dtype=float), usual_calls(history, calendar).to_numpy()
    local, step = wall_clock(index), pd.Timedelta(minutes=history.interval_minutes)
    rows: list[tuple[object, ...]] = []

    def add(kind: str, runs: Runs, *, certain: Flags | None = None, size: float | None = None, name: str = "") -> None:
        for number, (first, past) in enumerate(runs[:most]):
            come, due = (float(np.nansum(v[first:past])) for v in (calls, usual))
            times = (come / due if due > 0 else np.inf) if size is None else size
            said = say(f"odd.{kind}", come=come, due=due, intervals=past - first, times=times, name=name)
            due = due if np.isfinite(usual[first:past]).any() else float("nan")
            sure = bool(certain[number]) if certain is not None else False
            row = (kind, index[first], index[past - 1] + step, past - first, come, due, times, sure, said.en, said.zh)
            rows.append(row)

    add("gap", _gaps(calls, local, history.interval_minutes))
    silent = _silent(calls, _on_ordinary_days(usual, local, calendar))
    sure = _no_guide(calls == 0, silent, local, calendar)
    for kind, single in (("false_zero", True), ("outage", False)):
        chosen = np.array([(past - first == 1) == single for first, past in silent], dtype=bool)
        runs = [run for run, yes in zip(silent, chosen, strict=True) if yes]
        add(kind, runs, certain=sure[chosen])
    add("spike", _spikes(calls, usual, history.interval_minutes))
    days, hours = _copies(calls, local, history.interval_minutes)
    add("duplicated_day", days)
    add("duplicated_hours", hours)
    for at, size in _steps(history, calendar):
        add("step", [(at, at + 1)], size=float(np.exp(size)))
    for fault in calendar.faults:
        inside = np.flatnonzero((local >= pd.Timestamp(fault.start_at)) & (local < pd.Timestamp(fault.end_at)))
        if len(inside) and not fault.kept:
            run = (int(inside[0]), int(inside[-1]) + 1)
            add("fault", [run], certain=np.ones(1, dtype=bool), name=fault.name)
    for kind, run in _remarks(history):
        add(kind, [run])
    table = pd.DataFrame(rows, columns=ODDITY_COLUMNS)
    return table.sort_values(["start_at", "kind"], kind="stable").reset_index(drop=True)


def clean(history: History, oddities: pd.DataFrame, *, kinds: Collection[str] = EMPTIED) -> History:
    """Return the history with the listed intervals of these kinds emptied (NaN): not observed, rather than guessed.

    Raises
    ------
    ValueError
        If a kind is unknown.
    """
    unknown = set(kinds) - set(ODDITY_KINDS)
    if unknown:
        raise refusal("cleaning.kind", kind=sorted(unknown)[0], known=ODDITY_KINDS)
    frame = history.frame.copy()
    for _, row in oddities[oddities["kind"].isin(set(kinds) & set(EMPTIED))].iterrows():
        frame.loc[(frame.index >= row["start_at"]) & (frame.index < row["end_at"])] = np.nan
    return replace(history, frame=frame)


def undo_cleaning(cleaned: History, original: History, oddities: pd.DataFrame) -> History:
    """Return `cleaned` with the intervals of the given rows as they were in `original`."""
    frame = cleaned.frame.copy()
    for _, row in oddities.iterrows():
        inside = (frame.index >= row["start_at"]) & (frame.index < row["end_at"])
        frame.loc[inside] = original.frame.loc[frame.index[inside]]
    return replace(cleaned, frame=frame)


def without_faults(past: pd.Series, calendar: Calendar) -> pd.Series:
    """Return the naive, regular series without what is certainly no guide to other days (NaN there).

    That is the calendar's faults, and silences that cannot be chance and are no habit of the line (`find_oddities`
    lists both as `certain`), unless the calendar says that they are to be kept.
    """
    kept = past.to_numpy(dtype=float, copy=True)
    local = pd.DatetimeIndex(past.index)
    minutes = minutes_apart(local)
    silent: Runs = []
    if (kept == 0).any():
        silent = _silent(kept, _on_ordinary_days(_usual(local, kept, minutes, calendar), local, calendar))
    for (first, past_it), sure in zip(silent, _no_guide(kept == 0, silent, local, calendar), strict=True):
        if sure:
            kept[first:past_it] = np.nan
    for fault in calendar.faults:
        if not fault.kept:
            kept[(local >= pd.Timestamp(fault.start_at)) & (local < pd.Timestamp(fault.end_at))] = np.nan
    return pd.Series(kept, index=past.index, name=past.name)


def usual_calls(history: History, calendar: Calendar | None = None) -> pd.Series:
    """Return what each interval usually sees, on the history's index (NaN where nothing compares).

    On holidays it is what ordinary days around them see.
    """
    index = pd.DatetimeIndex(history.frame.index)
    calls = history.frame["calls_offered"].to_numpy(dtype=float)
    return pd.Series(_usual(wall_clock(index), calls, history.interval_minutes, calendar or Calendar()), index=index)


def by_week(
    local: pd.DatetimeIndex, calls: Numbers, minutes: int
) -> tuple[Numbers, tuple[Whole, Whole], np.datetime64]:
    """Return calls as weeks × intervals of the week (Monday 00:00 first), where each stands, and the first Monday."""
    at = local.to_numpy().astype("datetime64[m]")
    first = at[0].astype("datetime64[D]")
    monday = first - int(weekday_of(np.array([first]))[0])
    position = (at - monday.astype("datetime64[m]")).astype(np.int64) // minutes
    slots = 7 * MINUTES_PER_DAY // minutes
    place = np.divmod(position, slots)
    table = np.full((int(place[0][-1]) + 1, slots), np.nan)
    table[place] = calls
    return table, place, monday


def _usual(local: pd.DatetimeIndex, calls: Numbers, minutes: int, calendar: Calendar) -> Numbers:
    table, place, monday = by_week(local, calls, minutes)
    per_day = MINUTES_PER_DAY // minutes
    for day in calendar.days:
        week, weekday = divmod(int((np.datetime64(day, "D") - monday).astype(np.int64)), 7)
        if 0 <= week < len(table) and calendar.day_type(day) == "holiday":
            table[week, weekday * per_day : (weekday + 1) * per_day] = np.nan
    return np.asarray(_rolling_median(table)[place])


def _on_ordinary_days(values: Numbers, local: pd.DatetimeIndex, calendar: Calendar) -> Numbers:
    """Return the values with those of holidays emptied."""
    holidays = [day for day in calendar.days if calendar.day_type(day) == "holiday"]
    return np.where(local.normalize().isin(pd.DatetimeIndex(holidays)), np.nan, values)


def _rolling_median(table: Numbers) -> Numbers:
    """Return each cell's median over the weeks around it, itself not left out; NaN where all are."""
    wide = 2 * WEEKS_EACH_SIDE + 1
    padded = np.pad(table, ((WEEKS_EACH_SIDE, WEEKS_EACH_SIDE), (0, 0)), constant_values=np.nan)
    windows = np.sort(sliding_window_view(padded, wide, axis=0), axis=2)  # NaN sorts to the end
    count = np.sum(~np.isnan(windows), axis=2)
    low = np.clip((count - 1) // 2, 0, None)[..., None]
    high = np.clip(count // 2, 0, wide - 1)[..., None]
    middle = np.take_along_axis(windows, low, 2) + np.take_along_axis(windows, high, 2)
    return np.where(count > 0, middle[..., 0] / 2, np.nan)


def _runs(flags: Flags) -> Runs:
    """Return the unbroken runs of True as (first, one past the last)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _gaps(calls: Numbers, local: pd.DatetimeIndex, minutes: int) -> Runs:
    """Return the unobserved stretches, but not those that come back every day or week: a closed line is no gap."""
    table, (_, slot), _ = by_week(local, calls, minutes)
    never = (np.isnan(table).mean(axis=0) > 0.5)[slot]
    # A gap runs on through hours that are closed anyway, and ends with the last that is not.
    found = []
    for first, past in _runs(np.isnan(calls)):
        inside = np.flatnonzero(~never[first:past])
        if len(inside):
            found.append((first + int(inside[0]), first + int(inside[-1]) + 1))
    return found


def _silent(calls: Numbers, usual: Numbers) -> Runs:
    """Return runs of zeros where so many calls are usual that the counter, not the callers, must have been silent."""
    due = np.concatenate([[0.0], np.cumsum(np.nan_to_num(usual))])
    return [(a, b) for a, b in _runs(calls == 0) if due[b] - due[a] >= USUAL_CALLS_IN_ZEROS]


def _no_guide(zero: Flags, runs: Runs, local: pd.DatetimeIndex, calendar: Calendar) -> Flags:
    """Return which silent runs are certainly a fault, and no habit of the line or of the days around a holiday.

    New opening hours are silent too at the same hours a week or two away, or on most of the seven days before and
    after. The day before a holiday may well end early. A line silent for weeks up to now is shut. And the calendar may
    say that a stretch is to be kept.
    """
    per_day = int(np.timedelta64(1, "D") / (local[1] - local[0])) if len(local) > 1 else 1
    result = np.zeros(len(runs), dtype=bool)
    for number, (first, past) in enumerate(runs):

        def silent_too(days: int, first: int = first, past: int = past) -> bool | None:
            a, b = first + days * per_day, past + days * per_day
            if a < 0 or b > len(zero) or (a < past and b > first):
                return None
            return bool(zero[a:b].all())

        near = [yes for yes in (silent_too(days) for days in range(-7, 8)) if yes is not None]
        habit = any(silent_too(days) for days in (-14, -7, 7, 14)) or (bool(near) and float(np.mean(near)) > 1.0 / 3.0)
        start, end, day = local[first], local[past - 1], pd.Timedelta(days=1)
        holiday = any(calendar.day_type(at.date()) == "holiday" for at in pd.date_range(start - day, end + day))
        kept = any(fault.kept and start < fault.end_at and end >= fault.start_at for fault in calendar.faults)
        shut = past == len(zero) and past - first >= SHUT_DAYS * per_day
        result[number] = not (habit or holiday or kept or shut)
    return result


def _spikes(calls: Numbers, usual: Numbers, minutes: int) -> Runs:
    """Return runs far above the usual, measured on the square-root scale (counts vary as their root).

    A longer rise than half a day is demand, not an error.
    """
    apart = np.sqrt(calls) - np.sqrt(usual)
    known = apart[np.isfinite(apart)]
    if not len(known):
        return []
    spread = max(TO_SD * float(np.median(np.abs(known - np.median(known)))), 0.5)
    high = (apart > SPIKE_DEVIATIONS * spread) & (calls > SPIKE_TIMES * usual + 10.0)
    return [(a, b) for a, b in _runs(high) if (b - a) * minutes <= LONGEST_SPIKE_MINUTES]


def _copies(calls: Numbers, local: pd.DatetimeIndex, minutes: int) -> tuple[Runs, Runs]:
    """Return whole days, and shorter stretches, that repeat the day or the week before, or one number, exactly.

    Two counts with the mean λ are equal with a chance of about 1 ÷ √(4πλ); a stretch is listed where the product of
    these chances is below one in 10^14, and a day where it also tells (four different numbers).
    """
    with np.errstate(divide="ignore"):
        chance = np.minimum(-0.5 * np.log(4.0 * np.pi * np.nan_to_num(calls)), 0.0)
    chance = np.concatenate([[0.0], np.cumsum(chance)])
    per_day = MINUTES_PER_DAY // minutes
    midnight = (local.hour * 60 + local.minute).to_numpy() == 0
    days, hours = set(), []
    for back in (per_day, 7 * per_day, 1):
        if back >= len(calls):
            continue
        for first, past in _runs(np.concatenate([np.zeros(back, dtype=bool), calls[back:] == calls[:-back]])):
            if chance[past] - chance[first] > CHANCE_OF_A_COPY:
                continue
            starts = [at for at in range(first, past - per_day + 1) if midnight[at]] if back > 1 else []
            days |= {(at, at + per_day) for at in starts}
            if not starts:
                hours.append((first, past))
    whole = sorted(days)
    return whole, [(a, b) for a, b in sorted(set(hours)) if not any(a < past and b > first for first, past in whole)]


def _steps(history: History, calendar: Calendar) -> list[tuple[int, float]]:
    """Return the position and the size (of the logarithm) of each lasting step."""
    local = wall_clock(pd.DatetimeIndex(history.frame.index))
    grid = fold_days(history.calls_by_wall_clock())
    seen = np.isfinite(grid.calls).sum(axis=1)
    total = np.nansum(grid.calls, axis=1)
    ordinary = np.array([calendar.day_type(day.item()) != "holiday" for day in grid.days])
    use = np.flatnonzero((total > 0) & ordinary & (seen >= 0.9 * np.median(seen[seen > 0] if seen.any() else [0])))
    logs = np.log(total[use])
    steps = find_steps(logs, weekday_of(grid.days[use]), smallest=SMALLEST_TOLD)
    first = [int(np.flatnonzero(local >= pd.Timestamp(grid.days[use[at]].item()))[0]) for at in steps]
    return list(zip(first, step_sizes(logs, steps).tolist(), strict=True))


def _remarks(history: History) -> list[tuple[str, tuple[int, int]]]:
    """Return what makes a history less telling, though nothing in it is odd by itself."""
    frame, found = history.frame, []
    if "calls_answered" in frame:
        wrong = np.flatnonzero((frame["calls_answered"] > frame["calls_offered"]).to_numpy())
        if len(wrong):
            found.append(("more_answered_than_offered", (int(wrong[0]), int(wrong[-1]) + 1)))
    if frame["calls_offered"].notna().sum() * history.interval_minutes < LEAST_DAYS * MINUTES_PER_DAY:
        found.append(("short", (0, len(frame))))
    return found
