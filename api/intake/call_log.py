"""Who waited from when to when, of a log of calls or Asterisk's queue_log."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from api.intake.call_rows import waiting_of
from api.intake.columns import knows, looks_of
from api.intake.errors import InputError
from api.intake.files import TextTable, read_table
from api.intake.finding_layout import calls_layout
from api.intake.grid import entered_at
from api.intake.headings import ColumnMapping
from api.intake.layout import Layout
from api.intake.queue_log import is_queue_log, waiting_in_queue_log
from api.intake.sentences import say
from api.intake.stated import Stated, stated_of
from api.intake.unused_columns import name_unused
from forecaster.messages import NOTHING
from forecaster.names import called


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
    waited = waiting_in_queue_log(path) if is_queue_log(path) else _waiting_in_log(path, timezone)
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


def _waiting_in_log(path: Path, timezone: str) -> pd.DataFrame:
    table = read_table(path, knows=knows)
    how, stated = ColumnMapping(), stated_of(table)
    layout = calls_layout(table, looks_of(table), how)
    for name, there in (
        ("arrival_at", layout.start or layout.clock),
        ("wait_seconds", layout.roles.get("wait_seconds")),
    ):
        if there is None:
            wrong = say("column.missing", name=called(name), found=list(table.frame.columns))
            raise InputError(path, wrong, column=name)
    name_unused(table, layout.used())
    return _placed(table, layout, how, stated, timezone)


def _placed(table: TextTable, layout: Layout, how: ColumnMapping, stated: Stated, timezone: str) -> pd.DataFrame:
    """Return the calls of a table with a row a call: `queue`, `entered_at`, `left_at`."""
    calls, aware = waiting_of(table, layout, how, stated)
    entered = entered_at(calls["at"].to_numpy(), calls["menu"].to_numpy(), aware=aware, timezone=timezone)
    left = entered + pd.to_timedelta(calls["wait"].to_numpy(), unit="s")
    return pd.DataFrame({"queue": calls["queue"].to_numpy(), "entered_at": entered, "left_at": left}).dropna()
