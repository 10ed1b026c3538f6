"""A table of cells as rows of a history: one a queue and interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from api.intake.columns import Look
from api.intake.errors import Ask, InputError
from api.intake.files import TextTable
from api.intake.headings import ColumnMapping
from api.intake.layout import COUNTS, CellColumn, Layout, measure_of
from api.intake.measures import derived
from api.intake.number_style import NumberColumn, NumberStyle, style_of
from api.intake.row_times import RowTimes, column_of, heading_days, row_times
from api.intake.rows import Rows, without_sums
from api.intake.sentences import say
from api.intake.stated import Stated
from api.intake.tidying import of_calls_alone, tells, tidied
from api.intake.told import Told
from api.intake.values import MOST_FAULTS, Column, flags, numbers
from optimizer.law.clocks import DAY_SECONDS, clock_of

UNNAMED = ""  # a queue that the file does not name


def rows_of_cells(
    table: TextTable,
    looks: Sequence[Look],
    layout: Layout,
    how: ColumnMapping,
    stated: Stated,
    queue: str | None,
    told: Told,
) -> Rows:
    """Return the rows of a table of cells; what cannot be read is added to the faults of `told`."""
    table = of_calls_alone(tidied(table, layout, told), layout, told)
    table = _of_known_measures(table, layout, told)
    heads = {cell.name: cell.day for cell in layout.cells if cell.day}
    weekday = next((look.name for look in looks if look.weekdays > 0.8 and look.name not in layout.used()), None)
    times = row_times(
        table, layout, how, stated, weekdays=weekday, days_in_headings=list(heads.values()), faults=told.faults
    )  # fmt: skip
    told.order = times.order
    told.look_at_offsets(times.offsets)
    if times.halved:
        told.alarm(say("alarm.twelve_hours", heading=layout.clock))
    if times.counted is not None:
        told.note(say("note.counted", heading=layout.clock, minutes=times.counted.minutes, first=times.counted.first))
    if times.totals.any():
        told.leave_out(int(times.totals.sum()), say("note.totals", count=int(times.totals.sum())))
        table, times = replace(table, frame=table.frame.loc[~times.totals]), _without(times, times.totals)
    days: Mapping[str, np.datetime64] = {}
    if heads:
        days, told.order = heading_days(table, heads, how, how.year or stated.year, told.faults)
    cells = _numbers_of(table, layout, how, told)
    if table.heading_row == 0 and not layout.wide:
        told.note(say("note.nameless"))
    elif len(layout.cells) == 1 and measure_of((layout.cells[0].name,)) is None and not how.columns:
        told.note(say("note.only_numbers", heading=layout.cells[0].name))
    codes, names = _queues(table, layout, stated, queue)
    groups: dict[tuple[str, str, str], dict[str, str]] = {}
    for cell in layout.cells:
        groups.setdefault((cell.day, cell.clock, cell.queue), {}).setdefault(cell.measure, cell.name)
    parts = []
    for (_, clock, across), columns in groups.items():
        at = _times_of(times, days.get(next(iter(columns.values()))), clock)
        raw = {measure: cells[name] for measure, name in columns.items()}
        if layout.measure is not None:
            raw = _by_measure(table, layout.measure, next(iter(raw.values())))
        own = [f"{name} {across}".strip() for name in names]
        parts.append(_Part(at, codes, own, raw))
    if layout.wide:
        told.note(say("note.cell_per_interval"))
    rows, positions = _together(table, parts, times)
    label = next((look for look in looks if look.name == (layout.start or layout.clock)), None)
    rows = replace(rows, ends=times.ends or _headings_end(layout) or (label is not None and label.names_an_end))
    if layout.measure is not None:
        rows, positions = _one_a_place(rows, positions)
    headings = {cell.measure: cell.name for cell in layout.cells} if layout.measure is None else {}
    rows = replace(rows, values=derived(table, rows.values, headings, told))
    _not_observed(table, layout, rows, positions, told)
    _refuse_timeless(rows, told)
    return without_sums(rows.keep(~np.isnat(rows.times)), told)


def _of_known_measures(table: TextTable, layout: Layout, told: Told) -> TextTable:
    """Return the table without rows of measures that are none of a history's, as rates are."""
    if layout.measure is None:
        return table
    known = tells(table.frame[layout.measure], lambda text: bool(measure_of((text,))))
    if known.all() or not known.any():
        return table
    others = list(dict.fromkeys(table.frame.loc[~known, layout.measure].astype(str)))
    told.note(say("note.other_measures", heading=layout.measure, words=others[:8]))
    return replace(table, frame=table.frame.loc[known])


