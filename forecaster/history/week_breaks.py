"""Days from which on a line has another week: a weekend that moved, Sundays that became half days."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from forecaster.history.level_steps import MEDIAN_ERROR, STANDARD_ERRORS, TO_SD

Numbers = NDArray[np.float64]
Whole = NDArray[np.int64]
SAME_DAYS = 6  # of a weekday before and after, that are compared
FEWEST_AFTER = 3  # weeks in which a new week shows; of two, either may be odd
SMALLEST_CHANGE = 0.5  # of the logarithm, beside the week's mean
WEEKS_APART = 4  # changes of several weekdays within a month are one move
LEAST_WEEK_SPREAD = 0.05  # of the logarithm: a line so even in a few weeks was so by chance


def find_week_breaks(totals: Numbers, day: Whole, weekday: Whole) -> list[int]:
    """Return the positions of the first days of another week, oldest first.

    `totals` (> 0) are those of the days numbered `day`, in order. Each is taken against the mean of the week around it;
    a break is where the medians of some weekday before and after differ by more than `SMALLEST_CHANGE` and by more than
    `STANDARD_ERRORS`, largest first.
    """
    share = np.log(totals / _week_around(totals, day))
    change, left = _changes(share, weekday)
    breaks: list[int] = []
    while change.any():
        near = np.flatnonzero(np.abs(day - day[int(np.argmax(change))]) < 7 * WEEKS_APART)
        likely = near[change[near] > 0.0]
        breaks.append(int(likely[np.argmin(left[likely])]))
        change[near] = 0.0
    return sorted(breaks)


def _week_around(totals: Numbers, day: Whole) -> Numbers:
    """Return the mean of the days within three of each."""
    first = np.searchsorted(day, day - 3)
    past = np.searchsorted(day, day + 3, side="right")
    sums = np.concatenate([[0.0], np.cumsum(totals)])
    return np.asarray((sums[past] - sums[first]) / (past - first))


def _changes(share: Numbers, weekday: Whole) -> tuple[Numbers, Numbers]:
    """Return, were the week another from each position on: the largest change of a weekday, and what it would leave.

    The change is in standard errors, 0 where it is none to speak of; what is left is the mean absolute deviation. Few
    days tell little of how far a weekday scatters, so it is taken to scatter at least as the line's weekdays do.
    """
    sides = {one: _sides(share[weekday == one]) for one in range(7) if (weekday == one).sum() >= 2 * FEWEST_AFTER}
    if not sides:
        return np.zeros(len(share)), np.zeros(len(share))
    around = [np.abs(both[:-1, SAME_DAYS] - np.nanmedian(both[:-1], axis=1)) for both in sides.values()]
    usual = max(TO_SD * float(np.median(np.concatenate(around))), LEAST_WEEK_SPREAD)
    largest, left, days = np.zeros(len(share)), np.zeros(len(share)), np.zeros(len(share))
    for one, both in sides.items():
        cut = np.cumsum(weekday == one) - (weekday == one)  # days of the weekday before each position
        seen = np.isfinite(both).reshape(len(both), 2, SAME_DAYS).sum(axis=2)
        enough = seen.min(axis=1) >= FEWEST_AFTER
        middle = np.full((len(both), 2), np.nan)
        middle[enough] = np.nanmedian(both[enough].reshape(-1, 2, SAME_DAYS), axis=2)
        off = np.abs(both - np.repeat(middle, SAME_DAYS, axis=1))
        spread = np.full(len(both), usual)
        spread[enough] = np.maximum(TO_SD * np.nanmedian(off[enough], axis=1), usual)
        error = MEDIAN_ERROR * spread * np.sqrt((1.0 / np.maximum(seen, 1)).sum(axis=1))
        size = np.nan_to_num(np.abs(middle[:, 1] - middle[:, 0]))
        told = np.where((size > SMALLEST_CHANGE) & (size > STANDARD_ERRORS * error), size / error, 0.0)
        largest = np.maximum(largest, told[cut])
        left += np.nansum(off, axis=1)[cut]
        days += np.where(enough, seen.sum(axis=1), 0)[cut]
    return largest, left / np.maximum(days, 1.0)


def _sides(share: Numbers) -> Numbers:
    """Return the days before and from each position of one weekday, NaN where there are none: 2 × `SAME_DAYS` each."""
    return sliding_window_view(np.pad(share, SAME_DAYS, constant_values=np.nan), 2 * SAME_DAYS)
