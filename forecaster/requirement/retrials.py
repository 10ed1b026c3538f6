"""Callers who try again: what abandoning and blocking add to the load, and the demand behind the calls observed.

Erlang X is Erlang A with a bounded number of lines and callers who come back; the second attempts are taken to
arrive as a Poisson stream of their own (delays long against the queue), so the load solves a fixed point.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import betainc, gammainc

from forecaster.queueing.arguments import NOT_NEGATIVE, POSITIVE, POSITIVE_OR_INFINITE, NumberLike, checked, lined_up
from forecaster.queueing.service_target import LIMIT_SLACK, SLACK, ServiceTarget
from forecaster.requirement.seats import fewest
from forecaster.sentences import refusal
from forecaster.simulation.inputs import Retrials


@dataclass(frozen=True)
class BoundedQueue:
    """What attempts meet: shares of all attempts, blocked ones included; waits in seconds."""

    offered_load_erlangs: float
    blocked: float
    waits: float
    abandons: float
    answered_within: float
    mean_wait_seconds: float
    occupancy: float


def bounded_queue(
    seats: int,
    *,
    offered_load_erlangs: float,
    aht_seconds: float,
    answer_within_seconds: float,
    patience_seconds: float | None = None,
    lines: int,
) -> BoundedQueue:
    """Return what callers meet at `seats` when at most `lines` calls are handled or waiting: M/M/s/K+M by its states.

    A caller with j before him is answered within t if the time until a seat is free for him, -log Beta(c, j+1)/θ with
    c = nμ/θ, passes neither t nor his patience; without patience that time is gamma distributed.

    Raises
    ------
    ValueError
        If an argument is out of range or there are fewer lines than seats.
    """
    load = float(checked("offered_load_erlangs", offered_load_erlangs, NOT_NEGATIVE))
    aht = float(checked("aht_seconds", aht_seconds, POSITIVE))
    within = float(checked("answer_within_seconds", answer_within_seconds, NOT_NEGATIVE))
    patience = np.inf if patience_seconds is None else patience_seconds
    checked("patience_seconds", patience, POSITIVE_OR_INFINITE)
    if lines < seats:
        raise refusal("lines.below_seats", lines=lines, seats=seats)
    if load == 0:
        return BoundedQueue(0.0, 0.0 if lines else 1.0, 0.0, 0.0, 1.0 if lines else 0.0, 0.0, 0.0)
    share = _states(seats, load, aht / patience, lines)
    waiting = share[seats:lines]  # those who come in these states wait, with 0, 1, … before them
    ahead = np.arange(len(waiting), dtype=float)
    queue = float(np.sum((np.arange(seats, lines + 1) - seats) * share[seats:]))
    blocked = float(share[lines])
    abandons = queue * aht / (patience * load)
    if seats == 0:
        in_time = np.zeros_like(ahead)
    elif np.isinf(patience):
        in_time = gammainc(ahead + 1.0, seats * within / aht)
    else:
        c = seats * patience / aht
        in_time = c / (c + ahead + 1.0) * betainc(ahead + 1.0, c + 1.0, -np.expm1(-within / patience))
    return BoundedQueue(
        offered_load_erlangs=load,
        blocked=blocked,
        waits=float(waiting.sum()),
        abandons=abandons,
        answered_within=float(share[:seats].sum() + np.sum(waiting * in_time)),
        mean_wait_seconds=queue * aht / load,
        occupancy=min(load * (1.0 - blocked - abandons) / seats, 1.0) if seats else 1.0,
    )


def _states(seats: int, load: float, impatience: float, lines: int) -> np.ndarray:
    """Return the stationary shares of 0 … lines calls in the system."""
    k = np.arange(1, lines + 1, dtype=float)
    leaving = np.minimum(k, seats) + np.maximum(k - seats, 0.0) * impatience
    with np.errstate(divide="ignore"):
        logs = np.concatenate([[0.0], np.cumsum(np.log(load) - np.log(leaving))])
    if np.isposinf(logs).any():  # no seats and endless patience: the lines fill and stay full
        return (np.arange(lines + 1) == lines).astype(float)
    with np.errstate(under="ignore"):
        weights = np.exp(logs - logs.max())
    return weights / weights.sum()


def with_retrials(
    seats: int,
    *,
    first_attempt_load_erlangs: float,
    retrials: Retrials,
    aht_seconds: float,
    answer_within_seconds: float,
    patience_seconds: float | None = None,
    lines: int | None = None,
) -> BoundedQueue:
    """Return what attempts meet once second and later attempts are counted in (Erlang X).

    The load of all attempts a solves a (1 - share again × abandons - share again × blocked) = first attempts. Where
    none solves it (everyone comes back, and the seats cannot serve them all) the load is inf and nobody is in time.

    Raises
    ------
    ValueError
        Naming the argument and its first value out of range.
    """
    first = float(checked("first_attempt_load_erlangs", first_attempt_load_erlangs, NOT_NEGATIVE))

    def meet(load: float) -> BoundedQueue:
        room = lines if lines is not None else _enough_lines(seats, load, aht_seconds, patience_seconds)
        return bounded_queue(
            seats,
            offered_load_erlangs=load,
            aht_seconds=aht_seconds,
            answer_within_seconds=answer_within_seconds,
            patience_seconds=patience_seconds,
            lines=room,
        )

    def lost_for_good(load: float) -> float:
        got = meet(load)
        return load * (1.0 - retrials.after_abandoning * got.abandons - retrials.after_blocking * got.blocked)

    low, high = first, max(first, 1e-9)
    while lost_for_good(high) < first:
        low, high = high, 2.0 * high
        if high > 1e4 * (first + seats + 1.0):
            return BoundedQueue(np.inf, 1.0 if lines is not None else 0.0, 1.0, 1.0, 0.0, np.inf, 1.0)
    if low == high or lost_for_good(low) == first:
        return meet(low)
    return meet(float(brentq(lambda load: lost_for_good(load) - first, low, high, xtol=1e-12 * high, rtol=1e-14)))


def _enough_lines(seats: int, load: float, aht_seconds: float, patience_seconds: float | None) -> int:
    """Return lines that are never all taken: ten standard deviations beyond where the queue would drift."""
    if patience_seconds is None:
        if load >= seats:
            raise refusal("lines.overload", seats=seats, load=load)
        return seats + 50 + int(min(80.0 / np.log(seats / load), 1e7)) if load > 0 else seats + 1
    drift = load * patience_seconds / aht_seconds
    return seats + 100 + int(drift + 10.0 * (drift + seats) ** 0.5)


def seats_with_retrials(
    first_attempt_load_erlangs: NumberLike,
    *,
    retrials: Retrials,
    aht_seconds: NumberLike,
    target: ServiceTarget,
    lines: int | None = None,
) -> Any:
    """Return the fewest seats at which attempts, repeated ones counted in, meet the target.

    Raises
    ------
    ValueError
        Naming the argument and its first value out of range.
    """
    (load, aht), shaped = lined_up(
        ("first_attempt_load_erlangs", first_attempt_load_erlangs, NOT_NEGATIVE), ("aht_seconds", aht_seconds, POSITIVE)
    )
    seats = np.zeros_like(load)
    some = np.flatnonzero(load > 0)

    def met(numbers: np.ndarray, rows: np.ndarray) -> np.ndarray:
        columns = zip(numbers.tolist(), load[some][rows].tolist(), aht[some][rows].tolist(), strict=True)
        return np.array([_met(int(n), a, t, retrials, target, lines) for n, a, t in columns])

    seats[some] = fewest(met, load[some])
    return shaped(np.maximum(seats, np.where(load > 0, target.minimum_seats, 0)))


def _met(seats: int, load: float, aht: float, retrials: Retrials, target: ServiceTarget, lines: int | None) -> bool:
    if target.patience_seconds is None and lines is None and seats <= load:
        return False
    got = with_retrials(
        seats,
        first_attempt_load_erlangs=load,
        retrials=retrials,
        aht_seconds=aht,
        answer_within_seconds=target.answer_within_seconds,
        patience_seconds=target.patience_seconds,
        lines=None if lines is None else max(lines, seats),
    )
    limits = (
        (got.mean_wait_seconds, target.max_mean_wait_seconds),
        (got.occupancy, target.max_occupancy),
        (got.abandons, target.max_abandonment),
    )
    enough = target.service_level is None or got.answered_within >= target.service_level - SLACK
    return enough and all(most is None or measure <= most * LIMIT_SLACK for measure, most in limits)


def first_attempt_calls(
    calls_offered: NumberLike,
    *,
    calls_abandoned: NumberLike = 0.0,
    calls_blocked: NumberLike = 0.0,
    retrials: Retrials,
    interval_minutes: float,
) -> Any:
    """Return the calls per interval that were first attempts, from the observed ones of consecutive intervals.

    `calls_offered` counts every attempt, blocked ones too. Of those who left or were blocked in an interval, the shares
    in `retrials` come back after an exponential delay, in the same interval or later; what they add is taken off, never
    below 0. Within an interval callers are taken to leave evenly, so short intervals serve better. A count that is
    missing (NaN) stays missing and adds nothing to later intervals.

    Raises
    ------
    ValueError
        Naming the argument and its first value out of range.
    """
    offered = np.atleast_1d(np.asarray(calls_offered, dtype=float))
    lost = np.zeros(len(offered))
    for name, values, again in (
        ("calls_offered", offered, 0.0),
        ("calls_abandoned", calls_abandoned, retrials.after_abandoning),
        ("calls_blocked", calls_blocked, retrials.after_blocking),
    ):
        lost += again * checked(name, np.nan_to_num(np.asarray(values, dtype=float), nan=0.0), NOT_NEGATIVE)
    # leaving at a uniform moment of the interval, back after an exponential delay: h = interval / mean delay
    h = 60.0 * interval_minutes / retrials.mean_delay_seconds
    at_once = 1.0 + np.expm1(-h) / h
    still_away, back = 0.0, np.zeros(len(lost))
    for i, left in enumerate(lost):
        back[i] = still_away * -np.expm1(-h) + left * at_once
        still_away = still_away * np.exp(-h) + left * (1.0 - at_once)
    first = np.maximum(offered - back, 0.0)
    return pd.Series(first, index=calls_offered.index) if isinstance(calls_offered, pd.Series) else first
