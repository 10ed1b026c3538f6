"""How a day's calls fall over its slots: shares by weekday, shrunk towards day types and towards all days.

How fast the past fades, how far weekdays are alike and whether last year's season counts are not chosen by hand:
several memories are tried at past cut-offs on days whose total is taken as known, and mixed by what they would have
missed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecaster.forecast.day_model import DAYS_PER_YEAR
from forecaster.forecast.mixing import mixing_weights
from forecaster.history.day_grid import DayGrid

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]
Whole = NDArray[np.int64]


@dataclass(frozen=True)
class ProfileMemory:
    """How past days count: half after `half_life_days`; `season` is the weight of days at this time of other years.

    A weekday is pulled towards its day type with the weight of `shrinkage_calls` calls, and the day type towards all
    days likewise.
    """

    half_life_days: float
    season: float = 0.0
    shrinkage_calls: float = 100.0

    def weights(self, age_days: Numbers) -> Numbers:
        """Return the weight of days that lie `age_days` before the cut-off (negative ages count nothing)."""
        weight = 0.5 ** (np.maximum(age_days, 0.0) / self.half_life_days)
        if self.season:
            ahead = age_days + 20.0  # the middle of the month to come
            apart = np.abs((ahead + DAYS_PER_YEAR / 2.0) % DAYS_PER_YEAR - DAYS_PER_YEAR / 2.0)
            weight = weight + self.season * np.exp(-apart / 30.0) * (age_days > DAYS_PER_YEAR / 2.0)
        return np.where(age_days >= 0.0, weight, 0.0)


# A slot with so many times, and so many standard deviations more than, the calls of other like days is a burst: one
# night hour of hundreds must not teach every such night.
BURST_TIMES, BURST_DEVIATIONS = 4.0, 6.0
FEWEST_LIKE_DAYS = 4  # of fewer the others are too few to say what is usual

# From two weeks to years, and with hours leaning on the whole day: which of them holds, each line's own past tells.
MEMORIES = (
    *(ProfileMemory(half_life) for half_life in (14.0, 30.0, 90.0, 365.0, 1500.0)),
    ProfileMemory(90.0, shrinkage_calls=2_000.0),
    ProfileMemory(1500.0, shrinkage_calls=2_000.0),
    ProfileMemory(365.0, shrinkage_calls=10_000.0),
)
# two months around the same date: hours follow daylight and school terms
SEASONAL_MEMORIES = (ProfileMemory(60.0, season=1.0),)


@dataclass(frozen=True, eq=False)
class Profile:
    """Shares of each slot in the day's calls, by weekday (7 × slots, each row sums to 1 or is all 0).

    tested_calls, tested_shares
        Past days, oldest first, with the shares that would have been expected of them as far ahead.
    """

    shares: Numbers
    tested_calls: Numbers
    tested_shares: Numbers


def learn_profile(
    grid: DayGrid,
    *,
    weekday: Whole,
    ordinary: Flags,
    rest_weekdays: frozenset[int],
    lead_days: tuple[int, int] = (1, 31),
) -> Profile:
    """Return how a day's calls fall over its slots, `lead_days` (first, last) ahead.

    `weekday` is the one each day works like, `ordinary` marks the days to learn from. A slot that never had a call on
    a weekday where several were to be expected is closed.
    """
    learner = _Learner(grid, weekday, ordinary, rest_weekdays)
    span = len(grid.days)
    memories = MEMORIES + (SEASONAL_MEMORIES if span > 1.3 * DAYS_PER_YEAR else ())
    tested, given, age = learner.test(memories, lead_days)
    calls = learner.calls[tested]
    weights = np.full(len(memories), 1.0 / len(memories))
    if len(tested):
        total = calls.sum(axis=1, keepdims=True)
        misses = [((calls - total * shares) * (age[:, None] / np.sqrt(total))).ravel() for shares in given]
        weights = mixing_weights(np.column_stack(misses), pull=0.02)
    mixed = np.tensordot(weights, np.array([learner.shares(memory, span) for memory in memories]), axes=1)
    return Profile(np.asarray(mixed), calls, np.asarray(np.tensordot(weights, np.array(given), axes=1)))


class _Learner:
    def __init__(self, grid: DayGrid, weekday: Whole, ordinary: Flags, rest_weekdays: frozenset[int]) -> None:
        self.weekday = weekday
        self.rows = [np.flatnonzero(self.weekday == day) for day in range(7)]
        self.seen = np.isfinite(grid.calls) & ordinary[:, None]
        self.calls = self._without_bursts(np.where(self.seen, np.nan_to_num(grid.calls), 0.0))
        self.types = [[d for d in range(7) if (d in rest_weekdays) == is_rest] for is_rest in (False, True)]
        usual = np.array([self.calls[rows].sum(axis=0) > 0 for rows in self.rows])[weekday]
        self.whole = (self.seen | ~usual).all(axis=1) & (self.calls.sum(axis=1) > 0)

    def _without_bursts(self, calls: Numbers) -> Numbers:
        """Return the calls with none beyond many times what its slot brings on the weekday's other days."""
        limit = np.full(calls.shape, np.inf)
        for rows in self.rows:
            if len(rows) < FEWEST_LIKE_DAYS:
                continue
            own = calls[rows]
            others = (own.sum(axis=0) - own.max(axis=0)) / (len(rows) - 1)
            busy = others > 0.25 * others.max(initial=0.0)
            times = np.median(own[:, busy] / others[busy], axis=1) if busy.any() else np.ones(len(rows))
            usual = others * np.maximum(times, 1.0)[:, None]
            limit[rows] = np.maximum(BURST_TIMES * usual, usual + BURST_DEVIATIONS * (np.sqrt(usual) + 1.0))
        return np.minimum(calls, limit)

    def shares(self, memory: ProfileMemory, cut: int) -> Numbers:
        """Return the shares learned from the days before position `cut`."""
        pull = memory.shrinkage_calls
        weight = memory.weights(cut - 1.0 - np.arange(float(len(self.calls))))
        counted = np.array([weight[rows] @ self.calls[rows] for rows in self.rows])
        watched = np.array([weight[rows] @ self.seen[rows] for rows in self.rows])
        rate = counted / np.maximum(watched, 1e-12)
        volume = rate.sum(axis=1) * watched.max(axis=1)
        every = _normal(rate.sum(axis=0))
        result = np.zeros_like(rate)
        for kind in self.types:
            members = [d for d in kind if volume[d] > 0]
            for day in kind:  # a weekday that has not come yet
                if len(self.rows[day]) < 2 and volume[day] <= 0:
                    result[day] = _normal(rate[members].sum(axis=0)) if members else every
            if not members:
                continue
            total = float(volume[members].sum())
            pooled = (total * _normal(rate[members].sum(axis=0)) + pull * every) / (total + pull)
            for day in members:
                mixed = volume[day] * _normal(rate[day]) + pull * pooled
                mixed = mixed / (volume[day] + pull)
                silent = (counted[day] <= 0.0) & ((mixed * volume[day] > 3.0) | (watched[day] <= 0.0))
                result[day] = _normal(np.where(silent | (counted.sum(axis=0) <= 0.0), 0.0, mixed))
        return result

    def test(
        self, memories: tuple[ProfileMemory, ...], lead_days: tuple[int, int]
    ) -> tuple[Whole, list[Numbers], Numbers]:
        """Return the days tested at cut-offs of the last year and a half, what each memory gave, and their weights."""
        span = len(self.calls)
        every = 28 if lead_days[1] > 14 else 6
        cuts = [c for c in range(span - lead_days[1], 27, -every) if c > span - 1.5 * DAYS_PER_YEAR][:40]
        rows: list[Whole] = [np.zeros(0, dtype=np.int64)]
        given: list[list[Numbers]] = [[np.zeros((0, self.calls.shape[1]))] for _ in memories]
        for cut in reversed(cuts):
            block = np.arange(cut + lead_days[0] - 1, min(cut + lead_days[1], span))
            block = block[self.whole[block]]
            rows.append(block)
            for memory, found in zip(memories, given, strict=True):
                found.append(self.shares(memory, cut)[self.weekday[block]])
        tested = np.concatenate(rows)
        weight = 0.5 ** ((span - tested) / DAYS_PER_YEAR)
        return tested, [np.concatenate(found) for found in given], weight


def _normal(values: Numbers) -> Numbers:
    total = float(values.sum())
    return values / total if total > 0 else values
