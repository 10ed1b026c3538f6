"""Lasting steps of the level, on lines made with a step at a known day, and against loops."""

import numpy as np
import pytest

from forecaster.history.level_steps import find_steps, step_sizes, weekday_effect

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


def steps_by_loops(log_total: np.ndarray, weekday: np.ndarray, smallest: float = 0.3) -> list[int]:
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
        fewest = smallest if min(len(before), len(after)) >= 10 else 0.8
        if size > max(fewest, 7.5 * spread * (1 / len(before) + 1 / len(after)) ** 0.5):
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
    for seed in range(40):
        random = np.random.default_rng(seed)
        days = int(random.integers(60, 200))
        at, over_days = random.integers(4, days - 2, size=8), random.integers(1, 20, size=8)
        risen = np.clip((np.arange(days)[:, None] - at + 1) / over_days, 0, 1) @ random.normal(0.0, 0.4, size=8)
        noise = random.uniform(0.0, 0.12) * random.standard_normal(days)
        weekday = np.arange(days) % 7
        log_total, smallest = 7.0 + WEEK[weekday] + risen + noise, (0.3, 0.2)[seed % 2]
        found = find_steps(log_total, weekday, smallest=smallest)
        assert found == steps_by_loops(log_total, weekday, smallest)
        told += len(found)
    assert told > 40


def stairs(*parts: tuple[int, float]) -> np.ndarray:
    """So many days of each level, and no noise."""
    return np.concatenate([np.full(days, level) for days, level in parts])


RESTLESS = np.tile([-0.3, 0.0, 0.3], 28)
AT_THE_EDGE = {
    "no larger than three tenths": (stairs((40, 0.0), (40, 0.3)), 0),
    "just larger than three tenths, at once": (stairs((40, 0.0), (40, 0.301)), 1),
    "four tenths, slowly": (np.interp(np.arange(96.0), [40, 56], [0, 0.4]), 1),
    "just less than four tenths, slowly": (np.interp(np.arange(96.0), [40, 56], [0, 0.399]), 0),
    "a third over nine days, most of it within a week": (np.interp(np.arange(96.0), [40, 49], [0, 0.35]), 1),
    "a third over eleven days": (np.interp(np.arange(96.0), [40, 51], [0, 0.35]), 0),
    "four tenths after restless months": (np.append(RESTLESS, stairs((25, 0.0), (25, 0.4))), 1),
    "just less than four tenths after restless months": (np.append(RESTLESS, stairs((25, 0.0), (25, 0.399))), 0),
    "five new days": (stairs((40, 0.0), (5, 0.79)), 1),
    "four new days": (stairs((40, 0.0), (4, 0.79)), 0),
    "three new days, large": (stairs((40, 0.0), (3, 0.81)), 1),
    "three new days, no larger than eight tenths": (stairs((40, 0.0), (3, 0.8)), 0),
    "two new days": (stairs((40, 0.0), (2, 5.0)), 0),
    "five old days": (stairs((5, 0.0), (40, 1.0)), 1),
    "four old days": (stairs((4, 0.0), (40, 1.0)), 0),
    "twenty days": (stairs((10, 0.0), (10, 1.0)), 1),
    "nineteen days": (stairs((10, 0.0), (9, 1.0)), 0),
}


@pytest.mark.parametrize("name", AT_THE_EDGE)
def test_a_limit_that_is_just_reached_decides(name):
    log_total, count = AT_THE_EDGE[name]
    every_day_alike = np.zeros(len(log_total), dtype=np.int64)
    found = find_steps(log_total, every_day_alike)
    assert len(found) == count
    assert count == 0 or found == steps_by_loops(log_total, every_day_alike)


def test_days_however_even_are_taken_to_scatter_a_little():
    """By 0.03: a median of three weeks errs by 1.25 × 0.03 ÷ √21, and a step is larger than six errors of two."""
    larger = 6 * 1.25 * 0.03 * (2 / 21) ** 0.5
    for size, count in ((larger + 1e-4, 1), (larger - 1e-4, 0)):
        line_of_two = stairs((40, 0.0), (40, size))
        assert len(find_steps(line_of_two, np.zeros(80, dtype=np.int64), smallest=0.05)) == count


@pytest.mark.parametrize(("days", "steps"), [(13, [40]), (14, [40, 54])])
def test_what_turns_within_a_fortnight_is_one_step(days, steps):
    noise = 0.05 * np.random.default_rng(1).standard_normal(80 + days)
    log_total = stairs((40, 0.0), (days, 1.0), (40, 0.0)) + noise
    assert find_steps(log_total, np.arange(80 + days) % 7) == steps


def test_the_sizes_are_medians_of_three_weeks_or_of_what_there_is():
    log_total = np.random.default_rng(4).standard_normal(60)
    steps = [1, 12, 20, 21, 22, 39, 40, 55]
    expected = [np.median(log_total[at : at + 21]) - np.median(log_total[max(0, at - 21) : at]) for at in steps]
    assert step_sizes(log_total, steps).tolist() == expected
