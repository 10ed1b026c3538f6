"""A table with a row a call, counted into intervals."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from api.intake.cell_rows import UNNAMED
from api.intake.errors import Ask, InputError
from api.intake.files import TextTable
from api.intake.headings import ColumnMapping
from api.intake.layout import Layout
from api.intake.measures import HANDLING_PARTS, MILLISECOND, in_seconds
from api.intake.number_style import NumberColumn, style_of
from api.intake.row_times import column_of, row_times
from api.intake.rows import Arrivals, Rows
from api.intake.sentences import say
from api.intake.stated import Stated
from api.intake.tidying import (
    filled_down,
    of_calls_alone,
    tells,
    told_at_once,
    without_headings_again,
    without_unlabelled_sums,
)
from api.intake.told import Told
from api.intake.values import MOST_FAULTS, NOT_OBSERVED, Column, hashed, numbers
from api.intake.vocabulary import answer_of, direction_of, folded, outcome_of, plain, sums_up, unit_seconds
from forecaster.history.intervals import MINUTES_PER_DAY

ANSWERED, ABANDONED, NO_CALL, UNKNOWN = 1, 0, 2, 3
CODES = {"answered": ANSWERED, "abandoned": ABANDONED, "no_call": NO_CALL}
KNOWN_ENOUGH = 0.5  # of the rows, that have a known outcome: the others are faults, not another column
MOST_SECONDS = 1000.0  # of a median wait, beside handle times that are milliseconds
MOST_LEGS = 6.0  # rows a call, past which a number is no call's
SAYS_ABANDONED = re.compile(
    r"abandon|abbandon|miss|lost|unanswer|verloren|perdida|放弃|未接|呼损|流失|пропущ|потерян|放棄"
)


def rows_of_calls(
    table: TextTable,
    layout: Layout,
    how: ColumnMapping,
    stated: Stated,
    queue: str | None,
    interval_minutes: int,
    told: Told,
    *,
    arrivals: bool = False,
) -> Rows:
    """Return calls counted by queue and interval, at their arrival; what cannot be read is added to `told`'s faults.

    With `arrivals` the rows also tell when each call came.

    Days without any call stay without rows, so that they count as not observed; on a day with calls an interval without
    one is an observed zero.
    """
    require_arrival(table, layout)
    table = _without_totals(table, layout, told)
    table = of_calls_alone(table, layout, told)
    told.note(say("note.counted_by_arrival"))
    times = row_times(table, layout, how, stated, weekdays=None, days_in_headings=(), faults=told.faults)
    told.order = times.order
    told.look_at_offsets(times.offsets)
    frame = pd.DataFrame({"at": times.at, "row": table.frame.index.to_numpy()})
    _refuse_no_arrival(table, layout, times.at, told)
    if layout.start is not None:
        table.forget(layout.start)
    ended = _outcomes(table, layout, how, told)
    frame["ended"] = np.full(len(frame), UNKNOWN, dtype=np.int8) if ended is None else ended
    for name, seconds in _durations(table, layout, told).items():
        frame[name] = seconds
    codes, names = _queues(table, layout, queue)
    frame["queue"] = codes
    if arrivals:
        frame["menu"] = _menu(table, layout.roles)
    frame = _one_a_call(table, layout, frame, told)
    none = (frame["ended"] == NO_CALL).to_numpy()
    told.leave_out(int(none.sum()), say("note.no_calls", count=int(none.sum())))
    kept = ~none & ~frame["at"].isna().to_numpy()
    frame = frame if kept.all() else frame.loc[kept]
    if not len(frame) or told.faults:
        empty = np.zeros(0)
        return Rows(table.path, empty.astype(int), empty.astype("datetime64[s]"), times.aware, empty.astype(int),
                    [UNNAMED], {"calls_offered": empty})  # fmt: skip
    counted = _counted(table, frame, names, interval_minutes, aware=times.aware, outcomes=ended is not None)
    if not arrivals:
        return counted
    each = (frame[name].to_numpy() for name in ("at", "menu", "queue"))
    return replace(counted, arrivals=Arrivals(*each))


def require_arrival(table: TextTable, layout: Layout) -> None:
    """Refuse a table of calls that tells no arrival, or days alone.

    Raises
    ------
    InputError
        Naming what is missing.
    """
    if not (layout.start or layout.day or layout.clock):
        wrong = say("column.no_arrival", found=list(table.frame.columns))
        raise InputError(table.path, wrong, column="arrival_at", ask=Ask("columns"))
    if layout.start is None and layout.clock is None:
        raise InputError(table.path, say("calls.days_alone"), column=layout.day)


def _without_totals(table: TextTable, layout: Layout, told: Told) -> TextTable:
    """Return the table without the heading again, rows of totals, and lines that hold nothing but a note."""
    label = layout.start or layout.day or layout.clock
    assert label is not None
    table = without_headings_again(table, label, told)
    totals = tells(table.frame[label], sums_up)
    told.leave_out(int(totals.sum()), say("note.totals", count=int(totals.sum())))
    table = replace(table, frame=table.frame.loc[~totals]) if totals.any() else table
    if layout.day is not None and layout.clock is not None:
        table = filled_down(table, layout.day, [layout.clock], told)
    table = without_unlabelled_sums(table, label, told)
    tail = table.frame.iloc[-20:].astype(str)
    below = 0
    for row in tail[::-1].itertuples(index=False, name=None):
        cells = [cell for cell in row if cell.strip()]
        at = dict(zip(tail.columns, row, strict=True))[label].strip()
        if len(cells) > 2 or any(c.isdigit() for c in at):
            break
        below += 1
    told.leave_out(below, say("note.below", count=below))
    return replace(table, frame=table.frame.iloc[: len(table.frame) - below]) if below else table


def _refuse_no_arrival(table: TextTable, layout: Layout, at: np.ndarray, told: Told) -> None:
    missing = np.flatnonzero(np.isnat(at))[:MOST_FAULTS]
    if told.faults or not len(missing):
        return
    label = str(layout.start or layout.clock or layout.day)
    column = Column(table.path, label, table.frame[label])
    told.faults += [column.error_at(int(row), say("calls.no_arrival")) for row in missing]


def _outcomes(table: TextTable, layout: Layout, how: ColumnMapping, told: Told) -> np.ndarray | None:
    """Return how each call ended; None where no column tells it."""
    name = layout.roles.get("outcome")
    if name is None and (when := layout.roles.get("answered_at")) is not None:
        told.note(say("note.answered_where", heading=when))
        return np.where(_told_times(table.frame[when]), ANSWERED, ABANDONED).astype(np.int8)
    if name is None:
        told.note(say("note.no_outcomes"))
        return None
    column = column_of(table, name)
    own = {plain(word): CODES[kind] for kind, words in how.outcomes.items() for word in words}
    answers = [answer_of(text) for text in column.told()]
    if answers and None not in answers and not own:
        yes = np.array([answer_of(text) is True for text in column.distinct], dtype=bool)[column.codes]
        says_abandoned = SAYS_ABANDONED.search(folded(name)) is not None
        return np.where(yes ^ says_abandoned, ANSWERED, ABANDONED).astype(np.int8)
    meant = np.full(len(column.distinct), UNKNOWN, dtype=np.int8)
    for i, text in enumerate(column.distinct):
        kind = outcome_of(text) or ("answered" if direction_of(text) == "inbound" else None)
        meant[i] = own.get(plain(text), CODES[kind] if kind is not None else UNKNOWN)
        if text.casefold() in NOT_OBSERVED:
            meant[i] = NO_CALL if not text else ABANDONED
    ended: np.ndarray = meant[column.codes]
    unknown = ended == UNKNOWN
    if not unknown.any():
        return ended
    if unknown.mean() > KNOWN_ENOUGH and not own:
        told.note(say("note.unknown_outcomes", heading=name, words=column.told()[:8]))
        return None
    for odd in np.flatnonzero((meant == UNKNOWN) & column.used()):
        told.faults += column.errors(int(odd), say("calls.outcome"))
    return ended


def _told_times(texts: pd.Series) -> np.ndarray:
    """Return which cells tell a time, and not that there was none (blank, 0:00:00)."""

    def tell(some: pd.Series) -> pd.Series:
        words = some.astype(str).str.strip().str.casefold()
        return words.str.contains("[1-9]") & ~words.isin(NOT_OBSERVED)

    return told_at_once(texts, tell)


def _durations(table: TextTable, layout: Layout, told: Told) -> dict[str, np.ndarray]:
    """Return each call's wait and handle time in seconds, of those the table tells."""
    names = {
        name: layout.roles[name]
        for name in ("wait_seconds", "service_seconds", *HANDLING_PARTS, "duration_seconds")
        if name in layout.roles
    }
    columns = {name: column_of(table, heading) for name, heading in names.items()}
    style = style_of(
        [NumberColumn(column.told(), counts=False) for column in columns.values()], delimiter=table.delimiter
    )
    told.style = style
    found = {
        name: numbers(column, unit=unit_seconds(names[name]) or 1.0, clock=True, style=style, faults=told.faults)
        for name, column in columns.items()
    }
    seconds: dict[str, np.ndarray] = {}
    if "wait_seconds" in found:
        seconds["wait"] = found["wait_seconds"]
    service = found.get("service_seconds")
    heading = names.get("service_seconds", "")
    if service is None and "talk_seconds" in found:
        rest = [np.nan_to_num(found[name]) for name in HANDLING_PARTS[1:] if name in found]
        service, heading = found["talk_seconds"] + sum(rest, np.zeros(len(table.frame))), names["talk_seconds"]
    if service is None and "duration_seconds" in found:
        service, heading = found["duration_seconds"], names["duration_seconds"]
        told.note(say("note.handled_from", heading=heading))
    if service is not None:
        seconds["service"] = in_seconds(service, "aht_seconds", heading, told)
        if seconds["service"] is not service and "wait" in seconds and np.nanmedian(seconds["wait"]) > MOST_SECONDS:
            seconds["wait"] = seconds["wait"] * MILLISECOND
    return seconds


