"""The observed past of one queue, on a regular grid."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from forecaster.history.intervals import wall_clock

OPTIONAL_COLUMNS = ("calls_answered", "calls_abandoned", "aht_seconds", "mean_wait_seconds", "seats_signed_in")


@dataclass(frozen=True, eq=False)
class History:
    """What one queue saw, interval by interval.

    frame
        Index `interval_start` (aware, regular in absolute time, no gaps). Column `calls_offered` (float; NaN = not
        observed, 0 = observed and no call), and any of `OPTIONAL_COLUMNS` (float, NaN = not observed).
    """

    queue: str
    timezone: str
    interval_minutes: int
    frame: pd.DataFrame

    @property
    def start_at(self) -> pd.Timestamp:
        """Start of the first interval."""
        return self.frame.index[0]

    @property
    def end_at(self) -> pd.Timestamp:
        """End of the last interval, exclusive."""
        return self.frame.index[-1] + pd.Timedelta(minutes=self.interval_minutes)

    def before(self, cutoff: pd.Timestamp) -> History:
        """Return the history strictly before `cutoff` (aware)."""
        return replace(self, frame=self.frame.loc[self.frame.index < cutoff])

    def calls_by_wall_clock(self) -> pd.Series:
        """Return `calls_offered` on a gap-free naive local grid: what the seasonal models learn from.

        An hour that the clock skips is NaN; an hour that it repeats is the mean of its two copies.
        """
        return on_wall_clock(self.frame["calls_offered"], self.interval_minutes)


def on_wall_clock(calls: pd.Series, interval_minutes: int) -> pd.Series:
    """Return a regular, aware series on a gap-free naive local grid, as `History.calls_by_wall_clock` tells it."""
    local = calls.set_axis(wall_clock(pd.DatetimeIndex(calls.index)))
    if not local.index.is_unique:
        local = local.groupby(level=0).mean()
    grid = pd.date_range(local.index[0], local.index[-1], freq=f"{interval_minutes}min")
    return local.reindex(grid).rename_axis("interval_start")
