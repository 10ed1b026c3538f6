"""Seats found by playing the day: for calls that come and go, for skills and priority, and for chats."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from forecaster.queueing.erlang import service_level
from forecaster.queueing.service_target import ServiceTarget
from forecaster.sentences import refusal
from forecaster.simulation.chats import simulate_chats
from forecaster.simulation.inputs import Callers
from forecaster.simulation.outcome import Simulation
from forecaster.simulation.simulator import simulate
from forecaster.simulation.skills import Pool, simulate_skills

MOST_ADDED_SEATS = (
    60  # a seat each: who needs more than so many beyond the formula has a target that seats do not reach
)


def meets(simulation: Simulation, target: ServiceTarget, *, surely: bool = False) -> np.ndarray:
    """Return per interval whether the runs, on average, meet the target; intervals without calls do.

    `surely` asks the unfavourable limit of the confidence interval to meet it.
    """
    frame = simulation.frame()
    low, high = ("_lower", "_upper") if surely else ("", "")
    ok = np.ones(len(frame), dtype=bool)
    if target.service_level is not None:
        level = simulation.service_level(target.definition).to_numpy()
        margin = (frame["service_level"] - frame[f"service_level{low}"]).to_numpy()
        ok &= level - margin >= target.service_level
    for measure, limit in (
        ("mean_wait_seconds", target.max_mean_wait_seconds),
        ("occupancy", target.max_occupancy),
        ("abandonment", target.max_abandonment),
    ):
        if limit is not None:
            ok &= frame[f"{measure}{high}"].to_numpy() <= limit
    return ok | (frame["calls_offered"].to_numpy() <= 0)


def refined_seats(
    start: np.ndarray,
    *,
    calls: Any,
    aht_seconds: Any,
    target: ServiceTarget,
    interval_minutes: float,
    replications: int = 100,
    seed: int = 0,
    **caller: Any,
) -> tuple[np.ndarray, Simulation]:
    """Return the seats per interval that the simulated day needs, and the runs that show it.

    From `start`, a seat is added wherever the runs miss the target until none does. Then, every third interval at a
    time, a seat is taken away where Erlang's formula says there is one to spare, and given back unless the target then
    holds up to two intervals on by the lower end of a 90 % interval: chance may cost a seat, but does not save one. All
    runs meet the same callers. Intervals without calls keep no seat.

    Raises
    ------
    ValueError
        If the target cannot be met by adding seats.
    """
    calls = np.asarray(calls, dtype=float)
    aht = np.broadcast_to(np.asarray(aht_seconds, dtype=float), calls.shape)
    fewest = max(1, target.minimum_seats)

    def play(seats: np.ndarray) -> Simulation:
        return simulate(
            calls,
            seats=seats,
            aht_seconds=aht,
            interval_minutes=interval_minutes,
            answer_within_seconds=target.answer_within_seconds,
            patience_seconds=target.patience_seconds,
            replications=replications,
            seed=seed,
            **caller,
        ).judged(confidence=0.90)

    seats, runs = _enough(np.where(calls > 0, np.maximum(start, fewest), 0).astype(np.int64), target, play)
    load = calls * aht / (60.0 * interval_minutes)
    for phase in (0, 1, 2):
        candidates = (np.arange(len(seats)) % 3 == phase) & (seats > fewest) & (calls > 0)
        while True:
            candidates &= (seats > fewest) & _may_spare(runs, seats, load, aht, target)
            tried = _spared(seats, candidates, meets(runs, target, surely=True), target, play)
            if not tried.any():
                break
            seats, candidates = seats - tried, tried
            runs = play(seats)
    return seats, runs


def _enough(
    seats: np.ndarray, target: ServiceTarget, play: Callable[[np.ndarray], Simulation]
) -> tuple[np.ndarray, Simulation]:
    """Return `seats` with as many added, one at a time, as every interval needs, and the runs that show it."""
    runs = play(seats)
    for _ in range(MOST_ADDED_SEATS):
        ok = meets(runs, target)
        if ok.all():
            return seats, runs
        seats = seats + ~ok
        runs = play(seats)
    at = int(np.flatnonzero(~meets(runs, target))[0])
    raise refusal("simulation.interval_target", seats=MOST_ADDED_SEATS, interval=at)


def _may_spare(
    runs: Simulation, seats: np.ndarray, load: np.ndarray, aht: np.ndarray, target: ServiceTarget
) -> np.ndarray:
    """Return where one seat fewer would keep the level, if it did to the runs what it does to the formula's level."""
    if target.service_level is None:
        return np.ones(len(seats), dtype=bool)
    now, fewer = (
        service_level(
            n,
            offered_load_erlangs=load,
            aht_seconds=aht,
            answer_within_seconds=target.answer_within_seconds,
            patience_seconds=target.patience_seconds,
        )
        for n in (seats, np.maximum(seats - 1, 0))
    )
    # a seat does less to a day in motion than to a steady one: half of it is certain enough to be worth a trial
    return (
        np.nan_to_num(runs.service_level(target.definition).to_numpy() - 0.5 * (now - fewer), nan=1.0)
        >= target.service_level
    )


def _spared(
    seats: np.ndarray,
    candidates: np.ndarray,
    sure_before: np.ndarray,
    target: ServiceTarget,
    play: Callable[[np.ndarray], Simulation],
) -> np.ndarray:
    """Return which `candidates` can give a seat: the target holds after it, or was as unsure elsewhere before."""
    tried = candidates.copy()
    while tried.any():
        runs = play(seats - tried)
        near = tried | np.roll(tried, 1) | np.roll(tried, 2)
        missed = ~meets(runs, target) | (near & sure_before & ~meets(runs, target, surely=True))
        missed |= tried & ~meets(runs, target, surely=True)
        if not missed.any():
            break
        blamed = missed | np.roll(missed, -1) | np.roll(missed, -2)
        # a miss further on is nobody's in particular: give everything back
        tried = tried & ~blamed if (tried & blamed).any() else np.zeros_like(tried)
    return tried


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
        raise refusal("simulation.one_threshold", within=sorted(within))

    def misses(seats: list[int]) -> float:
        staffed = [replace(pool, seats=n) for pool, n in zip(pools, seats, strict=True)]
        runs = simulate_skills(
            callers,
            staffed,
            interval_minutes=interval_minutes,
            answer_within_seconds=within.copy().pop(),
            replications=replications,
            seed=seed,
        )
        judged = {name: runs[name].judged(warmup_intervals=warmup_intervals) for name in names}
        return max(_miss(judged[name], targets[name]) for name in names)

    seats = [max(1, int(pool.seats)) for pool in pools]
    miss = misses(seats)
    while miss > 0:
        if sum(seats) >= most_seats:
            raise refusal("simulation.targets", seats=sum(seats))
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

    Raises
    ------
    ValueError
        Naming the argument and its first value out of range.
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
            **caller,
        ).judged(warmup_intervals=2)
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
