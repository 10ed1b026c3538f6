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


def steps_by_loops(log_total: np.ndarray, weekday: np.ndarray) -> list[int]:
    """The rule of `find_steps`, one day after the other, with its numbers written out."""
    count, level = len(log_total), log_total - weekday_effect(log_total, weekday)
    sides = {at: (level[max(0, at - 21) : at], level[at : at + 21]) for at in range(10, count - 4)}
    middles = {at: (np.median(before), np.median(after)) for at, (before, after) in sides.items()}
    usual = 1.4826 * np.median([np.median(np.abs(sides[at][0] - middles[at][0])) for at in sides])
    jumps = {}
    for at, (before, after) in sides.items():
        left, right = middles[at]
        size = abs(right - left)
        spread = 1.4826 * np.median(np.abs(np.concatenate([before - left, after - right])))
        spread = max(spread, 0.03, usual if size < 0.4 else 0.0)
        fewest = 0.3 if min(len(before), len(after)) >= 10 else 0.8
        if size >= 0.3 and size > max(fewest, 7.5 * spread * (1 / len(before) + 1 / len(after)) ** 0.5):
            jumps[at] = size - 0.5 * spread
    steps: list[int] = []
    while jumps:
        largest = max(jumps, key=jumps.__getitem__)
        window = range(max(3, largest - 7), min(count - 2, largest + 8))
        parts = {at: (level[max(0, largest - 21) : at], level[at : largest + 21]) for at in window}
        step = min(parts, key=lambda at: sum(np.abs(part - np.median(part)).sum() for part in parts[at]))
        wide, narrow = (
            np.median(level[step : step + days]) - np.median(level[max(0, step - days) : step]) for days in (21, 7)
        )
        lasts = abs(middles[largest][1] - middles[largest][0]) >= 0.4 or narrow * np.sign(wide) >= 0.7 * abs(wide)
        if lasts and all(abs(step - other) >= 14 for other in steps):
            steps.append(step)
        jumps = {at: jump for at, jump in jumps.items() if abs(at - largest) > 14}
    return sorted(steps)


def test_steps_are_those_of_a_loop_over_the_days():
    told = 0
    for seed in range(80):
        random = np.random.default_rng(seed)
        days = int(random.integers(20, 120))
        at = random.integers(4, days - 2, size=3)
        size = random.normal(0.0, 0.6, size=3) * random.integers(0, 2, size=3)
        risen = np.clip((np.arange(days)[:, None] - at + 1) / random.integers(1, 12, size=3), 0, 1) @ size
        noise = random.uniform(0.0, 0.25) * random.standard_normal(days)
        log_total = 7.0 + WEEK[:days] + risen + noise
        found = find_steps(log_total, WEEKDAY[:days])
        assert found == steps_by_loops(log_total, WEEKDAY[:days])
        told += len(found)
    assert told > 40