def _queues(table: TextTable, layout: Layout, queue: str | None) -> tuple[np.ndarray, list[str]]:
    if not layout.queues:
        return np.zeros(len(table.frame), dtype=np.int32), [queue or UNNAMED]
    column = column_of(table, layout.queues[0])
    names = [text.strip() or (queue or UNNAMED) for text in column.distinct]
    distinct = list(dict.fromkeys(names))
    return np.array([distinct.index(name) for name in names], dtype=np.int32)[column.codes], distinct


def _one_a_call(table: TextTable, layout: Layout, frame: pd.DataFrame, told: Told) -> pd.DataFrame:
    """Return one row a call where a call's number stands in several: its first, answered if any of them was."""
    name = layout.roles.get("call_id")
    if name is None or told.faults:
        return frame
    ids = hashed(table.frame[name])
    table.forget(name)
    there = ids != hashed(pd.Series([""]))[0]
    again = pd.Series(ids).duplicated().to_numpy() & there
    if not again.any() or there.sum() / max(1, (there & ~again).sum()) > MOST_LEGS:
        return frame
    rank = frame["ended"].map({ANSWERED: 0, ABANDONED: 1, UNKNOWN: 2, NO_CALL: 3})
    keyed = frame.assign(id=np.where(there, ids, np.arange(len(frame), dtype=np.uint64)), rank=rank)
    first = keyed.sort_values("at", kind="stable").groupby("id", sort=False)
    kept = first.first()
    kept["ended"] = (
        keyed.sort_values("rank", kind="stable").groupby("id", sort=False)["ended"].first().reindex(kept.index)
    )
    if "service" in keyed:
        kept["service"] = first["service"].sum(min_count=1)
    told.leave_out(int(again.sum()), say("note.legs", count=int(again.sum()), heading=name))
    return kept.sort_values("row").reset_index(drop=True)[list(frame.columns)]


