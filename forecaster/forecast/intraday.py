"""The rest of today, from what today has brought so far; and whether today has left its band."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecaster.forecast.bands import Z_80, Z_95, Scatter, outside_band, scatter_around, slot_by_slot, weighted_quantile
from forecaster.forecast.latest_days import (
    LEFTOVER_PRIOR_DAYS,
    SO_FAR,
    PastDays,
    carried_over,
    log_misses,
    past_days,
    pieces_of,
    revised_day,
    ridge,
)
from forecaster.forecast.prediction import Prediction, sample_paths
from forecaster.history.day_grid import DayGrid
from forecaster.history.open_days import STRAY_SHARE

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]
# Over how many of the latest hours a morning is summed up, and how far each sum is believed to carry on at first.
SO_FAR_HOURS = (24.0, 3.0, 1.0)
PRIOR_SLOPES = np.array([0.65, 0.15, 0.05])
WATCH_PATHS = 1000  # possible days: a band of 95 % of them errs by less than a hundredth
PRIOR_DAYS = 8.0  # how many mornings of its own a line needs before it tells as much as that


@dataclass(frozen=True, eq=False)
class Carry:
    """What a morning tells of the rest of the day.

    factor
        By which each slot's expected calls are multiplied.
    slope
        How much of a miss common to the whole morning carries on, on the average of the pieces to come.
    limits
        Distance of the log of the rest's total from its expectation that 80 % and 95 % of past days kept.
    single_slots
        Relative variance of the slots around that expectation, slot by slot, the common factor included.
    """

    factor: Numbers
    slope: float
    limits: tuple[float, float]
    single_slots: Scatter


def with_morning(prediction: Prediction, today: Numbers, grid: DayGrid) -> Prediction:
    """Return the prediction with its first day revised by what that day has brought so far.

    `today` holds the calls by slot, NaN where not over or not observed. How far the morning's miss carries on is
    learned from past days, apart for each hour to come: each past day was forecast from the days before it, so its
    misses until and from now are known, and so is what the latest days left over of that hour.
    """
    seen = np.isfinite(today)
    if np.nansum(today) > STRAY_SHARE * prediction.open_calls[0].sum():
        prediction = replace(prediction, shut=np.where(np.arange(len(prediction.days)) == 0, 0.0, prediction.shut))
    expected = prediction.calls[0]
    if not seen.any() or expected[seen].sum() <= 0:
        return prediction
    past = past_days(prediction, grid)
    late = (np.arange(len(today)) > int(np.flatnonzero(seen)[-1])) & (expected > 0)
    if past is None or not late.any():
        return prediction
    usual_variance = max(float(np.var(log_misses(past.calls, past.expected, expected > 0)[-182:])), 1e-6)
    variance = float(prediction.day_covariance[0, 0])
    carry = carry_on(prediction, past, today, late, surer=lambda slope: _surer(slope, variance, usual_variance))
    left = _day_variance(carry.limits, prediction, float((expected * carry.factor)[late].sum()))
    if variance > usual_variance:  # a holiday: what the morning leaves open is more than on usual days
        slope = min(max(carry.slope, 0.0), 1.0)
        surer = min(slope * _surer(slope, variance, usual_variance), 1.0)
        left += max(variance * (1.0 - surer) - usual_variance * (1.0 - slope), 0.0)
    return _with_bands(revised_day(prediction, expected * carry.factor, because=SO_FAR), carry, left)


def _with_bands(revised: Prediction, carry: Carry, left: float) -> Prediction:
    """Return the prediction with the variance `left` to its first day's common factor, and the slots' own scatter."""
    covariance = revised.day_covariance.copy()
    share = min(np.sqrt(left / max(float(covariance[0, 0]), 1e-9)), 1.0)
    covariance[0, :] *= share
    covariance[:, 0] *= share
    covariance[0, 0] = left
    revised = replace(revised, day_covariance=covariance, day_scatter=np.append(1.0, revised.day_scatter[1:]))
    if len(revised.days) > 1:  # later days keep the scatter of whole days
        return revised
    single = carry.single_slots
    common = [np.expm1(min(left * stretch**2, 4.0)) for stretch in (revised.stretch_80, revised.stretch_95)]
    own = Scatter(np.maximum(single.at_80 - common[0], 1e-5), np.maximum(single.at_95 - common[1], 1e-5))
    return replace(revised, slots_off=own)


def carry_on(
    prediction: Prediction, past: PastDays, today: Numbers, late: Flags, *, surer: Callable[[float], float]
) -> Carry:
    """Return what the calls of `today` so far tell of its `late` slots; `surer` says by how much slopes grow today."""
    minutes, seen, expected = prediction.interval_minutes, np.isfinite(today), prediction.calls[0]
    since = np.flatnonzero(seen)[-1] - np.arange(len(today))
    windows = [seen & (since < hours * 60.0 / minutes) for hours in SO_FAR_HOURS]
    causes = np.column_stack([log_misses(past.calls, past.expected, w) for w in windows])
    now = np.array([log_misses(today[None, :], expected[None, :], w)[0] for w in windows])
    factor, fitted, slope = np.ones(len(today)), past.expected.copy(), 0.0
    for piece in pieces_of(late, minutes):
        misses = log_misses(past.calls, past.expected, piece)
        slopes, left = ridge(causes, misses, past.weight, prior=PRIOR_SLOPES, prior_days=PRIOR_DAYS)
        again, still_left = carried_over(left, past, prior_days=LEFTOVER_PRIOR_DAYS)
        total = float(slopes.sum())
        factor[piece] = np.exp(np.clip(surer(total) * float(slopes @ now) + again, -2.0, 2.0))
        fitted[:, piece] *= np.exp(misses - still_left)[:, None]
        slope += total * float(expected[piece].sum() / expected[late].sum())
    return Carry(factor, slope, *_what_is_left(past, fitted, late, spent_on=len(windows) + 3))


def _what_is_left(
    past: PastDays, fitted: Numbers, late: Flags, *, spent_on: int
) -> tuple[tuple[float, float], Scatter]:
    """Return the limits of the late slots' total around what was `fitted` to past days, and each slot's scatter."""
    lost = np.abs(log_misses(past.calls, fitted, late))
    at_80, at_95 = (weighted_quantile(lost, past.weight, share) for share in (0.80, 0.95))
    spent = 1.0 + spent_on / len(lost)  # the slopes were fitted to these very days
    every = scatter_around(past.calls[:, late], fitted[:, late], fewest=1) or Scatter(0.05, 0.05)
    each = slot_by_slot(every, past.calls, np.where(late, fitted, 0.0))
    return (at_80 * spent, at_95 * spent), each


def _day_variance(limits: tuple[float, float], prediction: Prediction, calls: float) -> float:
    """Return the variance of the rest's common factor under which its band has these limits."""
    stated = (Z_80 * prediction.stretch_80, Z_95 * prediction.stretch_95)
    wanted = [
        (limit**2 - z**2 / max(calls, 1.0)) / s**2 for limit, z, s in zip(limits, (Z_80, Z_95), stated, strict=True)
    ]
    return max(float(np.mean(wanted)), 1e-5)


