"""Bands around a mean: counts that scatter more than Poisson, because whole days and single hours are off together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import nbinom, norm

Numbers = NDArray[np.float64]


def count_quantiles(mean: Numbers, variance_ratio: Numbers, levels: Sequence[float]) -> Numbers:
    """Return quantiles of counts with the given means (shape: means × levels; 0 where the mean is 0).

    `variance_ratio` is the variance of the rate over its mean squared, so a count varies by mean + ratio·mean²: the
    negative binomial of Greenwood and Yule (1920), with 1 ÷ ratio as its shape.
    """
    result = np.zeros((len(mean), len(levels)))
    busy = mean > 0
    m, ratio = mean[busy][:, None], np.maximum(variance_ratio[busy][:, None], 1e-9)
    level = np.asarray(levels, dtype=float)[None, :]
    exact = m[:, 0] < 200.0
    values = np.zeros((len(m), level.shape[1]))
    if exact.any():
        shape = 1.0 / ratio[exact]
        values[exact] = nbinom.ppf(level, shape, shape / (shape + m[exact]))
    large = ~exact
    if large.any():  # where single calls no longer matter: log-normal with the same mean and variance
        spread = np.log1p(ratio[large] + 1.0 / m[large])
        values[large] = m[large] * np.exp(np.sqrt(spread) * norm.ppf(level) - spread / 2.0)
    result[busy] = values
    return result


def hour_variance_ratio(calls: Numbers, shares: Numbers, *, recent_days: int = 182) -> float:
    """Return how far single slots scatter around their share of the day, beyond Poisson, as variance ÷ mean².

    `calls` and `shares` are days × slots; days with a missing slot are left out. Estimated by moments, trimmed: the
    largest thousandth of the squared misses is left out.
    """
    whole = np.isfinite(calls).all(axis=1) & (shares.sum(axis=1) > 0)
    a, p = calls[whole][-recent_days:], shares[whole][-recent_days:]
    if not a.size:
        return 0.05
    expected = a.sum(axis=1, keepdims=True) * p
    excess = (a - expected) ** 2 - expected * (1.0 - p)
    keep = excess <= np.quantile(excess, 0.999)
    weight = float((expected[keep] ** 2).sum())
    return float(np.clip(excess[keep].sum() / weight, 1e-4, 4.0)) if weight > 0 else 0.05
