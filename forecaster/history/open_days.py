"""Which days a line was open, and which weekdays it works now: a day without a call is an observation, not a hole.

Every day carries evidence: by how much what was seen is likelier on an open day than on a shut one. A call or two where
hundreds are usual on open days (a wrong number on a Sunday) counts as none. Each weekday is then filtered through time:
it is shut with a probability that may change from one week to the next, seldom, but then at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]
Whole = NDArray[np.int64]
# Shares of a weekday's days that are shut, and how likely each is before anything was seen: mostly never or always.
SHARES_SHUT = np.array([0.002, 0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99])
FIRST_BELIEF = np.array([0.35, 0.15, 0.1, 0.04, 0.04, 0.04, 0.08, 0.2])
CHANGE_A_WEEK = 0.01  # the chance that a weekday's share is drawn anew
WEEKS_EACH_SIDE, DAYS_EACH_SIDE = 6, 28  # a quarter, and a month: the level moves little, oddities are outnumbered
STRAY_SHARE = 0.03  # of an average day: so few calls are strays where the weekday has no more
QUIETER = 0.4  # a weekday that was shut would, if it were open, bring so much of an average day
SCATTER = 0.5  # chances of no call at all are those of so many of the calls expected: days scatter
# A day without a row amid days that have them may be one on which nobody worked, above all if it was no ordinary day.
MISSING_ALONE, MISSING_ON_AN_OCCASION = 0.5, 0.1
NEAR_DAYS = 4  # of an unobserved day the observed ones on either side: a long weekend lies between
SO_QUIET_IS_SHUT = 0.05  # an open day so quiet is taken for a shut one
# so many calls missing have no chance to be luck (e^-30, as in cleaning); three weeks are more than a holiday
SILENT_CALLS, SHUT_DAYS = 90.0, 21


@dataclass(frozen=True, eq=False)
class OpenDays:
    """What a history tells of open and shut days.

    odds
        Of each day: how much likelier what was seen is if it was open than if it was shut (1 tells nothing, 0 means
        shut, infinity open).
    usual
        Median of the day's weekday in the weeks around it (0 where none was observed).
    worked
        Whether the day's weekday was worked around then.
    weekday_shut
        Of each weekday, Monday first: the chance that it is shut now, holidays and the like apart.
    silent_days
        Days without a call up to now on a line that was open before; 0 where it is not silent as a whole.
    """

    odds: Numbers
    usual: Numbers
    worked: Flags
    weekday_shut: Numbers
    silent_days: int

    @property
    def surely_shut(self) -> Flags:
        """Days that cannot be open ones on which nobody happened to call."""
        return np.asarray(self.odds < SO_QUIET_IS_SHUT)

    @property
    def is_silent(self) -> bool:
        """Whether the line as a whole has been silent for so long that it is shut rather than out of order."""
        return self.silent_days >= SHUT_DAYS


def open_days(totals: Numbers, weekday: Whole, *, ordinary: Flags) -> OpenDays:
    """Return what day totals (NaN = not observed) tell; `ordinary` marks the days that teach what a weekday is like."""
    own = _own_level(totals, weekday)
    average = _average_level(totals)
    odds = _odds(totals, own, average)
    alone = _missing_alone(totals)
    odds[alone] = np.where(ordinary, MISSING_ALONE, MISSING_ON_AN_OCCASION)[alone]
    silent = _silence(totals, own, odds)
    if silent:
        odds[len(odds) - silent :] = 1.0
    shut = np.array([_filtered(odds[(weekday == day) & ordinary]) for day in range(7)])
    return OpenDays(odds, own, own > STRAY_SHARE * average, shut, silent)


def chance_shut(prior: Numbers, odds: Numbers) -> Numbers:
    """Return the chance that each day was shut, from the chance beforehand and what was seen."""
    return np.asarray(prior / (prior + (1.0 - prior) * odds))


def _odds(totals: Numbers, own: Numbers, average: Numbers) -> Numbers:
    stray = STRAY_SHARE * average
    few = (totals <= stray) & ((own <= stray) | (totals <= 0.15 * own))
    expected = np.maximum(own, QUIETER * average)
    odds = np.where(few, np.exp(-SCATTER * expected), np.inf)
    return np.where(np.isfinite(totals), odds, 1.0)


def _own_level(totals: Numbers, weekday: Whole) -> Numbers:
    """Return the median of the same weekday in the weeks around each day (0 where none was observed)."""
    own = np.zeros(len(totals))
    for day in range(7):
        at = np.flatnonzero(weekday == day)
        if len(at):
            padded = np.pad(totals[at], WEEKS_EACH_SIDE, constant_values=np.nan)
            windows = sliding_window_view(padded, 2 * WEEKS_EACH_SIDE + 1)
            seen = np.isfinite(windows).any(axis=1)
            own[at[seen]] = np.nanmedian(windows[seen], axis=1)
    return own


def _average_level(totals: Numbers) -> Numbers:
    window = np.ones(2 * DAYS_EACH_SIDE + 1)
    seen = np.isfinite(totals)
    calls, days = (_around(row, window) for row in (np.where(seen, totals, 0.0), seen.astype(float)))
    return np.asarray(calls / np.maximum(days, 1.0))


def _around(row: Numbers, window: Numbers) -> Numbers:
    half = len(window) // 2
    return np.convolve(row, window)[half : half + len(row)]


def _missing_alone(totals: Numbers) -> Flags:
    """Return the unobserved days that have observed ones not far before and after them."""
    seen = np.isfinite(totals)
    place = np.arange(len(totals))
    before = np.maximum.accumulate(np.where(seen, place, -NEAR_DAYS - 1))
    after = np.minimum.accumulate(np.where(seen, place, len(seen) + NEAR_DAYS)[::-1])[::-1]
    return ~seen & (place - before <= NEAR_DAYS) & (after - place <= NEAR_DAYS)


def _silence(totals: Numbers, own: Numbers, odds: Numbers) -> int:
    """Return the length of the silence at the end, unless it is short or few calls were to be expected in it."""
    heard = np.flatnonzero(np.isinf(odds))
    if not len(heard):
        return 0
    tail = slice(int(heard[-1]) + 1, None)
    shut = np.isfinite(totals[tail]) & (own[tail] > 0.0)
    return len(totals) - int(heard[-1]) - 1 if own[tail][shut].sum() >= SILENT_CALLS and shut.sum() > 4 else 0


def _filtered(odds: Numbers) -> float:
    """Return the chance that the next of a weekday's days is shut, from the evidence of those before, oldest first."""
    first = FIRST_BELIEF / FIRST_BELIEF.sum()
    belief = first
    for one in odds:
        belief = (1.0 - CHANGE_A_WEEK) * belief + CHANGE_A_WEEK * first
        seen = SHARES_SHUT + (1.0 - SHARES_SHUT) * one if np.isfinite(one) else 1.0 - SHARES_SHUT
        belief = belief * seen
        belief = belief / belief.sum()
    return float(belief @ SHARES_SHUT)
