"""The fewest people that keep a promise: to the forecast's mean, to the expected level, or with a stated chance."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd

from forecaster.queueing.service_target import ServiceTarget
from forecaster.requirement.expected_service import (
    ExpectedService,
    Numbers,
    ServiceTables,
    Whole,
    expected_service,
    in_time_on_futures,
    service_tables,
)
from forecaster.requirement.futures import day_numbers, draw_futures
from forecaster.requirement.striving import Striving
from forecaster.requirement.within_intervals import parts_of, rates_within
from forecaster.sentences import refusal

FLOOR_BELOW_TARGET = 0.15  # how far under the target a single interval's expected level may lie: no hour is given up
MOST_STEP = 10  # tables go to a multiple of so many people, so that like months share them
BEST_LEVEL = 0.999  # seats for the last thousandth grow without bound, and no target asks for it


def whole_people(need: Numbers, day_of: Whole) -> Whole:
    """Return whole people whose sum follows the sum of a fractional `need` along each day.

    Rounded once, on people: what a fraction leaves over is carried to the next interval of the day. Whoever is needed
    at all is at least one person (P1: every period is staffed); that one is made up for by at most one person less.
    """
    people = np.zeros(len(need), dtype=np.int64)
    over = 0.0
    for t in range(len(need)):
        if t and day_of[t] != day_of[t - 1]:
            over = 0.0
        if need[t] > 0:
            people[t] = max(1, np.floor(need[t] - over + 0.5 + 1e-9))
            over = float(np.clip(over + people[t] - need[t], -1.0, 1.0))
    return people


class ServiceOverFutures(NamedTuple):
    """Futures of a forecast (paths × intervals), and what people bring over them.

    uneven
        How far the rate within each interval lies from its mean, as a share of it.
    """

    futures: Numbers
    aht_seconds: Numbers
    tables: ServiceTables
    uneven: Numbers
    expected: ExpectedService


def service_over_futures(
    forecast: pd.DataFrame, target: ServiceTarget, *, interval_minutes: float, seed: int = 0
) -> ServiceOverFutures:
    """Return futures of a forecast, and what people bring over them.

    The tables of Erlang A go as far as the 98th percentile of the busiest interval could need.
    """
    futures = draw_futures(forecast, seed=seed)
    aht = np.where(futures.mean(axis=0) > 0, forecast["aht_seconds"].to_numpy(dtype=float), 1.0)
    load = futures * aht / (60.0 * interval_minutes)
    busiest = float(np.quantile(load, 0.98, axis=0).max(initial=0.0))
    seats = (busiest + 4.0 * np.sqrt(busiest) + 4.0) / (target.max_occupancy or 1.0)
    most = MOST_STEP * int(np.ceil(seats / (1.0 - target.shrinkage) / MOST_STEP))
    tables = service_tables(float(load.max(initial=1.0)), aht, target, most=most)
    uneven = np.asarray(rates_within(futures.mean(axis=0), parts_of(interval_minutes)).std(axis=1))
    service = expected_service(futures, aht, tables, interval_minutes=interval_minutes, unevenness=uneven)
    return ServiceOverFutures(futures, aht, tables, uneven, service)


def people_over_futures(
    forecast: pd.DataFrame,
    target: ServiceTarget,
    *,
    interval_minutes: float,
    striving: Striving,
    seed: int = 0,
) -> tuple[Whole, Numbers]:
    """Return the fewest whole people by interval that keep the target over the forecast's futures, and their level.

    Striving for `expected`, the expected level of all calls is the target's; for a `chance`, the target is kept with
    that probability, by the month or on each day. Every interval with calls has somebody and the least seats, and
    none lies more than `FLOOR_BELOW_TARGET` under the level; the target's other limits (occupancy, mean wait,
    abandonment) are kept in expectation by the people of each day, whole ones but for what a fraction carries over.

    Raises
    ------
    ValueError
        If the target has no service level.
    """
    if target.service_level is None:
        raise refusal("promise.no_level")
    futures, aht, tables, uneven, service = service_over_futures(
        forecast, target, interval_minutes=interval_minutes, seed=seed
    )
    day_of = day_numbers(pd.Index(forecast.index))
    least = least_people(service, target, day_of)
    wanted = target.service_level

    def kept(people: Whole, part: Whole) -> float:
        calls = futures[:, part]
        in_time = in_time_on_futures(
            people, calls, aht[part], tables, interval_minutes=interval_minutes, unevenness=uneven[part]
        )
        return float((in_time.sum(axis=1) >= wanted * calls.sum(axis=1)).mean())

    everything = np.arange(len(least))
    if striving.strive_for == "expected":
        people = people_for_expected_level(service, wanted, least)
    else:
        people = least.copy()
        days = day_of if striving.chance_of == "day" else np.zeros_like(day_of)
        for part in (np.flatnonzero(days == day) for day in np.unique(days)):
            reaching = people_by_level(service.of(part), least[part])
            people[part] = _with_chance(striving.chance, partial(kept, part=part), reaching)
    return people, service.level()[everything, people]


def _with_chance(chance: float, kept: Callable[[Whole], float], reaching: Callable[[float], Whole]) -> Whole:
    """Return the fewest people, along the levels they reach in expectation, who are `kept` with the chance."""
    low, high = 0.0, BEST_LEVEL
    if kept(reaching(low)) >= chance:
        return reaching(low)
    for _ in range(14):
        middle = (low + high) / 2.0
        low, high = (low, middle) if kept(reaching(middle)) >= chance else (middle, high)
    return reaching(high)


def least_people(service: ExpectedService, target: ServiceTarget, day_of: Whole) -> Whole:
    """Return the fewest people each interval has: somebody where calls come, the limits kept, no level far under.

    Occupancy, mean wait and abandonment are limits of a day's work: the people they ask for are made whole along the
    day (`whole_people`), so that no interval is more than about one person from its own need.
    """
    people = np.arange(service.in_time.shape[1])[None, :]
    calls, there = service.calls[:, None], 1.0 - target.shrinkage
    enough = np.maximum(people * there, 0.0) >= max(float(target.minimum_seats), 1e-9)
    if target.service_level is not None:
        enough = enough & (service.level() >= target.service_level - FLOOR_BELOW_TARGET)
    floor = np.where(enough.any(axis=1), enough.argmax(axis=1), people.shape[1] - 1)
    need = floor.astype(float)
    if target.max_occupancy is not None:
        need = np.maximum(need, _need(service.busy - target.max_occupancy * there * people))
    if service.waiting_seconds is not None and target.max_mean_wait_seconds is not None:
        need = np.maximum(need, _need(service.waiting_seconds - target.max_mean_wait_seconds * calls))
    if service.lost is not None and target.max_abandonment is not None:
        need = np.maximum(need, _need(service.lost - target.max_abandonment * calls))
    some = service.calls > 0
    return np.where(some, np.maximum(floor, whole_people(np.where(some, need, 0.0), day_of)), 0)


def _need(excess: Numbers) -> Numbers:
    """Return the fractional people from whom on nothing is in `excess` (rows × people from 0) of a limit; 0: none is.

    Nobody at all exceeds no limit, so the last number that does counts.
    """
    above, most = excess > 1e-9, excess.shape[1] - 1
    last = np.where(above.any(axis=1), most - above[:, ::-1].argmax(axis=1), -1)
    rows, inside = np.arange(len(excess)), np.clip(last, 0, most - 1)
    high, low = excess[rows, inside], excess[rows, inside + 1]
    part = np.divide(high, high - low, out=np.ones_like(high), where=(high > 0) & (low < 0))
    return np.where(last < 0, 0.0, np.minimum(inside + part, most))


def people_for_expected_level(service: ExpectedService, level: float, least: Whole) -> Whole:
    """Return the fewest people, all intervals together, with whom the expected level of all calls reaches `level`.

    From `least` on, people go where one more answers most calls in time: the price of a person at which the level is
    reached is found by bisection (the curves are taken along their concave hull from `least` upwards).
    """
    return people_by_level(service, least)(level)


def people_by_level(service: ExpectedService, least: Whole) -> Callable[[float], Whole]:
    """Return `people_for_expected_level` as a function of the level: what does not hang on it is reckoned once."""
    gain = np.diff(service.in_time, axis=1)
    beyond = np.arange(gain.shape[1])[None, :] >= least[:, None]
    worth = concave_gains(service, least)
    total = service.calls.sum()
    rows = np.arange(len(least))
    dearest = max(float(np.where(beyond, gain, 0.0).max(initial=0.0)), 1e-6) * 2.0

    def at(price: float) -> Whole:
        return np.where(service.calls > 0, (worth >= price).sum(axis=1), 0).astype(np.int64)

    def people(level: float) -> Whole:
        low, high = 1e-9, dearest
        if total <= 0 or service.in_time[rows, at(high)].sum() >= level * total:
            return least
        for _ in range(60):
            price = float(np.sqrt(low * high))
            if service.in_time[rows, at(price)].sum() >= level * total:
                low = price
            else:
                high = price
        return _trimmed(service, at(low), at(high), level * total, worth)

    return people


def concave_gains(service: ExpectedService, least: Whole) -> Numbers:
    """Return the calls that each further person brings in time, never rising from `least` on; infinite below it.

    Where people help only together the gain is shared among them (the concave hull, by pooling adjacent violators).
    """
    gain = np.diff(service.in_time, axis=1)
    result = np.where(np.arange(gain.shape[1])[None, :] >= least[:, None], gain, np.inf)
    for t, start in enumerate(least.tolist()):
        tail = gain[t, start:]
        if not len(tail) or (np.diff(tail) <= 0).all():
            continue
        blocks: list[list[float]] = []
        for value in tail.tolist():
            blocks.append([value, 1.0])
            while len(blocks) > 1 and blocks[-2][0] < blocks[-1][0]:
                mean, size = blocks.pop()
                blocks[-1] = [
                    (blocks[-1][0] * blocks[-1][1] + mean * size) / (blocks[-1][1] + size),
                    blocks[-1][1] + size,
                ]
        result[t, start:] = np.concatenate([np.full(int(size), mean) for mean, size in blocks])
    return result


def _trimmed(service: ExpectedService, more: Whole, fewer: Whole, wanted: float, worth: Numbers) -> Whole:
    """Return `fewer` with people of `more` added one by one, worth most first, until `wanted` calls are in time."""
    people, rows = fewer.copy(), np.arange(len(fewer))
    steps = [(-worth[t, n], t, n) for t in np.flatnonzero(more > fewer).tolist() for n in range(fewer[t], more[t])]
    for _, t, _ in sorted(steps):
        if service.in_time[rows, people].sum() >= wanted:
            break
        people[t] += 1
    return people
