"""What a day would be like: callers, seats and patience played call by call, many times over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from forecaster.queueing.arguments import NOT_NEGATIVE, POSITIVE, checked
from forecaster.queueing.machine_code import quickest
from forecaster.simulation.inputs import Break, Callers, Floor, Retrials, Staffing, seconds_on_break, whole_seats
from forecaster.simulation.one_queue_loop import COLUMNS, SEAT_SECONDS, serve_in_order
from forecaster.simulation.outcome import Simulation
from forecaster.simulation.skills import Pool, play_floor

__all__ = ["Break", "Callers", "Floor", "Retrials", "Staffing", "simulate"]

SECONDS_PER_CALLER_IN_PYTHON = 15e-6


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
    and returns the seats from now on (the ladder); `breaks` take some of them away for a while. People who sign out or
    go on a break finish their call first.
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
        staff = seats if callable(seats) else whole_seats(seats, len(table))
        pool = Pool(name="seats", seats=staff, breaks=breaks)
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


def _changes(staff: np.ndarray, breaks: Sequence[Break], interval_seconds: float) -> tuple[np.ndarray, ...]:
    """Return when, by how many and for how long (0: for good) the seats change, in order of time."""
    steps = np.diff(np.concatenate([[0], staff]))
    rows = np.flatnonzero(steps)
    changes = [(float(row * interval_seconds), int(steps[row]), 0.0) for row in rows]
    for pause in breaks:
        there = int(staff[min(int(pause.at_seconds / interval_seconds), len(staff) - 1)])
        changes.append((float(pause.at_seconds), -min(int(pause.seats), there), 60.0 * pause.minutes))
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
    edges = np.arange(len(staff) + 1) * interval_seconds
    outcome[:, :, SEAT_SECONDS] = staff * interval_seconds - seconds_on_break(breaks, edges, staff)
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
