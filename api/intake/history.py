"""The history of one queue or many, from the files that planners have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd

from api.intake.call_log import calls_of, is_call_log
from api.intake.errors import InputError
from api.intake.files import TextTable, read_table
from api.intake.findings import first_attempts, inspect_history, treat
from api.intake.grid import AT, COUNTS, ROW, coarser, finer, on_grid, place_local, second_pass, usual_step_minutes
from api.intake.headings import ColumnMapping, Headings, read_mapping
from api.intake.layouts import duration_unit, handle_times, stated_date, stated_queue, voice_rows
from api.intake.queue_log import calls_of_queue_log, is_queue_log
from api.intake.rows import Rows
from api.intake.values import Column, flags, instants, minutes_of_day, numbers
from api.intake.wide import is_wide, names_an_interval, unfold
from forecaster.callers import retry_share
from forecaster.history import OPTIONAL_COLUMNS, History
from forecaster.intervals import MINUTES_PER_DAY, check_interval_minutes

VALUES = ("calls_offered", *OPTIONAL_COLUMNS)
DURATIONS = ("aht_seconds", "mean_wait_seconds")
QUEUE = "queue"
DEFAULT_QUEUE = "hotline"


@dataclass(frozen=True, eq=False)
class Intake:
    """What a file held: a history per queue, and what had to be decided while reading, one sentence each."""

    histories: Mapping[str, History]
    notes: tuple[str, ...] = ()


def read_history(
    path: str | Path,
    *,
    queue: str | None = None,
    timezone: str = "Asia/Shanghai",
    interval_minutes: int | None = None,
    mapping: Mapping[str, Any] | str | Path | None = None,
) -> History:
    """Return one queue's history from a CSV, TSV, Excel or Parquet file, or from a call-by-call log.

    queue
        Which queue, where the file holds several; the name of the history where it holds one without a name.
    timezone
        The site's zone: of the instants where the file has no offsets, and of the history's grid.
    interval_minutes
        The grid wanted; by default the file's own. Shorter intervals split counts evenly, longer ones sum them.
    mapping
        A mapping file (TOML) or its tables, for headings and habits that are not known.

    Raises
    ------
    InputError
        In one line: file, row, column, value and the way out.
    """
    intake = read_histories(path, timezone=timezone, interval_minutes=interval_minutes, mapping=mapping, queue=queue)
    histories = intake.histories
    if len(histories) > 1:
        shown = ", ".join(list(histories)[:10])
        raise InputError(path, f"holds {len(histories)} queues ({shown})", way_out="say which one with --queue")
    return next(iter(histories.values()))


def read_histories(
    path: str | Path,
    *,
    timezone: str = "Asia/Shanghai",
    interval_minutes: int | None = None,
    mapping: Mapping[str, Any] | str | Path | None = None,
    queue: str | None = None,
) -> Intake:
    """Return every queue's history in a file (or only `queue`'s), with notes on what had to be decided.

    Raises
    ------
    InputError
        As `read_history`.
    """
    path = Path(path)
    how = read_mapping(mapping)
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InputError(path, f"{timezone!r} is no time zone", way_out="write one like Asia/Shanghai") from None
    if interval_minutes is not None:
        check_interval_minutes(interval_minutes)
    return _histories(_read_rows(path, how, interval_minutes, queue), how, timezone=timezone, wanted=interval_minutes)


def _read_rows(path: Path, how: ColumnMapping, interval_minutes: int | None, queue: str | None) -> Rows:
    """Return the rows of whatever form the file has."""
    if is_queue_log(path):
        counted, notes = calls_of_queue_log(path, interval_minutes=interval_minutes or 60)
        return _rows_of_counts(path, counted, notes, queue, aware=True)
    headings = Headings("history", how.columns)
    by_call = Headings("call_log")

    def knows(text: str) -> bool:
        return headings.knows(text) or by_call.knows(text) or names_an_interval(text)

    table = read_table(path, knows=knows, form=how.form)
    if is_call_log(table):
        counted, aware, notes = calls_of(table, interval_minutes=interval_minutes or 60)
        return _rows_of_counts(path, counted, notes, queue, aware=aware)
    found = headings.match(table.path, [str(c) for c in table.frame.columns])
    if is_wide(table, found):
        return _rows_of_wide(table, found, how, queue)
    return _rows_of_table(table, found, how, queue)


def _rows_of_wide(table: TextTable, found: dict[str, str], how: ColumnMapping, queue: str | None) -> Rows:
    """Return the rows of a table with a cell per interval."""
    at, positions, calls = unfold(table, found, date_order=how.date_order)
    codes, names = _queues(table, found, queue)
    notes = ["the table has a cell per interval: each became a row"]
    rows = Rows(
        table.path,
        table.frame.index.to_numpy()[positions],
        at,
        False,
        codes[positions],
        names,
        {"calls_offered": calls},
        notes,
    )
    return _only(rows.keep(~np.isnat(at)), queue)


def _rows_of_table(table: TextTable, found: dict[str, str], how: ColumnMapping, queue: str | None) -> Rows:
    """Return the rows of a long table: one row per queue and interval."""
    notes = []
    voice = voice_rows(table, found)
    if not voice.all():
        notes.append(f"{int((~voice).sum())} row(s) of other media were left out")
        table = replace(table, frame=table.frame.loc[voice])
    at, aware, totals = _times(table, found, how)
    if totals.any():
        notes.append(f"{int(totals.sum())} row(s) of totals were left out")
        table, at = replace(table, frame=table.frame.loc[~totals]), at[~totals]
    values = _values(table, found, notes)
    codes, names = _queues(table, found, queue)
    rows = Rows(table.path, table.frame.index.to_numpy(), at, aware, codes, names, values, notes)
    empty = np.isnat(at)
    observed = np.any([~np.isnan(v) for v in values.values()], axis=0)
    if (empty & observed).any():
        row = int(rows.rows[np.flatnonzero(empty & observed)[0]])
        raise InputError(table.path, "the interval's start is empty", row=row, way_out="fill it in, or delete the row")
    return _only(rows.keep(~empty), queue)


def _values(table: TextTable, found: dict[str, str], notes: list[str]) -> dict[str, np.ndarray]:
    """Return the columns of numbers; what is marked as made up is not observed."""
    if "calls_offered" not in found and not {"calls_answered", "calls_abandoned"} <= found.keys():
        raise InputError(
            table.path,
            "has no column with the calls offered",
            column="calls_offered",
            way_out=f"it has {_shown(table)}; name it in a mapping file: [columns] calls_offered",
        )
    values = {}
    for name in VALUES:
        if name in found:
            column = Column(table.path, found[name], table.frame[found[name]])
            duration = name in DURATIONS
            values[name] = numbers(column, unit=duration_unit(table, found[name]) if duration else 1.0, clock=duration)
    if "calls_offered" not in values:
        values = {"calls_offered": values["calls_answered"] + values["calls_abandoned"], **values}
        notes.append("calls offered are answered and abandoned together: the file has no column of its own for them")
    if "aht_seconds" not in values:
        handled = handle_times(table, found, values.get("calls_answered"))
        values |= {} if handled is None else {"aht_seconds": handled}
    if "imputed" in found:
        made_up = flags(Column(table.path, found["imputed"], table.frame[found["imputed"]]))
        for column_values in values.values():
            column_values[made_up] = np.nan
        if made_up.any():
            notes.append(f"{int(made_up.sum())} row(s) marked {found['imputed']} count as not observed")
    return values


def _shown(table: TextTable) -> str:
    return ", ".join(map(str, table.frame.columns))


def _times(table: TextTable, found: dict[str, str], how: ColumnMapping) -> tuple[np.ndarray, bool, np.ndarray]:
    """Return the rows' instants, whether they are aware, and which rows are totals."""
    frame = table.frame

    def column(name: str) -> Column:
        return Column(table.path, found[name], frame[found[name]])

    if "date" in found and ("time_of_day" in found or "interval_start" in found):
        part = column("time_of_day" if "time_of_day" in found else "interval_start")
        days = instants(column("date"), date_order=how.date_order)
        whole_days = days.at.astype("datetime64[D]") == days.at
        if "time_of_day" in found or bool(whole_days[~np.isnat(days.at)].all()):
            minutes, more_totals = minutes_of_day(part)
            empty = np.flatnonzero(np.isnan(minutes) & ~np.isnat(days.at) & ~more_totals)
            if len(empty):
                raise part.error_at(int(empty[0]), "is no time of day", "fill it in, or delete the row")
            seconds = np.where(np.isnan(minutes), 0, minutes * 60).astype("timedelta64[s]")
            return days.at + seconds, days.aware, days.totals | more_totals
    day = (
        stated_date(table, date_order=how.date_order)
        if "time_of_day" in found and "interval_start" not in found
        else None
    )
    if day is not None:
        minutes, totals = minutes_of_day(column("time_of_day"))
        seconds = np.where(np.isnan(minutes), 0, minutes * 60).astype("timedelta64[s]")
        return np.where(np.isnan(minutes), np.datetime64("NaT"), day[0] + seconds), False, totals
    name = next((n for n in ("interval_start", "date") if n in found), None)
    if name is None:
        raise InputError(
            table.path,
            "has no column with the interval's start",
            column="interval_start",
            way_out=f"it has {', '.join(map(str, frame.columns))}; name it in a mapping file: [columns] interval_start",
        )
    times = instants(column(name), date_order=how.date_order)
    return times.at, times.aware, times.totals


