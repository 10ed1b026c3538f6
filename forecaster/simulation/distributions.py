"""Shapes of times: functions of (generator, how many) that give random times with mean 1."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from forecaster.queueing.arguments import NOT_NEGATIVE, POSITIVE, checked
from forecaster.sentences import refusal

Shape = Callable[[np.random.Generator, int], np.ndarray]


def exponential(rng: np.random.Generator, count: int) -> np.ndarray:
    """Return exponential times of mean 1."""
    return rng.standard_exponential(count)


def constant(rng: np.random.Generator, count: int) -> np.ndarray:
    """Return times that are all 1."""
    return np.ones(count)


def lognormal(variation: float) -> Shape:
    """Return the lognormal shape whose standard deviation is `variation` times its mean (handle times: about 1).

    Raises
    ------
    ValueError
        If `variation` is not above 0.
    """
    checked("variation", variation, POSITIVE)
    return partial(_lognormal, sigma=float(np.sqrt(np.log1p(variation**2))))


def gamma(variation: float) -> Shape:
    """Return the gamma shape with the given coefficient of variation (1 is exponential, 0.5 is Erlang-4).

    Raises
    ------
    ValueError
        If `variation` is not above 0.
    """
    checked("variation", variation, POSITIVE)
    return partial(_gamma, k=1.0 / variation**2)


def empirical(times: Sequence[float] | np.ndarray) -> Shape:
    """Return the shape that draws from observed `times`, scaled to mean 1.

    Raises
    ------
    ValueError
        If there is no time above 0 among them.
    """
    seen = checked("times", times, NOT_NEGATIVE).ravel()
    if not seen.size or seen.mean() <= 0:
        raise refusal("simulation.times", count=seen.size)
    return partial(_empirical, seen=seen / seen.mean())


def _lognormal(rng: np.random.Generator, count: int, *, sigma: float) -> np.ndarray:
    return np.exp(sigma * rng.standard_normal(count) - sigma * sigma / 2.0)


def _gamma(rng: np.random.Generator, count: int, *, k: float) -> np.ndarray:
    return rng.standard_gamma(k, count) / k


def _empirical(rng: np.random.Generator, count: int, *, seen: np.ndarray) -> np.ndarray:
    return rng.choice(seen, count)
