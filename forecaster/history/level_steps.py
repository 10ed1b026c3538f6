"""Lasting jumps of the level: lines merged, a number published, a service closed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
WINDOW_DAYS, FEWEST_DAYS_AFTER = 21, 5  # three of each weekday before; after it, a working week
DAYS_APART = 14  # two of each weekday: what turns again sooner has not lasted
ENOUGH_DAYS, LARGE_STEP = 10, 0.8  # one that fewer days show must be a large one
# Of the logarithm. A season or a campaign may well move a month by a third, so a smaller step has to come at once and
# to stand out from the line's usual weeks; the smallest are told, not built upon.
SMALLEST_STEP, SMALLEST_SUDDEN, SMALLEST_TOLD = 0.4, 0.3, 0.2
STANDARD_ERRORS = 6.0  # every day of the history is tried, so chance has many goes
TO_SD, MEDIAN_ERROR = 1.4826, 1.25  # of a normal: its deviation by the median one, a median's error by the mean's
LEAST_SPREAD = 0.03  # of the logarithm: days so even were so by chance
SUDDEN_DAYS, SUDDEN_SHARE = 7, 0.7  # a step brings so much of itself within so many days; a season takes its time


def find_steps(log_total: Numbers, weekday: NDArray[np.int64], *, smallest: float = SMALLEST_SUDDEN) -> list[int]:
    """Return the positions of the first day after each lasting jump of `log_total` (consecutive ordinary days).

    A jump is where the medians of the three weeks before and after differ by over `smallest` and by over
    `STANDARD_ERRORS`, largest first and at least `DAYS_APART` days apart. One below `SMALLEST_STEP` has to come within
    a week, and days are taken to scatter at least as they usually do.
    """
    count = len(log_total)
    if count < 4 * FEWEST_DAYS_AFTER:
        return []
    level = log_total - weekday_effect(log_total, weekday)
    pad = np.full(WINDOW_DAYS, np.nan)
    windows = sliding_window_view(np.concatenate([pad, level, pad]), WINDOW_DAYS)
    at = np.arange(2 * FEWEST_DAYS_AFTER, count - FEWEST_DAYS_AFTER + 1)
    before, after = windows[at], windows[at + WINDOW_DAYS]
    left, right = np.nanmedian(before, axis=1), np.nanmedian(after, axis=1)
    size = np.abs(right - left)
    days_before, days_after = np.minimum(at, WINDOW_DAYS), np.minimum(count - at, WINDOW_DAYS)
    fewest = np.where(days_after >= ENOUGH_DAYS, smallest, max(smallest, LARGE_STEP))
    error = np.sqrt(1 / days_before + 1 / days_after)
    usual = TO_SD * float(np.median(np.nanmedian(np.abs(before - left[:, None]), axis=1)))
    jump = np.zeros(len(at))
    for i in np.flatnonzero(size > fewest):
        around = np.concatenate([before[i] - left[i], after[i] - right[i]])
        least = max(usual, LEAST_SPREAD) if size[i] < SMALLEST_STEP else LEAST_SPREAD
        spread = max(TO_SD * float(np.nanmedian(np.abs(around))), least)
        if size[i] > STANDARD_ERRORS * MEDIAN_ERROR * spread * error[i]:
            jump[i] = size[i] - 0.5 * spread
    steps: list[int] = []
    while jump.any():
        largest = int(np.argmax(jump))
        step = _sharpest(level, int(at[largest]))
        large = size[largest] >= SMALLEST_STEP or _is_sudden(level, step)
        if large and all(abs(step - other) >= DAYS_APART for other in steps):
            steps.append(step)
        jump[np.abs(at - at[largest]) <= DAYS_APART] = 0.0
    return sorted(steps)


def step_sizes(log_total: Numbers, steps: Sequence[int]) -> Numbers:
    """Return by how much the median of `log_total` over three weeks changes at each of the positions `steps`."""
    return np.array([_change(log_total, at, WINDOW_DAYS) for at in steps])


def _change(level: Numbers, at: int, days: int) -> float:
    """Return by how much the median of so many days from a position on is above that of so many before it."""
    return float(np.median(level[at:][:days]) - np.median(level[:at][-days:]))


def _is_sudden(level: Numbers, at: int) -> bool:
    """Return whether most of the change over three weeks on either side of a position is there within one."""
    wide, narrow = _change(level, at, WINDOW_DAYS), _change(level, at, SUDDEN_DAYS)
    return bool(narrow * wide >= SUDDEN_SHARE * wide**2)  # in the same direction


def _sharpest(level: Numbers, near: int) -> int:
    """Return the split within a week of `near` that leaves the least absolute deviation on both sides.

    `near` lies ten days or more after the first day, as a jump does.
    """
    first, last = max(0, near - WINDOW_DAYS), near + WINDOW_DAYS

    def left_over(at: int) -> float:
        before, after = level[first:at], level[at:last]
        return float(np.abs(before - np.median(before)).sum() + np.abs(after - np.median(after)).sum())

    return min(range(near - 7, min(near + 8, len(level) - 2)), key=left_over)


def weekday_effect(log_total: Numbers, weekday: NDArray[np.int64]) -> Numbers:
    """Return each day's weekday effect: the median distance from the median of the seven days around it."""
    pad = np.full(3, np.nan)
    around = np.nanmedian(sliding_window_view(np.concatenate([pad, log_total, pad]), 7), axis=1)
    away, effect = log_total - around, np.empty(len(log_total))
    for day in np.unique(weekday):
        effect[weekday == day] = np.median(away[weekday == day])
    return effect
