"""The simulator's loop for one queue served in order of arrival, plain Python that numba can compile whole.

Waits need no event list: the next caller in line gets the seat that is free first, so a heap of the times at which
seats become free is all the state there is (Kiefer and Wolfowitz 1955, with impatience and changing staff).
"""

from __future__ import annotations

import numpy as np

# columns of the outcome table, one row per interval of arrival (seconds in handling and waiting: interval of passing)
OFFERED, ANSWERED, ANSWERED_WITHIN, ABANDONED, ABANDONED_WITHIN, WAIT_ALL, WAIT_ANSWERED, HANDLING, WAITING = range(9)
BLOCKED, RETRIED, SEAT_SECONDS = 9, 10, 11
COLUMNS = 12


def serve_in_order(  # noqa: C901, PLR0912, PLR0915 - one loop, one heap: numba compiles it as a whole
    gaps: np.ndarray,
    handling: np.ndarray,
    patience: np.ndarray,
    intervals: np.ndarray,
    change_at: np.ndarray,
    change_by: np.ndarray,
    change_seconds: np.ndarray,
    interval_seconds: float,
    within: float,
    free: np.ndarray,
    outcome: np.ndarray,
) -> int:
    """Add to `outcome` (intervals × COLUMNS) what happens to the callers of one run; return how many there were.

    `gaps`, `handling` and `patience` are times of mean 1, one per caller; `intervals` has a row per interval: calls
    expected in it, mean handling seconds, mean patience in seconds. At `change_at[k]` (sorted) `change_by[k]` seats
    sign in (> 0), or out (< 0) as soon as their call is finished: for good where `change_seconds[k]` is 0, else for a
    break of that length. `free` is room for the heap: two more places than there can ever be seats.
    """
    seats = 0
    free[0] = free[1] = np.inf
    change = 0
    changes = change_at.size
    rows = outcome.shape[0]
    row = 0
    row_end = interval_seconds
    rate = intervals[0, 0] / interval_seconds
    at = 0.0
    for i in range(gaps.size):
        # the next arrival: so much expected work of the arrival process further on
        need = gaps[i]
        while need > (row_end - at) * rate:
            need -= (row_end - at) * rate
            row += 1
            if row == rows:
                return i
            at = row_end
            row_end = (row + 1) * interval_seconds
            rate = intervals[row, 0] / interval_seconds
        at += need / rate
        # staff changes that come before this caller could start
        while change < changes and (change_at[change] <= at or change_at[change] <= free[0]):
            moment = change_at[change]
            for _ in range(abs(change_by[change])):
                if change_by[change] > 0:
                    # in: sift up from a new leaf
                    hole = seats
                    seats += 1
                    free[seats] = np.inf
                    while hole > 0 and free[(hole - 1) // 2] > moment:
                        free[hole] = free[(hole - 1) // 2]
                        hole = (hole - 1) // 2
                    free[hole] = moment
                    continue
                if seats == 0:
                    break
                if change_seconds[change] == 0.0:
                    # out for good: the last leaf takes the place of the root
                    seats -= 1
                    returns = free[seats]
                    free[seats] = np.inf
                    if seats == 0:
                        break
                else:
                    returns = max(free[0], moment) + change_seconds[change]
                hole = 0
                child = 1
                while child < seats:
                    child += free[child + 1] < free[child]
                    if free[child] >= returns:
                        break
                    free[hole] = free[child]
                    hole = child
                    child = 2 * hole + 1
                free[hole] = returns
            change += 1
        outcome[row, 0] += 1.0
        start = max(at, free[0])
        wait = start - at
        if wait > patience[i] * intervals[row, 2]:
            wait = patience[i] * intervals[row, 2]
            outcome[row, 3] += 1.0
            if wait <= within:
                outcome[row, 4] += 1.0
        elif wait == np.inf:
            continue  # nobody ever comes to answer, and the caller never hangs up
        else:
            outcome[row, 1] += 1.0
            outcome[row, 6] += wait
            if wait <= within:
                outcome[row, 2] += 1.0
            end = start + handling[i] * intervals[row, 1]
            hole = 0
            child = 1
            while child < seats:
                child += free[child + 1] < free[child]
                if free[child] >= end:
                    break
                free[hole] = free[child]
                hole = child
                child = 2 * hole + 1
            free[hole] = end
            # handling time counts in the intervals it passes through
            slot = row if start < row_end else int(start / interval_seconds)
            edge = (slot + 1) * interval_seconds
            while slot < rows and edge < end:
                outcome[slot, 7] += edge - start
                start = edge
                slot += 1
                edge = (slot + 1) * interval_seconds
            if slot < rows:
                outcome[slot, 7] += end - start
        if wait > 0.0:
            outcome[row, 5] += wait
            begin, end = at, at + wait
            slot = row
            edge = row_end
            while slot < rows and edge < end:
                outcome[slot, 8] += edge - begin
                begin = edge
                slot += 1
                edge = (slot + 1) * interval_seconds
            if slot < rows:
                outcome[slot, 8] += end - begin
    return gaps.size
