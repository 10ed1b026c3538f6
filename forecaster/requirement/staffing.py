"""The fewest people that keep a promise: to the forecast's mean, to the expected level, or with a stated chance."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from forecaster.requirement.expected_service import ExpectedService, FloatArray, IntArray

StriveFor = Literal["mean", "expected", "chance"]
STRIVE_FOR: tuple[StriveFor, ...] = get_args(StriveFor)
FLOOR_BELOW_TARGET = 0.15  # how far under the target a single interval's expected level may lie: no hour is given up
BEST_LEVEL = 0.999


def whole_people(need: FloatArray, day_of: IntArray, least: IntArray) -> IntArray:
    """Return whole people whose sum follows the sum of a fractional `need` along each day, never below `least`.

    Rounded once, on people: what a fraction leaves over (or a least number took in advance) is carried to the next
    interval of the day, so that a day's people are the day's need to within one.
    """
    people = np.zeros(len(need), dtype=np.int64)
    over = 0.0
    for t in range(len(need)):
        if t == 0 or day_of[t] != day_of[t - 1]:
            over = 0.0
        wanted = need[t] - over
        people[t] = max(least[t], np.floor(wanted + 0.5)) if need[t] > 0 else 0
        over += people[t] - need[t]
        over = min(max(over, -1.0), 1.0)
    return people


def least_people(service: ExpectedService, *, level: float | None, max_occupancy: float | None, shrinkage: float,
                 minimum_seats: int, max_mean_wait_seconds: float | None, max_abandonment: float | None) -> IntArray:  # fmt: skip
    """Return the fewest people each interval with calls has at least: one, the limits kept, no level far under target."""
    people = np.arange(service.in_time.shape[1])
    calls = service.calls[:, None]
    enough = people[None, :] * (1.0 - shrinkage) >= np.maximum(minimum_seats, 1e-9)
    if level is not None:
        enough = enough & (service.level() >= level - FLOOR_BELOW_TARGET)
    if max_occupancy is not None:
        enough = enough & (service.busy <= max_occupancy * (1.0 - shrinkage) * people[None, :] + 1e-9)
    if service.waiting_seconds is not None and max_mean_wait_seconds is not None:
        enough = enough & (service.waiting_seconds <= max_mean_wait_seconds * calls)
    if service.lost is not None and max_abandonment is not None:
        enough = enough & (service.lost <= max_abandonment * calls)
    least = np.where(enough.any(axis=1), enough.argmax(axis=1), len(people) - 1)
    return np.where(service.calls > 0, least, 0).astype(np.int64)


def people_for_expected_level(service: ExpectedService, level: float, least: IntArray) -> IntArray:
    """Return the fewest people, all intervals together, with whom the expected level of all calls reaches `level`.

    From `least` on, people go where one more answers most calls in time: the price of a person at which the level is
    reached is found by bisection (the curves are taken along their concave hull from `least` upwards).
    """
    gain = np.diff(service.in_time, axis=1)
    beyond = np.arange(gain.shape[1])[None, :] >= least[:, None]
    worth = _concave(np.where(beyond, gain, np.inf), least, service.in_time)
    total = service.calls.sum()
    rows = np.arange(len(least))

    def at(price: float) -> IntArray:
        return np.where(service.calls > 0, (worth >= price).sum(axis=1), 0).astype(np.int64)

    low, high = 1e-9, max(float(np.where(beyond, gain, 0.0).max(initial=0.0)), 1e-6) * 2.0
    if total <= 0 or service.in_time[rows, at(high)].sum() >= level * total:
        return least
    for _ in range(60):
        price = float(np.sqrt(low * high))
        if service.in_time[rows, at(price)].sum() >= level * total:
            low = price
        else:
            high = price
    return _trimmed(service, at(low), at(high), level * total, worth)


def _concave(gain: FloatArray, least: IntArray, in_time: FloatArray) -> FloatArray:
    """Return the gains along the smallest concave curve above each row from `least` on (pool adjacent violators)."""
    result = gain.copy()
    for t, start in enumerate(least.tolist()):
        tail = gain[t, start:]
        if not len(tail) or (np.diff(tail) <= 0).all():
            continue
        blocks: list[list[float]] = []
        for value in tail.tolist():
            blocks.append([value, 1.0])
            while len(blocks) > 1 and blocks[-2][0] < blocks[-1][0]:
                mean, size = blocks.pop()
                blocks[-1] = [(blocks[-1][0] * blocks[-1][1] + mean * size) / (blocks[-1][1] + size), blocks[-1][1] + size]
        result[t, start:] = np.concatenate([np.full(int(size), mean) for mean, size in blocks])
    return result


def _trimmed(service: ExpectedService, more: IntArray, fewer: IntArray, wanted: float, worth: FloatArray) -> IntArray:
    """Return `fewer` with people of `more` added one by one, worth most first, until `wanted` calls are in time."""
    people, rows = fewer.copy(), np.arange(len(fewer))
    steps = [(-worth[t, n], t, n) for t in np.flatnonzero(more > fewer).tolist() for n in range(fewer[t], more[t])]
    for _, t, _ in sorted(steps):
        if service.in_time[rows, people].sum() >= wanted:
            break
        people[t] += 1
    return people
