"""The history of one queue or many, from the files that planners have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd

from api.intake.bundles import files_of
from api.intake.call_rows import rows_of_calls
from api.intake.cell_rows import rows_of_cells
from api.intake.choosing_tables import COLUMNS_ASKED, bundled_pages, chosen_tables, dates_written
from api.intake.errors import Ask, InputError, all_of, shown
from api.intake.files import Page
from api.intake.findings import first_attempts
from api.intake.grid import AT, ROW, entered_at
from api.intake.headings import ColumnMapping, read_mapping
from api.intake.measures import require_calls
from api.intake.placement import file_step, history_of, placed, without_duplicates
from api.intake.plausibility import alarms_of, refuse_beyond_bounds
from api.intake.queue_log import calls_of_queue_log, is_queue_log
from api.intake.rows import Arrivals, Rows, rows_together
from api.intake.sentences import say
from api.intake.stated import stated_of
from api.intake.table_reading import MOST_TOLD, TableReading, reading_of, unused_note
from api.intake.told import Told
from api.intake.values import MOST_FAULTS
from forecaster.history.callers import retry_share
from forecaster.history.cleaning import LONGEST_LIST, clean, find_oddities
from forecaster.history.intervals import check_interval_minutes
from forecaster.history.observed import OPTIONAL_COLUMNS, History
from forecaster.messages import NOTHING, Words

MOST_TABLES = 60  # of a file, whose dates tell the order of day and month in all of them
VALUES = ("calls_offered", *OPTIONAL_COLUMNS)
QUEUE = "queue"
DEFAULT_QUEUE = "hotline"
ALL = "all"  # the queues of a file together
TREATED = {"zeros": ("false_zero", "outage"), "spikes": ("spike",)}  # what the words of a mapping file stand for


@dataclass(frozen=True, eq=False)
class Intake:
    """What a file held: a history per queue, and what had to be decided while reading, one sentence each.

    readings
        How each of its tables was read.
    alarms
        What is to be heard before anything is planned.
    arrivals
        When each call of a queue entered it, in order (aware), of a log and if it was asked for.
    """

    histories: Mapping[str, History]
    notes: tuple[Words, ...] = ()
    readings: tuple[TableReading, ...] = ()
    alarms: tuple[Words, ...] = ()
    arrivals: Mapping[str, pd.DatetimeIndex] = field(default_factory=dict)


@dataclass(frozen=True)
class _Asked:
    """What is asked of a file: its zone, how finely calls of a log are counted, one queue, and when calls came."""

    timezone: str
    log_minutes: int
    queue: str | None
    arrivals: bool


@dataclass(frozen=True, eq=False)
class _Read:
    """The rows of a file, and how they were read."""

    rows: Rows
    readings: tuple[TableReading, ...] = ()
    alarms: tuple[Words, ...] = ()


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
        Which queue, where the file holds several, `all` for them together; the name of the history where it holds one
        without a name.
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
    arrivals: bool = False,
) -> Intake:
    """Return every queue's history in a file (or only `queue`'s), with notes on what had to be decided.

    unnamed
        How a queue is called that the file does not name.
    arrivals
        Whether it is also asked when each call of a log came.

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
    asked = _Asked(timezone, interval_minutes or 60, None if queue == ALL else queue, arrivals)
    read = _read_rows(path, how, asked)
    names = [name or unnamed for name in read.rows.queue_names]
    rows = replace(read.rows, queue_names=names)
    if queue == ALL and ALL not in names:
        rows, how = _pooled(rows, unnamed), replace(how, duplicates="sum")
    else:
        rows = _only(rows, queue)
    try:
        intake = _histories(rows, how, timezone=timezone, wanted=interval_minutes)
    except InputError as error:
        error.readings = read.readings
        raise
    alarms = (*read.alarms, *alarms_of(intake.histories))
    return replace(intake, readings=read.readings, alarms=alarms)


def _read_rows(path: Path, how: ColumnMapping, asked: _Asked) -> _Read:
    """Return the rows of whatever form the file has."""
    if is_queue_log(path):
        return _Read(_rows_of_queue_log(path, asked))
    with files_of(path) as files:
        return _read_pages(path, bundled_pages(files, how), how, asked)


def _read_pages(path: Path, pages: list[Page], how: ColumnMapping, asked: _Asked) -> _Read:
    """Return the rows of all tables that are laid out like the best one."""
    chosen, left_out = chosen_tables(path, pages, how)
    parts, readings, alarms = [], [], []
    faults: list[InputError] = []
    beside = tuple(text for table, _, layout in chosen[:MOST_TABLES] for text in dates_written(table, layout))
    queues: dict[tuple[Path, str], str] = {}
    for table, looks, layout in chosen:
        told, stated = Told(), replace(stated_of(table), beside=beside)
        at = table.path, table.sheet
        queues[at] = stated.queue or queues.get(at, "")  # told once, at the head of a report a day below the other
        stated = replace(stated, queue=queues[at])
        first = replace(table, frame=table.frame.head(MOST_TOLD).copy())
        with shown(COLUMNS_ASKED, first.frame):
            if layout.kind == "calls":
                rows = rows_of_calls(
                    table, layout, how, stated, asked.queue, asked.log_minutes, told, arrivals=asked.arrivals
                )
            else:
                require_calls(table, layout)
                rows = rows_of_cells(table, looks, layout, how, stated, asked.queue, told)
        faults += told.faults
        if len(faults) >= MOST_FAULTS:
            break
        if told.faults:
            continue
        rows = replace(rows, notes=told.notes)
        if rows.ends:
            rows.notes.append(say("note.labelled_by_end"))
        parts.append(rows)
        readings.append(reading_of(first, layout, rows, told, timezone=asked.timezone))
        alarms += told.alarms
    all_of(faults[:MOST_FAULTS])
    rows = parts[0] if len(parts) == 1 else rows_together(path, parts, [table.sheet for table, _, _ in chosen])
    said = unused_note(readings)
    rows.notes.extend([] if said is None else [said])
    if left_out:
        rows.notes.append(say("note.sheets_unread", sheets=left_out))
    return _Read(rows, tuple(readings), tuple(alarms))


