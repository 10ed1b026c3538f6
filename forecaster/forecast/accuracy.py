"""How good a forecast was: every measure the trade reads, with the formula it stands for.

All functions take plain sequences of equal length. Positions where the actual or the forecast is NaN are left out:
what was not observed can be neither right nor wrong.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln

from forecaster.sentences import refusal

Numbers = NDArray[np.float64]


def _pairs(actual: ArrayLike, other: ArrayLike) -> tuple[Numbers, Numbers]:
    a, f = np.asarray(actual, dtype=float), np.asarray(other, dtype=float)
    if a.shape != f.shape:
        raise refusal("accuracy.shapes", actual=a.shape, forecast=f.shape)
    seen = np.isfinite(a) & np.isfinite(f)
    return a[seen], f[seen]


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0 else float("nan")


def wape(actual: ArrayLike, forecast: ArrayLike) -> float:
    """Return the weighted absolute percentage error, Σ|A − F| ÷ ΣA (share ≥ 0; NaN where no call came).

    `actual` and `forecast` are calls by interval, of one length; an interval without one of them is left out.

    Raises
    ------
    ValueError
        If their lengths differ.
    """
    a, f = _pairs(actual, forecast)
    return _ratio(np.abs(a - f).sum(), a.sum())


def bias(actual: ArrayLike, forecast: ArrayLike) -> float:
    """Return the bias Σ(F − A) ÷ ΣA: positive where too much was forecast (NaN where no call came).

    `actual` and `forecast` are calls by interval, of one length; an interval without one of them is left out.

    Raises
    ------
    ValueError
        If their lengths differ.
    """
    a, f = _pairs(actual, forecast)
    return _ratio((f - a).sum(), a.sum())


def mase(actual: ArrayLike, forecast: ArrayLike, *, past: ArrayLike, season: int = 168) -> float:
    """Return the mean absolute error over that of last season's value within `past`.

    Source: Hyndman and Koehler (2006), International Journal of Forecasting 22(4). `season` counts intervals; the
    default is a week of hours.

    Raises
    ------
    ValueError
        If the lengths of `actual` and `forecast` differ.
    """
    a, f = _pairs(actual, forecast)
    before = np.asarray(past, dtype=float)
    steps = np.abs(before[season:] - before[:-season])
    steps = steps[np.isfinite(steps)]
    return _ratio(float(np.abs(a - f).mean()), float(steps.mean())) if len(steps) and len(a) else float("nan")


def pinball(actual: ArrayLike, quantiles: Any, levels: ArrayLike) -> float:
    """Return the mean pinball loss over `levels` divided by the mean actual (share ≥ 0).

    `quantiles` has one row per interval and one column per level. The loss is q·(A − F) above F, (1 − q)·(F − A) below.
    Source: Koenker and Bassett (1978), Econometrica 46(1).

    Raises
    ------
    ValueError
        If the rows or the levels do not fit each other.
    """
    a, q = np.asarray(actual, dtype=float)[:, None], np.asarray(quantiles, dtype=float)
    level = np.asarray(levels, dtype=float)[None, :]
    seen = np.isfinite(a[:, 0]) & np.isfinite(q).all(axis=1)
    loss = np.maximum(level * (a - q), (level - 1.0) * (a - q))[seen]
    return _ratio(float(loss.mean(axis=1).sum()), float(a[seen].sum())) if seen.any() else float("nan")


def hit_rate(actual: ArrayLike, lower: ArrayLike, upper: ArrayLike) -> float:
    """Return the share of actuals inside the band, both limits included (0–1; NaN where none was observed).

    Raises
    ------
    ValueError
        If the lengths of `actual`, `lower` and `upper` differ.
    """
    a, low, high = (np.asarray(v, dtype=float) for v in (actual, lower, upper))
    seen = np.isfinite(a) & np.isfinite(low) & np.isfinite(high)
    return float(((a >= low) & (a <= high))[seen].mean()) if seen.any() else float("nan")


def poisson_mean_absolute_deviation(mean: ArrayLike) -> Numbers:
    """Return E|X − λ| of a Poisson count, 2·e^−λ·λ^(⌊λ⌋+1) ÷ ⌊λ⌋!: what remains when the mean itself is known.

    Source: Johnson, Kemp and Kotz, Univariate Discrete Distributions, section 4.3.
    """
    rate = np.maximum(np.asarray(mean, dtype=float), 0.0)
    whole = np.floor(rate)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = 2.0 * np.exp(-rate + (whole + 1.0) * np.log(rate) - gammaln(whole + 1.0))
    return np.where(rate > 0.0, value, np.where(np.isnan(rate), np.nan, 0.0))


def poisson_floor(forecast: ArrayLike) -> float:
    """Return the WAPE that a forecast would have if it were the true mean and calls came at random (Poisson)."""
    f = np.asarray(forecast, dtype=float)
    f = f[np.isfinite(f)]
    return _ratio(float(poisson_mean_absolute_deviation(f).sum()), float(f.sum()))
