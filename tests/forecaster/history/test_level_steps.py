"""Lasting steps of the level, on lines made with a step at a known day, and against loops."""

import numpy as np
import pytest

from forecaster.history.level_steps import find_steps, weekday_effect

DAYS = 120
WEEKDAY = np.arange(DAYS) % 7
WEEK = np.array([0.3, 0.2, 0.1, 0.0, 0.1, -0.6, -0.8])[WEEKDAY]


def line(*, step: float, sd: float, seed: int, at: int = 61, over_days: int = 1) -> np.ndarray:
    """A line with its week and its noise, which rises by `step` over some days from `at` on."""
    risen = np.clip((np.arange(DAYS) - at + 1) / over_days, 0.0, 1.0)
    return 7.0 + WEEK + step * risen + sd * np.random.default_rng(seed).standard_normal(DAYS)


@pytest.mark.parametrize("at", [30, 61, 90])
def test_a_step_is_found_on_its_day_whatever_the_noise_makes_of_the_medians(at):
    found = [find_steps(line(step=-0.9, sd=0.12, seed=seed, at=at), WEEKDAY) for seed in range(20)]
    assert [len(steps) for steps in found] == [1] * 20
    assert sum(steps == [at] for steps in found) >= 19


def test_a_smaller_step_has_to_come_at_once():
    for seed in range(10):
        assert find_steps(line(step=0.35, sd=0.02, seed=seed), WEEKDAY) == [61]
        assert find_steps(line(step=0.35, sd=0.02, seed=seed, at=50, over_days=24), WEEKDAY) == []


def test_a_step_that_the_days_scatter_hides_is_none():
    found = [find_steps(line(step=0.45, sd=0.35, seed=seed), WEEKDAY) for seed in range(20)]
    assert sum(steps != [] for steps in found) <= 2  # and with a tenth of the scatter all of them
    assert all(find_steps(line(step=0.45, sd=0.035, seed=seed), WEEKDAY) == [61] for seed in range(20))


@pytest.mark.parametrize("open_on", [range(7), range(5), (2,)])
def test_a_weekdays_effect_is_its_median_distance_from_the_days_around(open_on):
    kept = np.isin(WEEKDAY, open_on)
    log_total, weekday = line(step=0.4, sd=0.1, seed=3)[kept], WEEKDAY[kept]
    around = [np.median(log_total[max(0, at - 3) : at + 4]) for at in range(len(log_total))]
    away = [one - usual for one, usual in zip(log_total, around, strict=True)]
    effect = {day: np.median([a for a, on in zip(away, weekday, strict=True) if on == day]) for day in open_on}
    np.testing.assert_allclose(weekday_effect(log_total, weekday), [effect[day] for day in weekday], atol=1e-12)
