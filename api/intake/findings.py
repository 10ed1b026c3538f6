"""What the domain finds odd in a history, as it is listed for people.

Finding is `forecaster.history.cleaning`'s: here its table becomes a list.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from api.intake.sentences import refusal
from forecaster.history.calendar import Calendar
from forecaster.history.cleaning import find_oddities
from forecaster.history.observed import History


@dataclass(frozen=True)
class Finding:
    """One thing found: `start_at` to `end_at` (exclusive), how many intervals, and in a sentence what.

    calls, usual
        Calls counted there, and how many are usual there (NaN where nothing compares).
    times
        `calls` over `usual`; of a step, the level over what it was before.
    certain
        A forecast leaves it out of what it learns from, unless the calendar keeps it.
    """

    kind: str
    start_at: pd.Timestamp
    end_at: pd.Timestamp
    intervals: int
    calls: float
    usual: float
    times: float
    certain: bool
    says: str
    says_zh: str


def inspect_history(history: History, calendar: Calendar | None = None) -> list[Finding]:
    """Return what is odd in a history, ordered by its start."""
    table = find_oddities(history, calendar=calendar)
    return [Finding(*row) for row in table.itertuples(index=False, name=None)]


def first_attempts(history: History, *, retry_share: float) -> History:
    """Return the history with `calls_offered` less the calls that are estimated to be repeats of abandoned ones.

    first attempts = offered - retry_share × abandoned: in balance, of the callers who hang up this share calls again at
    once, and each such call is offered once more (Hoffman and Harris 1986, European
    Journal of Operational Research 27).
    Intervals without a number of abandoned calls stay as they are.

    Raises
    ------
    ValueError
        If the share is not within 0 to 1, or no abandoned calls were observed.
    """
    if not 0 <= retry_share <= 1:
        raise refusal("retry.share", share=retry_share)
    frame = history.frame
    if "calls_abandoned" not in frame or frame["calls_abandoned"].isna().all():
        raise refusal("retry.no_abandoned")
    repeats = retry_share * frame["calls_abandoned"].fillna(0.0)
    return replace(history, frame=frame.assign(calls_offered=(frame["calls_offered"] - repeats).clip(lower=0.0)))
