"""The rest of today, from what today has brought so far; and whether today has left its band."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecaster.day_grid import DayGrid
from forecaster.prediction import Prediction, sample_paths

Numbers = NDArray[np.float64]
LATEST_HOURS = 3.0
HALF_LIFE_DAYS = 120.0
PRIOR_SLOPES = np.array([0.7, 0.15])  # how far the day so far, and its latest hours, carry on
PRIOR_DAYS = 8.0


def with_morning(prediction: Prediction, today: Numbers, grid: DayGrid) -> Prediction:
    """Return the prediction with its first day revised by what that day has brought so far.

    `today` holds the calls by slot, NaN where not over or not observed. How far the morning's miss carries on is
    learned from past days: each was forecast from the days before it, so its misses until and from now are known.
    """
    seen = np.isfinite(today)
    late = np.arange(len(today)) > (int(np.flatnonzero(seen)[-1]) if seen.any() else -1)
    expected = prediction.calls[0]
    days, combined = prediction.days_ahead, prediction.days_ahead.combined
    if not seen.any() or expected[seen].sum() <= 0 or combined is None or days.observed_days is None:
        return prediction
    latest = seen & (
        np.arange(len(today)) > np.flatnonzero(seen)[-1] - LATEST_HOURS * 60.0 / prediction.interval_minutes
    )
    rows = days.observed_days
    past = grid.calls[-len(days.past_marked.days) :][rows]
    total = np.exp(combined.kernels.series.log_total - combined.one_day_errors)
    usual = total[:, None] * prediction.shares[days.past_marked.weekday[rows]]
    whole = (np.isfinite(past) | (usual <= 0.0)).all(axis=1)
    age = (len(days.past_marked.days) - 1 - rows)[whole]
    parts = [_miss(past[whole], usual[whole], slots) for slots in (seen, latest, late)]
    now = np.array([_miss(today[None, :], expected[None, :], slots)[0] for slots in (seen, latest)])
    slopes, variance = _carry_on(np.column_stack(parts[:2]), parts[2], 0.5 ** (age / HALF_LIFE_DAYS), prediction)
    typical = float(np.var(combined.one_day_errors[whole][-182:])) if whole.any() else variance
    slopes = slopes * _surer(float(slopes.sum()), float(prediction.day_covariance[0, 0]), typical)
    factor = float(np.exp(np.clip(slopes @ now, -2.0, 2.0)))
    calls = prediction.calls.copy()
    calls[0, late] *= factor
    covariance = prediction.day_covariance.copy()
    share = np.sqrt(min(variance / max(float(covariance[0, 0]), 1e-9), 1.0))
    covariance[0, :] *= share
    covariance[:, 0] *= share
    return replace(prediction, calls=calls, day_covariance=covariance)


def _surer(slope: float, variance_today: float, variance_usual: float) -> float:
    """Return by how much the slopes grow on a day less certain than usual, such as a holiday seldom seen.

    The slope of a signal in noise is variance ÷ (variance + noise); the noise is the same, the variance is today's.
    """
    if not 0.0 < slope < 1.0 or variance_today <= variance_usual:
        return 1.0
    noise = variance_usual * (1.0 / slope - 1.0)
    return variance_today / (variance_today + noise) / slope


def _miss(actual: Numbers, expected: Numbers, slots: NDArray[np.bool_]) -> Numbers:
    """Return the log ratio of actual to expected calls over the chosen slots, one value a day."""
    come = np.nansum(actual[:, slots], axis=1)
    due = np.where(np.isfinite(actual[:, slots]), expected[:, slots], 0.0).sum(axis=1)
    return np.clip(np.log((come + 1.0) / (due + 1.0)), -1.5, 1.5)


def _carry_on(so_far: Numbers, later: Numbers, weight: Numbers, prediction: Prediction) -> tuple[Numbers, float]:
    """Return the slopes of the later miss on the misses so far, and the variance left (robust ridge regression)."""
    scale = float(np.diag(prediction.day_covariance)[0])
    if len(later) < 10:
        return PRIOR_SLOPES, 0.5 * scale
    slopes, robust = PRIOR_SLOPES, weight
    ridge = PRIOR_DAYS * np.maximum((weight @ so_far**2) / weight.sum(), 1e-6)
    for _ in range(3):
        moments = (so_far * robust[:, None]).T @ so_far + np.diag(ridge)
        slopes = np.linalg.solve(moments, (so_far * robust[:, None]).T @ later + ridge * PRIOR_SLOPES)
        left = later - so_far @ slopes
        spread = max(1.4826 * float(np.median(np.abs(left))), 1e-3)
        robust = weight / np.maximum(np.abs(left) / (2.0 * spread), 1.0)
    return slopes, spread**2


@dataclass(frozen=True, eq=False)
class BandWatch:
    """Today's calls so far against their band.

    frame
        Index: the day's intervals so far. `calls_so_far`, `lower`, `upper`, `outside_band`.
    first_outside_at
        Start of the interval with which the day was first certain to be outside, or None.
    """

    frame: pd.DataFrame
    first_outside_at: pd.Timestamp | None


def watch_band(prediction: Prediction, calls: pd.Series, *, certainty: float = 0.95, paths: int = 1000) -> BandWatch:
    """Return whether the day has left its band, by the calls since its start (index: naive local, NaN = not observed).

    The band is for the running sum and for the whole day at once: a share `certainty` of ordinary days stays inside it
    from the first interval to the last, so looking every hour raises no more false alarms than looking once.
    """
    local = pd.DatetimeIndex(calls.index)
    seen = calls.notna().to_numpy()
    sums = np.cumsum(sample_paths(prediction, local, paths=paths) * seen, axis=1)
    middle, spread = np.median(sums, axis=0), sums.std(axis=0) + 1e-9
    above = np.quantile(((sums - middle) / spread).max(axis=1), 0.5 + certainty / 2.0)
    below = np.quantile(((sums - middle) / spread).min(axis=1), 0.5 - certainty / 2.0)
    so_far = calls.fillna(0.0).cumsum().to_numpy(dtype=float)
    lower, upper = np.maximum(middle + below * spread, 0.0), middle + above * spread
    outside = ((so_far < lower) | (so_far > upper)) & seen
    frame = pd.DataFrame({"calls_so_far": so_far, "lower": lower, "upper": upper, "outside_band": outside}, index=local)
    return BandWatch(frame, local[int(np.argmax(outside))] if outside.any() else None)
