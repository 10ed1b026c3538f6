"""Several kinds of callers and several pools of people: skills, overflow, priority, kept-back seats; and the ladder."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from forecaster.queueing.arguments import NOT_NEGATIVE, checked
from forecaster.queueing.machine_code import quickest
from forecaster.sentences import refusal
from forecaster.simulation.floor_loop import BREAK_BEGINS, DONE, EVENTS, NEVER, PARTS, advance
from forecaster.simulation.inputs import Break, Callers, FloorSeen, Staffing, seconds_on_break, whole_seats
from forecaster.simulation.one_queue_loop import COLUMNS, SEAT_SECONDS
from forecaster.simulation.outcome import Simulation

UNBOUNDED = 1 << 60
SECONDS_PER_CALLER_IN_PYTHON = 40e-6


@dataclass(frozen=True)
class Serves:
    """How a pool serves a kind of caller.

    rank: the lower goes first when a seat falls free; equal ranks go by longest wait. after_seconds: only callers who
    have waited so long (overflow). keep_free: only while more than so many of the pool's seats are free.
    """

    rank: int = 0
    after_seconds: float = 0.0
    keep_free: int = 0


@dataclass(frozen=True, eq=False)
class Pool:
    """People with the same skills; `serves` names kinds of callers (empty: everyone, equally).

    `seats` is one number, one per interval, or a function told the floor (see `simulator.simulate`); of them, `breaks`
    take people away for a while. A caller who finds several pools free goes to the one listed first.
    """

    name: str
    seats: Any
    serves: Mapping[str, Serves] = field(default_factory=dict)
    breaks: Sequence[Break] = ()


def simulate_skills(
    callers: Sequence[Callers],
    pools: Sequence[Pool],
    *,
    interval_minutes: float,
    answer_within_seconds: float = 15.0,
    replications: int = 100,
    seed: int = 0,
    lines: int | None = None,
    decide_every_seconds: float = 60.0,
    warmup_intervals: int = 0,
    confidence: float = 0.95,
) -> dict[str, Simulation]:
    """Return each kind of caller's outcome, by name. `seat_seconds` and occupancy are those of all pools together.

    Raises
    ------
    ValueError
        If a pool serves a kind that is not there, or intervals differ in number.
    """
    rngs = [np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(replications)]
    outcome = play_floor(
        callers,
        pools,
        interval_minutes=interval_minutes,
        answer_within_seconds=answer_within_seconds,
        rngs=rngs,
        lines=lines,
        decide_every_seconds=decide_every_seconds,
    )
    result = {}
    for c, who in enumerate(callers):
        index = (
            who.calls.index if isinstance(who.calls, pd.Series) else pd.RangeIndex(outcome.shape[2], name="interval")
        )
        result[who.name] = Simulation(outcome[:, c], index, 60.0 * interval_minutes, warmup_intervals, confidence)
    return result


def play_floor(
    callers: Sequence[Callers],
    pools: Sequence[Pool],
    *,
    interval_minutes: float,
    answer_within_seconds: float,
    rngs: list[np.random.Generator],
    lines: int | None = None,
    decide_every_seconds: float = 60.0,
) -> np.ndarray:
    """Return outcome [run, kind of caller, interval, column]."""
    tables = np.stack(_same_length([who.table() for who in callers], callers))
    routes = _routes(callers, pools)
    intervals = tables.shape[1]
    seconds = 60.0 * interval_minutes
    plan = np.stack(
        [np.zeros(intervals, dtype=np.int64) if callable(p.seats) else whole_seats(p.seats, intervals) for p in pools]
    )
    work = float(tables[:, :, 0].sum()) * len(rngs) * SECONDS_PER_CALLER_IN_PYTHON
    play = quickest(advance, seconds_in_python=work, seconds_to_compile=6.0, parts=PARTS)
    outcome = np.zeros((len(rngs), len(callers), intervals, COLUMNS))
    for run, rng in enumerate(rngs):
        floor = _Run(play, callers, tables, routes, rng, seconds, answer_within_seconds, lines, outcome[run])
        floor.plan_breaks(pools)
        floor.play(pools, plan, decide_every_seconds)
    return outcome


def _same_length(tables: list[np.ndarray], callers: Sequence[Callers]) -> list[np.ndarray]:
    lengths = {who.name: len(table) for who, table in zip(callers, tables, strict=True)}
    if len(set(lengths.values())) != 1:
        raise refusal("simulation.kinds", lengths=lengths)
    if len(lengths) != len(callers):
        raise refusal("simulation.names", names=[who.name for who in callers])
    return tables


def _routes(callers: Sequence[Callers], pools: Sequence[Pool]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    names = [who.name for who in callers]
    rank = np.full((len(pools), len(names)), NEVER, dtype=np.int64)
    after = np.zeros(rank.shape)
    keep = np.zeros(rank.shape, dtype=np.int64)
    for p, pool in enumerate(pools):
        for name, how in (pool.serves or dict.fromkeys(names, Serves())).items():
            if name not in names:
                raise refusal("simulation.pool", pool=pool.name, kind=name, known=names)
            c = names.index(name)
            checked(f"after_seconds of pool {pool.name}", how.after_seconds, NOT_NEGATIVE)
            rank[p, c], after[p, c], keep[p, c] = how.rank, how.after_seconds, how.keep_free
    return rank, after, keep


class _Run:
    """One run: the arrays of the event loop, and what makes them longer."""

    def __init__(
        self,
        play: Callable[..., int],
        callers: Sequence[Callers],
        tables: np.ndarray,
        routes: tuple[np.ndarray, np.ndarray, np.ndarray],
        rng: np.random.Generator,
        interval_seconds: float,
        within: float,
        lines: int | None,
        outcome: np.ndarray,
    ) -> None:
        self.advance, self.who, self.rng, self.routes = play, callers, rng, routes
        self.seconds, self.within, self.outcome = interval_seconds, within, outcome
        self.lines = UNBOUNDED if lines is None else lines
        classes, intervals = tables.shape[:2]
        times, kinds = [], []
        for c, who in enumerate(callers):
            expected = tables[c, :, 0] * who.day_factor(rng)
            counts = rng.poisson(expected)
            starts = np.repeat(np.arange(intervals) * interval_seconds, counts)
            times.append(starts + rng.random(counts.sum()) * interval_seconds)
            kinds.append(np.full(counts.sum(), c))
        order = np.argsort(np.concatenate(times), kind="stable")
        self.arrivals, self.kinds = np.concatenate(times)[order], np.concatenate(kinds)[order].astype(np.int64)
        self.mean_handling = np.ascontiguousarray(tables[:, :, 1])
        self.callers = np.array(
            [
                [
                    np.inf if w.patience_seconds is None else w.patience_seconds,
                    w.retrials.after_abandoning,
                    w.retrials.after_blocking,
                    w.retrials.mean_delay_seconds,
                ]
                for w in callers
            ]
        )
        pools = routes[0].shape[0]
        self.seats, self.busy = np.zeros(pools, dtype=np.int64), np.zeros(pools, dtype=np.int64)
        self.counts, self.clock = np.zeros(4, dtype=np.int64), np.zeros(1)
        self.drawn, self.waiting = np.zeros(classes, dtype=np.int64), np.zeros(classes, dtype=np.int64)
        self.line_ends = np.zeros((classes, 2), dtype=np.int64)
        room = int(1.3 * len(self.arrivals)) + 200
        self.draws = self._draw(room)
        self.when, self.what = np.zeros(room), np.zeros((room, 2), dtype=np.int64)
        self.person, self.person_times = np.zeros((room, 4), dtype=np.int64), np.zeros((room, 2))
        self.line = np.zeros((classes, room), dtype=np.int64)
        self.breaks, self.break_times = np.zeros((0, 3), dtype=np.int64), np.zeros((0, 2))
        self.away = np.zeros((pools, 3), dtype=np.int64)

    def plan_breaks(self, pools: Sequence[Pool]) -> None:
        """Put the pools' breaks, in order of time, among the events to come (an ordered list is a heap)."""
        planned = [(rest, p) for p, pool in enumerate(pools) for rest in pool.breaks]
        planned.sort(key=lambda each: each[0].at_seconds)
        count = len(planned)
        self.breaks = np.array([[p, rest.seats, 0] for rest, p in planned], dtype=np.int64).reshape(count, 3)
        self.break_times = np.array([[rest.at_seconds, 60.0 * rest.minutes] for rest, _ in planned]).reshape(count, 2)
        while len(self.when) <= count:
            self._grow()
        self.when[:count] = self.break_times[:, 0]
        self.what[:count, 0], self.what[:count, 1] = BREAK_BEGINS, np.arange(count)
        self.counts[EVENTS] = count

    def _draw(self, room: int) -> np.ndarray:
        columns = [
            (
                w.handling(self.rng, room),
                w.patience(self.rng, room),
                self.rng.standard_exponential(room),
                self.rng.random(room),
            )
            for w in self.who
        ]
        return np.ascontiguousarray(np.moveaxis(np.array(columns), 1, 2))

    def _grow(self) -> None:
        more = len(self.when)
        self.draws = np.concatenate([self.draws, self._draw(more)], axis=1)
        self.when, self.what = np.pad(self.when, (0, more)), np.pad(self.what, ((0, more), (0, 0)))
        self.person = np.pad(self.person, ((0, more), (0, 0)))
        self.person_times = np.pad(self.person_times, ((0, more), (0, 0)))
        self.line = np.pad(self.line, ((0, 0), (0, more)))

    def until(self, moment: float) -> None:
        """Play up to `moment`."""
        while (
            self.advance(
                moment,
                self.arrivals,
                self.kinds,
                self.draws,
                self.drawn,
                self.mean_handling,
                self.callers,
                *self.routes,
                self.lines,
                self.seats,
                self.busy,
                self.breaks,
                self.break_times,
                self.away,
                self.counts,
                self.clock,
                self.when,
                self.what,
                self.person,
                self.person_times,
                self.line,
                self.line_ends,
                self.waiting,
                self.seconds,
                self.within,
                self.outcome,
            )
            != DONE
        ):
            self._grow()

    def play(self, pools: Sequence[Pool], plan: np.ndarray, decide_every_seconds: float) -> None:
        """Play the whole day, asking the functions among the pools' seats as often as they want to be asked."""
        asked = [(p, pool.seats) for p, pool in enumerate(pools) if callable(pool.seats)]
        played: list[tuple[int, float]] = []
        staff: list[np.ndarray] = []
        for row in range(plan.shape[1]):
            start, end = row * self.seconds, (row + 1) * self.seconds
            step = decide_every_seconds if asked else self.seconds
            moments = np.append(np.arange(start, end - 1e-9, step), end)
            for at, until in itertools.pairwise(moments.tolist()):
                self.seats[:] = np.where([callable(pool.seats) for pool in pools], self.seats, plan[:, row])
                self._ask(asked, at, row)
                played.append((row, at))
                staff.append(self.seats.copy())
                self.until(until)
        self.until(np.inf)
        self._count_seats(pools, played, staff)

    def _count_seats(self, pools: Sequence[Pool], moments: list[tuple[int, float]], staff: list[np.ndarray]) -> None:
        """Add the seat-seconds to the outcome: `staff` was signed in from the (interval, second) of `moments` on."""
        edges = np.array([at for _, at in moments] + [self.outcome.shape[1] * self.seconds])
        for p, pool in enumerate(pools):
            signed_in = np.array([seats[p] for seats in staff])
            seconds = signed_in * np.diff(edges) - seconds_on_break(pool.breaks, edges, signed_in)
            self.outcome[:, :, SEAT_SECONDS] += np.bincount([row for row, _ in moments], weights=seconds)

    def _ask(self, asked: list[tuple[int, Staffing]], at: float, row: int) -> None:
        for p, decide in asked:
            told = FloorSeen(at, row, self.waiting.copy(), self.seats.copy(), self.busy.copy(), self.away[:, 0].copy())
            self.seats[p] = int(checked("seats decided on", decide(told), NOT_NEGATIVE))