def _without(times: RowTimes, which: np.ndarray) -> RowTimes:
    seconds = None if times.seconds is None else times.seconds[~which]
    at, totals = times.at, times.totals
    return replace(times, at=at[~which], totals=totals[~which], seconds=seconds)


def _numbers_of(table: TextTable, layout: Layout, how: ColumnMapping, told: Told) -> dict[str, np.ndarray]:
    """Return the numbers of every column of cells, all written in the file's one style."""
    columns = {cell.name: (cell, column_of(table, cell.name)) for cell in layout.cells}
    listed = [NumberColumn(column.told(), counts=cell.measure in COUNTS) for cell, column in columns.values()]
    told.style = style = (
        NumberStyle(how.decimal, "told") if how.decimal else style_of(listed, delimiter=table.delimiter)
    )
    if style.clash or style.unsure:
        told.faults.append(_style_fault(columns, style))
        return {name: np.full(len(table.frame), np.nan) for name in columns}
    found = {}
    for name, (cell, column) in columns.items():
        clock = layout.measure is not None or cell.measure not in (*COUNTS, "seats_signed_in")
        found[name] = numbers(column, clock=clock, whole=cell.measure in COUNTS, style=style, faults=told.faults)
    return found


def _style_fault(columns: Mapping[str, tuple[CellColumn, Column]], style: NumberStyle) -> InputError:
    """Return the fault of numbers whose style cannot be told."""
    odd = style.clash or style.unsure
    column = next((column for _, column in columns.values() if odd in column.distinct), next(iter(columns.values()))[1])
    category = column.distinct.index(odd) if odd in column.distinct else 0
    if style.clash:
        return column.error(category, say("cell.number_style", other=style.why))
    return column.error(category, say("cell.thousand_or_decimal"), ask=Ask("decimal", (",", ".")))


def _queues(table: TextTable, layout: Layout, stated: Stated, queue: str | None) -> tuple[np.ndarray, list[str]]:
    """Return each row's queue as a number, and the names; "" where a heading tells it."""
    across = any(cell.queue for cell in layout.cells)
    fallback = "" if across else stated.queue or queue or UNNAMED
    codes, names = np.zeros(len(table.frame), dtype=np.int32), [""]
    for name in layout.queues:
        column = column_of(table, name)
        distinct = list(dict.fromkeys(text.strip() for text in column.distinct))
        own = np.array([distinct.index(text.strip()) for text in column.distinct], dtype=np.int32)[column.codes]
        codes = codes * len(distinct) + own
        names = [f"{before} {text}".strip() for before in names for text in distinct]
    return codes, [name or fallback for name in names]


@dataclass(frozen=True, eq=False)
class _Part:
    """The rows of one group of cells: of a day, a time and a queue that headings tell."""

    times: np.ndarray
    queues: np.ndarray
    names: list[str]
    values: dict[str, np.ndarray]


