from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import poisson

from forecaster.forecast.accuracy import (
    bias,
    hit_rate,
    mase,
    pinball,
    poisson_floor,
    poisson_mean_absolute_deviation,
    wape,
)


def test_measures_by_hand() -> None:
    actual, forecast = [10.0, 0.0, 30.0, math.nan], [12.0, 1.0, 24.0, 99.0]
    assert wape(actual, forecast) == pytest.approx(9 / 40)
    assert bias(actual, forecast) == pytest.approx(-3 / 40)
    assert hit_rate(actual, [10, 1, 0, 0], [12, 2, 30, 1]) == pytest.approx(2 / 3)


def test_mase_is_one_for_the_naive_forecast_of_a_steady_saw() -> None:
    past = np.tile(np.arange(7.0), 6) + np.repeat(np.arange(6.0), 7)  # grows by one a season
    assert mase([8.0, 9.0], [7.0, 8.0], past=past, season=7) == pytest.approx(1.0)


def test_pinball_is_least_at_the_true_quantile() -> None:
    calls = np.random.default_rng(1).poisson(30, 20_000).astype(float)
    best = poisson.ppf(0.9, 30)
    loss = {q: pinball(calls, np.full((len(calls), 1), q), [0.9]) for q in (best - 3, best, best + 3)}
    assert min(loss, key=lambda q: loss[q]) == best


@pytest.mark.parametrize("rate", [0.0, 0.3, 1.0, 4.7, 60.0])
def test_the_poisson_deviation_agrees_with_its_sum(rate: float) -> None:
    count = np.arange(400)
    by_definition = float((np.abs(count - rate) * poisson.pmf(count, rate)).sum())
    assert float(poisson_mean_absolute_deviation(rate)) == pytest.approx(by_definition, abs=1e-9)


def test_no_forecast_beats_the_poisson_floor_on_poisson_calls() -> None:
    rate = np.random.default_rng(2).uniform(2, 20, 40_000)
    calls = np.random.default_rng(3).poisson(rate)
    assert wape(calls, rate) == pytest.approx(poisson_floor(rate), rel=0.01)


def test_unequal_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="same intervals"):
        wape([1.0, 2.0], [1.0])


def test_without_calls_there_is_no_percentage() -> None:
    assert math.isnan(wape([0.0], [1.0]))