def _counted(
    table: TextTable, frame: pd.DataFrame, names: list[str], minutes: int, *, aware: bool, outcomes: bool
) -> Rows:
    """Return the calls counted by queue and interval; a day with calls has all its intervals."""
    step = minutes * 60
    slot = frame["at"].to_numpy().astype("datetime64[s]").astype(np.int64)
    slot //= step
    per_day = MINUTES_PER_DAY // minutes
    first_day, last_day = int(slot.min()) // per_day, int(slot.max()) // per_day
    days = last_day - first_day + 1
    start = first_day * per_day
    place = frame["queue"].to_numpy().astype(np.int64)
    place *= days * per_day
    place += slot
    place -= start
    del slot
    size = len(names) * days * per_day

    def count(weights: np.ndarray | None = None, of: np.ndarray | None = None) -> np.ndarray:
        which = slice(None) if of is None else of
        return np.bincount(place[which], None if weights is None else weights[which], minlength=size).astype(float)

    ended = frame["ended"].to_numpy()
    offered = count()
    values: dict[str, np.ndarray] = {"calls_offered": offered}
    if outcomes:
        values["calls_answered"] = count(of=ended == ANSWERED)
        values["calls_abandoned"] = offered - values["calls_answered"]
    for name, column, of in (("aht_seconds", "service", ended != ABANDONED), ("mean_wait_seconds", "wait", None)):
        if column in frame:
            each = frame[column].to_numpy(dtype=float)
            known = np.isfinite(each) & (True if of is None else of) & (True if outcomes or of is None else each > 0)
            with np.errstate(divide="ignore", invalid="ignore"):
                values[name] = count(each, known) / count(of=known)
    open_days = np.repeat(offered.reshape(len(names) * days, per_day).sum(axis=1) > 0, per_day)
    keep = np.flatnonzero(open_days)
    rows = np.full(size, np.nan)
    rows[place[::-1]] = frame["row"].to_numpy()[::-1]  # of several the first
    where = pd.Series(rows).ffill().bfill().to_numpy().astype(np.int64)
    slots = np.tile(np.arange(days * per_day), len(names)) + start
    at = (slots * step).astype("datetime64[s]")
    codes = np.repeat(np.arange(len(names), dtype=np.int32), days * per_day)
    used = {name: column[keep] for name, column in values.items()}
    return Rows(table.path, where[keep], at[keep], aware, codes[keep], names, used)