def _queues(table: TextTable, found: dict[str, str], queue: str | None) -> tuple[np.ndarray, list[str]]:
    if QUEUE not in found:
        return np.zeros(len(table.frame), dtype=np.int32), [stated_queue(table) or queue or DEFAULT_QUEUE]
    column = table.frame[found[QUEUE]]
    names = [str(c).strip() or (queue or DEFAULT_QUEUE) for c in column.cat.categories]
    distinct = list(dict.fromkeys(names))
    return np.array([distinct.index(n) for n in names], dtype=np.int32)[column.cat.codes.to_numpy()], distinct


def _only(rows: Rows, queue: str | None) -> Rows:
    """Return the rows of `queue`, or all."""
    if queue is None or len(rows.queue_names) == 1:
        if queue is not None and rows.queue_names[0] not in {queue, DEFAULT_QUEUE}:
            raise InputError(rows.path, f"has no queue {queue!r}", way_out=f"it has {rows.queue_names[0]}")
        return rows
    if queue not in rows.queue_names:
        raise InputError(rows.path, f"has no queue {queue!r}", way_out=f"it has {', '.join(rows.queue_names[:10])}")
    return rows.keep(rows.queue_codes == rows.queue_names.index(queue))


def _rows_of_counts(path: Path, counted: pd.DataFrame, notes: list[str], queue: str | None, *, aware: bool) -> Rows:
    """Return calls counted from a log as rows."""
    names = list(dict.fromkeys(counted[QUEUE])) if QUEUE in counted else [queue or DEFAULT_QUEUE]
    codes = counted[QUEUE].map(names.index).to_numpy() if QUEUE in counted else np.zeros(len(counted), dtype=np.int32)
    values = {name: counted[name].to_numpy(dtype=float) for name in VALUES if name in counted}
    at = counted[AT].to_numpy().astype("datetime64[s]")
    return _only(Rows(path, counted[ROW].to_numpy(), at, aware, codes, names, values, notes), queue)


