"""The simulator's loop for one queue served in order of arrival, plain Python that numba can compile whole.

Waits need no event list: the next caller in line gets the seat that is free first, so a heap of the times at which
seats become free is all the state there is (Kiefer and Wolfowitz 1955, with impatience and changing staff).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

# columns of the outcome table, one row per interval of arrival (seconds in handling and waiting: interval of passing)
OFFERED, ANSWERED, ANSWERED_WITHIN, ABANDONED, ABANDONED_WITHIN, WAIT_ALL, WAIT_ANSWERED, HANDLING, WAITING = range(9)
BLOCKED, RETRIED, SEAT_SECONDS = 9, 10, 11
COLUMN_COUNT = 12  # of the outcome table in all


class Draws(NamedTuple):
    """Times of mean 1: gaps and handling one per caller; patience too, or fewer, taken in turn by those who wait."""

    gaps: np.ndarray
    handling: np.ndarray
    patience: np.ndarray


class Changes(NamedTuple):
    """At `at[k]` seconds (sorted) `by[k]` seats sign in (> 0), or out (< 0) as soon as their call is finished.

    For good where `seconds[k]` is 0, else for a break of that length.
    """

    at: np.ndarray
    by: np.ndarray
    seconds: np.ndarray


def _sift_up(free: np.ndarray, leaf: int, at: float) -> None:
    """Put a seat that is free from `at` on into the heap, from its empty leaf upwards."""
    hole = leaf
    while hole > 0 and free[(hole - 1) // 2] > at:
        free[hole] = free[(hole - 1) // 2]
        hole = (hole - 1) // 2
    free[hole] = at


def _sink(free: np.ndarray, seats: int, at: float) -> None:
    """Let `at` take the place of the heap's root, the seat that was free first."""
    hole = 0
    child = 1
    while child < seats:
        child += free[child + 1] < free[child]
        if free[child] >= at:
            break
        free[hole] = free[child]
        hole = child
        child = 2 * hole + 1
    free[hole] = at


def _change_seats(free: np.ndarray, seats: int, changes: Changes, change: int) -> int:
    """Let seats sign in or out, or go on a break; return how many are signed in, those on a break among them."""
    moment, by, seconds = changes.at[change], changes.by[change], changes.seconds[change]
    for _ in range(by):
        seats += 1
        free[seats] = np.inf
        _sift_up(free, seats - 1, moment)
    for _ in range(min(-by, seats)):
        if seconds > 0.0:
            _sink(free, seats, max(free[0], moment) + seconds)
            continue
        # out for good: the last leaf takes the place of the root
        seats -= 1
        last = free[seats]
        free[seats] = np.inf
        if seats > 0:
            _sink(free, seats, last)
    return seats


def _spread(outcome: np.ndarray, column: int, row: int, begin: float, end: float, interval_seconds: float) -> None:
    """Add the time from `begin`, in interval `row`, to `end` to `column` of the intervals it passes through."""
    edge = (row + 1) * interval_seconds
    while row < outcome.shape[0] and edge < end:
        outcome[row, column] += edge - begin
        begin = edge
        row += 1
        edge = (row + 1) * interval_seconds
    if row < outcome.shape[0]:
        outcome[row, column] += end - begin


def _count(
    outcome: np.ndarray,
    row: int,
    offered: float,
    answered: float,
    in_time: float,
    waited: float,
    answered_waited: float,
) -> None:
    """Add what was counted of the callers of an interval."""
    outcome[row, OFFERED] += offered
    outcome[row, ANSWERED] += answered
    outcome[row, ANSWERED_WITHIN] += in_time
    outcome[row, WAIT_ALL] += waited
    outcome[row, WAIT_ANSWERED] += answered_waited


PARTS = (_sift_up, _sink, _change_seats, _spread, _count)  # what the loop calls, to be compiled with it


def serve_in_order(  # noqa: PLR0915 - one pass over the callers, compiled whole
    draws: Draws,
    intervals: np.ndarray,
    changes: Changes,
    interval_seconds: float,
    within: float,
    free: np.ndarray,
    outcome: np.ndarray,
) -> int:
    """Add to `outcome` (intervals × COLUMNS) what happens to the callers of one run; return how many there were.

    `intervals` has a row per interval: calls expected in it, mean handling seconds, mean patience in seconds. An
    answer `within` so many seconds counts as good. `free` is room for the heap: two more places than there can ever be
    seats.
    """
    seats = change = row = 0
    free[0] = free[1] = np.inf
    row_end = interval_seconds
    rate = intervals[0, 0] / interval_seconds
    at = 0.0
    # what is counted of the interval of arrival, written down where the next one begins
    offered = answered = in_time = waited = waited_answered = 0.0
    for i in range(draws.gaps.size):
        # the next arrival: so much expected work of the arrival process further on
        need = draws.gaps[i]
        while need > (row_end - at) * rate:
            need -= (row_end - at) * rate
            _count(outcome, row, offered, answered, in_time, waited, waited_answered)
            offered = answered = in_time = waited = waited_answered = 0.0
            row += 1
            if row == outcome.shape[0]:
                return i
            at = row_end
            row_end = (row + 1) * interval_seconds
            rate = intervals[row, 0] / interval_seconds
        at += need / rate
        # staff changes that come before this caller could start
        while change < changes.at.size and (changes.at[change] <= at or changes.at[change] <= free[0]):
            seats = _change_seats(free, seats, changes, change)
            change += 1
        offered += 1.0
        start = free[0]
        if start <= at:  # a seat is free: nobody waits
            answered += 1.0
            in_time += 1.0
            end = at + draws.handling[i] * intervals[row, 1]
            _sink(free, seats, end)
            _spread(outcome, HANDLING, row, at, end, interval_seconds)
            continue
        wait = start - at
        patience = draws.patience[i % draws.patience.size] * intervals[row, 2]
        if wait > patience:
            wait = patience
            outcome[row, ABANDONED] += 1.0
            if wait <= within:
                outcome[row, ABANDONED_WITHIN] += 1.0
        elif wait == np.inf:
            continue  # nobody ever comes to answer, and the caller never hangs up
        else:
            answered += 1.0
            waited_answered += wait
            if wait <= within:
                in_time += 1.0
            end = start + draws.handling[i] * intervals[row, 1]
            _sink(free, seats, end)
            slot = row if start < row_end else int(start / interval_seconds)
            _spread(outcome, HANDLING, slot, start, end, interval_seconds)
        waited += wait
        if wait > 0.0:
            _spread(outcome, WAITING, row, at, at + wait, interval_seconds)
    _count(outcome, row, offered, answered, in_time, waited, waited_answered)
    return draws.gaps.size
