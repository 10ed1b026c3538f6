"""The past of several queues as that of one."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from forecaster.history.observed import History

ADDED_COLUMNS = ("calls_answered", "calls_abandoned", "seats_signed_in")
MEANS = ("aht_seconds", "mean_wait_seconds")  # by calls offered


def together(histories: Sequence[History], *, queue: str) -> History:
    """Return several queues' history as that of one, called `queue`; what one of them lacks is not known of all.

    They have one time zone and one length of intervals.
    """
    first = histories[0]
    step = pd.Timedelta(minutes=first.interval_minutes)
    grid = pd.date_range(
        min(one.start_at for one in histories), max(one.end_at for one in histories) - step, freq=step
    ).rename("interval_start")
    frames = [one.frame.reindex(grid) for one in histories]
    calls = [frame["calls_offered"] for frame in frames]
    result = pd.DataFrame({"calls_offered": sum(calls[1:], calls[0])})
    for name in ADDED_COLUMNS:
        if all(name in frame for frame in frames):
            result[name] = sum((frame[name] for frame in frames[1:]), frames[0][name])
    for name in MEANS:
        if all(name in frame for frame in frames):
            weights = [one.where(frame[name].notna(), 0.0) for one, frame in zip(calls, frames, strict=True)]
            total = sum(weights[1:], weights[0])
            parts = [frame[name].fillna(0.0) * weight for frame, weight in zip(frames, weights, strict=True)]
            result[name] = (sum(parts[1:], parts[0]) / total).where(total > 0)
    return History(queue, first.timezone, first.interval_minutes, result)