def _histories(rows: Rows, how: ColumnMapping, *, timezone: str, wanted: int | None) -> Intake:
    """Return the rows as histories."""
    if not len(rows.rows) or np.all(np.isnan(rows.values["calls_offered"])):
        raise InputError(rows.path, "holds no observed calls")
    local_step = _file_step(rows)
    if how.interval_label == "end":
        rows = replace(rows, times=rows.times - np.timedelta64(local_step, "m"))
    rows = rows if rows.aware else _placed(rows, timezone)
    order = np.lexsort((rows.times, rows.queue_codes))
    rows = _without_duplicates(rows.keep(order), how.duplicates, timezone)
    bounds = np.flatnonzero(np.diff(rows.queue_codes, prepend=-1, append=-1))
    histories: dict[str, History] = {}
    for start, stop in pairwise(bounds):
        name = rows.queue_names[rows.queue_codes[start]]
        part = rows.keep(np.arange(start, stop))
        histories[name] = _treated(_history(part, name, timezone, local_step, wanted), how, rows)
    return Intake(dict(sorted(histories.items())), tuple(rows.notes))


def _treated(history: History, how: ColumnMapping, rows: Rows) -> History:
    """Return the history with what is odd in it treated as the mapping says; the notes tell what was done."""
    if "gaps" in {how.zeros, how.spikes}:
        found = [f for f in inspect_history(history) if {"zeros": how.zeros, "spike": how.spikes}.get(f.kind) == "gaps"]
        history = treat(history, found, {"zeros": how.zeros, "spikes": how.spikes})
        rows.notes.extend(f"{history.queue} {f.start_at:%Y-%m-%d %H:%M}: {f.says}; made not observed" for f in found)
    if how.retry_share:
        history = _first_attempts(history, how, rows)
    return history


