"""Why the forecast of a day is what it is: its number as a product of named effects."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecaster.forecast.bands import Z_95
from forecaster.forecast.day_calendar import as_dates
from forecaster.forecast.day_model import one_thread
from forecaster.forecast.effects import own_effect
from forecaster.forecast.interval_forecast import predict_history
from forecaster.forecast.named_effects import LearnedEffect, estimates, pooled_estimates
from forecaster.forecast.overrides import Override, override_factor
from forecaster.forecast.prediction import Prediction
from forecaster.history.calendar import Calendar
from forecaster.history.intervals import wall_clock
from forecaster.history.observed import History

Numbers = NDArray[np.float64]
LEVEL = "level"
SMALLEST_DAY_OF_MONTH = 0.01  # of the logarithm: a hundredth is below the rounding of what is told
EFFECT_COLUMNS = ["factor", "lower_95", "upper_95"]


def explain_days(prediction: Prediction) -> pd.DataFrame:
    """Return each day's total as a product: column `level` (calls) times one factor per named effect gives `calls`.

    Index `date`. Effects are averages (geometric) over the settings that take part, so they are what the forecast used,
    not a second opinion; one that the planner has told stands under its own name, as told. A lasting change of level is
    `level step` with its date. `holiday` turns an ordinary day into the holiday. `opening hours` is the part of the day
    that falls into them (0 when closed). `latest days` and `today so far` are what the days just before, or the
    morning, have changed. `rounding` holds what curves leave over (the mean of a skewed total lies above its middle).
    """
    days = prediction.days_ahead
    index = pd.Index(as_dates(prediction.days), name="date")
    total = prediction.calls.sum(axis=1)
    if days.combined is None:
        return pd.DataFrame({LEVEL: total, "calls": total}, index=index)
    count = len(prediction.days)
    combined = days.combined
    with one_thread():
        parts = combined.contributions()
    table: dict[str, Numbers] = {LEVEL: np.exp(combined.kernels.middle + parts.pop(LEVEL)[:count])}
    product = table[LEVEL].copy()
    for name, value in parts.items():
        table[name] = np.exp(value[:count])
        product *= table[name]
    for name, log in (("past misses", combined.past_misses), ("step to come", combined.step_to_come)):
        if log:
            table[name] = np.full(count, np.exp(log))
            product *= table[name]
    for name, value in days.marked.known.items():
        if value.any():
            table[name] = table.get(name, 1.0) * np.exp(value)
            product *= np.exp(value)
    ordinary = days.mean if days.ordinary is None else days.ordinary
    table["holiday"] = np.where(days.marked.is_holiday, _ratio(days.mean, ordinary), 1.0)
    table["rounding"] = np.where(ordinary > 0, _ratio(ordinary, product), 1.0)
    table |= prediction.revisions
    revised = days.mean * np.prod(list(prediction.revisions.values()), axis=0)
    table["opening hours"] = np.where(revised > 0, _ratio(total, revised), total > 0)
    table["calls"] = total
    return pd.DataFrame(table, index=index)


def _ratio(part: Numbers, whole: Numbers) -> Numbers:
    """Return `part ÷ whole`, and 1 where both are nothing."""
    return np.where(whole > 0, part / np.where(whole > 0, whole, 1.0), 1.0)


def learned_effects(prediction: Prediction) -> pd.DataFrame:
    """Return what the history taught of each named effect: index `effect`; `factor`, `lower_95`, `upper_95`.

    A factor multiplies the day's total where the effect applies in full (1.2 = a fifth more calls). First those of the
    calendar (billing days, campaigns, make-up working days, bridge days, the days around holidays, observances), the
    holidays ahead by name and the lasting changes of level that were found; then what every month has: weekdays,
    season, recent weeks, days of the month. An `[[effect]]` of the calendar with one of these names sets it.
    """
    days = prediction.days_ahead
    combined = days.combined
    if combined is None:
        return pd.DataFrame(columns=EFFECT_COLUMNS, dtype=float).rename_axis("effect")
    with one_thread():
        found = pooled_estimates([estimates(combined.kernels, fit) for fit in combined.fits], combined.weights)
    special = {name: _row(e) for name, e in found.items() if own_effect(name) is None}
    usual = {name: _row(e) for name, e in found.items() if name not in special and not _is_silent(name, e)}
    told = combined.kernels.series.told
    rows = {name: row for name, row in (special | _holidays(prediction) | usual).items() if name not in told}
    return pd.DataFrame.from_dict(rows, orient="index", columns=EFFECT_COLUMNS).rename_axis("effect")


def _is_silent(name: str, estimate: LearnedEffect) -> bool:
    """Return whether this is one of thirty days of the month like any other: listed, they would hide the rest."""
    return name.startswith("day of month") and abs(estimate.mean) < SMALLEST_DAY_OF_MONTH


def _row(estimate: LearnedEffect) -> tuple[float, float, float]:
    half = Z_95 * estimate.sd
    return tuple(float(np.exp(estimate.mean + shift)) for shift in (0.0, -half, half))  # type: ignore[return-value]


def _holidays(prediction: Prediction) -> dict[str, tuple[float, float, float]]:
    """Return for each holiday ahead by how much its days together multiply ordinary ones."""
    days = prediction.days_ahead
    rows: dict[str, tuple[float, float, float]] = {}
    if days.ordinary is None or days.holiday_covariance is None:
        return rows
    at = np.flatnonzero(days.marked.is_holiday & (days.ordinary > 0))
    for name in dict.fromkeys(days.marked.holiday[at]):
        same = days.marked.holiday[at] == name
        share = days.ordinary[at] * same
        share = share / share.sum()
        factor = max(float(share @ (days.mean[at] / days.ordinary[at])), 0.01)
        spread = float(np.sqrt(share @ days.holiday_covariance @ share))
        rows[str(name)] = _row(LearnedEffect(float(np.log(factor)), spread / factor))
    return rows


def explained_month(
    history: History, intervals: pd.DatetimeIndex, *, calendar: Calendar, overrides: tuple[Override, ...] = ()
) -> pd.DataFrame:
    """Return `explain_days` of the days of `intervals`, forecast from the whole of `history`.

    Planner overrides appear as a factor of their own, `override`, and multiply `calls`.
    """
    prediction = predict_history(history, intervals, calendar=calendar)
    table = explain_days(prediction)
    if overrides:
        row, slot = prediction.positions(wall_clock(intervals))
        calls = prediction.calls.copy()
        calls[row, slot] *= override_factor(overrides, intervals)
        total = prediction.calls.sum(axis=1)
        table["override"] = _ratio(calls.sum(axis=1), total)
        table["calls"] *= table["override"]
    return table
