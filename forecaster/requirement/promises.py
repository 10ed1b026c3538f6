"""What people on duty promise the callers: a statement about the future, made over the forecast's futures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from forecaster.history.intervals import minutes_apart, require_same_intervals, wall_clock
from forecaster.messages import Words
from forecaster.queueing.service_target import ServiceTarget
from forecaster.requirement.expected_service import Numbers, Whole, patience_of
from forecaster.requirement.futures import PATHS, day_numbers, draw_futures
from forecaster.requirement.seats import promised
from forecaster.requirement.within_intervals import parts_of, rates_within
from forecaster.simulation.one_queue_loop import ANSWERED_WITHIN, OFFERED
from forecaster.simulation.simulator import simulate_futures

AWAY_ALL_DAY = 0.5  # the part of the shrinkage that is away for whole days (sickness, courses); the rest by the hour
LOWER, UPPER = 0.1, 0.9  # the 80 % range, as of forecasts


@dataclass(frozen=True, eq=False)
class Promise:
    """The share of calls answered within the threshold that may be told beforehand.

    month
        `expected`, `lower_80`, `upper_80` (8 months of 10 lie between), `chance` (that the target is kept), and
        `at_the_mean`: the level by formula at the forecast's mean, which is no promise.
    days, intervals
        The same by `date` and `interval_start`, with `calls`; intervals also with the `people` on duty.
    service_level, answer_within_seconds
        The target: the share of calls (None where it asks for none) to be answered within the threshold.
    patience_seconds, patience_assumed
        Mean patience it rests on, and whether that was assumed for want of a known one.
    shrinkage
        Share of the people that is away, drawn anew on every future.
    """

    month: dict[str, float]
    days: pd.DataFrame
    intervals: pd.DataFrame
    service_level: float | None
    answer_within_seconds: float
    patience_seconds: float
    patience_assumed: bool
    shrinkage: float


def promise(
    forecast: pd.DataFrame, people: pd.Series, target: ServiceTarget, *, paths: int = PATHS, seed: int = 0
) -> Promise:
    """Return what `people` on duty (whole, by interval, before absences) promise at the calls of `forecast`.

    Whole months are played call by call, each on a future of its own (`futures.draw_futures`), busier where an interval
    leads to a busier one (`within_intervals`): callers left over wait into the next interval, people of the target's
    shrinkage are away, callers give up by the target's patience or, where it tells none, by an assumed one. Shares 0–1;
    NaN where no call is expected. A day or month without calls keeps no promise. Chances are of the definition
    `offered`.

    Raises
    ------
    ValueError
        If the two do not cover the same intervals.
    """
    index = pd.DatetimeIndex(forecast.index)
    require_same_intervals(
        index, pd.DatetimeIndex(people.index), names=Words("预测与在班人数", "forecast and people on duty")
    )
    minutes = minutes_apart(index)
    futures = draw_futures(forecast, paths=paths, seed=seed)
    rostered = people.to_numpy(dtype=float)
    local = wall_clock(index)
    parts = parts_of(minutes)
    rates = rates_within(futures.mean(axis=0), parts) / parts
    played = (
        simulate_futures(
            (futures[:, :, None] * rates).reshape(paths, -1),
            seats=present(rostered, local, shrinkage=target.shrinkage, paths=paths, seed=seed).repeat(parts, axis=1),
            aht_seconds=forecast["aht_seconds"].to_numpy(dtype=float).repeat(parts),
            interval_minutes=minutes / parts,
            answer_within_seconds=target.answer_within_seconds,
            patience_seconds=patience_of(target),
            seed=seed,
        )
        .outcome.reshape(paths, len(index), parts, -1)
        .sum(axis=2)
    )
    at_mean = _at_the_mean(forecast, rostered, target, minutes)
    return promise_of(forecast, people, target, played=played, level_at_mean=at_mean)


def promise_of(
    forecast: pd.DataFrame, people: pd.Series, target: ServiceTarget, *, played: Numbers, level_at_mean: Numbers
) -> Promise:
    """Return the promise that months already played make, as `promise` tells it.

    played
        The simulator's outcome (futures × intervals × columns).
    level_at_mean
        Share answered in time at the forecast's mean (intervals).
    """
    index = pd.DatetimeIndex(forecast.index)
    date = wall_clock(index).strftime("%Y-%m-%d")
    rostered = people.to_numpy(dtype=float)
    offered, in_time = (pd.DataFrame(played[:, :, column].T, index=index) for column in (OFFERED, ANSWERED_WITHIN))
    calls = forecast["calls"].fillna(0.0)
    at_mean = calls * level_at_mean
    wanted = target.service_level

    def told(by: pd.Index) -> pd.DataFrame:
        frames = [one.groupby(by).sum() for one in (offered, in_time)]
        means = [one.groupby(by).sum() for one in (calls, at_mean)]
        return _told(_Counts(frames[0], frames[1], means[0], means[1]), wanted)

    month = told(pd.Index(np.zeros(len(index)))).iloc[0]
    return Promise(
        month={str(name): float(value) for name, value in month.items()},
        days=told(pd.Index(date, name="date")),
        intervals=told(index.rename("interval_start")).assign(people=rostered.astype(int)),
        service_level=wanted,
        answer_within_seconds=target.answer_within_seconds,
        patience_seconds=patience_of(target),
        patience_assumed=target.patience_seconds is None,
        shrinkage=target.shrinkage,
    )


def present(people: Numbers, local: pd.DatetimeIndex, *, shrinkage: float, paths: int, seed: int = 0) -> Whole:
    """Return how many of the people rostered are there on each path (paths × intervals).

    Everybody is away with the probability `shrinkage`: half of that for the whole day, half by the interval.
    """
    whole = np.round(people).astype(np.int64)
    if shrinkage <= 0:
        return np.broadcast_to(whole, (paths, len(whole)))
    random = np.random.default_rng([seed, 1])
    day_of = day_numbers(local)
    days = int(day_of.max(initial=-1)) + 1
    all_day = AWAY_ALL_DAY * shrinkage
    hourly = (shrinkage - all_day) / (1.0 - all_day)
    staff = np.array([whole[day_of == d].max(initial=0) for d in range(days)])
    away = random.binomial(staff, all_day, size=(paths, days))
    # those away are spread over the day's shifts as the people are
    part = np.divide(whole, staff[day_of], out=np.zeros(len(whole)), where=staff[day_of] > 0)
    gone = np.floor(away[:, day_of] * part + random.random((paths, len(whole)))).astype(np.int64)
    return np.asarray(random.binomial(np.clip(whole - gone, 0, None), 1.0 - hourly))


def _at_the_mean(forecast: pd.DataFrame, people: Numbers, target: ServiceTarget, minutes: int) -> Numbers:
    calls, aht = forecast["calls"].fillna(0.0), forecast["aht_seconds"]
    seats = pd.Series(np.floor(people * (1.0 - target.shrinkage) + 1e-9), index=forecast.index)
    level = promised(seats, calls * aht.fillna(1.0) / (60.0 * minutes), aht.fillna(1.0), target)["service_level"]
    return np.asarray(level, dtype=float)


class _Counts(NamedTuple):
    """Calls offered and answered in time (rows × paths), calls forecast and of these in time at the mean (rows)."""

    offered: pd.DataFrame
    in_time: pd.DataFrame
    calls: pd.Series
    at_mean: pd.Series


def _told(counts: _Counts, wanted: float | None) -> pd.DataFrame:
    offered, in_time, calls, at_mean = counts
    with np.errstate(divide="ignore", invalid="ignore"):
        level = in_time.to_numpy() / offered.to_numpy()
        expected = in_time.to_numpy().sum(axis=1) / offered.to_numpy().sum(axis=1)
        some = np.isfinite(level).any(axis=1)
        limits = np.full((2, len(level)), np.nan)
        limits[:, some] = np.nanquantile(level[some], (LOWER, UPPER), axis=1)
        kept = np.full(len(level), np.nan)
        if wanted is not None:
            kept[some] = np.nanmean(np.where(np.isfinite(level[some]), level[some] >= wanted, np.nan), axis=1)
    frame = {
        "calls": calls.to_numpy(),
        "expected": expected,
        "lower_80": limits[0],
        "upper_80": limits[1],
        "chance": kept,
        "at_the_mean": np.divide(at_mean, calls, out=np.full(len(calls), np.nan), where=calls.to_numpy() > 0),
    }
    return pd.DataFrame(frame, index=offered.index)
