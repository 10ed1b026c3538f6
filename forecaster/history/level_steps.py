"""Lasting jumps of the level: lines merged, a number published, a service closed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
WINDOW_DAYS, FEWEST_DAYS_AFTER = 21, 5  # three of each weekday before; after it, a working week
SMALLEST_STEP = 0.4  # of the logarithm: a season or a campaign may well move a month by a third


def find_steps(log_total: Numbers, weekday: NDArray[np.int64]) -> list[int]:
    """Return the positions of the first day after each lasting jump of `log_total` (consecutive ordinary days).

    A jump is where the medians of the three weeks before and after differ by over `SMALLEST_STEP` and by over six
    standard errors, taken largest first and at least two weeks apart.
    """
    count = len(log_total)
    if count < 4 * FEWEST_DAYS_AFTER:
        return []
    level = log_total - weekday_effect(log_total, weekday)
    pad = np.full(WINDOW_DAYS, np.nan)
    windows = sliding_window_view(np.concatenate([pad, level, pad]), WINDOW_DAYS)
    before, after = windows[:count], windows[WINDOW_DAYS : WINDOW_DAYS + count]
    at = np.arange(2 * FEWEST_DAYS_AFTER, count - FEWEST_DAYS_AFTER + 1)
    before, after = before[at], after[at]
    left, right = np.nanmedian(before, axis=1), np.nanmedian(after, axis=1)
    size = np.abs(right - left)
    likely = size >= SMALLEST_STEP
    jump = np.zeros(count + 1)
    for i in np.flatnonzero(likely):
        around = np.concatenate([before[i] - left[i], after[i] - right[i]])
        spread = max(1.4826 * float(np.nanmedian(np.abs(around))), 0.03)
        days = [np.isfinite(side).sum() for side in (before[i], after[i])]
        if size[i] > 6.0 * 1.25 * spread * np.sqrt(1.0 / days[0] + 1.0 / days[1]):
            jump[at[i]] = size[i] - 0.5 * spread
    steps: list[int] = []
    while jump.any():
        step = _sharpest(level, int(np.argmax(jump)))
        steps.append(step)
        jump[max(0, int(np.argmax(jump)) - 14) : int(np.argmax(jump)) + 15] = 0.0
    return sorted(set(steps))


def step_sizes(log_total: Numbers, steps: Sequence[int]) -> Numbers:
    """Return by how much the median of `log_total` over three weeks changes at each of the positions `steps`."""
    sides = [(log_total[max(0, at - WINDOW_DAYS) : at], log_total[at : at + WINDOW_DAYS]) for at in steps]
    return np.array([float(np.median(after) - np.median(before)) for before, after in sides])


def _sharpest(level: Numbers, near: int) -> int:
    """Return the split within a week of `near` that leaves the least absolute deviation on both sides."""
    low, high = max(3, near - 7), min(len(level) - 2, near + 8)
    first, last = max(0, near - WINDOW_DAYS), near + WINDOW_DAYS

    def left_over(at: int) -> float:
        before, after = level[first:at], level[at:last]
        return float(np.abs(before - np.median(before)).sum() + np.abs(after - np.median(after)).sum())

    return min(range(low, high), key=left_over) if low < high else near


def weekday_effect(log_total: Numbers, weekday: NDArray[np.int64]) -> Numbers:
    """Return each day's weekday effect: the median distance from the median of the seven days around it."""
    pad = np.full(3, np.nan)
    around = np.nanmedian(sliding_window_view(np.concatenate([pad, log_total, pad]), 7), axis=1)
    effect = np.zeros(7)
    for day in range(7):
        if (weekday == day).any():
            effect[day] = np.median((log_total - around)[weekday == day])
    return effect[weekday]
