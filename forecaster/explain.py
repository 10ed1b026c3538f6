"""Why the forecast of a day is what it is: its number as a product of named effects."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecaster.day_model import effect_estimates
from forecaster.history import History
from forecaster.intervals import wall_clock
from forecaster.overrides import Override, override_factor
from forecaster.prediction import Prediction
from forecaster.special_days import Calendar

Numbers = NDArray[np.float64]
LEVEL = "level"


def explain_days(prediction: Prediction) -> pd.DataFrame:
    """Return each day's total as a product: column `level` (calls) times one factor per named effect gives `calls`.

    Index `date`. Effects are averages (geometric) over the settings that take part, so they are what the forecast used,
    not a second opinion. A lasting change of level is `level step` with its date. `holiday` turns an ordinary day into
    the holiday. `opening hours` is the part of the day that falls into them (0 when closed). `latest days` and `today
    so far` are what the days just before, or the morning, have changed. `rounding` holds what curves leave over (the
    mean of a skewed total lies above its middle).
    """
    days = prediction.days_ahead
    index = pd.Index([day.item() for day in prediction.days], name="date")
    total = prediction.calls.sum(axis=1)
    if days.combined is None:
        return pd.DataFrame({LEVEL: total, "calls": total}, index=index)
    count = len(prediction.days)
    combined = days.combined
    parts: dict[str, Numbers] = {}
    for fit, weight in zip(combined.fits, combined.weights, strict=True):
        for name, value in combined.kernels.contributions(fit).items():
            parts[name] = parts.get(name, np.zeros(len(value))) + weight * value
    table: dict[str, Numbers] = {LEVEL: np.exp(combined.kernels.middle + parts.pop(LEVEL)[:count])}
    ordinary = table[LEVEL].copy()
    for name, value in parts.items():
        table[name] = np.exp(value[:count])
        ordinary *= table[name]
    if combined.step_to_come:
        table["step to come"] = np.full(count, np.exp(combined.step_to_come))
        ordinary *= table["step to come"]
    if days.marked.known_log.any():
        table["told by the planner"] = np.exp(days.marked.known_log)
        ordinary *= table["told by the planner"]
    with np.errstate(divide="ignore", invalid="ignore"):
        left = days.mean / ordinary
    holiday = days.marked.is_holiday
    table["holiday"] = np.where(holiday, left, 1.0)
    table["rounding"] = np.where(holiday | (days.mean <= 0), 1.0, left)
    table |= prediction.revisions
    revised = days.mean * np.prod(list(prediction.revisions.values()), axis=0)
    table["opening hours"] = np.where(revised > 0, total / np.where(revised > 0, revised, 1.0), holiday)
    table["calls"] = total
    return pd.DataFrame(table, index=index)


def learned_effects(prediction: Prediction) -> pd.DataFrame:
    """Return what the history taught of each named effect: index `effect`; `factor`, `lower_95`, `upper_95`.

    A factor multiplies the day's total where the effect applies in full (1.2 = a fifth more calls). Effects are those
    of the calendar (billing days, campaigns, make-up working days, bridge days, the days around holidays, observances)
    and the lasting changes of level that were found.
    """
    combined = prediction.days_ahead.combined
    rows: dict[str, tuple[float, float, float]] = {}
    if combined is not None:
        found = [effect_estimates(combined.kernels, fit) for fit in combined.fits]
        for name in found[0]:
            mean = float(np.sum([w * f[name][0] for w, f in zip(combined.weights, found, strict=True)]))
            second = np.sum(
                [w * (f[name][1] ** 2 + f[name][0] ** 2) for w, f in zip(combined.weights, found, strict=True)]
            )
            half = 1.96 * float(np.sqrt(max(float(second) - mean**2, 0.0)))
            rows[name] = (float(np.exp(mean)), float(np.exp(mean - half)), float(np.exp(mean + half)))
    return pd.DataFrame.from_dict(rows, orient="index", columns=["factor", "lower_95", "upper_95"]).rename_axis(
        "effect"
    )


def explained_month(
    history: History, intervals: pd.DatetimeIndex, *, calendar: Calendar, overrides: tuple[Override, ...] = ()
) -> pd.DataFrame:
    """Return `explain_days` of the days of `intervals`, forecast from the whole of `history`.

    Planner overrides appear as a factor of their own, `override`, and multiply `calls`.
    """
    from forecaster.forecast import predict_history  # noqa: PLC0415  (explain is called by those who forecast)

    prediction = predict_history(history, intervals, calendar=calendar)
    table = explain_days(prediction)
    if overrides:
        row, slot = prediction.positions(wall_clock(intervals))
        calls = prediction.calls.copy()
        calls[row, slot] *= override_factor(overrides, intervals)
        total = prediction.calls.sum(axis=1)
        table["override"] = np.where(total > 0, calls.sum(axis=1) / np.where(total > 0, total, 1.0), 1.0)
        table["calls"] *= table["override"]
    return table
