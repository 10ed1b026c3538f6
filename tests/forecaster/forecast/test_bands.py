"""Bands against sums of probabilities, closed forms, and counts drawn with a scatter that is known."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest

from forecaster.forecast.bands import (
    Scatter,
    count_quantiles,
    outside_band,
    scatter_around,
    slot_by_slot,
    slot_correlation,
    slot_scatter,
)

Z = [NormalDist().inv_cdf(p) for p in (0.9, 0.975)]


def quantile_by_summing(mean: float, ratio: float, level: float) -> int:
    """The least count whose probability summed up reaches `level`, when counts vary by mean + ratio·mean²."""
    shape = 1 / ratio
    chance = shape / (shape + mean)
    below, k = 0.0, -1
    while below < level:
        k += 1
        log = math.lgamma(k + shape) - math.lgamma(shape) - math.lgamma(k + 1)
        below += math.exp(log + shape * math.log(chance) + k * math.log(1 - chance))
    return k


@pytest.mark.parametrize("mean", [0.4, 7.0, 60.0, 199.0])
@pytest.mark.parametrize("ratio", [0.01, 0.3, 2.0])
def test_quantiles_of_small_counts_are_those_of_the_negative_binomial(mean: float, ratio: float) -> None:
    levels = (0.025, 0.1, 0.5, 0.9, 0.975)
    got = count_quantiles(np.array([mean]), np.full((1, 5), ratio), levels)[0]
    assert got.tolist() == [quantile_by_summing(mean, ratio, level) for level in levels]


@pytest.mark.parametrize("ratio", [0.0001, 0.04])
def test_quantiles_of_large_counts_are_those_of_a_log_normal_with_the_same_mean_and_variance(ratio: float) -> None:
    levels = (0.1, 0.9, 0.975)
    got = count_quantiles(np.array([200.0, 5000.0]), np.full((2, 3), ratio), levels)
    for mean, row in zip((200.0, 5000.0), got, strict=True):
        sd = math.sqrt(math.log(1 + ratio + 1 / mean))
        expected = [math.exp(NormalDist(math.log(mean) - sd**2 / 2, sd).inv_cdf(level)) for level in levels]
        assert row == pytest.approx(expected, rel=1e-9)
        assert math.exp(math.log(mean) - sd**2 / 2 + sd**2 / 2) == pytest.approx(mean)


def test_no_calls_have_no_band_and_levels_may_come_in_any_order() -> None:
    got = count_quantiles(np.array([0.0, 50.0]), np.full((2, 2), 0.1), (0.9, 0.1))
    assert got[0].tolist() == [0.0, 0.0]
    small_and_large = count_quantiles(np.array([50.0, 500.0]), np.full((2, 2), 0.1), (0.0, 0.5))
    assert small_and_large[:, 0].tolist() == [0.0, 0.0]
    assert small_and_large[:, 1] == pytest.approx([quantile_by_summing(50.0, 0.1, 0.5), 500 / math.sqrt(1.1 + 1 / 500)])
    assert got[1].tolist() == [quantile_by_summing(50.0, 0.1, 0.9), quantile_by_summing(50.0, 0.1, 0.1)]
    # limits of a growing spread never cross, whatever the spread of each level
    crossing = count_quantiles(np.array([50.0]), np.array([[0.5, 0.01]]), (0.9, 0.975))[0]
    assert crossing[0] <= crossing[1]


def test_a_value_on_a_limit_is_inside_and_what_is_not_known_is_not_outside() -> None:
    got = outside_band([1, 2, 3, 4, np.nan, 3], [2, 2, 2, 2, 2, np.nan], [3, 3, 3, 3, 3, 3])
    assert got.tolist() == [True, False, False, True, False, False]


def test_scatter_lies_between_that_of_both_limits_and_is_theirs_beyond() -> None:
    scatter = Scatter(0.1, 0.3)
    half = (1.2816 + 1.96) / 2
    z = np.array([[0.0, -1.2816, half, -half, 1.96, 5.0]])
    assert scatter.at(z, np.array([7]))[0] == pytest.approx([0.1, 0.1, 0.2, 0.2, 0.3, 0.3])
    by_slot = Scatter(np.array([0.1, 0.2]), np.array([0.1, 0.6])).at(
        np.array([[1.2816, 1.96]] * 3), np.array([1, 0, 1])
    )
    np.testing.assert_allclose(by_slot, [[0.2, 0.6], [0.1, 0.1], [0.2, 0.6]])


@pytest.mark.parametrize("true", [0.01, 0.09])
def test_the_scatter_put_in_is_found_at_both_limits(true: float) -> None:
    random = np.random.default_rng(8)
    expected = np.full((3000, 4), 400.0)
    rate = expected * (1 + math.sqrt(true) * random.standard_normal(expected.shape))
    calls = random.poisson(np.maximum(rate, 0.0)).astype(float)
    found = scatter_around(calls, expected)
    assert found is not None
    assert found.at_80 == pytest.approx(true, rel=0.08)
    assert found.at_95 == pytest.approx(true, rel=0.08)
    # what is counted as chance already is not scatter: granted all of it, next to nothing is left
    granted = scatter_around(calls, expected, counting=expected + true * expected**2)
    assert granted is not None
    assert granted.at_80 < 0.1 * true


def test_few_counts_tell_no_scatter_and_idle_slots_do_not_count() -> None:
    expected = np.full(99, 50.0)
    assert scatter_around(expected + 1, expected) is None
    assert scatter_around(np.full(100, 51.0), np.full(100, 50.0)) is not None
    idle = np.full(500, 0.2)
    assert scatter_around(idle, idle) is None
    assert scatter_around(np.r_[expected, idle], np.r_[expected, idle], fewest=99) is not None


def days_of(shape: np.ndarray, sd: np.ndarray, count: int, seed: int = 3) -> np.ndarray:
    random = np.random.default_rng(seed)
    rate = 4000.0 * shape * np.exp(sd * random.standard_normal((count, len(shape))))
    return random.poisson(rate).astype(float)


def test_only_whole_days_of_the_last_half_year_are_learned_from() -> None:
    shape = np.array([0.1, 0.2, 0.4, 0.3])
    calls = days_of(shape, np.full(4, 0.1), 182)
    shares = np.tile(shape, (182, 1))
    one = slot_scatter(calls, shares)
    wild = days_of(shape, np.full(4, 1.5), 40, seed=9)
    hole = np.array([[900.0, np.nan, 10.0, 4000.0]])
    other = slot_scatter(np.vstack([wild, calls, hole]), np.vstack([np.tile(shape, (40, 1)), shares, shape]))
    np.testing.assert_array_equal(one.at_80, other.at_80)
    np.testing.assert_array_equal(one.at_95, other.at_95)
    assert slot_correlation(calls, shares) == slot_correlation(
        np.vstack([wild, calls, hole]), np.vstack([np.tile(shape, (40, 1)), shares, shape])
    )
    # a slot in which the line is shut need not be observed
    shut = np.hstack([calls, np.full((182, 1), np.nan)])
    np.testing.assert_array_equal(slot_scatter(shut, np.hstack([shares, np.zeros((182, 1))])).at_80[:4], one.at_80)


def test_counting_is_that_of_shares_of_a_day_whose_total_is_known() -> None:
    """Calls that come by themselves scatter within their day by no more than chance; what is put on top is found."""
    random = np.random.default_rng(12)
    half = 0.5 * (1 + 0.05 * random.standard_normal(4000))
    first = random.binomial(400, half).astype(float)
    calls = np.column_stack([first, 400 - first])
    found = slot_scatter(calls, np.full((4000, 2), 0.5))
    assert np.asarray(found.at_80) == pytest.approx([0.0025] * 2, rel=0.5)
    plain = random.binomial(400, 0.5, 4000).astype(float)
    none = slot_scatter(np.column_stack([plain, 400 - plain]), np.full((4000, 2), 0.5))
    assert (np.asarray(none.at_95) < 0.001).all()


def test_a_slots_own_scatter_counts_as_far_as_days_have_shown_it() -> None:
    shape, count = np.array([0.3, 0.4, 0.3]), 40
    calls = days_of(shape, np.array([0.3, 0.1, 0.1]), count)
    expected = np.tile(4000.0 * shape, (count, 1))
    every = Scatter(0.02, 0.03)
    got = slot_by_slot(every, calls, expected)
    trust = count / (count + 10)
    for slot in range(3):
        own = scatter_around(calls[:, [slot]], expected[:, [slot]], fewest=30)
        assert own is not None
        assert np.asarray(got.at_80)[slot] == pytest.approx(0.02 ** (1 - trust) * own.at_80**trust)
        assert np.asarray(got.at_95)[slot] == pytest.approx(0.03 ** (1 - trust) * own.at_95**trust)
    assert np.asarray(got.at_80)[0] > 2 * np.asarray(got.at_80)[1:].max()
    few = slot_by_slot(every, calls[:29], expected[:29])
    assert np.asarray(few.at_80).tolist() == [0.02] * 3


def test_a_day_of_slots_too_few_to_judge_is_given_a_usual_scatter() -> None:
    found = slot_scatter(np.full((5, 4), 10.0), np.full((5, 4), 0.25))
    assert np.asarray(found.at_80).tolist() == np.asarray(found.at_95).tolist() == [0.05] * 4


@pytest.mark.parametrize("rho", [0.0, 0.6])
def test_neighbours_that_are_off_together_are_found(rho: float) -> None:
    random = np.random.default_rng(2)
    slots, count = 24, 160
    noise = random.standard_normal((count, slots))
    for slot in range(1, slots):
        noise[:, slot] = rho * noise[:, slot - 1] + math.sqrt(1 - rho**2) * noise[:, slot]
    calls = np.round(1000.0 * (1 + 0.08 * noise))
    shares = np.full((count, slots), 1 / slots)
    assert slot_correlation(calls, shares) == pytest.approx(rho, abs=0.12)
    assert slot_correlation(np.zeros((3, 4)), np.full((3, 4), 0.25)) == 0.3
    assert slot_correlation(-calls + 3000, shares) <= 0.95


def correlation_by_hand(calls: np.ndarray, shares: np.ndarray) -> float:
    """Neighbours' misses in sizes of chance, none above four, where more than a fifth of a call is expected."""
    products = squares = 0.0
    for day, part in zip(calls, shares, strict=True):
        before = 0.0
        for count, share in zip(day, part, strict=True):
            mean = sum(day) * share
            miss = (count - mean) / math.sqrt(mean if mean > 1 else 1.0) if mean > 0.2 else 0.0
            miss = math.copysign(min(abs(miss), 4.0), miss)
            products, squares, before = products + before * miss, squares + miss**2, miss
    return products / squares


def test_the_correlation_is_that_of_misses_as_chance_sizes_them() -> None:
    random = np.random.default_rng(5)
    shares = np.tile([0.001, 0.0022, 0.0048, 0.01, 0.132, 0.25, 0.3, 0.3], (60, 1))
    calls = random.poisson(100 * shares).astype(float)
    calls[:, 4:6] = np.round(100 * shares[:, 4:6] * (1 + 0.9 * random.standard_normal((60, 1)))).clip(0)
    assert 0.1 < correlation_by_hand(calls, shares) < 0.8
    assert slot_correlation(calls, shares) == pytest.approx(correlation_by_hand(calls, shares))
    hardly = np.array([[100.2, 100.2, 100.0, 99.8, 99.8]])  # less off than chance would be
    assert correlation_by_hand(hardly, np.full((1, 5), 0.2)) == pytest.approx(0.5)
    assert slot_correlation(hardly, np.full((1, 5), 0.2)) == pytest.approx(0.5)
    halves = np.r_[np.full(300, 110.0), np.full(300, 90.0)][None]
    assert correlation_by_hand(halves, np.full((1, 600), 1 / 600)) > 0.99
    assert slot_correlation(halves, np.full((1, 600), 1 / 600)) == 0.95
