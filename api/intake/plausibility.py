"""What in a history cannot be, or is hardly meant: said before anything is planned, or refused."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from api.intake.errors import InputError, all_of
from api.intake.rows import Rows
from api.intake.sentences import say
from api.intake.values import MOST_FAULTS
from forecaster.history.observed import History
from forecaster.messages import Words

MOST_CALLS = 1_000_000.0  # of an interval: the largest floors take a hundredth of it
FEWEST_DAYS_JUDGED = 14  # of a history, to see two of each weekday
SHORTEST_USUAL_HANDLING, LONGEST_USUAL_HANDLING = 5.0, 7200.0  # seconds, of a median


def refuse_beyond_bounds(rows: Rows) -> None:
    """Refuse numbers of calls that no floor has.

    Raises
    ------
    InputError
        With every such row.
    """
    calls = rows.values["calls_offered"]
    beyond = np.flatnonzero(calls > MOST_CALLS)[:MOST_FAULTS]
    all_of([
        InputError(rows.path, say("cell.beyond", most=MOST_CALLS), row=int(rows.rows[at]), column="calls_offered",
                   value=f"{calls[at]:g}")
        for at in beyond
    ])  # fmt: skip


def alarms_of(histories: Mapping[str, History]) -> list[Words]:
    """Return what is absurd in histories, one sentence each: counts, the first place, and what will be done."""
    told = [(name, said) for name, history in histories.items() for said in _of_one(history)]
    return [say("note.of_file", file=name, said=said) if len(histories) > 1 else said for name, said in told]


def alarms_of_the_future(history: History, now: pd.Timestamp) -> list[Words]:
    """Return what is said of a history with intervals after `now`: nothing where it has none."""
    seen = history.frame.index[history.frame["calls_offered"].notna().to_numpy()]
    later = seen[seen > now]
    return [say("alarm.future", count=len(later), first=f"{later[0]:%Y-%m-%d %H:%M}")] if len(later) else []


def _of_one(history: History) -> list[Words]:
    frame = history.frame
    calls = frame["calls_offered"]
    seen = calls.dropna()
    found: list[Words] = []
    if len(seen) and not (seen > 0).any():
        found.append(say("alarm.no_calls", count=len(seen)))
    if "calls_answered" in frame:
        more = frame.index[(frame["calls_answered"] > calls).to_numpy()]
        if len(more):
            found.append(say("alarm.more_answered", count=len(more), first=f"{more[0]:%Y-%m-%d %H:%M}"))
    days = pd.DatetimeIndex(seen.index).normalize().nunique()
    if 0 < days < FEWEST_DAYS_JUDGED:
        found.append(say("alarm.short", days=days))
    handled = frame["aht_seconds"].dropna() if "aht_seconds" in frame else pd.Series(dtype=float)
    usual = float(handled[handled > 0].median()) if (handled > 0).any() else np.nan
    if usual < SHORTEST_USUAL_HANDLING or usual > LONGEST_USUAL_HANDLING:
        found.append(say("alarm.handling", seconds=usual))
    return found
