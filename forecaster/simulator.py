"""What a day would be like: callers, seats and patience played call by call, many times over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from forecaster.arguments import NOT_NEGATIVE, POSITIVE, POSITIVE_OR_INFINITE, SHARE, checked
from forecaster.distributions import Shape, exponential
from forecaster.machine_code import quickest
from forecaster.simulation import Simulation
from forecaster.simulator_kernels import COLUMNS, SEAT_SECONDS, serve_in_order

SECONDS_PER_CALLER_IN_PYTHON = 15e-6


@dataclass(frozen=True)
class Break:
    """`seats` people leave at `at_seconds` after the start, each once the call in hand is done, for `minutes`."""

    at_seconds: float
    seats: int
    minutes: float


@dataclass(frozen=True)
class Retrials:
    """Who calls again: a share of those who abandoned, a share of those blocked, after an exponential delay."""

    after_abandoning: float = 0.0
    after_blocking: float = 0.0
    mean_delay_seconds: float = 300.0

    def __post_init__(self) -> None:
        checked("after_abandoning", self.after_abandoning, SHARE)
        checked("after_blocking", self.after_blocking, SHARE)
        checked("mean_delay_seconds", self.mean_delay_seconds, POSITIVE)


@dataclass(frozen=True)
class Floor:
    """What a callable that decides on staffing is told, `decide_every_seconds` apart."""

    at_seconds: float
    interval: int
    waiting: np.ndarray
    seats: np.ndarray
    busy: np.ndarray


Staffing = Callable[[Floor], Any]


@dataclass(frozen=True, eq=False)
class Callers:
    """One kind of caller.

    calls
        Expected calls per interval: array or Series.
    aht_seconds
        Mean handle time, one number or one per interval.
    patience_seconds
        Mean patience; None: they wait for ever.
    handling, patience
        Shapes of the times (`forecaster.distributions`).
    day_variation
        Standard deviation of a whole day's calls around the expected ones, as a share (a gamma factor of mean 1 on
        every interval of a run): forecasts miss by whole days.
    """

    calls: Any
    aht_seconds: Any
    patience_seconds: float | None = None
    handling: Shape = exponential
    patience: Shape = exponential
    retrials: Retrials = field(default_factory=Retrials)
    day_variation: float = 0.0
    name: str = "calls"

    def table(self) -> np.ndarray:
        """Return intervals × (calls, mean handling seconds, mean patience seconds), checked."""
        calls = np.atleast_1d(checked(f"calls of {self.name}", self.calls, NOT_NEGATIVE))
        handle = np.asarray(self.aht_seconds, dtype=float)
        if handle.ndim:
            handle = np.where(calls > 0, handle, 1.0)  # a closed interval may lack its AHT
        aht = checked(f"aht_seconds of {self.name}", handle, POSITIVE)
        patience = np.inf if self.patience_seconds is None else self.patience_seconds
        checked("patience_seconds", patience, POSITIVE_OR_INFINITE)
        checked("day_variation", self.day_variation, NOT_NEGATIVE)
        if aht.ndim and len(aht) != len(calls):
            raise ValueError(f"aht_seconds has {len(aht)} intervals, calls {len(calls)}")
        return np.column_stack([calls, np.broadcast_to(aht, calls.shape), np.full(calls.shape, patience)])

    def day_factor(self, rng: np.random.Generator) -> float:
        """Return one run's factor on the expected calls."""
        if self.day_variation == 0:
            return 1.0
        k = 1.0 / self.day_variation**2
        return float(rng.gamma(k)) / k


