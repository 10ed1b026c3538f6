"""What a day would be like: callers, seats and patience played call by call, many times over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from forecaster.queueing.arguments import NOT_NEGATIVE, POSITIVE, checked
from forecaster.queueing.machine_code import quickest
from forecaster.sentences import refusal
from forecaster.simulation.inputs import Break, Callers, FloorSeen, Retrials, Staffing, seconds_on_break, whole_seats
from forecaster.simulation.one_queue_loop import COLUMNS, PARTS, SEAT_SECONDS, Changes, Draws, serve_in_order
from forecaster.simulation.outcome import Simulation
from forecaster.simulation.skills import Pool, play_floor

__all__ = ["Break", "Callers", "FloorSeen", "Retrials", "Staffing", "simulate", "simulate_futures"]

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
    breaks: Sequence[Break] = (),
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
    if replications < 1:
        raise refusal("simulation.replications", replications=replications)
    checked("answer_within_seconds", answer_within_seconds, NOT_NEGATIVE)
    checked("interval_minutes", interval_minutes, POSITIVE)
    index = calls.index if isinstance(calls, pd.Series) else pd.RangeIndex(len(table), name="interval")
    rngs = [np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(replications)]
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
    return Simulation(outcome, index, 60.0 * interval_minutes)


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
    rngs = [np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(len(calls))]
    tables = (np.column_stack([future, table[:, 1:]]) for future in checked("calls", calls, NOT_NEGATIVE))
    staffs = [whole_seats(row, len(table)) for row in seats]
    outcome = _play_in_order(who, tables, staffs, (), 60.0 * interval_minutes, answer_within_seconds, rngs)
    return Simulation(outcome, pd.RangeIndex(len(table), name="interval"), 60.0 * interval_minutes)


def _as_it_comes(who: Callers, table: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    day = table.copy()
    day[:, 0] *= who.day_factor(rng)
    return day


def _changes(staff: np.ndarray, breaks: Sequence[Break], interval_seconds: float) -> Changes:
    """Return when, by how many and for how long the seats change."""
    steps = np.diff(np.concatenate([[0], staff]))
    rows = np.flatnonzero(steps)
    changes = [(float(row * interval_seconds), int(steps[row]), 0.0) for row in rows]
    for pause in breaks:
        there = int(staff[min(int(pause.at_seconds / interval_seconds), len(staff) - 1)])
        changes.append((float(pause.at_seconds), -min(int(pause.seats), there), 60.0 * pause.minutes))
    changes.sort(key=lambda change: change[0])
    at, by, seconds = zip(*changes, strict=True) if changes else ((), (), ())
    return Changes(np.array(at, dtype=float), np.array(by, dtype=np.int64), np.array(seconds, dtype=float))


def _play_in_order(
    who: Callers,
    tables: Iterable[np.ndarray],
    staffs: Sequence[np.ndarray],
    breaks: Sequence[Break],
    interval_seconds: float,
    within: float,
    rngs: Sequence[np.random.Generator],
) -> np.ndarray:
    """Play one run for each table of intervals (`Callers.table`), with the seats and the random numbers of its own."""
    rows = len(staffs[0])
    outcome = np.zeros((len(rngs), rows, COLUMNS))
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
        draws = Draws(rng.standard_exponential(room), who.handling(rng, room), who.patience(rng, room))
        changes = _changes(staff, breaks, interval_seconds)
        free = np.empty(int(staff.max()) + 3)
        play(draws, table, changes, interval_seconds, within, free, outcome[run])
    return outcome
