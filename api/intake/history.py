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
from api.intake.errors import Ask, InputError, shown
from api.intake.files import TextTable, read_tables
from api.intake.findings import TREATED, first_attempts, inspect_history, treat
from api.intake.grid import AT, COUNTS, ROW
from api.intake.headings import ColumnMapping, Headings, plain, read_mapping
from api.intake.instants import instants, minutes_of_day
from api.intake.layouts import duration_unit, handle_times, stated_date, stated_queue, stated_year, voice_rows
from api.intake.placement import DURATIONS, file_step, history_of, placed, without_duplicates
from api.intake.queue_log import calls_of_queue_log, is_queue_log
from api.intake.rows import Rows, together
from api.intake.sentences import say
from api.intake.stray_rows import tidied
from api.intake.unused import unused
from api.intake.values import Column, flags, numbers
from api.intake.wide import clock_columns, date_columns, is_wide, names_an_interval, unfold
from forecaster.history.callers import retry_share
from forecaster.history.intervals import MINUTES_PER_DAY, check_interval_minutes
from forecaster.history.observed import OPTIONAL_COLUMNS, History
from forecaster.messages import NOTHING, Words

VALUES = ("calls_offered", *OPTIONAL_COLUMNS)
QUEUE = "queue"
DEFAULT_QUEUE, UNNAMED = "hotline", ""
ASKED = ("interval_start", "date", "time_of_day", *VALUES, QUEUE)  # what a column of an unknown heading may be


@dataclass(frozen=True, eq=False)
class Intake:
    """What a file held: a history per queue, and what had to be decided while reading, one sentence each."""

    histories: Mapping[str, History]
    notes: tuple[Words, ...] = ()


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
    return only_history(path, intake)


def only_history(path: str | Path, intake: Intake) -> History:
    """Return the one history that a file held.

    Raises
    ------
    InputError
        If there are several.
    """
    names = tuple(intake.histories)
    if len(names) > 1:
        raise InputError(path, say("history.queues", count=len(names), names=names[:10]), ask=Ask("queue", names))
    return intake.histories[names[0]]


