"""What past errors tell of the bands: put in a scatter, get it out, as far as the days that show it are trusted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtri

from forecaster.forecast.combination import Combined
from forecaster.forecast.interval_forecast import predict_intervals
from forecaster.forecast.past_scatter import PastErrors, PastScatter, learn_scatter
from forecaster.forecast.prediction import Prediction, day_quantiles, sample_paths, total_quantiles
from forecaster.history.calendar import Calendar

COUNT = 2000
NORMAL = ndtri((np.arange(COUNT) + 0.5) / COUNT)  # errors exactly as scattered as a standard normal
ALIKE = np.zeros(COUNT, dtype=bool)


def errors(scale: float | np.ndarray, *, stated: float | np.ndarray = 0.1, is_rest: np.ndarray = ALIKE) -> PastErrors:
    return PastErrors(0.1 * scale * NORMAL, np.broadcast_to(stated, COUNT), np.ones(COUNT), is_rest)


@pytest.mark.parametrize("cases", [0.0, 12.0, 1e9])
def test_errors_at_past_cut_offs_count_as_far_as_they_are_trusted_and_one_day_ahead_for_the_rest(cases: float) -> None:
    found = learn_scatter(errors(1.5), errors(0.7), cases=cases)
    trust = cases / (cases + 12.0)
    soon = 0.7 ** (COUNT / (COUNT + 15.0))
    expected = 1.5**trust * soon ** (1.0 - trust)
    assert [found.at_80, found.at_95] == pytest.approx([expected, expected], rel=0.01)
    assert [found.rest_days, found.workdays, found.trust] == pytest.approx([1.0, 1.0, trust])


def test_few_days_tell_little_of_what_the_model_states() -> None:
    few = slice(0, COUNT, 200)
    one_day = PastErrors(0.05 * NORMAL[few], np.full(10, 0.1), np.full(10, 0.5), ALIKE[few])
    found = learn_scatter(errors(1.0), one_day, cases=0.0)
    assert found.at_80 == pytest.approx((np.sort(np.abs(0.5 * NORMAL[few]))[7] / 1.2816) ** (5.0 / 20.0))


def test_tails_heavier_than_a_normals_widen_the_outer_limit_alone() -> None:
    heavy = np.where(np.abs(NORMAL) > 1.5, 2.0, 1.0)
    found = learn_scatter(errors(heavy), errors(1.0), cases=1e9)
    assert [found.at_80, found.at_95] == pytest.approx([1.0, 2.0], rel=0.01)


def test_rest_days_that_scatter_more_are_told_from_workdays_and_the_limits_hold_for_both() -> None:
    is_rest = np.arange(COUNT) % 4 == 0
    scale = np.where(is_rest, 2.0, 1.0)
    found = learn_scatter(errors(scale, is_rest=is_rest), errors(scale, is_rest=is_rest), cases=30.0)
    assert found.rest_days / found.workdays == pytest.approx(2.0, rel=0.05)
    wide = found.at_80 * found.by_day(np.array([True, False]))
    assert wide == pytest.approx([2.0, 1.0], rel=0.05)
    # as few of either kind as of doubt: only half of it is believed
    thin = PastErrors(0.1 * scale * NORMAL, np.full(COUNT, 0.1), np.where(is_rest, 20.0 / 500, 20.0 / 1500), is_rest)
    assert learn_scatter(errors(1.0), thin, cases=0.0).rest_days == pytest.approx(found.rest_days**0.52, rel=0.1)


def test_room_that_a_step_was_granted_with_hindsight_hides_no_error() -> None:
    stepped = np.where(np.abs(NORMAL) > 1.0, 5.0, 0.1)
    found = learn_scatter(errors(1.0, stated=stepped), errors(1.0), cases=1e9)
    assert found.at_95 == pytest.approx(np.sqrt(0.5), rel=0.01)  # twice the usual variance was room enough


def test_a_jump_to_come_widens_what_past_cut_offs_have_not_lived_through() -> None:
    new, half, old = (PastScatter(0.8, 0.9, trust=trust).before_jumps((1.44, 4.0)) for trust in (0.0, 0.5, 1.0))
    assert [new.at_80, new.at_95] == pytest.approx([0.8 * 1.44, 0.9 * 4.0])
    assert [half.at_80, half.at_95] == pytest.approx([0.8 * 1.2, 0.9 * 2.0])
    assert [old.at_80, old.at_95] == pytest.approx([0.8, 0.9])


@pytest.fixture(scope="module")
def wild_weekends() -> Prediction:
    """A fortnight ahead of a line of half a year whose weekends scatter five times as much as its workdays."""
    random = np.random.default_rng(4)
    days = pd.date_range("2025-01-06", periods=180)
    weekend = days.day_of_week >= 5
    total = 2000.0 * np.exp(random.standard_normal(len(days)) * np.where(weekend, 0.25, 0.05))
    hours = pd.date_range(days[0], periods=24 * len(days), freq="h")
    calls = pd.Series(random.poisson(np.repeat(total / 24.0, 24)).astype(float), index=hours)
    ahead = pd.date_range(hours[-1] + pd.Timedelta(hours=1), periods=14 * 24, freq="h")
    return predict_intervals(calls, ahead, Calendar())


def test_a_day_band_is_as_wide_as_days_of_its_kind_scatter(wild_weekends: Prediction) -> None:
    low, high = day_quantiles(wild_weekends, (0.1, 0.9)).T
    spread = np.log(high / low) / (2.0 * 1.2816)
    weekend = pd.DatetimeIndex(wild_weekends.days).day_of_week >= 5
    # half a year's weekends are believed in part: one scatter for all days would be .1 to .12
    assert 0.14 < spread[weekend].mean() < 0.3
    assert 0.05 < spread[~weekend].mean() < 0.09


def test_paths_scatter_like_the_bands_of_days_and_of_the_whole(wild_weekends: Prediction) -> None:
    hours = pd.date_range(wild_weekends.days[0], periods=14 * 24, freq="h")
    drawn = sample_paths(wild_weekends, hours, paths=2000, seed=2)
    days = drawn.reshape(2000, 14, 24).sum(axis=2)
    for level, limits in zip((0.1, 0.9), day_quantiles(wild_weekends, (0.1, 0.9)).T, strict=True):
        assert np.quantile(days, level, axis=0) == pytest.approx(limits, rel=0.05)
    assert np.quantile(days.sum(axis=1), (0.1, 0.9)) == pytest.approx(
        total_quantiles(wild_weekends, (0.1, 0.9)), rel=0.02
    )


def test_the_limits_of_one_day_alone_are_that_days_though_it_might_be_shut_once_in_a_hundred(
    wild_weekends: Prediction,
) -> None:
    first = replace(
        wild_weekends,
        days=wild_weekends.days[:1],
        open_calls=wild_weekends.open_calls[:1],
        shut=np.array([0.009]),
        day_covariance=wild_weekends.day_covariance[:1, :1],
        day_scatter=wild_weekends.day_scatter[:1],
    )
    assert total_quantiles(first, (0.1, 0.9)) == pytest.approx(day_quantiles(first, (0.1, 0.9))[0])


def test_what_is_learned_of_the_scatter_changes_no_expected_call(wild_weekends: Prediction) -> None:
    combined = wild_weekends.days_ahead.combined
    assert isinstance(combined, Combined)
    assert combined.scatter.rest_days > 1.5 * combined.scatter.workdays
    assert wild_weekends.calls.sum(axis=1) == pytest.approx(wild_weekends.days_ahead.mean, rel=0.02)
