"""The history of one queue or many, from the files that planners have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd

from api.intake.absurd import alarms_of, refuse_beyond_bounds
from api.intake.call_rows import rows_of_calls
from api.intake.cell_rows import UNNAMED, rows_of_cells
from api.intake.columns import Look, knows, looks_of
from api.intake.errors import Ask, InputError, all_of, shown
from api.intake.files import Page, TextTable, pages_of
from api.intake.findings import TREATED, first_attempts, inspect_history, treat
from api.intake.grid import AT, ROW
from api.intake.headings import ColumnMapping, read_mapping
from api.intake.layout import COUNTS, Layout
from api.intake.layouts import layout_of
from api.intake.measures import require_calls
from api.intake.placement import file_step, history_of, placed, without_duplicates
from api.intake.queue_log import calls_of_queue_log, is_queue_log
from api.intake.reading import Reading, reading_of, unused_note
from api.intake.rows import Rows, together
from api.intake.sentences import say
from api.intake.stated import stated_of
from api.intake.text_files import rows_frame
from api.intake.tidying import unfolded
from api.intake.told import Told
from api.intake.values import MOST_FAULTS
from api.intake.vocabulary import plain
from forecaster.history.callers import retry_share
from forecaster.history.intervals import check_interval_minutes
from forecaster.history.observed import OPTIONAL_COLUMNS, History
from forecaster.messages import NOTHING, Words

VALUES = ("calls_offered", *OPTIONAL_COLUMNS)
QUEUE = "queue"
DEFAULT_QUEUE = "hotline"
ASKED = ("interval_start", "date", "time_of_day", *VALUES, QUEUE)  # what a column of an unknown heading may be


@dataclass(frozen=True, eq=False)
class Intake:
    """What a file held: a history per queue, and what had to be decided while reading, one sentence each.

    readings
        How each of its tables was read.
    alarms
        What is to be heard before anything is planned.
    """

    histories: Mapping[str, History]
    notes: tuple[Words, ...] = ()
    readings: tuple[Reading, ...] = ()
    alarms: tuple[Words, ...] = ()


@dataclass(frozen=True, eq=False)
class _Read:
    """The rows of a file, and how they were read."""

    rows: Rows
    readings: tuple[Reading, ...] = ()
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
    read = _read_rows(path, how, timezone, interval_minutes, queue)
    names = [name or unnamed for name in read.rows.queue_names]
    rows = _only(replace(read.rows, queue_names=names), queue)
    intake = _histories(rows, how, timezone=timezone, wanted=interval_minutes)
    alarms = (*read.alarms, *alarms_of(intake.histories))
    return replace(intake, readings=read.readings, alarms=alarms)


def _read_rows(path: Path, how: ColumnMapping, timezone: str, interval_minutes: int | None, queue: str | None) -> _Read:
    """Return the rows of whatever form the file has."""
    if is_queue_log(path):
        counted, notes = calls_of_queue_log(path, interval_minutes=interval_minutes or 60)
        return _Read(_rows_of_counts(path, counted, notes, queue, aware=True))
    mapped = {plain(heading) for heading in how.columns.values()}
    pages = pages_of(path, knows=lambda heading: knows(heading) or plain(heading) in mapped, form=how.form)
    chosen, left_out = _chosen(path, pages, how)
    parts, readings, alarms = [], [], []
    beside = tuple(text for table, _, layout in chosen[:MOST_TABLES] for text in _dates_of(table, layout))
    for table, looks, layout in chosen:
        told, stated = Told(), replace(stated_of(table), beside=beside)
        with shown(ASKED, table.frame):
            if layout.kind == "calls":
                rows = rows_of_calls(table, layout, how, stated, queue, interval_minutes or 60, told)
            else:
                require_calls(table, layout)
                rows = rows_of_cells(table, looks, layout, how, stated, queue, told)
            all_of(told.faults[:MOST_FAULTS])
        rows = replace(rows, notes=told.notes)
        if rows.ends:
            rows.notes.append(say("note.labelled_by_end"))
        parts.append(rows)
        readings.append(reading_of(table, layout, rows, told, timezone=timezone))
        alarms += told.alarms
    rows = parts[0] if len(parts) == 1 else together(path, parts, [table.sheet for table, _, _ in chosen])
    said = unused_note(readings)
    rows.notes.extend([] if said is None else [said])
    if left_out:
        rows.notes.append(say("note.sheets_unread", sheets=left_out))
    return _Read(rows, tuple(readings), tuple(alarms))


_Chosen = tuple[TextTable, list[Look], Layout]
MOST_TABLES, MOST_DATES = 60, 400  # of a file, whose dates tell the order of day and month in all of them


def _dates_of(table: TextTable, layout: Layout) -> list[str]:
    """Return the dates of a table as they are written: above it, in its headings, in its rows."""
    label = table.frame[layout.day].head(MOST_DATES) if layout.day is not None else ()
    return [
        text
        for text in (stated_of(table).day_text, *(cell.day for cell in layout.cells), *map(str, dict.fromkeys(label)))
        if text
    ]


def _chosen(path: Path, pages: Sequence[Page], how: ColumnMapping) -> tuple[list[_Chosen], list[str]]:
    """Return the tables that are read, all laid out like the best one, with their layouts, and the sheets left out."""
    found: list[_Chosen | None] = []
    errors: list[InputError] = []
    for page in pages:
        where = page.path if len(pages) == 1 else Path(f"{path}, sheet {page.sheet}")
        table = replace(_table(page, how), path=where)
        if table.frame.empty:
            errors.append(InputError(where, say("file.no_rows")))
            found.append(None)
            continue
        table = unfolded(table)
        looks = looks_of(table)
        try:
            with shown(ASKED, table.frame):
                found.append((table, looks, layout_of(table, looks, how, stated_of(table))))
        except InputError as error:
            errors.append(error)
            found.append(None)
    worth = [0.0 if one is None else _worth(*one) for one in found]
    best = max(range(len(found)), key=lambda n: (worth[n], -n))
    if found[best] is None:
        raise errors[0].renamed(lambda text: text.replace(str(pages[0].path), str(path)))
    signature = _signature(found[best])
    alike = [n for n, one in enumerate(found) if one is not None and worth[n] > 0 and _signature(one) == signature] or [
        best
    ]
    chosen = [one for n in alike if (one := found[n]) is not None]
    if len(chosen) == 1:
        table, looks, layout = chosen[0]
        chosen = [(replace(table, path=path), _renamed(looks, path), layout)]
    return chosen, [page.sheet for n, page in enumerate(pages) if n not in alike]


def _renamed(looks: list[Look], path: Path) -> list[Look]:
    return [replace(look, column=replace(look.column, path=path)) for look in looks]


def _table(page: Page, how: ColumnMapping) -> TextTable:
    """Return a page's table; of a large one only the columns that its first rows show to be of use."""
    if not page.large:
        return page.table()
    first = page.rows[page.heading.last + 1 :]
    names = page.heading.names
    frame = rows_frame(page.path, [[], *first], 0, names)
    sample = TextTable(
        page.path, frame, page.heading.last + 1, (), tuple(page.heading.levels), page.sheet, delimiter=page.delimiter
    )
    layout = layout_of(sample, looks_of(sample), how, stated_of(sample))
    wanted = [name for name in names if name in layout.used()]
    return page.table(wanted) if wanted else page.table()


def _worth(table: TextTable, looks: Sequence[Look], layout: Layout) -> float:
    """Return how much a table says of calls: nothing where calls or instants are missing, else by its rows."""
    del looks
    timed = layout.start or layout.clock or layout.wide
    counted = layout.kind == "calls" or any(cell.measure in COUNTS for cell in layout.cells)
    return float(len(table.frame)) * len(layout.cells or (1,)) if timed and counted else 0.0


def _signature(chosen: _Chosen | None) -> object:
    """Return what two sheets must have in common to be read together."""
    if chosen is None:
        return None
    table, _, layout = chosen
    del table
    measures = frozenset(cell.measure for cell in layout.cells)
    return layout.kind, layout.wide, measures, bool(layout.queues), frozenset(layout.roles)


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
    refuse_beyond_bounds(rows)
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