def _surer(slope: float, variance_today: float, variance_usual: float) -> float:
    """Return by how much the slopes grow on a day less certain than usual, such as a holiday seldom seen.

    The slope of a signal in noise is variance ÷ (variance + noise); the noise is the same, the variance is today's.
    """
    if not 0.0 < slope < 1.0 or variance_today <= variance_usual:
        return 1.0
    noise = variance_usual * (1.0 / slope - 1.0)
    return variance_today / (variance_today + noise) / slope


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


def watch_band(prediction: Prediction, calls: pd.Series, *, certainty: float = 0.95) -> BandWatch:
    """Return whether the day has left its band, by the calls since its start (index: naive local, NaN = not observed).

    The band is for the running sum and for the whole day at once: a share `certainty` of ordinary days stays inside it
    from the first interval to the last, so looking every hour raises no more false alarms than looking once, and tells
    the same first interval.
    """
    local, minutes = pd.DatetimeIndex(calls.index), prediction.interval_minutes
    seen = calls.notna().to_numpy()
    whole_day = pd.date_range(local[0].normalize(), periods=prediction.calls.shape[1], freq=f"{minutes}min")
    at = whole_day.get_indexer(local)
    counted = np.ones(len(whole_day))
    counted[at[~seen]] = 0.0
    sums = np.cumsum(sample_paths(prediction, whole_day, paths=WATCH_PATHS) * counted, axis=1)
    middle, spread = np.median(sums, axis=0), sums.std(axis=0) + 1e-9
    above = np.quantile(((sums - middle) / spread).max(axis=1), 0.5 + certainty / 2.0)
    below = np.quantile(((sums - middle) / spread).min(axis=1), 0.5 - certainty / 2.0)
    so_far = calls.fillna(0.0).cumsum().to_numpy(dtype=float)
    lower, upper = np.maximum(middle + below * spread, 0.0)[at], (middle + above * spread)[at]
    outside = outside_band(so_far, lower, upper) & seen
    frame = pd.DataFrame({"calls_so_far": so_far, "lower": lower, "upper": upper, "outside_band": outside}, index=local)
    return BandWatch(frame, local[int(np.argmax(outside))] if outside.any() else None)
