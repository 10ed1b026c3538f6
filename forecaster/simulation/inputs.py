"""What the simulator is told: the callers, the seats, the breaks, and what a staffing function sees of the floor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from forecaster.queueing.arguments import NOT_NEGATIVE, POSITIVE, POSITIVE_OR_INFINITE, SHARE, checked
from forecaster.sentences import refusal
from forecaster.simulation.distributions import Shape, exponential


@dataclass(frozen=True)
class TimedBreak:
    """`seats` people leave at `at_seconds` after the start, each once the call in hand is done, for `minutes`.

    Where fewer are signed in, all of them leave. Whoever signs out during a break does not come back from it.
    """

    at_seconds: float
    seats: int
    minutes: float

    def __post_init__(self) -> None:
        checked("at_seconds of a break", self.at_seconds, NOT_NEGATIVE)
        checked("seats of a break", self.seats, NOT_NEGATIVE)
        checked("minutes of a break", self.minutes, POSITIVE)
        if self.seats != int(self.seats):
            raise refusal("simulation.whole_break", seats=self.seats)


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
class FloorSeen:
    """What a callable that decides on staffing is told, its `every_seconds` apart (a minute where it has none).

    Calls waiting by kind of caller; by pool the people signed in, and how many of them handle a call or have a break.
    """

    at_seconds: float
    interval: int
    waiting: np.ndarray
    seats: np.ndarray
    busy: np.ndarray
    on_break: np.ndarray


StaffingFunction = Callable[[FloorSeen], Any]


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
        Shapes of the times (`forecaster.simulation.distributions`).
    day_variation
        Standard deviation of a whole day's calls around the expected ones, as a share (a gamma factor of mean 1 on
        every interval of a run): forecasts miss by whole days.
    counted
        The calls are counts of calls that came, not expected ones: every run has exactly so many, spread evenly over
        each interval or as `rates` say.
    rates
        The rate of each part of each interval beside its interval's own (intervals × parts, mean 1); None: steady.
    arrival_seconds
        When each call came, in seconds from the start, where that is known: every run has these calls and no others,
        whatever `calls` says.
    """

    calls: Any
    aht_seconds: Any
    patience_seconds: float | None = None
    handling: Shape = exponential
    patience: Shape = exponential
    retrials: Retrials = field(default_factory=Retrials)
    day_variation: float = 0.0
    name: str = "calls"
    counted: bool = False
    rates: np.ndarray | None = None
    arrival_seconds: Any = None

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
            raise refusal("simulation.aht", intervals=len(aht), calls=len(calls))
        return np.column_stack([calls, np.broadcast_to(aht, calls.shape), np.full(calls.shape, patience)])

    @property
    def index(self) -> pd.Index:
        """The labels of the intervals: those of the calls, or their numbers."""
        if isinstance(self.calls, pd.Series):
            return self.calls.index
        return pd.RangeIndex(np.size(self.calls), name="interval")

    def day_factor(self, rng: np.random.Generator) -> float:
        """Return one run's factor on the expected calls."""
        if self.day_variation == 0:
            return 1.0
        k = 1.0 / self.day_variation**2
        return float(rng.gamma(k)) / k

    def arrivals(self, calls: np.ndarray, interval_seconds: float, rng: np.random.Generator) -> np.ndarray:
        """Return when the callers of one run come, in seconds from the start, interval by interval."""
        if self.arrival_seconds is not None:
            known = checked(f"arrival_seconds of {self.name}", self.arrival_seconds, NOT_NEGATIVE)
            return np.asarray(known[known < len(calls) * interval_seconds])
        counts = np.round(calls).astype(np.int64) if self.counted else rng.poisson(calls * self.day_factor(rng))
        row = np.repeat(np.arange(len(calls)), counts)
        share = rng.random(counts.sum())
        if self.rates is not None:
            parts = self.rates.shape[1]
            passed = np.cumsum(self.rates, axis=1)[row] / parts  # of the interval's calls, at the end of each part
            part = np.minimum((share[:, None] >= passed).sum(axis=1), parts - 1)
            own = np.maximum(self.rates[row, part], 1e-12) / parts
            ahead = (passed[np.arange(len(row)), part] - share) / own  # in parts
            share = (part + 1.0 - np.clip(ahead, 0.0, 1.0)) / parts
        return np.asarray(row * interval_seconds + share * interval_seconds)


def generators(seed: int, replications: int) -> list[np.random.Generator]:
    """Return the random numbers of independent runs, at least one.

    Raises
    ------
    ValueError
        If there is no run.
    """
    if replications < 1:
        raise refusal("simulation.replications", replications=replications)
    return [np.random.default_rng(source) for source in np.random.SeedSequence(seed).spawn(replications)]


def whole_seats(seats: Any, intervals: int) -> np.ndarray:
    """Return the whole seats of each interval from one number or one per interval, checked."""
    numbers = checked("seats", seats, NOT_NEGATIVE)
    if numbers.ndim and len(numbers) != intervals:
        raise refusal("simulation.seats", intervals=len(numbers), calls=intervals)
    whole = np.broadcast_to(numbers, (intervals,))
    if np.any(whole != np.floor(whole)):
        at = int(np.flatnonzero(whole != np.floor(whole))[0])
        raise refusal("simulation.whole_seats", seats=whole[at], row=at)
    return whole.astype(np.int64)


def seconds_on_break(breaks: Sequence[TimedBreak], edges: np.ndarray, staff: np.ndarray) -> np.ndarray:
    """Return the seat-seconds that breaks take, as planned, between each two `edges` with `staff` signed in then."""
    total = np.zeros(len(edges) - 1)
    for pause in breaks:
        end = pause.at_seconds + 60.0 * pause.minutes
        overlap = np.minimum(edges[1:], end) - np.maximum(edges[:-1], pause.at_seconds)
        # whoever signs out meanwhile is on no break any more, and the next to sign in are not either
        people = np.minimum.accumulate(np.where(edges[1:] > pause.at_seconds, np.minimum(staff, pause.seats), np.inf))
        total += np.clip(overlap, 0.0, None) * np.where(overlap > 0, people, 0.0)
    return np.minimum(total, np.diff(edges) * staff)
