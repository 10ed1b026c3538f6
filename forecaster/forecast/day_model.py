"""Day totals as one Gaussian random-effects model on their logarithms.

log(total) = level + weekday + a mean-reverting term of some weeks + season + day of month + named effects + noise.
Every part is a Gaussian random effect, so the whole is one covariance matrix; one Cholesky factor of it gives the
forecast, its covariance, and the errors that the same setting would have made from every past day: with K = LLᵀ and
z = L⁻¹y, the error of a block B of days given everything before it is L[B, B]·z[B], by forward substitution. The model
itself: Rasmussen and Williams, Gaussian Processes for Machine Learning (2006), chapter 2.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from copy import copy
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky, solve_triangular
from threadpoolctl import ThreadpoolController

from forecaster.forecast.day_series import DaySeries
from forecaster.forecast.effects import AROUND
from forecaster.history.day_grid import EPOCH

Numbers = NDArray[np.float64]
Whole = NDArray[np.int64]
DAYS_PER_YEAR = 365.25  # leap years counted, so that five years on the season has not slipped by a day
SEASON_MEMORY_DAYS = 5.0 * DAYS_PER_YEAR  # a season of five years ago is a third of this year's
SWING_MEMORY_DAYS = 20.0 * DAYS_PER_YEAR  # a swing of the year keeps its shape for decades
DAY_OF_MONTH_REACH_DAYS = 1.5  # the 5th tells about half of the 6th
AROUND_REACH_DAYS = 4.0  # days near a holiday are alike over about half a week
STEP_VARIANCE = 4.0  # of the logarithm: lines merged may bring ten times the calls
REST_SEASON_DAYS = 50.0  # a weekend's season is that of summer and winter, not of weeks
# Of the logarithm: a day near a long holiday is rarely a fifth off; near a short one, by which Christmas has its name,
# rarely more than a tenth.
AROUND_SD, AROUND_SHORT_SD = 0.2, 0.07
EVERY = slice(None)
DEGREES = 4.0  # of freedom of Student's t, by which wild days count less
WORKDAY_APART = 0.25  # workdays go their own way with so much of the variance of rest days
WEEK_BREAK_VARIANCE = 2.0  # of the logarithm: a weekend that moves changes its weekdays tenfold
STEP_WEEKDAY_VARIANCE = 0.15  # of the logarithm: merged lines may have another week


@dataclass(frozen=True)
class DaySetting:
    """How strongly each part may vary: standard deviations as multiples of the line's own day-to-day noise.

    level
        Step of the random-walk level, per day.
    month
        The mean-reverting term, which forgets over `month_days`.
    year
        The season, smooth over about `year_days`.
    weekday_drift
        The part of the weekday effect that changes over about a year.
    day_of_month
        The effect of each day of the month (billing).
    rest_season
        How far rest days and workdays go their own ways over months, coming back with the year: a weekend in August
        is not one in March.
    swing
        A season whose size has nothing to do with the day-to-day noise (of the logarithm), smooth over `swing_days`:
        three times the calls every summer.
    step
        How far lasting steps of the level are believed: 1 fully (lines merged may bring ten times the calls), 0 not.
    """

    level: float = 0.06
    month: float = 0.8
    month_days: float = 14.0
    year: float = 0.0
    year_days: float = 20.0
    weekday_drift: float = 0.4
    day_of_month: float = 0.0
    rest_season: float = 0.0
    swing: float = 0.0
    swing_days: float = 20.0
    step: float = 1.0


@dataclass(frozen=True, eq=False)
class Fitted:
    """One setting, solved.

    factor
        Lower Cholesky factor of the covariance of the observed days.
    innovation
        z = factor⁻¹ y: each day's surprise given all days before it, in units of its own standard deviation.
    """

    setting: DaySetting
    factor: Numbers
    innovation: Numbers


class Kernels:
    """The covariance of every part over all days, computed once for all settings."""

    def __init__(self, series: DaySeries) -> None:
        self.series = series
        self.expected = series.expected_log
        self.middle = float(np.median(series.log_total)) if series.observed else 0.0
        self.doubt = np.ones(series.observed)
        self._parts: dict[tuple[str, float], Numbers] = {}
        self._fixed: Numbers | None = None
        self._steps: Numbers | None = None

    def doubting(self, doubt: Numbers) -> Kernels:
        """Return the same kernels with the noise variance of each observed day times its `doubt` (≥ 1)."""
        other = copy(self)
        other.doubt = doubt
        other.series = replace(self.series, noise_variance=self.series.noise_variance * doubt)
        return other

    def parts(self, setting: DaySetting) -> Iterator[tuple[str, float, Numbers]]:
        """Yield the name, the variance and the correlation of every part that the setting sizes, over all days.

        The fixed parts hold the steps as fully believed; what is not believed of them comes here, below nought.
        """
        yield from self._sized_parts(setting)
        if setting.step != 1.0:
            yield from ((name, (setting.step - 1.0) * variance, value) for name, variance, value in self._step_parts())

    def _sized_parts(self, setting: DaySetting) -> Iterator[tuple[str, float, Numbers]]:
        unit = self.series.sigma**2
        for name, kind, size, days in (
            ("level", "walk", setting.level, 0.0),
            ("recent weeks", "fading", setting.month, setting.month_days),
            ("season", "season", setting.year, setting.year_days),
            ("weekday", "weekday drift", setting.weekday_drift, 0.0),
            ("day of month", "day of month", setting.day_of_month, 0.0),
            ("season", "rest season", setting.rest_season, REST_SEASON_DAYS),
        ):
            if size:
                yield name, unit * size**2, self._part(kind, days)
        if setting.swing:
            yield "season", setting.swing**2, self._part("swing", setting.swing_days)

    def _step_parts(self, columns: slice = EVERY) -> Iterator[tuple[str, float, Numbers]]:
        day, weekday = self.series.day, self.series.weekday
        for step in self.series.steps:
            after = (day >= step).astype(float)
            both = np.outer(after, after[columns])
            yield step_name(step), STEP_VARIANCE, both
            yield "weekday", STEP_WEEKDAY_VARIANCE, both * (weekday[:, None] == weekday[None, columns])

    def fixed_parts(self, columns: slice = EVERY) -> Iterator[tuple[str, float, Numbers]]:
        """Yield the parts that no setting changes: the constant, weekdays, steps and named effects."""
        series = self.series
        weekday = series.weekday
        same_weekday = (weekday[:, None] == weekday[None, columns]).astype(float)
        yield "level", 9.0, np.ones(same_weekday.shape)
        yield "weekday", 1.0, same_weekday
        yield from self._step_parts(columns)
        for since in series.week_breaks:
            after = (series.day >= since).astype(float)
            yield "weekday", WEEK_BREAK_VARIANCE, np.outer(after, after[columns]) * same_weekday
        for name, column in series.effects.items():
            yield name, series.effect_sd[name] ** 2, np.outer(column, column[columns])
        for name, distance in series.around.items():
            near, where = np.isfinite(distance), np.nan_to_num(distance)
            alike = np.exp(-np.abs(where[:, None] - where[None, columns]) / AROUND_REACH_DAYS)
            alike *= np.outer(near, near[columns]) * (np.sign(where)[:, None] == np.sign(where)[None, columns])
            yield f"{AROUND}{name}", series.around_sd.get(name, AROUND_SD) ** 2, alike

    def _part(self, kind: str, days: float) -> Numbers:
        key = (kind, days)
        if key in self._parts:
            return self._parts[key]
        series = self.series
        day = series.day.astype(float)
        if kind == "walk":
            value = np.minimum(day[:, None], day[None, :]) - day.min(initial=day[0] if len(day) else 0.0)
        elif kind == "day of month":
            apart = np.abs(series.day_of_month[:, None] - series.day_of_month[None, :])
            value = np.exp(-apart / DAY_OF_MONTH_REACH_DAYS)
            free = ~series.is_billing  # a billing day's effect has a name of its own, and all of it belongs there
            value *= np.outer(free, free)
        else:
            gap = np.abs(day[:, None] - day[None, :])
            by_gap = np.arange(gap.max(initial=0.0) + 1.0)  # each gap's value once, then looked up
            if kind == "fading":
                curve = np.exp(-by_gap / days)
            elif kind in ("season", "rest season", "swing"):
                width = 2.0 * (DAYS_PER_YEAR / (2.0 * np.pi * days)) ** 2
                memory = SWING_MEMORY_DAYS if kind == "swing" else SEASON_MEMORY_DAYS
                curve = np.exp(-width * np.sin(np.pi * by_gap / DAYS_PER_YEAR) ** 2 - by_gap / memory)
            else:
                curve = np.exp(-by_gap / DAYS_PER_YEAR)
            value = curve[gap.astype(np.int64)]
            if kind == "rest season":
                alike = series.is_rest[:, None] == series.is_rest[None, :]
                value *= alike * np.where(series.is_rest, 1.0, WORKDAY_APART)[:, None]
            if kind == "weekday drift":
                value *= series.weekday[:, None] == series.weekday[None, :]
        self._parts[key] = value
        return value

    def fixed(self) -> Numbers:
        """Return the covariance of the parts that no setting changes."""
        if self._fixed is None:
            count = len(self.series.day)
            self._fixed = np.zeros((count, count))
            for name, variance, value in self.fixed_parts():
                if name not in self.series.effects:
                    self._fixed += variance * value
            if self.series.effects:  # all at once: there may be dozens
                columns = np.column_stack([s * self.series.effects[n] for n, s in self.series.effect_sd.items()])
                self._fixed += columns @ columns.T
        return self._fixed

    def _total(self, setting: DaySetting, rows: slice, columns: slice) -> Numbers:
        total = self.fixed()[rows, columns].copy()
        for _, variance, value in self._sized_parts(setting):
            total += variance * value[rows, columns]
        if self.series.steps and setting.step != 1.0:
            if self._steps is None:  # all at once: there may be many
                self._steps = np.sum([variance * value for _, variance, value in self._step_parts()], axis=0)
            total -= (1.0 - setting.step) * self._steps[rows, columns]
        return total

    def fit(self, setting: DaySetting) -> Fitted:
        """Return one setting solved on the observed days."""
        n = self.series.observed
        past = self._total(setting, slice(0, n), slice(0, n))
        past[np.diag_indices(n)] += self.series.noise_variance
        factor = cholesky(past, lower=True, overwrite_a=True, check_finite=False)
        y = self.series.log_total - self.middle - self.expected[:n]
        return Fitted(setting, factor, solve_triangular(factor, y, lower=True, check_finite=False))

    def predict(self, fitted: Fitted) -> tuple[Numbers, Numbers]:
        """Return the mean and the covariance of log(total) without noise on the days asked for."""
        n = self.series.observed
        asked = slice(n, None)
        cross = self._total(fitted.setting, slice(0, n), asked)
        cross = solve_triangular(fitted.factor, cross, lower=True, check_finite=False, overwrite_b=True)
        own = self._total(fitted.setting, asked, asked)
        return self.middle + self.expected[n:] + cross.T @ fitted.innovation, own - cross.T @ cross

    def asked_parts(self, setting: DaySetting) -> dict[str, Numbers]:
        """Return by name the covariance of each part between all days and the days asked for (all × asked)."""
        n = self.series.observed
        result: dict[str, Numbers] = {}
        for name, variance, value in (
            *self.fixed_parts(slice(n, None)),
            *((name, variance, value[:, n:]) for name, variance, value in self.parts(setting)),
        ):
            result[name] = result[name] + variance * value if name in result else variance * value
        return result

    def contributions(self, fitted: Fitted) -> dict[str, Numbers]:
        """Return each named part's mean on the days asked for; they and `middle` add up to the mean."""
        n = self.series.observed
        alpha = solve_triangular(fitted.factor, fitted.innovation, lower=True, trans="T", check_finite=False)
        learned = {name: value[:n].T @ alpha for name, value in self.asked_parts(fitted.setting).items()}
        for name, mean in self.series.effect_mean.items():
            learned[name] = learned[name] + mean * self.series.effects[name][n:]
        return learned


