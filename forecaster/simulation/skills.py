"""Several kinds of callers and several pools of people: skills, overflow, priority, kept-back seats; and the ladder."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from forecaster.queueing.arguments import NOT_NEGATIVE, checked
from forecaster.queueing.machine_code import quickest
from forecaster.sentences import refusal
from forecaster.simulation.floor_loop import (
    BREAK_BEGINS,
    DONE,
    INLINED,
    NOT_SERVED,
    ON_BREAK,
    PARTS,
    Agents,
    Events,
    PlayedDay,
    WaitingLines,
    advance,
)
from forecaster.simulation.inputs import (
    Callers,
    FloorSeen,
    StaffingFunction,
    TimedBreak,
    generators,
    seconds_on_break,
    whole_seats,
)
from forecaster.simulation.one_queue_loop import COLUMN_COUNT, SEAT_SECONDS
from forecaster.simulation.outcome import Simulation

ASKED_EVERY_SECONDS = 60.0  # a function among the seats that does not say how often: the ladder's clock is minutes
UNBOUNDED = 1 << 60  # lines: more than there are calls
SECONDS_PER_SKILLED_CALLER_IN_PYTHON = 40e-6  # measured; it decides only when compiling pays


@dataclass(frozen=True)
class Serves:
    """How a pool serves a kind of caller.

    rank: the lower goes first when a seat falls free; equal ranks go by longest wait. after_seconds: only callers who
    have waited so long (overflow). keep_free: only while more than so many of the pool's seats are free. choice: a
    caller who finds several pools free goes to the lowest, and of equal ones to that listed first.
    """

    rank: int = 0
    after_seconds: float = 0.0
    keep_free: int = 0
    choice: int = 0


@dataclass(frozen=True, eq=False)
class Pool:
    """People with the same skills; `serves` names kinds of callers (empty: everyone, equally).

    `seats` is one number, one per interval, or a function told the floor (see `simulator.simulate`); of them, `breaks`
    take people away for a while.
    """

    name: str
    seats: Any
    serves: Mapping[str, Serves] = field(default_factory=dict)
    breaks: Sequence[TimedBreak] = ()


def simulate_skills(
    callers: Sequence[Callers],
    pools: Sequence[Pool],
    *,
    interval_minutes: float,
    answer_within_seconds: float = 15.0,
    replications: int = 100,
    seed: int = 0,
    lines: int | None = None,
) -> dict[str, Simulation]:
    """Return each kind of caller's outcome, by name. `seat_seconds` and occupancy are those of all pools together.

    Raises
    ------
    ValueError
        If a pool serves a kind that is not there, or intervals differ in number.
    """
    rngs = generators(seed, replications)
    outcome = play_floor(
        callers,
        pools,
        interval_minutes=interval_minutes,
        answer_within_seconds=answer_within_seconds,
        rngs=rngs,
        lines=lines,
    )
    return _by_kind(outcome, callers, interval_minutes)


def simulate_skills_on_futures(
    callers: Sequence[Callers],
    pools: Sequence[Pool],
    *,
    calls: np.ndarray,
    seats: np.ndarray,
    interval_minutes: float,
    answer_within_seconds: float | Sequence[float] = 15.0,
    seed: int = 0,
) -> dict[str, Simulation]:
    """Return each kind of caller's outcome, by name, of one run on each future.

    calls, seats
        What is to be expected on each future (futures × kinds × intervals), and who is there (futures × pools ×
        intervals, whole), in place of what `callers` and `pools` say.
    answer_within_seconds
        One for all, or one for each kind.

    Raises
    ------
    ValueError
        As `simulate_skills`, or if calls and seats have not as many futures.
    """
    if len(calls) != len(seats):
        raise refusal("simulation.futures", calls=str(calls.shape), seats=str(seats.shape))
    rngs = generators(seed, len(calls))
    outcome = play_floor(
        callers,
        pools,
        interval_minutes=interval_minutes,
        answer_within_seconds=answer_within_seconds,
        rngs=rngs,
        futures=calls,
        staffs=seats,
    )
    return _by_kind(outcome, callers, interval_minutes)


def _by_kind(outcome: np.ndarray, callers: Sequence[Callers], interval_minutes: float) -> dict[str, Simulation]:
    return {who.name: Simulation(outcome[:, c], who.index, 60.0 * interval_minutes) for c, who in enumerate(callers)}


def play_floor(
    callers: Sequence[Callers],
    pools: Sequence[Pool],
    *,
    interval_minutes: float,
    answer_within_seconds: float | Sequence[float],
    rngs: list[np.random.Generator],
    lines: int | None = None,
    futures: np.ndarray | None = None,
    staffs: np.ndarray | None = None,
) -> np.ndarray:
    """Return outcome [run, kind of caller, interval, column].

    futures, staffs
        Calls [run, kind of caller, interval] and seats [run, pool, interval] of each run, where they differ by run.
    """
    tables = np.stack(_same_length([who.table() for who in callers], callers))
    intervals = tables.shape[1]
    plan = np.stack(
        [np.zeros(intervals, dtype=np.int64) if callable(p.seats) else whole_seats(p.seats, intervals) for p in pools]
    )
    expected = np.broadcast_to(tables[:, :, 0], (len(rngs), *tables.shape[:2])) if futures is None else futures
    work = float(expected.sum()) * SECONDS_PER_SKILLED_CALLER_IN_PYTHON
    play = quickest(advance, seconds_in_python=work, seconds_to_compile=6.0, parts=PARTS, inlined=INLINED)
    outcome = np.zeros((len(rngs), len(callers), intervals, COLUMN_COUNT))
    day = PlayedDay(
        arrivals=np.empty(0),
        kinds=np.empty(0, dtype=np.int64),
        mean_handling=np.ascontiguousarray(tables[:, :, 1]),
        callers=np.array([_habits(who) for who in callers]),
        **_routes(callers, pools),
        lines=UNBOUNDED if lines is None else lines,
        interval_seconds=60.0 * interval_minutes,
        within=np.array(np.broadcast_to(np.asarray(answer_within_seconds, dtype=float), len(callers))),
    )
    for run, rng in enumerate(rngs):
        calls = _with_calls(day, callers, expected[run], rng)
        _Played(play, callers, pools, calls, rng, outcome[run]).play(plan if staffs is None else staffs[run])
    return outcome


def _same_length(tables: list[np.ndarray], callers: Sequence[Callers]) -> list[np.ndarray]:
    lengths = {who.name: len(table) for who, table in zip(callers, tables, strict=True)}
    if len(set(lengths.values())) != 1:
        raise refusal("simulation.kinds", lengths=lengths)
    if len(lengths) != len(callers):
        raise refusal("simulation.names", names=[who.name for who in callers])
    return tables


def _habits(who: Callers) -> list[float]:
    again = who.retrials
    patience = np.inf if who.patience_seconds is None else who.patience_seconds
    return [patience, again.after_abandoning, again.after_blocking, again.mean_delay_seconds]


def _routes(callers: Sequence[Callers], pools: Sequence[Pool]) -> dict[str, np.ndarray]:
    names = [who.name for who in callers]
    rank = np.full((len(pools), len(names)), NOT_SERVED, dtype=np.int64)
    after = np.zeros(rank.shape)
    reserve, choice = np.zeros((2, *rank.shape), dtype=np.int64)
    for p, pool in enumerate(pools):
        for name, how in (pool.serves or dict.fromkeys(names, Serves())).items():
            if name not in names:
                raise refusal("simulation.pool", pool=pool.name, kind=name, known=names)
            c = names.index(name)
            checked(f"after_seconds of pool {pool.name}", how.after_seconds, NOT_NEGATIVE)
            rank[p, c], after[p, c], reserve[p, c] = how.rank, how.after_seconds, how.keep_free
            choice[p, c] = how.choice
    order = np.ascontiguousarray(np.argsort(choice, axis=0, kind="stable").T)
    return {"rank": rank, "order": order, "after": after, "reserve": reserve}


def _with_calls(
    day: PlayedDay, callers: Sequence[Callers], expected: np.ndarray, rng: np.random.Generator
) -> PlayedDay:
    """Return the day with the calls of one run; `expected` are kinds of callers × intervals."""
    times, kinds = [], []
    for c, who in enumerate(callers):
        times.append(who.arrivals(expected[c], day.interval_seconds, rng))
        kinds.append(np.full(len(times[-1]), c))
    order = np.argsort(np.concatenate(times), kind="stable")
    return day._replace(arrivals=np.concatenate(times)[order], kinds=np.concatenate(kinds)[order].astype(np.int64))


class _Played:
    """One run: the arrays of the event loop, and what makes them longer."""

    def __init__(
        self,
        advance: Callable[..., int],
        callers: Sequence[Callers],
        pools: Sequence[Pool],
        day: PlayedDay,
        rng: np.random.Generator,
        outcome: np.ndarray,
    ) -> None:
        self.advance, self.who, self.pools, self.day, self.rng = advance, callers, pools, day, rng
        self.outcome = outcome
        classes, room = len(callers), int(1.3 * len(day.arrivals)) + 200
        self.line = WaitingLines(
            draws=self._draw(room),
            drawn=_whole(classes),
            person=_whole(room, 4),
            person_times=np.zeros((room, 2)),
            line=_whole(classes, room),
            ends=_whole(classes, 2),
            waiting=_whole(classes),
        )
        self.events = Events(np.zeros(room), _whole(room, 2), _whole(1))
        breaks, break_times = self._plan_breaks()
        self.agents = Agents(
            seats=_whole(len(pools)),
            busy=_whole(len(pools)),
            away=_whole(len(pools), 3),
            breaks=breaks,
            break_times=break_times,
            counts=_whole(3),
            clock=np.zeros(1),
        )

    def _plan_breaks(self) -> tuple[np.ndarray, np.ndarray]:
        """Put the pools' breaks, in order of time, among the events to come (an ordered list is a heap)."""
        planned = [(rest, p) for p, pool in enumerate(self.pools) for rest in pool.breaks]
        planned.sort(key=lambda each: each[0].at_seconds)
        count = len(planned)
        breaks = np.array([[p, rest.seats, 0] for rest, p in planned], dtype=np.int64).reshape(count, 3)
        times = np.array([[rest.at_seconds, 60.0 * rest.minutes] for rest, _ in planned]).reshape(count, 2)
        while len(self.events.when) <= count:
            self._grow()
        self.events.when[:count] = times[:, 0]
        self.events.what[:count, 0], self.events.what[:count, 1] = BREAK_BEGINS, np.arange(count)
        self.events.size[0] = count
        return breaks, times

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
        line, events = self.line, self.events
        more = len(events.when)
        self.events = events._replace(
            when=np.pad(events.when, (0, more)), what=np.pad(events.what, ((0, more), (0, 0)))
        )
        self.line = line._replace(
            draws=np.concatenate([line.draws, self._draw(more)], axis=1),
            person=np.pad(line.person, ((0, more), (0, 0))),
            person_times=np.pad(line.person_times, ((0, more), (0, 0))),
            line=np.pad(line.line, ((0, 0), (0, more))),
        )

    def until(self, moment: float) -> None:
        """Play up to `moment`."""
        while self.advance(moment, self.day, self.agents, self.line, self.events, self.outcome) != DONE:
            self._grow()

    def play(self, plan: np.ndarray) -> None:
        """Play the whole day, asking the functions among the pools' seats as often as they want to be asked."""
        asked = [(p, pool.seats) for p, pool in enumerate(self.pools) if callable(pool.seats)]
        fixed = np.array([not callable(pool.seats) for pool in self.pools])
        seconds, seats = self.day.interval_seconds, self.agents.seats
        played: list[tuple[int, float]] = []
        staff: list[np.ndarray] = []
        step = min((getattr(decide, "every_seconds", ASKED_EVERY_SECONDS) for _, decide in asked), default=seconds)
        for row in range(plan.shape[1]):
            start, end = row * seconds, (row + 1) * seconds
            moments = [*np.arange(start, end - 1e-9, step).tolist(), end] if asked else [start, end]
            for at, until in itertools.pairwise(moments):
                seats[fixed] = plan[fixed, row]
                self._ask(asked, at, row)
                played.append((row, at))
                staff.append(seats.copy())
                self.until(until)
        self.until(np.inf)
        self._count_seats(played, staff)

    def _count_seats(self, moments: list[tuple[int, float]], staff: list[np.ndarray]) -> None:
        """Add the seat-seconds to the outcome: `staff` was signed in from the (interval, second) of `moments` on."""
        edges = np.array([at for _, at in moments] + [self.outcome.shape[1] * self.day.interval_seconds])
        for p, pool in enumerate(self.pools):
            signed_in = np.array([seats[p] for seats in staff])
            seconds = signed_in * np.diff(edges) - seconds_on_break(pool.breaks, edges, signed_in)
            self.outcome[:, :, SEAT_SECONDS] += np.bincount([row for row, _ in moments], weights=seconds)

    def _ask(self, asked: list[tuple[int, StaffingFunction]], at: float, row: int) -> None:
        agents = self.agents
        for p, decide in asked:
            told = FloorSeen(
                at,
                row,
                self.line.waiting.copy(),
                agents.seats.copy(),
                agents.busy.copy(),
                agents.away[:, ON_BREAK].copy(),
            )
            decided = decide(told)
            plain = type(decided) is int and decided >= 0  # asked so often that checking costs a fifth of a run
            agents.seats[p] = decided if plain else int(checked("seats decided on", decided, NOT_NEGATIVE))


def _whole(*shape: int) -> np.ndarray:
    return np.zeros(shape, dtype=np.int64)