def read_histories(
    path: str | Path,
    *,
    timezone: str = "Asia/Shanghai",
    interval_minutes: int | None = None,
    mapping: Mapping[str, Any] | str | Path | None = None,
    queue: str | None = None,
    unnamed: str = DEFAULT_QUEUE,
) -> Intake:
    """Return every queue's history in a file (or only `queue`'s), with notes on what had to be decided.

    unnamed
        How a queue is called that the file does not name.

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
        raise InputError(path, say("zone.unknown", timezone=timezone)) from None
    if interval_minutes is not None:
        check_interval_minutes(interval_minutes)
    rows = _read_rows(path, how, interval_minutes, queue)
    rows = _only(replace(rows, queue_names=[name or unnamed for name in rows.queue_names]), queue)
    return _histories(rows, how, timezone=timezone, wanted=interval_minutes)


def _read_rows(path: Path, how: ColumnMapping, interval_minutes: int | None, queue: str | None) -> Rows:
    """Return the rows of whatever form the file has."""
    if is_queue_log(path):
        counted, notes = calls_of_queue_log(path, interval_minutes=interval_minutes or 60)
        return _rows_of_counts(path, counted, notes, queue, aware=True)
    headings = Headings("history", how.columns)
    by_call = Headings("call_log")

    def named(heading: str) -> bool:
        return headings.knows(heading) or by_call.knows(heading)

    tables = read_tables(
        path,
        knows=lambda heading: named(heading) or names_an_interval(heading),
        form=how.form,
        alike=lambda names: frozenset(plain(name) for name in names if named(name)),
    )
    parts = [_rows_of_one(table, headings, how, interval_minutes, queue) for table in tables]
    rows = parts[0] if len(parts) == 1 else together(path, parts, [table.sheet for table in tables])
    if tables[0].left_out:
        rows.notes.append(say("note.sheets_unread", sheets=tables[0].left_out))
    return rows


def _rows_of_one(
    table: TextTable, headings: Headings, how: ColumnMapping, interval_minutes: int | None, queue: str | None
) -> Rows:
    """Return the rows of one table, long, wide or a call a row."""
    if is_call_log(table):
        counted, aware, notes = calls_of(table, interval_minutes=interval_minutes or 60)
        found = Headings("call_log").match(table.path, [str(c) for c in table.frame.columns])
        return _rows_of_counts(table.path, counted, [*notes, *_unused(table, found)], queue, aware=aware)
    with shown(ASKED, table.frame):
        found = headings.match(table.path, [str(c) for c in table.frame.columns])
        year = how.year or stated_year(table)
        table, notes = tidied(table, found, year=year)
        how = replace(how, year=year)
        wide = is_wide(table, found)
        notes += _unused(table, found, *([*clock_columns(table), *date_columns(table)] if wide else []))
        if wide:
            return _rows_of_wide(table, found, how, queue, notes)
        return _rows_of_table(table, found, how, queue, notes)


def _unused(table: TextTable, found: dict[str, str], *cells: str) -> list[Words]:
    said = unused(table, (*found.values(), *cells))
    return [] if said is None else [said]


def _rows_of_wide(
    table: TextTable, found: dict[str, str], how: ColumnMapping, queue: str | None, notes: list[Words]
) -> Rows:
    """Return the rows of a table with a cell per interval."""
    at, positions, calls = unfold(table, found, date_order=how.date_order, year=how.year)
    codes, names = _queues(table, found, queue)
    told = say("note.cell_per_interval")
    rows = Rows(
        table.path,
        table.frame.index.to_numpy()[positions],
        at,
        False,
        codes[positions],
        names,
        {"calls_offered": calls},
        [*notes, told],
    )
    return rows.keep(~np.isnat(at))


def _rows_of_table(
    table: TextTable, found: dict[str, str], how: ColumnMapping, queue: str | None, notes: list[Words]
) -> Rows:
    """Return the rows of a long table: one row per queue and interval."""
    voice = voice_rows(table, found)
    if not voice.all():
        notes.append(say("note.other_media", count=int((~voice).sum())))
        table = replace(table, frame=table.frame.loc[voice])
    at, aware, totals, ends = _times(table, found, how)
    if ends:
        notes.append(say("note.labelled_by_end"))
    if totals.any():
        notes.append(say("note.totals", count=int(totals.sum())))
        table, at = replace(table, frame=table.frame.loc[~totals]), at[~totals]
    values = _values(table, found, notes)
    codes, names = _queues(table, found, queue)
    rows = Rows(table.path, table.frame.index.to_numpy(), at, aware, codes, names, values, notes, ends)
    empty = np.isnat(at)
    observed = np.any([~np.isnan(v) for v in values.values()], axis=0)
    if (empty & observed).any():
        row = int(rows.rows[np.flatnonzero(empty & observed)[0]])
        raise InputError(table.path, say("cell.no_start"), row=row)
    return rows.keep(~empty)


def _values(table: TextTable, found: dict[str, str], notes: list[Words]) -> dict[str, np.ndarray]:
    """Return the columns of numbers; what is marked as made up is not observed."""
    if "calls_offered" not in found and not {"calls_answered", "calls_abandoned"} <= found.keys():
        raise InputError(
            table.path,
            say("column.no_calls", found=list(table.frame.columns)),
            column="calls_offered",
            ask=Ask("columns", known=tuple(found.items())),
        )
    values = {}
    for name in VALUES:
        if name in found:
            column = Column(table.path, found[name], table.frame[found[name]])
            duration = name in DURATIONS
            unit = duration_unit(table, found[name]) if duration else 1.0
            values[name] = numbers(column, unit=unit, clock=duration, whole=name in COUNTS)
    if "calls_offered" not in values:
        values = {"calls_offered": values["calls_answered"] + values["calls_abandoned"], **values}
        notes.append(say("note.offered_from_parts"))
    if "aht_seconds" not in values:
        handled = handle_times(table, found, values.get("calls_answered"))
        values |= {} if handled is None else {"aht_seconds": handled}
    if "imputed" in found:
        made_up = flags(Column(table.path, found["imputed"], table.frame[found["imputed"]]))
        for column_values in values.values():
            column_values[made_up] = np.nan
        if made_up.any():
            notes.append(say("note.made_up", count=int(made_up.sum()), word=found["imputed"]))
    return values


def _shown(table: TextTable) -> str:
    return ", ".join(map(str, table.frame.columns))


def _times(table: TextTable, found: dict[str, str], how: ColumnMapping) -> tuple[np.ndarray, bool, np.ndarray, bool]:
    """Return the rows' instants, whether they are aware, which rows are totals, and whether labels are ends."""
    frame = table.frame

    def column(name: str) -> Column:
        return Column(table.path, found[name], frame[found[name]])

    if "date" in found and ("time_of_day" in found or "interval_start" in found):
        part = column("time_of_day" if "time_of_day" in found else "interval_start")
        days = instants(column("date"), date_order=how.date_order, year=how.year)
        whole_days = days.at.astype("datetime64[D]") == days.at
        if "time_of_day" in found or bool(whole_days[~np.isnat(days.at)].all()):
            minutes, more_totals = minutes_of_day(part)
            empty = np.flatnonzero(np.isnan(minutes) & ~np.isnat(days.at) & ~more_totals & ~days.totals)
            if len(empty):
                raise part.error_at(int(empty[0]), say("cell.no_time_of_day"))
            seconds = np.where(np.isnan(minutes), 0, minutes * 60).astype("timedelta64[s]")
            return days.at + seconds, days.aware, days.totals | more_totals, _by_their_end(part, minutes)
    day = (
        stated_date(table, date_order=how.date_order)
        if "time_of_day" in found and "interval_start" not in found
        else None
    )
    if day is not None:
        part = column("time_of_day")
        minutes, totals = minutes_of_day(part)
        seconds = np.where(np.isnan(minutes), 0, minutes * 60).astype("timedelta64[s]")
        at = np.where(np.isnan(minutes), np.datetime64("NaT"), day[0] + seconds)
        return at, False, totals, _by_their_end(part, minutes)
    name = next((n for n in ("interval_start", "date", "time_of_day") if n in found), None)
    if name is None:
        raise InputError(
            table.path,
            say("column.no_start", found=list(frame.columns)),
            column="interval_start",
            ask=Ask("columns", known=tuple(found.items())),
        )
    times = instants(column(name), date_order=how.date_order, year=how.year)
    return times.at, times.aware, times.totals, times.ends