def _first_attempts(history: History, how: ColumnMapping, rows: Rows) -> History:
    """Return the history of first attempts, the share of repeats given or estimated from the history itself."""
    share, words = how.retry_share, ""
    if share == "estimate":
        estimate = retry_share(history)
        share = estimate.value
        words = f" (estimated, 95 %: {estimate.lower_95:.2f} to {estimate.upper_95:.2f})"
        if np.isnan(share):
            message = (
                "the share of callers who call again cannot be estimated: it needs 200 intervals with calls abandoned"
            )
            raise InputError(rows.path, message, way_out="give [treat] retry_share a number, or leave it out")
    try:
        treated = first_attempts(history, retry_share=float(share))
    except ValueError as error:
        raise InputError(rows.path, str(error), way_out="leave [treat] retry_share out") from None
    rows.notes.append(f"{history.queue}: calls offered are first attempts, less {share:.2f} × abandoned{words}")
    return treated


def _file_step(rows: Rows) -> int:
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
        raise InputError(rows.path, "the interval cannot be told from its rows", way_out="give at least two intervals")
    if step == MINUTES_PER_DAY:
        raise InputError(
            rows.path,
            "has one row a day",
            row=int(rows.rows[0]),
            way_out="export it by hour, half hour or quarter hour: seats are planned by interval",
        )
    return step


def _placed(rows: Rows, timezone: str) -> Rows:
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
            f"is an hour that the clocks of {timezone} skip, with {calls[first]:g} calls",
            row=int(rows.rows[first]),
            column="interval_start",
            value=str(rows.times[first]).replace("T", " "),
            way_out="give the zone whose clock the file was written by with --timezone",
        )
    notes = list(rows.notes)
    if clock.skipped.any():
        notes.append(f"{int(clock.skipped.sum())} empty row(s) in an hour that the clocks skip were left out")
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
    placed = replace(rows, times=at, notes=notes).keep(~clock.skipped)
    if not once:
        return placed
    notes.append(f"{len(once)} row(s) stand for both passes of an hour that the clocks repeat: split evenly")
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


def _without_duplicates(rows: Rows, treat: str, timezone: str) -> Rows:
    """Return sorted rows with one row per queue and interval, by the rule that the mapping states."""
    same = (np.diff(rows.queue_codes) == 0) & (np.diff(rows.times).astype(np.int64) == 0)
    if not same.any():
        return rows
    at = int(np.flatnonzero(same)[0])
    if treat == "refuse":
        start = pd.Timestamp(rows.times[at], tz="UTC").tz_convert(timezone).isoformat()
        first, second = sorted((int(rows.rows[at]), int(rows.rows[at + 1])))
        named = f" of queue {rows.queue_names[rows.queue_codes[at]]}" if len(rows.queue_names) > 1 else ""
        raise InputError(
            rows.path,
            f"the interval{named} was already in row {first}",
            row=second,
            column="interval_start",
            value=start,
            way_out='delete one, or say what to do in a mapping file: [treat] duplicates = "sum", "first" or "last"',
        )
    rows.notes.append(f"{int(same.sum())} duplicate row(s): {treat}")
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


def _history(rows: Rows, queue: str, timezone: str, step: int, wanted: int | None) -> History:
    """Return the sorted rows of one queue on the grid wanted."""
    frame = pd.DataFrame({AT: rows.times, ROW: rows.rows, **rows.values})
    minutes = step
    if wanted is not None and wanted < step:
        if step % wanted:
            raise InputError(rows.path, f"has {step}-minute intervals, which {wanted} minutes do not divide")
        frame, minutes = finer(frame, from_minutes=step, to_minutes=wanted), wanted
    seconds = frame[AT].to_numpy().astype("datetime64[s]").astype(np.int64)
    off = np.flatnonzero((seconds - seconds[0]) % (minutes * 60))
    if len(off):
        at = pd.Timestamp(int(seconds[off[0]]), unit="s", tz="UTC").tz_convert(timezone)
        raise InputError(
            rows.path,
            f"is not on the file's {minutes}-minute grid",
            row=int(frame[ROW].iloc[off[0]]),
            column="interval_start",
            value=at.isoformat(),
            way_out="correct it, or export the file by interval again",
        )
    grid = on_grid(frame, timezone=timezone, interval_minutes=minutes)
    if wanted is not None and wanted > minutes:
        if wanted % minutes:
            raise InputError(rows.path, f"has {minutes}-minute intervals, which do not divide {wanted} minutes")
        grid, minutes = coarser(grid, to_minutes=wanted), wanted
    return History(queue, timezone, minutes, grid)
