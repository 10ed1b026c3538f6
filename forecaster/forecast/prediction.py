"""The forecast as the models know it: expected calls by day and slot, and how days and slots may be off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from forecaster.forecast.bands import Scatter, beyond_80, count_quantiles, slot_correlation, slot_scatter
from forecaster.forecast.day_calendar import as_dates
from forecaster.forecast.day_forecast import LIKELY, LONGEST_LEAD_BLOCK_DAYS, DayForecast, forecast_days
from forecaster.forecast.hour_profile import learn_profile
from forecaster.forecast.past_scatter import AS_STATED
from forecaster.history.calendar import Calendar
from forecaster.history.day_grid import DayGrid, slot_positions, weekday_of

Numbers = NDArray[np.float64]
Days = NDArray[np.datetime64]
Whole = NDArray[np.int64]
FEWEST_TESTED_DAYS = 20  # below, all days learned from tell the scatter, if a little too well
UNLIKELY = 0.01  # a chance of being shut so small that bands leave it out


@dataclass(frozen=True, eq=False)
class Prediction:
    """Expected calls of consecutive days, and their uncertainty in two layers.

    open_calls
        Expected calls if the line is open, days × slots.
    shut
        The chance that the line is shut on each day. `calls` expects none where that is likelier than not.
    day_covariance
        Covariance of the days' common factors on the logarithm, each day's own noise included.
    stretch_80, stretch_95, day_scatter
        How much wider than that the past was, at the 80 % and 95 % limits, and on days like each of these.
    slots_off
        Scatter of single slots around their day, one for all or by slot; `neighbours` is the correlation of that
        between neighbouring slots.
    shares, days_ahead
        What the expectation is made of: slot shares by weekday, and the day totals.
    revisions
        Named factors by which later knowledge changed the days' totals (the latest days, today so far).
    """

    days: Days
    interval_minutes: int
    open_calls: Numbers
    shut: Numbers
    day_covariance: Numbers
    stretch_80: float
    stretch_95: float
    day_scatter: Numbers
    slots_off: Scatter
    neighbours: float
    shares: Numbers
    days_ahead: DayForecast
    revisions: dict[str, Numbers] = field(default_factory=dict)

    @property
    def calls(self) -> Numbers:
        """Return the calls to expect, days × slots."""
        return self.open_calls * (self.shut < LIKELY)[:, None]

    @property
    def chance_shut(self) -> Numbers:
        """Return the chance that the line is shut on each day as bands and paths have it: none where unlikely."""
        return np.where(self.shut < UNLIKELY, 0.0, self.shut)

    def positions(self, local: pd.DatetimeIndex) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the row and the slot of each naive local instant."""
        day, slot = slot_positions(local, self.interval_minutes)
        return (day - self.days[0]).astype(np.int64), slot

    @property
    def scattered(self) -> Numbers:
        """Return the covariance of the days' common factors as days like each of these have scattered."""
        return self.day_covariance * np.outer(self.day_scatter, self.day_scatter)

    def day_variance(self, z: Numbers) -> Numbers:
        """Return each day's relative variance at each normal score `z` of the band (days × levels)."""
        return np.expm1(np.minimum(np.diag(self.scattered)[:, None] * self.stretch(z) ** 2, 4.0))

    def stretch(self, z: Numbers) -> Numbers:
        """Return how much wider than the covariance the past was at each normal score."""
        return self.stretch_80 + beyond_80(z) * (self.stretch_95 - self.stretch_80)

    def open_levels(self, levels: Sequence[float]) -> Numbers:
        """Return the levels that quantiles of an open day have to stand at (days × levels; 0 = the line is shut)."""
        shut = self.chance_shut[:, None]
        level = np.asarray(levels, dtype=float)[None, :]
        return np.clip((level - shut) / np.maximum(1.0 - shut, 1e-9), 0.0, 1.0 - 1e-9)


def predict(grid: DayGrid, ahead: Days, calendar: Calendar) -> Prediction:
    """Return the prediction of the consecutive days `ahead`, all after the last day of `grid`."""
    days = forecast_days(grid, ahead, calendar)
    lead = int((ahead[0] - grid.days[-1]).astype(np.int64))
    past_weekday, special = days.past_marked.weekday, days.past_marked.is_holiday
    tail = DayGrid(grid.days[-len(special) :], grid.calls[-len(special) :], grid.interval_minutes)
    profile = learn_profile(
        tail,
        weekday=past_weekday,
        ordinary=~special,
        rest_weekdays=calendar.rest_weekdays,
        lead_days=(lead, lead + min(len(ahead), LONGEST_LEAD_BLOCK_DAYS) - 1),
    )
    shares = profile.shares
    rest = days.rest_share[:, None]
    mixed = (1.0 - rest) * shares[days.marked.weekday] + rest * shares[days.rest_weekday][None, :]
    unknown = days.marked.told_open & ~mixed.any(axis=1)  # open for once on a weekday never worked
    mixed[unknown] = shares.sum(axis=0) / max(float(shares.sum()), 1e-12)
    mixed = np.where(open_slots(ahead, days.marked.weekday, grid, calendar), mixed, 0.0)
    told = profile.tested_calls, profile.tested_shares
    if len(told[0]) < FEWEST_TESTED_DAYS:
        told = tail.calls[~special], shares[past_weekday[~special]]
    scatter = days.combined.scatter if days.combined is not None else AS_STATED
    is_rest = np.isin(days.marked.weekday, list(calendar.rest_weekdays))
    return Prediction(
        days=ahead,
        interval_minutes=grid.interval_minutes,
        open_calls=days.mean[:, None] * mixed,
        shut=days.shut,
        day_covariance=days.log_covariance + np.diag(days.noise_variance),
        stretch_80=scatter.at_80,
        stretch_95=scatter.at_95,
        day_scatter=np.where(days.marked.is_holiday, 1.0, scatter.by_day(is_rest)),
        slots_off=slot_scatter(*told),
        neighbours=slot_correlation(*told),
        shares=shares,
        days_ahead=days,
    )


