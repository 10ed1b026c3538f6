"""Day totals as one Gaussian random-effects model on their logarithms.

log(total) = level + weekday + a mean-reverting term of some weeks + season + named effects + noise. Every part is a
Gaussian random effect, so the whole is one covariance matrix; one Cholesky factor of it gives the forecast, its
covariance, and the errors that the same setting would have made from every past day: with K = LLᵀ and z = L⁻¹y, the
error of a block B of days given everything before it is L[B, B]·z[B] (Rasmussen and Williams, Gaussian Processes for
Machine Learning, 2006, ch. 2, for the model; the block identity is forward substitution).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky, solve_triangular

Numbers = NDArray[np.float64]
Whole = NDArray[np.int64]
DAYS_PER_YEAR = 365.25


@dataclass(frozen=True)
class Setting:
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
    """

    name: str
    level: float = 0.12
    month: float = 0.8
    month_days: float = 14.0
    year: float = 1.0
    year_days: float = 20.0
    weekday_drift: float = 0.4
    day_of_month: float = 0.0


@dataclass(frozen=True, eq=False)
class DaySeries:
    """What the model learns from, one entry per observed ordinary day, and the days to forecast after them.

    day
        Day numbers, increasing; the last `horizon` of them are to be forecast.
    weekday, day_of_month
        Of each day.
    groups
        Columns of 0/1 or decaying weights, each with a name: random effects shared by the days that carry them.
    log_total
        Natural logarithm of the total of each observed day.
    noise_variance
        Variance of the observation of each observed day, counting noise and down-weighting included.
    sigma
        Day-to-day noise of this line, the unit of `Setting`.
    """

    day: Whole
    weekday: Whole
    day_of_month: Whole
    log_total: Numbers
    noise_variance: Numbers
    sigma: float
    steps: tuple[int, ...] = ()
    groups: dict[str, Numbers] = field(default_factory=dict)
    group_sd: dict[str, float] = field(default_factory=dict)

    @property
    def observed(self) -> int:
        """Number of observed days."""
        return len(self.log_total)


@dataclass(frozen=True, eq=False)
class Fitted:
    """One setting, solved.

    mean, covariance
        Of log(total) without its noise, on the days to forecast.
    factor
        Lower Cholesky factor over the observed days.
    innovation
        z = factor⁻¹ y: each day's surprise given all days before it, in units of its own standard deviation.
    """

    setting: Setting
    mean: Numbers
    covariance: Numbers
    factor: Numbers
    innovation: Numbers


class Kernels:
    """The covariance of every part over all days, computed once for all settings."""

    def __init__(self, series: DaySeries) -> None:
        self.series = series
        day = series.day.astype(float)
        gap = np.abs(day[:, None] - day[None, :])
        start = day[0]
        same_weekday = series.weekday[:, None] == series.weekday[None, :]
        self._gap = gap
        self._walk = np.minimum(day[:, None], day[None, :]) - start
        self._drift = np.where(same_weekday, np.exp(-gap / DAYS_PER_YEAR), 0.0)
        self._turn = np.sin(np.pi * gap / DAYS_PER_YEAR) ** 2
        self._memory = np.exp(-gap / (5.0 * DAYS_PER_YEAR))
        fixed = 9.0 + np.where(same_weekday, 1.0, 0.0)
        for step in series.steps:
            after = day >= step
            fixed = fixed + 4.0 * np.outer(after, after)
        for name, column in series.groups.items():
            fixed = fixed + series.group_sd[name] ** 2 * np.outer(column, column)
        self._fixed = fixed
        self._parts: dict[tuple[str, float], Numbers] = {}

    def _part(self, kind: str, days: float) -> Numbers:
        key = (kind, days)
        if key not in self._parts:
            if kind == "month":
                value = np.exp(self._gap / -days)
            elif kind == "year":
                value = np.exp(self._turn * (-2.0 * (DAYS_PER_YEAR / (2.0 * np.pi * days)) ** 2)) * self._memory
            else:
                apart = np.abs(self.series.day_of_month[:, None] - self.series.day_of_month[None, :])
                value = np.exp(-apart / days)
            self._parts[key] = value
        return self._parts[key]

    def covariance(self, setting: Setting) -> Numbers:
        """Return the covariance of log(total) without noise over all days, observed and to come."""
        unit = self.series.sigma**2
        total = self._fixed + (unit * setting.level**2) * self._walk
        if setting.month:
            total += (unit * setting.month**2) * self._part("month", setting.month_days)
        if setting.year:
            total += (unit * setting.year**2) * self._part("year", setting.year_days)
        if setting.weekday_drift:
            total += (unit * setting.weekday_drift**2) * self._drift
        if setting.day_of_month:
            total += (unit * setting.day_of_month**2) * self._part("day_of_month", 1.5)
        return total

    def fit(self, setting: Setting) -> Fitted:
        """Return the forecast of one setting and what is needed to judge it."""
        n, y = self.series.observed, self.series.log_total
        total = self.covariance(setting)
        past = total[:n, :n].copy()
        past[np.diag_indices(n)] += self.series.noise_variance
        factor = cholesky(past, lower=True, overwrite_a=True, check_finite=False)
        middle = float(np.median(y))
        right = np.column_stack([y - middle, total[:n, n:]])
        solved = solve_triangular(factor, right, lower=True, check_finite=False, overwrite_b=True)
        innovation, cross = solved[:, 0], solved[:, 1:]
        mean = middle + cross.T @ innovation
        return Fitted(setting, mean, total[n:, n:] - cross.T @ cross, factor, innovation)
