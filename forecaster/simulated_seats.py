"""Seats found by playing the day: for calls that come and go, for skills and priority, and for chats."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from forecaster.requirement import ServiceTarget
from forecaster.simulation import Simulation
from forecaster.simulator import Callers, simulate
from forecaster.simulator_chat import simulate_chats
from forecaster.simulator_skills import Pool, simulate_skills

ROUNDS = 60


def meets(simulation: Simulation, target: ServiceTarget) -> np.ndarray:
    """Return per interval whether the runs, on average, meet the target; intervals without calls do."""
    frame = simulation.frame()
    busy = frame["calls_offered"].to_numpy() > 0
    ok = np.ones(len(frame), dtype=bool)
    if target.service_level is not None:
        ok &= simulation.service_level(target.definition).to_numpy() >= target.service_level
    if target.max_mean_wait_seconds is not None:
        ok &= frame["mean_wait_seconds"].to_numpy() <= target.max_mean_wait_seconds
    if target.max_occupancy is not None:
        ok &= frame["occupancy"].to_numpy() <= target.max_occupancy
    if target.max_abandonment is not None:
        ok &= frame["abandonment"].to_numpy() <= target.max_abandonment
    return ok | ~busy


def refined_seats(
    start: np.ndarray,
    *,
    calls: Any,
    aht_seconds: Any,
    target: ServiceTarget,
    interval_minutes: float,
    replications: int = 200,
    seed: int = 0,
    **caller: Any,
) -> tuple[np.ndarray, Simulation]:
    """Return the seats per interval that the simulated day needs, and the runs that show it.

    From `start`, a seat is added wherever the target is missed until it is met everywhere; then, every third interval
    at a time, a seat is taken away and given back where that breaks the target there or up to two intervals on. All
    runs meet the same callers. Intervals without calls keep no seat.

    Raises
    ------
    ValueError
        If the target cannot be met by adding seats.
    """
    calls = np.asarray(calls, dtype=float)
    open_ = calls > 0

    def play(seats: np.ndarray) -> tuple[np.ndarray, Simulation]:
        runs = simulate(
            calls,
            seats=seats,
            aht_seconds=aht_seconds,
            interval_minutes=interval_minutes,
            answer_within_seconds=target.answer_within_seconds,
            patience_seconds=target.patience_seconds,
            replications=replications,
            seed=seed,
            **caller,
        )
        return meets(runs, target), runs

    seats = np.where(open_, np.maximum(start, max(1, target.minimum_seats)), 0).astype(np.int64)
    ok, runs = play(seats)
    for _ in range(ROUNDS):
        if ok.all():
            break
        seats = seats + ~ok
        ok, runs = play(seats)
    if not ok.all():
        at = int(np.flatnonzero(~ok)[0])
        raise ValueError(f"adding {ROUNDS} seats does not meet the target in interval {at}; loosen it")
    kept = False
    spare = open_.copy()
    while not kept:
        kept = True
        for phase in range(3):
            trial = spare & (np.arange(len(seats)) % 3 == phase) & (seats > max(1, target.minimum_seats))
            if not trial.any():
                continue
            fewer, runs_of_fewer, tried = _take_away(seats, trial, play)
            spare &= ~(trial & ~tried)
            if tried.any():
                seats, runs, kept = fewer, runs_of_fewer, False
    return seats, runs


def _take_away(
    seats: np.ndarray, trial: np.ndarray, play: Callable[[np.ndarray], tuple[np.ndarray, Simulation]]
) -> tuple[np.ndarray, Simulation, np.ndarray]:
    """Return the seats less one in every interval of `trial` that can spare it, the runs, and which could."""
    tried = trial.copy()
    while True:
        ok, runs = play(seats - tried)
        if ok.all() or not tried.any():
            return seats - tried, runs, tried
        missed = np.flatnonzero(~ok)
        blamed = np.zeros(len(seats), dtype=bool)
        for back in range(3):
            blamed[np.maximum(missed - back, 0)] = True
        # a miss further on is nobody's in particular: give everything back
        tried = tried & ~blamed if (tried & blamed).any() else np.zeros_like(tried)


def skill_seats(
    callers: Sequence[Callers],
    pools: Sequence[Pool],
    targets: Mapping[str, ServiceTarget],
    *,
    interval_minutes: float,
    replications: int = 100,
    seed: int = 0,
    warmup_intervals: int = 0,
    most_seats: int = 2000,
) -> dict[str, int]:
    """Return the seats of every pool with which each kind of caller meets its target.

    `pools` give skills and order; their `seats` are where the search starts. Seats are added where they narrow the
    widest miss most, then taken away, the largest pool first, while every target holds. Service level and mean wait
    count; the same callers come in every trial. The answer is minimal in that no single seat can be spared.

    Raises
    ------
    ValueError
        If `most_seats` in all do not meet the targets.
    """
    names = [who.name for who in callers]
    within = {targets[name].answer_within_seconds for name in names}
    if len(within) != 1:
        raise ValueError(f"all targets need the same answer_within_seconds, got {sorted(within)}")

    def misses(seats: list[int]) -> float:
        staffed = [replace(pool, seats=n) for pool, n in zip(pools, seats, strict=True)]
        runs = simulate_skills(
            callers,
            staffed,
            interval_minutes=interval_minutes,
            answer_within_seconds=within.copy().pop(),
            replications=replications,
            seed=seed,
            warmup_intervals=warmup_intervals,
        )
        return max(_miss(runs[name], targets[name]) for name in names)

    seats = [max(1, int(pool.seats)) for pool in pools]
    miss = misses(seats)
    while miss > 0:
        if sum(seats) >= most_seats:
            raise ValueError(f"{sum(seats)} seats do not meet the targets; raise most_seats or loosen the targets")
        step = max(1, int(0.05 * sum(seats) * min(miss, 1.0)))
        trials = [[n + step * (p == q) for q, n in enumerate(seats)] for p in range(len(seats))]
        scores = [misses(trial) for trial in trials]
        best = int(np.argmin(scores))
        seats, miss = trials[best], scores[best]
    spared = True
    while spared:
        spared = False
        for p in sorted(range(len(seats)), key=lambda p: -seats[p]):
            trial = [n - (p == q) for q, n in enumerate(seats)]
            if trial[p] >= 0 and misses(trial) <= 0:
                seats, spared = trial, True
    return {pool.name: n for pool, n in zip(pools, seats, strict=True)}


def _miss(runs: Simulation, target: ServiceTarget) -> float:
    """Return by how much the runs miss the target, as a share of it; at most 0 where they meet it."""
    total = runs.total()
    amount = [-np.inf]
    if target.service_level is not None:
        amount.append((target.service_level - total["service_level"]) / max(target.service_level, 1e-9))
    if target.max_mean_wait_seconds is not None:
        amount.append(min(total["mean_wait_seconds"] / target.max_mean_wait_seconds - 1.0, 10.0))
    return float(np.nanmax(amount))


def chat_agents(
    calls: float,
    *,
    pace: Any,
    aht_seconds: float,
    target: ServiceTarget,
    interval_minutes: float,
    intervals: int = 10,
    replications: int = 40,
    seed: int = 0,
    **caller: Any,
) -> int:
    """Return the fewest agents at which `calls` chats per interval, `intervals` of them in a row, meet the target.

    The target's service level and mean wait count, over the intervals after the first two.
    """
    volume = np.full(intervals + 2, float(calls))

    def met(agents: int) -> bool:
        runs = simulate_chats(
            volume,
            agents=agents,
            pace=pace,
            aht_seconds=aht_seconds,
            interval_minutes=interval_minutes,
            answer_within_seconds=target.answer_within_seconds,
            patience_seconds=target.patience_seconds,
            replications=replications,
            seed=seed,
            warmup_intervals=2,
            **caller,
        )
        return _miss(runs, target) <= 0

    if calls <= 0:
        return 0
    high = 1
    while not met(high):
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if met(middle) else (middle, high)
    return high