def _times_of(times: RowTimes, day: np.datetime64 | None, clock: str) -> np.ndarray:
    """Return when a group's rows were, of the rows' times and what headings tell."""
    at = times.at
    if day is not None:
        seconds = times.seconds if times.seconds is not None else np.zeros(len(at))
        offset = np.nan_to_num(seconds).astype("timedelta64[s]")
        at = np.where(np.isnan(seconds), np.datetime64("NaT"), day + offset)
    if clock and (told := clock_of(clock)) is not None:
        at = at.astype("datetime64[D]").astype("datetime64[s]") + np.timedelta64(int(told.start), "s")
    return at.astype("datetime64[s]")


def _by_measure(table: TextTable, name: str, cells: np.ndarray) -> dict[str, np.ndarray]:
    """Return the numbers by what their rows say they measure; rows of other measures are NaN."""
    column = column_of(table, name)
    meant = [measure_of((text,)) or "" for text in column.distinct]
    return {
        measure: np.where(np.array([one == measure for one in meant], dtype=bool)[column.codes], cells, np.nan)
        for measure in dict.fromkeys(one for one in meant if one)
    }


def _together(table: TextTable, parts: Sequence[_Part], times: RowTimes) -> tuple[Rows, np.ndarray]:
    """Return the rows of all groups as one, and where in the table each stands."""
    names = list(dict.fromkeys(name for part in parts for name in part.names))
    codes = [np.array([names.index(name) for name in part.names], dtype=np.int32)[part.queues] for part in parts]
    measures = list(dict.fromkeys(measure for part in parts for measure in part.values))
    values = {
        measure: np.concatenate([part.values.get(measure, np.full(len(part.times), np.nan)) for part in parts])
        for measure in measures
    }
    positions = np.tile(np.arange(len(table.frame)), len(parts))
    rows = Rows(
        table.path, table.frame.index.to_numpy()[positions], np.concatenate([part.times for part in parts]),
        times.aware, np.concatenate(codes), names, values,
    )  # fmt: skip
    if len(parts) == 1:
        return rows, positions
    seen = np.any([~np.isnan(v) for v in values.values()], axis=0)
    return rows.keep(seen), positions[seen]


def _one_a_place(rows: Rows, positions: np.ndarray) -> tuple[Rows, np.ndarray]:
    """Return one row a queue and instant, of the rows that each have one measure of it."""
    frame = pd.DataFrame({"queue": rows.queue_codes, "at": rows.times, **rows.values})
    first = frame.groupby(["queue", "at"], sort=False, dropna=False)
    values = first[list(rows.values)].first()
    keep = np.asarray([int(index[0]) for index in first.indices.values()], dtype=int)
    order = np.argsort(keep)
    kept = rows.keep(keep[order])
    places = pd.MultiIndex.from_arrays([kept.queue_codes, kept.times])
    return replace(kept, values={name: values[name].reindex(places).to_numpy() for name in rows.values}), positions[
        keep[order]
    ]


def _headings_end(layout: Layout) -> bool:
    """Return whether headings run to 24:00 and never stand at 00:00: they label intervals by their end."""
    starts = [clock.start for cell in layout.cells if cell.clock and (clock := clock_of(cell.clock)) is not None]
    return DAY_SECONDS in starts and 0.0 not in starts


def _not_observed(table: TextTable, layout: Layout, rows: Rows, positions: np.ndarray, told: Told) -> None:
    """Take what a column marks as made up for not observed."""
    name = layout.roles.get("imputed")
    if name is None:
        return
    which = flags(column_of(table, name))
    for column in rows.values.values():
        column[which[positions]] = np.nan
    if which.any():
        told.note(say("note.made_up", word=name, count=int(which.sum())))


def _refuse_timeless(rows: Rows, told: Told) -> None:
    """Add a fault for every row that holds a number and tells no instant."""
    if told.faults or not rows.values:
        return
    seen = np.any([~np.isnan(v) for v in rows.values.values()], axis=0)
    for at in np.flatnonzero(np.isnat(rows.times) & seen)[:MOST_FAULTS]:
        told.faults.append(InputError(rows.path, say("cell.no_start"), row=int(rows.rows[at])))
