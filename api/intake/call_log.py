"""Call-by-call logs, counted into intervals, or as who waited from when to when."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from api.intake.errors import InputError
from api.intake.files import TextTable, read_table
from api.intake.headings import Headings
from api.intake.instants import Instants, instants
from api.intake.queue_log import is_queue_log, waiting_in_queue_log
from api.intake.sentences import say
from api.intake.values import Column, numbers
from forecaster.messages import NOTHING, Words
from forecaster.names import called

ANSWERED = {"agent", "answered", "connected", "connect", "completed", "handled", "接通", "已接", "已接听", "人工接听"}
ABANDONED = {
    "hang",
    "hangup",
    "abandon",
    "abandoned",
    "no answer",
    "noanswer",
    "timeout",
    "missed",
    "busy",
    "failed",
    "放弃",
    "呼损",
    "未接",
    "未接通",
    "超时",
}
NOT_A_CALL = {"phantom", "test", "internal", "内部", "测试"}


def is_call_log(table: TextTable) -> bool:
    """Return whether the table has one row per call: an arrival and an outcome."""
    headings = Headings("call_log")
    found = headings.match(table.path, [str(c) for c in table.frame.columns])
    return {"arrival_at", "outcome"} <= found.keys()


def calls_of(table: TextTable, *, interval_minutes: int) -> tuple[pd.DataFrame, bool, list[Words]]:
    """Return the calls counted by interval, whether the instants are aware, and notes.

    Days without any call stay without rows, so that they count as not observed; on a day with calls an interval
    without one is an observed zero.

    Raises
    ------
    InputError
        At a row without an arrival, or with an outcome that is not known.
    """
    found = Headings("call_log").match(table.path, [str(c) for c in table.frame.columns])

    def column(name: str) -> Column:
        return Column(table.path, found[name], table.frame[found[name]])

    arrival = _arrivals(column("arrival_at"))
    outcome = column("outcome")
    kinds = [_kind(outcome, i, text) for i, text in enumerate(outcome.distinct)]
    kind = np.array(kinds, dtype=object)[outcome.codes]
    frame = pd.DataFrame({"at": arrival.at, "row": table.frame.index.to_numpy(), "kind": kind})
    for name in ("wait_seconds", "service_seconds"):
        if name in found:
            frame[name] = numbers(column(name), clock=True)
    keys = ["at"]
    if "queue" in found:
        frame["queue"] = table.frame[found["queue"]].astype(str).str.strip().to_numpy()
        keys = ["queue", "at"]
    phantoms = frame["kind"] == "none"
    notes: list[Words] = [say("note.counted_by_arrival")]
    if phantoms.any():
        notes.append(say("note.no_calls", count=int(phantoms.sum())))
    frame = frame.loc[~phantoms]
    frame["at"] = frame["at"].dt.floor(f"{interval_minutes}min")
    return _count(frame, keys, interval_minutes), arrival.aware, notes


def read_waiting(path: str | Path, *, timezone: str, queue: str | None = None) -> pd.DataFrame:
    """Return who waited from when to when: columns `entered_at`, `left_at` (aware), one row per call that waited.

    A log of calls needs their arrival and the seconds they waited, and may tell the seconds in the menu before that;
    or it is Asterisk's queue_log. A call ends its wait when it is answered or given up.

    Raises
    ------
    InputError
        If a column is missing, at a call without arrival or with a wait that is no number, if nobody waited, and where
        the file holds several queues and none is named.
    """
    path = Path(path)
    if is_queue_log(path):
        waited = waiting_in_queue_log(path)
    else:
        headings = Headings("call_log")
        waited = _waiting_of(read_table(path, knows=headings.knows), headings, timezone)
    names = sorted(set(waited["queue"]))
    if queue is None and len(names) > 1:
        raise InputError(path, say("calls.queues", count=len(names), names=names[:10]))
    if queue is not None and len(names) > 1:
        waited = waited[waited["queue"] == queue]
    waited = waited[waited["left_at"] > waited["entered_at"]]
    if waited.empty:
        raise InputError(
            path, say("calls.nobody_waited", of=NOTHING if queue is None else say("calls.of_queue", queue=queue))
        )
    return waited[["entered_at", "left_at"]].reset_index(drop=True)


def _arrivals(column: Column) -> Instants:
    arrival = instants(column)
    empty = np.flatnonzero(np.isnat(arrival.at))
    if len(empty):
        raise column.error_at(int(empty[0]), say("calls.no_arrival"))
    return arrival


def _waiting_of(table: TextTable, headings: Headings, timezone: str) -> pd.DataFrame:
    found = headings.match(table.path, [str(c) for c in table.frame.columns])
    for name in ("arrival_at", "wait_seconds"):
        if name not in found:
            wrong = say("column.missing", name=called(name), found=list(table.frame.columns))
            raise InputError(table.path, wrong, column=name)

    def column(name: str) -> Column:
        return Column(table.path, found[name], table.frame[found[name]])

    arrival = _arrivals(column("arrival_at"))
    at = pd.DatetimeIndex(arrival.at).tz_localize("UTC") if arrival.aware else pd.DatetimeIndex(arrival.at)
    if not arrival.aware:
        # An hour that the clock had twice, or never: calls of it cannot be placed to the second, and are left out.
        at = at.tz_localize(timezone, ambiguous="NaT", nonexistent="NaT")
    waited = np.nan_to_num(numbers(column("wait_seconds"), clock=True))
    menu = _menu_seconds(column("menu_seconds")) if "menu_seconds" in found else 0.0
    entered = at + pd.to_timedelta(menu, unit="s")
    queue = table.frame[found["queue"]].astype(str).str.strip().to_numpy() if "queue" in found else ""
    frame = pd.DataFrame(
        {"queue": queue, "entered_at": entered, "left_at": entered + pd.to_timedelta(waited, unit="s")}
    )
    if "outcome" in found:
        outcome = column("outcome")
        kinds = np.array([_kind(outcome, i, text) for i, text in enumerate(outcome.distinct)], dtype=object)
        frame = frame[kinds[outcome.codes] != "none"]
    return frame.dropna()


def _menu_seconds(column: Column) -> np.ndarray:
    """Return the seconds before the queue; what is no number, or below 0 as switches write it, is taken as none."""
    told = pd.to_numeric(pd.Series(column.distinct, dtype=object), errors="coerce").to_numpy(dtype=float)
    return np.asarray(np.clip(np.nan_to_num(told), 0.0, None)[column.codes])


def _kind(column: Column, category: int, text: str) -> str:
    word = text.casefold().strip()
    for words, kind in ((ANSWERED, "answered"), (ABANDONED, "abandoned"), (NOT_A_CALL, "none")):
        if word in words:
            return kind
    if not column.used()[category]:
        return "none"
    raise column.error(category, say("calls.outcome"))


def _count(frame: pd.DataFrame, keys: list[str], interval_minutes: int) -> pd.DataFrame:
    answered = frame["kind"] == "answered"
    frame = frame.assign(calls_answered=answered.astype(float), calls_abandoned=(~answered).astype(float))
    groups = frame.groupby(keys, sort=True)
    counted = groups.agg(
        row=("row", "min"),
        calls_offered=("kind", "size"),
        calls_answered=("calls_answered", "sum"),
        calls_abandoned=("calls_abandoned", "sum"),
    )
    if "service_seconds" in frame:
        counted["aht_seconds"] = frame.loc[answered].groupby(keys)["service_seconds"].mean()
    if "wait_seconds" in frame:
        counted["mean_wait_seconds"] = groups["wait_seconds"].mean()
    counted = counted.reset_index()
    parts = [
        _whole_days(part, interval_minutes)
        for _, part in (counted.groupby("queue") if len(keys) > 1 else [("", counted)])
    ]
    return pd.concat(parts, ignore_index=True)


def _whole_days(counted: pd.DataFrame, interval_minutes: int) -> pd.DataFrame:
    """Return the counts with an observed zero where a day with calls has an interval without."""
    days = counted["at"].dt.normalize().drop_duplicates()
    steps = pd.to_timedelta(np.arange(0, 1440, interval_minutes), unit="min")
    grid = pd.DatetimeIndex((days.to_numpy()[:, None] + steps.to_numpy()[None, :]).ravel(), name="at")
    filled = counted.set_index("at").reindex(grid)
    for name in ("calls_offered", "calls_answered", "calls_abandoned"):
        filled[name] = filled[name].fillna(0.0)
    filled["row"] = filled["row"].ffill().bfill().astype("int64")
    if "queue" in filled:
        filled["queue"] = counted["queue"].iloc[0]
    return filled.reset_index()
