"""What simulated runs say: measures with their confidence intervals, per interval and in all."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from forecaster.simulation.one_queue_loop import (
    ABANDONED,
    ABANDONED_WITHIN,
    ANSWERED,
    ANSWERED_WITHIN,
    BLOCKED,
    HANDLING,
    OFFERED,
    RETRIED,
    SEAT_SECONDS,
    WAIT_ALL,
    WAIT_ANSWERED,
    WAITING,
)

RATIO_COLUMNS = {  # measure: (what is counted, of what)
    "service_level": (ANSWERED_WITHIN, OFFERED),
    "mean_wait_seconds": (WAIT_ALL, OFFERED),
    "mean_wait_of_answered_seconds": (WAIT_ANSWERED, ANSWERED),
    "abandonment": (ABANDONED, OFFERED),
    "occupancy": (HANDLING, SEAT_SECONDS),
}
COUNT_COLUMNS = {
    "calls_offered": OFFERED,
    "calls_answered": ANSWERED,
    "calls_blocked": BLOCKED,
    "calls_retried": RETRIED,
}


@dataclass(frozen=True, eq=False)
class Simulation:
    """The runs of one queue: `outcome` [run, interval, column of `one_queue_loop`], and the intervals' labels.

    `warmup_intervals` at the start count in the frame but not in the totals; `confidence` is that of the limits (0–1).
    """

    outcome: np.ndarray
    index: pd.Index
    interval_seconds: float
    warmup_intervals: int = 0
    confidence: float = 0.95

    def judged(self, *, warmup_intervals: int = 0, confidence: float = 0.95) -> Simulation:
        """Return the same runs, judged after a warm-up and with limits of another confidence."""
        return replace(self, warmup_intervals=warmup_intervals, confidence=confidence)

    def frame(self) -> pd.DataFrame:
        """Return one row per interval: counts a run, shares and waits with `_lower` and `_upper` limits, the queue.

        Calls belong to the interval they came in; handling and waiting time to the one it passed in, so occupancy can
        exceed 1 where people finish calls after signing out. NaN: no call to judge by.
        """
        return self._measures(self.outcome).set_index(self.index)

    def total(self) -> pd.Series:
        """Return the same measures over all intervals after the warm-up."""
        whole = self.outcome[:, self.warmup_intervals :].sum(axis=1, keepdims=True)
        return self._measures(whole, intervals=self.outcome.shape[1] - self.warmup_intervals).iloc[0]

    def service_level(self, definition: str = "offered") -> pd.Series:
        """Return the share answered within the threshold per interval, by the named definition."""
        sums = self.outcome.sum(axis=0)
        of = {
            "offered": sums[:, OFFERED],
            "offered_less_short_abandons": sums[:, OFFERED] - sums[:, ABANDONED_WITHIN],
            "answered": sums[:, ANSWERED],
        }[definition]
        with np.errstate(divide="ignore", invalid="ignore"):
            return pd.Series(sums[:, ANSWERED_WITHIN] / of, index=self.index, name="service_level")

    def _measures(self, outcome: np.ndarray, intervals: int = 1) -> pd.DataFrame:
        columns = {name: outcome[:, :, column].mean(axis=0) for name, column in COUNT_COLUMNS.items()}
        for name, (part, whole) in RATIO_COLUMNS.items():
            ratio, half = _ratio(outcome[:, :, part], outcome[:, :, whole], self.confidence)
            columns |= {name: ratio, f"{name}_lower": ratio - half, f"{name}_upper": ratio + half}
        span = self.interval_seconds * intervals
        columns["queue_length"] = outcome[:, :, WAITING].mean(axis=0) / span
        columns["seats"] = outcome[:, :, SEAT_SECONDS].mean(axis=0) / span
        return pd.DataFrame(columns)


def _ratio(part: np.ndarray, whole: np.ndarray, confidence: float) -> tuple[np.ndarray, np.ndarray]:
    """Return Σ part / Σ whole over runs, and half its confidence interval (linearised ratio, Cochran 1977, 6.13)."""
    runs = len(part)
    with np.errstate(divide="ignore", invalid="ignore"):
        total = whole.sum(axis=0)
        ratio = part.sum(axis=0) / total
        if runs < 2:
            return ratio, np.full_like(ratio, np.nan)
        residual = part - ratio * whole
        variance = runs / (runs - 1) * (residual**2).sum(axis=0) / total**2
    return ratio, float(stdtrit(runs - 1, 0.5 + confidence / 2.0)) * np.sqrt(variance)