def open_slots(days: Days, weekday: Whole, grid: DayGrid, calendar: Calendar) -> NDArray[np.bool_]:
    """Return for each day the slots in which the line is open, as the calendar tells.

    By its date where that is told, and else by the `weekday` it works like.
    """
    start = np.arange(grid.slots) * grid.interval_minutes

    def between(opens: int, closes: int) -> NDArray[np.bool_]:
        return np.asarray((start + grid.interval_minutes > opens) & (start < closes))

    by_weekday = np.full((7, grid.slots), not calendar.opening_minutes)
    for number, hours in calendar.opening_minutes.items():
        by_weekday[number] = between(*hours)
    result = by_weekday[weekday]
    for row, day in enumerate(as_dates(days)):
        if day in calendar.opening_on:
            result[row] = between(*calendar.opening_on[day])
    return result


def within_told_hours(grid: DayGrid, calendar: Calendar) -> DayGrid:
    """Return the days from the first to learn from, with nothing observed outside the hours told by date."""
    first = np.datetime64(calendar.learn_from or grid.days[0], "D")
    later = grid.days >= first if (grid.days >= first).any() else np.ones(len(grid.days), dtype=bool)
    days, calls = grid.days[later], grid.calls[later]
    told = np.array([day in calendar.opening_on for day in as_dates(days)], dtype=bool)
    if told.any():
        is_open = open_slots(days, weekday_of(days), grid, calendar)
        calls = np.where(is_open | ~told[:, None], calls, np.nan)
    return DayGrid(days, calls, grid.interval_minutes)


def slot_quantiles(prediction: Prediction, local: pd.DatetimeIndex, levels: Sequence[float]) -> Numbers:
    """Return the quantiles of the calls of each interval (intervals × levels)."""
    row, slot = prediction.positions(local)
    level = prediction.open_levels(levels)
    z = ndtri(level)
    ratio = prediction.day_variance(z)[row] + prediction.slots_off.at(z[row], slot)
    return count_quantiles(prediction.open_calls[row, slot], ratio, level[row])


def day_quantiles(prediction: Prediction, levels: Sequence[float]) -> Numbers:
    """Return the quantiles of each day's total (days × levels)."""
    calls, level = prediction.open_calls, prediction.open_levels(levels)
    total = calls.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        single = np.nan_to_num((prediction.slots_off.at_80 * calls**2).sum(axis=1) / total**2)
    rho = prediction.neighbours
    own = single * (1.0 + rho) / (1.0 - rho)
    # The day's own noise was measured on totals, so the slots' part is in it already where that is the larger.
    ratio = np.maximum(prediction.day_variance(ndtri(level)), own[:, None])
    return count_quantiles(total, ratio, level)


def total_quantiles(prediction: Prediction, levels: Sequence[float]) -> Numbers:
    """Return the quantiles of the calls of all days together: days that move together do not make up for each other."""
    day = prediction.calls.sum(axis=1)
    together = np.expm1(np.minimum(prediction.scattered * prediction.stretch_80**2, 4.0))
    shut = prediction.chance_shut
    open_or_shut = shut * (1.0 - shut) @ prediction.open_calls.sum(axis=1) ** 2
    ratio = float(day @ together @ day + open_or_shut) / max(float(day.sum()) ** 2, 1e-12)
    level = np.asarray(levels, dtype=float)[None, :]
    return np.asarray(count_quantiles(day.sum(keepdims=True), np.full(level.shape, ratio), level)[0])


def sample_paths(prediction: Prediction, local: pd.DatetimeIndex, *, paths: int = 200, seed: int = 0) -> Numbers:
    """Return whole possible futures: calls of each interval on each path (paths × intervals, whole numbers).

    Days share a factor drawn with their covariance; slots a factor that neighbours share in part; calls come at random
    around their product. Sums over any intervals so have honest bands.
    """
    random = np.random.default_rng(seed)
    covariance = prediction.scattered
    values, vectors = np.linalg.eigh(covariance)
    draws = random.standard_normal((paths, len(covariance))) * np.sqrt(np.maximum(values, 0.0))
    day = _with_tails(draws @ vectors.T, np.sqrt(np.diag(covariance)), prediction)
    row, slot = prediction.positions(local)
    count = prediction.open_calls.shape[1]
    rho = prediction.neighbours
    spread = np.broadcast_to(np.log1p(prediction.slots_off.at_80), (count,))[slot]
    noise = random.standard_normal((paths, len(covariance), count))
    for step in range(1, count):
        noise[:, :, step] = rho * noise[:, :, step - 1] + np.sqrt(1.0 - rho**2) * noise[:, :, step]
    factor = np.exp(day[:, row] + np.sqrt(spread) * noise[:, row, slot] - spread / 2.0)
    drawn = random.poisson(np.minimum(prediction.open_calls[row, slot][None, :] * factor, 1e9)).astype(float)
    is_shut = random.random((paths, len(prediction.shut))) < prediction.chance_shut
    return np.where(is_shut[:, row], 0.0, drawn)


def _with_tails(draws: Numbers, sd: Numbers, prediction: Prediction) -> Numbers:
    stretch = prediction.stretch(draws / np.maximum(sd, 1e-12))
    return draws * stretch - (sd * prediction.stretch_80) ** 2 / 2.0


def scaled(prediction: Prediction, factor: Numbers) -> Prediction:
    """Return the prediction with its expected calls multiplied by `factor` (days × slots, or days × 1)."""
    return replace(prediction, open_calls=prediction.open_calls * factor)
