"""Days from which on a line has another week: a weekend that moved, Sundays that became half days."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Whole = NDArray[np.int64]
SAME_DAYS = 6  # of a weekday before and after, that are compared
FEWEST_AFTER = 3
SMALLEST_CHANGE = 0.5  # of the logarithm, beside the week's mean
STANDARD_ERRORS = 6.0
WEEKS_APART = 4


def find_week_breaks(totals: Numbers, day: Whole, weekday: Whole) -> list[int]:
    """Return the positions of the first days of another week, oldest first.

    `totals` (> 0) are those of the days numbered `day`, in order. Each is taken against the mean of the week around it;
    a break is where the medians of some weekday before and after differ by more than `SMALLEST_CHANGE` and by more than
    `STANDARD_ERRORS`, largest first.
    """
    share = np.log(totals / _week_around(totals, day))
    candidates = {}
    for at in range(len(day)):
        change = _change(share, weekday, at)
        if change > 0.0:
            candidates[at] = change
    breaks: list[int] = []
    while candidates:
        best = max(candidates, key=lambda at: candidates[at])
        near = [at for at in candidates if abs(day[at] - day[best]) < 7 * WEEKS_APART]
        breaks.append(min(near, key=lambda at: _left(share, weekday, at)))
        for at in near:
            del candidates[at]
    return sorted(breaks)


def _week_around(totals: Numbers, day: Whole) -> Numbers:
    """Return the mean of the days within three of each."""
    first = np.searchsorted(day, day - 3)
    past = np.searchsorted(day, day + 3, side="right")
    sums = np.concatenate([[0.0], np.cumsum(totals)])
    return np.asarray((sums[past] - sums[first]) / (past - first))


def _sides(share: Numbers, weekday: Whole, at: int) -> list[tuple[Numbers, Numbers]]:
    sides = []
    for one in range(7):
        same = np.flatnonzero(weekday == one)
        cut = int(np.searchsorted(same, at))
        before, after = share[same[max(cut - SAME_DAYS, 0) : cut]], share[same[cut : cut + SAME_DAYS]]
        if min(len(before), len(after)) >= FEWEST_AFTER:
            sides.append((before, after))
    return sides


def _change(share: Numbers, weekday: Whole, at: int) -> float:
    """Return the largest change of a weekday at a position in standard errors, 0 where it is none to speak of."""
    largest = 0.0
    for before, after in _sides(share, weekday, at):
        middle = np.median(before), np.median(after)
        size = abs(float(middle[1] - middle[0]))
        if size < SMALLEST_CHANGE:
            continue
        around = np.abs(np.concatenate([before - middle[0], after - middle[1]]))
        spread = max(1.4826 * float(np.median(around)), 0.05)
        error = 1.25 * spread * float(np.sqrt(1.0 / len(before) + 1.0 / len(after)))
        if size > STANDARD_ERRORS * error:
            largest = max(largest, size / error)
    return largest


def _left(share: Numbers, weekday: Whole, at: int) -> float:
    """Return the mean absolute deviation that the split at a position leaves."""
    left = [np.abs(side - np.median(side)) for sides in _sides(share, weekday, at) for side in sides]
    return float(np.concatenate(left).mean()) if left else np.inf
