"""Bands around a mean: counts that scatter more than Poisson, because whole days and single slots are off together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]
Z_80, Z_95 = 1.2816, 1.9600  # the normal's limits on either side of 80 % and 95 %
LARGE_COUNT = 200.0  # from here on single calls no longer matter, and a log-normal serves
RECENT_DAYS = 182  # half a year: how hours scatter changes as a line grows
FEWEST_BUSY_DAYS = 30  # of fewer, the 95 % limit would be the one worst day
HOUR_DOUBT_DAYS = 10.0  # an hour's own scatter counts only as far as so many days have shown it


def beyond_80(z: Numbers) -> Numbers:
    """Return how far normal scores lie from the 80 % limit (0, and within it) towards the 95 % one (1, and beyond)."""
    return np.clip((np.abs(z) - Z_80) / (Z_95 - Z_80), 0.0, 1.0)


def weighted_quantile(values: Numbers, weight: Numbers, share: float) -> float:
    """Return the value that a share of the weighted `values` does not go beyond."""
    order = np.argsort(values)
    up_to = np.cumsum(weight[order]) / weight.sum()
    return float(values[order][min(int(np.searchsorted(up_to, share)), len(values) - 1)])


@dataclass(frozen=True, eq=False)
class Scatter:
    """A relative variance (variance ÷ mean²) told at the 80 % and at the 95 % limits: tails may be heavier.

    Either may be one number, or one for each slot of the day.
    """

    at_80: float | Numbers
    at_95: float | Numbers

    def at(self, z: Numbers, slot: NDArray[np.int64]) -> Numbers:
        """Return the relative variance of each slot of the day `slot` at its normal scores `z` (slots × scores)."""
        share = beyond_80(z)
        low, high = (
            (value[slot] if value.ndim else np.full(len(slot), value))[:, None]
            for value in (np.asarray(self.at_80), np.asarray(self.at_95))
        )
        return np.asarray(low + share * (high - low))


def outside_band(value: ArrayLike, lower: ArrayLike, upper: ArrayLike) -> Flags:
    """Return where a value lies outside its band, limits included in it; never where one of the three is not known."""
    seen, low, high = (np.asarray(one, dtype=float) for one in (value, lower, upper))
    return np.asarray((seen < low) | (seen > high))


def count_quantiles(mean: Numbers, variance_ratio: Numbers, levels: Numbers) -> Numbers:
    """Return quantiles of counts with the given means (means × levels; 0 where the mean or the level is 0).

    `variance_ratio` (means × levels) is the variance of the rate over its mean squared, so a count varies by
    mean + ratio·mean²: the negative binomial of Greenwood and Yule (1920) with 1 ÷ ratio as its shape.
    """
    level = np.broadcast_to(levels, variance_ratio.shape)
    result = np.zeros(variance_ratio.shape)
    small = (mean > 0) & (mean < LARGE_COUNT)
    if small.any():
        from scipy.stats import nbinom

        shape = 1.0 / np.maximum(variance_ratio[small], 1e-9)
        result[small] = nbinom.ppf(level[small], shape, shape / (shape + mean[small][:, None]))
    large = mean >= LARGE_COUNT
    if large.any():
        m = mean[large][:, None]
        spread = np.log1p(variance_ratio[large] + 1.0 / m)
        result[large] = m * np.exp(np.sqrt(spread) * ndtri(level[large]) - spread / 2.0)
    result[level <= 0.0] = 0.0
    return np.maximum.accumulate(result, axis=1) if (np.diff(level, axis=1) >= 0.0).all() else result


def slot_scatter(calls: Numbers, shares: Numbers) -> Scatter:
    """Return how far single slots scatter around their share of the day, beyond counting.

    `calls` and `shares` are days × slots; days with a missing slot are left out. The scatter is the one under which
    80 % and 95 % of the misses lie within their limits, so a few wild days do not widen every band.
    """
    a, p = _whole_days(calls, shares)
    expected = a.sum(axis=1, keepdims=True) * p
    counting = expected * (1.0 - p)
    every = scatter_around(a, expected, counting=counting) or Scatter(0.05, 0.05)
    return slot_by_slot(every, a, expected, counting=counting)


def slot_by_slot(every: Scatter, calls: Numbers, expected: Numbers, *, counting: Numbers | None = None) -> Scatter:
    """Return the scatter of each slot of the day, from days × slots, pulled towards that of `every` slot.

    Nights scatter more than days; a slot seldom busy scatters like all.
    """
    by_slot = np.tile(np.array([every.at_80, every.at_95], dtype=float), (calls.shape[1], 1))
    trust = len(calls) / (len(calls) + HOUR_DOUBT_DAYS)
    for slot in range(calls.shape[1]):
        own = None if counting is None else counting[:, [slot]]
        alone = scatter_around(calls[:, [slot]], expected[:, [slot]], counting=own, fewest=FEWEST_BUSY_DAYS)
        if alone is not None:
            by_slot[slot] *= (np.array([alone.at_80, alone.at_95]) / by_slot[slot]) ** trust
    return Scatter(*by_slot.T)


def scatter_around(
    calls: Numbers, expected: Numbers, *, counting: Numbers | None = None, fewest: int = 100
) -> Scatter | None:
    """Return how far counts scatter around what was expected of them, beyond `counting` (by default Poisson).

    None where fewer than `fewest` counts were to be expected at all.
    """
    busy = expected > 0.2
    if busy.sum() < fewest:
        return None
    mean, miss = expected[busy], np.abs(calls - expected)[busy]
    chance = mean if counting is None else counting[busy]
    return Scatter(*(_ratio_at(miss, mean, chance, z, level) for z, level in ((Z_80, 0.80), (Z_95, 0.95))))


def _whole_days(calls: Numbers, shares: Numbers) -> tuple[Numbers, Numbers]:
    whole = (np.isfinite(calls) | (shares <= 0.0)).all(axis=1) & (shares.sum(axis=1) > 0)
    return np.nan_to_num(calls[whole][-RECENT_DAYS:]), shares[whole][-RECENT_DAYS:]


def _ratio_at(miss: Numbers, expected: Numbers, counting: Numbers, z: float, level: float) -> float:
    """Return the relative variance under which a share `level` of the misses is within z standard deviations."""
    weight = expected / expected.sum()
    low, high = 1e-5, 4.0
    for _ in range(25):
        middle = float(np.sqrt(low * high))
        inside = float(weight @ (miss <= z * np.sqrt(counting + middle * expected**2) + 0.5))
        low, high = (middle, high) if inside < level else (low, middle)
    return float(np.sqrt(low * high))


def slot_correlation(calls: Numbers, shares: Numbers) -> float:
    """Return the correlation of neighbouring slots' misses around their shares of the day's total (0–0.95)."""
    a, p = _whole_days(calls, shares)
    expected = a.sum(axis=1, keepdims=True) * p
    scaled = np.clip((a - expected) / np.sqrt(np.maximum(expected, 1.0)), -4.0, 4.0) * (expected > 0.2)
    size = float((scaled**2).sum())
    return float(np.clip((scaled[:, 1:] * scaled[:, :-1]).sum() / size, 0.0, 0.95)) if size > 0 else 0.3