def one_thread() -> AbstractContextManager[object]:
    """Return a context in which linear algebra keeps to one thread.

    These matrices are too small to share out: more threads cost more than they save, and wait for each other when
    several lines are forecast at once.
    """
    return _threads().limit(limits=1, user_api="blas")


@cache
def _threads() -> ThreadpoolController:
    return ThreadpoolController()


def step_name(day: int) -> str:
    """Return the name of the lasting change of level from `day` on (days since 1970-01-01)."""
    return f"level step {EPOCH + np.timedelta64(day, 'D')}"


def doubted(kernels: Kernels) -> Kernels:
    """Return the kernels with more noise granted to days that the other days make unlikely.

    Each day's miss given all the others is its leave-one-out residual (Rasmussen and Williams, section 5.4.2); its
    noise variance grows as under Student's t with `DEGREES` of freedom (Lange, Little and Taylor, 1989, JASA 84).
    """
    series = kernels.series
    fitted = kernels.fit(DaySetting(level=0.2))
    inverse = solve_triangular(fitted.factor, np.eye(series.observed), lower=True, check_finite=False)
    precision = (inverse**2).sum(axis=0)
    miss = (inverse.T @ fitted.innovation) / precision
    return kernels.doubting(np.maximum((DEGREES + miss**2 * precision) / (DEGREES + 1.0), 1.0))
