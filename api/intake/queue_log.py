"""Asterisk's queue_log, counted into intervals.

A call is offered when it enters a queue. It ends by CONNECT (then COMPLETEAGENT, COMPLETECALLER or a transfer gives its
time with the agent), or unanswered by ABANDON or one of the EXIT events. QUEUESTART ends what a killed server left
open.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from api.intake.errors import InputError
from api.intake.sentences import say
from api.intake.text_files import text_of
from forecaster.messages import Words

LINE = re.compile(rb"\d{9,10}\|[^|\n]*\|[^|\n]*\|[^|\n]*\|[A-Z]+\|")
UNANSWERED = {"ABANDON", "EXITWITHTIMEOUT", "EXITEMPTY", "EXITWITHKEY"}
ENDED = {"COMPLETEAGENT", "COMPLETECALLER", "TRANSFER", "BLINDTRANSFER", "ATTENDEDTRANSFER"}


@dataclass
class _Call:
    entered: int
    row: int
    queue: str
    wait_seconds: float = np.nan
    service_seconds: float = np.nan
    answered: bool = False


def is_queue_log(path: Path) -> bool:
    """Return whether the file, packed (gzip) or not, begins like a queue_log."""
    try:
        with gzip.open(path) if _is_packed(path) else path.open("rb") as file:
            return LINE.match(file.read(512)) is not None
    except (OSError, EOFError, zlib.error):
        return False


def _is_packed(path: Path) -> bool:
    return path.suffix.lower() == ".gz"


def calls_of_queue_log(path: Path, *, interval_minutes: int) -> tuple[pd.DataFrame, pd.DataFrame, list[Words]]:
    """Return the calls of a queue_log by queue and interval, each call by itself, and notes.

    Columns `queue, at` (UTC), `row, calls_offered, calls_answered, calls_abandoned, aht_seconds, mean_wait_seconds`; of
    each call `queue, entered` (seconds since 1970).
    From the log's first to its last interval, one without a call is an observed zero.

    Raises
    ------
    InputError
        At a line that is not one of a queue_log, and where no call entered a queue.
    """
    calls, span, open_calls = _calls(path)
    if not calls:
        raise InputError(path, say("queue_log.empty"))
    frame = pd.DataFrame([vars(call) for call in calls])
    step = interval_minutes * 60
    frame["at"] = frame["entered"] // step * step
    answered = frame["answered"]
    frame["calls_answered"] = answered.astype(float)
    frame["aht_seconds"] = frame["service_seconds"].where(answered)
    groups = frame.groupby(["queue", "at"])
    counted = groups.agg(
        row=("row", "min"),
        calls_offered=("entered", "size"),
        calls_answered=("calls_answered", "sum"),
        aht_seconds=("aht_seconds", "mean"),
        mean_wait_seconds=("wait_seconds", "mean"),
    )
    starts = range(span[0] // step * step, span[1] + 1, step)
    grid = pd.MultiIndex.from_tuples(
        [(q, at) for q in sorted(set(frame["queue"])) for at in starts], names=["queue", "at"]
    )
    counted = counted.reindex(grid)
    for name in ("calls_offered", "calls_answered"):
        counted[name] = counted[name].fillna(0.0)
    counted["calls_abandoned"] = counted["calls_offered"] - counted["calls_answered"]
    counted["row"] = counted["row"].ffill().bfill().astype("int64")
    counted = counted.reset_index()
    counted["at"] = counted["at"].to_numpy().astype("datetime64[s]")
    notes: list[Words] = [say("note.counted_by_entry")]
    if open_calls:
        notes.append(say("note.open_calls", count=open_calls))
    return counted, frame[["queue", "entered"]], notes


def waiting_in_queue_log(path: Path) -> pd.DataFrame:
    """Return who waited from when to when: columns `queue`, `entered_at`, `left_at` (UTC).

    Calls without an end in the log are left out.

    Raises
    ------
    InputError
        At a line that is not one of a queue_log.
    """
    calls, _, _ = _calls(path)
    chosen = [one for one in calls if not np.isnan(one.wait_seconds)]
    entered = pd.to_datetime([one.entered for one in chosen], unit="s", utc=True)
    left = entered + pd.to_timedelta([one.wait_seconds for one in chosen], unit="s")
    return pd.DataFrame({"queue": [one.queue for one in chosen], "entered_at": entered, "left_at": left})


def _events(path: Path) -> Iterator[tuple[int, list[str]]]:
    text = text_of(path, packed=_is_packed(path), encoding=None, knows=lambda _: False)
    lines = (line for block in text.blocks() for line in block.decode("utf-8").splitlines())
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        parts = line.split("|")
        if len(parts) < 5 or not re.fullmatch(r"\d{9,10}", parts[0]):
            raise InputError(path, say("queue_log.line"), row=number, value=line)
        yield number, parts


def _calls(path: Path) -> tuple[list[_Call], tuple[int, int], int]:
    """Return the calls, the first and the last instant of the log (seconds since 1970), and how many have no end."""
    calls: list[_Call] = []
    waiting: dict[str, _Call] = {}
    talking: dict[str, _Call] = {}
    first = last = -1
    lost = 0
    for number, parts in _events(path):
        at, call_id, queue, _, event = int(parts[0]), parts[1], parts[2], parts[3], parts[4]
        data = [*parts[5:], "", "", ""]
        first, last = (at if first < 0 else first), max(last, at)
        if event == "ENTERQUEUE":
            waiting[call_id] = _Call(at, number, queue)
            calls.append(waiting[call_id])
        elif event == "CONNECT" and call_id in waiting:
            call = talking[call_id] = waiting.pop(call_id)
            call.answered, call.wait_seconds = True, float(at - call.entered)
        elif event in UNANSWERED and call_id in waiting:
            call = waiting.pop(call_id)
            call.wait_seconds = float(at - call.entered)
        elif event in ENDED and call_id in talking:
            call = talking.pop(call_id)
            call.service_seconds = float(data[1]) if data[1].isdigit() else np.nan
        elif event == "QUEUESTART":
            lost += len(waiting)
            waiting.clear()
            talking.clear()
    return calls, (first, last), lost + len(waiting)
