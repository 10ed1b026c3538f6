"""What a day would be like: callers, seats and patience played call by call, many times over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

import numpy as np

from forecaster.queueing.arguments import NOT_NEGATIVE, POSITIVE, checked
from forecaster.queueing.machine_code import quickest
from forecaster.sentences import refusal
from forecaster.simulation.inputs import Callers, Retrials, TimedBreak, generators, seconds_on_break, whole_seats
from forecaster.simulation.one_queue_loop import COLUMN_COUNT, PARTS, SEAT_SECONDS, Changes, Draws, serve_in_order
from forecaster.simulation.outcome import Simulation
from forecaster.simulation.skills import Pool, play_floor

PATIENCE_DRAWS = 65_536  # of a future's callers few wait, and those who share a draw are a day or so apart
SECONDS_PER_CALLER_IN_PYTHON = 15e-6  # measured; it decides only when compiling pays


def simulate(  # noqa: PLR0913 - the call of a notebook: what is known of the queue, each under its own name
    calls: Any,
    *,
    seats: Any,
    aht_seconds: Any,
    interval_minutes: float,
    answer_within_seconds: float = 15.0,
    replications: int = 100,
    seed: int = 0,
    breaks: Sequence[TimedBreak] = (),
    lines: int | None = None,
    **caller: Any,
) -> Simulation:
    """Return the outcome of `replications` independent runs of one queue, interval by interval.

    `seats` is the seats signed in per interval, or a function that is told the floor every minute (every
    `every_seconds` where it has that) and returns the seats from now on (the ladder); `breaks` take some of them away
    for a while. People who sign out or go on a break finish their call first.
    `lines` bounds calls in handling and waiting together; a call beyond is blocked. Further arguments (`caller`)
    are those of `Callers`: patience_seconds, handling, patience, retrials, day_variation, counted, rates,
    arrival_seconds. The same seed gives the same callers whatever the seats. Limits are told at 95 %, and no interval
    is left out as a warm-up: see `Simulation.judged`.

    Raises
    ------
    ValueError
        Naming the argument, value and row that cannot be used.
    """
    who = Callers(calls=calls, aht_seconds=aht_seconds, **caller)
    table = who.table()
    rngs = generators(seed, replications)
    checked("answer_within_seconds", answer_within_seconds, NOT_NEGATIVE)
    checked("interval_minutes", interval_minutes, POSITIVE)
    as_they_came = who.counted or who.rates is not None or who.arrival_seconds is not None
    if callable(seats) or lines is not None or as_they_came or who.retrials != Retrials():
        staff = seats if callable(seats) else whole_seats(seats, len(table))
        pool = Pool(name="seats", seats=staff, breaks=breaks)
        outcome = play_floor(
            [who],
            [pool],
            interval_minutes=interval_minutes,
            answer_within_seconds=answer_within_seconds,
            rngs=rngs,
            lines=lines,
        )[:, 0]
    else:
        staff = whole_seats(seats, len(table))
        tables = (_as_it_comes(who, table, rng) for rng in rngs)
        outcome = _play_in_order(
            who, tables, [staff] * len(rngs), breaks, 60.0 * interval_minutes, answer_within_seconds, rngs
        )
    return Simulation(outcome, who.index, 60.0 * interval_minutes)


def make_ready() -> None:
    """Have the loops of simulations compiled before anybody waits: it takes some seconds, once per installation."""
    busy = partial(simulate, [6_000.0] * 24, seats=900, aht_seconds=300.0, interval_minutes=60, patience_seconds=60.0)
    busy(replications=20)
    busy(replications=20, lines=5_000)


def simulate_futures(
    calls: np.ndarray,
    *,
    seats: np.ndarray,
    aht_seconds: np.ndarray,
    interval_minutes: float,
    answer_within_seconds: float = 15.0,
    patience_seconds: float | None = None,
    seed: int = 0,
) -> Simulation:
    """Return the outcome of one run on each future: calls to be expected, and seats (both futures × intervals).

    Raises
    ------
    ValueError
        Naming the argument and the value that cannot be used, or if futures and seats are not of one shape.
    """
    if calls.shape != seats.shape:
        raise refusal("simulation.futures", calls=str(calls.shape), seats=str(seats.shape))
    who = Callers(calls=calls.max(axis=0), aht_seconds=aht_seconds, patience_seconds=patience_seconds)
    table = who.table()
    rngs = generators(seed, len(calls))
    tables = (np.column_stack([future, table[:, 1:]]) for future in checked("calls", calls, NOT_NEGATIVE))
    staffs = [whole_seats(row, len(table)) for row in seats]
    within, seconds = answer_within_seconds, 60.0 * interval_minutes
    outcome = _play_in_order(who, tables, staffs, (), seconds, within, rngs, patience_draws=PATIENCE_DRAWS)
    return Simulation(outcome, who.index, seconds)


def _as_it_comes(who: Callers, table: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    day = table.copy()
    day[:, 0] *= who.day_factor(rng)
    return day


def _changes(staff: np.ndarray, breaks: Sequence[TimedBreak], interval_seconds: float) -> Changes:
    """Return when, by how many and for how long the seats change."""
    steps = np.diff(np.concatenate([[0], staff]))
    rows = np.flatnonzero(steps)
    changes = Changes(rows * float(interval_seconds), steps[rows].astype(np.int64), np.zeros(len(rows)))
    if not breaks:
        return changes
    there = [int(staff[min(int(pause.at_seconds / interval_seconds), len(staff) - 1)]) for pause in breaks]
    away = [-min(int(pause.seats), count) for pause, count in zip(breaks, there, strict=True)]
    at = np.concatenate([changes.at, [float(pause.at_seconds) for pause in breaks]])
    by = np.concatenate([changes.by, np.array(away, dtype=np.int64)])
    seconds = np.concatenate([changes.seconds, [60.0 * pause.minutes for pause in breaks]])
    order = np.argsort(at, kind="stable")
    return Changes(at[order], by[order], seconds[order])


def _play_in_order(
    who: Callers,
    tables: Iterable[np.ndarray],
    staffs: Sequence[np.ndarray],
    breaks: Sequence[TimedBreak],
    interval_seconds: float,
    within: float,
    rngs: Sequence[np.random.Generator],
    *,
    patience_draws: int | None = None,
) -> np.ndarray:
    """Play one run for each table of intervals (`Callers.table`), with the seats and the random numbers of its own.

    `patience_draws`: so many at most are drawn a run, and taken in turn by those who wait; None: one per caller.
    """
    rows = len(staffs[0])
    outcome = np.zeros((len(rngs), rows, COLUMN_COUNT))
    edges = np.arange(rows + 1) * interval_seconds
    play = None
    for run, (rng, table, staff) in enumerate(zip(rngs, tables, staffs, strict=True)):
        outcome[run, :, SEAT_SECONDS] = staff * interval_seconds - seconds_on_break(breaks, edges, staff)
        mean = float(table[:, 0].sum())
        if mean <= 0:
            continue
        if play is None:
            work = mean * len(rngs) * SECONDS_PER_CALLER_IN_PYTHON
            play = quickest(serve_in_order, seconds_in_python=work, seconds_to_compile=2.5, parts=PARTS)
        room = int(mean + 10.0 * mean**0.5 + 50.0)  # ten standard deviations: never too few
        patient = room if patience_draws is None else min(room, patience_draws)
        draws = Draws(rng.standard_exponential(room), who.handling(rng, room), who.patience(rng, patient))
        changes = _changes(staff, breaks, interval_seconds)
        free = np.empty(int(staff.max()) + 3)
        play(draws, table, changes, interval_seconds, within, free, outcome[run])
    return outcome