def simulate(
    calls: Any,
    *,
    seats: Any,
    aht_seconds: Any,
    interval_minutes: float,
    answer_within_seconds: float = 15.0,
    replications: int = 100,
    seed: int = 0,
    breaks: Sequence[Break] = (),
    lines: int | None = None,
    decide_every_seconds: float = 60.0,
    warmup_intervals: int = 0,
    confidence: float = 0.95,
    **caller: Any,
) -> Simulation:
    """Return the outcome of `replications` independent runs of one queue, interval by interval.

    `seats` is the seats signed in per interval, or a function that is told the floor every `decide_every_seconds`
    and returns the seats from now on (the ladder). People who sign out or go on a break finish their call first.
    `lines` bounds calls in handling and waiting together; a call beyond is blocked. Further arguments are those of
    `Callers`: patience_seconds, handling, patience, retrials, day_variation. The same seed gives the same callers
    whatever the seats. `warmup_intervals` at the start count in the frame but not in the totals.

    Raises
    ------
    ValueError
        Naming the argument, value and row that cannot be used.
    """
    who = Callers(calls=calls, aht_seconds=aht_seconds, **caller)
    table = who.table()
    if replications < 1:
        raise ValueError(f"replications must be at least 1, got {replications}")
    checked("answer_within_seconds", answer_within_seconds, NOT_NEGATIVE)
    checked("interval_minutes", interval_minutes, POSITIVE)
    index = calls.index if isinstance(calls, pd.Series) else pd.RangeIndex(len(table), name="interval")
    rngs = [np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(replications)]
    if callable(seats) or lines is not None or who.retrials != Retrials():
        if breaks:
            raise ValueError(
                "breaks cannot be combined with lines, retrials or staffing by a function; lower the seats"
            )
        from forecaster.simulator_skills import Pool, play_floor  # noqa: PLC0415 - it needs numba at once

        pool = Pool(name="seats", seats=seats if callable(seats) else whole_seats(seats, len(table)))
        outcome = play_floor(
            [who],
            [pool],
            interval_minutes=interval_minutes,
            answer_within_seconds=answer_within_seconds,
            rngs=rngs,
            lines=lines,
            decide_every_seconds=decide_every_seconds,
        )[:, 0]
    else:
        staff = whole_seats(seats, len(table))
        outcome = _play_in_order(who, table, staff, breaks, 60.0 * interval_minutes, answer_within_seconds, rngs)
    return Simulation(outcome, index, 60.0 * interval_minutes, warmup_intervals, confidence)


def whole_seats(seats: Any, intervals: int) -> np.ndarray:
    """Return the whole seats of each interval from one number or one per interval, checked."""
    numbers = checked("seats", seats, NOT_NEGATIVE)
    if numbers.ndim and len(numbers) != intervals:
        raise ValueError(f"seats has {len(numbers)} intervals, calls {intervals}")
    whole = np.broadcast_to(numbers, (intervals,))
    if np.any(whole != np.floor(whole)):
        at = int(np.flatnonzero(whole != np.floor(whole))[0])
        raise ValueError(f"seats must be whole, got {whole[at]:g} in row {at}")
    return whole.astype(np.int64)


def _changes(staff: np.ndarray, breaks: Sequence[Break], interval_seconds: float) -> tuple[np.ndarray, ...]:
    """Return when, by how many and for how long (0: for good) the seats change, in order of time."""
    steps = np.diff(np.concatenate([[0], staff]))
    rows = np.flatnonzero(steps)
    changes = [(float(row * interval_seconds), int(steps[row]), 0.0) for row in rows]
    for pause in breaks:
        checked("minutes of a break", pause.minutes, POSITIVE)
        checked("at_seconds of a break", pause.at_seconds, NOT_NEGATIVE)
        changes.append((pause.at_seconds, -int(pause.seats), 60.0 * pause.minutes))
    changes.sort(key=lambda change: change[0])
    at, by, seconds = zip(*changes, strict=True) if changes else ((), (), ())
    return np.array(at, dtype=float), np.array(by, dtype=np.int64), np.array(seconds, dtype=float)


def _play_in_order(
    who: Callers,
    table: np.ndarray,
    staff: np.ndarray,
    breaks: Sequence[Break],
    interval_seconds: float,
    within: float,
    rngs: list[np.random.Generator],
) -> np.ndarray:
    outcome = np.zeros((len(rngs), len(table), COLUMNS))
    changes = _changes(staff, breaks, interval_seconds)
    outcome[:, :, SEAT_SECONDS] = _seat_seconds(staff, breaks, interval_seconds)
    expected = float(table[:, 0].sum())
    if expected <= 0:
        return outcome
    work = expected * len(rngs) * SECONDS_PER_CALLER_IN_PYTHON
    play = quickest(serve_in_order, seconds_in_python=work, seconds_to_compile=2.5)
    free = np.empty(int(staff.max()) + 3)
    for run, rng in enumerate(rngs):
        day = table.copy()
        day[:, 0] *= who.day_factor(rng)
        mean = float(day[:, 0].sum())
        room = int(mean + 10.0 * mean**0.5 + 50.0)  # ten standard deviations: never too few
        gaps = rng.standard_exponential(room)
        handling, patience = who.handling(rng, room), who.patience(rng, room)
        play(gaps, handling, patience, day, *changes, interval_seconds, within, free, outcome[run])
    return outcome


def _seat_seconds(staff: np.ndarray, breaks: Sequence[Break], interval_seconds: float) -> np.ndarray:
    seconds = staff * interval_seconds
    edges = np.arange(len(staff) + 1) * interval_seconds
    for pause in breaks:
        overlap = np.minimum(edges[1:], pause.at_seconds + 60.0 * pause.minutes) - np.maximum(
            edges[:-1], pause.at_seconds
        )
        seconds = seconds - np.clip(overlap, 0.0, None) * pause.seats
    return np.maximum(seconds, 0.0)