def waiting_of(table: TextTable, layout: Layout, how: ColumnMapping, stated: Stated) -> tuple[pd.DataFrame, bool]:
    """Return each call's arrival, menu and wait in seconds and queue, of a table with a row a call; and whether UTC.

    Raises
    ------
    InputError
        At the first thing that cannot be read.
    """
    told = Told()
    require_arrival(table, layout)
    table = of_calls_alone(_without_totals(table, layout, told), layout, told)
    times = row_times(table, layout, how, stated, weekdays=None, days_in_headings=(), faults=told.faults)
    _refuse_no_arrival(table, layout, times.at, told)
    ended = _outcomes(table, layout, how, told) if "outcome" in layout.roles else None
    codes, names = _queues(table, layout, "")
    waits = _durations(table, layout, told).get("wait", np.zeros(len(table.frame)))
    frame = pd.DataFrame({"at": times.at, "wait": np.nan_to_num(waits), "queue": np.array(names, dtype=object)[codes]})
    frame["menu"] = _menu(table, layout.roles)
    if told.faults:
        raise told.faults[0]
    return (frame if ended is None else frame[ended != NO_CALL]), times.aware


def _menu(table: TextTable, roles: Mapping[str, str]) -> np.ndarray:
    """Return the seconds before the queue; what is no duration, or below 0 as switches write it, is taken as none."""
    if (heading := roles.get("menu_seconds")) is None:
        return np.zeros(len(table.frame))
    told = numbers(column_of(table, heading), unit=unit_seconds(heading) or 1.0, clock=True, faults=[])
    return np.asarray(np.nan_to_num(told))
