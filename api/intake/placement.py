"""From rows to histories: the local clock, duplicates, the file's own interval, and the grid wanted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from api.intake.errors import Ask, InputError
from api.intake.grid import AT, ROW, coarser, finer, on_grid, place_local, second_pass, usual_step_minutes
from api.intake.layout import COUNTS
from api.intake.rows import Rows
from api.intake.sentences import say
from forecaster.history.intervals import MINUTES_PER_DAY
from forecaster.history.observed import History
from forecaster.messages import NOTHING

DURATIONS = ("aht_seconds", "mean_wait_seconds")


def file_step(rows: Rows) -> int:
    """Return the file's own interval in minutes.

    Raises
    ------
    InputError
        If there is one interval only, or one row a day.
    """
    order = np.lexsort((rows.times, rows.queue_codes))
    first = rows.queue_codes[order] == rows.queue_codes[order][0]
    step = usual_step_minutes(np.unique(rows.times[order][first]))
    if step is None:
        step = usual_step_minutes(np.unique(rows.times))
    if step is None:
        raise InputError(rows.path, say("interval.unknown"))
    if step == MINUTES_PER_DAY:
        raise InputError(
            rows.path,
            say("interval.day"),
            row=int(rows.rows[0]),
        )
    return step


def placed(rows: Rows, timezone: str) -> Rows:
    """Return rows of the local clock as instants in UTC.

    An hour that the clock skips holds nothing: a zero there is dropped, a call there is refused. An hour that the
    clock repeats is either there twice (first pass, second pass), or once for both passes: then its counts are split
    evenly, so that the day's total stays.
    """
    clock = place_local(rows.times, timezone)
    calls = rows.values["calls_offered"]
    impossible = np.flatnonzero(clock.skipped & (calls > 0))
    if len(impossible):
        first = int(impossible[0])
        raise InputError(
            rows.path,
            say("interval.skipped", timezone=timezone, calls=calls[first]),
            row=int(rows.rows[first]),
            column="interval_start",
            value=str(rows.times[first]).replace("T", " "),
        )
    notes = list(rows.notes)
    if clock.skipped.any():
        notes.append(say("note.skipped_hour", count=int(clock.skipped.sum())))
    local, at = rows.times, clock.at.copy()
    doubled = np.flatnonzero(clock.repeated)
    once: list[int] = []
    seen: dict[tuple[int, np.datetime64], list[int]] = {}
    for i in doubled:
        seen.setdefault((int(rows.queue_codes[i]), local[i]), []).append(int(i))
    for passes in seen.values():
        if len(passes) == 1:
            once.append(passes[0])
        else:
            at[passes[1]] = second_pass(local[[passes[1]]], timezone)[0]
    once_placed = replace(rows, times=at, notes=notes).keep(~clock.skipped)
    if not once:
        return once_placed
    notes.append(say("note.repeated_hour", count=len(once)))
    values = {name: column.copy() for name, column in rows.values.items()}
    for name in COUNTS:
        if name in values:
            values[name][once] /= 2
    keep = np.flatnonzero(~clock.skipped)
    both = np.concatenate([keep, once])
    return replace(
        rows,
        rows=rows.rows[both],
        times=np.concatenate([at[keep], second_pass(local[once], timezone)]),
        notes=notes,
        queue_codes=rows.queue_codes[both],
        values={name: column[both] for name, column in values.items()},
    )


def without_duplicates(rows: Rows, treat: str, timezone: str) -> Rows:
    """Return sorted rows with one row per queue and interval, by the rule that the mapping states."""
    same = (np.diff(rows.queue_codes) == 0) & (np.diff(rows.times).astype(np.int64) == 0)
    if not same.any():
        return rows
    at = int(np.flatnonzero(same)[0])
    if treat == "refuse":
        start = pd.Timestamp(rows.times[at], tz="UTC").tz_convert(timezone).isoformat()
        first, second = sorted((int(rows.rows[at]), int(rows.rows[at + 1])))
        several = len(rows.queue_names) > 1
        of = say("interval.of_queue", queue=rows.queue_names[rows.queue_codes[at]]) if several else NOTHING
        raise InputError(
            rows.path,
            say("interval.twice", row=first, of=of),
            row=second,
            column="interval_start",
            value=start,
            ask=Ask("duplicates", ("sum", "first", "last")),
        )
    rows.notes.append(say("note.duplicates", count=int(same.sum()), treated=say(f"note.treated_{treat}")))
    group = np.concatenate([[0], np.cumsum(~same)])
    first_of = np.concatenate([[0], np.flatnonzero(~same) + 1])
    if treat != "sum":
        last_of = np.concatenate([np.flatnonzero(~same), [len(group) - 1]])
        return rows.keep(first_of if treat == "first" else last_of)
    kept = rows.keep(first_of)
    summed = {n: pd.Series(v).groupby(group).sum(min_count=1).to_numpy() for n, v in rows.values.items()}
    for name in (*DURATIONS, "seats_signed_in"):
        if name in rows.values:
            weight = np.where(np.isnan(rows.values[name]), np.nan, rows.values["calls_offered"])
            mean = pd.Series(rows.values[name] * weight).groupby(group).sum(min_count=1)
            summed[name] = (mean / pd.Series(weight).groupby(group).sum(min_count=1)).to_numpy()
    return replace(kept, values=summed)


def history_of(rows: Rows, queue: str, timezone: str, step: int, wanted: int | None) -> History:
    """Return the sorted rows of one queue on the grid wanted."""
    frame = pd.DataFrame({AT: rows.times, ROW: rows.rows, **rows.values})
    minutes = step
    if wanted is not None and wanted < step:
        if step % wanted:
            raise InputError(rows.path, say("interval.wider", minutes=step, wanted=wanted))
        frame, minutes = finer(frame, from_minutes=step, to_minutes=wanted), wanted
    seconds = frame[AT].to_numpy().astype("datetime64[s]").astype(np.int64)
    off = np.flatnonzero((seconds - seconds[0]) % (minutes * 60))
    if len(off):
        at = pd.Timestamp(int(seconds[off[0]]), unit="s", tz="UTC").tz_convert(timezone)
        raise InputError(
            rows.path,
            say("interval.off_grid", minutes=minutes),
            row=int(frame[ROW].iloc[off[0]]),
            column="interval_start",
            value=at.isoformat(),
        )
    grid = on_grid(frame, timezone=timezone, interval_minutes=minutes)
    if wanted is not None and wanted > minutes:
        if wanted % minutes:
            raise InputError(rows.path, say("interval.narrower", minutes=minutes, wanted=wanted))
        grid, minutes = coarser(grid, to_minutes=wanted), wanted
    return History(queue, timezone, minutes, grid)