def _by_their_end(part: Column, minutes: np.ndarray) -> bool:
    """Return whether times of day run to 24:00 and never stand at 00:00: then they are the intervals' ends.

    Raises
    ------
    InputError
        If both stand in the column.
    """
    late = np.flatnonzero(minutes == MINUTES_PER_DAY)
    if len(late) and (minutes == 0).any():
        raise part.error_at(int(late[0]), say("cell.beside_midnight"))
    return bool(len(late))


def _queues(table: TextTable, found: dict[str, str], queue: str | None) -> tuple[np.ndarray, list[str]]:
    if QUEUE not in found:
        return np.zeros(len(table.frame), dtype=np.int32), [stated_queue(table) or queue or UNNAMED]
    column = table.frame[found[QUEUE]]
    names = [str(c).strip() or (queue or UNNAMED) for c in column.cat.categories]
    distinct = list(dict.fromkeys(names))
    return np.array([distinct.index(n) for n in names], dtype=np.int32)[column.cat.codes.to_numpy()], distinct


def _only(rows: Rows, queue: str | None) -> Rows:
    """Return the rows of `queue`, or all."""
    if queue is None or len(rows.queue_names) == 1:
        if queue is not None and rows.queue_names[0] != queue:
            raise InputError(rows.path, say("queue.none", queue=queue, found=rows.queue_names[:1]))
        return rows
    if queue not in rows.queue_names:
        raise InputError(rows.path, say("queue.none", queue=queue, found=rows.queue_names[:10]))
    return rows.keep(rows.queue_codes == rows.queue_names.index(queue))