def _pooled(rows: Rows, name: str) -> Rows:
    """Return the rows of all queues as one queue's."""
    if len(rows.queue_names) > 1:
        rows.notes.append(say("note.pooled", queues=rows.queue_names))
    came = rows.arrivals and replace(rows.arrivals, queue_codes=np.zeros_like(rows.arrivals.queue_codes))
    return replace(rows, queue_codes=np.zeros_like(rows.queue_codes), queue_names=[name], arrivals=came)


def _only(rows: Rows, queue: str | None) -> Rows:
    """Return the rows of `queue`, or all."""
    if queue is None or len(rows.queue_names) == 1:
        if queue is not None and rows.queue_names[0] != queue:
            raise InputError(rows.path, say("queue.none", queue=queue, found=rows.queue_names[:1]))
        return rows
    if queue not in rows.queue_names:
        raise InputError(rows.path, say("queue.none", queue=queue, found=rows.queue_names[:10]))
    return rows.keep(rows.queue_codes == rows.queue_names.index(queue))


def _rows_of_queue_log(path: Path, asked: _Asked) -> Rows:
    """Return the calls counted from a queue_log as rows."""
    counted, calls, notes = calls_of_queue_log(path, interval_minutes=asked.log_minutes)
    names = list(dict.fromkeys(counted[QUEUE]))
    codes = counted[QUEUE].map(names.index).to_numpy()
    values = {name: counted[name].to_numpy(dtype=float) for name in VALUES if name in counted}
    at = counted[AT].to_numpy().astype("datetime64[s]")
    came = None
    if asked.arrivals:
        entered = calls["entered"].to_numpy().astype("datetime64[s]")
        came = Arrivals(entered, np.zeros(len(calls)), calls[QUEUE].map(names.index).to_numpy())
    return Rows(path, counted[ROW].to_numpy(), at, True, codes, names, values, notes, arrivals=came)


def _histories(rows: Rows, how: ColumnMapping, *, timezone: str, wanted: int | None) -> Intake:
    """Return the rows as histories."""
    if not len(rows.rows) or np.all(np.isnan(rows.values["calls_offered"])):
        raise InputError(rows.path, say("history.no_calls"))
    refuse_beyond_bounds(rows)
    local_step = file_step(rows)
    if how.interval_label == "end" or rows.ends:
        rows = replace(rows, times=rows.times - np.timedelta64(local_step, "m"))
    came = _arrivals_by_queue(rows, timezone)
    rows = rows if rows.aware else placed(rows, timezone)
    order = np.lexsort((rows.times, rows.queue_codes))
    rows = without_duplicates(rows.keep(order), how.duplicates, timezone)
    bounds = np.flatnonzero(np.diff(rows.queue_codes, prepend=-1, append=-1))
    histories: dict[str, History] = {}
    for start, stop in pairwise(bounds):
        name = rows.queue_names[rows.queue_codes[start]]
        part = rows.keep(np.arange(start, stop))
        histories[name] = _treated(history_of(part, name, timezone, local_step, wanted), how, rows)
    return Intake(dict(sorted(histories.items())), tuple(rows.notes), arrivals=came)


def _arrivals_by_queue(rows: Rows, timezone: str) -> dict[str, pd.DatetimeIndex]:
    """Return when each call entered its queue, in order, by queue; none of a file that does not tell."""
    if rows.arrivals is None:
        return {}
    entered = entered_at(rows.arrivals.times, rows.arrivals.menu_seconds, aware=rows.aware, timezone=timezone)
    codes = rows.arrivals.queue_codes
    return {name: entered[codes == n].dropna().sort_values() for n, name in enumerate(rows.queue_names)}


def _treated(history: History, how: ColumnMapping, rows: Rows) -> History:
    """Return the history with what is odd in it treated as the mapping says; the notes tell what was done."""
    kinds = [kind for key, kinds in TREATED.items() if getattr(how, key) == "gaps" for kind in kinds]
    if kinds:
        oddities = find_oddities(history, most=None)
        oddities = oddities[oddities["kind"].isin(kinds)]
        history = clean(history, oddities, kinds=kinds)
        told = oddities[["start_at", "reason_zh", "reason"]]
        for start_at, zh, en in told[:LONGEST_LIST].itertuples(index=False, name=None):
            where = f"{history.queue} {start_at:%Y-%m-%d %H:%M}"
            rows.notes.append(say("note.treated", where=where, found=Words(zh, en)))
        if (more := len(told) - LONGEST_LIST) > 0:
            rows.notes.append(say("note.treated_more", queue=history.queue, count=more))
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