def _rows_of_counts(path: Path, counted: pd.DataFrame, notes: list[Words], queue: str | None, *, aware: bool) -> Rows:
    """Return calls counted from a log as rows."""
    names = list(dict.fromkeys(counted[QUEUE])) if QUEUE in counted else [queue or UNNAMED]
    codes = counted[QUEUE].map(names.index).to_numpy() if QUEUE in counted else np.zeros(len(counted), dtype=np.int32)
    values = {name: counted[name].to_numpy(dtype=float) for name in VALUES if name in counted}
    at = counted[AT].to_numpy().astype("datetime64[s]")
    return Rows(path, counted[ROW].to_numpy(), at, aware, codes, names, values, notes)


def _histories(rows: Rows, how: ColumnMapping, *, timezone: str, wanted: int | None) -> Intake:
    """Return the rows as histories."""
    if not len(rows.rows) or np.all(np.isnan(rows.values["calls_offered"])):
        raise InputError(rows.path, say("history.no_calls"))
    local_step = file_step(rows)
    if how.interval_label == "end" or rows.ends:
        rows = replace(rows, times=rows.times - np.timedelta64(local_step, "m"))
    rows = rows if rows.aware else placed(rows, timezone)
    order = np.lexsort((rows.times, rows.queue_codes))
    rows = without_duplicates(rows.keep(order), how.duplicates, timezone)
    bounds = np.flatnonzero(np.diff(rows.queue_codes, prepend=-1, append=-1))
    histories: dict[str, History] = {}
    for start, stop in pairwise(bounds):
        name = rows.queue_names[rows.queue_codes[start]]
        part = rows.keep(np.arange(start, stop))
        histories[name] = _treated(history_of(part, name, timezone, local_step, wanted), how, rows)
    return Intake(dict(sorted(histories.items())), tuple(rows.notes))


def _treated(history: History, how: ColumnMapping, rows: Rows) -> History:
    """Return the history with what is odd in it treated as the mapping says; the notes tell what was done."""
    if "gaps" in {how.zeros, how.spikes}:
        told = {"zeros": how.zeros, "spikes": how.spikes}
        kinds = {kind: key for key, kinds in TREATED.items() if told[key] == "gaps" for kind in kinds}
        found = [f for f in inspect_history(history) if f.kind in kinds]
        history = treat(history, found, told)
        for one in found:
            where = f"{history.queue} {one.start_at:%Y-%m-%d %H:%M}"
            rows.notes.append(say("note.treated", where=where, found=Words(one.says_zh, one.says)))
    if how.retry_share:
        history = _first_attempts(history, how, rows)
    return history


def _first_attempts(history: History, how: ColumnMapping, rows: Rows) -> History:
    """Return the history of first attempts, the share of repeats given or estimated from the history itself."""
    share, estimated = how.retry_share, NOTHING
    if share == "estimate":
        estimate = retry_share(history)
        share = estimate.value
        estimated = say("note.estimated", lower=estimate.lower_95, upper=estimate.upper_95)
        if np.isnan(share):
            raise InputError(rows.path, say("retry.unknown"))
    try:
        treated = first_attempts(history, retry_share=float(share))
    except ValueError as error:
        raise InputError(rows.path, say("retry.leave_out", cause=error)) from None
    rows.notes.append(say("note.first_attempts", queue=history.queue, share=share, estimated=estimated))
    return treated
